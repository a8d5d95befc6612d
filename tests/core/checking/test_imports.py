from pathlib import Path

import pytest

from core.checking import source
from core.checking.imports import files, modules, package_of, packages
from core.checking.worker import Student

FOLDER = {
    "src/conv/window.py": "def window(x): return x",
    "src/conv/layers.py": "from .window import window\n\n\ndef conv2d(x, w): return window(x)",
    "src/__init__.py": "from .shapes import sizes",
    "src/shapes.py": "def sizes(x): return x.shape\nWRONG = unknown",
    "beside.py": "def helper(x): return x",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FOLDER.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def defined(path: Path, code: str, folder: Path | None = None) -> tuple[dict[str, str], list[str]]:
    """Name to place of what a file with this code defines, and the notes."""
    path.write_text(code, "utf-8")
    with Student(source.read(path, folder=folder)) as student:
        assert student.problem is None
        return {one.name: one.place for one in student.found}, list(student.notes)


@pytest.mark.parametrize("dots", ["", "."])
def test_what_a_package_defines_is_found(folder: Path, dots: str) -> None:
    code = f"from {dots}src.conv.layers import conv2d\nfrom {dots}beside import helper"
    found, notes = defined(folder / "main.py", code)
    assert found == {"helper": "beside.py, line 1", "conv2d": "src/conv/layers.py, line 4"}
    assert notes == [
        "src/shapes.py, line 2 is left out, since it raises NameError "
        "(name 'unknown' is not defined)."
    ]


def test_a_file_inside_of_a_package_imports_by_its_name(folder: Path) -> None:
    code = "from src.conv.layers import conv2d\nimport beside\nfrom .shapes import sizes"
    found, notes = defined(folder / "src" / "main.py", code, folder)
    assert found == {
        "conv2d": "src/conv/layers.py, line 4",
        "sizes": "src/shapes.py, line 1",
    }
    alone, notes = defined(folder / "src" / "main.py", "import beside\nx = 1")
    assert alone == {}
    assert any("beside" in note for note in notes)


@pytest.mark.parametrize("handed_in", ["", "src"])
def test_a_file_of_a_subpackage_imports_from_the_one_around(folder: Path, handed_in: str) -> None:
    code = "from ..shapes import sizes\nfrom .layers import conv2d\nfrom . import window"
    found, notes = defined(folder / "src" / "conv" / "main.py", code, folder / handed_in)
    begin = "src/" if not handed_in else ""
    assert found == {
        "conv2d": f"{begin}conv/layers.py, line 4",
        "sizes": f"{begin}shapes.py, line 1",
    }
    assert [note for note in notes if "import" in note] == []


def test_a_package_may_take_names_out_of_the_file_itself(folder: Path) -> None:
    (folder / "src" / "__init__.py").write_text("from .main import own")
    code = "from src.shapes import sizes\ndef own(x): return x"
    found, notes = defined(folder / "src" / "main.py", code, folder)
    assert found["own"] == "src/main.py, line 2"
    assert [note for note in notes if "import" in note] == []


def test_what_is_above_the_folder_is_not_reached(folder: Path) -> None:
    _, notes = defined(folder / "src" / "main.py", "from ..beside import helper\nfrom . import no")
    begin = "The import in line {} does not work here: ImportError ({}"
    assert notes[0] == begin.format(1, "attempted relative import beyond top-level package).")
    assert notes[1].startswith(begin.format(2, "cannot import name 'no' from "))
    assert "<yours>" not in notes[1]


def test_names_of_imports() -> None:
    code = "import a.b as c, d\nfrom e.f import g, h\nfrom . import i\nfrom ..j import k"
    assert packages(code) == {"a", "d", "e"}
    plain = {"a", "a.b", "d", "e", "e.f", "e.f.g", "e.f.h"}
    assert modules(code) == plain | {"i"}
    assert modules(code, "one") == plain | {"one", "one.i", "j", "j.k"}
    assert modules(code, "one.two") >= {"one.two.i", "one.j", "one.j.k"}


def test_files_of_a_module() -> None:
    home = Path("/work/src")
    assert list(files("src.a", (home,))) == [
        home / "src/a/__init__.py",
        home / "src/a.py",
        home / "a/__init__.py",
        home / "a.py",
    ]
    assert list(files("src", (home,)))[-1] == home / "__init__.py"
    assert package_of("src.a", home / "a.py") == "src"
    assert package_of("src.a", home / "a/__init__.py") == "src.a"
    assert package_of("a", home / "a.py") == ""


def test_a_folder_that_is_called_like_a_library_stands_for_none(tmp_path: Path) -> None:
    for folder in (tmp_path / "code", tmp_path / "a.b" / "json"):
        folder.mkdir(parents=True)
        (folder / "beside.py").write_text("def helper(x): return x")
        code = "import code, json\nfrom .beside import helper\nWHO = code.InteractiveConsole\n"
        code += "def read(text): return json.loads(text)"
        handed_in = folder.parent if folder.name == "json" else folder
        found, notes = defined(folder / "main.py", code, handed_in)
        assert set(found) == {"helper", "read"}
        assert notes == []
