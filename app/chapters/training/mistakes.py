"""The view of what the shipped weights get wrong, with the pictures."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import streamlit as st

from app.chapters.training import live, matrix_charts
from app.chapters.training.matrix_charts import PICKED
from app.ui import blocks, bound, networks, widgets
from app.ui.address import Name
from app.ui.cache import cached
from app.ui.examples import Examples, examples
from app.ui.palette import Spec

Cell = tuple[int, int]  # true class, predicted class
MATRIX = "training_mistakes"  # of the chart in the session
LAST = "training_mistakes_last"  # (key of the chart, outlined cell)
CLICKED = "training_mistakes_clicked"  # the same of the last click


@bound.fragment
def view(card: dict[str, Any], *_others: dict[str, Any]) -> None:
    """The confusion matrix of what ships; a click on a cell shows its pictures."""
    with blocks.or_error():
        found = examples(card["name"])
        usual = found.commonest_mistake(card["result"]["confusion"])
        left, right = st.columns([56, 44], gap="large")
        with left:
            cell = pick_cell(card, usual)
        with right:
            pictures(card, found, cell)


def pick_cell(card: dict[str, Any], usual: Cell) -> Cell:
    """The clicked cell; that of the link or the usual one before the first click."""
    network, classes = card["name"], card["classes"]
    cells = {
        name_of((true, predicted), classes): (true, predicted)
        for true in range(len(classes))
        for predicted in range(len(classes))
    }
    fit = widgets.among(list(cells))
    cell = cells[bound.value(Name.MISTAKE, name_of(usual, classes), fit=fit)]
    key = f"{MATRIX}_{network}_{bound.version()}"
    blocks.chart(
        chart(network, outlined_cell(key, cell)),
        key=key,
        alt="confusion matrix; click a cell to see its pictures",
        pick=PICKED,
        on_pick=partial(take_clicked, key, classes),
    )
    st.caption(
        f"{card['title']}, as shipped: rows are the true class, blue right, orange wrong. "
        "Click a cell."
    )
    return cell


def name_of(cell: Cell, classes: list[str]) -> str:
    """Of a cell in a link."""
    return "-".join(classes[label] for label in cell)


def outlined_cell(key: str, cell: Cell) -> Cell:
    """The cell that is outlined when the matrix appears.

    It stays the same while cells are clicked: a matrix with another one would be drawn anew.
    """
    last_key, outlined = st.session_state.get(LAST, ("", cell))
    was_clicked = st.session_state.get(CLICKED) == (key, cell)
    if last_key == key and (was_clicked or cell == outlined):
        return cast(Cell, outlined)
    st.session_state[LAST] = (key, cell)
    return cell


def take_clicked(key: str, classes: list[str]) -> None:
    """A cell was clicked: the first page of its pictures."""
    clicked = st.session_state[key]["selection"].get(PICKED)
    if clicked:
        true, predicted = (classes.index(clicked[0][name]) for name in ("true", "predicted"))
        st.session_state[CLICKED] = (key, (true, predicted))
        bound.put(Name.MISTAKE, name_of((true, predicted), classes))
        bound.reset(Name.PAGE)


def pictures(card: dict[str, Any], found: Examples, cell: Cell) -> None:
    """The pictures of one cell of the confusion matrix."""
    true, predicted = cell
    names, counts = card["classes"], card["result"]["confusion"][true]
    count, here = counts[predicted], found.at(true, predicted)
    st.markdown(
        f"True class **{names[true]}**, predicted **{names[predicted]}**: {count:,} of "
        f"{sum(counts):,} pictures"
    )
    page = here[widgets.pages(len(here), blocks.GRID_PICTURES)]
    numbers = dict.fromkeys(found.indices[page].tolist(), names[true])
    blocks.picture_grid(found.images[page], numbers)
    if len(here):
        st.caption("Numbers are positions in the test set.")
    if not found.whole and len(here) < count:
        reason = (
            f"Of these pictures {len(here) or 'none'} are among the {len(found.images)} "
            "bundled ones; the full test set shows them all."
        )
        live.needs_data(card["config"]["dataset"], reason)


@cached(lambda name, outlined: networks.card_files(name))
def chart(name: str, outlined: Cell) -> Spec:
    """The confusion matrix of the final weights, to click; one cell is outlined at first.

    Raises:
        CheckpointError: the card is missing or damaged.
    """
    card = networks.card(name)
    matrix = card["result"]["confusion"]
    return matrix_charts.confusion(
        matrix,
        card["classes"],
        largest_error=matrix_charts.largest_error(matrix),
        picked=outlined,
    )
