"""What is wrong at a case is told with the numbers of its first wrong cell."""

import pytest
import torch

from core.checking import findings
from core.checking.bugs.registry import BUGS
from core.checking.cases import ConvSetting, PoolSetting
from core.checking.diagnosis import Evidence
from core.checking.parts.conv import expected
from core.checking.parts.pool import expected as pooled
from core.checking.words import HIDDEN

IMAGE = torch.tensor([[[[1, 2, 0], [3, -1, 4]]]], dtype=torch.float64)
KERNEL = torch.tensor([[[[1, 2], [0, -1]]]], dtype=torch.float64)
SETTING = ConvSetting(IMAGE, KERNEL, torch.tensor([5.0], dtype=torch.float64))


def evidence(got: torch.Tensor | None) -> Evidence:
    return Evidence(SETTING, expected(SETTING), got)


def test_the_first_wrong_cell_has_its_sum_and_its_bug() -> None:
    got = BUGS["kernel-flipped"].models[0](SETTING)
    found = findings.wrong(evidence(got), ["kernel-flipped"])
    assert found.bug == "kernel-flipped"
    assert found.hint == BUGS["kernel-flipped"].hint
    assert found.cell == (0, 0, 0, 0)
    assert found.sentence == (
        "The kernel is turned by 180 degrees before it is multiplied. With a 2 × 2 kernel, stride "
        "1, padding 0: row 1, column 1 should be 11 and is 9; 2 of 2 cells are wrong."
    )
    assert found.arithmetic == (
        "1·1 + 2·2 + 3·0 + (−1)·(−1) + 5 (bias) = 11 expected; "
        "1·(−1) + 2·0 + 3·2 + (−1)·1 + 5 (bias) = 9 came"
    )
    assert found.case is not None
    assert found.case.got == ((((9.0, 5.0),),),)
    assert dict(found.case.settings) == {"kernel_size": 2, "stride": 1, "padding": 0}


def test_without_a_name_the_cell_is_told_alone() -> None:
    got = expected(SETTING)
    got[..., 1] += 1
    found = findings.wrong(evidence(got), [])
    assert found.bug is None
    assert found.cell == (0, 0, 0, 1)
    assert "row 1, column 2 should be 3 and is 4." in found.sentence
    assert found.arithmetic == "2·1 + 0·2 + (−1)·0 + 4·(−1) + 5 (bias) = 3 expected; 4 came"
    assert found.hint.endswith("?")


def test_another_shape_is_told_with_the_first_cell_that_is_not_there() -> None:
    found = findings.wrong(evidence(expected(SETTING)[..., :1]), [])
    assert "expected an output of 1 × 1 × 1 × 2, got 1 × 1 × 1 × 1." in found.sentence
    assert found.cell == (0, 0, 0, 1)
    assert found.arithmetic.endswith("= 3 expected; no such cell came")
    larger = torch.nn.functional.pad(expected(SETTING), (0, 1))
    found = findings.wrong(evidence(larger), [])
    assert (found.cell, found.arithmetic) == (None, "")
    assert findings.wrong(evidence(torch.zeros(2)), []).cell == (0, 0, 0, 0)


def test_what_a_case_hands_over_is_a_sentence() -> None:
    images, weight = torch.zeros(2, 3, 5, 4).double(), torch.zeros(4, 3, 2, 2).double()
    begin = "It was given an input of 2 × 3 × 5 × 4"
    assert findings.given(ConvSetting(images, weight, torch.zeros(4).double(), 2, 1)) == (
        f"{begin}, weights of 4 × 3 × 2 × 2, a bias, stride 2 and padding 1."
    )
    left_out = ConvSetting(images, weight, left_out=True)
    assert findings.given(left_out) == f"{begin} and weights of 4 × 3 × 2 × 2."
    assert findings.given(PoolSetting(images, 2)) == f"{begin} and a window of 2."
    assert findings.given(PoolSetting(images, 3, 1, 1)) == (
        f"{begin}, a window of 3, stride 1 and padding 1."
    )


def test_a_pooling_is_told_by_what_its_window_holds() -> None:
    setting = PoolSetting(IMAGE, 2, 1, 1)
    found = findings.wrong(Evidence(setting, pooled(setting), pooled(setting) + 1), [])
    assert "With a 2 × 2 window, stride 1, padding 1: row 1, column 1" in found.sentence
    assert found.arithmetic == "max(1) = 1 expected; 2 came"


def test_what_is_not_finite_or_empty_is_told_too() -> None:
    found = findings.wrong(evidence(torch.full_like(expected(SETTING), torch.nan)), [])
    assert "should be 11 and is nan" in found.sentence
    empty = findings.wrong(evidence(torch.zeros(1, 1, 0, 2)), [])
    assert empty.case is not None
    assert empty.case.got is None


def test_of_two_bugs_the_one_that_explains_a_case_alone_is_named_there() -> None:
    names = ["kernel-flipped", "bias-forgotten"]
    forgotten = findings.wrong(evidence(BUGS["bias-forgotten"].models[0](SETTING)), names)
    assert forgotten.bug == "bias-forgotten"
    assert "turned" not in forgotten.sentence
    both = findings.wrong(evidence(BUGS["kernel-flipped"].models[0](SETTING) - 5), names)
    assert "turned" in both.sentence
    assert "The bias is not added." in both.sentence
    assert both.arithmetic.endswith("; 1·(−1) + 2·0 + 3·2 + (−1)·1 = 4 came")


def test_a_cell_that_is_not_the_sum_of_its_window_has_no_sum() -> None:
    got = BUGS["relu-added"].models[0](SETTING) * 0
    assert findings.wrong(evidence(got), ["relu-added"]).arithmetic.endswith(
        "= 11 expected; 0 came"
    )


def test_nothing_is_said_of_a_hidden_case_but_its_bug_and_hint() -> None:
    found = findings.hidden(["kernel-flipped"])
    assert found.sentence == HIDDEN
    assert (found.cell, found.case, found.arithmetic, found.link) == (None, None, "", "")
    assert found.hint == BUGS["kernel-flipped"].hint


def test_a_case_without_an_output_is_none() -> None:
    with pytest.raises(ValueError, match="Expected a case that was answered"):
        findings.wrong(evidence(None), [])
