"""The view of what the network had learned after each epoch."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.chapters.training import matrix_charts, recipe
from app.ui import blocks, charts, loaders, widgets


@st.fragment
def view(card: dict[str, Any], *_others: dict[str, Any]) -> None:
    """One slider; kernels, confusion matrix and per-class accuracy of that epoch."""
    with blocks.or_error():  # a fragment's error does not reach the page around it
        after(card, widgets.pick_epoch(card["result"]["epochs"]))


def after(card: dict[str, Any], epoch: int) -> None:
    """What the network had learned after one epoch.

    The caption stands beside the kernels, which are higher than the charts: under them, a projector
    would not show it.
    """
    left, right = st.columns([23, 90] if card["epoch_weights"] else [1, 90], gap="medium")
    if card["epoch_weights"]:
        with left, blocks.or_error():
            kernels(card["name"], epoch)
    with right:
        confusion_and_classes(card["name"], epoch)
        st.caption(recipe.epoch_line(card, epoch))


def confusion_and_classes(name: str, epoch: int) -> None:
    """The confusion matrix of one epoch, and each class's accuracy beside it."""
    matrix, bars = loaders.epoch_charts(name, epoch)
    left, right = st.columns([52, 34], gap="medium")
    with left:
        alt = f"confusion matrix after epoch {epoch}"
        blocks.chart(matrix, key="training_confusion", alt=alt)
    with right:
        blocks.chart(bars, key="training_classes", alt=f"accuracy per class after epoch {epoch}")


def kernels(name: str, epoch: int) -> None:
    """The first layer's kernels before training and now: numbers in grey pictures' kernels, colours
    in RGB ones.
    """
    before, now = (loaders.epoch_kernels(name, number) for number in (0, epoch))
    if now.shape[1] == 1:
        groups = {"Before": before[:, 0].tolist(), "Now": now[:, 0].tolist()}
        blocks.chart(
            charts.kernels(groups, loaders.kernel_limit(name)),
            key="training_kernels",
            alt=f"first-layer kernels before training and after epoch {epoch}",
        )
        return
    for column, (title, weights) in zip(st.columns(2), {"Before": before, "Now": now}.items()):
        largest = float(abs(weights).max())
        with column, st.container(key=f"crisp_{title}"):
            st.image(
                matrix_charts.filters(weights, largest, columns=5),
                width="stretch",
                output_format="PNG",
                caption=f"{title}, ±{largest:.2f}",
                alt=f"{title}: the first layer's {len(weights)} kernels as small colour pictures",
            )
    st.caption(
        f"{len(now)} kernels in colour, each side on its own scale: grey is 0, light +, dark −."
    )
