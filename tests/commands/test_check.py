"""The command `check`: one screen, or Gradescope's results alone, and the grades of a class."""

import csv
import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.chapters.yours import reports as page
from commands import check, course, options
from commands.main import main
from core.checking.check import CheckError
from core.checking.results import Question, read, to_json
from tests.commands.helpers import assert_one_sentence
from tests.core.checking.reports import HINT, flipped, part, report, right

TRANSPOSED = """
import torch
from torch.nn import functional as F

print("my homework")

def MyFConv2D(input, weight, bias=None, stride=1, padding=0):
    padded = F.pad(input, (padding,) * 4)
    windows = padded.unfold(2, weight.shape[2], stride).unfold(3, weight.shape[3], stride)
    output = torch.einsum("nchwij,fcij->nfhw", windows, weight.transpose(2, 3))
    return output if bias is None else output + bias.view(1, -1, 1, 1)

for epoch in range(10**12):
    print(epoch)
"""


def call(*arguments: object) -> tuple[int, str, str]:
    """The exit code, what was printed, and what was complained."""
    printed, said = io.StringIO(), io.StringIO()
    with redirect_stdout(printed), redirect_stderr(said):
        code = main(["check", *map(str, arguments)])
    return code, printed.getvalue(), said.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A homework, and what two real checks of it have printed and written."""
    place = tmp_path_factory.mktemp("homework")
    (place / "homework.py").write_text(TRANSPOSED)
    (place / "history.csv").write_text("epoch,loss,accuracy\n0,0.5,0.8\n1,0.3,0.9\n")
    more = ["--history", place / "history.csv", "--otter", place / "otter.json"]
    more += ["--junit", place / "junit.xml"]
    for name, extra in (("one", more), ("two", [])):
        code, printed, _ = call(place / "homework.py", "--json", "--runs-dir", place, *extra)
        assert code == check.WRONG
        (place / name).write_text(printed)
    return place


def test_json_is_gradescope_s_results_and_nothing_else(folder: Path) -> None:
    results = json.loads((folder / "one").read_text())
    test = results["tests"][0]
    assert test["name"] == "Convolution, function (MyFConv2D)"
    assert 0 < test["score"] < test["max_score"]
    assert sum(one["max_score"] for one in results["tests"]) == pytest.approx(100)
    assert "my homework" not in (folder / "one").read_text()


def test_two_checks_give_the_same_bytes(folder: Path) -> None:
    assert (folder / "one").read_bytes() == (folder / "two").read_bytes()


def test_the_report_names_the_bug_and_is_where_the_page_looks(folder: Path) -> None:
    found = read(folder / "check" / "homework.json")
    finding = found.parts[0].finding
    assert finding is not None
    assert finding.bug == "kernel-transposed"
    assert not [
        one for one in found.parts[0].questions if one.hidden and one.finding and one.finding.case
    ]
    assert options.RUNS / check.FOLDER == page.CHECKED


def test_otter_s_and_junit_s_results_are_written(folder: Path) -> None:
    points = json.loads((folder / "otter.json").read_text())["conv"]
    assert 0 < points["score"] < points["possible"] == 15
    suite = ElementTree.parse(folder / "junit.xml").getroot()[0]
    assert int(suite.get("tests", "0")) == len(points["test_cases"])


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file whose check is the report of the tests."""
    monkeypatch.setattr(check, "run_check", lambda *_, **__: report())
    path = tmp_path / "homework.py"
    path.write_text("")
    return path


def test_the_screen_has_a_line_for_each_part(checked: Path, tmp_path: Path) -> None:
    code, printed, _ = call(checked, "--runs-dir", tmp_path)
    assert code == check.WRONG
    assert flipped().arithmetic in printed
    assert f"{check.ADDRESS}{flipped().link}" in printed
    assert [line.split()[0] for line in printed.splitlines()[2:6]] == [
        "wrong",
        "right",
        "wrong",
        "failed",
    ]
    last = printed.splitlines()[-1]
    assert str(tmp_path / "check" / "homework.json") in last
    assert '"Your layer"; --hint asks' in last


