"""The parameters of a foreign network, sorted into the layers that the figures have."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor

from core.checking.bugs.mnist import Affine
from core.checking.bugs.resnet import Block, Norm, ResNetSetting, Unit
from core.checking.student.networks import numbers

Kind = Literal["convolution", "linear", "norm"]
AXES = 4  # of a batch of images
SIDE = 3  # of the kernels on the main path


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer with parameters, in the order in which layers are called.

    Attributes:
        name: of its weight in the network.
        kind: of layer, by the axes of its weight.
        weight: of convolution and linear layer; of a normalisation its scale.
        bias: None: there is none.
        mean: running mean of a normalisation.
        variance: running variance of a normalisation.
        before: index of the layer whose output it is given; None: something is in between.
        std: of the weight before it was filled.
    """

    name: str
    kind: Kind
    weight: Tensor
    bias: Tensor | None
    mean: Tensor | None
    variance: Tensor | None
    before: int | None
    std: float


def read_layers(facts: Mapping[str, Any], seed: int, dtype: torch.dtype) -> tuple[Layer, ...]:
    """The layers of a network that was filled with the numbers of a seed.

    Args:
        facts: of the action ``network``.
        seed: that it was asked with.
        dtype: of the parameters.
    """
    idle = set(facts["unused"])
    rows = {row["name"]: row for row in facts["parameters"] if row["name"] not in idle}
    groups = _groups(facts, tuple(rows))
    running = {name: torch.Size(shape) for name, shape in facts["running"]}

    def filled(name: str, shape: Sequence[int]) -> Tensor:
        return numbers(name, tuple(shape), seed).to(dtype)

    found: list[Layer] = []
    places: dict[int, int] = {}  # index of a called layer to that of a layer here
    inputs = {name: row["input"] for row in facts["layers"] for name in row["parameters"]}
    for called, before, names in groups:
        own = [rows[name] for name in names if rows[name]["requires_grad"]]
        for part in _parts(own):
            places[called] = len(found)
            layer = _layer(part, running, filled, places.get(before))
            found.append(_unfolded(layer, inputs.get(layer.name, ())))
    return _with_biases(found)


