"""core.sheets.kinds: every answer is computed again, by torch, from what the paper says alone."""

import re
from random import Random

import pytest
import torch
import torch.nn.functional as F

from core.explain.questions.sums import Layer, kernel, picture
from core.sheets.answers import UNKNOWN, check, number_of
from core.sheets.exercise import LETTERS, written
from core.sheets.kinds import KINDS, LEVELS, make

KEYS = ("1", "2")


def numbers(text):
    return [float(one.replace("−", "-")) for one in re.findall(r"−?\d+(?:\.\d+)?", text)]


def after(word, text):
    return numbers(text.split(word, 1)[1])[0]


def tensor(exercise, title):
    found = next(grid for grid in exercise.grids if grid.title.startswith(title))
    return torch.tensor([[number_of(cell) for cell in row] for row in found.rows])


def convolved(exercise, dilation=1, relu=False):
    text = exercise.text.lower()
    stride = int(after("stride", text))
    padding = int(after("padding", text)) if "no padding" not in text else 0
    bias = after("bias", text) if "no bias" not in text else 0.0
    image, kernel = tensor(exercise, "Picture"), tensor(exercise, "Kernel")
    output = F.conv2d(image[None, None], kernel[None, None], None, stride, padding, dilation)[0, 0]
    return (output + bias).relu() if relu else output + bias


def at(output, blank):
    row, column = numbers(blank.text)
    return float(output[int(row) - 1, int(column) - 1])


def cell(exercise):
    output = convolved(exercise)
    return [float(len(output)), *(at(output, one) for one in exercise.blanks[1:])]


def relu(exercise):
    return convolved(exercise, relu=True).flatten().tolist()


def dilation(exercise):
    return [at(convolved(exercise, dilation=2), one) for one in exercise.blanks]


def im2col(exercise):
    _, _, stride, padding, row, column = map(int, numbers(exercise.text))
    columns = F.unfold(tensor(exercise, "Picture")[None, None], 2, 1, padding, stride)[0]
    width = int(columns.shape[1] ** 0.5)
    return [*columns[:, (row - 1) * width + column - 1].tolist(), float(columns.shape[1])]


def pooling(exercise):
    stride = int(after("stride", exercise.text))
    image = tensor(exercise, "Picture").requires_grad_()
    output = F.max_pool2d(image[None, None], 2, stride)[0, 0]
    (gradient,) = torch.autograd.grad(output, image, tensor(exercise, "Its gradient"))
    values, reached = exercise.blanks[:2], exercise.blanks[2:]
    return [*(at(output.detach(), one) for one in values), *(at(gradient, one) for one in reached)]


def chain(exercise):
    text = exercise.text
    channels, side, _ = map(int, numbers(text)[:3])
    filters, window, _, stride, padding = map(int, numbers(text.split("Layer 1:")[1])[:5])
    conv = torch.nn.Conv2d(channels, filters, window, stride, padding)
    first = conv(torch.zeros(1, channels, side, side))
    second = F.max_pool2d(first, 2)
    linear = torch.nn.Linear(second.numel(), int(after("linear,", text)))
    counts = [sum(one.numel() for one in layer.parameters()) for layer in (conv, linear)]
    return [first.shape[-1], counts[0], second.shape[-1], second.numel(), counts[1]]


def field(exercise):
    layers = re.findall(r"(\d) × \d, stride (\d)", exercise.text)

    def touched(count, cells):  # of a long picture, by which cells the output depends on
        line = torch.zeros(1, 1, 400, requires_grad=True)
        output = line
        for window, stride in layers[:count]:
            output = F.conv1d(output, torch.ones(1, 1, int(window)), stride=int(stride))
        (gradient,) = torch.autograd.grad(output[0, 0, cells], line)
        return gradient[0, 0].nonzero()[:, 0]

    last = len(layers)
    sides = [len(touched(count, 0)) for count in (last - 1, last)]
    return [*sides, int(touched(last, 1)[0] - touched(last, 0)[0])]


def residual(exercise):
    mean, variance, gamma, beta = numbers(exercise.text.split("has", 1)[1])[:4]
    grid = exercise.grids[0].rows
    values, shortcut = (torch.tensor([number_of(cell) for cell in grid[row]]) for row in (0, 2))
    normal = F.batch_norm(
        values[:, None], *(torch.tensor([one]) for one in (mean, variance, gamma, beta)), eps=0.0
    )[:, 0]
    return [*normal.tolist(), *(normal + shortcut).relu().tolist()]


def cam(exercise):
    name = re.search("“(.+?)”", exercise.text)[1]
    table = next(grid for grid in exercise.grids if grid.title == "Weights")
    *weights, bias = map(number_of, table.rows[table.names.index(name)])
    maps = torch.stack([tensor(exercise, f"Map {at}") for at in range(1, len(weights) + 1)])
    logit = F.adaptive_avg_pool2d(maps, 1).flatten() @ torch.tensor(weights) + bias
    return [*torch.einsum("c,chw->hw", torch.tensor(weights), maps).flatten().tolist(), logit]


