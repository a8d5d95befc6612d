"""Questions through a whole network, layer by layer: the shape that comes out, then parameters."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import partial
from random import Random

import torch
from torch import Tensor, nn

from core.explain.described import described
from core.explain.questions.asked import Asked, Shape
from core.explain.questions.counts import counts
from core.explain.questions.question import Option, offered
from core.explain.questions.shapes import shapes
from core.models import parameter_count


@dataclass(frozen=True)
class NetworkQuestion:
    """A question about one layer.

    Attributes:
        layer: its number among those that are asked about.
        about: "shape" or "parameters".
        options: the answers, in the order in which they are offered.
        right: index of the right one.
    """

    layer: int
    about: str
    options: tuple[Option, ...]
    right: int


def layers_of(model: nn.Module, image_shape: Shape) -> list[Asked]:
    """The layers that are asked about, in the order of the forward pass: convolutions, poolings,
    the flatten, linear layers, and the first batch normalisation.

    Args:
        model: any network of such layers; a copy is run, on a picture of zeros. (On the device
            "meta", which computes shapes alone, torch first imports what its compiler needs: a
            second and 100 MB.)
        image_shape: (C, H, W).
    """
    shadow = copy.deepcopy(model).eval()
    found: list[Asked] = []
    for (name, module), (_, own) in zip(shadow.named_modules(), model.named_modules()):
        if not any(module.children()):
            module.register_forward_hook(partial(_take, found, name, own))
    weight = next(shadow.parameters())
    with torch.no_grad():
        shadow(torch.zeros(1, *image_shape, dtype=weight.dtype, device=weight.device))
    normalised = [one for one in found if isinstance(one.module, nn.BatchNorm2d)]
    return [one for one in found if one not in normalised[1:]]


def _take(
    found: list[Asked],
    name: str,
    module: nn.Module,
    _copied: nn.Module,
    inputs: tuple[Tensor, ...],
    output: Tensor,
) -> None:
    if not isinstance(module, nn.Linear | nn.BatchNorm2d) and not hasattr(module, "kernel_size"):
        return
    before, after = tuple(inputs[0].shape[1:]), tuple(output.shape[1:])
    if isinstance(module, nn.Linear) and found and len(found[-1].after) == 3:
        found.append(Asked("flatten", "Flatten", None, found[-1].after, before))
    found.append(Asked(name, described(module), module, before, after))


def questions_of(layers: list[Asked], seed: int = 0) -> list[NetworkQuestion]:
    """What is asked of each layer: its shape, then its parameters if it can have any.

    Args:
        layers: of ``layers_of``.
        seed: decides the order of the answers.
    """
    found = []
    pooled = False
    for index, layer in enumerate(layers):
        is_pooling = layer.module is not None and not parameter_count(layer.module)
        asks = [("shape", shapes(layer))]
        if layer.module is not None and not (is_pooling and pooled):
            asks.append(("parameters", counts(layer)))
        pooled = pooled or is_pooling
        for about, (right, *mistakes) in asks:
            made = [mistake for mistake in mistakes if mistake is not None]
            options = offered(Random(f"{seed} {index} {about}"), right, made)
            if options is not None:
                found.append(NetworkQuestion(index, about, *options))
    return found
