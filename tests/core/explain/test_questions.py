"""core.explain.questions: one right answer, three true mistakes, numbers for a room."""

from dataclasses import dataclass
from random import Random

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from core.explain.convolution import Convolution
from core.explain.pooling import Pooling
from core.explain.questions import pooling, sizes, sums
from core.explain.questions.question import Question, SizedLayers, number, offered, place
from core.explain.questions.sets import QUESTIONS, SETS, drawn, question

ALL = [(name, index) for name in SETS for index in range(QUESTIONS)]
SEEDS = st.integers(1, 9999)


@dataclass
class Sum:
    """A convolution's question, computed by torch alone."""

    question: Question

    def __post_init__(self):
        layer = self.question.subject
        self.stride, self.padding = layer.geometry.stride, layer.geometry.padding
        self.dilation, self.border, self.relu = layer.geometry.dilation, "constant", layer.relu
        self.picture, self.bias = layer.picture, float(layer.bias[0])
        self.weight = layer.weight[0]  # as it meets the window
        self.cell = divmod(self.question.step, layer.geometry.output[1])

    def at(self, row=None, column=None, **changes) -> float:
        for name, value in changes.items():
            setattr(self, name, value)
        padded = self.picture[None]
        if self.padding:
            padded = F.pad(padded, (self.padding,) * 4, mode=self.border)
        bias = torch.tensor([self.bias])
        output = F.conv2d(padded, self.weight[None], bias, self.stride, 0, self.dilation)
        output = output.relu() if self.relu else output
        row, column = (
            self.cell[0] if row is None else row,
            self.cell[1] if column is None else column,
        )
        return float(output[0, 0, row, column])

    def window(self):
        padded = F.pad(self.picture[None], (self.padding,) * 4)
        side = self.weight.shape[1]
        columns = F.unfold(padded, side, self.dilation, 0, self.stride)
        return columns[0, :, self.question.step].reshape(self.weight.shape)

    def products(self):
        return self.window() * self.weight


def turned(weight):
    return weight.flip(1, 2)


SUMS = {
    "left out the minus signs": lambda s: float(s.products().abs().sum()),
    "took the largest product": lambda s: float(s.products().max()),
    "cut a sum that is above 0": lambda s: 0.0,
    "added up the window, without the kernel": lambda s: float(s.window().sum()),
    "added up the kernel, without the window": lambda s: float(s.weight.sum()),
    "forgot the bias": lambda s: s.at(bias=0.0),
    "turned the bias's sign around": lambda s: s.at(bias=-s.bias),
    "added the bias to each of the 9 products": lambda s: float((s.products() + s.bias).sum()),
    "forgot the ReLU": lambda s: float(s.products().sum()),
    "dropped the minus: that is the absolute value": lambda s: abs(float(s.products().sum())),
    "cut each product, not the sum": lambda s: float(s.products().relu().sum()),
    "forgot the padding": lambda s: s.at(padding=0),
    "repeated the edge in place of zeros": lambda s: s.at(border="replicate"),
    "mirrored the picture in place of zeros": lambda s: s.at(border="reflect"),
    "forgot the stride": lambda s: s.at(stride=1),
    "used the stride downwards only": lambda s: s.at(column=1, row=s.stride, stride=1),
    "used the stride to the right only": lambda s: s.at(row=1, column=s.stride, stride=1),
    "forgot the dilation": lambda s: s.at(dilation=1),
    "skipped two cells, not one": lambda s: s.at(dilation=3),
    "moved the window by 2: that is the stride": lambda s: s.at(dilation=1, stride=2),
    "took the first channel alone": lambda s: float(s.products()[0].sum()),
    "took the largest of the channels": lambda s: float(s.products().sum((1, 2)).max()),
    "left out the minus signs of the channels": lambda s: float(
        s.products().sum((1, 2)).abs().sum()
    ),
    "took the mean of the channels": lambda s: float(s.products().sum((1, 2)).mean()),
    "used the first kernel for all channels": lambda s: s.at(
        weight=s.weight[:1].expand_as(s.weight)
    ),
    "did not flip: that is the cross-correlation": lambda s: s.at(weight=turned(s.weight)),
    "flipped left and right only": lambda s: s.at(weight=turned(s.weight).flip(2)),
    "flipped top and bottom only": lambda s: s.at(weight=turned(s.weight).flip(1)),
    "swapped rows and columns": lambda s: s.at(weight=turned(s.weight).mT),
}


