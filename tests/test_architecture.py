"""The house's rules, read from the source text: who imports whom, who may do what, how long a file
may be.
"""

import ast
import re
from collections.abc import Callable
from functools import cache

import pytest

from core import homework
from core.data.facts import ROOT
from tests.every import for_every

FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for place in ("core", "app", "commands", "benchmarks", "train_all.py")
    for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
)
CORE = [file for file in FILES if file.startswith("core/")]
PAGES = [file for file in FILES if re.fullmatch(r"app/chapters/(\w+/page|home)\.py", file)]
BY_HAND = ["core/conv.py", "core/pool.py"]
LAYERS = [*BY_HAND, *(file for file in CORE if file.startswith("core/layers/"))]
# Winograd's layer takes the place of torch's; `dispatch` asks torch who is looking on, and no more.
EXCEPTIONS = {
    "core/layers/winograd.py": ["nn.Conv2d"],
    "core/layers/matrix_conv.py": ["nn.Conv2d"],
    "core/layers/exchange.py": ["nn.Conv2d"],
    "core/layers/dispatch.py": ["torch._C"],
}
QUERIES = {"_are_functorch_transforms_active", "_has_storage", "_len_torch_dispatch_stack"}
HOUSE = {"core", "app", "commands", "benchmarks", "train_all", "tests"}
MAY_IMPORT = {
    "core": {"core"},
    "ui": {"ui", "core"},
    "chapter": {"ui", "core"},
    "twin": {"twin", "chapter", "ui", "core"},  # the chapters' pictures, on a site
    "home": {"ui", "core"},
    "commands": {"commands", "core"},
    "train_all": {"commands"},
    "benchmarks": {"benchmarks", "core", "links"},
    "links": {"benchmarks", "core", "ui", "chapter"},  # tries what reads a link
}
TAKES_ANY_MODEL = (
    "core/cam.py",
    "core/overlay.py",
    "core/faithfulness.py",
    "core/attacks.py",
    "core/attack_methods.py",
    "core/attack_record.py",
    "core/stored.py",
    "core/masking.py",
    "core/robustness.py",
    "core/ties.py",
    "core/training/",
    "core/evaluation.py",
)
PICKLERS = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
SHOWS_MARKDOWN = re.compile(
    r"badge|caption|checkbox|error|expander|header|image|info|markdown|metric|multiselect|pills|"
    r"popover|progress|radio|segmented_control|slider|spinner|status|subheader|success|tabs|title|"
    r"toast|toggle|warning|write|(\w+_)?(button|input|link|area|uploader)|select(_slider|box)"
)
ESCAPES = ("literal.markdown", "blocks.error_box", "blocks.mend_box")
READY_MADE = re.compile(
    r"conv(\d|_|transpose)|^conv(olution)?$|_convolution|pool|^(aten|ops|_C|_VF|nn\.grad)$",
    re.IGNORECASE,
)
DYNAMIC = {"getattr", "eval", "exec", "__import__", "import_module", "globals", "vars"}


@cache
def read(file: str) -> str:
    return (ROOT / file).read_text("utf-8")


@cache
def parsed(source: str) -> ast.Module:
    """Each file is parsed once for all rules."""
    return ast.parse(source)


@cache
def nodes(source: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parsed(source)))


def existing(*files: str) -> list[str]:
    return [file for file in files if file in FILES]


def imports(source: str) -> set[str]:
    """Dotted names of everything imported, wherever in the file; a relative import starts with a
    dot.
    """
    names = set()
    for node in nodes(source):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__")
        ):
            names |= {
                argument.value for argument in node.args[:1] if isinstance(argument, ast.Constant)
            }
    return names


def imports_package(source: str, package: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for name in imports(source))


