"""What is no tensor is named by every public function of core, with what to write instead."""

import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from core import attacks, checkpoints, overlay, robustness
from core.attack_methods import cross_entropy, margin, soft_margin
from core.cam import class_activation_maps, grad_cam
from core.checks import generator
from core.conv import Conv2d, conv2d
from core.data import augment
from core.data.facts import to_unit
from core.data.photos import centred_digit
from core.data.samples import load_samples
from core.evaluation import evaluate, per_class_accuracy, predicted_classes
from core.explain.convolution import explain_convolution
from core.explain.dead import count_firing, largest_sum
from core.explain.geometry import image_size, pad
from core.explain.kernels import as_fractions
from core.explain.pooling import explain_pooling
from core.explain.trace import layer_values, trace
from core.faithfulness import SHARES, area_between, pixel_curves, shuffled_cells
from core.models import to_input
from core.pool import MaxPool2d, avg_pool2d, max_pool2d, max_pool2d_backward
from core.stored import as_stored, grey_levels

A = checkpoints.load("mnist_model_a").model
CNN = checkpoints.load("mnist_cnn").model
RESNET = checkpoints.load("cifar10_resnet").model
DIGITS = load_samples("mnist")
STORED, LABELS = DIGITS.images[:2], DIGITS.labels[:2]
PIXELS = STORED.float()
PHOTOS = load_samples("cifar10").images[:1].float() / 255
LOGITS, KERNEL, BIAS = torch.eye(2, 10), torch.ones(2, 1, 3, 3), torch.zeros(2)
MAPS, CURVE = torch.rand(2, 4, 4), torch.zeros(len(SHARES))
BOUNDS = (0.0, 255.0)

