"""Every public function of the reference solution, with what its annotations do not say."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, SupportsIndex

import torch
from hypothesis import strategies as st
from jaxtyping import Shaped
from torch import Tensor, nn

from benchmarks.fuzzing.arguments import FLOATS, INTEGERS, TEXT, Case, arguments_of, tensors
from benchmarks.fuzzing.networks import NETWORKS, AnyPictures, OwnError
from benchmarks.fuzzing.target import Target, documented
from core.attack_methods import FGSM, IMPROVED, MI_FGSM, PGD, Method
from core.cam import class_activation_maps
from core.conv import Conv2d, conv2d_im2col, conv2d_im2col_backward
from core.data import augment
from core.data.facts import ROOT
from core.explain import kernels
from core.models import MnistCNN
from core.pool import MaxPool2d
from core.robustness import Task

MODULES = (
    *("core.conv", "core.pool", "core.models", "core.cam", "core.overlay", "core.attacks"),
    *("core.attack_methods", "core.evaluation", "core.faithfulness"),
    *("core.masking", "core.robustness"),
    *("core.explain.convolution", "core.explain.pooling", "core.explain.kernels"),
    *(
        "core.explain.geometry",
        "core.explain.trace",
        "core.explain.dead",
        "core.data.augment",
        "core.data.photos",
    ),
    *("core.data.facts",),
)
# Public to the other modules of the house, called with what these have checked.
INSIDE = {
    "core.attacks.step",  # the formula of one step, inside the loop of `climb`
    "core.attacks.climb",
    "core.attack_methods.cross_entropy",  # of labels that `attack` has checked
    "core.attack_methods.margin",
    "core.attack_methods.soft_margin",
    "core.evaluation.every_module",
    "core.robustness.check_some",  # of images that `attack` has checked
    "core.explain.trace.layer_values",
    "core.evaluation.evaluation_mode",  # a context
    "core.models.parameter_count",
    "core.models.bounds_of",
    "core.models.build_model",  # of a card
    "core.data.facts.data_folder",  # a path
    "core.data.photos.read_picture",  # among the files
}
REFUSALS = (TypeError, ValueError)
SMALL = st.integers(0, 4)
METHODS = st.sampled_from((FGSM, PGD, MI_FGSM, IMPROVED))
FINITE = st.floats(0, allow_infinity=False, allow_nan=False)
SIZE_2D = st.one_of(
    st.tuples(st.integers(1, 7), st.integers(1, 7)), st.tuples(st.integers(1, 9), INTEGERS)
)
PAIRS = st.one_of(st.integers(-1, 4), st.tuples(SMALL, SMALL), st.lists(INTEGERS, max_size=3))
MAPS = st.integers(1, 3).map(lambda n: class_activation_maps(AnyPictures(), torch.rand(n, 3, 4, 4)))
CNN = MnistCNN().eval()
KNOWN: dict[str, st.SearchStrategy[Any]] = {
    "model": NETWORKS,
    "made_on": NETWORKS,
    "scored_on": NETWORKS,
    "other": st.one_of(st.none(), NETWORKS),
    "models": st.dictionaries(st.sampled_from("ABM"), NETWORKS, max_size=2),
    "linear": st.one_of(st.none(), st.just(nn.Linear(2, 10))),
    "generator": st.integers(0, 9).map(lambda seed: torch.Generator().manual_seed(seed)),
    "prepare": st.just(lambda images: images.float()),
    "attacks": st.just({"none": lambda _model, images, _labels, _epsilon: images[:, 0, 0, 0] > 0}),
    "task": st.builds(Task, METHODS, max_gradients=st.integers(1, 3)),
    "epsilon": st.one_of(st.sampled_from((0.0, 0.1, 0.3)), FLOATS),
    "bounds": st.one_of(st.just((0.0, 1.0)), st.just((0.0, 1.0)), st.tuples(FLOATS, FLOATS)),
    "method": METHODS,
    "result": MAPS,
    "epsilons": st.lists(FLOATS, max_size=3),
    "max_gradients": st.integers(-1, 3),
    "batch_size": st.integers(-1, 3),
    "draws": st.integers(-1, 3),
    "size": SIZE_2D,
    "limit": st.integers(-1, 3),
    "classes": st.integers(-1, 12),
    "max_epsilon": FLOATS,
    "folder": st.sampled_from(("samples", ROOT / "samples", ROOT / "nowhere")),
    "shipped": st.just(ROOT / "samples"),
}
METHOD_NAMES = ("nearest", "bilinear", "bicubic", "spline")
STEPS = dict.fromkeys(("stride", "padding", "dilation", "kernel_size"), st.integers(0, 2))
OWN: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "core.attacks.attack": {
        "method": st.one_of(
            METHODS,
            st.builds(
                Method,
                step_size=FINITE.filter(bool),
                momentum=FINITE,
                restarts=st.integers(1, 3),
            ),
        )
    },
    "core.explain.trace.trace": {"model": st.just(CNN)},
    "core.explain.dead.count_firing": {"model": st.just(CNN), "batch_size": st.integers(-1, 500)},
    "core.overlay.upsample": {"method": st.one_of(st.sampled_from(METHOD_NAMES), TEXT)},
    "core.faithfulness.random_pixels": {"device": st.sampled_from(("cpu", "meta"))},
    "core.faithfulness.compare": {
        "method": st.one_of(st.sampled_from(METHOD_NAMES), TEXT),
        "draws": st.one_of(st.just((1, 2)), st.tuples(st.integers(-1, 2), SMALL)),
    },
    "core.faithfulness.shuffled_cells": {"method": st.one_of(st.sampled_from(METHOD_NAMES), TEXT)},
    "core.explain.kernels.preset": {
        "name": st.one_of(st.sampled_from(kernels.NAMES), TEXT),
        "size": st.one_of(st.just((3, 3)), SIZE_2D),
    },
    "core.explain.convolution.explain_convolution": STEPS,
    "core.explain.pooling.explain_pooling": STEPS,
    "core.explain.geometry.pad": {"padding": st.integers(-1, 4)},
    "core.faithfulness.areas": {
        "curves": st.dictionaries(TEXT, st.lists(FLOATS, min_size=0, max_size=12), max_size=3)
    },
}


def functions() -> Iterator[tuple[str, Callable[..., object]]]:
    """Each public function of the modules, by its full name."""
    for name in MODULES:
        yield from _of_module(import_module(name))


def _of_module(module: ModuleType) -> Iterator[tuple[str, Callable[..., object]]]:
    for name, function in vars(module).items():
        own = inspect.isfunction(function) and function.__module__ == module.__name__
        if own and not name.startswith("_"):
            yield f"{module.__name__}.{name}", function


def targets() -> list[Target]:
    """One for each function, and for the layers as modules."""
    found = [
        Target(
            name,
            arguments_of(function, KNOWN | OWN.get(name, {})),
            function,
            (*documented(function), OwnError),
        )
        for name, function in functions()
        if name not in INSIDE
    ]
    return [*found, *_layers()]


def _layers() -> list[Target]:
    images = tensors("n 2 h w", (torch.float32,), Case(True))
    channels = {"in_channels": st.sampled_from((-1, 0, 2, 2, 2, 3)), "out_channels": SMALL}
    conv = st.fixed_dictionaries(
        {"images": images, **channels, "kernel_size": PAIRS},
        optional={"stride": PAIRS, "padding": st.one_of(PAIRS, TEXT), "groups": st.integers(-1, 4)},
    )
    pool = st.fixed_dictionaries(
        {"images": images, "kernel_size": PAIRS},
        optional={"stride": PAIRS, "padding": PAIRS, "dilation": PAIRS},
    )
    return [
        Target("core.conv, there and back", arguments_of(_back, {}), _back, REFUSALS),
        Target("core.data.augment, of its own boxes", arguments_of(_crops, KNOWN), _crops),
        Target("core.conv.Conv2d", conv, _layer(Conv2d), REFUSALS),
        Target("core.pool.MaxPool2d", pool, _layer(MaxPool2d), REFUSALS),
    ]


def _back(
    input: Shaped[Tensor, "n c_in h w"],
    weight: Shaped[Tensor, "c_out c_group kh kw"],
    stride: SupportsIndex = 1,
    padding: SupportsIndex = 0,
    dilation: SupportsIndex = 1,
) -> None:
    """The gradient of a convolution's own output."""
    settings = (stride, padding, dilation)
    output = conv2d_im2col(input, weight, None, *settings)
    conv2d_im2col_backward(output, input, weight, *settings)


def _crops(count: int, size: tuple[int, int], generator: torch.Generator) -> None:
    """Crops of the boxes that are drawn for them."""
    count, side = min(max(0, count), 9), min(size[0], 99)
    images = torch.zeros(count, 2, side, side, dtype=torch.uint8)
    augment.resize_crops(images, augment.crop_boxes(count, side, side, generator))


def _layer(kind: Callable[..., nn.Module]) -> Callable[..., object]:
    def call(images: torch.Tensor, **settings: object) -> object:
        return kind(**settings)(images)

    return call
