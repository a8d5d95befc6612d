"""core.report.networks: what is drawn is what the modules are and do."""

import pytest
import torch
from torch import nn

from core.explain.described import described
from core.models import DigitNet, MnistCNN, ResNet, parameter_count
from core.report.document import MARGIN, Sheet
from core.report.environment import own_settings
from core.report.networks import draw_chain, draw_residual, steps_of
from tests.core.report.seen import beyond, overlapping, texts

CNN_STEPS = [
    ("Conv2d(1 → 3, kernel 3, stride 1, padding 1)", (3, 28, 28), 30),
    ("ReLU", (3, 28, 28), 0),
    ("MaxPool2d(kernel 2, stride 2)", (3, 14, 14), 0),
    ("Conv2d(3 → 6, kernel 3, stride 1, padding 1)", (6, 14, 14), 168),
    ("ReLU", (6, 14, 14), 0),
    ("MaxPool2d(kernel 2, stride 2)", (6, 7, 7), 0),
    ("Flatten", (294,), 0),
    ("Linear(294 → 128)", (128,), 37_760),
    ("ReLU", (128,), 0),
    ("Linear(128 → 10)", (10,), 1_290),
]
BLOCK = [
    ("main", "Conv2d(64 → 128, kernel 3, stride 2, padding 1)", 73_728),
    ("main", "BatchNorm2d(128)", 256),
    ("main", "ReLU", 0),
    ("main", "Conv2d(128 → 128, kernel 3, stride 1, padding 1)", 147_456),
    ("main", "BatchNorm2d(128)", 256),
    ("shortcut", "Conv2d(64 → 128, kernel 1, stride 2)", 8_192),
    ("shortcut", "BatchNorm2d(128)", 256),
    ("", "Add", 0),
    ("", "ReLU", 0),
]


def test_the_small_network_is_that_of_the_homework() -> None:
    steps = steps_of(MnistCNN(), torch.rand(1, 1, 28, 28))
    assert [(step.text, tuple(step.output.shape), step.parameters) for step in steps] == CNN_STEPS


def test_a_block_is_that_of_the_homework() -> None:
    steps = steps_of(ResNet(), torch.rand(1, 3, 32, 32))
    block = [step for step in steps if step.group.startswith("block1")]
    assert [
        (step.group.removeprefix("block1").strip("."), step.text, step.parameters) for step in block
    ] == BLOCK
    assert {tuple(step.output.shape) for step in block} == {(128, 16, 16)}
    assert [step.text for step in steps[-3:]] == [
        "AvgPool2d(kernel 4, stride 4)",
        "Flatten",
        "Linear(512 → 10)",
    ]


@pytest.mark.parametrize("network", [MnistCNN, ResNet, DigitNet])
def test_the_parameters_of_the_steps_are_all_of_them(network: type[nn.Module]) -> None:
    model = network()
    images = torch.rand(1, *model.image_shape)
    steps = steps_of(model, images)
    assert sum(step.parameters for step in steps) == parameter_count(model)
    with torch.no_grad():
        assert torch.equal(steps[-1].output, model.eval()(images)[0])


def test_a_module_that_is_used_twice_is_counted_once() -> None:
    layer = nn.Linear(4, 4)
    steps = steps_of(nn.Sequential(layer, nn.ReLU(), layer), torch.rand(1, 1, 1, 4))
    assert [step.parameters for step in steps] == [20, 0, 0]


def test_the_model_comes_back_unchanged() -> None:
    model = DigitNet().train()
    steps_of(model, torch.rand(1, 1, 28, 28))
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_settings_that_differ_by_axis_are_both_said() -> None:
    assert described(nn.Conv2d(1, 2, (3, 5), stride=(1, 2))) == (
        "Conv2d(1 → 2, kernel (3, 5), stride (1, 2))"
    )
    assert described(nn.Tanh()) == "Tanh"


@pytest.mark.parametrize("network", [MnistCNN, DigitNet, ResNet])
@own_settings()
def test_a_drawn_network_names_every_step_once(network: type[nn.Module]) -> None:
    model = network().eval()
    images = torch.rand(1, *model.image_shape)
    steps, sheet = steps_of(model, images), Sheet("A network")
    if network is ResNet:
        draw_residual(sheet, images[0], steps)
    else:
        draw_chain(sheet, images[0], steps, room=sheet.room)
    [page] = sheet.figures
    found = texts(page)
    for text in {step.text for step in steps}:
        assert found.count(text) == sum(step.text == text for step in steps)
    for step in steps:
        assert not step.parameters or f"{step.parameters:,}" in found
    assert overlapping(page) == beyond(page, MARGIN) == []
