"""core.explain.questions.network: what a room is asked about each layer of a whole network."""

import copy
from math import prod

import pytest
import torch
from torch import nn

from core.explain.questions.asked import Asked
from core.explain.questions.counts import counts
from core.explain.questions.network import layers_of, questions_of
from core.explain.questions.shapes import shapes
from core.models import MnistCNN, ResNet

NETWORKS = {"small": MnistCNN, "resnet": ResNet}


@pytest.fixture(scope="module", params=NETWORKS.values(), ids=NETWORKS.keys())
def network(request):
    model = request.param().eval()
    return model, layers_of(model, model.image_shape)


def test_every_layer_is_asked_about_in_the_order_of_the_forward_pass(network):
    model, layers = network
    names = [one.name for one in layers]
    if isinstance(model, MnistCNN):
        assert names == ["conv1", "pool", "conv2", "pool", "flatten", "fc1", "fc2"]
        return
    blocks = [f"block{n}.{part}" for n in (1, 2, 3) for part in ("main.0", "main.3", "shortcut.0")]
    assert names == ["stem.0", "stem.1", *blocks, "pool", "flatten", "fc"]


def test_the_model_is_given_back_unchanged(network):
    model, _ = network
    assert not any(module._forward_hooks for module in model.modules())
    assert {parameter.device.type for parameter in model.parameters()} == {"cpu"}


def test_the_right_answers_are_those_of_the_running_network(network):
    model, layers = network
    seen = []
    running = copy.deepcopy(model)
    asked = {one.name for one in layers}
    for name, module in running.named_modules():
        if name in asked:
            module.register_forward_hook(
                lambda module, inputs, output, name=name: seen.append(
                    (name, inputs[0].shape[1:], output.shape[1:], module)
                )
            )
    running(torch.rand(1, *model.image_shape))
    named = [one for one in layers if one.name != "flatten"]
    for layer, (name, before, after, module) in zip(named, seen, strict=True):
        assert (layer.name, layer.before, layer.after) == (name, tuple(before), tuple(after))
        assert shapes(layer)[0].value == tuple(after)
        assert counts(layer)[0].value == (sum(one.numel() for one in module.parameters()),)


def test_parameters_of_all_layers_add_up(network):
    model, layers = network
    modules = {one.name: one for one in layers if one.module is not None}
    total = sum(counts(one)[0].value[0] for one in modules.values())
    left_out = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)][1:]
    rest = sum(one.numel() for module in left_out for one in module.parameters())
    assert total + rest == {MnistCNN: 39_248, ResNet: 4_829_258}[type(model)]


def test_each_question_has_four_different_answers_and_one_is_right(network):
    _, layers = network
    questions = questions_of(layers)
    for question in questions:
        layer = layers[question.layer]
        values = [option.value for option in question.options]
        assert len(set(values)) == len(values) == 4
        right = layer.after if question.about == "shape" else counts(layer)[0].value
        assert values[question.right] == tuple(right)
        assert all(option.reason for option in question.options)
    shape_first = [one.about for one in questions if layers[one.layer].name == layers[0].name]
    assert shape_first == ["shape", "parameters"]
    poolings = [one for one in questions if "Pool" in layers[one.layer].text]
    assert [one.about for one in poolings].count("parameters") == 1, "one answer is 0, once"
    assert {one.layer for one in questions} == set(range(len(layers)))
    assert questions == questions_of(layers)
    assert questions != questions_of(layers, seed=1)


def made(layer: Asked, reason: str, *, count: bool = False):
    found = counts(layer) if count else shapes(layer)
    return next((one.value for one in found if one is not None and reason in one.reason), None)


def output(layer: Asked, **other):
    """The shape of torch's own layer with another setting."""
    settings = {name: getattr(layer.module, name) for name in ("stride", "padding")} | other
    module = nn.Conv2d(layer.before[0], layer.after[0], layer.module.kernel_size, **settings)
    return tuple(module(torch.zeros(1, *layer.before)).shape[1:])


def test_a_wrong_answer_is_what_its_mistake_gives(network):
    _, layers = network
    for layer in layers:
        if not hasattr(layer.module, "out_channels"):
            continue
        padding, stride = layer.setting("padding")[0], layer.setting("stride")[0]
        forgotten = made(layer, "forgot the padding")
        assert forgotten == (output(layer, padding=0) if padding else None)
        ignored = made(layer, "ignored the stride")
        assert ignored == (output(layer, stride=1) if stride > 1 else None)
        weight = layer.module.weight.numel()
        if layer.module.bias is not None:
            assert made(layer, "forgot the bias", count=True) == (weight,)
        else:
            assert made(layer, "added a bias", count=True) == (weight + layer.after[0],)
        places = prod(layer.after[1:])
        assert made(layer, "its own kernel", count=True) == (weight * places,)


def test_a_wrong_answer_of_the_other_layers():
    linear = Asked("fc", "Linear", nn.Linear(6, 4), (6,), (4,))
    assert made(linear, "shape of its weight") == tuple(nn.Linear(6, 4).weight.shape)
    assert made(linear, "forgot the bias", count=True) == (24,)
    norm = Asked("bn", "BatchNorm2d", nn.BatchNorm2d(6), (6, 2, 2), (6, 2, 2))
    statistics = sum(one.numel() for one in nn.BatchNorm2d(6).buffers()) - 1  # and a counter
    assert made(norm, "mean and variance", count=True) == (12 + statistics,)
    pool = Asked("pool", "MaxPool2d", nn.MaxPool2d(2), (6, 8, 8), (6, 4, 4))
    assert made(pool, "ignored the stride") == (6, 7, 7)
    assert made(pool, "as a convolution", count=True) == (nn.Conv2d(6, 6, 2).weight.numel(),)
    flatten = Asked("flatten", "Flatten", None, (6, 7, 7), (294,))
    assert made(flatten, "forgot the channels") == (49,)


def test_the_rule_has_the_numbers_filled_in():
    layer = Asked("conv", "Conv2d", nn.Conv2d(3, 4, 3, 2, 1), (3, 8, 8), (4, 4, 4))
    assert shapes(layer)[0].reason == (
        "(8 + 2·1 − 3) / 2, rounded down, + 1 = 4; 4 filters give 4 channels"
    )
    assert counts(layer)[0].reason == "4·3·3·3 weights + 4 biases"


def test_a_flatten_has_no_parameters_to_ask_for():
    with pytest.raises(ValueError, match="could have parameters, got a flatten"):
        counts(Asked("flatten", "Flatten", None, (6, 7, 7), (294,)))
