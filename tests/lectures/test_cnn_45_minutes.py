"""The lecture that ships: its links are taken as they are, and its numbers are those that the
project computes.
"""

import math
import urllib.parse
from functools import cache

import pytest
import torch
from torch.nn.functional import cross_entropy

from app.chapters.convolution.predict import written as written_number
from app.chapters.networks.shapes import TEXTS
from app.chapters.networks.shapes import written as written_shape
from app.ui import address
from app.ui.charts import number
from core import attacks, checkpoints, homework
from core.cam import METHODS, class_activation_maps
from core.checkpoints import results
from core.data.facts import facts, to_unit
from core.data.samples import load_samples
from core.explain.convolution import explain_convolution
from core.explain.forward import multiplications
from core.explain.kernels import preset
from core.explain.questions.network import layers_of, questions_of
from core.explain.questions.sets import question
from core.faithfulness import pixel_curves
from core.lecture.reading import find, read
from core.lecture.states import State
from core.models import Saturated, parameter_count, to_input
from core.robustness import breaking_epsilons

LECTURE = read(find("cnn_45_minutes"))
STATES = {state.title: state for state in LECTURE.states}
PICTURE = torch.tensor([[1.0, 0, 2, 1], [0, 1, 3, 2], [2, 4, 5, 0], [1, 2, 1, 3]])[None]
KERNEL = torch.tensor([[2.0, 0], [0, -1]])[None, None]
SIZE = 28  # of a digit's sides
CHAPTERS = {one.chapter for one in address.PARAMETERS} - {"yours"}  # which shows a homework


def link(state: State) -> tuple[str, dict[str, list[str]]]:
    chapter, _, query = state.link.partition("?")
    return chapter, urllib.parse.parse_qs(query, strict_parsing=True) if query else {}


def word(state: State, name: str, default: str = "") -> str:
    return link(state)[1].get(name, [default])[0]


def of_view(chapter: str, view: str) -> list[State]:
    return [
        state
        for state in LECTURE.states
        if link(state)[0] == chapter and word(state, "view") == view
    ]


def votes(title: str, *choices: str) -> None:
    """The state's choices are these; the first, which is right, begins its answer."""
    state = STATES[title]
    assert state.vote is not None
    assert state.vote.choices[state.vote.right] == choices[0]
    assert set(state.vote.choices) == set(choices)
    assert state.answer.startswith(choices[0])


def percent(share: float, decimals: int = 2) -> str:
    return f"{100 * share:.{decimals}f} %"


@cache
def model(name: str) -> torch.nn.Module:
    return checkpoints.load(name).model


def digits(index: int) -> torch.Tensor:
    return load_samples("mnist").images[index : index + 1]


@cache
def maps_of(index: int):
    images = load_samples("cifar10").images[index : index + 1]
    return class_activation_maps(model("cifar10_resnet"), to_unit(images))


def convolved(picture: torch.Tensor, kernel: torch.Tensor):
    return explain_convolution(picture, kernel, bias=torch.zeros(1))


def test_the_lecture_is_whole() -> None:
    asked = [state.vote for state in LECTURE.states if state.vote]
    assert len(STATES) == len(LECTURE.states) == 37
    assert sum(state.minutes for state in LECTURE.states) == LECTURE.minutes == 45
    assert len(asked) >= 30
    assert sum(vote.asked for vote in asked) == 6
    assert {link(state)[0] for state in LECTURE.states} == CHAPTERS


@pytest.mark.parametrize("state", LECTURE.states, ids=list(STATES))
def test_a_state_is_one_picture_with_one_sentence_and_one_question(state: State) -> None:
    chapter, names = link(state)
    assert chapter in CHAPTERS
    assert address.values(chapter, names)[1] == []
    assert set(state.controls) <= address.names(chapter)
    assert state.say.endswith(".")
    assert state.ask.endswith("?")
    assert state.ask.count("?") == 1
    assert state.answer.endswith(".")


@pytest.mark.parametrize("state", of_view("convolution", "Predict"), ids=lambda one: one.title)
def test_a_question_of_a_set_is_the_one_on_the_page(state: State) -> None:
    found = question(
        word(state, "questions"), int(word(state, "set")), int(word(state, "question")) - 1
    )
    options = [written_number(option, found.unit) for option in found.options]
    holds_the_page(state, found.text, options, [one.reason for one in found.options], found.right)


