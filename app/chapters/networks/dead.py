"""What a dead ReLU is, said where one is shown: a channel or unit that is 0 on 10,000 digits."""

from __future__ import annotations

import contextlib

from app.chapters.networks.digit import NAME, Network
from app.ui import images, networks
from app.ui.cache import cached
from app.ui.charts import number
from core.data.facts import DatasetError, LabelledImages
from core.explain.dead import RELUS, Firing, count_firing, largest_sum
from core.explain.trace import LAYERS, Cell, Trace
from core.models import MnistCNN


def hatched(weights: bytes | None) -> dict[int, list[int]]:
    """Index of a layer to its channels or units that are 0 on all digits of the count.

    Args:
        weights: as in ``Network``.
    """
    found = firing(weights)
    return {layer: found.dead(layer) for layer in RELUS} if found else {}


def legend(weights: bytes | None) -> str:
    """What the hatching stands for; "" where nothing could be counted.

    Args:
        weights: as in ``Network``.
    """
    found = firing(weights)
    return f"hatched: 0 on all {_counted_on(found)}" if found else ""


def explanation(traced: Trace, cell: Cell, network: Network) -> str:
    """Why the channel or unit of a cell is 0 on all digits of the count, and why that does no harm;
    "" of a live one.
    """
    found, layer = firing(network.weights), RELUS.get(cell.layer, 0)
    index = _index(traced, cell)
    if found is None or index not in found.dead(cell.layer):
        return ""
    return (
        f":small[**Dead ReLU.** {_name(layer, index)} is 0 on all {_counted_on(found)}: "
        f"{_reason(traced.model, layer, index)}. A ReLU at 0 passes no gradient, so none teaches "
        f"it. In all {_totals(found)} are; the others make an accuracy of {network.accuracy:.2%}.]"
    )


def firing(weights: bytes | None = None) -> Firing | None:
    """The counts over all test digits if the data folder holds them, else over the bundled digits
    to train on; None where these cannot be read.

    Args:
        weights: as in ``Network``.
    """
    whole = _everything() is not None
    with contextlib.suppress(DatasetError):  # the training chapter says what is wrong with them
        return _count(whole) if weights is None else _count_own(weights, whole)
    return None


def _counted_on(found: Firing) -> str:
    return f"{found.pictures:,} {'test' if _everything() else 'bundled'} digits"


def _everything() -> LabelledImages | None:
    with contextlib.suppress(DatasetError):  # the training chapter says what is wrong with it
        return images.whole_test_set("mnist")
    return None


@cached(
    lambda whole: [*networks.model_files(NAME), *images.training_files()],
    most=2,
    spinner="Looking for dead ReLUs …",
)
def _count(whole: bool) -> Firing:
    return _counted(networks.model_of(NAME, MnistCNN), whole)


@cached(lambda weights, whole: images.training_files(), most=20, spinner="Looking for dead ReLUs …")
def _count_own(weights: bytes, whole: bool) -> Firing:
    return _counted(networks.own_cnn(weights), whole)


def _counted(model: MnistCNN, whole: bool) -> Firing:
    everything = _everything() if whole else None
    return count_firing(model, (everything or images.training_digits()).images)


def _index(traced: Trace, cell: Cell) -> int:
    """Of the channel, or of the unit of a linear layer."""
    values = traced.layers[cell.layer].values
    linear = traced.layers[cell.layer].kind == "linear"
    return cell.row * values.shape[2] + cell.column if linear else cell.channel


def _name(layer: int, index: int) -> str:
    if LAYERS[layer][1] == "linear":
        return f"Hidden unit {index + 1}"
    return f"Channel {index + 1} of {_title(layer)}"


def _title(layer: int) -> str:
    return LAYERS[layer][0].removesuffix(" + ReLU")


def _reason(model: MnistCNN, layer: int, index: int) -> str:
    """Its bias, and for the first layer, whose inputs end at 1, the most that weights can add."""
    module = {1: model.conv1, 3: model.conv2, 5: model.fc1}[layer]
    bias = module.get_parameter("bias").detach()
    mine = number(float(bias[index]))
    if layer == 1:
        weight = model.conv1.weight.detach()
        most = float(largest_sum(weight, bias)[index])
        if most <= 0:
            positive = number(most - float(bias[index]))
            return (
                f"its bias is {mine}, its positive weights {positive} together, so no picture "
                "lifts it above 0"
            )
    return f"its bias is {mine}, and none of them lifts it above 0"


def _totals(found: Firing) -> str:
    """How many there are in each layer."""
    texts = []
    for layer, counts in found.counts.items():
        kind = "hidden units" if LAYERS[layer][1] == "linear" else f"channels of {_title(layer)}"
        texts.append(f"{len(found.dead(layer))} of {len(counts)} {kind}")
    return f"{', '.join(texts[:-1])} and {texts[-1]}"
