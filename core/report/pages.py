"""The homework's report, page by page: from the cards, the trained networks and the bundled
pictures alone.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from core import checkpoints, homework
from core.attacks import IMPROVED, attack
from core.cam import METHODS, class_activation_maps, upsample
from core.checkpoints import Checkpoint, results
from core.checkpoints.cards import duration
from core.data.samples import load_samples
from core.models import bounds_of, to_input
from core.report import figures

CAM_ROWS = 6  # pictures in the homework's figure
STRIP = (0, 2, 4, 8, 16, 32)
STRIP_DIGITS = (0, 1, 2, 3)  # of the bundled pictures


def pages(folder: str | Path = checkpoints.CHECKPOINTS) -> list[figures.Page]:
    """All pages of the report.

    Args:
        folder: with the checkpoints and the measured results.

    Raises:
        CheckpointError: one of them is missing or damaged.
        DatasetError: so is a bundled picture.
    """
    cards = {name: checkpoints.load_card(name, folder) for name in homework.NETWORKS}
    measured = results.load("mnist_attacks", folder)
    resnet = checkpoints.load("cifar10_resnet", folder)
    summary = [
        f"{card['title']}: {card['result']['validation_accuracy']:.2%} on {card['validated_on']}, "
        f"{card['parameters']:,} parameters, {card['result']['epochs']} epochs."
        for card in cards.values()
    ]
    return [
        figures.text_page(
            "Convolutional networks: the homework",
            [
                "Reference solution. Every number and picture here is made by one command from "
                "the trained networks and the measured results in checkpoints/; the appendix "
                "tells how those were made.",
                *summary,
            ],
        ),
        figures.training_page([cards["mnist_cnn"]], "Part 2: the small CNN on MNIST"),
        figures.training_page(
            [cards["cifar10_resnet"], cards["cifar10_resnet_plain"]], "Part 4: the ResNet"
        ),
        *cam_figures(resnet, "bilinear", 0.5),
        figures.success_page(measured, homework.TASKS, "Part 6: success of the attacks"),
        *(_strips(folder, network) for network in homework.ATTACKED),
        figures.text_page("Part 6: answers", homework.answers(measured)),
        figures.text_page("Appendix: how it was made", _appendix(cards, measured)),
    ]


def cam_figures(loaded: Checkpoint, method: str, alpha: float) -> tuple[figures.Page, figures.Page]:
    """The homework's figures 5 and 6, of the bundled pictures.

    Args:
        loaded: the ResNet.
        method: of the upsampling in the rows.
        alpha: of the blends.

    Returns:
        Rows of input, map and blend; one map in all interpolations.
    """
    samples = load_samples(loaded.card["config"]["dataset"])
    images = samples.images[:CAM_ROWS]
    found = class_activation_maps(loaded.model, to_input(loaded.model, images))
    labels, names = found.logits.argmax(1), loaded.card["classes"]
    cells = found.maps[torch.arange(CAM_ROWS), labels]  # (N, h, w)
    titles = [
        f"test picture {index}: {names[true]}"
        + (f", taken for {names[label]}" if label != true else "")
        for index, true, label in zip(
            samples.test_indices, samples.labels.tolist(), labels.tolist()
        )
    ]
    size = (images.shape[2], images.shape[3])
    rows = figures.cam_rows(images, upsample(cells, size, method), titles, alpha=alpha)
    maps = [upsample(cells[0], size, each) for each in METHODS]
    return rows, figures.interpolation_row(images[0], maps, METHODS, name=titles[0], alpha=alpha)


def _strips(folder: str | Path, network: str) -> figures.Page:
    """Adversarial pictures at growing epsilon, and what the model takes them for."""
    loaded = checkpoints.load(homework.ATTACKED[network], folder)
    model, samples = loaded.model.requires_grad_(False), load_samples("mnist")
    strips, captions = {}, {}
    for index in STRIP_DIGITS:
        chosen = slice(index, index + 1)
        images, labels = to_input(model, samples.images[chosen]), samples.labels[chosen]
        pictures = torch.cat([_fooled(model, images, labels, epsilon) for epsilon in STRIP])
        predicted = model(pictures).argmax(1).tolist()
        name = f"digit {int(labels)}"
        strips[name] = pictures.byte()
        captions[name] = [f"ε {epsilon}: {label}" for epsilon, label in zip(STRIP, predicted)]
    return figures.strips_page(
        strips, captions, f"Part 6: adversarial pictures (task 1, 20 gradients), model {network}"
    )


def _fooled(model: nn.Module, images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
    bounds = bounds_of(model)
    return attack(
        model, images, labels, epsilon, method=IMPROVED, bounds=bounds, whole=True
    ).adversarial


def _appendix(cards: dict, measured: dict) -> list[str]:  # type: ignore[type-arg]
    lines = []
    for card in [*cards.values(), measured]:
        hardware, versions = card["hardware"], card["versions"]
        lines.append(
            f" {card['name']}: {card['command']}; seed {card['seed']}; "
            f"{duration(card['result']['seconds'] if 'result' in card else card['seconds'])}; "
            f"{hardware['cpu']}, "
            f"{hardware['device']}; torch {versions['torch']}, Python {versions['python']}"
        )
    return lines
