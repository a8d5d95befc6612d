"""The bug that explains every answer is named, and none where it is not the only one."""

from fractions import Fraction

import pytest
import torch

from core.checking.bugs.loops import Loops, joined
from core.checking.bugs.registry import BUGS
from core.checking.cases import conv_questions, pool_questions
from core.checking.diagnosis import Evidence, agree, diagnose, differs, explaining, size_told
from core.checking.parts import layers as layers
from core.checking.parts.conv import expected
from core.checking.parts.pool import expected as pooled


def evidence(model, seed: int = 1, part: str = "conv") -> list[Evidence]:
    """What a model answers to all cases; where it returns None it raised."""
    questions = conv_questions(seed, "conv") if part == "conv" else pool_questions(seed)
    right = expected if part == "conv" else pooled
    return [
        Evidence(setting, right(setting), model(setting))
        for question in questions
        for setting in question.settings
    ]


@pytest.mark.parametrize("name", ["kernel-flipped", "bias-per-cell", "reshape-order", "rounded"])
def test_every_model_of_a_bug_is_named_after_it(name: str) -> None:
    for model in BUGS[name].models:
        assert diagnose(evidence(model), "conv") == (name,)


@pytest.mark.parametrize("name", ["pool-min", "pool-stride-ignored", "pool-ceil"])
def test_every_model_of_a_bug_of_pooling_is_named_after_it(name: str) -> None:
    for model in BUGS[name].models:
        assert diagnose(evidence(model, part="pool"), "pool") == (name,)


def test_what_is_right_has_no_bug() -> None:
    assert diagnose(evidence(Loops()), "conv") == ()


def test_what_nothing_explains_has_no_name() -> None:
    assert diagnose(evidence(lambda setting: expected(setting) + 1), "conv") == ()


def test_rounding_of_a_fourier_transform_is_no_fault_and_hides_none() -> None:
    def noisy(setting):
        output = BUGS["kernel-flipped"].models[0](setting)
        return (output + 9e-4 * (2 * torch.rand(output.shape) - 1)).float()  # CLOSE has 1e-3

    assert diagnose(evidence(noisy), "conv") == ("kernel-flipped",)
    assert agree(torch.tensor([100.0005]), torch.tensor([100.0]))
    assert not agree(torch.tensor([100.25]), torch.tensor([100.0]))
    assert not agree(torch.tensor([torch.nan]), torch.tensor([1.0]))
    assert differs(torch.tensor([1.0, 2.5]), torch.tensor([1.0, 2.0])).tolist() == [False, True]


@pytest.mark.parametrize(
    "names", [("kernel-flipped", "bias-forgotten"), ("stride-rows-only", "channels-averaged")]
)
def test_two_bugs_at_once_are_both_named(names: tuple[str, str]) -> None:
    both = joined(*(BUGS[name].models[0] for name in names))
    assert both is not None
    assert set(diagnose(evidence(both), "conv")) == set(names)


def test_a_case_that_raised_says_nothing() -> None:
    flipped = BUGS["kernel-flipped"].models[0]
    found = evidence(lambda setting: None if setting.padding else flipped(setting))
    assert diagnose(found, "conv") == ("kernel-flipped",)


def test_of_two_bugs_that_explain_the_answers_none_is_named() -> None:
    late = BUGS["padding-behind"].models[0]  # as a late window, where the padding is 1
    found = [one for one in evidence(late) if one.setting.padding == 1]
    assert explaining(["padding-behind"], found[0]) is late
    assert diagnose(found[:1], "conv") == ()
    assert diagnose(evidence(late), "conv") == ("padding-behind",)


def test_nothing_is_named_where_everything_raised() -> None:
    assert diagnose(evidence(lambda setting: None), "conv") == ()


def test_a_size_that_does_not_fit_names_what_has_this_size() -> None:
    ignored = BUGS["padding-ignored"].models[0]

    def raised(one: Evidence) -> Evidence:
        if not one.setting.padding:
            return one
        size = Fraction(ignored(one.setting).numel(), one.expected.numel())
        return Evidence(one.setting, one.expected, None, size)

    assert diagnose([raised(one) for one in evidence(Loops())], "conv") == ("padding-ignored",)


@pytest.mark.parametrize(
    ("message", "size"),
    [
        ("raised RuntimeError: shape '[1, 9, 4, 5]' is invalid for input of size 54.", (54, 180)),
        ("cannot reshape array of size 12 into shape (1,1,2,2)", (12, 4)),
        ("shape '[1, -1, 4, 5]' is invalid for input of size 54", None),
        ("index 5 is out of bounds for dimension 0 with size 5", None),
    ],
)
def test_the_size_that_torch_tells_is_read(message: str, size: tuple[int, int] | None) -> None:
    assert size_told(message) == (Fraction(*size) if size else None)
