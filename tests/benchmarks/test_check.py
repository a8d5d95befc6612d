"""What students hand in, and how the checker's word about it is judged."""

import ast
import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import check
from benchmarks.submissions import rewriting
from benchmarks.submissions.annotated import ORIGINAL, Submission, read_all, read_style
from benchmarks.submissions.running import computes_otherwise
from benchmarks.submissions.verified import faults, is_labelled
from core.checking.results import Finding, Found, Part, Question, Report, State

STYLE = """import torch


def double(x):
    y = x + x
#~ equal 1: y = 2 * x
#~ sign-lost: y = -2 * x
#~ rounded: y = 2 * x\\ny = y.round()
    return y
#~ sign-lost: return y * 1
"""
EVERY = read_all()


def named(name: str) -> Submission:
    return next(one for one in EVERY if one.name == name)


def result(outcome: str, label: str = "kernel-flipped", part: str = "layers") -> check.Result:
    return check.Result(f"{part}-{outcome}", part, "slices", label, outcome, [], [], 1.0)


def test_a_style_is_read_with_the_mutants_beside_its_lines(tmp_path: Path):
    path = tmp_path / "layers" / "doubles.py.txt"
    path.parent.mkdir()
    path.write_text(STYLE, "utf-8")
    original, *mutants = read_style(path)
    assert original.name == "layers-doubles-original-1"
    assert "#~" not in original.source
    assert [one.name.removeprefix("layers-doubles-") for one in mutants] == [
        "equal-1",
        "sign-lost-1",
        "rounded-1",
    ]
    assert mutants[1].source == original.source.replace("x + x", "-2 * x").replace(
        "return y", "return y * 1"
    )
    assert "    y = 2 * x\n    y = y.round()\n" in mutants[2].source
    assert [one.is_right for one in (original, *mutants)] == [True, True, False, False]


@pytest.mark.parametrize("text", ["#~ rounded: pass\nx = 1\n", "x = 1\n#~ Rounded = pass\n"])
def test_a_change_that_is_none_is_told(tmp_path: Path, text: str):
    path = tmp_path / "style.py.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match="expected `#~ NAME: CODE` below a line"):
        read_style(path)


def test_there_is_enough_of_each_kind():
    layers = [one for one in EVERY if one.part == "layers"]
    assert len({one.style for one in layers}) >= 10
    assert sum(not one.is_right for one in layers) >= 300
    assert sum(one.is_right for one in layers) >= 50
    for part in ("networks", "maps", "attacks"):
        own = [one for one in EVERY if one.part == part]
        assert len({one.style for one in own}) >= 3
        assert min(Counter(one.is_right for one in own).values()) >= 5


def test_each_submission_is_python_of_its_own():
    for one in EVERY:
        ast.parse(one.source)
    assert len({(one.style, one.source) for one in EVERY}) == len(EVERY)
    assert len({one.name for one in EVERY}) == len(EVERY)


def test_torchs_layers_confirm_each_label_of_a_style():
    style = [one for one in EVERY if one.style == "toeplitz"]
    assert len(style) > 30
    assert [one.name for one in style if not is_labelled(one, seed=1)] == []


def test_a_label_that_does_not_fit_is_refused():
    flipped = named("layers-slices-kernel-flipped-1")
    assert faults(flipped.source, 0) == {"function": {"kernel-flipped"}}
    wrong = replace(flipped, label="kernel-transposed")
    with pytest.raises(ValueError, match="the label does not fit"):
        check.confirm(wrong, flipped, 0)
    for label in (ORIGINAL, "other"):
        assert not is_labelled(replace(flipped, label=label), 0)


def test_a_mutant_of_a_network_has_to_compute_something_else():
    original = named("networks-cnn_sequential-original-1")
    assert computes_otherwise(named("networks-cnn_sequential-relu-missing-1"), original)
    assert not computes_otherwise(named("networks-cnn_sequential-equal-1"), original)
    unchanged = replace(original, label="relu-missing")
    with pytest.raises(ValueError, match="the label does not fit"):
        check.confirm(unchanged, original, 0)


def test_rewriting_harms_nothing_and_is_repeated_with_its_seed(tmp_path: Path):
    source = named("layers-unfold_matmul-original-1").source
    other = rewriting.renamed(source, random.Random(3))
    assert other != rewriting.renamed(source, random.Random(4))
    assert other == rewriting.renamed(source, random.Random(3))
    assert "columns" in source
    assert faults(other, 0) == {}
    cells = json.loads(rewriting.notebook(source))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert code[0].startswith("%")
    assert "".join(code[1:]) == source
    named_so = {rewriting.as_named(source, f"file{number}", 0) for number in range(8)}
    assert source in named_so
    assert len(named_so) > 2
    written = [rewriting.write(source, tmp_path, f"file{number}", 0) for number in range(20)]
    assert {path.suffix for path in written} == {".py", ".ipynb"}
    texts = [path.read_text("utf-8") for path in written]
    again = [rewriting.write(source, tmp_path, f"file{number}", 0) for number in range(20)]
    assert texts == [path.read_text("utf-8") for path in again]


