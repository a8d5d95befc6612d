"""The view of what the shipped weights get wrong, with the pictures."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from app.chapters.training import closer, data_sets, matrix_charts
from app.chapters.training.matrix_charts import PICKED
from app.ui import blocks, bound, fetched, gallery_chart, keys, networks, tables, widgets
from app.ui.address import Name
from app.ui.cache import cached
from app.ui.examples import Examples, examples
from app.ui.link_sentences import listed
from app.ui.palette import Spec

Cell = tuple[int, int]  # true class, predicted class
MATRIX = "training_mistakes"  # of the chart in the session
TURN = "training_mistakes_turn"  # how often a cell was chosen from the list
LAST = "training_mistakes_last"  # (key of the chart, outlined cell)
CLICKED = "training_mistakes_clicked"  # the same of the last click
GALLERY, GALLERY_TURN = "mistakes_gallery", "mistakes_gallery_turn"
COLUMNS = 10
PICTURES = 2 * COLUMNS  # as many as fit below the one that is looked at


@blocks.fragment
def view(card: dict[str, Any], *_others: dict[str, Any]) -> None:
    """The confusion matrix of what ships; a click on a cell shows its pictures."""
    with blocks.or_error():
        found = examples(card["name"])
        usual = found.commonest_mistake(card["result"]["confusion"])
        left, right = st.columns([56, 44], gap="large")
        with right:
            row = st.container(
                horizontal=True, vertical_alignment="center", wrap=False, key="mistake_row"
            )
        with row:
            cell = pick_cell(card["classes"], usual)
        with left:
            matrix(card, cell)
        with right:
            pictures(card, found, cell, row)


def pick_cell(classes: list[str], usual: Cell) -> Cell:
    """A cell of the matrix, by keyboard too; the usual one at first."""
    cells = {
        name_of((true, predicted), classes): (true, predicted)
        for true in range(len(classes))
        for predicted in range(len(classes))
    }
    name = widgets.select(
        Name.MISTAKE,
        "True class, predicted class",
        list(cells),
        default=name_of(usual, classes),
        expected=f"a true and a predicted class out of {listed(classes)}, like "
        f"{name_of(usual, classes)}",
        say=lambda name: name.replace("-", " as "),  # longer words are cut at 1280 pixels
        on_change=bound.callback(_cell_chosen),
        label_visibility="collapsed",
    )
    return cells[name]


def _cell_chosen() -> None:
    """The first page of its pictures, and a matrix that outlines it in place of the clicked one."""
    bound.put(Name.MISTAKE, bound.current(Name.MISTAKE))
    _other_pictures()
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def matrix(card: dict[str, Any], cell: Cell) -> None:
    """The confusion matrix, whose cells can be clicked."""
    network = card["name"]
    key = f"{MATRIX}_{network}_{bound.version()}_{st.session_state.get(TURN, 0)}"
    blocks.chart(
        chart(network, outlined_cell(key, cell)),
        key=key,
        alt="confusion matrix; the list beside it has its cells",
        name=MATRIX,
        tables=[tables.confusion(card["result"]["confusion"], card["classes"])],
        pick=PICKED,
        on_pick=partial(take_clicked, key, card["classes"]),
    )
    st.caption(
        f"{card['title']}, as shipped: rows are the true class, grey right, colour wrong. "
        "Click a cell."
    )


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
        _other_pictures()


def _other_pictures() -> None:
    bound.reset(Name.PAGE)
    bound.reset(Name.IMAGE)


def pictures(card: dict[str, Any], found: Examples, cell: Cell, row: DeltaGenerator) -> None:
    """The pictures of one cell of the confusion matrix, whose keys go through those of a page.

    Args:
        card: of the network.
        found: the pictures.
        cell: what they are, and what they were taken for.
        row: where the pager stands.
    """
    true, predicted = cell
    names, counts = card["classes"], card["result"]["confusion"][true]
    count, here = counts[predicted], found.at(true, predicted)
    st.markdown(
        f"True class **{names[true]}**, predicted **{names[predicted]}**: {count:,} of "
        f"{sum(counts):,} pictures"
    )
    if len(here):
        with row:
            page = here[widgets.pages(len(here), PICTURES, most_visible=3)]
        keys.turns(
            Name.IMAGE,
            found.indices[page].tolist(),
            thing="picture",
            default=int(found.indices[page[0]]),
        )
        picked = pick_picture(found, here, int(page[0]))
        if card["weights"]:
            with blocks.or_error():
                closer.view(
                    card,
                    found.images[picked],
                    int(found.indices[picked]),
                    int(found.labels[picked]),
                )
        if len(here) > 1:
            gallery(card, found, page, int(found.indices[picked]))
    if not found.whole and len(here) < count:
        with st.expander(f"Show all {count:,}"):
            are = "is" if len(here) == 1 else "are"
            data_sets.needs_data(
                card["config"]["dataset"],
                f"Of these pictures {len(here) or 'none'} {are} among the {len(found.images)} "
                "bundled ones; the full test set shows them all.",
            )


def pick_picture(found: Examples, here: Tensor, first: int) -> int:
    """Position of the picture that is looked at, the first of the page until another is clicked.

    Args:
        found: the pictures.
        here: positions of those of the cell.
        first: position of the first of the page.
    """
    positions = dict(zip(found.indices[here].tolist(), here.tolist()))
    default = int(found.indices[first])
    index = widgets.unseen(
        Name.IMAGE,
        default,
        lambda value: value if value in positions else bound.MISSING,
        f"the number of one of these pictures, like {default}",
    )
    return int(positions[index])


def gallery(card: dict[str, Any], found: Examples, page: Tensor, picked: int) -> None:
    """The pictures of a page, to click.

    Args:
        card: of the network.
        found: the pictures.
        page: positions of those that are shown.
        picked: the index, in the test set, of the one that is outlined.
    """
    indices, names = found.indices[page].tolist(), card["classes"]
    blocks.chart(
        gallery_chart.gallery(
            [fetched.picture(found.dataset, index) for index in indices],
            indices,
            [f"{index}: {names[int(label)]}" for index, label in zip(indices, found.labels[page])],
            picked,
            turn=st.session_state.get(GALLERY_TURN, 0),
            columns=COLUMNS,
        ),
        key=GALLERY,
        alt=f"{len(page)} small pictures; click one",
        pick=gallery_chart.PICKED,
        on_pick=_take_picture,
    )


def _take_picture() -> None:
    clicked = st.session_state[GALLERY]["selection"].get(gallery_chart.PICKED)
    if clicked:
        st.session_state[GALLERY_TURN] = st.session_state.get(GALLERY_TURN, 0) + 1
        bound.put(Name.IMAGE, int(clicked[0]["number"]))


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