def part(dotted: str) -> str:
    """The part of the house that a dotted name of ours belongs to."""
    for prefix, found in (
        ("app.chapters", "chapter"),
        ("app.Home", "home"),
        ("app.twin", "twin"),
        ("app", "ui"),
        ("core", "core"),
        ("commands", "commands"),
        ("train_all", "train_all"),
        ("benchmarks.fuzzing.links", "links"),
        ("benchmarks", "benchmarks"),
    ):
        if dotted == prefix or dotted.startswith(f"{prefix}."):
            return found
    return "tests"


def room(file: str) -> str:
    """The folder of the chapter that a file of the chapters belongs to."""
    return ".".join(file.split("/")[:3])


def wrong_imports(file: str, source: str) -> list[str]:
    """Imports that run against the direction chapters -> ui -> core, or that are relative."""
    own = part(file.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    return sorted(
        name
        for name in imports(source)
        if name.startswith(".")
        or (
            name.split(".")[0] in HOUSE
            and part(name) not in MAY_IMPORT[own]
            and not (own == "chapter" and name.startswith(f"{room(file)}."))
        )
    )


def caches(source: str) -> list[int]:
    """Lines that use Streamlit's caches."""
    lines = [
        node.lineno
        for node in nodes(source)
        if (isinstance(node, ast.Attribute) and node.attr.startswith("cache_"))
        or (
            isinstance(node, ast.ImportFrom)
            and any(alias.name.startswith("cache_") for alias in node.names)
        )
    ]
    return sorted(set(lines))


def path_changes(source: str) -> list[int]:
    """Lines that touch sys.path, under whatever name."""
    lines = [
        node.lineno
        for node in nodes(source)
        if (
            isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.path", "site.addsitedir")
        )
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "sys"
            and any(a.name == "path" for a in node.names)
        )
    ]
    return sorted(set(lines))


def calls(source: str, name: str) -> list[int]:
    """Lines that call ``name``, dotted or not."""
    return [
        node.lineno
        for node in nodes(source)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name
    ]


def given(source: str, keyword: str, value: object) -> list[int]:
    """Lines of calls with ``keyword=value``; zip's strict is another matter."""
    return [
        node.lineno
        for node in nodes(source)
        if isinstance(node, ast.Call) and ast.unparse(node.func) != "zip"
        for argument in node.keywords
        if argument.arg == keyword
        and isinstance(argument.value, ast.Constant)
        and argument.value.value is value
    ]


def lenient_loads(source: str) -> list[int]:
    """Lines that load a state dict without insisting on every key."""
    positional = [
        node.lineno
        for node in nodes(source)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("load_state_dict")
        and any(
            isinstance(argument, ast.Constant) and argument.value is False
            for argument in node.args[1:]
        )
    ]
    return given(source, "strict", False) + positional


def bare_excepts(source: str) -> list[int]:
    return [
        node.lineno
        for node in nodes(source)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]


def picklers(source: str) -> list[str]:
    """Modules and calls that would unpickle a file."""
    found = sorted(name for name in imports(source) if name.split(".")[0] in PICKLERS)
    return found + [name for name in ("torch.load", "torch.save") if calls(source, name)]


def ready_made(source: str) -> list[str]:
    """Ready-made convolutions and poolings, or a way around this search, in a file that writes them
    by hand.

    A file's own functions are called by their bare name; what comes through a dot or an import is
    somebody else's.
    """
    foreign = {name for name in imports(source) if not name.startswith("core.layers.")}
    found = {
        name for name in foreign if READY_MADE.search(name.split(".")[-1]) or "nn.grad" in name
    }
    for node in nodes(source):
        if isinstance(node, ast.Attribute) and not (
            isinstance(node.value, ast.Name) and node.value.id in ("self", "ctx")
        ):
            text = ast.unparse(node)
            if READY_MADE.search(node.attr) or text.endswith("nn.grad"):
                found.add(text)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in DYNAMIC:
            found.add(ast.unparse(node))
    return sorted(found)


