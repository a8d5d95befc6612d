"""Writes the static twin: ``python -m app.twin.build --out FOLDER``.

A folder of pages with classic scripts, so that it opens from any web host and by a double click on
a page as well, where a browser loads neither modules nor data.
"""

from __future__ import annotations

import argparse
import html
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.export import links
from app.export.links import Link
from app.twin import data, folder, views
from app.ui import palette
from app.ui.font_file import font_file
from app.ui.javascript import bundle
from app.ui.meanings import MEANINGS
from core import homework
from core.data.facts import ROOT, SAMPLES

HERE = Path(__file__).resolve().parent
COMPONENTS = HERE.parent / "components"
USED = ("blend", "grids", "live_slider", "pad")
STYLES = ("controls.css", "charts.css", "site.css")
SCRIPTS = ("components.js", "data.js")


@dataclass(frozen=True)
class Page:
    """A page of the site.

    Attributes:
        name: of its file, and of what draws it.
        title: of the chapter.
        question: that it opens with.
        chapter: of the app whose saved views it links to; none: "".
        scripts: that it needs, before its own.
    """

    name: str
    title: str
    question: str
    chapter: str = ""
    scripts: tuple[str, ...] = SCRIPTS


PAGES = (
    Page("step", "Convolution", "What does one window see?", "convolution"),
    Page("network", "Networks", "How does a number come about, layer by layer?", "networks"),
    Page("draw", "Draw a digit", "What does each layer of a network make of it, while you draw?"),
    Page(
        "fool",
        "Fool the network",
        "How little must a picture change for the network to see something else?",
        "attack",
    ),
    Page(
        "look",
        "Where does it look?",
        "Which places of a picture speak for a class?",
        "cam",
        (*SCRIPTS, "photos.js"),
    ),
)
HOME = Page(
    "index",
    "Convolutional networks, to take along",
    "What does a network see in a picture?",
    scripts=(),
)
LICENCES = Page(
    "licences", "Licences", "Whose work is this, and what may be done with it?", scripts=()
)
DIFFERS = "Unlike the app: no server, no training, no lectures; the ResNet's maps are precomputed."
BLOCKED = (
    "This page computes in the browser, and its scripts do not run here: allow JavaScript, and "
    "keep all files of the site in one folder."
)
NOTE = (
    "Nothing is sent: what is drawn, typed or opened here stays here. "
    '<a href="licences.html">Licences of code, weights, pictures and typeface</a>'
)


def write(out: Path, saved: Sequence[Link] = ()) -> None:
    """Write the site.

    Args:
        out: its folder, made where it is missing; files of the same names are replaced.
        saved: links to the views of the app that stand in it as saved pages.

    Raises:
        CheckpointError, DatasetError: a network or a bundled picture is missing or damaged.
        LinkError: a view shows an error.
        OSError: the folder cannot be written.
    """
    (out / "fonts").mkdir(parents=True, exist_ok=True)
    _write(out / "data.js", f"globalThis.site = {_script_json(data.site_data())};\n")
    _write(out / "photos.js", f"globalThis.photos = {_script_json(data.photo_data())};\n")
    _write(out / "components.js", components())
    _write(
        out / "site.js", classic(bundle(HERE / "pages" / "site.js"), "page") + "page();\n})();\n"
    )
    styles = [(HERE / "styles" / name).read_text("utf-8") for name in STYLES]
    _write(out / "site.css", "".join([colours(), *styles]))
    template = (HERE / "page.html").read_text("utf-8")
    for page in (HOME, *PAGES, LICENCES):
        _write(out / f"{page.name}.html", filled(template, page, saved))
    views.write(out, saved)
    font = font_file()
    if font is None:
        raise FileNotFoundError("Expected Streamlit to bring the font Source Sans, found none.")
    shutil.copyfile(font, out / "fonts" / "SourceSans.woff2")
    for licence in (ROOT / "LICENSE", SAMPLES / "LICENSE-foolbox"):
        shutil.copyfile(licence, out / f"{licence.name}.txt")