class Terminal(io.StringIO):
    """What is printed to it is seen at once."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_only_a_part_s_line_on_a_terminal_is_cut_and_what_is_wrong_stands_below(
    checked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO]
) -> None:
    long = replace(flipped(), sentence=f"{'Row 1, column 2 is wrong. ' * 20}The end.")
    notes = (f"{'A note. ' * 40}Its end.",)
    found = replace(report(), parts=(part("conv", Question("x", "wrong", long)),), notes=notes)
    monkeypatch.setattr(check, "run_check", lambda *_, **__: found)
    printed = stream()
    with redirect_stdout(printed):
        main(["check", str(checked), "--runs-dir", str(tmp_path)])
    lines = printed.getvalue().splitlines()
    assert lines[1].endswith("Its end.")
    assert lines[2].endswith("…" if stream is Terminal else "The end.")
    assert f"  {long.sentence}" in lines


def test_all_right_is_exit_code_0(
    checked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "run_check", lambda *_, **__: right())
    code, printed, _ = call(checked, "--runs-dir", tmp_path)
    assert (code, len(printed.splitlines())) == (0, 1 + len(right().parts))


def test_results_go_into_a_folder_that_is_not_there_yet(checked: Path, tmp_path: Path) -> None:
    otter, junit = tmp_path / "new" / "o.json", tmp_path / "newer" / "j.xml"
    code, printed, _ = call(checked, "--runs-dir", tmp_path, "--otter", otter, "--junit", junit)
    assert code == check.WRONG
    assert flipped().arithmetic in printed
    assert otter.is_file()
    assert junit.is_file()


def test_a_homework_may_have_as_long_a_name_as_a_file(checked: Path, tmp_path: Path) -> None:
    path = checked.rename(tmp_path / f"{'я' * 122}.py")
    code, printed, _ = call(path, "--runs-dir", tmp_path / "runs")
    assert code == check.WRONG
    (written,) = (tmp_path / "runs" / "check").iterdir()
    assert str(written) in printed
    assert written.stem == "я" * 100


def plain(text: str) -> str:
    """JSON with its signs as they are read."""
    return json.dumps(json.loads(text), ensure_ascii=False)


def test_a_hint_keeps_the_answer_back_wherever_it_is_told(checked: Path, tmp_path: Path) -> None:
    otter, junit = tmp_path / "otter.json", tmp_path / "junit.xml"
    options = ["--hint", "--runs-dir", tmp_path, "--otter", otter, "--junit", junit]
    screen, results = call(checked, *options)[1], call(checked, *options, "--json")[1]
    for text in (screen, plain(results), plain(otter.read_text()), junit.read_text()):
        assert HINT in text
        for answer in (flipped().sentence, flipped().arithmetic, "kernel-flipped", "numbers="):
            assert answer not in text
    assert flipped().arithmetic in plain((tmp_path / "check" / "homework.json").read_text())


def test_weights_and_seed_are_used(
    checked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = []
    monkeypatch.setattr(check, "run_check", lambda *_, seed, **__: seeds.append(seed) or report())
    weights = tmp_path / "weights.toml"
    weights.write_text("[points]\nconv = 8\n[cases]\nseed = 5\nhidden = 'hidden'\n")
    rest = ["--json", "--weights", weights, "--runs-dir", tmp_path]
    results = json.loads(call(checked, *rest)[1])
    assert [test["max_score"] for test in results["tests"]] == [6, 2]
    assert results["tests"][1]["visibility"] == "hidden"
    call(checked, "--seed", 7, *rest)
    assert seeds == [5, 7]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "FILE is missing: expected a Python file, a notebook or a folder."),
        (["none.py"], "none.py is not there: expected a Python file, a notebook or a folder."),
        (["\0"], "is not there: expected a Python file"),
        (["."], "Expected a Python file or a notebook"),
        (["a.txt", "--weights", "none.toml"], "The weights none.toml cannot be read"),
        (["a.txt", "--history", "none.csv"], "The history none.csv cannot be read"),
        (["a.txt", "--conv", "a b"], "expected a name as in def NAME, got 'a b'."),
        (["a.txt", "--all"], "a.txt is no folder: expected one with a class's submissions."),
        (["empty", "--all"], "empty is empty: expected a class's submissions."),
        (["empty", "--all", "--json"], "--all writes the grades of a class, and --json asks for"),
        (["empty", "--all", "--hint", "--otter", "o"], "and --hint and --otter asks for one file"),
        (["a.txt", "--junit", "a.txt/b/j.xml"], "The folder a.txt"),
    ],
)
def test_what_cannot_be_checked_is_one_sentence(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "empty").mkdir()
    code, printed, complained = call(*arguments, "--runs-dir", "runs")
    assert (code, printed) == (2, "")
    assert_one_sentence(complained, said)


def test_gradescope_hears_of_a_file_that_cannot_be_checked(tmp_path: Path) -> None:
    code, printed, _ = call(tmp_path / "none.py", "--json", "--runs-dir", tmp_path)
    results = json.loads(printed)
    assert code == 0
    assert (results["score"], results["tests"][0]["max_score"]) == (0, 100)
    assert "none.py is not there" in results["tests"][0]["output"]


@pytest.mark.parametrize(("more", "said"), [([], "begins anew"), (["--all"], "submission")])
def test_ctrl_c_is_said_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], said: str
) -> None:
    def end(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "run_check", end)
    monkeypatch.setattr(course, "_row", end)
    (tmp_path / "hw.py").write_text("")
    target = tmp_path if more else tmp_path / "hw.py"
    code, _, complained = call(target, *more, "--runs-dir", tmp_path / "runs")
    assert code == 130
    assert complained.splitlines()[-1].startswith("Ended. The same command ")
    assert complained.rstrip().endswith(f"{said}.")


def table(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))


def put(place: Path, found) -> None:
    (place / "check").mkdir(parents=True)
    (place / "check" / "hw.json").write_bytes(to_json(found))


@pytest.fixture
def submissions(tmp_path: Path) -> Path:
    place = tmp_path / "class"
    for name in (
        "Ada Lovelace_12_assignsubmission_file/hw.py",
        "turingalan_34_56_hw.py",
        "Broken/hw.py",
        "None/notes.txt",
    ):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return place


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_class_becomes_three_files_and_goes_on_where_it_stopped(
    submissions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    runs: list[str] = []

    def run(entry: Path, asked: course.Asked, place: Path) -> None:
        runs.append(entry.name)
        if entry.name == "Broken":
            raise CheckError("It is no Python.")
        put(place, right() if entry.name.startswith("turing") else report())

    monkeypatch.setattr(course, "_run", run)
    arguments = [submissions, "--all", "--runs-dir", tmp_path, "--jobs", jobs]
    code, printed, _ = call(*arguments)
    assert code == 0
    assert "4 submissions, 2 that could not be checked" in printed
    assert "Broken: It is no Python." in printed
    grades = table(tmp_path / "check_all" / "grades.csv")
    assert [(row[0][:4], row[3]) for row in grades[1:]] == [
        ("Ada ", "17.5"),
        ("Brok", "0"),
        ("None", "0"),
        ("turi", "100"),
    ]
    assert len(table(tmp_path / "check_all" / "grades_moodle.csv")) == 2
    assert len(table(tmp_path / "check_all" / "grades_canvas.csv")) == 6
    before = {path.name: path.read_bytes() for path in (tmp_path / "check_all").glob("*.csv")}
    assert call(*arguments)[0] == 0
    assert sorted(runs) == [
        "Ada Lovelace_12_assignsubmission_file",
        "Broken",
        "Broken",
        "turingalan_34_56_hw.py",
    ]
    assert before == {
        path.name: path.read_bytes() for path in (tmp_path / "check_all").glob("*.csv")
    }
    (submissions / "turingalan_34_56_hw.py").write_text("another one")
    call(*arguments)
    assert runs.count("turingalan_34_56_hw.py") == 2


PROGRAM = """
import os, sys, time
from pathlib import Path
mode = Path(sys.argv[-1]).read_text()
if mode == "refuse":
    print('{"score": 0.0, "output": "hw.py is no Python."}')
    sys.exit(0)
