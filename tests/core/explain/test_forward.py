"""core.explain.forward: the small CNN step by step, and what its layers cost."""

import pytest
import torch
from torch import nn

from core.conv import Conv2d
from core.explain.forward import STEPS, forward_steps, multiplications
from core.models import MnistCNN


def test_the_last_step_is_the_networks_output():
    model, images = MnistCNN(), torch.rand(2, 1, 28, 28)
    steps = forward_steps(model, images)
    assert tuple(steps) == STEPS
    assert torch.equal(steps["logits"], model(images))
    assert torch.equal(steps["input"], images)
    assert torch.equal(steps["hidden"], steps["fc1"].relu())
    assert steps["pool2"].shape == (2, 6, 7, 7)


@pytest.mark.parametrize(
    ("module", "shape", "count"),
    [
        (Conv2d(3, 6, 3, padding=1), (6, 14, 14), 14 * 14 * 6 * 3 * 9),
        (nn.Conv2d(4, 8, (1, 3), groups=2), (8, 5, 3), 5 * 3 * 8 * 2 * 3),
        (nn.Linear(294, 128), (128,), 294 * 128),
        (nn.BatchNorm2d(4), (4, 3, 3), 0),
        (nn.MaxPool2d(2), (4, 3, 3), 0),
    ],
)
def test_multiplications_are_counted(module, shape, count):
    assert multiplications(module, shape) == count