def raw_texts(source: str) -> list[str]:
    """Calls that show as Markdown what a person typed or named, and do not escape it.

    Such a text is an error's, the name of a file, a folder, or what a command said last. It goes
    through ``literal.markdown``, or one of the two boxes of ``app.ui.blocks`` that call it.
    """
    errors = {node.name for node in nodes(source) if isinstance(node, ast.ExceptHandler)}
    found = []
    for call in [node for node in nodes(source) if isinstance(node, ast.Call)]:
        name = ast.unparse(call.func)
        if SHOWS_MARKDOWN.fullmatch(name.split(".")[-1]) and not name.endswith(ESCAPES):
            given = [*call.args, *(argument.value for argument in call.keywords)]
            texts = [node for argument in given for node in unescaped(argument)]
            if any(is_foreign(node, errors - {None}) for node in texts):
                found.append(ast.unparse(call))
    return found


def unescaped(node: ast.AST) -> list[ast.AST]:
    """A node with all below it, but for what is escaped."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(ESCAPES):
        return []
    return [node, *(below for child in ast.iter_child_nodes(node) for below in unescaped(child))]


def is_foreign(node: ast.AST, errors: set[str | None]) -> bool:
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).endswith(("data_folder", "own_network"))
    if isinstance(node, ast.Attribute):
        return node.attr == "failure" or ast.unparse(node).endswith("file.name")
    return isinstance(node, ast.Name) and node.id in errors | {"description"}


@for_every(FILES)
def test_imports_run_one_way(file: str) -> None:
    assert wrong_imports(file, read(file)) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("core/cam.py", "from app.ui import charts"),
        ("core/cam.py", "import train_all"),
        ("core/cam.py", "def late():\n    import benchmarks.layers"),
        ("core/cam.py", "import importlib\nimportlib.import_module('app.ui.charts')"),
        ("core/cam.py", "from .conv import conv2d"),
        ("app/ui/charts.py", "from app.chapters import training"),
        ("app/ui/charts.py", "import train_all"),
        ("app/chapters/training/page.py", "from app.chapters import convolution"),
        ("app/chapters/training/page.py", "import app.chapters.convolution"),
        ("app/chapters/training/page.py", "from app import chapters"),
        ("app/chapters/training/page.py", "from train_all import duration"),
        ("app/Home.py", "from app.chapters import convolution"),
        ("train_all.py", "from app.ui import charts"),
        ("train_all.py", "from core import checkpoints"),
        ("core/cam.py", "from commands import table"),
        ("app/ui/jobs.py", "from commands.main import main"),
        ("commands/table.py", "from app.ui import charts"),
        ("commands/table.py", "import train_all"),
        ("commands/__init__.py", "from benchmarks import layers"),
        ("benchmarks/layers.py", "from train_all import duration"),
        ("core/cam.py", "from tests import test_cam"),
    ],
)
def test_an_import_against_the_direction_is_found(file: str, source: str) -> None:
    assert len(wrong_imports(file, source)) == 1


def test_imports_along_the_direction_are_allowed() -> None:
    assert (
        wrong_imports(
            "app/chapters/training/page.py",
            "from app.ui import charts\nfrom core import cam\nimport torch",
        )
        == []
    )


def test_the_files_are_found() -> None:
    some = {"train_all.py", "commands/main.py", "core/conv.py", "core/data/facts.py"}
    assert some | {"core/training/loop.py"} <= set(FILES)


@for_every(CORE)
def test_core_knows_no_streamlit_and_no_altair(file: str) -> None:
    assert not imports_package(read(file), "streamlit")
    assert not imports_package(read(file), "altair")


KNOWS_THE_HOMEWORK = re.compile(r"core/(homework\.py|report/|checking/)")
HOMEWORK_FACTS = {
    *(row.title for row in (*homework.NETWORKS.values(), *homework.RESULTS.values())),
    *homework.EVALUATED,
}
HOMEWORK_WORDS = re.compile(
    r"homework(?!_accuracy)|train_all|\b[Tt]asks? [123]\b|\b[Mm]odel [ABM]\b"
)


def documentation(tree: ast.AST) -> set[int]:
    """The ids of the constants that are docstrings."""
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def homework_facts(source: str) -> list[str]:
    """What a file knows of this homework: the import of it, its titles, tasks and commands, the
    accuracy that it asks for.
    """
    tree = parsed(source)
    docstrings = documentation(tree)
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]
    accuracies = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword)
        and node.arg == "homework_accuracy"
        and isinstance(node.value, ast.Constant)
        and node.value.value is not None
    ]
    return (
        [
            name
            for name in sorted(imports(source))
            if name.startswith(("core.homework", "core.report"))
        ]
        + [text for text in texts if text in HOMEWORK_FACTS or HOMEWORK_WORDS.search(text)]
        + accuracies
    )


@for_every([file for file in CORE if not KNOWS_THE_HOMEWORK.match(file)])
def test_only_homework_its_check_and_the_report_know_this_homework(file: str) -> None:
    assert homework_facts(read(file)) == []


@pytest.mark.parametrize(
    "source",
    [
        "from core import homework",
        "from core.homework import EPSILONS",
        "import core.homework as facts",
        "from core.report import pages",
        "TITLE = 'Small CNN on MNIST'",
        "FIRST = 'task 1: untargeted'",
        "message = f'the homework asks {accuracy}'",
        "advice = 'python train_all.py mnist'",
        "facts(homework_accuracy=0.9)",
        "names = {'model A': 1}",
    ],
)
def test_a_fact_of_the_homework_is_found(source: str) -> None:
    assert len(homework_facts(source)) == 1


def test_docstrings_and_the_layout_of_cards_are_no_facts_of_the_homework() -> None:
    assert homework_facts('def f():\n    """The homework\'s layer."""\n') == []
    assert (
        homework_facts("card = {'homework_accuracy': asked}\nfacts(homework_accuracy=None)") == []
    )


