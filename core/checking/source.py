"""A foreign file as code: a Python file, or the code cells of a notebook."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings
from bisect import bisect_right
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.checking import forbidden, imports
from core.checking.forbidden import Use
from core.checking.student.defining import MODULE
from core.foreign_text import quoted, visible
from core.json_files import parse_json

LARGEST = 16 * 2**20  # bytes of a file; a notebook holds its pictures
LARGEST_CODE = 2**20  # characters
MAGIC = re.compile(r"\s*([%!?]|[\w, ]+=\s*[%!])|.*\?\s*$")
IMPORTS = re.compile(r"from (\w+) import [\w, *]+$")
MOST_BESIDE = 20
# Files of these names are this project's own, or stand for what a file means by them.
NOT_BESIDE = {*sys.stdlib_module_names, "torch", "torchvision", "numpy", "scipy", "matplotlib"}
NOT_BESIDE |= {"core", "app", "commands", "benchmarks", "tests", "train_all", MODULE}
# Magics of a cell that is Python all the same; what one writes into a file stands in its place.
KEEPS = re.compile(
    r"%%(time|timeit|capture|prun|writefile\s+(-a\s+)?[\w./]*?(?P<module>\w+)\.py)\b"
)


class SourceError(ValueError):
    """A file is none that can be checked; the message is one sentence."""


@dataclass(frozen=True)
class Beside:
    """A file that a foreign one imports from its own folder.

    Attributes:
        module: the full name that it is imported by, "layers" or "src.layers".
        first: the line of the whole code that it begins with.
        file: its place in the folder, "layers.py" or "src/layers.py".
    """

    module: str
    first: int
    file: str


@dataclass(frozen=True)
class Source:
    """The code of a file.

    Attributes:
        name: of the file.
        code: its text, which Python can parse.
        cells: of a notebook: the first line that each of its code cells has in ``code``.
        notes: a sentence for each cell that is left out.
        beside: files of the same folder that this one imports, whose code follows its own.
        among: whether it is one of several files, so that a place says which.
        package: that its relative imports begin at; "": the folder that was handed in.
    """

    name: str
    code: str
    cells: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    beside: tuple[Beside, ...] = ()
    among: bool = False
    package: str = ""

    def texts(self) -> list[tuple[str, int, str]]:
        """Name to import it by, first line and code: of the file itself, and of those beside it."""
        lines = self.code.split("\n")
        starts = [(MODULE, 1), *((one.module, one.first) for one in self.beside)]
        ends = [first for _, first in starts[1:]] + [len(lines) + 1]
        return [
            (module, first, "\n".join(lines[first - 1 : end - 1]))
            for (module, first), end in zip(starts, ends)
        ]

    def settings(self) -> dict[str, Any]:
        """What the process that defines it has to know."""
        return {"texts": self.texts(), "package": self.package}

    def packages(self) -> set[str]:
        """The first words of what it imports, such as "torch"."""
        return imports.packages(self.code)

    def place(self, line: int) -> str:
        """Where a line is: "line 12", "code cell 3, line 2" or "layers.py, line 4".

        Args:
            line: of the whole code.
        """
        number = bisect_right([one.first for one in self.beside], line)
        if number:
            file = self.beside[number - 1]
            return f"{file.file}, line {line - file.first + 1}"
        file_name = f"{visible(self.name)}, " if self.among else ""
        cell = bisect_right(self.cells, line)
        if not cell:
            return f"{file_name}line {line}"
        return f"{file_name}code cell {cell}, line {line - self.cells[cell - 1] + 1}"


def beginning(place: str) -> str:
    """A place as a sentence begins with it; the name of a file stays as it is."""
    is_name = not re.match(r"(line|code cell) \d", place)
    return place if is_name else f"{place[0].upper()}{place[1:]}"


def read(path: Path, *, among: bool = False, folder: Path | None = None) -> Source:
    """Read a Python file or a notebook.

    Args:
        path: a file whose name ends with .py or .ipynb.
        among: whether it is one of several files, so that what is told of it says which.
        folder: that was handed in, which it may import from; None: only the file was.

    Raises:
        SourceError: there is no such file, it cannot be read, it is larger than 16 MB, or it is no
            Python.
    """
    name = quoted(visible(path.name))
    try:
        if path.is_dir():
            raise SourceError(f"{name} is a folder: name the Python file or the notebook in it.")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror or error}.") from error
    if len(content) > LARGEST:
        raise SourceError(
            f"{name} is larger than {LARGEST // 2**20} MB: expected a homework's code."
        )
    if path.suffix.lower() == ".ipynb":
        return with_beside(_told(_notebook(path.name, name, content), among=among), path, folder)
    if path.suffix.lower() != ".py":
        raise SourceError(
            f"{name} is no Python file: expected a name that ends with .py or .ipynb."
        )
    return with_beside(_told(Source(path.name, _text(name, content)), among=among), path, folder)


def _told(source: Source, *, among: bool) -> Source:
    """The source whose notes name the file where there are several."""
    if not among:
        return source
    notes = tuple(f"{visible(source.name)}: {note[0].lower()}{note[1:]}" for note in source.notes)
    return replace(source, notes=notes, among=True)


def with_beside(source: Source, path: Path, folder: Path | None = None) -> Source:
    """A file together with the Python files of its folder that it imports, and those that these do.

    Packages are looked for beside the file, then in the folders around it up to the one that was
    handed in; the file's own folder may be such a package, whose name its imports begin with.

    Args:
        source: the file alone.
        path: where it is.
        folder: that was handed in; None: only the file was.
    """
    code, beside = source.code, list[Beside]()
    around = _around(path.absolute(), folder)
    done = {path.stem}
    package = _package(path.absolute().parent, around[-1]) if folder else ""
    waiting = [(code, package)]
    while waiting and len(beside) < MOST_BESIDE:
        for module in sorted(imports.modules(*waiting.pop()) - done):
            done.add(module)
            found = None if module.split(".")[0] in NOT_BESIDE else _beside(module, around)
            if found is not None:
                file, text = found
                beside.append(Beside(module, code.count("\n") + 2, _place(file, around)))
                code += f"\n{text}"
                waiting.append((text, imports.package_of(module, file)))
    return replace(source, code=code, beside=tuple(beside), package=package)


def _around(path: Path, folder: Path | None) -> tuple[Path, ...]:
    """The folders that a file imports from: its own, and those around it in what was handed in."""
    if folder is None or folder.absolute() not in path.parents:
        return (path.parent,)
    return tuple(one for one in path.parents if folder.absolute() in (one, *one.parents))


def _package(inside: Path, outermost: Path) -> str:
    """What relative imports begin at: the folder that was handed in may be a package itself; one
    that is called like a library, such as "code", takes none of its place.
    """
    top = [] if "." in outermost.name or outermost.name in NOT_BESIDE else [outermost.name]
    parts = [*top, *inside.relative_to(outermost).parts]
    return "" if parts and parts[0] in NOT_BESIDE else ".".join(parts)


def _place(file: Path, around: Sequence[Path]) -> str:
    return file.relative_to(around[-1]).as_posix()


def _beside(module: str, around: Sequence[Path]) -> tuple[Path, str] | None:
    """The file of a module and its text; None where there is none that Python can parse."""
    for path in imports.files(module, around):
        try:
            if path.is_file() and path.stat().st_size <= LARGEST_CODE:
                return path, _text(path.name, path.read_bytes())
        except (OSError, ValueError):  # SourceError is one
            continue
    return None


def ready_made(source: Source, target: str | None = None) -> tuple[Use, ...]:
    """Where ready-made convolutions and poolings are used, by the syntax tree.

    Args:
        source: the file.
        target: a name that the file defines: only its uses and those of what it refers to; None:
            all of them.
    """
    found = forbidden.uses(source.code)
    if target is None:
        return found
    reached = forbidden.reached(source.code, target)
    return tuple(one for one in found if one.within in reached)


def _text(name: str, content: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        code = io.TextIOWrapper(io.BytesIO(content), encoding).read()
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise SourceError(f"{name} is no text: expected Python in UTF-8.") from error
    if fault := _fault(code):
        raise SourceError(f"{name} is no Python: {fault}.")
    return code


def _fault(code: str) -> str:
    """Why Python cannot parse a text, as the end of a sentence; "" where it can."""
    if len(code) > LARGEST_CODE:
        return f"more than {LARGEST_CODE // 2**20} MB of code"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(ast.parse(code), "<yours>", "exec")
    except SyntaxError as error:
        place = f"line {error.lineno}, " if error.lineno else ""
        return place + visible(error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        return visible(str(error)) or "it is nested too deep"
    return ""


def _notebook(file: str, name: str, content: bytes) -> Source:
    try:
        texts = _cells(parse_json(content))
    except (ValueError, KeyError, TypeError) as error:
        reason = f" ({error})" if isinstance(error, ValueError) else ""
        raise SourceError(
            f"{name} is no notebook that can be read{reason}: clear its outputs and save it again, "
            "or export it as a Python file."
        ) from error
    lines: list[str] = []
    firsts, notes, parsed = [], [], 0
    written = {one["module"] for text in texts if (one := KEEPS.match(text))} - {None}
    for number, text in enumerate(texts, 1):
        firsts.append(len(lines) + 1)
        code = _without_imports(plain_python(text), written)
        if fault := _fault(code):
            notes.append(f"Code cell {number} is left out, since it is no Python: {fault}.")
            code = "\n" * code.count("\n")
        else:
            parsed += 1
        lines += code.split("\n")
    if not parsed:
        raise SourceError(f"{name} has no code cell that is Python.")
    return Source(file, "\n".join(lines), tuple(firsts), tuple(notes))


def _without_imports(code: str, modules: Set[str | None]) -> str:
    """A cell that takes nothing from these modules, which other cells write."""
    lines = [
        "pass" if (one := IMPORTS.match(line)) and one[1] in modules else line
        for line in code.split("\n")
    ]
    return "\n".join(lines)


def _cells(notebook: Mapping[str, Any]) -> list[str]:
    """The texts of the code cells."""
    texts = [
        "".join(cell["source"]) if isinstance(cell["source"], list) else str(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
    if sum(map(len, texts)) > LARGEST_CODE:
        raise ValueError(f"more than {LARGEST_CODE // 2**20} MB of code")
    return texts


def plain_python(cell: str) -> str:
    """A notebook's cell in which the lines that only IPython knows do nothing."""
    if not _fault(cell):
        return cell
    lines = cell.replace("\r\n", "\n").split("\n")
    if lines[0].startswith("%%") and not KEEPS.match(lines[0]):
        return "\n" * (len(lines) - 1)
    return "\n".join(
        f"{line[: len(line) - len(line.lstrip())]}pass" if MAGIC.match(line) else line
        for line in lines
    )