# A public function of core with its tensors; each of these is given as something else.
CALLS: dict[str, tuple[Callable[..., object], dict[str, Tensor]]] = {
    "conv2d": (conv2d, {"input": PIXELS, "weight": KERNEL, "bias": BIAS}),
    "Conv2d": (lambda input: Conv2d(1, 2, 3)(input), {"input": PIXELS}),
    "max_pool2d": (lambda input: max_pool2d(input, 2), {"input": PIXELS}),
    "MaxPool2d": (lambda input: MaxPool2d(2)(input), {"input": PIXELS}),
    "avg_pool2d": (lambda input: avg_pool2d(input, 2), {"input": PIXELS}),
    "max_pool2d_backward": (
        lambda grad_output, indices: max_pool2d_backward(grad_output, indices, (4, 4)),
        {"grad_output": torch.ones(1, 1, 2, 2), "indices": torch.zeros(1, 1, 2, 2).long()},
    ),
    "cam": (lambda images: class_activation_maps(RESNET, images), {"images": PHOTOS}),
    "grad_cam": (lambda images: grad_cam(RESNET, images, 3), {"images": PHOTOS}),
    "upsample": (lambda maps: overlay.upsample(maps, 8, "nearest"), {"maps": MAPS}),
    "evidence_opacity": (
        lambda values: overlay.evidence_opacity(values, 1.0),
        {"values": MAPS},
    ),
    "blend": (
        lambda photo, colours: overlay.blend(photo, colours, 0.5),
        {"photo": STORED, "colours": STORED},
    ),
    "attack": (
        lambda images: attacks.untargeted(A, images, LABELS, 1, bounds=BOUNDS),
        {"images": PIXELS},
    ),
    "random_signs": (
        lambda images: attacks.random_signs(images, 1, bounds=BOUNDS),
        {"images": PIXELS},
    ),
    **{
        score.__name__: (lambda logits, score=score: score(logits, 0, False), {"logits": LOGITS})
        for score in (cross_entropy, margin, soft_margin)
    },
    "breaking_epsilons": (
        lambda images: robustness.breaking_epsilons(A, images, LABELS, bounds=BOUNDS, levels=2),
        {"images": PIXELS},
    ),
    "as_stored": (
        lambda images, originals: as_stored(A, images, originals, 1, bounds=BOUNDS),
        {"images": PIXELS, "originals": STORED},
    ),
    "grey_levels": (lambda images: grey_levels(images, BOUNDS), {"images": PIXELS}),
    "evaluate": (
        lambda images: evaluate(A, images, LABELS, prepare=lambda one: to_input(A, one)),
        {"images": STORED},
    ),
    "predicted_classes": (lambda images: predicted_classes(A, images), {"images": PIXELS}),
    "per_class_accuracy": (per_class_accuracy, {"confusion": torch.eye(3).long()}),
    "to_input": (lambda images: to_input(A, images), {"images": STORED}),
    "to_unit": (to_unit, {"images": STORED}),
    "centred_digit": (centred_digit, {"drawn": STORED[0, 0]}),
    "random_shift": (
        lambda images: augment.random_shift(images, generator(0)),
        {"images": STORED},
    ),
    "explain_convolution": (
        explain_convolution,
        {"picture": PIXELS[0], "weight": KERNEL, "bias": BIAS},
    ),
    "explain_pooling": (
        lambda picture: explain_pooling(picture, kernel_size=2, stride=2),
        {"picture": PIXELS[0, 0]},
    ),
    "count_firing": (lambda images: count_firing(CNN, images), {"images": STORED}),
    "largest_sum": (largest_sum, {"weight": KERNEL, "bias": BIAS}),
    "image_size": (image_size, {"images": PIXELS}),
    "pad": (lambda images: pad(images, 1, "zeros"), {"images": PIXELS}),
    "as_fractions": (as_fractions, {"numbers": KERNEL}),
    "trace": (lambda image: trace(CNN, image), {"image": PIXELS[0] / 255}),
    "layer_values": (lambda input: layer_values(CNN, input), {"input": PIXELS / 255}),
    "pixel_curves": (
        lambda images, maps, fill: pixel_curves(A, images, LABELS, maps, fill=fill),
        {"images": PIXELS, "maps": PIXELS, "fill": torch.zeros(1)},
    ),
    "shuffled_cells": (
        lambda cells: shuffled_cells(cells, (8, 8), method="nearest", draws=1, seed=0),
        {"cells": MAPS},
    ),
    "area_between": (area_between, {"control": CURVE, "curve": CURVE}),
}
ARGUMENTS = [(name, argument) for name, (_, tensors) in CALLS.items() for argument in tensors]


@pytest.mark.parametrize("name", CALLS)
def test_tensors_are_taken(name: str) -> None:
    call, tensors = CALLS[name]
    call(**tensors)


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_an_array_or_a_list_is_named_with_what_to_write(name: str, argument: str) -> None:
    call, tensors = CALLS[name]
    array = tensors[argument].detach().numpy()
    for given, came in (
        (array, rf"got a numpy array of {array.dtype}: write torch\.from_numpy\((\w+)\)"),
        (array.tolist(), r"got a list: write torch\.tensor\((\w+)\)"),
    ):
        with pytest.raises(TypeError, match=came) as caught:
            call(**tensors | {argument: given})
        assert re.search(rf"{argument}\b|an image", str(caught.value)), caught.value


@pytest.mark.parametrize(
    "given", [np.array([1, 2**64 - 1], "u8"), np.array([1, 2**64 - 1], ">u8")], ids=["own", "other"]
)
def test_a_label_of_64_bits_without_sign_is_told_as_it_is(given: np.ndarray) -> None:
    native = given.astype("u8")
    for labels in (given, torch.from_numpy(native)):
        with pytest.raises(
            ValueError, match="Expected labels from 0 to 9, got 18446744073709551615"
        ):
            margin(LOGITS, labels, targeted=False)
    small = native % 7
    assert torch.equal(margin(LOGITS, small, False), margin(LOGITS, small.tolist(), False))