def _with_biases(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The layers, with biases that are kept in a list of their own beside that of the kernels."""
    bare = [one for one in layers if one.kind != "norm" and one.bias is None]
    alone = [one for one in layers if one.kind == "norm" and one.bias is None and one.mean is None]
    sizes = [len(one.weight) for one in bare]
    has_norms = any(one.mean is not None for one in layers)
    if not bare or has_norms or [one.weight.numel() for one in alone] != sizes:
        return tuple(layers)
    biases = {id(one): other.weight.reshape(-1) for one, other in zip(bare, alone)}
    left = [one for one in layers if not any(one is other for other in alone)]
    return tuple(replace(one, bias=biases.get(id(one), one.bias)) for one in left)


def _unfolded(layer: Layer, given: Sequence[int]) -> Layer:
    """The layer, with a kernel that is kept as a matrix (out, in * k * k) as (out, in, k, k): where
    images of so many channels came in, it is a convolution.
    """
    if layer.kind != "linear" or len(given) != AXES or layer.weight.dim() != 2:
        return layer
    outputs, columns = layer.weight.shape
    side = math.isqrt(columns // given[1])
    if columns != given[1] * side * side:
        return layer
    weight = layer.weight.reshape(outputs, given[1], side, side)
    return replace(layer, kind="convolution", weight=weight)


def _groups(
    facts: Mapping[str, Any], names: tuple[str, ...]
) -> list[tuple[int, int, Sequence[str]]]:
    """Names of the parameters of each layer: in the order of calls, if all weights are called."""
    called: list[tuple[int, int, Sequence[str]]] = []
    seen: set[str] = set()
    for index, row in enumerate(facts["layers"]):
        fresh = [name for name in row["parameters"] if name in names and name not in seen]
        if fresh:
            before = -1 if row["from"] is None else int(row["from"])
            called.append((index, before, fresh))
        seen |= set(fresh)
    weights = {row["name"] for row in facts["parameters"] if _is_weight(row["shape"])}
    if weights & set(names) <= seen:
        return called
    registered: dict[str, list[str]] = {}
    for name in names:
        registered.setdefault(name.rpartition(".")[0], []).append(name)
    return [(index, -1, group) for index, group in enumerate(registered.values())]


def _is_weight(shape: Sequence[int]) -> bool:
    """Whether this is no vector, however many axes of length 1 it has."""
    return int(torch.Size(shape).numel()) > max(shape, default=0)


def _parts(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The parameters of one module, a list for each weight."""
    count = sum(_is_weight(row["shape"]) for row in rows)
    if not count and all(row["name"].rpartition(".")[2].isdigit() for row in rows):
        return [[row] for row in rows]  # a list of vectors
    if count <= 1:
        return [rows] if rows else []
    parts: list[list[dict[str, Any]]] = []
    for row in rows:
        if _is_weight(row["shape"]) or not parts:
            parts.append([])
        parts[-1].append(row)
    return parts


def _layer(
    rows: list[dict[str, Any]],
    running: Mapping[str, torch.Size],
    filled: Callable[[str, Sequence[int]], Tensor],
    before: int | None,
) -> Layer:
    weight = next((row for row in rows if _is_weight(row["shape"])), rows[0])
    bias = next((row for row in rows if row is not weight), None)
    prefix = weight["name"].rpartition(".")[0]
    statistics = {
        name.rpartition(".")[2]: filled(name, shape)
        for name, shape in running.items()
        if name.rpartition(".")[0] == prefix
    }
    is_norm = not _is_weight(weight["shape"])
    kind: Kind = "norm" if is_norm else "convolution" if len(weight["shape"]) > 2 else "linear"
    return Layer(
        weight["name"],
        kind,
        filled(weight["name"], weight["shape"]),
        None if bias is None else filled(bias["name"], bias["shape"]).reshape(-1),
        statistics.get("running_mean"),
        statistics.get("running_var"),
        before,
        weight["std"],
    )


def affines(layers: Sequence[Layer], kind: Kind) -> tuple[Affine, ...]:
    """The weights and biases of the layers of one kind."""
    return tuple(Affine(one.weight, one.bias) for one in layers if one.kind == kind)


def units(layers: Sequence[Layer]) -> tuple[Unit, ...]:
    """Each convolution with the normalisation that follows it."""
    norms: dict[int, Norm] = {}
    for index, layer in enumerate(layers):
        owner = _owner(layers, index, norms) if layer.kind == "norm" else None
        if owner is None:
            continue
        size = layer.weight.numel()
        norms[owner] = Norm(
            layer.weight,
            layer.weight.new_zeros(size) if layer.bias is None else layer.bias,
            layer.weight.new_zeros(size) if layer.mean is None else layer.mean,
            layer.weight.new_ones(size) if layer.variance is None else layer.variance,
        )
    return tuple(
        Unit(Affine(one.weight, one.bias), norms.get(index))
        for index, one in enumerate(layers)
        if one.kind == "convolution"
    )


def _owner(layers: Sequence[Layer], index: int, norms: Mapping[int, Norm]) -> int | None:
    """Index of the convolution that a normalisation follows."""
    before = layers[index].before
    if before is not None and layers[before].kind == "convolution":
        return before
    size = layers[index].weight.numel()
    for other in range(index - 1, -1, -1):
        layer = layers[other]
        if layer.kind == "convolution" and other not in norms and len(layer.weight) == size:
            return other
    return None


def resnets(images: Tensor, layers: Sequence[Layer]) -> list[ResNetSetting]:
    """The ways to read layers as a ResNet of three blocks; usually one, and none where their number
    does not fit.

    Args:
        images: as the first layer is given them.
        layers: in the order in which they are called.
    """
    found, linears = units(layers), affines(layers, "linear")
    rest = found[1:]
    if len(linears) != 1 or len(rest) not in (6, 9):
        return []
    size = len(rest) // 3
    parted = [rest[start : start + size] for start in range(0, len(rest), size)]
    first = [_blocks(part) for part in parted]
    count = min(map(len, first))
    return [
        ResNetSetting(images, found[0], tuple(block[way] for block in first), linears[0])
        for way in range(count)
    ]


def _blocks(part: Sequence[Unit]) -> list[Block]:
    """The ways to read two or three convolutions as a block."""
    if len(part) == 2:
        return [Block(part[0], part[1], None)]
    small = [one for one in part if one.convolution.weight.shape[-1] == 1]
    if len(small) == 1:
        first, second = (one for one in part if one is not small[0])
        return [Block(first, second, small[0])]
    first, second, third = part  # three large kernels: the shortcut is called last, or first
    return [Block(first, second, third), Block(second, third, first)]
