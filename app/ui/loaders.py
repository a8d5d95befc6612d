"""Everything the chapters read from disk, cached once for all sessions. What comes from here is never changed."""

from __future__ import annotations

import contextlib
import gc
import importlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st
import torch
from torch import nn

from app.ui import charts
from core import checkpoints
from core.datasets import SAMPLES, Samples, load_samples
from core.evaluation import per_class_accuracy


@st.cache_resource(show_spinner=False)
def boot() -> None:
    """Once a server, after all heavy imports.

    torch gets one thread, since two spin against each other in small networks. What is imported by now is frozen: the
    garbage collection that Streamlit does after every rerun would otherwise walk all of it (240 ms with torch).
    """
    importlib.import_module("pyarrow")  # else imported by the first chart
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()


def _stamp(path: Path) -> tuple[int, int]:
    """Changes when the file does, so a new training shows without a restart; (0, 0) for a missing file."""
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
    return _card(name, str(checkpoints.CHECKPOINTS), _stamp(checkpoints.card_path(name, checkpoints.CHECKPOINTS)))


@st.cache_resource(show_spinner=False, max_entries=20)
def _card(name: str, folder: str, stamp: tuple[int, int]) -> dict[str, Any]:
    return checkpoints.load_card(name, folder)


def model(name: str) -> nn.Module:
    """A trained network in eval mode, shared by all sessions; its weights take no gradients.

    Raises:
        CheckpointError: its files are missing or damaged.
    """
    folder = checkpoints.CHECKPOINTS
    stamps = (_stamp(checkpoints.card_path(name, folder)), _stamp(checkpoints.weights_path(name, folder)))
    return _model(name, str(folder), stamps)


@st.cache_resource(show_spinner=False, max_entries=10)
def _model(name: str, folder: str, stamps: tuple[tuple[int, int], ...]) -> nn.Module:
    return checkpoints.load(name, folder).model.requires_grad_(False)


def epoch_kernels(name: str, epoch: int) -> npt.NDArray[np.float32]:
    """The first convolution's weights after one epoch, (kernels, channels, height, width); 0 is before training.

    Raises:
        CheckpointError: that epoch was not kept, or its file is missing or damaged.
    """
    folder = checkpoints.CHECKPOINTS
    return _epoch_kernels(name, epoch, str(folder), _stamp(checkpoints.card_path(name, folder)))


@st.cache_data(show_spinner=False, max_entries=400)
def _epoch_kernels(name: str, epoch: int, folder: str, stamp: tuple[int, int]) -> npt.NDArray[np.float32]:
    kept = checkpoints.load_epoch(name, epoch, folder)
    return next(kept[key].float().numpy() for key in sorted(kept) if kept[key].dim() == 4)


def kernel_limit(name: str) -> float:
    """The largest absolute first-layer weight over all epochs that can be read: one scale for the epoch slider.

    Raises:
        CheckpointError: the card is missing or damaged.
    """
    largest = 0.0
    for epoch in range(card(name)["result"]["epochs"] + 1):
        with contextlib.suppress(checkpoints.CheckpointError):  # the page says so where that epoch is shown
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


def curves(name: str, quantity: str, theme: str) -> dict[str, Any]:
    """The chart of a network's loss or accuracy per epoch, with the homework's bar in the accuracy.

    Raises:
        CheckpointError: the card is missing or damaged.
    """
    folder = checkpoints.CHECKPOINTS
    return _curves(name, quantity, theme, str(folder), _stamp(checkpoints.card_path(name, folder)))


@st.cache_data(show_spinner=False, max_entries=50)
def _curves(name: str, quantity: str, theme: str, folder: str, stamp: tuple[int, int]) -> dict[str, Any]:
    shown = _card(name, folder, stamp)
    goal = shown["homework_accuracy"] if quantity == "accuracy" else None
    return charts.curves(shown["history"], quantity, goal=goal, theme=theme)


def epoch_charts(name: str, epoch: int, theme: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The confusion matrix and the bars of per-class accuracy after one epoch.

    Raises:
        CheckpointError: the card is missing or damaged.
    """
    folder = checkpoints.CHECKPOINTS
    return _epoch_charts(name, epoch, theme, str(folder), _stamp(checkpoints.card_path(name, folder)))


@st.cache_data(show_spinner=False, max_entries=400)
def _epoch_charts(
    name: str, epoch: int, theme: str, folder: str, stamp: tuple[int, int]
) -> tuple[dict[str, Any], dict[str, Any]]:
    shown = _card(name, folder, stamp)
    matrix = shown["history"][epoch - 1]["confusion"]
    every = [per_class_accuracy(torch.tensor(record["confusion"])) for record in shown["history"]]
    low = 0.9 if min(map(min, every)) >= 0.9 else 0.0
    return (
        charts.confusion(matrix, shown["classes"], theme=theme),
        charts.class_bars(every[epoch - 1], shown["classes"], low=low, theme=theme),
    )
