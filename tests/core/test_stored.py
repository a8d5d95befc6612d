"""core.stored: what is said of a picture is said of the very bytes that are drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core import checkpoints
from core.attacks import FGSM, IMPROVED, MI_FGSM, PGD, attack
from core.data.samples import load_samples
from core.models import Saturated, bounds_of, to_input
from core.stored import StoredPictures, as_stored
from tests.synthetic import Threshold

METHODS = {
    "improved": (IMPROVED, 20),
    "PGD": (PGD, 20),
    "FGSM": (FGSM, 1),
    "MI-FGSM": (replace(MI_FGSM, step_size=1 / 20), 20),
}


def network(name: str) -> nn.Module:
    if name == "ResNet":
        return checkpoints.load("cifar10_resnet").model.requires_grad_(False)
    model = checkpoints.load(f"mnist_model_{'b' if name == 'B' else 'a'}").model
    model = model.requires_grad_(False)
    return Saturated(model).eval() if name == "M" else model


def check(name: str, model: nn.Module, method: str, epsilon: int, count: int = 20) -> None:
    """The attack's pictures, real and of whole grey values: classes, limit and inputs."""
    bundled = load_samples("cifar10" if name == "ResNet" else "mnist")
    originals, labels, bounds = bundled.images[:count], bundled.labels[:count], bounds_of(model)
    unit = (bounds[1] - bounds[0]) / 255
    for whole in (False, True):
        result = attack(
            model,
            to_input(model, originals),
            labels,
            epsilon * unit,
            method=METHODS[method][0],
            bounds=bounds,
            max_gradients=METHODS[method][1],
            whole=whole,
        )
        found = as_stored(model, result.adversarial, originals, epsilon * unit, bounds=bounds)
        assert int((found.images.int() - originals.int()).abs().max()) <= epsilon
        assert torch.equal(found.inputs, to_input(model, found.images))
        with torch.no_grad():
            predicted = model(to_input(model, found.images)).argmax(1)
        assert torch.equal(found.logits.argmax(1), predicted)
        assert torch.equal(found.success(labels, targeted=False), predicted != labels)
        if whole:
            assert torch.equal(found.success(labels, targeted=False), result.success)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["A", "B", "M"])
def test_a_digits_class_is_that_of_its_bytes(name: str, method: str) -> None:
    model = network(name)
    for epsilon in (0, 2, 12, 64):
        check(name, model, method, epsilon)


@pytest.mark.parametrize("method", METHODS)
def test_a_photos_class_is_that_of_its_bytes(method: str) -> None:
    model = network("ResNet")
    for epsilon in (1, 4):
        check("ResNet", model, method, epsilon, count=3)


def test_rounding_may_undo_a_success_and_is_said_to() -> None:
    model = Threshold(100.3)
    originals = torch.full((1, 1, 1, 1), 100, dtype=torch.uint8)
    real = torch.full((1, 1, 1, 1), 100.4)
    found = as_stored(model, real, originals, 2, bounds=(0, 255))
    assert model(real).argmax(1).item() == 1
    assert (found.images.item(), found.success(0, targeted=False).item()) == (100, False)
    again = attack(model, originals.float(), 0, 2, method=FGSM, bounds=(0, 255), whole=True)
    found = as_stored(model, again.adversarial, originals, 2, bounds=(0, 255))
    assert (found.images.item(), found.success(0, targeted=False).item()) == (102, True)
    assert found.success(1, targeted=True).item()


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1000),
    epsilon=st.floats(0, 1, allow_nan=False),
    bounds=st.sampled_from([(0.0, 1.0), (0.0, 255.0), (-1.0, 1.0), (-0.4242, 2.8215)]),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_the_limit_holds_in_grey_values(
    seed: int, epsilon: float, bounds: tuple[float, float], dtype: torch.dtype
) -> None:
    """Whatever comes in, even far outside the limit."""
    generator = torch.Generator().manual_seed(seed)
    originals = torch.randint(0, 256, (2, 1, 3, 3), generator=generator).byte()
    width = bounds[1] - bounds[0]
    anything = torch.rand(2, 1, 3, 3, generator=generator, dtype=dtype) * width + bounds[0]
    anything = anything.clamp(*bounds)
    found = as_stored(Threshold(0.0), anything, originals, epsilon * width, bounds=bounds)
    change = (found.images.int() - originals.int()).abs().max()
    assert int(change) <= epsilon * 255 + 1e-6
    assert found.inputs.dtype == dtype
    assert found.inputs.double().sub(bounds[0]).div(width / 255).round().byte().equal(found.images)


def test_the_limit_of_whole_grey_values_is_used_up() -> None:
    """12 * (1 / 255) is 12 grey values, although it is no exact float."""
    originals = torch.full((1, 1, 1, 1), 100, dtype=torch.uint8)
    for epsilon in range(129):
        found: StoredPictures = as_stored(
            Threshold(0.5), torch.ones(1, 1, 1, 1), originals, epsilon * (1 / 255)
        )
        assert found.images.item() == 100 + epsilon


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"originals": torch.zeros(1, 1, 2, 2)},
            TypeError,
            "originals as uint8, got torch.float32",
        ),
        ({"originals": [[0]]}, TypeError, "originals as a tensor .* got a list"),
        (
            {"originals": torch.zeros(2, 1, 2, 2, dtype=torch.uint8)},
            ValueError,
            r"an original for each adversarial picture, \(1, 1, 2, 2\), got \(2, 1, 2, 2\)",
        ),
        ({"adversarial": torch.zeros(1, 1, 2, 2).byte()}, TypeError, "images as floats"),
        ({"adversarial": torch.full((1, 1, 2, 2), 2.0)}, ValueError, "pixels from 0 to 1"),
        ({"epsilon": -1.0}, ValueError, "epsilon from 0 to 1"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict, error: type, message: str) -> None:
    given = {
        "adversarial": torch.zeros(1, 1, 2, 2),
        "originals": torch.zeros(1, 1, 2, 2, dtype=torch.uint8),
        "epsilon": 0.1,
    } | change
    with pytest.raises(error, match=message):
        as_stored(Threshold(0.5), **given)


def test_the_model_is_given_back_unchanged() -> None:
    model = Threshold(0.5).train()
    as_stored(model, torch.zeros(1, 1, 1, 1), torch.zeros(1, 1, 1, 1, dtype=torch.uint8), 0.1)
    assert model.training
