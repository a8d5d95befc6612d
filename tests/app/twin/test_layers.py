"""The pictures of layers that the static twin makes are those that the app makes."""

import json

import numpy as np
import pytest
import torch

from app.chapters.convolution import backward
from app.twin.data import layer_colours, look
from app.ui import layer_steps
from core.explain.convolution import explain_convolution
from core.explain.geometry import Geometry
from core.explain.pooling import explain_pooling
from tests.app.components.test_components_js import HERE, run_node
from tests.app.twin.pictures import same

SCRIPT = HERE.parent / "twin" / "layers_in_node.mjs"
CASES = 12


def numbers(random, count):
    """Whole numbers, quarters, ninths, or any: what people type and what networks have."""
    kind = random.integers(4)
    whole = random.integers(-9, 10, count).astype(np.float64)
    found = (whole, whole / 4, whole / 9, random.normal(size=count))[kind]
    return torch.from_numpy(found).float()


def settings(random, *, pools):
    while True:
        size = tuple(map(int, random.integers(2, 9, 2)))
        kernel = tuple(map(int, random.integers(1, 5, 2)))
        kernel = (kernel[0],) * 2 if pools else kernel
        stride, padding, dilation = map(int, random.integers((1, 0, 1), (4, 3, 3)))
        padding = min(padding, kernel[0] // 2) if pools else padding
        geometry = Geometry(size, kernel, stride, padding, dilation)
        if min(geometry.output) > 0:
            return geometry


def asked_of(geometry, picture):
    """What node is told of a layer."""
    return {
        "size": geometry.size,
        "kernel": geometry.kernel,
        "stride": geometry.stride,
        "padding": geometry.padding,
        "dilation": geometry.dilation,
        "picture": picture.flatten().tolist(),
    }


def shared(geometry):
    names = ("stride", "padding", "dilation")
    return {name: getattr(geometry, name) for name in names}


def pooling(seed):
    """What node is asked, and what Python makes of it: every third as it is, the others back."""
    random = np.random.default_rng(seed)
    return pooling_of(settings(random, pools=True), random, seed)


def padding_alone(seed):
    """Likewise, where some windows step over the picture."""
    random = np.random.default_rng(seed)
    size = ((2, 2), (2, 5), (4, 2), (1, 4))[seed % 4]
    return pooling_of(Geometry(size, (2, 2), 1, 1, 3 if min(size) > 1 else 2), random, seed)


def pooling_of(geometry, random, seed):
    picture = numbers(random, geometry.size[0] * geometry.size[1]).reshape(geometry.size)
    pooled = explain_pooling(picture, kernel_size=geometry.kernel[0], **shared(geometry))
    asked = asked_of(geometry, picture)
    if seed % 3 == 0:
        return asked, layer_steps.pooling(pooled, alt="")
    everything = seed % 3 == 1
    return asked | {"everything": everything}, backward.pooling(pooled, everything, alt="")


def convolution(seed):
    """Likewise; of one channel and filter, and in turn of several."""
    random = np.random.default_rng(seed)
    geometry = settings(random, pools=False)
    channels, filters = ((1, 1), (3, 1), (1, 3), (2, 2))[seed % 4]
    picture = numbers(random, channels * geometry.size[0] * geometry.size[1])
    picture = picture.reshape(channels, *geometry.size)
    weights = torch.stack(
        [numbers(random, channels * geometry.kernel[0] * geometry.kernel[1])] * filters
    ).reshape(filters, channels, *geometry.kernel)
    weights[1:] *= 2
    bias = numbers(random, filters) if seed % 3 else torch.zeros(filters)
    relu = bool(random.integers(2))
    explained = explain_convolution(picture, weights, bias=bias, relu=relu, **shared(geometry))
    names = [f"Filter no. {index} (own)" for index in range(filters)]
    more = {
        "channels": channels,
        "weights": weights.flatten().tolist(),
        "bias": bias.tolist(),
        "relu": relu,
        "index": filters - 1,
        "name": "Own",
        "names": names,
    }
    scene = layer_steps.convolution(explained, filters - 1, name="Own", alt="", filters=names)
    return asked_of(geometry, picture) | more, scene


def test_a_sum_that_ends_in_a_half_is_rounded_as_in_the_app():
    for value, weight, bias in ((0.5, 0.27, 0.0), (-1.0, 0.3, 0.005), (0.001, 0.0001, 0.0)):
        geometry = Geometry((1, 2), (1, 1), 1, 0, 1)
        picture = torch.tensor([[value, 1 / 3]])
        weights, biases = torch.tensor([[[[weight]]]]), torch.tensor([bias])
        explained = explain_convolution(picture[None], weights, bias=biases)
        more = {
            "channels": 1,
            "weights": [float(weights)],
            "bias": biases.tolist(),
            "relu": False,
            "index": 0,
            "name": "Own",
            "names": ["Own"],
        }
        question = {
            "cases": [asked_of(geometry, picture) | more],
            "colours": layer_colours(),
            "look": look("light"),
        }
        (made,) = json.loads(run_node(SCRIPT, text=json.dumps(question)))
        scene = layer_steps.convolution(explained, 0, name="Own", alt="", filters=["Own"])
        assert made["sentences"] == scene.data(theme="light")["sentences"]


@pytest.mark.parametrize("case", [convolution, pooling, padding_alone])
def test_a_picture_of_a_layer_is_that_of_the_app(case):
    asked, scenes = zip(*(case(seed) for seed in range(CASES)))
    question = {"cases": asked, "colours": layer_colours(), "look": look("light")}
    made = json.loads(run_node(SCRIPT, text=json.dumps(question)))
    for seed, (ours, scene) in enumerate(zip(made, scenes)):
        same(ours, scene.data(theme="light"), f"case {seed}")
