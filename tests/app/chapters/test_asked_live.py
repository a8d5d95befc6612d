"""What a presented page asks a room about what it shows, and that another page computes none."""

import base64
import html
import json
import re
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from app.chapters.attack import questions as attacking
from core import checkpoints, homework
from core.attacks import IMPROVED, attack
from core.cam import class_activation_maps
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.explain.questions.smallest_epsilon import EPSILONS
from core.models import to_input
from tests.app.chapters.opened import open_chapter

MOST_BYTES = 6000  # of a picture: a window says no more at once, see app/stage/given.py


def asked(name: str, **parameters: str) -> list[dict]:
    """What a presented page asks."""
    bodies = [one.proto.body for one in open_chapter(name, present="1", **parameters).get("html")]
    found = [re.fullmatch(r'<div data-questions="(.*)"></div>', body) for body in bodies]
    return [one for match in found if match for one in json.loads(html.unescape(match[1]))]


def test_the_map_of_another_class_is_asked_for_with_its_picture(no_data):
    (question,) = asked("cam", image="15")
    result = class_activation_maps(
        checkpoints.load("cifar10_resnet").model, to_unit(load_samples("cifar10").images[15:16])
    )
    names = checkpoints.load_card("cifar10_resnet")["classes"]
    ranked = [names[index] for index in result.logits[0].argsort(descending=True).tolist()]
    names_of_choices = [choice.split(",")[0] for choice in question["choices"]]
    right = names_of_choices[question["right"]]
    assert right in (ranked[1], ranked[-1])
    logit = float(result.logits[0, names.index(right)])
    assert question["answer"].endswith(f"the logit of {right}, {logit:.2f}.".replace("-", "−"))
    assert ranked[0] not in names_of_choices, "its map is on the screen"
    assert len(question["picture"]) <= MOST_BYTES


@pytest.mark.parametrize(
    ("parameters", "caption", "is_smooth"),
    [
        ({"view": "The sum"}, "Orange against −9, blue +9 for", False),
        ({"view": "Interpolations"}, "Orange against −9, magenta +9 for", True),
        ({"colours": "Viridis"}, "Colours from −9 over 0 to +9", True),
    ],
)
def test_every_view_of_one_map_asks_for_another_one_drawn_as_its_own(
    no_data, parameters, caption, is_smooth
):
    (question,) = asked("cam", image="15", **parameters)
    assert question["name"] == "another class's map"
    assert re.sub(r"\d+\.\d+", "9", question["caption"]) == caption
    _, _, encoded = question["picture"].partition(",")
    pixels = np.array(Image.open(BytesIO(base64.b64decode(encoded))))
    blocks = pixels.reshape(4, 8, 4, 8, -1)  # of the 4 x 4 numbers that the network gave
    assert (blocks == blocks[:, :1, :, :1]).all() == (not is_smooth)


def test_of_maps_whose_logits_are_alike_none_is_asked_for(no_data):
    assert asked("cam", image="0") == []


def test_where_all_maps_are_seen_none_is_asked_for(no_data):
    assert asked("cam", view="All ten classes") == []


def first_epsilon(model_name: str) -> int:
    """The first one at which the default attack fools a network with test picture 0."""
    model = checkpoints.load(model_name).model
    images, labels = load_samples("mnist").images[:1], load_samples("mnist").labels[:1]
    for epsilon in EPSILONS:
        result = attack(
            model,
            to_input(model, images),
            labels,
            epsilon,
            method=IMPROVED,
            bounds=(0, 255),
            whole=True,
        )
        if bool(result.success[0]):
            return epsilon
    raise AssertionError(f"Expected an epsilon that fools {model_name}.")


def test_the_smallest_epsilon_is_the_first_at_which_the_attack_works(no_data):
    (question,) = asked("attack", view="Step by step", image="0", epsilon="8")
    assert int(question["choices"][question["right"]]) == first_epsilon("mnist_model_a")
    assert "network" not in question["text"]
    assert re.search(r" 8 it still fails, at 16 the network sees an? \d\.$", question["answer"])


@pytest.mark.parametrize("view", ["Live", "All epsilons"])
def test_a_view_that_says_the_smallest_epsilon_asks_for_that_of_another_network(no_data, view):
    (question,) = asked("attack", view=view, image="0")
    assert homework.NAMES["B"] in question["text"]
    assert int(question["choices"][question["right"]]) == first_epsilon("mnist_model_b")


def test_a_network_that_stands_alone_is_asked_about_only_where_nothing_is_told(no_data):
    assert asked("attack", view="All epsilons", network="ResNet") == []


def test_the_size_with_another_stride_is_asked_for_of_the_layer_as_it_is(no_data):
    (stride, padding, kernel) = asked("convolution", image="0", stride="2", padding="1")
    assert [one["name"].split(",")[0] for one in (stride, padding, kernel)] == ["output size"] * 3
    assert stride["text"].startswith("And with stride 3 (kernel 3 × 3, padding 1) on 10 × 10")
    assert stride["choices"][stride["right"]] == "4 × 4"
    assert stride["answer"] == "4 × 4: (10 + 2·1 − 3) / 3 + 1 = 4."


def test_a_page_that_nobody_presents_computes_no_question(no_data, monkeypatch):
    def computed(*_: object) -> None:
        raise AssertionError("Nobody asks.")

    monkeypatch.setattr(attacking, "first_success", computed)
    app = open_chapter("attack", view="Step by step", image="0")
    assert not any("data-questions" in one.proto.body for one in app.get("html"))
