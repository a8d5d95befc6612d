"""Charts and computations of the chapters training, cam and attack, until they have moved there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from app.chapters.training import charts as training_charts
from app.chapters.training import recipe
from app.ui import examples as example_pictures
from app.ui import images, networks, results
from app.ui.cache import cached
from app.ui.networks import card_files, model_files
from core import faithfulness, robustness
from core.data.facts import facts, to_unit
from core.evaluation import per_class_accuracy
from core.models import to_input
from core.training.config import TrainConfig
from core.training.schedule import learning_rate_at

Attackable = networks.Attackable
Examples = example_pictures.Examples
examples, examples_of = example_pictures.examples, example_pictures.examples_of
samples, whole_test_set = images.samples, images.whole_test_set
card, model, is_trained = networks.card, networks.model, networks.is_trained
epoch_kernels, kernel_limit = networks.epoch_kernels, networks.kernel_limit
attackable, own_network = networks.attackable, networks.own_network
result = results.result


@cached(lambda names, quantity, theme: card_files(*names))
def curves(names: tuple[str, ...], quantity: str, theme: str) -> dict[str, Any]:
    """The chart of some runs' loss or accuracy per epoch; the first run is the one that the page is
    about.

    Raises:
        CheckpointError: a card is missing or damaged.
    """
    cards = [card(name) for name in names]
    runs = {recipe.label(shown): shown["history"] for shown in cards}
    shipped = {
        recipe.label(shown): shown["result"][f"validation_{quantity}"]
        for shown in cards
        if recipe.measured_anew(shown)
    }
    accuracy = quantity == "accuracy"
    goal = cards[0]["homework_accuracy"] if accuracy else None
    return training_charts.curves(
        runs,
        quantity,
        goal=goal,
        theme=theme,
        size=(500, 290 if accuracy else 185),
        legend=accuracy,
        shipped=shipped,
    )


@cached(lambda names, theme: card_files(*names))
def learning_rates(names: tuple[str, ...], theme: str) -> dict[str, Any]:
    """The chart of some runs' learning rate.

    Raises:
        CheckpointError: a card is missing or damaged.
    """
    runs = {}
    for shown in [card(name) for name in names]:
        config, epochs = TrainConfig.from_dict(shown["config"]), shown["result"]["epochs"]
        points = (
            10 * epochs
        )  # the rate depends on the share of the training that is done, not on the size of a step
        runs[recipe.label(shown)] = [
            (step / 10, learning_rate_at(config, min(step, points - 1), points))
            for step in range(points + 1)
        ]
    return training_charts.learning_rates(runs, theme=theme)


@cached(lambda name, epoch, theme: card_files(name), most=400)
def epoch_charts(name: str, epoch: int, theme: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The confusion matrix and the bars of per-class accuracy after one epoch.

    Raises:
        CheckpointError: the card is missing or damaged.
    """
    shown = card(name)
    matrix = shown["history"][epoch - 1]["confusion"]
    every = [per_class_accuracy(torch.tensor(record["confusion"])) for record in shown["history"]]
    low = 0.9 if min(map(min, every)) >= 0.9 else 0.0
    return (
        training_charts.confusion(
            matrix, shown["classes"], theme=theme, largest_error=_largest_error(shown)
        ),
        training_charts.class_bars(every[epoch - 1], shown["classes"], low=low, theme=theme),
    )


def _largest_error(shown: dict[str, Any]) -> float:
    """The share of a true class from which an error has its full colour: that of the shipped
    weights' commonest.
    """
    matrix = torch.tensor(shown["result"]["confusion"], dtype=torch.float64)
    shares = matrix / matrix.sum(1, keepdim=True).clamp(min=1)
    return max(0.03, float(shares.fill_diagonal_(0).max()))


@cached(lambda name, picked, theme: card_files(name))
def mistakes_chart(name: str, picked: tuple[int, int], theme: str) -> dict[str, Any]:
    """The confusion matrix of the final weights, to click; ``picked`` is outlined at first.

    Raises:
        CheckpointError: the card is missing or damaged.
    """
    shown = card(name)
    return training_charts.confusion(
        shown["result"]["confusion"],
        shown["classes"],
        theme=theme,
        largest_error=_largest_error(shown),
        picked=picked,
    )


@cached()
def live_curves(
    history: list[dict[str, float]], quantity: str, epochs: int, theme: str
) -> dict[str, Any]:
    """The chart of a training that may still run; its axis ends with the last epoch that is to
    come.
    """
    return training_charts.curves(
        {"this run": history}, quantity, goal=None, theme=theme, epochs=epochs, size=(370, 320)
    )


@dataclass(frozen=True)
class PixelCurves:
    """What the probability of a class does while pixels are deleted and inserted: name of a ranking
    to its curve.
    """

    deletion: dict[str, list[float]]
    insertion: dict[str, list[float]]


@cached(
    lambda name, image, label, method: model_files(name),
    most=200,
    spinner="Deleting and inserting pixels …",
)
def pixel_curves(name: str, image: torch.Tensor, label: int, method: str) -> PixelCurves:
    """Delete and insert the pixels of one picture by its map, by the map's shuffled cells, and at
    random.

    Args:
        name: of the network.
        image: (3, H, W) uint8.
        label: the class.
        method: of the upsampling.
    """
    network, labels = model(name), torch.tensor([label])
    pictures, fill = to_unit(image[None]), torch.tensor(facts("cifar10").mean)
    curves = [
        faithfulness.compare(network, pictures, labels, fill=fill, method=method, insert=insert)
        for insert in (False, True)
    ]
    return PixelCurves(
        *({kind: curve[0].tolist() for kind, curve in both.items()} for both in curves)
    )


def lights(letter: str, network: Attackable) -> list[robustness.Light]:
    """The signs of whether a network is robust or hides its gradient, on the bundled pictures that
    it gets right.
    """
    return _lights(letter) if network.card_name else _find_lights(letter, network)


def _light_files(letter: str) -> list[Any]:
    return model_files(networks.ATTACKED.get(letter, "cifar10_resnet"))


@cached(_light_files, most=20, spinner="Attacking in seven ways …")
def _lights(letter: str) -> list[robustness.Light]:
    return _find_lights(letter, attackable(letter))


def _find_lights(letter: str, network: Attackable) -> list[robustness.Light]:
    bundled = samples(network.dataset)
    pictures = to_input(network.model, bundled.images)
    with torch.no_grad():
        right = network.model(pictures).argmax(1) == bundled.labels
    other = attackable("B" if letter == "A" else "A").model if letter != "ResNet" else None
    return list(
        robustness.lights(
            network.model, pictures[right], bundled.labels[right], network.bounds, other=other
        )
    )
