"""core.training.optimizers: one step by hand, and what decays."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from core.training.averaging import steps_taken
from core.training.optimizers import new_optimizer
from tests.core.training.runs import CONFIG, train

SGD = replace(CONFIG, optimizer="sgd", learning_rate=0.5)


def network() -> nn.Linear:
    model = nn.Linear(2, 1)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, -2.0]]))
        model.bias.fill_(4.0)
    return model


def steps(model: nn.Linear, optimizer: torch.optim.Optimizer, count: int) -> None:
    """Steps along the same gradient: (1, 1) of the weights, 1 of the bias."""
    for _ in range(count):
        optimizer.zero_grad()
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()


@pytest.mark.parametrize(
    ("momentum", "moved"),
    [(0.0, 0.5 * (1 + 1 + 1)), (0.9, 0.5 * (1 + 1.9 + 2.71))],  # v <- 0.9 v + 1
)
def test_three_steps_of_descent_by_hand(momentum: float, moved: float) -> None:
    model = network()
    descent = new_optimizer(model, replace(SGD, momentum=momentum))
    steps(model, descent, 3)
    torch.testing.assert_close(model.weight, torch.tensor([[1.0 - moved, -2.0 - moved]]))
    torch.testing.assert_close(model.bias, torch.tensor([4.0 - moved]))
    assert steps_taken(descent) == 3


@pytest.mark.parametrize("epsilon", [1e-8, 0.25, 1.0])
def test_a_step_of_adam_by_hand(epsilon: float) -> None:
    model = network()
    config = replace(SGD, optimizer="adam", adam_epsilon=epsilon)
    steps(model, new_optimizer(model, config), 1)
    moved = 0.5 / (1 + epsilon)  # of a gradient of 1 both moments are 1
    torch.testing.assert_close(model.weight, torch.tensor([[1.0 - moved, -2.0 - moved]]))


def test_adam_corrects_its_moments_and_decays_beside_the_gradient() -> None:
    """The formula of the docstring, over steps with other gradients."""
    model = network()
    config = replace(SGD, optimizer="adam", betas=(0.9, 0.99), adam_epsilon=0.1, weight_decay=0.2)
    optimizer = new_optimizer(model, config)
    w, m, v, rate = model.weight.detach().clone(), 0.0, 0.0, config.learning_rate
    for t, g in enumerate((3.0, -1.0, 0.5), 1):
        model.weight.grad, model.bias.grad = torch.full((1, 2), g), torch.zeros(1)
        optimizer.step()
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        corrected = m / (1 - 0.9**t) / ((v / (1 - 0.99**t)) ** 0.5 + 0.1)
        w = (1 - rate * 0.2) * w - rate * corrected
        torch.testing.assert_close(model.weight, w)


@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_weights_decay_and_biases_do_not(name: str) -> None:
    model = network()
    optimizer = new_optimizer(model, replace(SGD, optimizer=name, weight_decay=0.1))
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    torch.testing.assert_close(model.weight, torch.tensor([[0.95, -1.9]]))
    assert model.bias.item() == 4.0


def test_before_a_step_none_is_counted() -> None:
    assert steps_taken(new_optimizer(network(), SGD)) == 0


def test_momentum_is_another_training() -> None:
    rate = replace(SGD, epochs=1, learning_rate=0.01)
    plain, kept = train(rate), train(replace(rate, momentum=0.9))
    assert plain.history[0].train_loss > kept.history[0].train_loss
