"""The view of what the shipped weights get wrong, with the pictures."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.chapters.training import live
from app.chapters.training.matrix_charts import PICKED
from app.ui import blocks, loaders, widgets
from app.ui.address import Key


@st.fragment
def view(card: dict[str, Any], *_others: dict[str, Any]) -> None:
    """The confusion matrix of what ships; a click on a cell shows its pictures."""
    with blocks.or_error():
        examples = loaders.examples(card["name"])
        usual = examples.commonest_mistake(card["result"]["confusion"])
        left, right = st.columns([56, 44], gap="large")
        with left:
            true, predicted = pick_cell(card, usual)
        with right:
            pictures(card, examples, true, predicted)


def pick_cell(card: dict[str, Any], usual: tuple[int, int]) -> tuple[int, int]:
    """(true, predicted) of the clicked cell; of the usual one before the first click."""
    first = widgets.first_cell(card["name"], card["classes"], usual)
    event = blocks.chart(
        loaders.mistakes_chart(card["name"], first),
        key=Key.TRAIN_MATRIX,
        alt="confusion matrix; click a cell to see its pictures",
        pick=PICKED,
    )
    st.caption(
        f"{card['title']}, as shipped: rows are the true class, blue right, orange wrong. "
        "Click a cell."
    )
    cell = widgets.picked_cell(event, card["classes"]) or first
    widgets.tell_cell(cell, card["classes"], usual)
    return cell


def pictures(card: dict[str, Any], examples: loaders.Examples, true: int, predicted: int) -> None:
    """The pictures of one cell of the confusion matrix."""
    names, counts = card["classes"], card["result"]["confusion"][true]
    count, found = counts[predicted], examples.at(true, predicted)
    st.markdown(
        f"True class **{names[true]}**, predicted **{names[predicted]}**: {count:,} of "
        f"{sum(counts):,} pictures"
    )
    cell = (card["name"], true, predicted)
    page = found[widgets.pick_page(len(found), blocks.GRID_PICTURES, cell)]
    numbers = dict.fromkeys(examples.places[page].tolist(), names[true])
    blocks.picture_grid(examples.images[page], numbers)
    if len(found):
        st.caption("Numbers are positions in the test set.")
    if not examples.whole and len(found) < count:
        reason = (
            f"Of these pictures {len(found) or 'none'} are among the {len(examples.images)} "
            "bundled ones; the full test set shows them all."
        )
        live.needs_data(card["config"]["dataset"], reason)
