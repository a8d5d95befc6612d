"""core.checks: what gives no logits is refused in one sentence, wherever a network is asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.attacks import PGD, attack, untargeted
from core.cam import class_activation_maps, grad_cam
from core.checks import check_tensor, generator
from core.evaluation import evaluate, predicted_classes
from core.explain.dead import count_firing
from core.explain.residual import residual_steps
from core.explain.trace import layer_values, trace
from core.faithfulness import compare, pixel_curves
from core.masking import masking_checks
from core.models import DigitNet, ResNet, to_input
from core.robustness import Task, breaking_epsilons, rate, transfer_rate
from core.stored import as_stored

IMAGES = torch.rand(3, 1, 4, 4, generator=torch.Generator().manual_seed(0))
LABELS = torch.tensor([0, 1, 2])
MAPS, GREY = torch.rand(3, 2, 4, 4), (IMAGES * 255).byte()
UNIT = (0.0, 1.0)
ANSWERS: dict[str, Callable[[Tensor], object]] = {
    r"\({n},\)": lambda images: images.sum((1, 2, 3)),
    r"\(4, 2\)": lambda images: images.new_zeros(4, 2),
    r"\({n}, 1, 4, 4\)": lambda images: images,
    r"\({n}, 2\)": lambda images: torch.zeros(len(images), 2, dtype=torch.long),
    "tuple": lambda images: (images.sum((2, 3)), images),
}


class Answer(nn.Module):
    def __init__(self, answer: Callable[[Tensor], object]) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, images: Tensor) -> object:
        return self.answer(images)


@pytest.mark.parametrize("came", ANSWERS)
@pytest.mark.parametrize(
    ("n", "ask"),
    [
        (3, lambda model: predicted_classes(model, IMAGES)),
        (3, lambda model: evaluate(model, IMAGES, LABELS, prepare=lambda images: images)),
        (3, lambda model: attack(model, IMAGES, LABELS, 0.1, method=PGD)),
        (22, lambda model: pixel_curves(model, IMAGES, LABELS, MAPS, fill=torch.zeros(1))),
        (3, lambda model: as_stored(model, GREY / 255, GREY, 1.0)),
        (3, lambda model: list(masking_checks(model, IMAGES, LABELS, UNIT))),
        (3, lambda model: rate("PGD", Task(PGD), "A", model, IMAGES, LABELS, 0.1, UNIT)),
        (3, lambda model: rate("noise", Task(None), "A", model, IMAGES, LABELS, 0.1, UNIT)),
    ],
)
def test_what_is_no_logits_is_refused(
    ask: Callable[[nn.Module], object], n: int, came: str
) -> None:
    message = rf"gives logits \({n}, classes\), got {came}".replace("{n}", f"{n}")
    with pytest.raises(ValueError, match=message):
        ask(Answer(ANSWERS[came]))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (
            lambda: torch.nested.nested_tensor([*IMAGES]),
            r"a nested one: write torch.stack\(images.",
        ),
        (lambda: IMAGES.to_sparse(), r"got layout torch.sparse_coo: write images.to_dense\(\)"),
    ],
)
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_images_that_are_not_dense_are_refused(
    images: Callable[[], Tensor], message: str, unchecked_shapes: None
) -> None:
    for ask in (
        lambda images: attack(None, images, LABELS, 0.1, method=PGD),
        lambda images: check_tensor("images", images, "(N, C, H, W)"),
    ):
        with pytest.raises(TypeError, match=f"Expected images as .*{message}"):
            ask(images())


@pytest.mark.parametrize(
    "ask",
    [
        lambda images: attack(DigitNet(), images, LABELS, 0.1, method=PGD),
        lambda images: predicted_classes(DigitNet(), images),
        lambda images: evaluate(DigitNet(), images, LABELS, prepare=lambda images: images),
        lambda images: class_activation_maps(ResNet(), images),
        lambda images: grad_cam(ResNet(), images, 0),
        lambda images: pixel_curves(DigitNet(), images, LABELS, MAPS, fill=torch.zeros(3)),
    ],
)
def test_images_without_values_are_refused(ask: Callable[[Tensor], object]) -> None:
    with pytest.raises(TypeError, match="Expected images with values, got some without, on the m"):
        ask(torch.empty(3, 3, 4, 4, device="meta"))


@pytest.mark.parametrize("model", [None, "MnistCNN", DigitNet])
@pytest.mark.parametrize(
    "ask",
    [
        lambda model: attack(model, IMAGES, LABELS, 0.1, method=PGD),
        lambda model: untargeted(model, IMAGES, LABELS, 0.1),
        lambda model: breaking_epsilons(model, IMAGES, LABELS),
        lambda model: transfer_rate(Task(PGD), model, DigitNet(), IMAGES, LABELS, 0.1, UNIT),
        lambda model: rate("PGD", Task(PGD), "A", model, IMAGES, LABELS, 0.1, UNIT),
        lambda model: list(masking_checks(model, IMAGES, LABELS, UNIT)),
        lambda model: as_stored(model, GREY / 255, GREY, 1.0),
        lambda model: predicted_classes(model, IMAGES),
        lambda model: evaluate(model, IMAGES, LABELS, prepare=lambda images: images),
        lambda model: pixel_curves(model, IMAGES, LABELS, MAPS, fill=torch.zeros(1)),
        lambda model: compare(model, IMAGES, LABELS, fill=torch.zeros(1)),
        lambda model: class_activation_maps(model, IMAGES),
        lambda model: grad_cam(model, IMAGES, 0),
        lambda model: to_input(model, GREY),
        lambda model: trace(model, IMAGES[0]),
        lambda model: layer_values(model, IMAGES),
        lambda model: count_firing(model, torch.zeros(1, 1, 28, 28, dtype=torch.uint8)),
        lambda model: residual_steps(model, IMAGES),
    ],
)
def test_what_is_no_network_is_refused(ask: Callable[[object], object], model: object) -> None:
    with pytest.raises(TypeError, match=r"^Expected (a )?model (as|with) .*, got (None|\w+)"):
        ask(model)


@pytest.mark.parametrize("method", ["PGD", None, PGD.score])
def test_what_is_no_method_of_an_attack_is_refused(method: object) -> None:
    for ask in (
        lambda: attack(DigitNet(), IMAGES, LABELS, 0.1, method=method),
        lambda: breaking_epsilons(DigitNet(), IMAGES, LABELS, method=method),
    ):
        with pytest.raises(TypeError, match=r"Expected method as a Method such as core.attacks.PG"):
            ask()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"score": "logit"}, "Expected score as cross_entropy or margin or soft_margin, got str"),
        ({"decay": "linear"}, "Expected decay as constant or cosine, got str 'linear'"),
        ({"step_size": "0.1"}, "Expected step_size as a number, got str '0.1'"),
        ({"momentum": None}, "Expected momentum as a number, got None"),
        ({"restarts": 1.5}, "Expected restarts as a whole number, got float 1.5"),
        ({"restarts": True}, "Expected restarts as a whole number, got bool True"),
        ({"restarts": 0}, "Expected restarts from 1, got 0"),
        ({"step_size": math.nan}, "Expected step_size above 0 and finite, got nan"),
        ({"step_size": -1}, "Expected step_size above 0 and finite, got -1"),
        ({"step_size": math.inf}, "Expected step_size above 0 and finite, got inf"),
        ({"momentum": math.inf}, "Expected momentum from 0 and finite, got inf"),
        ({"momentum": -0.1}, "Expected momentum from 0 and finite, got -0.1"),
    ],
)
def test_a_method_that_no_attack_can_follow_is_refused(
    wrong: dict[str, object], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        replace(PGD, **wrong)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda number: generator(number), "2^64 - 1, got a huge number"),
        (lambda number: PGD.budgets(-number), "max_gradients from 0, got a huge number"),
        (lambda number: attack(None, IMAGES, 0, [number], method=PGD), "as a number, got list"),
    ],
)
def test_a_number_of_more_digits_than_python_writes_is_one_sentence(
    ask: Callable[[int], object], message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message.replace("^", r"\^")):
        ask(10**5_000)


def test_what_is_no_whole_number_of_steps_or_images_is_named() -> None:
    with pytest.raises(TypeError, match="Expected levels as a whole number, got str '3'"):
        breaking_epsilons(nn.Identity(), IMAGES, LABELS, levels="3")
    for one in (True, np.True_, torch.tensor(True)):
        with pytest.raises(
            TypeError, match=r"Expected max_gradients as a whole number, got .*bool"
        ):
            attack(DigitNet(), IMAGES, LABELS, 0.1, method=PGD, max_gradients=one)
        with pytest.raises(TypeError, match=r"Expected epsilon as a number, got .*bool"):
            attack(DigitNet(), IMAGES, LABELS, one, method=PGD)
    with pytest.raises(TypeError, match="Expected batch_size as a whole number, got str '3'"):
        evaluate(nn.Identity(), IMAGES, LABELS, prepare=nn.Identity(), batch_size="3")
