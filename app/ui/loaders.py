"""Everything the chapters read from disk, cached once for all sessions. What comes from here is
never changed.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st
import torch
from torch import nn

from app.chapters.cam import charts as cam_charts
from app.chapters.training import curve_charts, matrix_charts, recipe
from app.ui import colours
from core import checkpoints, faithfulness, robustness
from core.checkpoints import foreign, results
from core.data.download import is_present
from core.data.facts import SAMPLES, LabelledImages, data_folder, facts, to_unit
from core.data.load import load
from core.data.samples import Samples, load_samples
from core.evaluation import confusion_matrix, per_class_accuracy
from core.models import Saturated, bounds_of, to_input
from core.training.config import TrainConfig
from core.training.schedule import learning_rate_at


@st.cache_resource(show_spinner=False)
def boot() -> None:
    """Once a server, after all heavy imports.

    torch gets one thread, since two spin against each other in small networks. What is imported by
    now is frozen: the garbage collection that Streamlit does after every rerun would otherwise walk
    all of it (240 ms with torch).
    """
    importlib.import_module("pyarrow")  # else imported by the first chart
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()


def _stamp(path: Path) -> tuple[int, int]:
    """Changes when the file does, so a new training shows without a restart; (0, 0) for a missing
    file.
    """
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


def is_trained(name: str) -> bool:
    """Whether there is a card of that name, readable or not."""
    return checkpoints.card_path(name, checkpoints.CHECKPOINTS).exists()


def card(name: str) -> dict[str, Any]:
    """The card of a trained network.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    return _card(
        name,
        str(checkpoints.CHECKPOINTS),
        _stamp(checkpoints.card_path(name, checkpoints.CHECKPOINTS)),
    )


@st.cache_resource(show_spinner=False, max_entries=20)
def _card(name: str, folder: str, stamp: tuple[int, int]) -> dict[str, Any]:
    return checkpoints.load_card(name, folder)


