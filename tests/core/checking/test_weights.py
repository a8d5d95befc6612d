"""Points come from one TOML file, and what is wrong with it is one sentence with the line."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.checking import formats
from core.checking.results import BY_HAND, Question
from core.checking.weights import WEIGHTS, WeightsError, points_of, read, total
from tests.core.checking.reports import PARTS, part, report, right


def test_the_weights_that_ship_are_100_points_for_every_part():
    shipped = read()
    assert set(shipped.points) == set(PARTS)
    assert shipped.total == 100
    assert (shipped.seed, shipped.hidden) == (0, "after_published")
    assert WEIGHTS.parent.name == "grading"


def test_a_part_earns_its_share():
    earned = points_of(report(), read())
    assert {one.part.name: one.earned for one in earned if one.earned} == {
        "conv": 7.5,
        "conv_layer": 10,
    }
    assert total(earned) == 17.5
    assert total(points_of(right(), read())) == 100


def test_a_part_that_is_ready_made_earns_nothing():
    questions = [Question("values", "right"), Question("hidden case 1", "right", hidden=True)]
    for state, points in (("right", 15), ("not asked", 10), ("wrong", 0)):
        one = part("conv", *questions, Question(BY_HAND, state))
        alone = replace(report(), parts=(one,))
        assert total(points_of(alone, read())) == points
        tests = formats.gradescope(alone, read())["tests"]
        assert sum(test["score"] for test in tests) == points


def test_a_part_without_points_is_left_out(tmp_path: Path):
    path = tmp_path / "weights.toml"
    path.write_text("[points]\nconv = 3\ncam = 0\n")
    assert [one.part.name for one in points_of(report(), read(path))] == ["conv"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: the file has no “points”"),
        (b"[points", "line 1: this is no TOML"),
        (b"\n[points]\nconv = 1\nconv = 2\n", "line 4: this is no TOML"),
        (b"points = 3", "line 1: “points”: expected a table of fields, got 3"),
        (b"[points]\nconv = 1\ncnv = 2", "line 3: “cnv” is nothing that [points] has: write conv"),
        (b"[points]\nconv = nan", "line 2: “conv”: expected points, a number from 0 to 10,000"),
        (b"[points]\nconv = true", "line 2: “conv”: expected points"),
        (b"[points]\nconv = -1", "line 2: “conv”: expected points"),
        (b"[points]\nconv = 0", "expected points above 0 for one part at least"),
        (b"[points]\nconv = 1\n[case]", "line 3: “case” is nothing that the file has: write cases"),
        (b"[points]\nconv = 1\n[cases]\nseed = 1", "line 3: [cases] has no “hidden”"),
        (
            b"[points]\nconv = 1\n[cases]\nseed = 1.5\nhidden = 'hidden'",
            "line 4: “seed”: expected a whole number, got 1.5",
        ),
        (
            b"[points]\nconv = 1\n[cases]\nseed = 1\nhidden = 'no'",
            "line 5: “hidden”: expected one of hidden, after_due_date, after_published, visible",
        ),
        (b"a = " + b"[" * 50_000, "holds no weights"),
        (b"[points]\n\xff", "line 2: expected text in UTF-8"),
        (b" " * 100_001, "is larger than weights may be: expected up to 100 kB"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_the_line(tmp_path: Path, content: bytes, said: str):
    path = tmp_path / "weights.toml"
    path.write_bytes(content)
    with pytest.raises(WeightsError) as error:
        read(path)
    assert said in str(error.value)
    assert str(error.value).startswith("weights.toml")
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(WeightsError, match=r"The weights none\.toml cannot be read"):
        read(tmp_path / "none.toml")
