"""docs/examples/: every example prints what stands there, and every public function has one."""

import ast
import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted({*(ROOT / "docs" / "examples").glob("*.md")} - {ROOT / "docs/examples/index.md"})
BLOCK = re.compile(r"^```pycon\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Rooms whose public functions all have an example; a room joins when they do.
ROOMS = (
    "core/*.py",
    "core/checking/**/*.py",
    "core/checkpoints/*.py",
    "core/data/*.py",
    "core/explain/**/*.py",
    "core/layers/*.py",
    "core/lecture/*.py",
    "core/report/*.py",
    "core/sheets/**/*.py",
    "core/training/*.py",
)
# What has none, with the reason: a module, or one of its functions.
ASKS = "asks the process of a checked file"
PARTS = "core.checking.parts"
NO_EXAMPLE = {
    "core.browser": "starts a server and a browser",
    "core.checking.check.check": ASKS,
    **{
        f"{PARTS}.{name}": ASKS
        for name in (
            "attack_calls.ask",
            "attack_calls.fitted",
            "attack_calls.self_scaled",
            "attack_success.success",
            "attacks",
            "conv.by_hand",
            "conv.check",
            "conv.left_alone",
            "initialisation.question",
            "layer_gradients.conv_gradients",
            "layer_gradients.failed",
            "layer_target.pool_target",
            "layer_target.target",
            "layer_values.ask_all",
            "layer_values.questions",
            "layers",
            "map_calls.asked",
            "maps.check",
            "networks",
            "pool.check",
        )
    },
    "core.checking.starting": "starts processes",
    **{
        f"core.checking.student.{name}": "belongs into the process of a checked file alone"
        for name in (
            "__main__",
            "alarm",
            "attacks",
            "confined",
            "defaults",
            "defining.built",
            "defining.define",
            "defining.found",
            "defining.names",
            "initialising",
            "kernel",
            "layers",
            "libraries",
            "maps",
            "methods",
            "networks",
            "nursery",
            "operators",
            "serving",
            "watched",
        )
    },
    "core.data.download": "needs a network",
    "core.lecture.opening.browsing": "starts a browser",
    "core.lecture.opening.open_link": "looks at a page in a browser",
    "core.lecture.opening.open_state": "looks at a page in a browser",
    "core.report.evasion.strips_sheet": "attacks all bundled digits, for seconds",
    "core.report.measurements.measure_attacks": "measures for minutes",
    "core.report.measurements.measure_cam": "measures for minutes",
    "core.report.pages.drawn": "draws the whole report, for many seconds",
    "core.report.pages.pages": "draws the whole report, for many seconds",
    "core.training.computing.compiled": "waits seconds for a compiler",
    "core.training.parallel.together": "starts processes",
    "core.training.recorded.recorded_step": "needs a GPU",
}


def blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_example_prints_what_stands_there(page: Path):
    globs = {"__name__": "__main__"}
    source = "\n".join(blocks(page))
    examples = doctest.DocTestParser().get_doctest(source, globs, page.name, str(page), 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    runner.run(examples, out=said.append)
    assert not runner.failures, "".join(said)
    assert runner.tries > 10


def modules() -> list[str]:
    """Modules of the rooms, dotted."""
    files = sorted(file for room in ROOMS for file in ROOT.glob(room))
    names = [file.relative_to(ROOT).with_suffix("").as_posix() for file in files]
    return [name.removesuffix("/__init__").replace("/", ".") for name in names]


def public_functions(module: str) -> set[str]:
    """What a module defines itself, without an underscore, dotted."""
    path = ROOT / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    tree = ast.parse(file.read_text("utf-8"))
    found = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {f"{module}.{name}" for name in found if not name.startswith("_")}


def used(source: str) -> set[str]:
    """Dotted names of ours that some code uses after it has imported them."""
    tree = ast.parse(source)
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            first, *rest = ast.unparse(node).split(".")
            names.add(".".join([known.get(first, ""), *rest]))
    return names


def code(page: Path) -> str:
    """A page's examples without what they print."""
    parser = doctest.DocTestParser()
    return "".join(one.source for block in blocks(page) for one in parser.get_examples(block))


def test_every_public_function_has_an_example():
    shown = set().union(*(used(code(page)) for page in PAGES))
    public = set().union(*map(public_functions, modules())) - shown
    left = {name for name in public if not {name, name.rpartition(".")[0]} & NO_EXAMPLE.keys()}
    assert {"core.conv.conv2d", "core.cam.grad_cam"} <= shown
    assert sorted(left) == []


def test_what_has_no_example_is_there():
    found = {*modules(), *set().union(*map(public_functions, modules()))}
    assert NO_EXAMPLE.keys() <= found


def test_what_an_example_uses_is_found():
    source = "from core.conv import conv2d\nfrom core import attacks\nconv2d(attacks.step(x))"
    assert {"core.conv.conv2d", "core.attacks.step"} <= used(source)
    assert "core.pool.max_pool2d" not in used(source)


def test_a_wrong_number_is_found():
    examples = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, 0)
    assert doctest.DocTestRunner(verbose=False).run(examples, out=lambda _: None).failed == 1