@for_every([file for file in CORE if not file.startswith("core/report/")])
def test_only_the_report_knows_matplotlib(file: str) -> None:
    assert not imports_package(read(file), "matplotlib")


PLAIN = {  # what is drawn is made without streamlit
    file
    for file in FILES
    if re.fullmatch(
        r"app/(ui|chapters/\w+)/(\w*charts|grids|gallery_chart|palette|colours)\.py", file
    )
}


def modules(name: str) -> set[str]:
    """Our files that an imported dotted name runs: the module, and the packages it lies in."""
    parts = name.split(".")
    heads = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return {file for head in heads for file in (f"{head}.py", f"{head}/__init__.py")} & set(FILES)


def reaches(file: str, package: str, source: Callable[[str], str] = read) -> list[str]:
    """The files from this one to one that imports the package, by way of our modules.

    Args:
        file: where to begin.
        package: to look for.
        source: file to its text.
    """
    waiting, done = [[file]], {file}
    while waiting:
        chain = waiting.pop(0)
        text = source(chain[-1])
        if imports_package(text, package):
            return chain
        following = {found for name in imports(text) for found in modules(name)} - done
        done |= following
        waiting += [[*chain, one] for one in sorted(following)]
    return []


@for_every(sorted(PLAIN))
def test_charts_reach_no_streamlit(file: str) -> None:
    assert reaches(file, "streamlit") == []


def test_the_charts_are_found() -> None:
    chapters = {"training/matrix_charts", "cam/charts", "attack/charts"}
    assert {"app/ui/charts.py", "app/ui/curve_charts.py", "app/ui/grids.py"} <= PLAIN
    assert {f"app/chapters/{name}.py" for name in chapters} <= PLAIN


