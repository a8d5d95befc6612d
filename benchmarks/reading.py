"""How the code reads, in numbers: `python -m benchmarks.reading [FOLDER] [--against FOLDER]`.

For each room of the house a row, a Markdown table in all. With `--against`, each cell has the
number of that other folder first, then ours: "52 → 44".

- A line of code is a line with code on it: not blank, not comment alone, not inside a docstring.
  Lines of a string that is no docstring count.
- Its characters are those after its indentation, a comment at its end included. The column "mean
  with indentation" counts the blanks in front too: what a line gives the eye in all.
- A function is as long as its lines of code, from `def` to its end: with its signature, without
  decorators and docstring. A function inside it counts for both.
- Nesting is how many of if, for, while, with, try and match stand around a statement inside its
  function. `elif` is no deeper than its `if`, and an inner function begins at 0 again.
- Lines over 100 characters and the size of a file count every line, whatever it holds.

What packages that read well give (median, mean, mean with indentation): micrograd 0.1.0 22, 29.6,
36.7; foolbox 3.3.4 25, 28.1, 37.4; equinox 0.13.8 27, 30.8, 37.6; torchcam 0.5.0 34, 39.4, 47.9.
"""

import argparse
import ast
import io
import re
import statistics
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# A row of the table for each path that fits; a folder's row includes the folders inside it.
ROOMS = (
    *("core", "core/*/", "app", "app/chapters", "app/chapters/*/", "app/ui"),
    *("commands", "train_all.py", "benchmarks", "tests"),
)
COLUMNS = (
    *("lines of code", "characters: median", "mean", "mean with indentation", "lines over 100"),
    *("longest function", "functions over 40", "deepest nesting", "largest file", "`fmt: skip`"),
)
LONGEST_LINE = 100
LONGEST_FUNCTION = 40
SWITCH = re.compile(r"#\s*fmt:\s*(skip|off)\b")  # what switches the formatter off

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
BLOCKS = (
    *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith),
    *(ast.Try, ast.TryStar, ast.Match),
)
NOT_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.ENCODING, tokenize.ENDMARKER),
}


@dataclass(frozen=True)
class Function:
    """One function of a file.

    Attributes:
        name: with the class or the function that it stands in, as `Layer.forward`.
        line: number of its first line, from 1.
        lines: lines of code.
        nesting: blocks around its deepest statement.
    """

    name: str
    line: int
    lines: int
    nesting: int


@dataclass(frozen=True)
class Reading:
    """What was counted in one file.

    Attributes:
        name: of the file, relative to the folder measured.
        lines: number of all lines.
        code: the lines of code, with their indentation.
        long_lines: numbers of the lines over 100 characters, from 1.
        switches: numbers of the lines that switch the formatter off.
        functions: in the order of the file.
        nesting: deepest, outside of functions too.
    """

    name: str
    lines: int
    code: tuple[str, ...]
    long_lines: tuple[int, ...]
    switches: tuple[int, ...]
    functions: tuple[Function, ...]
    nesting: int


def read_source(source: str, name: str = "") -> Reading:
    """Count in the text of one Python file.

    Args:
        source: the text.
        name: of the file, for the table.

    Returns:
        The counts.

    Raises:
        SyntaxError: the text is no Python.
    """
    tree = ast.parse(source, name)
    lines = source_lines(source)
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    code = code_lines(tokens, tree)
    return Reading(
        name=name,
        lines=len(lines),
        code=tuple(lines[number - 1].rstrip() for number in sorted(code)),
        long_lines=tuple(long_lines(source)),
        switches=tuple(token.start[0] for token in tokens if is_switch(token)),
        functions=tuple(functions(tree, code)),
        nesting=nesting(tree),
    )


def source_lines(source: str) -> list[str]:
    """The lines as Python counts them; `str.splitlines` would also cut at form feeds."""
    return [line.removesuffix("\n") for line in io.StringIO(source)]


def long_lines(source: str) -> list[int]:
    """Numbers of the lines over 100 characters, in a file of any language."""
    lines = enumerate(source_lines(source), 1)
    return [number for number, line in lines if len(line) > LONGEST_LINE]


def is_switch(token: tokenize.TokenInfo) -> bool:
    """Whether a token is a comment that switches the formatter off."""
    return token.type == tokenize.COMMENT and SWITCH.search(token.string) is not None


def code_lines(tokens: Sequence[tokenize.TokenInfo], tree: ast.Module) -> set[int]:
    """Numbers of the lines of code, from 1."""
    texts = docstrings(tree)
    numbers: set[int] = set()
    for token in tokens:
        if token.type not in NOT_CODE and not is_inside(token, texts):
            numbers.update(lines_with_text(token))
    return numbers


def lines_with_text(token: tokenize.TokenInfo) -> Iterator[int]:
    """Numbers of a token's lines; a long string may have blank ones, which do not count."""
    for number, line in enumerate(source_lines(token.string), token.start[0]):
        if line.strip():
            yield number


