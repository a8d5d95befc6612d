"""core.explain.questions: what a room is asked of what is open on a page."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.explain.geometry import Geometry
from core.explain.questions.changed_size import changed_sizes
from core.explain.questions.live import LiveQuestion, among
from core.explain.questions.smallest_epsilon import EPSILONS, OPEN, Shown, smallest_epsilon
from core.explain.questions.whose_map import CLEAR, whose_map

CLASSES = [f"class {index}" for index in range(10)]
LOGITS = torch.tensor([2.0, -1.0, 0.0, 4.0, 0.5, -2.5, 3.0, 1.0, -0.5, -4.0])  # 3 is seen


def holds(question: LiveQuestion) -> None:
    """Four different answers, and a reason for each that is wrong."""
    assert len(set(question.choices)) == 4
    assert [not reason for reason in question.wrong] == [
        index == question.right for index in range(4)
    ]


def test_the_map_that_is_asked_for_is_not_the_one_on_the_screen():
    for shown in range(10):
        found = whose_map(LOGITS, CLASSES, shown, 6)
        assert found is not None
        label, question = found
        holds(question)
        assert question.choices[question.right] == CLASSES[label]
        assert CLASSES[shown] not in question.choices
        assert label in (3, 6, 9, 5)


def test_wrong_classes_have_a_name_for_why_they_are_said():
    label, question = whose_map(LOGITS, CLASSES, 6, 0)  # shown: the second most likely
    reasons = dict(zip(question.choices, question.wrong))
    assert "what the picture shows" in reasons["class 0"]
    other = {3: "class 9", 9: "class 3"}[label]
    assert reasons[other]


def test_classes_whose_maps_look_the_same_are_no_choice():
    close = LOGITS.clone()
    close[6] = close[3] - CLEAR / 2
    label, question = whose_map(close, CLASSES, 0, None)
    other = {3: "class 6", 6: "class 3"}.get(label)
    assert other not in question.choices
    assert whose_map(torch.zeros(10), CLASSES, 0, None) is None


@pytest.mark.parametrize("smallest", EPSILONS)
@pytest.mark.parametrize("shown", [None, Shown(8, False), Shown(24, True), Shown(0, False)])
def test_the_smallest_epsilon_stands_among_its_neighbours(smallest, shown):
    question = smallest_epsilon("Which?", smallest, shown, "a")
    assert question is not None
    holds(question)
    choices = [int(choice) for choice in question.choices]
    assert choices == sorted(choices)
    assert choices[question.right] == smallest


@pytest.mark.parametrize("smallest", [16, 32, 64])
def test_what_is_on_the_screen_leaves_several_answers_open(smallest):
    for seed in range(20):
        question = smallest_epsilon("Which?", smallest, Shown(8, False), seed)
        assert sum(int(choice) > 8 for choice in question.choices) >= OPEN


def test_an_attack_that_works_without_a_change_or_never_is_not_asked_about():
    assert smallest_epsilon("Which?", 0, None, 0) is None
    assert smallest_epsilon("Which?", float("inf"), None, 0) is None


def test_the_epsilon_on_the_screen_is_a_mistake_of_its_own():
    for shown in (Shown(16, True), Shown(4, False)):
        reasons = {}
        for seed in range(20):
            question = smallest_epsilon("Which?", 8, shown, seed)
            reasons |= dict(zip(question.choices, question.wrong))
        assert "on the screen" in reasons[f"{shown.epsilon}"]


LAYERS = st.builds(
    lambda height, width, kernel, stride, padding, dilation: Geometry(
        (height, width), (kernel, kernel), stride, padding, dilation
    ),
    *(st.integers(5, 28), st.integers(5, 28), st.integers(1, 5)),
    *(st.integers(1, 3), st.integers(0, 2), st.integers(1, 2)),
)


@given(geometry=LAYERS, pools=st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_size_with_another_setting_is_that_of_torch(geometry, pools):
    geometry = replace(geometry, padding=min(geometry.padding, geometry.kernel[0] // 2))
    for question in changed_sizes(geometry, pools=pools):
        holds(question)
        what, value = question.name.removeprefix("output size, ").split(" ", 1)
        changed = replace(
            geometry,
            **({what: int(value)} if what in ("stride", "padding") else {}),
            **({} if what in ("stride", "padding") else {"kernel": (int(value.split()[0]),) * 2}),
        )
        picture = torch.zeros(1, 1, *geometry.size)
        how = {"stride": changed.stride, "padding": changed.padding, "dilation": changed.dilation}
        if pools:
            output = F.max_pool2d(picture, changed.kernel, **how)
        else:
            output = F.conv2d(picture, torch.zeros(1, 1, *changed.kernel), **how)
        height, width = output.shape[2:]
        assert question.choices[question.right] == f"{height} × {width}"
        assert f"And with {what} {value} (" in question.text


def test_the_mistakes_of_a_size_have_their_names():
    stride, padding, *_ = changed_sizes(Geometry((10, 10), (3, 3), 1, 1, 1), pools=False)
    assert stride.text == (
        "And with stride 2 (kernel 3 × 3, padding 1) on 10 × 10: how large is the output?"
    )
    reasons = dict(zip(stride.choices, stride.wrong))
    assert reasons == {
        "5 × 5": "",
        "10 × 10": "ignored the stride",
        "6 × 6": "rounded up",
        "4 × 4": "forgot the + 1",
    }
    assert dict(zip(padding.choices, padding.wrong))["10 × 10"] == (
        "counted the padding on one side only"
    )


def test_too_few_mistakes_make_no_question():
    assert among("a", "b", "1", {"1": "x", "2": "y", "3": "z"}, 0) is None