@pytest.mark.parametrize("state", of_view("networks", "Shape by shape"), ids=lambda one: one.title)
def test_a_question_about_a_layer_is_the_one_on_the_page(state: State) -> None:
    network = model(word(state, "network", "mnist_cnn"))
    layers = layers_of(network, network.image_shape)
    found = questions_of(layers)[int(word(state, "question")) - 1]
    text = TEXTS[found.about].format(layers[found.layer].text)
    options = [written_shape(option) for option in found.options]
    holds_the_page(state, text, options, [one.reason for one in found.options], found.right)


def holds_the_page(state, text: str, options: list[str], reasons: list[str], right: int) -> None:
    assert state.ask == text
    assert state.vote is not None
    assert list(state.vote.choices) == options
    assert state.vote.right == right
    wrong = ["" if index == right else reason for index, reason in enumerate(reasons)]
    assert list(state.vote.wrong) == wrong
    assert state.answer.casefold().startswith(options[right].casefold())


def test_the_first_kernel_has_nine_cells() -> None:
    assert number(preset("Vertical edges (Sobel)").numel()) == "9"
    votes("A picture is numbers", "9", "1", "3", f"{SIZE * SIZE}")


def test_the_numbers_in_the_links_are_those_that_are_computed_here() -> None:
    for title in ("One window, one number", "The way back"):
        rows = word(STATES[title], "numbers"), word(STATES[title], "weights")
        assert rows == ("1 0 2 1;0 1 3 2;2 4 5 0;1 2 1 3", "2 0;0 -1")


def test_the_next_window() -> None:
    step = int(word(STATES["One window, one number"], "step"))  # the next one, from 0
    layer = convolved(PICTURE, KERNEL)
    assert divmod(step, 3) == (1, 1)
    window = layer.windows[0, :, step]
    answers = (
        layer.output.flatten()[step],
        (window * KERNEL.abs().flatten()).sum(),
        window.sum(),
        convolved(PICTURE, KERNEL.flip(2, 3)).output.flatten()[step],
    )
    votes("One window, one number", *(number(float(one)) for one in answers))


def test_both_edges_of_a_stroke() -> None:
    output = convolved(digits(2)[0].float(), preset("Vertical edges (Sobel)")[None, None]).output[0]
    left, right = int(output[11, 13]), int(output[11, 15])
    assert word(STATES["An edge has a sign"], "step") == f"{11 * (SIZE - 2) + 13 + 1}"
    assert f"gave {left} at column 14" in STATES["An edge has a sign"].ask
    votes("An edge has a sign", number(right), number(-right), number(left), "0")


def test_how_often_a_pixel_stands_in_the_matrix() -> None:
    picture = digits(0)[0, :, 9:19, 9:19].float()
    layer = convolved(picture, preset("Vertical edges (Sobel)")[None, None])
    covered = (layer.geometry.covered() == 5 * 10 + 5).any(1).sum()
    title = "A convolution is a matrix product"
    votes(title, f"{covered}", "1", "3", f"{layer.geometry.steps}")
    assert f"100 numbers become {layer.windows.numel()}" in STATES[title].answer


def test_what_flows_back_into_the_middle() -> None:
    into = convolved(PICTURE, KERNEL).gradients(0).images[0, 1:3, 1:3]
    assert into.unique().tolist() == [1.0]
    answers = (1, KERNEL[0, 0, 0, 0], KERNEL.numel(), KERNEL.abs().sum())
    votes("The way back", *(number(float(one)) for one in answers))


def test_where_the_parameters_of_the_small_network_are() -> None:
    network = model("mnist_cnn")
    hidden = network.get_submodule("fc1")
    units, inputs = hidden.weight.shape
    features = network.pool(network.conv2(network.pool(network.conv1(torch.zeros(1, 1, 56, 56)))))
    larger = features.numel()
    assert (
        f"from {inputs} to {larger:,}, each with {units} weights"
        in STATES["A whole network"].answer
    )
    counts = (
        larger * units + units,
        parameter_count(hidden),
        2 * inputs * units + units,
        4 * parameter_count(hidden),
    )
    votes("A whole network", *(f"{count:,}" for count in counts))


def test_the_dead_channel() -> None:
    layer = model("mnist_cnn").get_submodule("conv1")
    weight = layer.get_parameter("weight").detach()[0]
    bias = float(layer.get_parameter("bias").detach()[0])
    positive = float(weight.clamp(min=0).sum())
    answers = (positive + bias, positive, positive - bias, float(weight.sum()) + bias)
    assert positive + bias < 0
    votes("A dead channel", *map(number, answers))
    assert f"its bias of {number(bias)} " in STATES["A dead channel"].ask
    assert f"make {number(positive)}," in STATES["A dead channel"].answer