def docstrings(tree: ast.Module) -> list[ast.stmt]:
    """The docstrings of a module, its classes and its functions."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Module, *DEFINITIONS))]
    return [node.body[0] for node in nodes if ast.get_docstring(node, clean=False) is not None]


def is_inside(token: tokenize.TokenInfo, statements: Sequence[ast.stmt]) -> bool:
    """Whether a string token belongs to one of the statements."""
    return token.type == tokenize.STRING and any(
        (node.lineno, node.col_offset) <= token.start
        and token.end <= (node.end_lineno or 0, node.end_col_offset or 0)
        for node in statements
    )


def functions(tree: ast.AST, code: set[int], prefix: str = "") -> Iterator[Function]:
    """Every function in a tree, with its lines of code and its nesting."""
    for node in ast.iter_child_nodes(tree):
        name = f"{prefix}{node.name}" if isinstance(node, DEFINITIONS) else prefix
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = code.intersection(range(node.lineno, (node.end_lineno or 0) + 1))
            yield Function(name, node.lineno, len(lines), nesting(node))
        yield from functions(node, code, f"{name}." if isinstance(node, DEFINITIONS) else prefix)


def nesting(tree: ast.AST, depth: int = 0) -> int:
    """How many blocks stand around the deepest statement, with `depth` blocks around the tree."""
    deepest = depth
    for node in ast.iter_child_nodes(tree):
        deeper = isinstance(node, BLOCKS) and not is_elif(node, tree)
        inner = 0 if isinstance(node, DEFINITIONS) else depth + deeper
        deepest = max(deepest, nesting(node, inner))
    return deepest


def is_elif(node: ast.AST, parent: ast.AST) -> bool:
    """Whether an `if` is its parent's `elif`: the tree differs in nothing but the column."""
    if not (isinstance(node, ast.If) and isinstance(parent, ast.If)):
        return False
    return node.col_offset == parent.col_offset


def python_files(folder: Path) -> Iterator[Path]:
    """The Python files in a folder and its folders, without hidden ones and other packages."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.name.startswith(".") and path.name != "site-packages":
            yield from python_files(path)
        elif path.suffix == ".py":
            yield path


def read_folder(folder: Path) -> list[Reading]:
    """Count in every Python file of a folder.

    Args:
        folder: a checkout of the project, or any other folder with Python files.

    Returns:
        One reading a file, by name.

    Raises:
        NotADirectoryError: there is no such folder.
        ValueError: it holds no Python file.
        SyntaxError: one of its files is no Python.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: expected a folder, there is none")
    files = list(python_files(folder))
    if not files:
        raise ValueError(f"{folder}: expected a folder with Python files, it has none")
    names = [path.relative_to(folder).as_posix() for path in files]
    return [read_source(path.read_text("utf-8"), name) for path, name in zip(files, names)]


def rooms(folder: Path) -> list[str]:
    """The rooms of the house that a folder has, in the order of the table."""
    found: list[str] = []
    for pattern in ROOMS:
        paths = [path for path in sorted(folder.glob(pattern)) if is_room(path)]
        found += [path.relative_to(folder).as_posix() for path in paths]
    return found


def is_room(path: Path) -> bool:
    """Whether a path is a file, or a folder with Python files."""
    return path.is_file() or any(python_files(path))


def room_rows(readings: Sequence[Reading], names: Sequence[str]) -> dict[str, list[str]]:
    """The table's cells for each room, and for all files together.

    Args:
        readings: of a folder's files.
        names: of the rooms.

    Returns:
        Cells by the name of the room.
    """
    rows = {}
    for room in names:
        inside = [file for file in readings if f"{file.name}/".startswith(f"{room}/")]
        rows[room] = cells(inside)
    return rows | {"in total": cells(readings)}


def cells(readings: Sequence[Reading]) -> list[str]:
    """One row of the table, without its name: see `COLUMNS`."""
    code = [line for file in readings for line in file.code]
    characters = [len(line.lstrip()) for line in code] or [0]
    every = [function for file in readings for function in file.functions]
    longest = max(every, key=lambda function: function.lines, default=Function("-", 0, 0, 0))
    largest = max(readings, key=lambda file: file.lines)
    return [
        f"{len(code):,}",
        f"{statistics.median(characters):.0f}",
        f"{statistics.mean(characters):.1f}",
        f"{statistics.mean(map(len, code or [''])):.1f}",
        str(sum(len(file.long_lines) for file in readings)),
        f"{longest.lines} `{longest.name}`",
        str(sum(function.lines > LONGEST_FUNCTION for function in every)),
        str(max(file.nesting for file in readings)),
        f"{largest.lines} `{Path(largest.name).name}`",
        str(sum(len(file.switches) for file in readings)),
    ]


def side_by_side(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    """Two folders' rows as one: "before → after", and "-" for a room that only one of them has."""
    none = ["-"] * len(COLUMNS)
    names = [*[name for name in before if name not in after], *after]
    return {
        name: [f"{old} → {new}" for old, new in zip(before.get(name, none), after.get(name, none))]
        for name in names
    }


def markdown(rows: dict[str, list[str]]) -> str:
    """Rows as a Markdown table with its heading."""
    lines = [("", *COLUMNS), ("---", *["---:"] * len(COLUMNS))]
    lines += [(name, *row) for name, row in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def table(folder: Path, against: Path | None = None) -> str:
    """The table of a folder, or of another and that folder side by side.

    Args:
        folder: what is measured.
        against: what it was before.

    Returns:
        Markdown.

    Raises:
        NotADirectoryError, ValueError, SyntaxError: as `read_folder` has it.
    """
    rows = room_rows(read_folder(folder), rooms(folder))
    if against is not None:
        rows = side_by_side(room_rows(read_folder(against), rooms(against)), rows)
    return markdown(rows)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="how the code reads: a Markdown table")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT, help="default: this project")
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="what it was before")
    options = parser.parse_args()
    try:
        print(table(options.folder, options.against))
    except (OSError, ValueError, SyntaxError) as error:
        parser.exit(2, f"{error}\n")


if __name__ == "__main__":
    main()
