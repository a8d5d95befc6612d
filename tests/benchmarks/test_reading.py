"""The counts of `benchmarks.reading`, on sources small enough to count by hand."""

import sys
from pathlib import Path

import pytest

from benchmarks import reading
from benchmarks.reading import read_folder, read_source, rooms, table

SOURCE = '''"""A module.

With a docstring of three lines.
"""

# A comment.
LIMIT = 3  # with a reason


class Layer:
    """A class."""

    text = """first

    third"""

    @property
    def size(
        self,
    ) -> int:
        """A docstring.

        Of three lines.
        """
        # A comment.

        if LIMIT:
            return 1
        return 0
'''
CODE = [
    "LIMIT = 3  # with a reason",
    "class Layer:",
    '    text = """first',
    '    third"""',
    "    @property",
    "    def size(",
    "        self,",
    "    ) -> int:",
    "        if LIMIT:",
    "            return 1",
    "        return 0",
]


def longest(source: str) -> tuple[str, int]:
    function = max(read_source(source).functions, key=lambda one: one.lines)
    return function.name, function.lines


def test_lines_of_code_are_neither_blank_nor_comments_nor_docstrings():
    assert list(read_source(SOURCE).code) == CODE


def test_all_lines_are_the_size_of_the_file():
    assert read_source(SOURCE).lines == SOURCE.count("\n") == 29


def test_a_string_that_is_no_docstring_is_code():
    assert read_source('x = 1\n"""a\n\nb"""\n').code == ("x = 1", '"""a', 'b"""')
    assert read_source('f"""{1}\n\nb"""\n').code == ('f"""{1}', 'b"""')


def test_code_beside_a_docstring_counts():
    assert read_source('def f(): "says nothing"\n').code == ('def f(): "says nothing"',)
    assert read_source('def f():\n    "says"; return 1\n').code == (
        "def f():",
        '    "says"; return 1',
    )


def test_code_behind_the_end_of_a_docstring_counts():
    assert read_source('"""On ä\n×"""; "b"\n').code == ('×"""; "b"',)


def test_a_docstring_in_several_pieces_is_none_of_the_code():
    assert read_source('"one" \\\n"two"\nx = 1\n').code == ("x = 1",)


def test_a_form_feed_is_no_new_line():
    assert read_source("x = 'a\x0cb'\ny = 1\n").code == ("x = 'a\x0cb'", "y = 1")


def test_a_function_is_as_long_as_its_code_with_its_signature():
    assert longest(SOURCE) == ("Layer.size", 6)


def test_an_inner_function_counts_for_both():
    source = "def f():\n    def g():\n        return 1\n\n    return g\n"
    assert [(one.name, one.lines) for one in read_source(source).functions] == [
        ("f", 4),
        ("f.g", 2),
    ]


DEEP = """
if True:
    async def f():
        try:
            pass
        except ValueError as error:
            def g(): pass
"""


def test_functions_are_found_wherever_they_stand():
    assert [one.name for one in read_source(DEEP).functions] == ["f", "f.g"]
    assert read_source("x = lambda: 1\n").functions == ()


@pytest.mark.parametrize(
    ("source", "depth"),
    [
        ("x = [a for a in b if a]\n", 0),
        ("if a:\n    pass\n", 1),
        ("if a:\n    pass\nelif b:\n    pass\nelif c:\n    pass\n", 1),
        ("if a:\n    pass\nelse:\n    if b:\n        pass\n    x = 1\n", 2),
        ("for a in b:\n    while a:\n        with a:\n            pass\n", 3),
        ("try:\n    pass\nexcept ValueError:\n    if a:\n        pass\n", 2),
        ("match a:\n    case 1:\n        pass\n", 1),
        ("if a:\n    def f():\n        if b:\n            pass\n", 1),
        ("if a:\n    if b:\n        class C:\n            x = 1\n", 2),
    ],
)
def test_nesting_counts_blocks(source: str, depth: int):
    assert read_source(source).nesting == depth


def test_nesting_of_a_function_begins_at_its_body():
    source = (
        "class C:\n    def f(self):\n        for a in b:\n            if a:\n                pass\n"
    )
    assert read_source(source).functions[0].nesting == 2


def test_long_lines_count_in_docstrings_and_comments_too():
    source = f'"""{"a" * 98}"""\n# {"b" * 98}\n# {"c" * 99}\n'
    assert read_source(source).long_lines == (1, 3)