def test_streamlit_is_found_by_way_of_another_module() -> None:
    texts = {
        "app/ui/charts.py": "def draw():\n    from app.ui import grids",
        "app/ui/grids.py": "import core.cam",
        "core/cam.py": "import streamlit as st",
    }

    def source(file: str) -> str:
        return texts.get(file, "")

    assert reaches("app/ui/charts.py", "streamlit", source) == [
        "app/ui/charts.py",
        "app/ui/grids.py",
        "core/cam.py",
    ]
    assert reaches("app/ui/palette.py", "streamlit", source) == []


QUESTIONS = [file for file in FILES if file.endswith("/questions.py") and "chapters" in file]


@for_every([*QUESTIONS, "app/ui/beside/worker.py"])
def test_what_a_worker_process_runs_draws_no_page(file: str) -> None:
    assert reaches(file, "app.ui.blocks") == []
    assert reaches(file, "app.ui.client") == []


def test_the_questions_are_found() -> None:
    assert {f"app/chapters/{name}/questions.py" for name in ("attack", "cam")} <= set(QUESTIONS)


@for_every(LAYERS)
def test_the_hand_written_layers_import_of_ours_core_layers_alone(file: str) -> None:
    ours = {name for name in imports(read(file)) if name.split(".")[0] in {*HOUSE, ""}}
    assert {name for name in ours if not name.startswith("core.layers.")} == set()


@for_every(existing(*TAKES_ANY_MODEL))
def test_what_takes_any_network_imports_no_model(file: str) -> None:
    assert not imports_package(read(file), "core.models")


@pytest.mark.parametrize(
    ("source", "package"),
    [
        ("import streamlit as st", "streamlit"),
        ("from streamlit.components import v2", "streamlit"),
        ("def draw():\n    from matplotlib.figure import Figure", "matplotlib"),
        ("from core import models", "core.models"),
        ("from core.models import ResNet", "core.models"),
    ],
)
def test_an_imported_package_is_found(source: str, package: str) -> None:
    assert imports_package(source, package)
    assert not imports_package("import streamlit_like\nfrom core import models_like", package)


@for_every([file for file in FILES if file != "app/ui/cache.py"])
def test_only_one_module_caches(file: str) -> None:
    assert caches(read(file)) == []


@pytest.mark.parametrize(
    "source", ["@st.cache_data\ndef load(): ...", "from streamlit import cache_resource"]
)
def test_a_cache_is_found(source: str) -> None:
    assert caches(source) == [1]


@for_every([file for file in FILES if file != "app/Home.py"])
def test_only_home_touches_the_path(file: str) -> None:
    assert path_changes(read(file)) == []


@pytest.mark.parametrize(
    "source", ["sys.path.insert(0, '.')", "from sys import path", "site.addsitedir('.')"]
)
def test_a_touched_path_is_found(source: str) -> None:
    assert path_changes(source) == [1]


@for_every(existing("app/Home.py"))
def test_home_is_short(file: str) -> None:
    assert len(read(file).splitlines()) <= 60


@for_every(PAGES)
def test_a_page_is_short(file: str) -> None:
    assert len(read(file).splitlines()) <= 240


@for_every(LAYERS)
def test_layers_are_written_by_hand(file: str) -> None:
    assert ready_made(read(file)) == EXCEPTIONS.get(file, [])


def test_the_insides_of_torch_are_asked_for_its_state_alone() -> None:
    source = read("core/layers/dispatch.py")
    assert set(re.findall(r"_C\.(\w+)", source)) == QUERIES
    assert source.count("_C") == source.count("torch._C._")


