"""One number through the small CNN: pick a digit and a cell anywhere, and follow it."""

from __future__ import annotations

import streamlit as st
import torch

from app.chapters.convolution import trace
from app.ui import blocks, client, loaders
from app.ui.gallery import draw_digit
from app.ui.old_keys import Key, keep_in_address, keep_within
from core.data.facts import to_unit
from core.explain import trace as tracing
from core.explain.trace import Cell, Trace
from core.models import MnistCNN

BUNDLED, DRAWN = "Test digit", "Draw one"
FIRST = Cell(4, 3, 5, 3)


def page() -> None:
    """The sidebar picks a digit and a logit, the strip of all layers a cell; below it, how the cell
    came about.
    """
    with blocks.or_error():
        model = loaders.model("mnist_cnn")
        if not isinstance(model, MnistCNN):
            raise TypeError(f"Expected the small CNN, got {type(model).__name__}.")
        with st.sidebar:
            digit = _pick_digit()
            if digit is None:
                st.info("Draw a digit in the black square.", icon=":material/draw:")
                return
            image, name = digit
            traced = tracing.trace(model, to_unit(image[None])[0])
            label = _pick_logit(traced)
            _follow(traced)
        _draw(traced, label, name)


def _pick_digit() -> tuple[torch.Tensor, str] | None:
    source = st.segmented_control(
        "Digit",
        (BUNDLED, DRAWN),
        default=BUNDLED,
        required=True,
        key=Key.WAY_SOURCE,
        bind="query-params",
        label_visibility="collapsed",
        wrap=False,
    )
    if source == DRAWN:
        drawn = draw_digit(Key.WAY_PAD, Key.WAY_DRAWN)
        return None if drawn is None else (drawn, "drawn digit")
    samples = loaders.samples("mnist")
    labels = samples.labels.tolist()
    options = list(range(len(labels)))
    keep_within(Key.WAY_PICTURE, options)
    place = st.selectbox(
        "Digit",
        options,
        format_func=lambda at: f"Digit {labels[at]} (no. {at})",
        key=Key.WAY_PICTURE,
        bind="query-params",
        label_visibility="collapsed",
    )
    return samples.images[place], f"digit {labels[place]} (no. {place})"


def _pick_logit(traced: Trace) -> int:
    """The class whose logit is taken apart; the predicted one unless another is chosen."""
    predicted = int(traced.logits.argmax())
    probability = float(traced.logits.softmax(0)[predicted])
    st.markdown(f"Predicted **{predicted}** with {probability:.1%}")
    options = ("predicted", *map(str, range(10)))
    chosen = st.selectbox("Share in the logit of", options, key=Key.WAY_CLASS, bind="query-params")
    return predicted if chosen == "predicted" else int(chosen)


def _follow(traced: Trace) -> None:
    """Buttons to the strongest cell before and to where the number goes."""
    cell = _cell(traced)
    before, after = traced.strongest(cell), traced.follows(cell)
    left, right = st.columns(2, gap="small")
    left.button(
        "From",
        icon=":material/arrow_back:",
        on_click=_go,
        args=(before,),
        disabled=before is None,
        help="The cell before that adds most, or that won the window",
        key="way_before",
        width="stretch",
    )
    right.button(
        "To",
        icon=":material/arrow_forward:",
        on_click=_go,
        args=(after,),
        disabled=after is None,
        help="The next cell that it goes into",
        key="way_after",
        width="stretch",
    )


def _draw(traced: Trace, label: int, name: str) -> None:
    cell = _cell(traced)
    _tell(cell)
    words = trace.words(traced, cell, label)
    theme = blocks.theme()
    client.grids(
        trace.strip(traced, cell, alt=words).data(theme=theme), key=Key.WAY_STRIP, on_pick=_take
    )
    detail = trace.detail(traced, cell)
    if detail is None:
        st.markdown(
            "A pixel of the picture, from 0 to 1. Click any cell of any layer to follow it."
        )
    else:
        step = trace.step_of(traced, cell)
        client.grids(
            detail.data(theme=theme, step=step, pinned=True, told=f"{cell}"), key=Key.WAY_DETAIL
        )
    st.caption(
        f"Small CNN on {name}; all layers on one scale, numbers beyond it as dark as its end. "
        "Click any cell to follow "
        "it."
    )


def _take() -> None:
    picked = st.session_state[Key.WAY_STRIP].get("picked")
    if picked:
        layer, channel, width = map(int, picked["grid"].split())
        st.session_state[Key.WAY_CELL] = (layer, channel, *divmod(int(picked["cell"]), width))


def _go(cell: Cell) -> None:
    st.session_state[Key.WAY_CELL] = (cell.layer, cell.channel, cell.row, cell.column)


def _tell(cell: Cell) -> None:
    """Keep the cell in the address."""
    st.session_state[Key.WAY_CELL] = (cell.layer, cell.channel, cell.row, cell.column)
    text = f"{cell.layer}-{cell.channel}-{cell.row}-{cell.column}"
    keep_in_address(Key.WAY_CELL, None if cell == FIRST else text)


def _cell(traced: Trace) -> Cell:
    """The cell that was clicked or is in the link; one that shows much otherwise."""
    kept = st.session_state.get(Key.WAY_CELL)
    if kept is None:
        text = st.query_params.get(Key.WAY_CELL, "").split("-")
        kept = tuple(map(int, text)) if all(part.isdecimal() for part in text) else ()
    if len(kept) != 4 or kept[0] >= len(traced.layers):
        return FIRST
    channels, height, width = traced.layers[kept[0]].values.shape
    cell = Cell(*kept)
    return cell if cell.channel < channels and cell.row < height and cell.column < width else FIRST
