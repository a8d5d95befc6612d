"""core.training.sharpness: the gradient is that of the worst weights nearby."""

import math
from dataclasses import replace
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from core.data.facts import LabelledImages, to_unit
from core.training import sharpness
from core.training.averaging import steps_taken
from core.training.loop import fit
from core.training.sharpness import worst_weights_nearby
from core.training.state import TrainingState
from tests.core.training.runs import CONFIG, TRAIN, initial, train, weights


@pytest.fixture
def first_step(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Tensor, Tensor]]:
    """Adam's weights and gradients, parameter by parameter, as its first step finds them."""
    found: list[tuple[Tensor, Tensor]] = []
    real = torch.optim.Adam.step

    def step(self: torch.optim.Adam, *args: object) -> object:
        if not found:
            parameters = [p for group in self.param_groups for p in group["params"]]
            found.extend(
                (parameter.detach().clone(), parameter.grad.clone()) for parameter in parameters
            )
        return real(self, *args)

    monkeypatch.setattr(torch.optim.Adam, "step", step)
    return found


def test_sharpness_takes_the_gradient_at_the_worst_weights_nearby(
    first_step: list[tuple[Tensor, Tensor]],
) -> None:
    rho = 0.5
    train(replace(CONFIG, epochs=1, batch_size=len(TRAIN), sharpness=rho))
    model = initial()
    order = torch.randperm(
        len(TRAIN), generator=torch.Generator().manual_seed(CONFIG.seed * 100_003 + 1)
    )
    images, labels = to_unit(TRAIN.images[order]), TRAIN.labels[order]
    before = [parameter.detach().clone() for parameter in model.parameters()]
    uphill = torch.autograd.grad(
        F.cross_entropy(model(images[::2]), labels[::2]), list(model.parameters())
    )
    length = math.sqrt(
        sum(float((weight * slope).square().sum()) for weight, slope in zip(before, uphill))
    )
    with torch.no_grad():
        for parameter, weight, slope in zip(model.parameters(), before, uphill):
            parameter += rho * weight.square() * slope / length
    there = torch.autograd.grad(F.cross_entropy(model(images), labels), list(model.parameters()))
    names = {
        parameter.shape: index for index, parameter in enumerate(model.parameters())
    }  # all differ
    assert len(names) == len(before)
    for weight, gradient in first_step:
        index = names[weight.shape]
        assert torch.equal(weight, before[index])  # Adam moves the weights from where they were
        torch.testing.assert_close(gradient, there[index], rtol=1e-4, atol=1e-6)
        assert not torch.allclose(gradient, uphill[index], rtol=1e-2)


def test_without_sharpness_the_gradient_is_that_of_the_weights(
    first_step: list[tuple[Tensor, Tensor]],
) -> None:
    train(replace(CONFIG, epochs=1, batch_size=len(TRAIN)))
    model = initial()
    gradients = torch.autograd.grad(
        F.cross_entropy(model(to_unit(TRAIN.images)), TRAIN.labels), list(model.parameters())
    )
    by_shape = {gradient.shape: gradient for gradient in gradients}
    for weight, gradient in first_step:
        torch.testing.assert_close(gradient, by_shape[weight.shape], rtol=1e-4, atol=1e-6)


def test_only_every_third_step_looks_for_the_worst_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    climbed, real = [], sharpness.uphill_gradients

    def climb(state: TrainingState, *batch: Tensor) -> sharpness.Tensors:
        climbed.append(int(steps_taken(state.optimizer)))
        return real(state, *batch)

    monkeypatch.setattr(sharpness, "uphill_gradients", climb)
    history = train(replace(CONFIG, sharpness=0.5, sharpness_every=3)).history
    steps = len(history) * math.ceil(len(TRAIN) / CONFIG.batch_size)
    assert climbed == list(range(0, steps, 3))  # over the ends of epochs too


def test_the_climb_leaves_the_statistics_of_batch_normalisation_alone() -> None:
    config = replace(
        CONFIG, model="ResNet", dataset="cifar10", epochs=2, batch_size=4, sharpness=0.5
    )
    images = torch.randint(
        0, 256, (8, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    data = LabelledImages(images, torch.arange(8))
    state = weights(fit(config, data, data))
    counts = {int(value) for name, value in state.items() if name.endswith("num_batches_tracked")}
    assert counts == {4}  # one count a step: the climb's own pass is not counted


def test_steps_that_fp16_skips_do_not_end_a_run_with_sharpness(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scaler = partial(
        torch.amp.GradScaler, init_scale=2.0**30
    )  # so large that the first gradients overflow
    monkeypatch.setattr(torch.amp, "GradScaler", scaler)
    history = train(replace(CONFIG, precision="fp16", sharpness=0.5, epochs=8)).history
    assert history[-1].validation_loss < history[0].validation_loss


def test_the_worst_weights_nearby_by_hand() -> None:
    weights = [torch.tensor([3.0, 1.0]), torch.tensor([[2.0]])]
    gradients = [torch.tensor([1.0, 0.0]), torch.tensor([[2.0]])]
    before = [weight.clone() for weight in weights]
    with worst_weights_nearby(weights, gradients, 0.5):  # w g = (3, 0, 4), of norm 5
        torch.testing.assert_close(weights[0], torch.tensor([3.0 + 0.5 * 9 / 5, 1.0]))
        torch.testing.assert_close(weights[1], torch.tensor([[2.0 + 0.5 * 8 / 5]]))
    assert all(map(torch.equal, weights, before))


@pytest.mark.parametrize("gradient", [math.inf, math.nan, 0.0])
def test_weights_without_a_finite_direction_stay(gradient: float) -> None:
    weights = [torch.tensor([3.0, -1.0])]
    with worst_weights_nearby(weights, [torch.full((2,), gradient)], 0.5):
        assert weights[0].tolist() == [3.0, -1.0]


def test_the_weights_come_back_when_the_block_fails() -> None:
    weights = [torch.tensor([3.0, 1.0])]
    with (
        pytest.raises(RuntimeError, match="no memory"),
        worst_weights_nearby(weights, [torch.ones(2)], 0.5),
    ):
        raise RuntimeError("no memory")
    assert weights[0].tolist() == [3.0, 1.0]