@dataclass
class Pool:
    """A pooling's question, computed by torch alone."""

    question: Question

    def __post_init__(self):
        pooled = self.question.subject
        self.geometry, self.picture = pooled.geometry, pooled.picture
        self.cell = divmod(self.question.step, self.geometry.output[1])

    def output(self, picture=None, **changes):
        geometry = self.geometry
        how = {
            "kernel_size": geometry.kernel[0],
            "stride": geometry.stride,
            "padding": geometry.padding,
            "dilation": geometry.dilation,
        } | changes
        picture = self.picture if picture is None else picture
        return F.max_pool2d(picture[None, None], **how)[0, 0]

    def at(self, cell=None, **changes) -> float:
        row, column = cell or self.cell
        return float(self.output(**changes)[row, column])

    def window(self):
        geometry = self.geometry
        padded = F.pad(self.picture, (geometry.padding,) * 4, value=-torch.inf)
        rows, columns = (
            start * geometry.stride + torch.arange(geometry.kernel[0]) * geometry.dilation
            for start in self.cell
        )
        window = padded[rows][:, columns].flatten()
        return window[window.isfinite()]

    def gradient(self) -> float:
        picture = self.picture.clone().requires_grad_()
        self.output(picture).sum().backward()
        return float(picture.grad[self.question.pixel])

    def covering(self) -> int:
        row, column = self.question.pixel
        ones = torch.zeros_like(self.picture)
        ones[row, column] = 1
        return int(self.output(ones).sum())

    def inside(self) -> tuple[int, int]:
        return divmod(int(self.window().argmax()), 2)

    def value(self) -> float:
        return float(self.picture[self.question.pixel])


POOLS = {
    "took the mean: that is average pooling": lambda p: float(p.window().mean()),
    "added the window up": lambda p: float(p.window().sum()),
    "took the first cell": lambda p: float(p.window()[0]),
    "took the smallest number": lambda p: float(p.window().min()),
    "took the one farthest from zero": lambda p: max(p.window().tolist(), key=abs),
    "took 0, as a ReLU would": lambda p: float(p.window().relu().max()),
    "dropped the minus": lambda p: float(p.window().abs().max()),
    "moved by the window's side": lambda p: p.at(stride=2),
    "moved by two cells downwards": lambda p: p.at((2, 1)),
    "moved by two cells to the right": lambda p: p.at((1, 2)),
    "did not move the window": lambda p: p.at((0, 0)),
    "let a 0 of the padding win": lambda p: max(0.0, p.at()),
    "forgot the padding": lambda p: p.at(padding=0),
    "took the largest of the whole picture": lambda p: float(p.picture.max()),
    "forgot the dilation": lambda p: p.at(dilation=1),
    "looked at the cells between, too": lambda p: p.at(kernel_size=3, dilation=1),
    "skipped two cells, not one": lambda p: p.at(dilation=3),
    "shared it among all four: that is average pooling": lambda p: 1 / 4,
    "gave all of it to every cell": lambda p: 1.0,
    "multiplied it by the cell's own number": lambda p: p.value(),
    "took from the losers what the winner gets": lambda p: -1.0,
    "shared it between the two": lambda p: 1 / 2,
    "let the last one win": lambda p: 1 - p.gradient(),
    "counted it once": lambda p: 1.0,
    "counted each window that covers it": lambda p: float(p.covering()),
    "shared each window's among its four cells": lambda p: p.covering() / 4,
    "took the cell's own number": lambda p: p.value(),
}
PLACES = {
    "counted within the window": lambda p: p.inside(),
    "took the smallest number": lambda p: tuple(
        2 * corner + within
        for corner, within in zip(p.cell, divmod(int(p.window().argmin()), 2), strict=True)
    ),
    "took the output's own place": lambda p: p.cell,
    "took the first cell of the window": lambda p: tuple(2 * corner for corner in p.cell),
}


def sides(subject: SizedLayers, count) -> tuple[float, ...]:
    """A formula for each direction of the first layer."""
    layer = subject.layers[0]
    return tuple(
        float(count(layer, size, kernel))
        for size, kernel in zip(layer.size, layer.kernel, strict=True)
    )


def size(subject: SizedLayers, **changes) -> tuple[float, ...]:
    """(channels, height, width) by torch's own layers."""
    images = torch.zeros(1, subject.channels, *subject.layers[0].size)
    for layer in subject.layers:
        how = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
        how |= changes
        if subject.filters is None:
            images = F.max_pool2d(images, layer.kernel, **how)
        else:
            weight = torch.zeros(subject.filters, images.shape[1], *layer.kernel)
            images = F.conv2d(images, weight, **how)
    return tuple(map(float, images.shape[1:]))