def test_two_variables_never_get_the_same_name():
    source = (
        "def f(x):\n    C = k = c = 3\n    for c in range(C):\n        x = k2(x, my_k, k_, k_val)\n"
    )
    for seed in range(20):
        tree = ast.parse(rewriting.renamed(source, random.Random(seed)))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert len(names) == len({"C", "k", "c", "range", "x", "k2", "my_k", "k_", "k_val"})
        assert "k" in names


def test_all_right_files_are_chosen_and_mutants_of_every_label_in_turns():
    some = check.chosen(EVERY, 0, 150)
    assert some == check.chosen(EVERY, 0, 150)
    assert some != check.chosen(EVERY, 1, 150)
    assert [one for one in some if one.is_right] == [one for one in EVERY if one.is_right]
    mutants = [one for one in some if not one.is_right]
    assert len(mutants) == 150
    kinds = Counter((one.part, one.label) for one in mutants)
    assert set(kinds) == {(one.part, one.label) for one in EVERY if not one.is_right}
    assert len(check.chosen(EVERY, 0, None)) == len(EVERY)


@pytest.mark.parametrize(
    ("label", "is_wrong", "names", "expected"),
    [
        ("rounded", False, [], check.MISSED),
        ("rounded", True, [], check.NAMELESS),
        ("rounded", True, ["rounded"], check.NAMED),
        ("rounded", True, ["all-gradients-lost", "rounded"], check.NAMED),
        ("relu-added", True, ["all-gradients-lost", "relu-added"], check.OTHERWISE),
        ("relu-added", True, ["rounded"], check.OTHERWISE),
        ("other", True, [], check.NAMED),
        ("other", True, ["rounded"], check.OTHERWISE),
    ],
)
def test_what_a_name_is_worth(label: str, is_wrong: bool, names: list[str], expected: str):
    assert check.worth(label, is_wrong, names) == expected


def test_the_table_counts_named_bugs_apart_from_those_without_a_name():
    rows = [result(check.NAMED)] * 3 + [result(check.NAMELESS), result(check.PASSED)]
    lines = check.table([*rows, result(check.OTHERWISE, "other")])
    shares = "3 ( 75.0%) 0 ( 0.0%) 0 ( 0.0%) 1 ( 25.0%) 0 ( 0.0%)"
    assert [" ".join(line.split()) for line in lines[1:]] == [
        f"layers: all 4 {shares}",
        "layers: no name fits 1 0 ( 0.0%) 0 ( 0.0%) 1 (100.0%) 0 ( 0.0%) 0 ( 0.0%)",
        f"layers: slices 4 {shares}",
    ]


def test_what_is_not_good_enough_is_told():
    good = [result(check.NAMED)] * 99 + [result(check.NAMELESS), result(check.PASSED)]
    assert check.faults(good) == []
    assert check.faults([*good, *[result(check.MISSED)] * 6]) == ["right names"]
    assert check.faults([*good, *[result(check.OTHERWISE)] * 2]) == ["wrong names"]
    assert check.faults([*good, result(check.ALARM)]) == ["false alarms"]
    slow = replace(result(check.NAMED), seconds=21.0)
    assert check.faults([*good, slow]) == ["more than 20 s"]
    assert check.faults([*good, replace(slow, part="attacks")]) == []


def test_a_run_that_broke_off_goes_on_and_names_a_real_mutant(tmp_path: Path):
    waiting = named("layers-toeplitz-kernel-flipped-1")
    original = named("layers-toeplitz-original-1")
    record = tmp_path / "runs" / "check-0.jsonl"
    assert check.read_record(record) == {}
    found = check.checked(waiting, original, 0)
    assert (found.outcome, found.names) == (check.NAMED, ["kernel-flipped"])
    record.parent.mkdir()
    check.add(record, found)
    assert check.read_record(record) == {waiting.name: found}


def test_a_part_that_is_not_found_is_a_false_alarm():
    original = named("layers-kernel_shifts-original-1")
    assert check.expected_parts(original) == {"conv", "conv_layer", "pool_layer"}
    assert check.expected_parts(named("layers-fourier-original-1")) == {"conv", "conv_layer"}
    assert check.expected_parts(named("networks-resnet_layers-original-1")) == {"resnet"}
    nothing = Report("file.py", 0, "0", (), 1.0, ())
    assert check.judged(original, nothing) == (
        check.ALARM,
        [],
        ["Not found: conv, conv_layer, pool_layer."],
    )


@pytest.mark.parametrize(("state", "expected"), [("beyond", check.TOLD), ("wrong", check.NAMED)])
def test_a_bug_that_the_homework_does_not_ask_about_is_told_apart(state: State, expected: str):
    mutant = named("maps-cam_hook-evaluation-mode-forgotten-1")
    finding = Finding("s", mutant.label, "", None, "", None, "", None)
    target = Found("class_activation_map", "function", 1, ("model", "image"), 2)
    part = Part("cam", "Maps", target, (Question("training mode", state, finding),))
    assert check.judged(mutant, Report("f.py", 0, "0", (part,), 1.0, ()))[0] == expected
    right = replace(mutant, label=ORIGINAL)
    outcome = check.judged(right, Report("f.py", 0, "0", (part,), 1.0, ()))[0]
    assert outcome == (check.PASSED if state == "beyond" else check.ALARM)
