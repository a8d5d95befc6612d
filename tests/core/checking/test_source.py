"""Files as code, and ready-made layers in their text."""

import json
from pathlib import Path

import pytest

from core.checking import source
from core.checking.source import Source, SourceError, plain_python, read, ready_made

IMPORTS = """
import importlib
import numpy as np
import scipy.signal
import torch, torch.nn as nn, torch.nn.functional as G
from scipy import ndimage as nd
from torch import nn as network
from torch.nn import Conv2d as C
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def notebook(folder: Path, *cells: str | list[str]) -> Path:
    rows = [{"cell_type": "code", "source": cell, "outputs": []} for cell in cells]
    text = {"cell_type": "markdown", "source": "# def not_code(:"}
    return write(folder, "hand-in.ipynb", json.dumps({"cells": [text, *rows], "nbformat": 4}))


def test_a_python_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path, "layers.py", "x = 'é'\ny = 2\n")
    found = read(path)
    assert found == Source("layers.py", "x = 'é'\ny = 2\n")
    assert found.place(2) == "line 2"


def test_another_encoding_that_the_file_names_is_read(tmp_path: Path) -> None:
    path = tmp_path / "layers.py"
    path.write_bytes("# -*- coding: latin-1 -*-\nx = 'é'\r\n".encode("latin-1"))
    assert read(path).code == "# -*- coding: latin-1 -*-\nx = 'é'\n"


def test_a_notebook_is_its_code_cells(tmp_path: Path) -> None:
    cells = ("import torch\n", ["def conv(x, w):\n", "    return x"], "%%bash\nls\n", "!ls\ny = 3")
    found = read(notebook(tmp_path, *cells))
    assert found.notes == ()
    assert found.code.split("\n").index("def conv(x, w):") == 2
    assert found.place(3) == "code cell 2, line 1"
    assert found.place(4) == "code cell 2, line 2"
    assert found.code.endswith("pass\ny = 3")
    assert found.place(found.code.count("\n") + 1) == "code cell 4, line 2"


def test_of_several_files_a_place_says_which(tmp_path: Path) -> None:
    found = read(notebook(tmp_path, "def broken(:", "x = 1"), among=True)
    assert found.place(2) == "hand-in.ipynb, code cell 2, line 1"
    assert found.notes[0].startswith("hand-in.ipynb: code cell 1 is left out")
    assert read(write(tmp_path, "a.py", "x = 1"), among=True).place(1) == "a.py, line 1"


def test_a_cell_that_is_no_python_is_left_out_and_told(tmp_path: Path) -> None:
    found = read(notebook(tmp_path, "def broken(:\n", "x = 1"))
    assert found.notes == (
        "Code cell 1 is left out, since it is no Python: line 1, invalid syntax.",
    )
    assert "broken" not in found.code
    assert found.place(3) == "code cell 2, line 1"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("if x:\n    !pip install torch\n    y = 2", "if x:\n    pass\n    y = 2"),
        ("files = !ls\nx?", "pass\npass"),
        ("%%time\nx = 1", "pass\nx = 1"),
        ("%%writefile a.py\nx = 1", "pass\nx = 1"),
        ("%%writefile notes.txt\nx = 1", "\n"),
        ("text = '''\n% no magic\n'''", "text = '''\n% no magic\n'''"),
        ("x = (5\n% 3)", "x = (5\n% 3)"),
    ],
)
def test_what_only_ipython_knows_does_nothing(cell: str, expected: str) -> None:
    assert plain_python(cell) == expected


def test_what_one_cell_writes_into_a_file_and_another_imports_stands_in_its_place(
    tmp_path: Path,
) -> None:
    written = "%%writefile src/layers.py\nclass Conv2d: pass"
    found = read(notebook(tmp_path, written, "from layers import Conv2d\nfrom other import x"))
    lines = ["pass", "class Conv2d: pass", "pass", "from other import x"]
    assert found.code.split("\n") == lines
    assert found.place(2) == "code cell 1, line 2"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.py", "def f(:\n", "“a.py” is no Python: line 1, invalid syntax."),
        ("a.py", "x = 1\nprint 'two'\n", "“a.py” is no Python: line 2, Missing parentheses"),
        ("a.py", "x = '\0'", "“a.py” is no Python: "),
        ("a.py", "return 5", "“a.py” is no Python: line 1, 'return' outside function."),
        ("a.py", "x = " + "(" * 300 + ")" * 300, "“a.py” is no Python: line 1, too many nested"),
        ("a.py", "x = 1\n" * 200_000, "“a.py” is no Python: more than 1 MB of code."),
        (
            "a.txt",
            "x = 1",
            "“a.txt” is no Python file: expected a name that ends with .py or .ipynb.",
        ),
        ("a.ipynb", "x = 1", "“a.ipynb” is no notebook that can be read (not readable as JSON)"),
        ("a.ipynb", '{"worksheets": []}', "“a.ipynb” is no notebook that can be read: clear its"),
        ("a.ipynb", '{"cells": [{"source": 5}]}', "“a.ipynb” is no notebook that can be read"),
        ("a.ipynb", '{"cells": []}', "“a.ipynb” has no code cell that is Python."),
    ],
)
def test_what_cannot_be_checked_is_one_sentence(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    with pytest.raises(SourceError) as error:
        read(write(tmp_path, name, text))
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)


def test_a_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        SourceError, match=r"“none\.py” cannot be read: No such file or directory\."
    ):
        read(tmp_path / "none.py")
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(SourceError, match="is a folder: name the Python file"):
        read(tmp_path / "folder.py")
    binary = tmp_path / "binary.py"
    binary.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(SourceError, match="is no text: expected Python in UTF-8"):
        read(binary)
    binary.write_bytes(bytes(source.LARGEST + 1))
    with pytest.raises(SourceError, match="is larger than 16 MB"):
        read(binary)


def test_files_beside_that_are_imported_belong_to_it(tmp_path: Path) -> None:
    write(tmp_path, "layers.py", "import deeper\ndef layer(): pass")
    write(tmp_path, "deeper.py", "import hand_in, layers\nx = 1\n")
    write(tmp_path, "unused.py", "y = 1")
    write(tmp_path, "torch.py", "z = 1")
    write(tmp_path, "json.py", "z = 1")
    write(tmp_path, "broken.py", "def (")
    code = "import json, torch, broken\nfrom layers import layer"
    found = read(write(tmp_path, "hand_in.py", code))
    assert [one.module for one in found.beside] == ["layers", "deeper"]
    assert found.texts() == [
        ("submission", 1, code),
        ("layers", 3, "import deeper\ndef layer(): pass"),
        ("deeper", 5, "import hand_in, layers\nx = 1\n"),
    ]
    assert found.place(2) == "line 2"
    assert found.place(4) == "layers.py, line 2"
    assert found.place(6) == "deeper.py, line 2"


REST = "other src.shapes src.deep.pool"
PACKAGES = {
    "src/__init__.py": "first = 1",
    "src/layers.py": "from .deep.pool import window\nfrom . import shapes\nimport other",
    "src/shapes.py": "sizes = 1",
    "src/deep/pool.py": "from ..shapes import sizes\nfrom ....above import x",
    "other.py": "y = 1",
    "src/other.py": "never = 1",
}


@pytest.mark.parametrize(
    ("file", "code", "is_handed_in", "modules"),
    [
        ("main.py", "from src.layers import x", False, f"src src.layers {REST}"),
        ("main.py", "import src.layers as x", False, f"src src.layers {REST}"),
        ("main.py", "from src import shapes", False, "src src.shapes"),
        ("main.py", "from .src import shapes", False, "src src.shapes"),
        ("main.py", "from . import other", False, "other"),
        ("main.py", "from .. import other", False, ""),
        ("src/main.py", "from .shapes import sizes", False, "shapes"),
        ("src/main.py", "from src.shapes import sizes", False, "src src.shapes"),
        ("src/main.py", "import src.main, main", False, "src src.main"),
        ("src/deep/main.py", "from src.shapes import sizes", False, ""),
        ("src/deep/main.py", "from src.shapes import sizes", True, "src src.shapes"),
        ("src/deep/main.py", "import other", True, "other"),
        ("src/deep/main.py", "import other", False, ""),
    ],
)
def test_packages_of_a_folder_are_found(
    tmp_path: Path, file: str, code: str, is_handed_in: bool, modules: str
) -> None:
    for name, text in {**PACKAGES, file: code}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    found = read(tmp_path / file, folder=tmp_path if is_handed_in else None)
    assert {one.module for one in found.beside} == set(modules.split())


def test_a_place_in_a_package_has_the_folder_s_name(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    write(tmp_path, "src/layers.py", "x = 1\ny = 2")
    found = read(write(tmp_path, "main.py", "from src.layers import x"))
    assert found.place(3) == "src/layers.py, line 2"
    inside = read(write(tmp_path, "src/main.py", "from .layers import x"), folder=tmp_path)
    assert inside.place(3) == "src/layers.py, line 2"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("def target(x): return G.conv2d(x, x)", "torch.nn.functional.conv2d"),
        ("def target(x): return torch.conv2d(x, x)", "torch.conv2d"),
        ("def target(x): return torch.nn.functional.max_pool2d(x, 2)", None),
        ("def target(x): return nn.functional.adaptive_avg_pool2d(x, 2)", None),
        ("def target(x): return C(1, 2, 3)(x)", "torch.nn.Conv2d"),
        ("class target(network.MaxPool2d): pass", "torch.nn.MaxPool2d"),
        ("def target(x): return getattr(G, 'conv2d')(x)", "torch.nn.functional.conv2d"),
        ("def target(x):\n    from torch import conv_transpose2d as t\n    return t(x, x)", None),
        ("def target(x): return torch.ops.aten.convolution(x)", "torch.ops.aten.convolution"),
        ("def target(x): return scipy.signal.convolve2d(x, x)", "scipy.signal.convolve2d"),
        ("def target(x): return nd.convolve(x, x)", "scipy.ndimage.convolve"),
        ("def target(x): return np.convolve(x, x)", "numpy.convolve"),
        ("def target(x): return importlib.import_module('torch').conv2d(x)", "torch.conv2d"),
        ("M = nn\ndef target(x): return M.Conv2d(1, 2, 3)", "torch.nn.Conv2d"),
        ("product = G.conv2d\ndef target(x): return product(x, x)", "torch.nn.functional.conv2d"),
        ("def helper(x): return G.conv2d(x)\ndef target(x): return helper(x)", None),
        ("from torch.nn.functional import *\ndef target(x): return conv2d(x, x)", None),
    ],
)
def test_a_ready_made_layer_is_found_in_the_text(code: str, name: str | None) -> None:
    found = ready_made(Source("a.py", IMPORTS + code), "target")
    assert len(found) == 1
    assert name is None or found[0].name == name
    assert any(word in found[0].name.lower() for word in ("conv", "pool"))


@pytest.mark.parametrize(
    "code",
    [
        "def target(x): return G.fold(G.unfold(G.pad(x, (1, 1)), 3), 3, 3)",
        "def target(x): return isinstance(x, nn.Conv2d)",
        "def target(x: nn.Conv2d) -> nn.Conv2d: return x",
        "def conv2d(x): return x\ndef target(x): return conv2d(x)",
        "from torch.nn.functional import *\ndef conv2d(x): return x\n"
        "def target(x): return conv2d(x)",
        "from torch.nn.functional import conv2d\ndef conv2d(x): return x\n"
        "def target(x): return conv2d(x)",
        "def other(x): return G.conv2d(x, x)\ndef target(x, other): return other(x)",
        "class Net(nn.Module):\n    def __init__(self): self.conv = nn.Conv2d(1, 2, 3)\n"
        "def target(x): return x",
        "def target(x): return torch.fft.ifft2(torch.fft.fft2(x)).real",
        "def target(x): return torch.utils.data._utils.pin_memory.convert(x)",
        "class target(nn.Module):\n    def forward(self, x): return self.conv2d(x)",
    ],
)
def test_what_is_no_ready_made_layer_of_the_target_passes(code: str) -> None:
    assert ready_made(Source("a.py", IMPORTS + code), "target") == ()


def test_every_use_has_its_line_and_the_definition_around_it() -> None:
    code = "def f(x):\n    return G.conv2d(x, x)\nif True:\n    p = nn.MaxPool2d(2)\nG.relu(C)\n"
    found = ready_made(Source("a.py", IMPORTS + code))
    first = IMPORTS.count("\n") + 1
    assert [(one.name.split(".")[-1], one.line - first, one.within) for one in found] == [
        ("conv2d", 1, "f"),
        ("MaxPool2d", 3, "p"),
        ("Conv2d", 4, ""),
    ]