@pytest.mark.parametrize(
    "source",
    [
        "F.conv2d(images, weight)",
        "nn.Conv2d(1, 3, 3)",
        "nn.functional.conv_transpose2d(images, weight)",
        "torch.conv2d(images, weight)",
        "torch.convolution(images, weight)",
        "torch._convolution(images, weight)",
        "torch.ops.aten.convolution(images, weight)",
        "torch.mkldnn_convolution(images)",
        "torch.nn.grad.conv2d_input(size, weight, gradient)",
        "from torch.nn import grad\ngrad.conv2d_weight(images)",
        "from torch.nn.functional import conv2d as product",
        "from torch.nn import MaxPool2d",
        "F.max_pool2d(images, 2)",
        "torch.max_pool2d_with_indices(images, 2)",
        "F.adaptive_max_pool2d(images, 2)",
        "nn.AvgPool2d(2)",
        "getattr(F, 'conv' + '2d')(images)",
        "class Layer(nn.Conv2d): ...",
    ],
)
def test_a_ready_made_layer_is_found(source: str) -> None:
    assert ready_made(source) != []


def test_our_own_layers_are_not_taken_for_ready_made_ones() -> None:
    source = (
        "def conv2d(x): return F.unfold(F.pad(x, 1), 3)\nclass Conv2d(nn.Module):\n    f = "
        "conv2d(self.conv)"
    )
    source += "\nfrom core.layers.fast_conv import conv2d_fast"
    assert ready_made(source) == []


@for_every(FILES)
def test_every_state_dict_must_fit_exactly(file: str) -> None:
    assert lenient_loads(read(file)) == []


@pytest.mark.parametrize(
    "source",
    ["model.load_state_dict(tensors, strict=False)", "model.load_state_dict(tensors, False)"],
)
def test_a_lenient_load_is_found(source: str) -> None:
    assert lenient_loads(source) == [1]


FOREIGN = "core/checkpoints/unpacking.py"  # reads a person's own state dict, as tensors alone
FUZZ = "benchmarks/fuzzing/files.py"
WIRE = "app/ui/beside/wire.py"  # between the server and the processes that it has started
EARLY = "app/ui/beside/early.py"  # starts the process that workers are copies of
ENDS = [f"app/ui/beside/{name}.py" for name in ("worker", "workers")]  # of that wire
UNPICKLES = re.compile(r"\.(recv|get_nowait)$|^(Listener|Client|Manager)$")


@for_every([file for file in FILES if file not in (FOREIGN, FUZZ, WIRE)])
def test_nothing_is_unpickled(file: str) -> None:
    assert picklers(read(file)) == []
    assert given(read(file), "allow_pickle", True) == []


def test_a_foreign_file_is_read_as_tensors_alone() -> None:
    assert picklers(read(FOREIGN)) == ["torch.load"]
    assert given(read(FOREIGN), "weights_only", True) == calls(read(FOREIGN), "torch.load")


def test_the_fuzzer_writes_pickles_and_reads_none() -> None:
    assert picklers(read(FUZZ)) == ["torch.save"]


def pickled_pipes(source: str) -> list[str]:
    """What Python's own pipes between processes would unpickle, and how others would reach them."""
    called = [ast.unparse(node.func) for node in nodes(source) if isinstance(node, ast.Call)]
    return sorted({name for name in called if UNPICKLES.search(name)})


@for_every(FILES)
def test_only_our_own_processes_are_talked_to(file: str) -> None:
    """What they say is unpickled in one place, from a pipe that was made for the two of them."""
    source = read(file)
    assert imports_package(source, "multiprocessing") == (file in (WIRE, EARLY, *ENDS))
    assert imports_package(source, "app.ui.beside.wire") == (file in ENDS)
    assert file not in (WIRE, *ENDS) or pickled_pipes(source) == []
    assert calls(source, "pickle.load") == []


def test_the_wire_reads_what_was_sent_and_what_it_has_written_itself() -> None:
    read_here = [
        ast.unparse(node.args[0])
        for node in nodes(read(WIRE))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pickle.loads"
    ]
    assert read_here == ["connection.recv_bytes()", "pickle.dumps(error)"]


@pytest.mark.parametrize(
    "source", ["value = connection.recv()", "queue.get_nowait()", "Listener(('', 80))"]
)
def test_a_pipe_that_unpickles_is_found(source: str) -> None:
    assert len(pickled_pipes(source)) == 1
    assert pickled_pipes("connection.recv_bytes()\nfound.get('name')") == []


