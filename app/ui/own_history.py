"""A person's own training, whose curves lie over ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from app.ui.uploads import in_use, upload
from core.checking import history
from core.checking.history import HistoryError
from core.checking.results import Epoch

KEY = "own_history"  # of the file in the session
LABEL = "A training of yours over ours"
HOW = (
    "CSV or JSON with loss and accuracy of each epoch, such as the columns epoch, loss, accuracy, "
    "val_loss and val_accuracy; what Keras' History holds, Lightning's metrics.csv, or one curve "
    "that TensorBoard exports. It stays in this visit."
)
Own = tuple[str, tuple[Epoch, ...]]  # the file's name, and the training that it holds


def chosen() -> Own | None:
    """The training in use, before its field is drawn; None: there is none."""
    return in_use(KEY, _read)


def field() -> None:
    """The field for a file, folded away."""
    with st.expander(LABEL, icon=":material/upload_file:"):
        st.markdown(HOW)
        upload(LABEL, _read, refusal=HistoryError, key=KEY, megabytes=history.LARGEST // 2**20)


def _read(content: bytes, name: str) -> Own:
    return name, history.parse(content, name)


def records(epochs: Sequence[Epoch]) -> list[dict[str, Any]]:
    """A training as charts take it.

    Args:
        epochs: one after the other.
    """
    return [asdict(epoch) for epoch in epochs]


def reached(epochs: Sequence[Epoch]) -> str:
    """How long a training was and what its last epoch brought, as the inside of a sentence.

    Args:
        epochs: one after the other.
    """
    last = epochs[-1]
    said = [f"{len(epochs)} epoch{'' if len(epochs) == 1 else 's'}"]
    for name, value in (
        ("validation accuracy", last.validation_accuracy),
        ("training accuracy", last.train_accuracy),
    ):
        if value is not None:
            said.append(f"{name} {value:.2%} at the end")
    return ", ".join(said)