def result(name: str) -> dict[str, Any]:
    """A measured result.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    folder = checkpoints.CHECKPOINTS
    return _result(name, str(folder), _stamp(results.path(name, folder)))


@st.cache_resource(show_spinner=False, max_entries=20)
def _result(name: str, folder: str, stamp: tuple[int, int]) -> dict[str, Any]:
    return results.load(name, folder)


def report_pdf() -> bytes:
    """The homework's report; takes some seconds the first time.

    Raises:
        CheckpointError: something that it is made from is missing or damaged.
    """
    folder = checkpoints.CHECKPOINTS
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return _report_pdf(str(folder), tuple(map(_stamp, files)))


@st.cache_data(show_spinner=False, max_entries=2)
def _report_pdf(folder: str, stamps: tuple[tuple[int, int], ...]) -> bytes:
    from core.report import figures, pages

    return figures.pdf_bytes(pages.pages(folder))


def model(name: str) -> nn.Module:
    """A trained network in eval mode, shared by all sessions; its weights take no gradients.

    Raises:
        CheckpointError: its files are missing or damaged.
    """
    folder = checkpoints.CHECKPOINTS
    stamps = (*_card_stamps((name,)), _stamp(checkpoints.weights_path(name, folder)))
    return _model(name, str(folder), stamps)


@st.cache_resource(show_spinner=False, max_entries=10)
def _model(name: str, folder: str, stamps: tuple[tuple[int, int], ...]) -> nn.Module:
    return checkpoints.load(name, folder).model.requires_grad_(False)


def epoch_kernels(name: str, epoch: int) -> npt.NDArray[np.float32]:
    """The first convolution's weights after one epoch, (kernels, channels, height, width); 0 is
    before training.

    Raises:
        CheckpointError: that epoch was not kept, or its file is missing or damaged.
    """
    folder = checkpoints.CHECKPOINTS
    return _epoch_kernels(name, epoch, str(folder), _stamp(checkpoints.card_path(name, folder)))


@st.cache_data(show_spinner=False, max_entries=400)
def _epoch_kernels(
    name: str, epoch: int, folder: str, stamp: tuple[int, int]
) -> npt.NDArray[np.float32]:
    kept = checkpoints.load_epoch(name, epoch, folder)
    return next(kept[key].float().numpy() for key in sorted(kept) if kept[key].dim() == 4)


def kernel_limit(name: str) -> float:
    """The largest absolute first-layer weight over all epochs that can be read: one scale for the
    epoch slider.

    Raises:
        CheckpointError: the card is missing or damaged.
    """
    largest = 0.0
    for epoch in range(card(name)["result"]["epochs"] + 1):
        with contextlib.suppress(
            checkpoints.CheckpointError
        ):  # the page says so where that epoch is shown
            largest = max(largest, float(np.abs(epoch_kernels(name, epoch)).max()))
    return largest or 1.0


def samples(name: str) -> Samples:
    """The bundled pictures of a data set.

    Raises:
        DatasetError: a picture or the list is missing or damaged.
    """
    return _samples(name, str(SAMPLES), _stamp(SAMPLES / "samples.json"))


@st.cache_resource(show_spinner=False, max_entries=4)
def _samples(name: str, folder: str, stamp: tuple[int, int]) -> Samples:
    return load_samples(name, Path(folder))


def curves(names: tuple[str, ...], quantity: str) -> dict[str, Any]:
    """The chart of some runs' loss or accuracy per epoch; the first run is the one that the page is
    about.

    Raises:
        CheckpointError: a card is missing or damaged.
    """
    return _curves(names, quantity, str(checkpoints.CHECKPOINTS), _card_stamps(names))


@st.cache_data(show_spinner=False, max_entries=50)
def _curves(
    names: tuple[str, ...],
    quantity: str,
    folder: str,
    stamps: tuple[tuple[int, int], ...],
) -> dict[str, Any]:
    cards = _cards(names, folder, stamps)
    runs = {recipe.label(shown): shown["history"] for shown in cards}
    shipped = {
        recipe.label(shown): shown["result"][f"validation_{quantity}"]
        for shown in cards
        if recipe.measured_anew(shown)
    }
    accuracy = quantity == "accuracy"
    goal = cards[0]["homework_accuracy"] if accuracy else None
    return curve_charts.curves(
        runs,
        quantity,
        goal=goal,
        size=(500, 290 if accuracy else 185),
        legend=accuracy,
        shipped=shipped,
    )


def learning_rates(names: tuple[str, ...]) -> dict[str, Any]:
    """The chart of some runs' learning rate.

    Raises:
        CheckpointError: a card is missing or damaged.
    """
    return _learning_rates(names, str(checkpoints.CHECKPOINTS), _card_stamps(names))


@st.cache_data(show_spinner=False, max_entries=50)
def _learning_rates(
    names: tuple[str, ...], folder: str, stamps: tuple[tuple[int, int], ...]
) -> dict[str, Any]:
    runs = {}
    for shown in _cards(names, folder, stamps):
        config, epochs = TrainConfig.from_dict(shown["config"]), shown["result"]["epochs"]
        points = (
            10 * epochs
        )  # the rate depends on the share of the training that is done, not on the size of a step
        runs[recipe.label(shown)] = [
            (step / 10, learning_rate_at(config, min(step, points - 1), points))
            for step in range(points + 1)
        ]
    return curve_charts.learning_rates(runs)


def _card_stamps(names: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    return tuple(_stamp(checkpoints.card_path(name, checkpoints.CHECKPOINTS)) for name in names)


def _cards(
    names: tuple[str, ...], folder: str, stamps: tuple[tuple[int, int], ...]
) -> list[dict[str, Any]]:
    return [_card(name, folder, stamp) for name, stamp in zip(names, stamps)]


def epoch_charts(name: str, epoch: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The confusion matrix and the bars of per-class accuracy after one epoch.

    Raises:
        CheckpointError: the card is missing or damaged.
    """
    return _epoch_charts(name, epoch, str(checkpoints.CHECKPOINTS), _card_stamps((name,))[0])


@st.cache_data(show_spinner=False, max_entries=400)
def _epoch_charts(
    name: str, epoch: int, folder: str, stamp: tuple[int, int]
) -> tuple[dict[str, Any], dict[str, Any]]:
    shown = _card(name, folder, stamp)
    matrix = shown["history"][epoch - 1]["confusion"]
    every = [per_class_accuracy(torch.tensor(record["confusion"])) for record in shown["history"]]
    low = 0.9 if min(map(min, every)) >= 0.9 else 0.0
    return (
        matrix_charts.confusion(matrix, shown["classes"], largest_error=_largest_error(shown)),
        matrix_charts.class_bars(every[epoch - 1], shown["classes"], low=low),
    )


def _largest_error(shown: dict[str, Any]) -> float:
    """The share of a true class from which an error has its full colour: that of the shipped
    weights' commonest.
    """
    matrix = torch.tensor(shown["result"]["confusion"], dtype=torch.float64)
    shares = matrix / matrix.sum(1, keepdim=True).clamp(min=1)
    return max(0.03, float(shares.fill_diagonal_(0).max()))


def mistakes_chart(name: str, picked: tuple[int, int]) -> dict[str, Any]:
    """The confusion matrix of the final weights, to click; ``picked`` is outlined at first.

    Raises:
        CheckpointError: the card is missing or damaged.
    """
    return _mistakes_chart(name, picked, str(checkpoints.CHECKPOINTS), _card_stamps((name,))[0])