if mode == "full":
    print("bar 100%\\ntrain_all.py: The disk is full.", file=sys.stderr)
    sys.exit(2)
if mode == "die":
    os.abort()
if mode == "sleep":
    time.sleep(30)
if mode == "break off":
    sys.exit(1)
runs = Path(next(word.split("=", 1)[1] for word in sys.argv if word.startswith("--runs-dir")))
(runs / "check").mkdir(parents=True)
beside = sorted(one.name for one in Path(sys.argv[-1]).parent.iterdir())
(runs / "check" / "hw.json").write_text(f"{' '.join(sys.argv[1:])} {beside}")
sys.exit(1)
"""


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Runs a program in place of the real one on a submission with a text; gives its folder."""
    monkeypatch.setattr(course, "ROOT", tmp_path)
    monkeypatch.setattr(course, "SECONDS", 0.5)
    (tmp_path / "train_all.py").write_text(PROGRAM)

    def run(text: str) -> Path:
        entry, place = tmp_path / "hw.py", tmp_path / f"runs {text}"
        entry.write_text(text)
        course._run(entry, course.Asked({"pool_layer": "Pool"}, 3, 2, tmp_path), place)
        return place

    return run


def test_each_submission_is_checked_by_a_process_of_its_own(
    alone: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "SECONDS", 30)
    place = alone("fine")
    words = (place / "check" / "hw.json").read_text()
    assert words.startswith("check --json --seed=3 --runs-dir=")
    assert "--pool-layer=Pool -- " in words
    assert words.endswith(" ['hw.py']"), "train_all.py stood beside it, as another's homework may"


