"""What README and CONTRIBUTING name is there: paths, links, modules behind `python -m`."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "CONTRIBUTING.md")
GUIDES = (
    "SECURITY.md",
    *(f"docs/{name}.md" for name in ("hosting", "load", "load_levers", "serving")),
)
MADE = {"data", "runs", "report", "site", "sheets"}  # by a command; git ignores them
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
MODULE = re.compile(r"python -m ([\w.]+)")
SCRIPT = re.compile(r"\b[\w/]+\.(?:py|txt)\b")  # inside a longer command
# A path has a folder in it, or an ending of a file: `core/`, `.ci/run`, `train_all.py`.
PATH = re.compile(r"\.?[\w-]+(/[\w.-]*)+|[\w-]+\.(py|md|txt|toml|json|js|css|ipynb)|Makefile")
INSTALLED = {"pip", "venv", "pytest"}


def paths(text: str) -> set[str]:
    """Every path that a page names."""
    spans = SPAN.findall(text)
    named = {span for span in spans if PATH.fullmatch(span)}
    named |= {script for span in spans for script in SCRIPT.findall(span)}
    named |= {script for line in indented(text) for script in SCRIPT.findall(line)}
    return named | set(LINK.findall(text))


def indented(text: str) -> list[str]:
    """Lines of code blocks, without the comments."""
    return [line.split("#")[0] for line in text.splitlines() if line.startswith("    ")]


def modules(text: str) -> set[str]:
    """Our modules that a page runs by `python -m`, and `benchmarks.NAME` beside them."""
    spans = SPAN.findall(text)
    named = set(MODULE.findall(text)) | {span for span in spans if span.startswith("benchmarks.")}
    return {name for name in named if name not in INSTALLED}


def missing(text: str) -> list[str]:
    """What a page names and the project lacks."""
    files = [name for name in paths(text) if not (ROOT / name).exists()]
    files = [name for name in files if name.split("/")[0] not in MADE]
    absent = [name for name in modules(text) if not is_module(name)]
    return sorted(files + absent)


def is_module(name: str) -> bool:
    """Whether a name is a file's, or a package's that can be run."""
    place = ROOT / name.replace(".", "/")
    return place.with_suffix(".py").exists() or (place / "__main__.py").exists()


def read(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


@pytest.mark.parametrize("page", [*PAGES, "SECURITY.md"])
def test_everything_named_is_there(page: str):
    assert missing(read(page)) == []


@pytest.mark.parametrize("page", GUIDES)
def test_everything_that_a_guide_names_is_there(page: str):
    assert missing(LINK.sub("", read(page))) == []  # its links are those of test_pages


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_name_something(page: str):
    assert len(paths(read(page))) > 5
    assert modules(read(page)) >= {"benchmarks.layers", "benchmarks.reading"}


def test_folders_that_a_command_makes_are_ignored_by_git():
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {f"/{name}/" for name in MADE} <= set(ignored)


@pytest.mark.parametrize(
    "text",
    [
        "see `core/none.py`",
        "see `core/none/`",
        "see `none.py`",
        "run `python none.py mnist`",
        "run `python -m benchmarks.none`",
        "each of `benchmarks.layers` and `benchmarks.none`",
        "see [this](docs/none.png)",
        "    streamlit run app/none.py",
    ],
)
def test_what_is_missing_is_found(text: str):
    assert len(missing(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "`core/conv.py`, `core/`, `.ci/run`, `Makefile` and [this](LICENSE)",
        "`python train_all.py mnist` and `python -m benchmarks.layers`",
        "`int`, `(N, C)`, `max_pool2d`, `make app`, `.grad`, `strict=False`, `--held-out 5000`",
        "written into `report/` and `data/`",
        "    make app    # sets up none.py",
        "[elsewhere](https://example.org/none)",
    ],
)
def test_what_is_there_or_no_path_passes(text: str):
    assert missing(text) == []
