"""The JavaScript of components and of the stage: its tests in node, one script from the modules of
a component, packed data.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from app.ui.charts import number
from app.ui.grids import CellGrid, Mark, Scene
from app.ui.javascript import bundle

HERE = Path(__file__).resolve().parent
COMPONENTS = HERE.parents[2] / "app" / "components"
NAMES = sorted(path.name for path in COMPONENTS.iterdir() if path.is_dir())
TWIN = HERE.parents[2] / "app" / "twin"
STAGE = HERE.parents[2] / "app" / "stage" / "pages"
MODULES = sorted([*COMPONENTS.rglob("*.js"), *STAGE.glob("*.js"), *TWIN.rglob("*.js")])
TESTS = sorted(
    [
        *HERE.glob("*.test.mjs"),
        *(HERE.parent / "stage").rglob("*.test.mjs"),
        *(HERE.parent / "twin").glob("*.test.mjs"),
    ]
)


def run_node(*arguments: str | Path, text: str | None = None) -> str:
    """What node prints."""
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("The tests of the components need node, and CI must not skip them.")
        pytest.skip("The tests of the components need node: sudo apt-get install nodejs")
    done = subprocess.run([node, *arguments], input=text, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_in_node(path):
    report = run_node("--test", "--test-reporter=tap", path)
    counted = re.search(r"^# pass (\d+)$", report, re.MULTILINE)
    assert counted
    assert int(counted[1]) >= path.read_text("utf-8").count("\ntest(") > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_component_is_one_script_that_needs_no_other(name, tmp_path):
    script = tmp_path / "script.mjs"
    script.write_text(bundle(COMPONENTS / name / f"{name}.js"), "utf-8")
    assert not re.search(r"^import\b", script.read_text("utf-8"), re.MULTILINE)
    show = "const script = await import(process.argv[1]); console.log(typeof script.default)"
    assert run_node("--input-type=module", "--eval", show, script) == "function\n"


def test_no_control_of_a_picture_is_seen_before_its_data():
    html = (COMPONENTS / "grids" / "grids.html").read_text("utf-8")
    parts = re.findall(r'<[^>]*class="(?:bar|options|question)\b[^>]*>', html)
    assert len(parts) == 5
    assert all(part.endswith(" hidden>") for part in parts)


@pytest.mark.parametrize("path", [*MODULES, *HERE.glob("*.mjs")], ids=lambda path: path.name)
def test_a_module_is_read_in_one_sitting(path):
    lines = path.read_text("utf-8").splitlines()
    assert path not in MODULES or len(lines) <= 150
    assert max(map(len, lines)) <= 100


def write_modules(folder: Path, **sources: str) -> Path:
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source, "utf-8")
    return folder / "entry.js"


def evaluate(script: str) -> str:
    show = (
        "const script = Buffer.from(process.argv[1]).toString('base64');"
        "const module = await import(`data:text/javascript;base64,${script}`);"
        "console.log(module.default())"
    )
    return run_node("--input-type=module", "--eval", show, script).strip()


NUMBERS = """
const base = 100;
export const one = 1;
export function add(value) {
  return base + value;
}
"""
WORDS = """
import { add } from "./numbers.js";
const base = "<";
export class Word {
  write(value) {
    return base + add(value);
  }
  sees() {
    return [typeof one, typeof hidden];
  }
}
"""
ENTRY = """
// A comment.
import {
  Word,
} from "./words.js";
import { add, one } from "./numbers.js";
export default function () {
  const word = new Word();
  return [word.write(one), add(two), ...word.sees(), typeof base].join();
}
const two = 2;
const hidden = 3;
"""


def test_modules_share_what_they_export_and_keep_the_rest(tmp_path):
    script = bundle(write_modules(tmp_path, numbers=NUMBERS, words=WORDS, entry=ENTRY))
    assert evaluate(script) == "<101,102,undefined,undefined,undefined"
    assert script.count("const base = 100") == 1, "a module is there once"
    assert "A comment" not in script


def test_modules_of_a_shared_folder_are_found(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "own").mkdir()
    (tmp_path / "shared" / "entry.js").write_text("export const name = 'shared';\n")
    entry = write_modules(
        tmp_path / "own",
        entry='import { name } from "../shared/entry.js";\nexport default () => name;\n',
    )
    assert evaluate(bundle(entry)) == "shared"


@pytest.mark.parametrize(
    "line",
    [
        'import numbers from "./numbers.js";',
        'import * as numbers from "./numbers.js";',
        'import { one as two } from "./numbers.js";',
        'import { one } from "numbers";',
        'import "./numbers.js";',
        'export { one } from "./numbers.js";',
        "export let two = 2;",
    ],
)
def test_another_form_of_import_or_export_is_refused(tmp_path, line):
    entry = write_modules(
        tmp_path,
        numbers="export const one = 1;\n",
        entry=f"{line}\nexport default () => 1;\n",
    )
    got = re.escape(repr(line))
    with pytest.raises(ValueError, match=f"^Expected import .*, got {got} in entry.js"):
        bundle(entry)


def test_only_the_entry_has_a_default(tmp_path):
    entry = write_modules(
        tmp_path,
        other="export const one = 1;\nexport default one;\n",
        entry='import { one } from "./other.js";\nexport default () => one;\n',
    )
    with pytest.raises(ValueError, match=r"got 'export default one;' in other\.js"):
        bundle(entry)


def test_a_circle_of_modules_is_refused(tmp_path):
    entry = write_modules(
        tmp_path,
        left='import { right } from "./right.js";\nexport const left = 1;\n',
        right='import { left } from "./left.js";\nexport const right = 1;\n',
        entry='import { left } from "./left.js";\nexport default () => left;\n',
    )
    circle = re.escape("got entry.js -> left.js -> right.js -> left.js.")
    with pytest.raises(ValueError, match=circle):
        bundle(entry)


def packed_picture() -> tuple[Scene, list[torch.Tensor], list[torch.Tensor]]:
    """A picture with every kind of grid, each grid's values (steps, cells), each mark's cells."""
    generator = torch.Generator().manual_seed(0)
    ties = torch.arange(-12, 12) / 8
    special = torch.tensor([0.0, -0.0, 1e4, -99.999, 0.995, torch.inf, -torch.inf, 1 / 3])
    values = torch.cat([ties, special, torch.randn(32, generator=generator) * 30])
    padded = F.pad(torch.arange(64).reshape(1, 1, 8, 8).float(), (1,) * 4, value=-1)
    cells = F.unfold(padded, 3, stride=3)[0].T.long()  # (9, 9) with -1 in the padding
    inside = F.unfold(torch.arange(64).reshape(1, 1, 8, 8).float(), 3, stride=2)[0].T.long()
    changing = torch.randn(9, 4, generator=generator)
    weights = torch.randn(9, 9, generator=generator)
    grids = [
        CellGrid("Stays", 0, 0, 8, 8, 10, values=values, outside=torch.tensor([0, 7])),
        CellGrid("Changes", 100, 0, 2, 2, 10, each=changing),
        CellGrid("Window", 200, 0, 3, 3, 10, source=1),
        CellGrid("Spread", 300, 0, 8, 8, 10, source=1, spread=weights),
    ]
    marks = [Mark(0, cells, "window", feeds=True), Mark(0, inside), Mark(0, inside, "tie")]
    lines = [f"Step {step}" for step in range(9)]
    picture = Scene("Title", "Alt", 100, 9, 3, grids, marks, lines)
    spread = torch.zeros(9, 64).scatter(1, inside, weights)
    right = [values.expand(9, 64), changing, values[inside], spread]
    return picture, right, [cells, inside, inside]


def test_node_reads_what_python_packs():
    picture, right, cells = packed_picture()
    data = json.dumps(picture.data(theme="light"))
    found = json.loads(run_node(HERE / "read_picture.mjs", text=data))
    for grid, expected in enumerate(right):
        values = torch.tensor([[float(value) for value in row] for row in found["values"][grid]])
        assert torch.equal(values, expected), picture.grids[grid].title
        texts = [[number(value) for value in row] for row in expected.tolist()]
        assert found["texts"][grid] == texts, "numbers are written as Python writes them"
    assert found["cells"] == [each.tolist() for each in cells]
    assert found["outside"] == [[0, 7], None, None, None]
