"""The view of what the network had learned after each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
import torch

from app.chapters.training import matrix_charts, recipe
from app.ui import (
    blocks,
    charts,
    client,
    crisp,
    keys,
    networks,
    page_files,
    results,
    rooms,
    tables,
    widgets,
)
from app.ui.address import Name
from app.ui.cache import cached
from app.ui.palette import Spec
from app.ui.saveable import ROWS, PixelFigure
from core import homework
from core.evaluation import per_class_accuracy

MOST_STOPS = 50


@blocks.fragment
def view(card: dict[str, Any], *_others: dict[str, Any]) -> None:
    """One slider; kernels, confusion matrix and per-class accuracy of that epoch."""
    with blocks.or_error():  # a fragment's error does not reach the page around it
        first = 0 if results.is_measured_untrained(card) else 1
        after(card, pick_epoch(first, card["result"]["epochs"]))


def pick_epoch(first: int, last: int) -> int:
    """An epoch up to the last, which is shown at first; to choose, to turn to and to play.

    Args:
        first: 0, before the first step, or 1.
        last: of the training.
    """
    if first == last:
        return last
    stops = stops_of(first, last)
    keys.turns(
        Name.EPOCH,
        stops,
        thing="epoch",
        default=last,
        plays=True,
        fit=lambda epoch: max((stop for stop in stops if stop <= epoch), default=first),
    )
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key="steps"):
        with rooms.room("play", "epochs"):
            client.play("epoch_play")
        st.markdown("After epoch", width="content")
        epoch = widgets.slider(
            Name.EPOCH, "After epoch", first, last, default=last, label_visibility="collapsed"
        )
    return int(epoch)


def stops_of(first: int, last: int) -> list[int]:
    """The epochs that keys and the button go through: of a long training fewer and fewer, since
    most happens at its beginning.
    """
    if last <= MOST_STOPS:
        return list(range(first, last + 1))
    stops = [*range(first, 11), *range(15, 51, 5), *range(60, last, 10)]
    return [*(stop for stop in stops if stop < last), last]


def after(card: dict[str, Any], epoch: int) -> None:
    """What the network had learned after one epoch."""
    left, right = st.columns([40, 74] if card["epoch_weights"] else [1, 90], gap="medium")
    if card["epoch_weights"]:
        with left, blocks.or_error():
            kernels(card["name"], epoch)
    with right, blocks.or_error():
        confusion_and_classes(card["name"], epoch)
        st.caption(line(card, epoch))


def line(card: dict[str, Any], epoch: int) -> str:
    """The result after one epoch, in a sentence."""
    if epoch == 0:
        return recipe.untrained_line(card, results.untrained(card))
    return recipe.epoch_line(card, epoch)


def confusion(card: dict[str, Any], epoch: int) -> list[list[int]]:
    """The confusion matrix after one epoch, or before the first step.

    Raises:
        CheckpointError: epoch 0 cannot be read, or is of other weights.
    """
    record = card["history"][epoch - 1] if epoch else results.untrained(card)
    counts: list[list[int]] = record["confusion"]
    return counts


def confusion_and_classes(name: str, epoch: int) -> None:
    """The confusion matrix of one epoch, and each class's accuracy beside it."""
    matrix, bars = epoch_charts(name, epoch)
    card = networks.card(name)
    counts, classes = confusion(card, epoch), card["classes"]
    shares = {"accuracy": per_class_accuracy(torch.tensor(counts))}
    left, right = st.columns([52, 34], gap="medium")
    with left:
        alt = "confusion matrix after the epoch"  # the same for all: another would draw anew
        blocks.chart(
            matrix, key="training_confusion", alt=alt, tables=[tables.confusion(counts, classes)]
        )
    with right:
        alt = "accuracy per class after the epoch"
        table = tables.shares("Accuracy", classes, shares, corner="true class")
        blocks.chart(bars, key="training_classes", alt=alt, tables=[table])


def kernels(name: str, epoch: int) -> None:
    """The first layer's kernels before training and now: numbers in grey pictures' kernels, colours
    in RGB ones.
    """
    before, now = (networks.epoch_kernels(name, number) for number in (0, epoch))
    if now.shape[1] == 1:
        groups = {"Before": before[:, 0].tolist(), "Now": now[:, 0].tolist()}
        blocks.chart(
            charts.kernels(groups, networks.kernel_limit(name)),
            key="training_kernels",
            alt="first-layer kernels before training and after the epoch",
            tables=[
                tables.grid(f"{title}: kernel {index}", kernel)
                for title, kernels in groups.items()
                for index, kernel in enumerate(kernels, 1)
            ],
        )
        return
    sides = {"Before": before, "Now": now}
    signs = "grey is\u00a00, light\u00a0+, dark\u00a0−"
    said = f"{len(now)} kernels in colour, each side on its own scale: {signs}."
    says = f"{networks.card(name)['title']}, epoch {epoch}; {said}"
    page_files.seen(kernel_pictures(sides, says))
    for column, (title, weights) in zip(st.columns(2), sides.items()):
        largest = float(abs(weights).max())
        with column, st.container(key=f"{ROWS}{title}"):
            crisp.picture(
                torch.from_numpy(
                    matrix_charts.filters(weights, largest, columns=8).transpose(2, 0, 1)
                ),
                caption=f"{title}, ±{largest:.2f}",
                alt=f"{title}: the first layer's {len(weights)} kernels as small colour pictures",
            )
    with st.container(key="of_pictures"):  # not of the charts beside them
        st.caption(said)


def kernel_pictures(sides: Mapping[str, np.ndarray], says: str) -> PixelFigure:
    """What is saved of the first layer's kernels: their weights.

    Args:
        sides: "Before" and "Now" to the kernels, (count, C, h, w).
        says: the caption.
    """
    numbers = {
        f"{title}, kernel {index}": torch.from_numpy(kernel)
        for title, kernels in sides.items()
        for index, kernel in enumerate(kernels, 1)
    }
    keys = tuple(f"{ROWS}{title}" for title in sides)
    return PixelFigure("training_filters", "First-layer kernels", says, numbers, len(sides), keys)


def _epoch_files(name: str, epoch: int) -> list[Path]:
    return [*networks.card_files(name), *results.result_files(homework.UNTRAINED.get(name, name))]


@cached(_epoch_files, most=400)
def epoch_charts(name: str, epoch: int) -> tuple[Spec, Spec]:
    """The confusion matrix and the bars of per-class accuracy after one epoch.

    Raises:
        CheckpointError: the card is missing or damaged, or epoch 0 is.
    """
    card = networks.card(name)
    counts = confusion(card, epoch)
    first = 0 if results.is_measured_untrained(card) else 1
    every = [per_class_accuracy(torch.tensor(one["confusion"])) for one in card["history"]]
    low = 0.9 if first and min(map(min, every)) >= 0.9 else 0.0  # one axis for all epochs
    largest_error = matrix_charts.largest_error(card["result"]["confusion"])
    accuracies = per_class_accuracy(torch.tensor(counts))
    return (
        matrix_charts.confusion(counts, card["classes"], largest_error=largest_error),
        matrix_charts.class_bars(accuracies, card["classes"], low=low),
    )
