"""All parts of all files become one report, whatever happens in one of them."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from core.checking import check as checking
from core.checking.check import KINDS, CheckError, Kind, _rank, check, code_files, version
from core.checking.results import BY_HAND, Found, Part, Question, to_json
from core.checking.source import Source, SourceError
from core.checking.weights import PARTS
from core.checking.worker import Problem


@dataclass
class FakeStudent:
    """In place of a process: what a file defines stands in its text, a name a word."""

    source: Source

    def __post_init__(self) -> None:
        names = self.source.code.split()
        self.found = tuple(
            Found(name, "function", line, ("x",), 1) for line, name in enumerate(names, 1)
        )
        self.notes = ("line 9: left out",) if "note" in names else ()
        slow = Problem("too slow", "It hung.", 3)
        self.problem = slow if "hangs" in names else None

    def __enter__(self) -> "FakeStudent":
        return self

    def __exit__(self, *_: object) -> None:
        self.source = Source("", "")


def find(found, names, student):
    parts = {one.name: one for one in found if one.name in KINDS}
    parts |= {part: one for part, name in names.items() for one in found if one.name == name}
    return parts, []


def asked(student: FakeStudent, target: Found, seed: int) -> Part:
    """Right where the file says good."""
    if "breaks" in student.source.code:
        raise ZeroDivisionError("division by zero")
    state = "right" if "good" in student.source.code else "wrong"
    return Part("x", "x", target, (Question(f"seed {seed}", state),))


def read(path: Path, *, among: bool, folder: Path | None) -> Source:
    if path.suffix != ".py":
        raise SourceError(f"{path.name} is no Python.")
    return Source(path.name, path.read_text())


@pytest.fixture(autouse=True)
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "Student", FakeStudent)
    monkeypatch.setattr(checking.source, "read", read)
    monkeypatch.setattr(checking.finding, "find", find)
    for name, kind in KINDS.items():
        monkeypatch.setitem(KINDS, name, Kind(kind.title, asked))


def written(folder: Path, **texts: str) -> list[Path]:
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    return [folder / f"{name}.py" for name in texts]


def verdicts(report) -> dict[str, str]:
    return {part.name: part.questions[0].state for part in report.parts if part.target}


def test_every_part_of_the_weights_is_a_part_of_the_check(tmp_path: Path):
    report = check(written(tmp_path, a="conv good note"), seed=4)
    assert tuple(KINDS) == tuple(PARTS) == tuple(part.name for part in report.parts)
    assert [part.title for part in report.parts] == [kind.title for kind in KINDS.values()]
    assert verdicts(report) == {"conv": "right"}
    assert (report.file, report.seed, report.version) == ("a.py", 4, version())
    assert report.parts[0].questions[0].name == "seed 4"
    assert report.notes == ("line 9: left out",)


def test_of_several_files_the_best_part_counts(tmp_path: Path):
    files = written(tmp_path, a="conv mnist", b="conv good", c="resnet")
    report = check(files)
    assert verdicts(report) == {"conv": "right", "mnist": "wrong", "resnet": "wrong"}
    assert report.file == "a.py, b.py, c.py"


def test_what_is_written_by_hand_comes_before_what_is_ready_made():
    target = Found("conv", "function", 1, ("x",), 1)
    right, wrong = Question("values", "right"), Question("values", "wrong")
    ready_made = Part("conv", "x", target, (right, right, Question(BY_HAND, "wrong")))
    by_hand = Part("conv", "x", target, (wrong, wrong, Question(BY_HAND, "right")))
    missing = Part("conv", "x", None, ())
    assert max([missing, ready_made, by_hand, missing], key=_rank) is by_hand
    assert max([missing, ready_made], key=_rank) is ready_made


def test_a_part_may_be_named(tmp_path: Path):
    (file,) = written(tmp_path, a="my_filter good")
    assert verdicts(check([file], names={"conv": "my_filter"})) == {"conv": "right"}
    with pytest.raises(CheckError, match="defines no my_filer: expected a name such as my_filter"):
        check([file], names={"conv": "my_filer"})


def test_progress_is_told(tmp_path: Path):
    told = []
    check(written(tmp_path, a="conv", b="cam"), on_part=lambda *counts: told.append(counts))
    assert told == [(done, 18) for done in range(1, 19)]


def test_our_own_fault_costs_no_other_part_and_is_said(tmp_path: Path):
    (file,) = written(tmp_path, a="conv breaks cam")
    report = check([file])
    finding = report.parts[0].finding
    assert finding is not None
    assert finding.sentence == (
        "The check itself broke off (ZeroDivisionError: division by zero): report it."
    )
    assert report.parts[5].target is not None
    assert to_json(report)


def test_a_file_that_cannot_be_checked_is_one_sentence_and_a_note_beside_another(tmp_path: Path):
    good, hangs = written(tmp_path, good="conv good", hangs="hangs")
    other = tmp_path / "a.txt"
    with pytest.raises(CheckError, match=r"^hangs\.py cannot be checked: It hung\.$"):
        check([hangs])
    with pytest.raises(CheckError, match=r"^a\.txt is no Python\.$"):
        check([other])
    report = check([other, hangs, good])
    assert report.notes[:2] == ("a.txt is no Python.", "hangs.py cannot be checked: It hung.")
    assert verdicts(report) == {"conv": "right"}


def test_the_code_of_a_folder_is_found_without_what_systems_add(tmp_path: Path):
    for name in (
        "b.py",
        "deep/a.ipynb",
        ".git/x.py",
        "__pycache__/c.py",
        "notes.txt",
        ".ipynb_checkpoints/a.ipynb",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    assert [path.name for path in code_files(tmp_path)] == ["b.py", "a.ipynb"]
    assert code_files(tmp_path / "b.py") == (tmp_path / "b.py",)


@pytest.mark.parametrize("count", [0, 21])
def test_no_code_and_far_too_much_are_refused(tmp_path: Path, count: int):
    for number in range(count):
        (tmp_path / f"{number}.py").write_text("")
    with pytest.raises(CheckError, match="Expected a Python file or a notebook"):
        code_files(tmp_path)


def test_files_that_define_nothing_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match=r"^one\.py defines no function and no class: expected"):
        check(written(tmp_path, one=""))
    with pytest.raises(CheckError, match=r"^The files define no function and no class"):
        check(written(tmp_path, one="", two=""))
    assert check(written(tmp_path, one="", two="good")).parts
