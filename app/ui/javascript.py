"""One script from the ES modules of a component: Streamlit takes its JavaScript as one text."""

from __future__ import annotations

import re
from pathlib import Path

NAMES = r"\s*\w+(?:\s*,\s*\w+)*,?\s*"
IMPORT = re.compile(rf'^import \{{({NAMES})\}} from "(\.[^"]*)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:const|function|class) (\w+))", re.MULTILINE)
DEFAULT = re.compile(r"^export default ", re.MULTILINE)
COMMENT = re.compile(r"^ *//.*\n", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def bundle(entry: Path) -> str:
    """A module and all that it imports as one module without imports.

    Each becomes a function that is called once and returns what the module exports; it stands
    after those that it imports itself. So names stay private to their module, as the browser
    would keep them if it could load the files one by one. Lines that are nothing but a comment
    are left out: the script is sent with every run of the page.

    Args:
        entry: the module with the ``export default``.

    Raises:
        ValueError: for modules that import each other in a circle, and for an import or export
            in another form than ``import {a, b} from "./file.js";`` and
            ``export const | function | class``, or ``export default`` in the entry.
    """
    scripts: dict[Path, str] = {}
    _add(entry.resolve(), (), scripts)
    return "\n".join(scripts.values())


def _add(path: Path, importers: tuple[Path, ...], scripts: dict[Path, str]) -> None:
    """Appends the script of a module to those of the modules that it imports."""
    if path in scripts:
        return
    if path in importers:
        circle = " -> ".join(module.name for module in (*importers, path))
        raise ValueError(f"Expected modules without circles, got {circle}.")
    source = COMMENT.sub("", path.read_text("utf-8"))
    for match in IMPORT.finditer(source):
        _add((path.parent / match[2]).resolve(), (*importers, path), scripts)
    scripts[path] = _script(path, source, list(scripts), is_entry=not importers)


def _script(path: Path, source: str, imported: list[Path], *, is_entry: bool) -> str:
    """A module wrapped in a function that returns what it exports."""

    def binding(match: re.Match[str]) -> str:
        module = (path.parent / match[2]).resolve()
        return f"const {{{match[1]}}} = module_{imported.index(module)};\n"

    exported = f"{{ {', '.join(EXPORT.findall(source))} }}"
    body = EXPORT.sub("", IMPORT.sub(binding, source))
    start = f"const module_{len(imported)} ="
    if is_entry:
        start, exported = "export default", "component"
        body = DEFAULT.sub("const component = ", body)
    for other in OTHER.findall(body):
        forms = 'import {a, b} from "./file.js"; or export const, function or class'
        raise ValueError(f"Expected {forms}, got {other!r} in {path.name}.")
    return f"{start} (() => {{\n{body}return {exported};\n}})();"
