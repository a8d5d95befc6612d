"""The view of what the network had learned after each epoch."""

from __future__ import annotations

from typing import Any

import streamlit as st
import torch

from app.chapters.training import matrix_charts, recipe
from app.ui import blocks, charts, keys, networks, tables, widgets
from app.ui.address import Name
from app.ui.cache import cached
from app.ui.palette import Spec
from core.evaluation import per_class_accuracy


@blocks.fragment
def view(card: dict[str, Any], *_others: dict[str, Any]) -> None:
    """One slider; kernels, confusion matrix and per-class accuracy of that epoch."""
    with blocks.or_error():  # a fragment's error does not reach the page around it
        after(card, pick_epoch(card["result"]["epochs"]))


def pick_epoch(epochs: int) -> int:
    """An epoch from 1 to the last, which is shown first."""
    if epochs == 1:
        return 1
    keys.turns(Name.EPOCH, range(1, epochs + 1), thing="epoch", default=epochs)
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key="steps"):
        st.markdown("After epoch", width="content")
        epoch = widgets.slider(
            Name.EPOCH, "After epoch", 1, epochs, default=epochs, label_visibility="collapsed"
        )
    return int(epoch)


def after(card: dict[str, Any], epoch: int) -> None:
    """What the network had learned after one epoch."""
    left, right = st.columns([40, 74] if card["epoch_weights"] else [1, 90], gap="medium")
    if card["epoch_weights"]:
        with left, blocks.or_error():
            kernels(card["name"], epoch)
    with right:
        confusion_and_classes(card["name"], epoch)
    st.caption(recipe.epoch_line(card, epoch))


def confusion_and_classes(name: str, epoch: int) -> None:
    """The confusion matrix of one epoch, and each class's accuracy beside it."""
    matrix, bars = epoch_charts(name, epoch)
    card = networks.card(name)
    counts, classes = card["history"][epoch - 1]["confusion"], card["classes"]
    shares = {"accuracy": per_class_accuracy(torch.tensor(counts))}
    left, right = st.columns([52, 34], gap="medium")
    with left:
        alt = f"confusion matrix after epoch {epoch}"
        blocks.chart(
            matrix, key="training_confusion", alt=alt, tables=[tables.confusion(counts, classes)]
        )
    with right:
        alt = f"accuracy per class after epoch {epoch}"
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
            alt=f"first-layer kernels before training and after epoch {epoch}",
            tables=[
                tables.grid(f"{title}: kernel {index}", kernel)
                for title, kernels in groups.items()
                for index, kernel in enumerate(kernels, 1)
            ],
        )
        return
    for column, (title, weights) in zip(st.columns(2), {"Before": before, "Now": now}.items()):
        largest = float(abs(weights).max())
        with column, st.container(key=f"crisp_{title}"):
            st.image(
                matrix_charts.filters(weights, largest, columns=8),
                width="stretch",
                output_format="PNG",
                caption=f"{title}, ±{largest:.2f}",
                alt=f"{title}: the first layer's {len(weights)} kernels as small colour pictures",
            )
    st.caption(
        f"{len(now)} kernels in colour, each side on its own scale: grey is 0, light +, dark −."
    )


@cached(lambda name, epoch: networks.card_files(name), most=400)
def epoch_charts(name: str, epoch: int) -> tuple[Spec, Spec]:
    """The confusion matrix and the bars of per-class accuracy after one epoch.

    Raises:
        CheckpointError: the card is missing or damaged.
    """
    card = networks.card(name)
    matrices = [record["confusion"] for record in card["history"]]
    accuracies = [per_class_accuracy(torch.tensor(matrix)) for matrix in matrices]
    low = 0.9 if min(map(min, accuracies)) >= 0.9 else 0.0  # one axis for all epochs
    largest_error = matrix_charts.largest_error(card["result"]["confusion"])
    return (
        matrix_charts.confusion(matrices[epoch - 1], card["classes"], largest_error=largest_error),
        matrix_charts.class_bars(accuracies[epoch - 1], card["classes"], low=low),
    )
