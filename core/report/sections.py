"""What stands on each sheet of the report, and which question of the homework it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from core import homework
from core.cam import METHODS, class_activation_maps, upsample
from core.checkpoints import Checkpoint
from core.conv import Conv2d
from core.data.samples import load_samples
from core.models import parameter_count, to_input
from core.report import answers, figures, layers, networks, rates
from core.report.document import Sheet
from core.report.evasion import strips_sheet

CAM_ROWS = 6  # pictures in the homework's figure
ALPHA, METHOD = 0.5, "bilinear"
CHANNEL = 2  # of the first layer of part 2, drawn in part 1


@dataclass(frozen=True)
class Sources:
    """What the report is made from.

    Attributes:
        cards: of every network, by name.
        loaded: the networks with weights, by name.
        measured: the success rates of the attacks.
    """

    cards: Mapping[str, Mapping[str, Any]]
    loaded: Mapping[str, Checkpoint]
    measured: Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """A sheet of the report.

    Attributes:
        title: above it.
        questions: of the homework that it answers.
        draw: fills it.
    """

    title: str
    questions: tuple[str, ...]
    draw: Callable[[Sheet, Sources], None]


@dataclass(frozen=True)
class CamMaps:
    """The maps of the classes that the ResNet sees in some pictures, as the network gave them."""

    names: list[str]
    images: UInt8[Tensor, "n 3 h w"]
    cells: Float[Tensor, "n rows columns"]

    def rows(self, method: str) -> list[figures.CamRow]:
        """Each picture with its map."""
        size = (self.images.shape[2], self.images.shape[3])
        return list(
            map(figures.CamRow, self.names, self.images, upsample(self.cells, size, method))
        )

    def first(self) -> dict[str, Float[Tensor, "h w"]]:
        """The first map in every interpolation."""
        size = (self.images.shape[2], self.images.shape[3])
        return {method: upsample(self.cells[0], size, method) for method in METHODS}


def cam_maps(loaded: Checkpoint) -> CamMaps:
    """The maps of the first bundled pictures.

    Args:
        loaded: the ResNet.
    """
    samples = load_samples(loaded.card["config"]["dataset"])
    images = samples.images[:CAM_ROWS]
    found = class_activation_maps(loaded.model, to_input(loaded.model, images))
    labels, classes = found.logits.argmax(1), loaded.card["classes"]
    names = [
        f"test picture {index}:\n{classes[true]}"
        + (f", taken for\n{classes[label]}" if label != true else "")
        for index, true, label in zip(
            samples.test_indices, samples.labels.tolist(), labels.tolist()
        )
    ]
    return CamMaps(names, images, found.maps[torch.arange(len(images)), labels])


def _layers(sheet: Sheet, sources: Sources) -> None:
    sheet.text(
        "Convolution and max pooling are written without torch's own. As one matrix product "
        "(im2col) a convolution pads the picture (F.pad), makes every window a column (F.unfold) "
        "and multiplies by all kernels at once; the layers multiply by one row of the kernels "
        "after the other, which copies less. Max pooling pads with -∞ and takes the largest "
        "number of each window. The layers have the arguments, the initialisation and the state "
        "dict of torch's; a stride of max pooling that is not given is its kernel size. For stride "
        "s, padding p and kernel k an axis of n cells gives floor((n + 2p − k) / s) + 1."
    )
    model = sources.loaded[homework.MNIST_CNN].model
    image = to_input(model, load_samples("mnist").images[:1])[0]
    first = next(module for module in model.modules() if isinstance(module, Conv2d))
    layers.layers_sheet(sheet, first, image, CHANNEL)


def _small_network(sheet: Sheet, sources: Sources) -> None:
    _chain(sheet, sources, homework.MNIST_CNN, "built with the layers of part 1, no softmax")


def _digit_network(sheet: Sheet, sources: Sources) -> None:
    _chain(sheet, sources, homework.MODEL_A, "pixels from 0 to 255, scaled by nothing", 3)
    answers.tasks_sheet(sheet)


def _chain(sheet: Sheet, sources: Sources, name: str, about: str, below: float = 0) -> None:
    """A drawn network with the maps of the first bundled digit."""
    model, samples = sources.loaded[name].model, load_samples("mnist")
    steps = networks.steps_of(model, to_input(model, samples.images[:1]))
    sheet.text(
        f"{type(model).__name__}, {parameter_count(model):,} parameters, {about}. Drawn from the "
        "modules as they run: shapes at the left, parameters in the boxes that learn, and what "
        "comes out of each step for a bundled digit (blue above zero, white zero, orange below)."
    )
    networks.draw_chain(sheet, samples.images[0].float(), steps, room=sheet.room - below)


def _residual_network(sheet: Sheet, sources: Sources) -> None:
    model = sources.loaded[homework.RESNET].model
    images = to_input(model, load_samples("cifar10").images[:1])
    sheet.text(
        f"{type(model).__name__}, {parameter_count(model):,} parameters, none of them pre-trained. "
        "No convolution has a bias, since a BatchNorm2d follows each; every block changes the "
        "shape, so its shortcut is a 1 × 1 convolution with its own BatchNorm2d. He "
        "initialisation: weights from N(0, 2 / fan-in). The normalisation of the pictures is the "
        "first layer instead of the last transform. Drawn from the modules as they run."
    )
    networks.draw_residual(sheet, images[0], networks.steps_of(model, images))


def _training(*names: str) -> Callable[[Sheet, Sources], None]:
    def draw(sheet: Sheet, sources: Sources) -> None:
        cards = [sources.cards[name] for name in names]
        said = [say(card) for say in (answers.accuracy, answers.generalisation) for card in cards]
        figures.draw_training(sheet, cards, below_curves=sum(map(sheet.text_height, said)))
        for paragraph in said:
            sheet.text(paragraph)

    return draw


def _cam(sheet: Sheet, sources: Sources) -> None:
    sheet.text(
        "The 512 maps before the average pooling, weighted by the last layer's row of one class "
        "and summed: M = Σ w·f. Its mean plus the bias is the logit of the class. The class is the "
        f"one that the network sees; the 4 × 4 numbers are stretched over the picture ({METHOD})."
    )
    maps = cam_maps(sources.loaded[homework.RESNET])
    figures.draw_cam_rows(sheet, maps.rows(METHOD), alpha=ALPHA)


def _interpolations(sheet: Sheet, sources: Sources) -> None:
    maps = cam_maps(sources.loaded[homework.RESNET])
    stretched, cells = maps.first(), maps.cells[0]
    name = maps.names[0].replace("\n", " ")
    sheet.text(
        f"{name[0].upper()}{name[1:]}. The same 4 × 4 numbers in every column, on one scale; below "
        f"the blend, alpha {ALPHA:g}."
    )
    figures.draw_interpolations(sheet, maps.images[0], stretched, alpha=ALPHA)
    given, *drawn = (
        f"{float(one.min()):.2f} to {float(one.max()):.2f}".replace("-", "−")
        for one in (cells, *stretched.values())
    )
    ranges = "; ".join(f"{method} {numbers}" for method, numbers in zip(stretched, drawn))
    sheet.text(
        "Uneven: nearest repeats each number over its block, so that edges appear which are in no "
        "picture. Smooth: bilinear goes straight from one number to the next; bicubic and spline "
        "are smoother still, and go beyond the numbers they were given. The network's numbers run "
        f"from {given}; drawn are {ranges}. "
        "Smoothness is drawn, not seen by the network: it gave 16 numbers."
    )


def _success(sheet: Sheet, sources: Sources) -> None:
    sheet.text(answers.success_answer(sources.measured))
    figures.draw_success(sheet, sources.measured, homework.TASKS)
    rates.stored_table(sheet, sources.measured)


def _tasks(sheet: Sheet, sources: Sources) -> None:
    figures.draw_tasks(sheet, sources.measured, homework.TASKS, list(homework.ATTACKED))
    sheet.heading("Task 3 over task 2, in points of a hundred")
    rates.rates_table(sheet, sources.measured)
    sheet.text(rates.losses(sources.measured))


def _strips(network: str) -> Callable[[Sheet, Sources], None]:
    def draw(sheet: Sheet, sources: Sources) -> None:
        strips_sheet(sheet, sources.loaded[homework.ATTACKED[network]], network)

    return draw


def _answers(sheet: Sheet, sources: Sources) -> None:
    answers.answers_sheet(sheet, sources.measured)


SECTIONS = (
    Section(
        "Part 1: convolution and pooling by hand",
        ("1  Convolution and max pooling by hand, tested thoroughly",),
        _layers,
    ),
    Section(
        "Part 2: the small CNN on MNIST",
        ("2  The small CNN of figure 1, its shapes and parameters",),
        _small_network,
    ),
    Section(
        "Part 2: its training",
        ("2  Loss and accuracy per epoch; at least 90% on the validation images",),
        _training(homework.MNIST_CNN),
    ),
    Section(
        "Part 3: the ResNet",
        ("3  The ResNet of figures 2 and 3, its shapes and parameters",),
        _residual_network,
    ),
    Section(
        "Part 4: the ResNet on CIFAR-10",
        ("4  Loss and accuracy per epoch; at least 85% on the validation images",),
        _training(homework.RESNET, homework.PLAIN_RESNET),
    ),
    Section(
        "Part 5: class activation maps",
        ("5  Input, map and blend of at least three validation images",),
        _cam,
    ),
    Section(
        "Part 5: interpolations",
        ("5  A smooth interpolation beside an uneven one",),
        _interpolations,
    ),
    Section(
        "Part 6: models A and B, and the three attacks",
        ("6  Tasks 1, 2 and 3: the attacks, and the networks that are attacked",),
        _digit_network,
    ),
    Section(
        "Part 6: success over epsilon, task by task",
        ("6  Task 4: success rate over epsilon, all tasks against A and B",),
        _success,
    ),
    Section(
        "Part 6: success over epsilon, network by network",
        ("6  Task 3: what it improves over task 2",),
        _tasks,
    ),
    *(
        Section(
            f"Part 6: adversarial pictures against model {network}",
            (f"6  Task 4: are the pictures inconspicuous? Model {network}",),
            _strips(network),
        )
        for network in homework.ATTACKED
    ),
    Section(
        "Part 6: answers",
        (
            "6  Task 4: A compared with B, and what is found",
            "6  Task 4: training set or test set, and why",
            "6  Bonus: task 3 at epsilon 8 and 16 against A and B",
        ),
        _answers,
    ),
)
