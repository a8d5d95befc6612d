"""How the code reads is held: line, function and file length, nesting, and the formatter always on.

The counts are those of `benchmarks.reading`, where they are defined and tested.
"""

import subprocess
from functools import cache
from pathlib import Path

from benchmarks.reading import LONGEST_FUNCTION, Reading, long_lines, read_source
from tests.every import for_every

ROOT = Path(__file__).resolve().parents[1]
DEEPEST = 3  # blocks
LARGEST_FILE = 350  # lines


def tracked(*endings: str) -> list[str]:
    """Files that git knows, by how their names end."""
    patterns = [f"*{ending}" for ending in endings]
    command = ["git", "ls-files", "-z", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).exists())


FILES = tracked(".py", ".js", ".css")
PYTHON = tracked(".py")


def is_test(name: str) -> bool:
    return name.startswith("tests/")


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@cache
def reading(name: str) -> Reading:
    """Each file is counted once for all rules."""
    return read_source(text(name), name)


def long_functions(file: Reading) -> list[str]:
    longest = [one for one in file.functions if one.lines > LONGEST_FUNCTION]
    return [f"{one.name}: {one.lines} lines of code" for one in longest]


def deep_functions(file: Reading) -> list[str]:
    """Functions that nest too deep, or the module where its own statements do."""
    deepest = [f"{one.name}: {one.nesting}" for one in file.functions if one.nesting > DEEPEST]
    return deepest or [f"module: {file.nesting}"] * (file.nesting > DEEPEST)


def test_the_files_are_found():
    expected = {
        "core/conv.py",
        "train_all.py",
        "app/components/blend/blend.css",
        "tests/conftest.py",
    }
    assert expected <= set(FILES)


@for_every(FILES)
def test_no_line_is_over_100_characters(name: str):
    assert long_lines(text(name)) == []


@for_every(PYTHON)
def test_the_formatter_is_never_switched_off(name: str):
    assert reading(name).switches == ()


@for_every([name for name in PYTHON if not is_test(name)])
def test_a_function_is_at_most_40_lines_of_code(name: str):
    assert long_functions(reading(name)) == []


@for_every(PYTHON)
def test_nothing_nests_deeper_than_three_blocks(name: str):
    assert deep_functions(reading(name)) == []


@for_every([name for name in FILES if not is_test(name)])
def test_a_file_is_read_in_one_sitting(name: str):
    assert text(name).count("\n") <= LARGEST_FILE


def test_a_long_function_is_found():
    body = "    x = 1\n" * 39
    assert long_functions(read_source(f"def f():\n{body}")) == []
    assert long_functions(read_source(f"def f():\n{body}    x = 1\n")) == ["f: 41 lines of code"]


def test_what_nests_too_deep_is_found():
    deep = "if a:\n    if a:\n        if a:\n            if a:\n                pass\n"
    inside = "def f():\n" + "".join(f"    {line}\n" for line in deep.splitlines())
    assert deep_functions(read_source(deep)) == ["module: 4"]
    assert deep_functions(read_source(inside)) == ["f: 4"]
    assert deep_functions(read_source("if a:\n    if a:\n        if a:\n            pass\n")) == []