@pytest.mark.parametrize(
    "source", ["import pickle", "from joblib import load", "torch.load('model.pt')"]
)
def test_unpickling_is_found(source: str) -> None:
    assert len(picklers(source)) == 1


JSON = "core/json_files.py"  # reads every JSON of the app and of the commands


@for_every([file for file in FILES if not file.startswith(("tests/", "benchmarks/"))])
def test_json_is_read_in_one_place(file: str) -> None:
    read_here = [name for name in ("json.load", "json.loads") if calls(read(file), name)]
    assert read_here == (["json.loads"] if file == JSON else [])


@for_every(FILES)
def test_no_except_is_bare(file: str) -> None:
    assert bare_excepts(read(file)) == []


def test_a_bare_except_is_found() -> None:
    assert bare_excepts(
        "try:\n    f()\nexcept:\n    pass\ntry:\n    f()\nexcept OSError:\n    pass"
    ) == [3]


@for_every(FILES)
def test_no_html_is_let_through(file: str) -> None:
    assert given(read(file), "unsafe_allow_html", True) == []


def test_html_let_through_is_found() -> None:
    assert given(
        "st.markdown('<b>', unsafe_allow_html=True)\nst.markdown('b')", "unsafe_allow_html", True
    ) == [1]


@for_every(CORE)
def test_core_prints_nothing(file: str) -> None:
    assert calls(read(file), "print") == []


def test_a_print_is_found() -> None:
    assert calls("def f():\n    print('x')", "print") == [2]


def test_the_project_hides_no_module_in_a_pages_folder() -> None:
    assert not (ROOT / "app" / "pages").exists()


# Whose public signatures say their shapes; a room joins when it does.
SHAPED_ROOMS = (
    "core/attack",
    "core/cam.py",
    "core/checkpoints/",
    "core/conv.py",
    "core/data/",
    "core/evaluation.py",
    "core/explain/",
    "core/faithfulness.py",
    "core/models.py",
    "core/overlay.py",
    "core/pool.py",
    "core/report/",
    "core/masking.py",
    "core/robustness.py",
    "core/ties.py",
    "core/training/",
)
SHAPED = [file for file in CORE if file.startswith(SHAPED_ROOMS)]


def shapeless(source: str) -> list[str]:
    """Public functions, methods and fields whose annotations have a tensor without its shape."""
    found = []
    for scope in nodes(source):
        for node in (
            getattr(scope, "body", []) if isinstance(scope, ast.Module | ast.ClassDef) else []
        ):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                hints = [*(argument.annotation for argument in arguments), node.returns]
                found += [node.name for hint in hints if is_bare_tensor(hint)]
            elif isinstance(node, ast.AnnAssign) and is_dataclass(scope):
                found += [ast.unparse(node.target)] if is_bare_tensor(node.annotation) else []
    return found


def is_bare_tensor(hint: ast.expr | None) -> bool:
    """Whether a type names Tensor elsewhere than before its shape, as in Float[Tensor, "n c"]."""
    text = ast.unparse(hint) if hint is not None else ""
    return re.search(r"\bTensor\b(?!, ['\"])", text) is not None


def is_dataclass(scope: ast.AST) -> bool:
    decorators = scope.decorator_list if isinstance(scope, ast.ClassDef) else []
    return any("dataclass" in ast.unparse(decorator) for decorator in decorators)


@for_every(SHAPED)
def test_public_signatures_say_their_shapes(file: str) -> None:
    assert shapeless(read(file)) == []


@pytest.mark.parametrize(
    "source",
    [
        "def load(images: Tensor) -> None: ...",
        "def load() -> tuple[Float[Tensor, 'n'], Tensor]: ...",
        "class Layer:\n    def forward(self, *, images: Tensor | None = None) -> None: ...",
        "@dataclass(frozen=True)\nclass Case:\n    images: Tensor",
    ],
)
def test_a_tensor_without_its_shape_is_found(source: str) -> None:
    assert len(shapeless(source)) == 1


