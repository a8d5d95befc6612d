"""The view of what the shipped weights get wrong, with the pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
LAST = "training_mistakes_last"


@dataclass(frozen=True)
class Last:
    """How the matrix stood in the run before.

    Attributes:
        network: whose it was.
        outlined: the cell that it was drawn with.
        clicked: the cell of the last click in it.
        cell: whose pictures were drawn.
    """

    network: str = ""
    outlined: Cell | None = None
    clicked: Cell | None = None
    cell: Cell | None = None


@st.fragment
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
    default = name_of(usual, classes)
    before = bound.value(Name.MISTAKE, default, fit=widgets.among(list(cells)))
    last = st.session_state.get(LAST, Last())
    outlined = outlined_cell(last, network, cells[before])
    event = blocks.chart(
        chart(network, outlined),
        key=MATRIX,
        alt="confusion matrix; click a cell to see its pictures",
        pick=PICKED,
    )
    st.caption(
        f"{card['title']}, as shipped: rows are the true class, blue right, orange wrong. "
        "Click a cell."
    )
    clicked = clicked_cell(event, classes)
    cell = cells[before] if clicked is None or clicked == last.clicked else clicked
    st.session_state[LAST] = Last(network, outlined, clicked, cell)
    if cell != cells[before]:
        bound.forget(Name.PAGE)
    bound.keep(Name.MISTAKE, name_of(cell, classes), default)
    return cell


def name_of(cell: Cell, classes: list[str]) -> str:
    """Of a cell in a link."""
    return "-".join(classes[label] for label in cell)


def outlined_cell(last: Last, network: str, cell: Cell) -> Cell:
    """The cell that is outlined when the matrix appears, or when the address names another one.

    Else it stays the same: a matrix with another one would be drawn anew.
    """
    if last.outlined is None or MATRIX not in st.session_state:
        return cell
    return last.outlined if (last.network, last.cell) == (network, cell) else cell


def clicked_cell(event: Any, classes: list[str]) -> Cell | None:  # noqa: ANN401 - streamlit's own
    """The cell that was clicked last, None before the first click in this network's matrix."""
    cells = event["selection"].get(PICKED) if event else None
    names = [cells[0]["true"], cells[0]["predicted"]] if cells else []
    if not names or not set(names) <= set(classes):
        return None
    return classes.index(names[0]), classes.index(names[1])


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