@st.cache_data(show_spinner=False, max_entries=50)
def _mistakes_chart(
    name: str, picked: tuple[int, int], folder: str, stamp: tuple[int, int]
) -> dict[str, Any]:
    shown = _card(name, folder, stamp)
    return matrix_charts.confusion(
        shown["result"]["confusion"],
        shown["classes"],
        largest_error=_largest_error(shown),
        picked=picked,
    )


def whole_test_set(name: str) -> LabelledImages | None:
    """All test images of a data set, or None where the data folder does not hold them.

    Raises:
        DatasetError: they are there but damaged.
    """
    folder = data_folder()
    return _whole_test_set(name, str(folder)) if is_present(name, folder) else None


@st.cache_resource(show_spinner="Reading the test images …", max_entries=2)
def _whole_test_set(name: str, folder: str) -> LabelledImages:
    images = load(name, "test", Path(folder), download=False)
    gc.freeze()  # torchvision came with them
    return images


@dataclass(frozen=True)
class Examples:
    """Pictures that a network was validated on, with what it made of them.

    Attributes:
        images: (N, C, H, W) uint8.
        places: (N,) position of each in the test set.
        labels: (N,) true classes.
        predictions: (N,) predicted classes.
        whole: whether these are all test images; else the bundled ones.
    """

    images: torch.Tensor
    places: torch.Tensor
    labels: torch.Tensor
    predictions: torch.Tensor
    whole: bool

    def at(self, true: int, predicted: int) -> torch.Tensor:
        """Indices of the pictures of one true class that were taken for the other."""
        return ((self.labels == true) & (self.predictions == predicted)).nonzero()[:, 0]

    def commonest_mistake(self, confusion: list[list[int]]) -> tuple[int, int]:
        """(true, predicted) of the commonest mistake that has a picture here; else of what has most
        pictures here.

        Args:
            confusion: of all test images.
        """
        every = torch.tensor(confusion).fill_diagonal_(0)
        here = confusion_matrix(self.labels, self.predictions, classes=len(every))
        seen = every * (here > 0)
        true, predicted = divmod(int((seen if seen.any() else here).argmax()), len(every))
        return true, predicted


def examples(name: str) -> Examples:
    """All test images if the data folder holds them, else the bundled ones, with a network's
    predictions.

    Raises:
        CheckpointError: the card is missing or damaged.
        DatasetError: a picture is missing or damaged.
    """
    shown = card(name)
    predictions = torch.tensor([int(digit) for digit in shown["result"]["predictions"]])
    everything = whole_test_set(shown["config"]["dataset"])
    if everything is not None:
        return Examples(
            everything.images, torch.arange(len(everything)), everything.labels, predictions, True
        )
    bundled = samples(shown["config"]["dataset"])
    places = torch.tensor(bundled.test_indices)
    return Examples(bundled.images, places, bundled.labels, predictions[places], False)


@st.cache_data(show_spinner=False, max_entries=50)
def live_curves(history: list[dict[str, float]], quantity: str, epochs: int) -> dict[str, Any]:
    """The chart of a training that may still run; its axis ends with the last epoch that is to
    come.
    """
    return curve_charts.curves(
        {"this run": history}, quantity, goal=None, epochs=epochs, size=(370, 320)
    )


def gallery(
    found: Examples, part: list[int], classes: Sequence[str], picked: int
) -> dict[str, Any]:
    """The chart of some examples as small pictures to click.

    Args:
        found: the examples.
        part: indices of the shown ones.
        classes: names, in label order.
        picked: place in the test set of the one that is outlined.
    """
    return cam_charts.gallery(
        [colours.data_url(found.images[index]) for index in part],
        [int(found.places[index]) for index in part],
        [
            f"{int(found.places[index])}: {classes[int(found.labels[index])]}, predicted "
            f"{classes[int(found.predictions[index])]}"
            for index in part
        ],
        picked,
    )


@dataclass(frozen=True)
class PixelCurves:
    """What the probability of a class does while pixels are deleted and inserted: name of a ranking
    to its curve.
    """

    deletion: dict[str, list[float]]
    insertion: dict[str, list[float]]


def pixel_curves(name: str, image: torch.Tensor, label: int, method: str) -> PixelCurves:
    """Delete and insert the pixels of one picture by its map, by the map's shuffled cells, and at
    random.

    Args:
        name: of the network.
        image: (3, H, W) uint8.
        label: the class.
        method: of the upsampling.
    """
    stamps = (
        *_card_stamps((name,)),
        _stamp(checkpoints.weights_path(name, checkpoints.CHECKPOINTS)),
    )
    return _pixel_curves(name, image.numpy(), label, method, str(checkpoints.CHECKPOINTS), stamps)


