"""core.explain.questions: what a room is asked of what is open on a page."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.explain.geometry import Geometry
from core.explain.questions.changed_size import changed_sizes, size_mistakes
from core.explain.questions.live import LiveQuestion, among
from core.explain.questions.smallest_epsilon import EPSILONS, OPEN, Shown, smallest_epsilon
from core.explain.questions.whose_map import CLEAR, whose_map

CLASSES = [f"class {index}" for index in range(10)]
BIAS = torch.full((10,), 0.25)
LOGITS = torch.tensor([2.0, -1.0, 0.0, 4.0, 0.5, -2.5, 3.0, 1.0, -0.5, -4.0])  # 3 is seen


def holds(question: LiveQuestion) -> None:
    """Four different answers, and a reason for each that is wrong."""
    assert len(set(question.choices)) == 4
    assert [not reason for reason in question.wrong] == [
        index == question.right for index in range(4)
    ]


def asked_map(logits: torch.Tensor, shown: int, label: int | None = None):
    """The class whose map is asked for, and the question."""
    return whose_map(logits, BIAS, CLASSES, shown, label)


def test_the_map_that_is_asked_for_is_not_the_one_on_the_screen():
    for shown in range(10):
        found = asked_map(LOGITS, shown, 6)
        assert found is not None
        label, question = found
        holds(question)
        assert question.choices[question.right].startswith(f"{CLASSES[label]}, logit ")
        assert not any(one.startswith(f"{CLASSES[shown]}, ") for one in question.choices)
        assert label in (3, 6, 9, 5)


def test_the_map_is_the_one_that_is_farthest_from_all_others():
    """Of logits that are all alike but one, the one is asked for: nobody tells the others apart."""
    for value, shown in ((-6.0, 0), (5.0, 0)):
        logits = torch.linspace(-0.2, 0.2, 10)
        logits[4] = value
        logits[0] = 9.0
        label, _ = asked_map(logits, shown)
        assert label == 4


def test_a_choice_has_its_logit_and_the_answer_says_how_the_map_gives_it():
    label, question = asked_map(LOGITS, 3)
    assert label == 9
    assert question.choices[question.right] == "class 9, logit −4.0"
    assert question.answer == (
        "The map's mean, −4.25, and the bias, 0.25, give the logit of class 9, −4.00."
    )


def test_wrong_classes_have_a_name_for_why_they_are_said():
    logits = LOGITS.clone()
    logits[9] = -9.0
    label, question = asked_map(logits, 6, 0)
    assert label == 9
    reasons = {choice[:7]: why for choice, why in zip(question.choices, question.wrong)}
    assert "whatever the map says" in reasons["class 0"]
    assert "likeliest" in reasons["class 3"]


def test_classes_whose_maps_look_the_same_are_no_choice():
    close = LOGITS.clone()
    close[5] = close[9] + CLEAR / 2
    label, question = asked_map(close, 3)
    assert label == 9
    assert not any(one.startswith("class 5") for one in question.choices)
    assert asked_map(torch.zeros(10), 0) is None


def epsilon_question(smallest: float, shown: Shown | None, seed: object) -> LiveQuestion | None:
    """What is asked where the network sees a 3 in the end."""
    return smallest_epsilon("Which?", smallest, shown, seed=seed, seen="a 3")


@pytest.mark.parametrize(
    ("smallest", "answer"),
    [
        (16, "At 8 it still fails, at 16 the network sees a 3."),
        (1, "Already at 1 the network sees a 3."),
    ],
)
def test_the_smallest_epsilon_is_told_with_what_the_network_sees(smallest, answer):
    question = epsilon_question(smallest, None, 0)
    assert question is not None
    assert question.answer == answer


@pytest.mark.parametrize("smallest", EPSILONS)
@pytest.mark.parametrize("shown", [None, Shown(8, False), Shown(24, True), Shown(0, False)])
def test_the_smallest_epsilon_stands_among_its_neighbours(smallest, shown):
    question = epsilon_question(smallest, shown, "a")
    assert question is not None
    holds(question)
    choices = [int(choice) for choice in question.choices]
    assert choices == sorted(choices)
    assert choices[question.right] == smallest


@pytest.mark.parametrize("smallest", [16, 32, 64])
def test_what_is_on_the_screen_leaves_several_answers_open(smallest):
    for seed in range(20):
        question = epsilon_question(smallest, Shown(8, False), seed)
        assert sum(int(choice) > 8 for choice in question.choices) >= OPEN


def test_an_attack_that_works_without_a_change_or_never_is_not_asked_about():
    assert epsilon_question(0, None, 0) is None
    assert epsilon_question(float("inf"), None, 0) is None


def test_the_epsilon_on_the_screen_is_a_mistake_of_its_own():
    for shown in (Shown(16, True), Shown(4, False)):
        reasons = {}
        for seed in range(20):
            question = epsilon_question(8, shown, seed)
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
        sizes = [changed.output[0]] if height == width else [*changed.output]
        assert question.answer.startswith(f"{height} × {width}: ")
        assert all(f"+ 1 = {size}" in question.answer for size in sizes)


def test_the_mistakes_of_a_size_have_their_names():
    stride, padding, *_ = changed_sizes(Geometry((10, 10), (3, 3), 1, 1, 1), pools=False)
    assert stride.text == (
        "And with stride 2 (kernel 3 × 3, padding 1) on 10 × 10: how large is the output?"
    )
    assert stride.answer == "5 × 5: (10 + 2·1 − 3) / 2, rounded down, + 1 = 5."
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
    assert among("a", "b", "1", {"1": "x", "2": "y", "3": "z"}, seed=0, answer="") is None


def test_who_leaves_the_window_out_may_keep_the_stride():
    layer = Geometry((28, 28), (2, 2), 2, 1, 1)
    found = {reason: size for size, reason in size_mistakes(layer, layer)}
    assert found["left the window out"] == (16, 16)  # 30 / 2 + 1
    assert found["left the window and the stride out"] == (31, 31)
