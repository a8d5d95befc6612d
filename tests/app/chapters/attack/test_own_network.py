"""The attack chapter with a network of one's own whose weights are extreme: every view lives, and
says what cannot be computed.
"""

import functools
import io
import re
from typing import Any

import pytest
import safetensors.torch
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from app.chapters.attack import charts, own_curve, questions
from app.ui import heavy, images, networks
from app.ui.beside.workers import EndedError
from core import checkpoints, homework
from core.attacks import improved_targeted
from core.data.facts import LabelledImages
from core.evaluation import SuccessRate
from core.robustness import Task
from tests.app.chapters.opened import open_chapter, texts

VIEWS = ("Live", "Step by step", "All epsilons", "Robust, or hiding?")  # that take a network
ATTACKS = ("Task 2: targeted PGD", "MI-FGSM")


SCALES = ("1e6", "1e9", "1e12", "1e20", "1e30", "1e-12", "1e-30", "0")
IN_DOUBLE = (
    *("times 1e9", "times 1e12", "times 1e20", "times 1e30"),
    *("logits near the largest float", "all 3.4e38"),
)
KINDS = (
    "always 8",
    "logits near the largest float",
    *(f"times {scale}" for scale in SCALES),
    *(f"all {value}" for value in ("0.01", "3.4e38")),
)
ALL_TIED = ("times 0", "all 0.01", "all 3.4e38")
NONE_RIGHT = (
    "The network classifies none of the 20 bundled pictures right{}, so there is none to attack"
)
ONES = int((images.samples("mnist").labels == 1).sum())
YOURS = f") on all {ONES} test digits"
TIED = " (its largest logits are equal but for rounding on 20 of them)"


@functools.cache
def weights(kind: str) -> bytes:
    """The file of a network."""
    state = checkpoints.load("mnist_model_a").model.state_dict()
    changed = {key: value.clone() for key, value in state.items()}
    if kind == "always 8":
        changed = {key: torch.zeros_like(value) for key, value in state.items()}
        changed["fc2.bias"][8] = 5
    elif kind == "logits near the largest float":
        changed["fc2.weight"] *= 3e36
    elif kind.startswith("all "):
        value = float(kind.removeprefix("all "))
        changed = {key: torch.full_like(one, value) for key, one in state.items()}
    else:
        scale = float(kind.removeprefix("times "))
        changed = {key: value * scale for key, value in state.items()}
    return safetensors.torch.save(changed)


def open_with(kind: str, view: str, *, of: str = "", **parameters: str):
    """A view with such weights; with ``of`` in their file's name they are another file, of which no
    answer is kept.
    """
    app = open_chapter("attack", view=view, network="Own", **parameters)
    file = (f"{of}{kind}.safetensors", weights(kind), "application/octet-stream")
    app.file_uploader[0].set_value(file).run()
    return app


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_view_lives_with_extreme_weights(no_data, kind, view):
    app = open_with(kind, view)
    assert not app.exception
    told = [box.value for box in app.error]
    tied = kind in ALL_TIED
    if view == "Robust, or hiding?" and (tied or kind == "always 8"):
        assert len(told) == 1
        assert told[0].startswith(NONE_RIGHT.format(TIED if tied else ""))
    else:
        assert told == []
    said = texts(app)
    assert ("which gives 0% of the 20 bundled digits. On 20 of them its" in said) == tied
    assert not re.search(r"\b(nan|inf)\b", said)
    entry = {"logits near the largest float": "fc2.weight", "all 3.4e38": "conv1.weight"}
    in_double = f"It is computed in float64: {entry.get(kind, 'conv1.bias')} goes up to "
    assert (in_double in said) == (kind in IN_DOUBLE)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("kind", ["always 8", "logits near the largest float", "times 1e30"])
def test_every_attack_lives_with_extreme_weights(no_data, kind, attack):
    app = open_with(kind, "Live", attack=attack, logits="true", epsilon="64")
    assert not app.exception
    for view in ("Step by step", "All epsilons"):
        app.query_params["view"] = view
        app.run()
        assert not app.exception
        assert not app.error
        assert "nan%" not in texts(app)


def test_huge_weights_decide_as_the_network_that_they_come_from(no_data):
    said = texts(open_with("times 1e12", "Live"))
    assert "gives 100% of the 20 bundled digits" in said
    assert (
        "computed in float64: conv1.bias goes up to 1e+12, and products and sums of such weights "
        "may pass 3e+38, where float32 ends" in said
    )


@pytest.mark.parametrize("times", ["1e12", "1e20"])
def test_a_flat_line_of_float64_says_its_bits(no_data, times):
    app = open_with(f"times {times}", "Step by step", attack="PGD, cross-entropy")
    assert "the gradient is 0 in 64 bits" in texts(app)


def test_of_a_network_that_says_8_the_eights_of_the_test_set_are_attacked(no_data, monkeypatch):
    digits = images.samples("mnist").images
    labels = torch.tensor([3] * 500 + [8] * 30)
    everything = LabelledImages(digits[torch.arange(530) % 20], labels)
    monkeypatch.setattr(images, "whole_test_set", lambda name: everything)
    app = open_with("always 8", "Robust, or hiding?", of="eights, ")
    assert not app.error
    said = texts(app)
    assert (
        "Network your own, on 20 test pictures that it classifies right, as no bundled one is"
        in said
    )
    assert "**suspicious**: **Inputs should have a gradient:** 100% of the inputs" in said
    assert ":material/help: undecided" in said
    assert "undecided: none of the attacks found anything" in said