def test_the_blocks_cost_the_same() -> None:
    network = model("cifar10_resnet")
    blocks = [network.get_submodule(f"block{index}") for index in (1, 3)]
    first, last = map(parameter_count, blocks)
    assert last / first == pytest.approx(16, rel=0.01)
    costs = {"": 0}
    for layer in layers_of(network, network.image_shape):
        block, cost = layer.name.partition(".")[0], 0
        if layer.module is not None and len(layer.after) == 3 and "block" in block:
            cost = multiplications(layer.module, layer.after)
        costs[block] = costs.get(block, 0) + cost
    assert costs["block1"] == costs["block2"] == costs["block3"]


def test_the_curves_of_the_small_network() -> None:
    card = checkpoints.load_card("mnist_cnn")
    first = card["history"][0]
    state = STATES["Better on new pictures?"]
    assert first["validation_accuracy"] > first["train_accuracy"]
    for name in ("train_accuracy", "validation_accuracy"):
        assert percent(first[name]) in state.say
    assert card["config"]["augmentation"] == "affine", "distorted pictures"


def test_before_the_first_step() -> None:
    before = results.load("mnist_cnn_untrained")["validation_accuracy"]
    after = checkpoints.load_card("mnist_cnn")["history"][0]["validation_accuracy"]
    votes("Before the first step", percent(before), "0 %", "50 %", "89.92 %")
    assert percent(after) in STATES["Before the first step"].say


def test_one_in_ten() -> None:
    measured = results.load("cifar10_resnet_untrained")
    counts = torch.tensor(measured["confusion"])
    classes = facts("cifar10").classes
    state = STATES["Exactly one in ten"]
    assert classes[int(counts.sum(0).argmax())] == "automobile"
    assert f"{int(counts.sum(0).max()):,} of the {int(counts.sum()):,}" in state.answer
    assert f"{int(counts[1, 1]):,} of these are automobiles" in state.answer
    assert int(counts.diagonal().sum()) == int(counts[1, 1]) + int(counts[2, 2]) == 1000
    assert int(counts[2, 2]) == 1, "one bird"
    assert percent(measured["validation_accuracy"]) in state.ask
    found, all_pictures = int(counts[1, 1]), int(counts.sum())
    now, more = int(counts.diagonal().sum()), int(counts[1].sum())
    doubled = (now + found) / (all_pictures + more)
    shares = (
        doubled,
        now / all_pictures,
        (now + found) / all_pictures,
        now / (all_pictures + more),
    )
    votes("Exactly one in ten", *map(percent, shares))
    assert f"2,000 automobiles in place of {more:,}" in state.ask
    assert f"2 · {found} + {now - found} of {all_pictures + more:,}" in state.answer


def test_training_and_validation_of_the_resnet() -> None:
    recipe, plain = (checkpoints.load_card(f"cifar10_resnet{end}") for end in ("", "_plain"))
    training, validation = (
        round(100 * share, 2)
        for share in (
            recipe["history"][-1]["train_accuracy"],
            recipe["result"]["validation_accuracy"],
        )
    )
    state = STATES["Learned by heart?"]
    assert f"{training} %" in state.say
    assert f"{validation} %" in state.say
    assert f"{training - validation:.0f} points" in state.ask
    gap = plain["history"][-1]["train_accuracy"] - plain["result"]["validation_accuracy"]
    assert 100 * gap > training - validation


def test_the_column_of_the_cats() -> None:
    card = checkpoints.load_card("cifar10_resnet")
    counts, classes = torch.tensor(card["result"]["confusion"]), card["classes"]
    dog, cat = map(classes.index, ("dog", "cat"))
    found, said = counts[cat, cat], counts[:, cat].sum()
    shares = (
        found / said,
        found / counts[cat].sum(),
        found / (found + counts[dog, cat]),
        counts.diag().sum() / counts.sum(),
    )
    votes("What it mixes up", *(percent(float(share), 1) for share in shares))
    state = STATES["What it mixes up"]
    assert f"says cat to {said:,} pictures" in state.ask
    assert f"{found} of the {said:,}" in state.answer
    assert percent(float(shares[1]), 1) in state.answer


def test_the_map_and_its_logit() -> None:
    maps, cat = maps_of(0), facts("cifar10").classes.index("cat")
    one, bias, logit = maps.maps[0, cat], float(maps.bias[cat]), float(maps.logits[0, cat])
    assert int(maps.logits[0].argmax()) == cat
    votes("Where does it look?", f"{one.numel()}", f"{32 * 32:,}", f"{maps.weight.shape[1]}", "10")
    answers = (logit + 1, logit + one.numel(), logit + 1 - bias, logit + 1 / one.numel())
    votes("The map adds up to the logit", *map(number, answers))
    for said in (float(one.mean()), float(one.mean()) + 1, bias):
        assert number(said) in STATES["The map adds up to the logit"].answer


