"""One number through the small CNN: pick a digit and a cell anywhere, and follow it."""

from __future__ import annotations

import streamlit as st

from app.chapters.networks import dead, digit, linked_cells, trace
from app.chapters.networks.digit import Network
from app.ui import address, blocks, bound, client, widgets
from app.ui.address import Name
from app.ui.link_words import LAYERS
from core.data.facts import to_unit
from core.explain import trace as tracing
from core.explain.trace import Cell, Trace

STRIP, DETAIL = "way_strip", "way_detail"  # of the components in the session
FIRST = Cell(4, 3, 5, 3)


def view() -> None:
    """The sidebar picks a digit and a logit, the strip of all layers a cell; below it, how the cell
    came about.
    """
    with blocks.or_error():
        with st.sidebar:
            network = digit.pick_network()
            found = digit.drawn() if digit.pick_source() == digit.DRAWN else digit.listed()
        if found is None:
            blocks.ask(digit.DRAW)
            return
        with st.sidebar:
            traced = tracing.trace(network.model, to_unit(found.image[None])[0])
            label = _pick_logit(traced)
            _follow(traced)
            explanation = dead.explanation(traced, _cell(traced), network)
            if explanation:
                st.info(explanation)
            said = f"{network.title} on {found.name}; one scale, beyond its end as dark"
            marks = filter(None, (said, dead.legend(network.weights)))
            st.caption(f"{'; '.join(marks)}. Click any cell.")
        _draw(traced, label, network)


def _pick_logit(traced: Trace) -> int:
    """The class whose logit is taken apart; the predicted one unless another is chosen."""
    predicted = int(traced.logits.argmax())
    probability = float(traced.logits.softmax(0)[predicted])
    st.markdown(f"Predicted **{predicted}** with {probability:.1%}")
    if traced.layers[_cell(traced).layer].name == "Logits":
        return predicted  # a logit has no share in another
    options = ("predicted", *map(str, range(10)))
    chosen = widgets.select(Name.CLASS, "Share in the logit of", options)
    return predicted if chosen == "predicted" else int(chosen)


def _follow(traced: Trace) -> None:
    """Buttons to the strongest cell before, to all maps, and to where the number goes."""
    cell = _cell(traced)
    before, after = traced.strongest(cell), traced.follows(cell)
    left, middle, right = st.columns([3, 2, 3], gap="xxsmall")
    left.button(
        "From",
        icon=":material/arrow_back:",
        on_click=bound.callback(_go),
        args=(before,),
        disabled=before is None,
        help="The cell before that adds most, or that won the window",
        key="way_before",
        width="stretch",
    )
    middle.button(
        "All",
        on_click=bound.callback(_go_back),
        help="Back to all maps of the network",
        key="way_overview",
        width="stretch",
    )
    right.button(
        "To",
        icon=":material/arrow_forward:",
        on_click=bound.callback(_go),
        args=(after,),
        disabled=after is None,
        help="The next cell that it goes into",
        key="way_after",
        width="stretch",
    )


def _draw(traced: Trace, label: int, network: Network) -> None:
    cell = _cell(traced)
    sentence = trace.sentence(traced, cell, label)
    theme = blocks.theme()
    client.grids(
        trace.strip(traced, cell, alt=sentence, dead=dead.hatched(network.weights)).data(
            theme=theme
        ),
        key=STRIP,
        on_pick=_take,
    )
    detail = trace.detail(traced, cell)
    if detail is None:
        st.markdown(
            "A pixel of the picture, from 0 to 1. Click any cell of any layer to follow it."
        )
    else:
        step = trace.step_of(traced, cell)
        client.grids(
            detail.data(theme=theme, step=step, pinned=True, version=f"{cell}"), key=DETAIL
        )


def _take() -> None:
    picked = st.session_state[STRIP].get("picked")
    if picked:
        layer, channel, width = map(int, picked["grid"].split())
        _go(Cell(layer, channel, *divmod(int(picked["cell"]), width)))


def _go_back() -> None:
    bound.put(Name.VIEW, address.SMALL)


def _go(cell: Cell) -> None:
    bound.put(Name.CELL, linked_cells.write(cell))


def _cell(traced: Trace) -> Cell:
    """The cell that was clicked or is in the link; one that shows much otherwise."""

    def fit(text: str) -> object:
        return text if linked_cells.read(traced, text) else bound.MISSING

    expected = f"{address.CELL}, of a layer out of {', '.join(LAYERS)}"
    text = widgets.unseen(Name.CELL, linked_cells.write(FIRST), fit, expected)
    return linked_cells.read(traced, text) or FIRST