def test_what_switches_the_formatter_off_is_found_in_comments_alone():
    source = 'x = 1  # fmt: skip\n# fmt: off\n# fmt:on\nt = "# fmt: skip"\n"""# fmt: off"""\n'
    assert read_source(source).switches == (1, 2)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    files = {
        "core/conv.py": "def conv():\n    return 1\n",
        "core/training/loop.py": "if 1:\n    x = 22\n",
        "core/empty/__init__.py": "",
        "core/__pycache__/conv.pyc": "",
        "app/Home.py": "x = 1\n",
        "app/chapters/cam/page.py": "x = 1\n",
        "train_all.py": "x = 1  # fmt: skip\n",
        ".venv/lib.py": "x = 1\n",
        "venv/site-packages/torch.py": "x = 1\n",
        "notes/read.txt": "no code",
    }
    for name, text in files.items():
        path = tmp_path / "house" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "house"


def test_rooms_are_found_by_pattern(house: Path):
    assert rooms(house) == [
        *("core", "core/empty", "core/training", "app", "app/chapters", "app/chapters/cam"),
        "train_all.py",
    ]


def test_hidden_folders_and_installed_packages_are_left_out(house: Path):
    names = [file.name for file in read_folder(house)]
    assert names == [
        *("app/Home.py", "app/chapters/cam/page.py", "core/conv.py", "core/empty/__init__.py"),
        *("core/training/loop.py", "train_all.py"),
    ]


def test_a_row_has_the_counts_of_its_files(house: Path):
    lines = table(house).splitlines()
    # Characters of core: 11, 8, 5, 6; with indentation 11, 12, 5, 10.
    assert lines[2] == "| core | 4 | 7 | 7.5 | 9.5 | 0 | 2 `conv` | 0 | 1 | 2 `conv.py` | 0 |"
    assert (
        lines[3] == "| core/empty | 0 | 0 | 0.0 | 0.0 | 0 | 0 `-` | 0 | 0 | 0 `__init__.py` | 0 |"
    )
    assert lines[-1].startswith("| in total | 7 |")
    assert lines[-1].endswith("| 1 |")


def test_every_row_has_a_cell_a_column(house: Path):
    lines = table(house).splitlines()
    assert {line.count("|") for line in lines} == {len(reading.COLUMNS) + 2}
    assert len(lines) == 2 + len(rooms(house)) + 1


def test_functions_over_40_lines_are_counted(tmp_path: Path):
    body = "    x = 1\n" * 39
    (tmp_path / "a.py").write_text(f"def f():\n{body}def g():\n{body}    x = 1\n", "utf-8")
    assert "| 41 `g` | 1 |" in table(tmp_path)


def test_before_stands_beside_after(house: Path, tmp_path: Path):
    before = tmp_path / "before"
    (before / "core").mkdir(parents=True)
    (before / "core" / "conv.py").write_text("x = 1\n" * 3, "utf-8")
    (before / "commands").mkdir()
    (before / "commands" / "data.py").write_text("x = 1\n", "utf-8")
    rows = {line.split(" | ")[0]: line for line in table(house, against=before).splitlines()}
    assert rows["| core"].startswith("| core | 3 → 4 | 5 → 7 |")
    assert rows["| core/training"].startswith("| core/training | - → 2 |")
    assert rows["| commands"].startswith("| commands | 1 → - |")


def test_a_missing_folder_is_an_error(tmp_path: Path):
    with pytest.raises(NotADirectoryError, match="none: expected a folder, there is none"):
        table(tmp_path / "none")


def test_a_folder_without_python_is_an_error(tmp_path: Path):
    with pytest.raises(ValueError, match="expected a folder with Python files, it has none"):
        table(tmp_path)


def test_the_command_prints_the_table(house: Path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["reading", str(house)])
    reading.main()
    assert capsys.readouterr().out == f"{table(house)}\n"


@pytest.mark.parametrize("arguments", [["none"], [".", "--against", "none"]])
def test_the_command_says_in_a_sentence_what_is_wrong(arguments, tmp_path, monkeypatch, capsys):
    (tmp_path / "a.py").write_text("x = 1\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["reading", *arguments])
    with pytest.raises(SystemExit) as stopped:
        reading.main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "none: expected a folder, there is none\n"


def test_a_file_that_is_no_python_is_named(tmp_path: Path):
    (tmp_path / "broken.py").write_text("def\n", "utf-8")
    with pytest.raises(SyntaxError, match=r"broken\.py"):
        table(tmp_path)