def test_ship_against_frog() -> None:
    logits, classes = maps_of(15).logits[0], facts("cifar10").classes
    ship, frog = (float(logits[classes.index(name)]) for name in ("ship", "frog"))
    shares = logits.softmax(0)
    mine, other = (float(shares[classes.index(name)]) for name in ("ship", "frog"))
    state = STATES["Ten maps, one softmax"]
    assert f"{ship:.2f} and frog one of {frog:.2f}" in state.ask
    assert word(state, "image") == "15"
    assert f"{percent(mine, 1)} is 1.9 times {percent(other, 1)}" in state.answer
    answers = (f"{math.exp(ship - frog):.1f}", f"{ship - frog:.1f}")
    rest = (f"{ship / frog:.1f}", f"{100 * (mine - other):.0f}")
    votes("Ten maps, one softmax", *(f"{one} times" for one in (*answers, *rest)))


def test_the_drawn_interpolations() -> None:
    votes("Smooth or true?", *METHODS)


def test_what_is_left_when_everything_is_deleted() -> None:
    classes = facts("cifar10").classes
    colour = torch.tensor(facts("cifar10").mean)[None, :, None, None].expand(-1, -1, 32, 32)
    shares = model("cifar10_resnet")(colour)[0].detach().softmax(0)
    state = STATES["Does it matter?"]
    assert f"{percent(float(shares[classes.index('cat')]), 0)} of cat" in state.ask
    name = classes[int(shares.argmax())]
    assert f"{percent(float(shares.max()), 0)} of it goes to {name}" in state.answer
    (curves,) = pixel_curves(
        model("cifar10_resnet"),
        to_unit(load_samples("cifar10").images[:1]),
        classes.index("cat"),
        torch.rand(1, 1, 32, 32),
        fill=torch.tensor(facts("cifar10").mean),
        shares=(1,),
    )
    assert float(curves[0, 0]) == pytest.approx(float(shares[classes.index("cat")]), abs=1e-5)


def attacked(epsilon: float):
    network = model("mnist_model_a")
    return attacks.attack(
        network,
        to_input(network, digits(0)),
        7,
        epsilon,
        method=attacks.IMPROVED,
        bounds=(0.0, 255.0),
        max_gradients=20,
        whole=True,
    )


def test_the_epsilon_that_breaks_the_seven() -> None:
    network = model("mnist_model_a")
    images = to_input(network, digits(0))
    found = breaking_epsilons(
        network,
        images,
        7,
        method=attacks.IMPROVED,
        bounds=(0.0, 255.0),
        max_gradients=20,
        targeted=False,
        whole=True,
    )
    votes("Which epsilon breaks this digit?", f"{float(found[0]):g}", "9", "64", "128")
    assert not any(bool(attacked(epsilon).success[0]) for epsilon in (8, 9, 15))
    broken = attacked(16)
    assert bool(broken.success[0])
    assert int(network(broken.adversarial).argmax()) == 3


def test_what_share_of_the_grey_values_sixteen_is() -> None:
    shares = (16 / 255, 16 / SIZE**2)
    votes("How small is 16?", *(percent(share, 1) for share in shares), "16 %", "100 %")


def test_what_task_three_gains() -> None:
    rates = homework.shares(results.load(homework.ATTACK_RESULT))
    second, third = (rates[task, "A", 12] for task in (homework.SECOND, homework.THIRD))
    title = "A better attack, not a longer one"
    assert f"{percent(second)} and task 3 {percent(third)}" in STATES[title].ask
    points = (third - second, 0, (third - second) / second, third)
    votes(title, *(f"{100 * one:.1f} points".replace("0.0 ", "0 ") for one in points))


def test_m_hides_its_gradient() -> None:
    network = Saturated(model("mnist_model_a"))
    samples = load_samples("mnist")
    images = to_input(network, samples.images)
    seen = network(images).argmax(1)
    images, labels = images[seen == samples.labels], samples.labels[seen == samples.labels]
    inputs = images.clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(cross_entropy(network(inputs), labels), inputs)
    assert not bool(gradient.any())
    shares = {}
    for name, method in (("PGD", attacks.PGD), ("margin", attacks.IMPROVED)):
        found = attacks.attack(
            network,
            images,
            labels,
            31,
            method=method,
            bounds=(0.0, 255.0),
            max_gradients=20,
        )
        shares[name] = float(found.success.float().mean())
    assert shares == {"PGD": 0.0, "margin": 1.0}
