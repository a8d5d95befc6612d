"""The notebook is run from top to bottom, and gives the very texts that are stored in it."""

import ast
from pathlib import Path

import nbclient
import nbformat
import pytest
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "docs" / "core.ipynb"
LARGEST = 300_000  # bytes, pictures included
LONGEST_CELL = 20  # lines
# What design.md promises to other programs, and the bundled pictures.
PROMISED = {
    "core.checkpoints",
    "core.attacks.untargeted",
    "core.cam.class_activation_maps",
    "core.cam.upsample",
    "core.conv.conv2d",
    "core.data.samples.load_samples",
}


@pytest.fixture(scope="module")
def stored() -> NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """Run in an empty folder, without `data/`: only the repository's own files can be found."""
    folder = tmp_path_factory.mktemp("notebook")
    names = ("PYTHONPATH", "IPYTHONDIR", "CNN_DATA")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in zip(names, (ROOT, folder, folder / "data"), strict=True):
            patch.setenv(name, str(value))
        # Streamlit names a backend that shows nothing; a notebook chooses its own.
        patch.delenv("MPLBACKEND", raising=False)
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        client = nbclient.NotebookClient(notebook, timeout=120, record_timing=False)
        client.execute(cwd=str(folder))
    return notebook


def texts(notebook: NotebookNode) -> dict[str, str]:
    """What each cell printed, by the cell's id."""
    return {
        cell.id: "".join(out.text for out in cell.outputs if out.get("name") == "stdout")
        for cell in code_cells(notebook)
    }


def pictures(notebook: NotebookNode) -> list[str]:
    """Ids of the cells that draw."""
    return [
        cell.id
        for cell in code_cells(notebook)
        for out in cell.outputs
        if "image/png" in out.get("data", {})
    ]


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def imported(notebook: NotebookNode) -> set[str]:
    """Dotted names of what the cells import from core."""
    names = set()
    for node in ast.walk(ast.parse("\n".join(cell.source for cell in code_cells(notebook)))):
        if isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.split(".")[0] in ("core", "app", "commands")}


def test_it_prints_what_is_stored(stored: NotebookNode, executed: NotebookNode):
    assert texts(executed) == texts(stored), "run: make notebook"
    assert any(texts(stored).values())


def test_it_draws_where_pictures_are_stored(stored: NotebookNode, executed: NotebookNode):
    assert pictures(executed) == pictures(stored), "run: make notebook"
    assert len(pictures(stored)) == 4


def test_the_stored_outputs_are_from_one_clean_run(stored: NotebookNode):
    cells = code_cells(stored)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {out.get("name", out.output_type) for cell in cells for out in cell.outputs}
    assert kinds == {"stdout", "display_data"}  # no error, no warning


def test_it_uses_only_what_is_promised(stored: NotebookNode):
    assert imported(stored) == PROMISED


def test_it_is_small_and_its_cells_are_short(stored: NotebookNode):
    assert NOTEBOOK.stat().st_size < LARGEST
    assert max(cell.source.count("\n") + 1 for cell in stored.cells) <= LONGEST_CELL


def test_it_names_no_folder_of_a_machine(stored: NotebookNode):
    assert str(ROOT) not in nbformat.writes(stored)