def first_only(subject: SizedLayers) -> SizedLayers:
    return SizedLayers(subject.layers[:1], subject.channels, subject.filters)


def by(count):
    return lambda s: sides(s, count)


SIZES = {
    "forgot the + 1 at the end": lambda s: tuple(one - 1 for one in size(s)[1:]),
    "kept the size: that needs padding": by(lambda _, side, kernel: side),
    "took it away on both sides": by(lambda _, side, kernel: side - 2 * (kernel - 1)),
    "added 1 to the picture": by(lambda _, side, kernel: side + 1),
    "forgot the padding": lambda s: size(s, padding=0)[1:],
    "padded one side only": by(lambda one, side, kernel: side + one.padding - kernel + 1),
    "forgot to take the kernel away": by(lambda one, side, kernel: side + 2 * one.padding),
    "forgot the stride": lambda s: size(s, stride=1)[1:],
    "halved the picture, without the kernel": by(lambda _, side, kernel: -(-side // 2)),
    "rounded up: the last window hangs over the edge": by(
        lambda one, side, kernel: -(-(side + 2 * one.padding - kernel) // one.stride) + 1
    ),
    "forgot the dilation": lambda s: size(s, dilation=1)[1:],
    "doubled the kernel to 6 cells": by(lambda _, side, kernel: side - 6 + 1),
    "moved the window by 2: that is the stride": lambda s: size(s, dilation=1, stride=2)[1:],
    "swapped height and width": lambda s: size(s)[:0:-1],
    "counted the height twice": lambda s: (size(s)[1], size(s)[1]),
    "moved by one cell, not by the window's side": lambda s: size(s, stride=1)[1:],
    "kept the picture's channels": lambda s: (3.0, *size(s)[1:]),
    "gave each filter one output for each colour": lambda s: (3.0 * s.filters, *size(s)[1:]),
    "added the filters up too": lambda s: (1.0, *size(s)[1:]),
    "stopped after the first layer": lambda s: size(first_only(s))[1:],
    "forgot both + 1": lambda s: tuple(one - 2 for one in size(s)[1:]),
    "added the kernels and took 1 off once": lambda s: tuple(one - 1 for one in size(s)[1:]),
    "took the maximum over the channels too": lambda s: (1.0, *size(s)[1:]),
    "moved by one cell": lambda s: size(s, stride=1),
    "kept the size": by(lambda _, side, kernel: side),
}
PADDINGS = {
    "took both sides together": lambda s: s.layers[0].kernel[0] - 1,
    "that is for a kernel of 3 × 3": lambda s: 1,
    "took the kernel's side": lambda s: s.layers[0].kernel[0],
}


def truth(asked: Question) -> tuple[float, ...]:
    """The right answer, by torch alone."""
    subject = asked.subject
    if isinstance(subject, Convolution):
        return (Sum(asked).at(),)
    if isinstance(subject, Pooling):
        pool = Pool(asked)
        if asked.unit == "cell":
            inside = pool.inside()
            return tuple(2.0 * corner + one for corner, one in zip(pool.cell, inside, strict=True))
        return (pool.at() if asked.pixel is None else pool.gradient(),)
    if asked.unit == "number":
        (layer,) = subject.layers
        fits = [cells for cells in range(9) if size(subject, padding=cells)[1:] == layer.size]
        assert len(fits) == 1
        return (float(fits[0]),)
    found = size(subject)
    return found if len(asked.options[0].value) == 3 else found[1:]


def mistaken(asked: Question, reason: str) -> tuple[float, ...]:
    """What comes out of a mistake, by torch alone."""
    subject = asked.subject
    if isinstance(subject, Convolution):
        return (SUMS[reason](Sum(asked)),)
    if isinstance(subject, Pooling) and asked.unit == "cell":
        return tuple(map(float, PLACES[reason](Pool(asked))))
    if isinstance(subject, Pooling):
        return (POOLS[reason](Pool(asked)),)
    if asked.unit == "number":
        return (float(PADDINGS[reason](subject)),)
    found = SIZES[reason](subject)
    return (3.0, *found) if reason == "kept the size" else found


@pytest.mark.parametrize(("name", "index"), ALL)
@settings(max_examples=5)
@given(seed=SEEDS)
def test_one_answer_is_right_and_each_other_is_what_its_mistake_computes(name, index, seed):
    asked = question(name, seed, index)
    check_size(asked)
    values = [option.value for option in asked.options]
    assert len(set(values)) == 4
    assert values[asked.right] == truth(asked)
    for place_, option in enumerate(asked.options):
        if place_ != asked.right:
            assert option.value == mistaken(asked, option.reason), option.reason


def check_size(asked: Question) -> None:
    """A room can answer it in its head."""
    subject = asked.subject
    if isinstance(subject, SizedLayers):
        assert max(max(layer.size) for layer in subject.layers) < 10
        return
    window = Sum(asked).window() if isinstance(subject, Convolution) else Pool(asked).window()
    assert (window != 0).any(), "an empty window asks nothing"
    assert subject.picture.abs().max() < 10
    assert (subject.picture == subject.picture.round()).all()
    if isinstance(subject, Convolution):
        assert 2 <= Sum(asked).products().count_nonzero() <= 4
        assert subject.weight.abs().max() < 10
        assert abs(asked.options[asked.right].value[0]) <= 20


@pytest.fixture(scope="module")
def many() -> dict[tuple[str, int, int], Question]:
    """(set, question, seed) to question."""
    return {(*one, seed): question(one[0], seed, one[1]) for one in ALL for seed in range(1, 13)}


@pytest.mark.parametrize("name", SETS)
def test_ten_questions_are_about_ten_ideas(many, name):
    asked = [many[name, index, 1] for index in range(QUESTIONS)]
    assert len({one.idea for one in asked}) == 10
    assert len({one.text for one in asked}) == 10


def test_a_question_is_the_same_for_the_same_seed(many):
    def told(one):
        return one.text, one.options, one.right, one.step

    for name, index in ALL:
        assert told(question(name, 5, index)) == told(many[name, index, 5])
        assert len({told(many[name, index, seed]) for seed in range(1, 13)}) > 6


def test_the_right_answer_is_not_always_at_one_place(many):
    for name, index in ALL:
        assert len({many[name, index, seed].right for seed in range(1, 13)}) > 2, (name, index)


def test_every_named_mistake_is_offered_somewhere(many):
    reasons = {option.reason for one in many.values() for option in one.options}
    named = {*SUMS, *POOLS, *PLACES, *SIZES, *PADDINGS}
    assert named <= reasons, named - reasons


def test_a_sum_by_hand():
    layer = sums.Layer(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]), torch.tensor([[[1.0, -2.0]]]), 5.0)
    asked = sums.Asked(layer, 1, 0)
    assert layer.at(1, 0) == 3 - 8 + 5 == 0
    assert layer.at(1, 1) is None
    assert asked.step == 1
    assert asked.but("forgot the bias", bias=0.0).value == (-5.0,)


def test_what_cannot_be_asked_is_no_question():
    rng = Random(0)
    one, two, three, four = (number(value, "why") for value in (1, 2, 3, 4))
    assert offered(rng, one, [two, three, four]) is not None
    assert offered(rng, one, [one, two, three, four]) is None, "the mistake does not show"
    assert offered(rng, one, [None, two, three, four]) is None
    assert offered(rng, None, [two, three, four]) is None
    assert offered(rng, one, [two, three, three]) is None, "two wrong answers are too few"
    assert number(1 / 3, "why") is None, "nobody says 0.33"
    assert number(None, "why") is None
    assert place(0, 1) == "row 1, column 2"


def test_an_idea_without_a_question_is_an_error():
    with pytest.raises(RuntimeError, match="Expected a question within 2000 draws of never, got"):
        drawn(never, Random(0))


def never(rng):
    return None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Ten", 1, 0), "Expected a set of questions, one of Ten ideas, Pool winner, Output size;"),
        (("Ten ideas", 1, 10), "Expected a question from 0 to 9, got 10."),
        (("Ten ideas", 1, -1), "Expected a question from 0 to 9, got -1."),
    ],
)
def test_other_sets_and_questions_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        question(*arguments)


def test_ideas_are_drawn_one_by_one():
    for idea in (sums.sign, pooling.maximum, sizes.plain):
        assert drawn(idea, Random(3)).options


def test_no_cell_that_wins_several_windows_ties_in_one_of_them():
    """Which of two equals wins is a rule of its own, which another question asks for."""
    for seed in range(60):
        question = pooling.overlap(Random(seed))
        if question is None:
            continue
        picture, (row, column) = question.subject.picture, question.pixel
        for top in range(max(0, row - 1), min(2, row) + 1):
            for left in range(max(0, column - 1), min(2, column) + 1):
                window = picture[top : top + 2, left : left + 2]
                assert int((window == window.max()).sum()) == 1


def test_a_relu_is_asked_about_on_both_sides_of_zero():
    found = [question for question in map(sums.relu, map(Random, range(60))) if question]
    zeros = [question.options[question.right].value == (0.0,) for question in found]
    assert 0.2 < sum(zeros) / len(zeros) < 0.8