def test_shapes_and_private_helpers_are_let_through() -> None:
    source = "def load(images: Float[Tensor, 'n c h w'] | None) -> UInt8[Tensor, ' n']: ..."
    source += "\ndef _read(images: Tensor) -> Tensor: ..."
    assert shapeless(source) == []


def private_imports(source: str) -> list[str]:
    """Names of ours with an underscore that are imported from another module."""
    return sorted(
        name
        for name in imports(source)
        if name.split(".")[0] in HOUSE and name.split(".")[-1].startswith("_")
    )


@for_every(SHAPED)
def test_private_names_stay_in_their_module(file: str) -> None:
    assert private_imports(read(file)) == []


def test_an_imported_private_name_is_found() -> None:
    source = "from core.data.load import _read, load\nfrom torch import _C\nimport __future__"
    assert private_imports(source) == ["core.data.load._read"]


def imported_at_once(source: str) -> set[str]:
    """Packages that a file imports as soon as it is imported itself."""
    top = [node for node in parsed(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    return {name.split(".")[0] for node in top for name in imports(ast.unparse(node))}


@for_every(CORE)
def test_torchvision_waits_for_a_whole_data_set(file: str) -> None:
    assert "torchvision" not in imported_at_once(read(file))


def test_a_torchvision_that_does_not_wait_is_found() -> None:
    assert imported_at_once("from torchvision import datasets") == {"torchvision"}
    assert imported_at_once("def read():\n    from torchvision import datasets") == set()


APP = [file for file in FILES if file.startswith("app/")]


@for_every(APP)
def test_foreign_text_is_shown_to_the_letter(file: str) -> None:
    assert raw_texts(read(file)) == []


@for_every([file for file in APP if file != "app/ui/blocks.py"])
def test_the_boxes_for_what_is_wrong_are_drawn_in_one_place(file: str) -> None:
    assert calls(read(file), "st.error") == []
    for name in ("st.warning", "st.exception"):
        assert calls(read(file), name) == [] or file == "app/chapters/convolution/setting.py"


@pytest.mark.parametrize(
    "call",
    [
        "st.error(str(error))",
        "st.warning(error, icon='x')",
        "st.markdown(f'**{error}**')",
        "column.caption('Sorry: ' + str(error))",
        "st.progress(0.5, text=f'{error}')",
        "st.info(job.failure)",
        "st.caption(f'in {data_folder()}')",
        "st.markdown(file.name)",
        "st.button(label=error.args[0])",
    ],
)
def test_a_foreign_text_that_is_not_escaped_is_found(call: str) -> None:
    assert len(raw_texts(f"try:\n    f()\nexcept ValueError as error:\n    {call}\n")) == 1


def test_an_escaped_text_is_none_and_neither_are_words_of_ours() -> None:
    handler = "try:\n    f()\nexcept ValueError as error:\n    "
    for call in (
        "st.error(literal.markdown(error))",
        "st.markdown(f'a {literal.markdown(str(error))}')",
        "blocks.error_box(error)",
        "st.error('a sentence')",
        "st.code(str(error))",
    ):
        assert raw_texts(handler + call) == []


def test_a_list_of_a_packages_modules_is_whole() -> None:
    """Where the docstring of a package lists its modules, it lists them all."""
    listing = 0
    for package in (file for file in FILES if file.endswith("/__init__.py")):
        folder = package.removesuffix("__init__.py")
        listed = re.findall(r"^(\w+\.py) +\w", read(package), re.MULTILINE)
        listing += bool(listed)
        there = [file for file in FILES if file.rsplit("/", 1)[0] + "/" == folder]
        whole = sorted(file for file in there if file != package)
        assert not listed or sorted(folder + one for one in listed) == whole, package
    assert listing