def attack(exercise):
    image, gradient = tensor(exercise, "Picture"), tensor(exercise, "Gradient")
    epsilon = after("ε =", exercise.text)
    one_step = "FGSM" in exercise.text
    now = image if one_step else tensor(exercise, "Picture now")
    size = epsilon if one_step else after("of size", exercise.text)
    way = -1 if "down the loss" in exercise.text else 1
    moved = now + way * size * gradient.sign()
    near = torch.minimum(torch.maximum(moved, image - epsilon), image + epsilon)
    return near.clamp(0, 255).flatten().tolist()


def entropy(exercise):
    names, powers = exercise.grids[0].rows
    logits = torch.tensor([float(one) for one in powers]).log().requires_grad_()
    label = names.index(re.search("class is (.)", exercise.text)[1])
    loss = F.cross_entropy(logits[None], torch.tensor([label]))
    (gradient,) = torch.autograd.grad(loss, logits)
    places = [names.index(one.text[-1]) for one in exercise.blanks]
    shares = logits.detach().softmax(0)
    return [float(values[at]) for values, at in zip([shares] * 2 + [gradient] * 2, places)]


def rate(exercise):
    label, before, last = (
        torch.tensor([int(one) for one in row]) for row in exercise.grids[0].rows
    )
    broken, right = last != label, before == label
    answers = {
        "accuracy": right,
        "success rate, all": broken,
        "success rate, those": broken[right],
        "share that becomes": last == 8,
    }
    return [
        float(
            next(values for name, values in answers.items() if one.text.startswith(name))
            .float()
            .mean()
        )
        for one in exercise.blanks
    ]


AGAIN = {one.__name__: one for one in (cell, relu, im2col, dilation, pooling, chain, field)}
AGAIN |= {one.__name__: one for one in (residual, cam, attack, entropy, rate)}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_paper_alone_gives_the_answers(kind, level):
    for key in KEYS:
        made = make(kind, key, level)
        expected = pytest.approx([float(one) for one in AGAIN[kind](made)], abs=1e-4)
        assert [one.right for one in made.blanks] == expected


@pytest.mark.parametrize("kind", KINDS)
def test_an_exercise_can_be_solved_by_head_and_its_mistakes_show(kind):
    for level in LEVELS:
        made = make(kind, "1", level)
        assert made == make(kind, "1", level)
        assert len(made.blanks) <= len(LETTERS)
        assert made.drawn <= set(LETTERS[: len(made.blanks)])
        for blank in made.blanks:
            assert number_of(written(blank.right)) == blank.right
            wrong = [one.value[0] for one in blank.mistakes]
            assert len({blank.right, *wrong}) == len(wrong) + 1 >= 3
            assert all(one.reason for one in blank.mistakes)


def test_an_output_is_the_same_with_and_without_what_goes_into_it():
    rng = Random(0)
    for settings in ({}, {"padding": 1, "border": "reflect"}, {"flipped": True, "dilation": 2}):
        layer = Layer(picture(rng, 5, 5), kernel(rng, 2), 2.0, stride=2, relu=True, **settings)
        assert torch.equal(layer.output, layer.explained().output[0])


SUM = re.compile(r"(?:it wins: )?([\d.+−·/() ]+) = (−?[\d.]+)(, ReLU gives 0)?")


@pytest.mark.parametrize("kind", ["cell", "relu", "dilation", "pooling", "residual", "cam"])
def test_a_sum_in_the_key_gives_the_answer_and_has_no_two_signs_in_a_row(kind):
    found = []
    for level in LEVELS:
        for blank in make(kind, "1", level).blanks:
            assert not re.search(r"[+−] −|\+ \(−", blank.rule)
            if parts := SUM.fullmatch(blank.rule):
                found.append(eval(parts[1].translate({0x2212: "-", 0xB7: "*"})))
                assert found[-1] == pytest.approx(number_of(parts[2]))
                assert blank.right == (0 if parts[3] else pytest.approx(found[-1]))
    assert found


@pytest.mark.parametrize("kind", KINDS)
def test_students_have_numbers_of_their_own(kind):
    made = [repr(make(kind, str(key), 2)) for key in range(4)]
    assert len(set(made)) >= 3


@pytest.mark.parametrize("level", LEVELS)
def test_the_weights_of_another_class_give_another_map(level):
    for key in range(20):
        (table,) = [grid for grid in make("cam", str(key), level).grids if grid.title == "Weights"]
        assert table.rows[0][:-1] != table.rows[1][:-1]


def test_answers_are_told_with_the_known_mistake():
    blank = make("residual", "1", 1).blanks[0]
    assert check(blank, written(blank.right)).is_right
    for mistake in blank.mistakes:
        found = check(blank, f" {mistake.value[0]:.2f} ".replace(".", ","))
        assert not found.is_right
        assert found.reasons == (mistake.reason,)
    assert check(blank, "98765").reasons == (UNKNOWN,)


@pytest.mark.parametrize("text", ["", "x", "1/2", "1.2.3", "٣", "nan", "1e3", "-"])
def test_no_number_is_said(text):
    with pytest.raises(ValueError, match="Expected a number such as"):
        number_of(text)


@pytest.mark.parametrize(("kind", "level"), [("hat", 1), ("cell", 4)])
def test_an_unknown_kind_or_level_is_said(kind, level):
    with pytest.raises(ValueError, match="Expected a"):
        make(kind, "1", level)
