"""The picture of each chapter for Home, as ``python -m app.title_pictures`` has written it: nothing
of a network or a chapter is loaded for it.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import quote

from app.ui import palette
from app.ui.cache import cached
from app.ui.meanings import MEANINGS

FOLDER = Path(__file__).parents[1] / "pictures"
WIDTH, HEIGHT = 320, 150  # units of a picture
PLAIN = "/:=;,+ '"  # what stands in an address as it is
_COLOURS = [(one.light, one.dark) for one in MEANINGS.values() if one.light != one.dark]
_COLOURS.append((palette.INK["light"], palette.INK["dark"]))


def file(name: str) -> Path:
    """Where a chapter's picture is."""
    return FOLDER / f"{name}.svg"


@cached(lambda name, _theme: [file(name)])
def picture(name: str, theme: str) -> tuple[str, str]:
    """A chapter's picture as an address with all of it inside, and what it says.

    Args:
        name: of the chapter.
        theme: "light" or "dark".

    Returns:
        Twice "" where the file is missing or no text: the chapter is found without it.
    """
    try:
        drawn = file(name).read_text("utf-8")
    except (OSError, ValueError):
        return "", ""
    for light, dark in _COLOURS if theme == "dark" else ():
        drawn = drawn.replace(light, dark)
    says = re.search(r"<title>(.*?)</title>", drawn, re.DOTALL)
    # As text: with base64 the server's compression would leave a third more.
    address = f"data:image/svg+xml,{quote(drawn, safe=PLAIN)}"
    return address, unescape(says[1]) if says else ""
