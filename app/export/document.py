"""The file of a page: one HTML document with its style, its script and what it shows."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from app.export import answers, charts, elements, marked, opening, settings
from app.export.links import Link
from app.ui import palette
from app.ui.javascript import bundle
from app.ui.meanings import MEANINGS
from app.ui.own_things import OwnThing
from core.data.facts import ROOT

HERE = Path(__file__).parent
COMPONENTS = HERE.parent / "components"
LIMITS = {"convolution": 400_000, "networks": 400_000, "cam": 400_000, "attack": 1_000_000}
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
    "base-uri 'none'; form-action 'none'"
)
# Colours of the page that components read, as app/.streamlit/config.toml has them.
THEMES = {
    "light": ("#1b1f24", "#ffffff", "#c4cad1", MEANINGS["chosen"].light),
    "dark": ("#eef1f4", "#14181d", "#4a5561", MEANINGS["chosen"].dark),
}
NAMES = ("text-color", "background-color", "border-color", "primary-color")


def saved(link: Link, own: Sequence[OwnThing] = ()) -> str:
    """A page as one file.

    Args:
        link: what opens the page.
        own: what its visitor has brought along.

    Raises:
        LinkError: the link opens no page that can be saved.
    """
    app = opening.opened(link, own)
    page = elements.Page()
    body, said = page.html(app.main), settings.words(app)
    kept = answers.live(link, page)
    answered = None if kept is None else answers.of(app, link, page, kept)
    for one in page.mounted:
        if one["data"].get("isViews"):  # there are no other views to go to
            one["data"] |= {"at": 0, "count": 1, "first": 0, "last": 0}
    return _whole(app.header[0].value, body + _about(link, said), page.mounted, answered)


def _about(link: Link, said: list[tuple[str, str]]) -> str:
    """What the file is: its settings in words, its link and the version."""
    return (
        f"<footer><details open><summary>How this page is set</summary>{settings.html(said)}"
        f"</details><p>Saved from the CNN explainer {marked.attribute(version())}; its link: "
        f"<code>{marked.attribute(link.text)}</code></p></footer>"
    )


@cache
def version() -> str:
    """The project's, as pyproject.toml has it."""
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    found = next(line for line in lines if line.startswith("version"))
    return found.partition('"')[2].rstrip('"')


def _whole(
    title: str, body: str, mounted: list[dict[str, Any]], answered: dict[str, Any] | None
) -> str:
    letters = packed({"mounted": mounted, "answers": answered})
    script = _script(one["name"] for one in mounted)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(digest=digest)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="generator" content="CNN explainer {marked.attribute(version())}">',
            f"<title>{marked.attribute(title)} – CNN explainer</title>",
            f"<style>{_style()}</style></head>",
            f"<body><main>{body}</main>",
            *_parts({one["name"] for one in mounted}),
            f'<script type="text/plain" id="shown">{letters}</script>',
            f'<script type="module">{script}</script>',
            "</body></html>",
            "",
        ]
    )


def packed(shown: dict[str, Any]) -> str:
    """What the file's script reads, as letters of an HTML file: JSON, gzip, base64. Pictures of
    near values are alike, so that it is a tenth of the size; the same bytes every time.

    Args:
        shown: what JSON holds.
    """
    text = json.dumps(shown, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _style() -> str:
    themes = {theme: _variables(theme) for theme in THEMES}
    return (
        f":root{{color-scheme:light dark;{themes['light']}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{themes['dark']}}}}}\n"
        + (HERE / "saved.css").read_text("utf-8")
    )


def _variables(theme: str) -> str:
    pairs = zip(NAMES, THEMES[theme], strict=True)
    line = f"--line:{palette.LINE[theme]};"
    return (
        "".join(f"--st-{name}:{value};" for name, value in pairs) + line + charts.variables(theme)
    )


def _parts(names: Iterable[str]) -> list[str]:
    """The HTML and the style of each component, to be mounted where the page has it."""
    return [
        f'<template id="of-{name}"><style>{_text(name, "css")}</style>'
        f"{_text(name, 'html')}</template>"
        for name in sorted(names)
    ]


@cache
def _text(name: str, kind: str) -> str:
    return (COMPONENTS / name / f"{name}.{kind}").read_text("utf-8")


@cache
def _bundled(name: str) -> str:
    code = bundle(COMPONENTS / name / f"{name}.js")
    start = "export default (() => {"
    if code.count(start) != 1:
        raise ValueError(f"Expected one {start!r} in the script of {name}.")
    return f"{{\n{code.replace(start, f'components.{name} = (() => {{')}\n}}"


def _script(names: Iterable[str]) -> str:
    """Every component's own script, as the app has it, and what mounts them."""
    own = "\n".join(map(_bundled, sorted(set(names))))
    script = f"const components = {{}};\n{own}\n{bundle_of_saved()}"
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("Expected scripts that do not end the element that they stand in.")
    return script


@cache
def bundle_of_saved() -> str:
    """What takes the place of Streamlit and of Python."""
    return (HERE / "saved.js").read_text("utf-8")