def classic(script: str, name: str) -> str:
    """A module as the start of a classic script, in which its default export has a name."""
    return "(() => {\n" + script.replace("export default (", f"const {name} = (", 1) + "\n"


def components() -> str:
    """The app's components, each with what Streamlit would mount it with."""
    parts = ["globalThis.components = {};\n"]
    for name in USED:
        path = COMPONENTS / name / name
        markup, style = (path.with_suffix(kind).read_text("utf-8") for kind in (".html", ".css"))
        texts = f"html: {_script_json(markup)}, css: {_script_json(style)}"
        put = f"globalThis.components.{name} = {{ run, {texts} }};\n}})();\n"
        parts.append(classic(bundle(path.with_suffix(".js")), "run") + put)
    return "".join(parts)


def colours() -> str:
    """The app's colours and its size of type, as properties for both themes."""
    rules = []
    for theme in ("light", "dark"):
        values = {
            "st-text-color": palette.INK[theme],
            "st-background-color": palette.PAPER[theme],
            "st-border-color": palette.LINE[theme],
            "st-primary-color": getattr(MEANINGS["chosen"], theme),
            "st-font": palette.FONT,
            "faint": palette.FAINT[theme],
            "subject": getattr(MEANINGS["subject"], theme),
            "compared": getattr(MEANINGS["compared"], theme),
            **{f"network{name}": getattr(MEANINGS[name], theme) for name in homework.NAMES},
        }
        lines = "".join(f"  --{name}: {value};\n" for name, value in values.items())
        rules.append(f":root {{\n{lines}}}\n")
    light, dark = rules
    size = f":root {{\n  font-size: {palette.REM_CSS};\n}}\n"
    return f"{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n{size}"


def filled(template: str, page: Page, saved: Sequence[Link]) -> str:
    """A page from its template, with links to the saved views."""
    links = "".join(
        f'<a href="{one.name}.html"{" aria-current=page" * (one == page)}>{title}</a>'
        for one, title in ((HOME, "Home"), *((one, one.title) for one in PAGES))
    )
    scripts = [*page.scripts, "site.js"] if page.scripts else []
    texts = {
        "NAME": page.name,
        "TITLE": html.escape(page.title),
        "QUESTION": html.escape(page.question),
        "LINKS": links,
        "SCRIPTS": "".join(f'<script src="{name}"></script>\n' for name in scripts),
        "CONTENT": _content(page, saved),
        "VIEWS": views.linked(saved, page.chapter),
        "DIFFERS": html.escape(DIFFERS),
        "NOTE": NOTE if page != LICENCES else "",
    }
    for name, text in texts.items():
        template = template.replace(f"<!--{name}-->", text)
    return template


def _content(page: Page, saved: Sequence[Link]) -> str:
    """What stands in a page before its scripts run, which take the sentence away."""
    if page == LICENCES:
        return (HERE / "licences.html").read_text("utf-8")
    return _chapters(saved) if page == HOME else f'<p class="blocked">{BLOCKED}</p>'


def _chapters(saved: Sequence[Link]) -> str:
    items = "".join(
        f'<li><a href="{page.name}.html">{page.title}</a><p>{page.question}</p>'
        f"{views.linked(saved, page.chapter)}</li>"
        for page in PAGES
    )
    return f'<ul class="chapters">{items}</ul>'


def _script_json(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    """As it may stand in a script, wherever that stands."""
    return json.dumps(value, separators=(",", ":")).replace("</", "<\\/")


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the site and look at it; faults go to the standard error.

    Returns:
        The exit code: 1 where something is wrong with what was written.
    """
    parser = argparse.ArgumentParser(description="Write the static twin.")
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args(arguments).out
    write(out, links.views())
    found = folder.faults(out)
    sys.stderr.writelines(f"{fault}.\n" for fault in found)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
