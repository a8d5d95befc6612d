"""Is a folder with the static twin whole: small, with every file that a page names, and none of
another host?
"""

from __future__ import annotations

import re
from pathlib import Path

LARGEST_BYTES = 25_000_000
NAMED = re.compile(r"""(?:src|href)=["']([^"'#]+)|url\(["']?([^"'#)]+)""")
# What a browser would fetch from elsewhere; the names of markup languages are no addresses, nor are
# packed numbers that begin with two strokes: they have no dot.
FOREIGN = re.compile(r"""["'(=]\s*(?:https?://[\w.-]+|//[\w-]+\.[\w.-]+)""")
LANGUAGES = re.compile(r"http://www\.w3\.org/[\w/]+")
TEXTS = (".html", ".css", ".js")


def faults(folder: Path) -> list[str]:
    """What is wrong with a folder, a sentence each; none where it is whole.

    Args:
        folder: with the site.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    size = sum(path.stat().st_size for path in files)
    found = []
    if size > LARGEST_BYTES:
        found.append(f"{folder} has {size / 1e6:.1f} MB, at most 25 MB are meant")
    for path in files:
        if path.suffix in TEXTS:
            found += _faults_of(path)
    return found


def _faults_of(path: Path) -> list[str]:
    text = path.read_text("utf-8")
    found = []
    foreign = FOREIGN.search(LANGUAGES.sub("", text))
    if foreign:
        found.append(f"{path.name} names another host: {foreign[0]}")
    if path.suffix == ".js":
        return found
    for one, other in NAMED.findall(text):
        name = one or other
        if not name.startswith("data:") and not (path.parent / name).is_file():
            found.append(f"{path.name} names {name}, which is not there")
    return found