@st.cache_data(show_spinner="Deleting and inserting pixels …", max_entries=200)
def _pixel_curves(
    name: str,
    image: npt.NDArray[np.uint8],
    label: int,
    method: str,
    folder: str,
    stamps: tuple[tuple[int, int], ...],
) -> PixelCurves:
    network = _model(name, folder, stamps)
    images, labels = to_unit(torch.from_numpy(image)[None]), torch.tensor([label])
    fill = torch.tensor(facts("cifar10").mean)
    curves = [
        faithfulness.compare(network, images, labels, fill=fill, method=method, insert=insert)
        for insert in (False, True)
    ]
    return PixelCurves(
        *({kind: curve[0].tolist() for kind, curve in both.items()} for both in curves)
    )


@dataclass(frozen=True)
class Attackable:
    """A network that can be attacked.

    Attributes:
        model: shared by all sessions.
        card_name: of the checkpoint that it comes from.
        dataset: whose pictures it takes.
        classes: names, in label order.
        bounds: (lowest, highest) value of a pixel.
    """

    model: nn.Module
    card_name: str
    dataset: str
    classes: tuple[str, ...]
    bounds: tuple[float, float]

    @property
    def grey(self) -> float:
        """One of 255 grey values in the unit of the pixels."""
        return (self.bounds[1] - self.bounds[0]) / 255


def lights(letter: str, network: Attackable) -> list[robustness.Light]:
    """The signs of whether a network is robust or hides its gradient, on the bundled pictures that
    it gets right.
    """
    if not network.card_name:
        return _find_lights(letter, network)
    return _lights(
        letter,
        network,
        (_stamp(checkpoints.card_path(network.card_name, checkpoints.CHECKPOINTS)),),
    )


@st.cache_data(show_spinner="Attacking in seven ways …", max_entries=20)
def _lights(
    letter: str, _network: Attackable, stamps: tuple[tuple[int, int], ...]
) -> list[robustness.Light]:
    return _find_lights(letter, _network)


def _find_lights(letter: str, network: Attackable) -> list[robustness.Light]:
    bundled = samples(network.dataset)
    images = to_input(network.model, bundled.images)
    with torch.no_grad():
        right = network.model(images).argmax(1) == bundled.labels
    other = attackable("B" if letter == "A" else "A").model if letter != "ResNet" else None
    return list(
        robustness.lights(
            network.model, images[right], bundled.labels[right], network.bounds, other=other
        )
    )


def own_network(content: bytes, name: str) -> tuple[Attackable, str]:
    """A person's own network, and in words how it reads our pictures.

    Raises:
        ForeignError: the file is no state dict of this architecture.
    """
    bundled = samples("mnist")
    fitted = _fitted(content, name, bundled.images.float().numpy(), bundled.labels.numpy())
    words = (
        f"{name}: {fitted.words}, which gives {fitted.accuracy:.0%} of the "
        f"{len(bundled.labels)} bundled digits."
    )
    return Attackable(
        fitted.model, "", "mnist", facts("mnist").classes, bounds_of(fitted.model)
    ), words


@st.cache_resource(show_spinner=False, max_entries=30)
def _fitted(
    content: bytes, name: str, images: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]
) -> foreign.Fitted:
    return foreign.fit_to_pictures(
        foreign.read_digit_net(content, name), torch.from_numpy(images), torch.from_numpy(labels)
    )


def examples_of(network: Attackable) -> Examples:
    """The pictures with what a network makes of them; a person's own network is asked for the
    bundled ones alone.

    Raises:
        CheckpointError, DatasetError: as ``examples``.
    """
    if network.card_name:
        return examples(network.card_name)
    bundled = samples(network.dataset)
    predictions = network.model(to_input(network.model, bundled.images)).argmax(1)
    return Examples(
        bundled.images, torch.tensor(bundled.test_indices), bundled.labels, predictions, False
    )


def attackable(letter: str) -> Attackable:
    """Model A, B or M, or the ResNet.

    Raises:
        CheckpointError: its files are missing or damaged.
    """
    name = {"A": "mnist_model_a", "B": "mnist_model_b", "M": "mnist_model_a"}.get(
        letter, "cifar10_resnet"
    )
    network, shown = model(name), card(name)
    if letter == "M":
        network = Saturated(network).eval()
    return Attackable(
        network, name, shown["config"]["dataset"], tuple(shown["classes"]), bounds_of(network)
    )