def test_a_network_that_gets_no_test_picture_right_is_told_so(no_data, monkeypatch):
    everything = LabelledImages(images.samples("mnist").images, torch.full((20,), 3))
    monkeypatch.setattr(images, "whole_test_set", lambda name: everything)
    (box,) = open_with("always 8", "Robust, or hiding?", of="threes, ").error
    assert "and none of the 20 test pictures, so there is none to attack" in box.value


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("model", "ema"), " The weights are those of “model”; not used: “ema”."),
        (("ema", "model", "best"), " The weights are those of “model”; not used: “ema”, “best”."),
        (("model",), ""),
    ],
)
def test_of_several_state_dicts_the_one_that_is_read_is_named(names: tuple[str, ...], told: str):
    state = checkpoints.load("mnist_model_a").model.state_dict()
    held = {name: {key: value + 0 for key, value in state.items()} for name in names}
    torch.save(held, file := io.BytesIO())
    _, said = networks.own_network(file.getvalue(), "mine.pt")
    assert said.endswith(f"bundled digits.{told}")


def test_own_curve_counts_every_one_of_the_test_set(monkeypatch) -> None:
    bundled = images.samples("mnist")
    test = LabelledImages(bundled.images, bundled.labels)
    monkeypatch.setattr(images, "whole_test_set", lambda name: test)
    monkeypatch.setattr(homework, "EPSILONS", (0, 24))
    state = checkpoints.load("mnist_model_a").model.state_dict()
    source = ("", safetensors.torch.save(state), "mine.safetensors")
    rows = [questions.rate_of_ones(source, epsilon) for epsilon in homework.EPSILONS]
    ones = bundled.images[bundled.labels == 1].float()
    model = checkpoints.load("mnist_model_a").model
    found = improved_targeted(model, ones, 8, 24, bounds=(0, 255)).success
    assert [row["epsilon"] for row in rows] == [0, 24]
    assert {row["inputs"] for row in rows} == {len(ones)}
    assert [row["successes"] for row in rows] == [0, int(found.sum())]
    said = own_curve.caption(rows, "mine.pt")
    assert (
        f"Yours (mine.pt) on all {len(ones)} test digits that are a 1, {len(ones)} of them right"
        in said
    )
    rates = charts.rates(rows, epsilon=0, breaking=None)["datasets"]["rates"]
    assert [row["line"] for row in rates] == ["your own"] * 2
    with_none = [row | {"successes": 0} for row in rows]
    assert "at no epsilon up to 24 half of them are an 8" in own_curve.caption(with_none, "mine.pt")


@pytest.fixture
def small_test_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundled digits in place of all test images, and two epsilons."""
    bundled = images.samples("mnist")
    test = LabelledImages(bundled.images, bundled.labels)
    monkeypatch.setattr(images, "whole_test_set", lambda name: test if name == "mnist" else None)
    monkeypatch.setattr(own_curve, "is_present", lambda *_: True)
    monkeypatch.setattr(own_curve, "EPSILONS", (0, 24))


def labels(app: AppTest) -> list[str]:
    return [one.label for one in app.button]


def test_the_curve_of_our_own_file_is_measured_on_a_click(small_test_set) -> None:
    app = open_with("times 1", "All epsilons", of="ours ")
    assert own_curve.LABEL in labels(app)
    app.button("own curve button").click().run()
    assert not app.exception
    assert not app.error
    assert f"{YOURS} that are a 1, {ONES} of them right" in texts(app)
    assert not {own_curve.LABEL, "Stop"} & set(labels(app))
    app.query_params["view"] = "Live"
    app.run()
    app.query_params["view"] = "All epsilons"
    app.run()
    assert YOURS in texts(app), "it is still there"


def test_a_measurement_is_stopped_and_goes_on_where_it_was(small_test_set, monkeypatch) -> None:
    asked: list[float] = []
    rate = questions.rate

    def counted(name: str, task: Task, model: str, network: nn.Module, *about: Any) -> SuccessRate:
        asked.append(about[2])
        return rate(name, task, model, network, *about)

    def ended(*_: object) -> None:
        raise EndedError("The process that measured has ended")

    monkeypatch.setattr(questions, "rate", counted)
    app = open_with("times 1", "All epsilons", of="stopped ")
    with monkeypatch.context() as patch:
        patch.setattr(heavy, "values", lambda answer, _: answer.whole() if not asked else ended())
        app.button("own curve button").click().run()
    assert ["has ended" in box.value for box in app.error] == [True]
    assert "Stop" in labels(app)
    app.button("own curve button").click().run()
    assert not app.error
    assert own_curve.LABEL in labels(app)
    app.button("own curve button").click().run()
    assert YOURS in texts(app)
    assert asked == [0, 24]


def test_without_the_test_set_the_page_says_what_the_curve_needs(no_data) -> None:
    app = open_with("times 1e6", "All epsilons", of="curve ")
    assert own_curve.WITHOUT in texts(app)
    assert not [one for one in app.button if one.label.startswith("Measure")]
    assert own_curve.WITHOUT not in texts(open_chapter("attack", view="All epsilons"))