def test_what_was_refused_is_not_checked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, entry = course.Asked({}, 0, 1, tmp_path / "runs"), tmp_path / "hw.py"
    entry.write_text("refuse")
    (tmp_path / "train_all.py").write_text(PROGRAM)
    monkeypatch.setattr(course, "ROOT", tmp_path)
    first = course._row(entry, asked)
    monkeypatch.setattr(course, "_run", None)
    assert first.problem == "hw.py is no Python."
    assert course._row(entry, asked) == first


def test_what_may_pass_is_checked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is no fault of the submission."""
    asked, entry = course.Asked({}, 0, 1, tmp_path / "runs"), tmp_path / "hw.py"
    entry.write_text("full")
    (tmp_path / "train_all.py").write_text(PROGRAM)
    monkeypatch.setattr(course, "ROOT", tmp_path)
    assert course._row(entry, asked).problem == "The disk is full."
    monkeypatch.setattr(course, "_run", lambda entry, asked, place: put(place, right()))
    assert course._row(entry, asked).report is not None


def test_a_folder_is_checked_again_when_a_package_of_its_changes_or_moves(tmp_path: Path) -> None:
    asked = course.Asked({}, 0, 1, tmp_path / "runs")
    for name in ("main.py", "src/__init__.py", "src/layers.py"):
        (tmp_path / "ada" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "ada" / name).write_text("x = 1")
    keys = [course._key(tmp_path / "ada", asked)]
    assert course._key(tmp_path / "ada", asked) == keys[0]
    (tmp_path / "ada/src/__init__.py").write_text("x = 2")
    keys.append(course._key(tmp_path / "ada", asked))
    (tmp_path / "ada/src/layers.py").rename(tmp_path / "ada/layers.py")
    keys.append(course._key(tmp_path / "ada", asked))
    assert len(set(keys)) == 3


def test_a_link_that_leads_nowhere_is_one_sentence(tmp_path: Path) -> None:
    entry = tmp_path / "hw.py"
    entry.symlink_to("none.py")
    row = course._row(entry, course.Asked({}, 0, 1, tmp_path))
    assert row.problem == "hw.py cannot be read (No such file or directory)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("refuse", r"^hw\.py is no Python\.$"),
        ("full", r"^The disk is full\.$"),
        ("die", "The check ended with -6"),
        ("break off", "The check ended with 1"),
        ("sleep", "The check was ended after 0.5 seconds"),
    ],
)
def test_a_submission_that_cannot_be_checked_says_why(
    alone: Callable[[str], Path], text: str, said: str
) -> None:
    with pytest.raises(CheckError, match=said):
        alone(text)
