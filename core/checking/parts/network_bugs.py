"""Which bug a foreign network has: told from its parameters, or by the one of our models that gives
its logits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

from core.checking.bugs import layers as of_layers  # noqa: F401 - enters its bugs
from core.checking.bugs import mnist, resnet
from core.checking.bugs.loops import NoOutputError
from core.checking.parts.parameters import Layer, affines, resnets, units
from core.checking.parts.saying import close, listed

POINT = 1  # side of the kernels on the shortcut
Model = Callable[[Any], Tensor]


def mnist_facts(layers: Sequence[Layer]) -> dict[str, str]:
    """Bugs of the small CNN that its parameters show."""
    found: dict[str, str] = {}
    convolutions, linears = affines(layers, "convolution"), affines(layers, "linear")
    norms = len(layers) - len(convolutions) - len(linears)
    ends = tuple(tuple(one.weight.shape) for one in linears)
    if not convolutions and ends == mnist.SHAPES["linears"]:
        biases = [one.name for one in layers if one.kind == "norm"]
        beside = f", though {listed(biases)} are there" if biases else ""
        found["parameters-not-registered"] = f"the network lists no kernel of a convolution{beside}"
    elif len(convolutions) > 2 or len(linears) > 2 or norms:
        found["extra-layer"] = (
            f"{len(convolutions)} convolutions, {len(linears)} linear layers and {norms} other "
            "layers with parameters, where the figure has 2 and 2"
        )
    shapes = [tuple(one.weight.shape) for one in (*convolutions, *linears)]
    expected = [*mnist.SHAPES["convolutions"], *mnist.SHAPES["linears"]]
    outs = [shape[0] for shape in shapes]
    if not found and len(shapes) == 4 and outs != [shape[0] for shape in expected]:
        found["wrong-channels"] = (
            f"{listed(outs)} come out of the layers instead of 3, 6, 128 and 10"
        )
    missing = [one.name for one in layers if one.kind != "norm" and one.bias is None]
    if missing:
        found["bias-missing"] = f"there is none beside {listed(missing)}"
    return found


def resnet_facts(
    layers: Sequence[Layer], calls: Sequence[Mapping[str, Any]] = ()
) -> dict[str, str]:
    """Bugs of the ResNet that its parameters show, and the calls of its layers."""
    found: dict[str, str] = {}
    units_, names = units(layers), [one.name for one in layers if one.kind == "convolution"]
    sides = [one.convolution.weight.shape[-1] for one in units_]
    outs = [len(one.convolution.weight) for one in units_]
    biased = [name for name, one in zip(names, units_) if one.convolution.bias is not None]
    if biased:
        found["bias-true"] = f"{biased[0]} has one, as {len(biased)} of {len(names)} have"
    bare = [(name, side) for name, one, side in zip(names, units_, sides) if one.norm is None]
    if any(side == POINT for _, side in bare) and all(side == POINT for _, side in bare):
        found["shortcut-without-batchnorm"] = f"{bare[0][0]} stands alone"
    elif bare and (shared := _shared(layers, calls)):
        found["batchnorm-shared"] = f"{shared} is called again, for {bare[0][0]}"
    elif bare:
        found["batchnorm-missing"] = f"none follows {bare[0][0]}"
    if len(units_) == resnet.CONVOLUTIONS and sides.count(POINT) < 3:
        found["shortcut-three-by-three"] = f"{sides.count(POINT)} kernels of 3 are 1 x 1"
    if len(units_) == 7 and POINT not in sides:
        found["shortcut-missing"] = "there are 7 convolutions, and none is 1 x 1"
    expected = sorted([64, *[size for size in (128, 256, 512) for _ in range(3)]])
    if len(outs) == resnet.CONVOLUTIONS and sorted(outs) != expected:
        found["wrong-channels"] = f"the convolutions give {listed(outs)} channels"
    return found


def _shared(layers: Sequence[Layer], calls: Sequence[Mapping[str, Any]]) -> str:
    """The normalisation that is called more than once; "": there is none."""
    norms = {one.name.rpartition(".")[0] for one in layers if one.kind == "norm"}
    names = [row["name"] for row in calls if row["name"] in norms]
    return next((name for name in names if names.count(name) > 1), "")


def diagnosis(
    part: str, layers: Sequence[Layer], entry: Tensor, output: Tensor
) -> tuple[str | None, Tensor | None]:
    """The bug whose model gives this output, "" for none, None where no model does; and what our
    own network gives.
    """
    settings: Sequence[Any]
    if part == "mnist":
        parted = affines(layers, "convolution"), affines(layers, "linear")
        settings = [mnist.MnistSetting(entry, *parted)]
        right: Model = mnist.logits
        models: Mapping[str, tuple[Model, ...]] = mnist.MODELS
    else:
        settings = resnets(entry, layers)
        right = resnet.logits
        models = resnet.MODELS
    candidates: list[tuple[str, Model]] = [("", right)]
    candidates += [(name, model) for name, entries in models.items() for model in entries]
    nearest = next(_outputs(settings, right), None)
    for name, model in candidates:
        if any(_equal(output, expected) for expected in _outputs(settings, model)):
            return name, nearest
    return None, nearest


def _equal(output: Tensor, expected: Tensor) -> bool:
    """Whether the logits are these, or their log_softmax, of which cross-entropy is the same."""
    return close(output, expected) or close(output, expected.log_softmax(1))


def _outputs(settings: Iterable[Any], model: Model) -> Iterator[Tensor]:
    for setting in settings:
        try:
            yield model(setting)
        except (NoOutputError, RuntimeError):  # torch's own: shapes that do not fit
            continue
