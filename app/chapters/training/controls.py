"""Pickers of the training chapter: network, epoch, a cell of the confusion matrix, settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.chapters.training.charts import PICKED
from app.ui.old_keys import Key, keep_in_address, keep_within
from core.checkpoints import KNOWN


def pick_epoch(epochs: int) -> int:
    """An epoch from 1 to the last, which is shown first."""
    keep_within(Key.TRAIN_EPOCH, range(1, epochs + 1))
    if epochs == 1:
        return 1
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key="steps"):
        st.markdown("After epoch", width="content")
        return int(
            st.slider(
                "After epoch",
                1,
                epochs,
                value=epochs,
                key=Key.TRAIN_EPOCH,
                bind="query-params",
                label_visibility="collapsed",
            )
        )


def pick_network(names: Sequence[str]) -> str:
    """One of the trained networks, by its data set; nothing to choose from one."""
    keep_within(Key.TRAIN_NETWORK, names)
    if len(names) == 1:
        return names[0]
    with st.container(width="content"):
        return str(
            st.segmented_control(
                "Network",
                names,
                default=names[0],
                required=True,
                format_func=lambda name: KNOWN[name].title,
                key=Key.TRAIN_NETWORK,
                bind="query-params",
                wrap=False,
                label_visibility="collapsed",
            )
        )


@dataclass(frozen=True)
class Training:
    """Settings of a training that runs while the class watches.

    Attributes:
        images: training images; the first so many.
        epochs: passes over them.
        learning_rate: the peak of the one-cycle schedule.
    """

    images: int
    epochs: int
    learning_rate: float


def pick_training(*, runs: bool) -> Training:
    """How long and how fast to train now; while a training ``runs``, its settings stay."""
    images = st.segmented_control(
        "Training images",
        (1_000, 10_000, 60_000),
        default=10_000,
        required=True,
        format_func="{:,}".format,
        key=Key.TRAIN_IMAGES,
        bind="query-params",
        disabled=runs,
    )
    rate = st.segmented_control(
        "Peak learning rate",
        (0.001, 0.01, 0.1),
        default=0.01,
        required=True,
        format_func="{:g}".format,
        key=Key.TRAIN_RATE,
        bind="query-params",
        disabled=runs,
    )
    epochs = st.slider(
        "Epochs", 1, 20, value=5, key=Key.TRAIN_EPOCHS, bind="query-params", disabled=runs
    )
    return Training(int(images), int(epochs), float(rate))


def picked_cell(event: Any, classes: Sequence[str]) -> tuple[int, int] | None:  # noqa: ANN401 - streamlit's own
    """(true, predicted) of the cell of a confusion matrix that was clicked last, None before the
    first click.
    """
    cells = event["selection"].get(PICKED) if event else None
    names = [cells[0]["true"], cells[0]["predicted"]] if cells else []
    if not names or not set(names) <= set(
        classes
    ):  # a click on the matrix of the network that was shown before
        return None
    return classes.index(names[0]), classes.index(names[1])


def first_cell(network: str, classes: Sequence[str], usual: tuple[int, int]) -> tuple[int, int]:
    """(true, predicted) of the cell that is outlined when a confusion matrix appears: the
    address's, else the usual.

    It stays the same while the matrix does: a matrix with another one would be drawn anew.
    """
    shown: str | None
    cell: tuple[int, int]
    shown, cell = st.session_state.get(Key.TRAIN_CELL_FIRST, (None, usual))
    if Key.TRAIN_MATRIX not in st.session_state or shown != network:
        names = st.query_params.get(Key.TRAIN_CELL, "").split("-")
        known = len(names) == 2 and set(names) <= set(classes)
        cell = (classes.index(names[0]), classes.index(names[1])) if known else usual
        st.session_state[Key.TRAIN_CELL_FIRST] = (network, cell)
    return cell


def tell_cell(cell: tuple[int, int], classes: Sequence[str], usual: tuple[int, int]) -> None:
    """Keep the shown cell of the confusion matrix in the address, unless it is the usual one."""
    keep_in_address(
        Key.TRAIN_CELL, None if cell == usual else "-".join(classes[label] for label in cell)
    )


def pick_page(count: int, size: int, what: tuple[Any, ...]) -> slice:
    """A page of things, with a pager if there is more than one; ``what`` names them, so that others
    start anew.
    """
    pages = -(-count // size)
    if pages <= 1:
        return slice(0, size)
    page = st.pagination(
        pages, max_visible_pages=5, key="_".join(map(str, (Key.TRAIN_PAGE, *what)))
    )
    return slice((page - 1) * size, page * size)
