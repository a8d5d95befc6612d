"""Convolution and pooling with every number: step by step, guessed, unfolded, backward, and through
a whole network.
"""

import streamlit as st

from app.chapters.convolution import backward, controls, im2col, memory, network, steps
from app.chapters.convolution.case import Shown, choose
from app.ui import blocks, client
from app.ui.grids import Picture
from app.ui.old_keys import Key
from core import conv, pool
from core.explain.pooling import Pooling

STEPS, PREDICT, UNFOLDED, BACKWARD, WAY = "Steps", "Predict", "im2col", "Backward", "Network"


def draw(shown: Shown, picture: Picture) -> None:
    """The picture in the browser; a pinned step is kept for the other views and in the address."""
    step = memory.shown_step(shown.geometry.steps)
    data = picture.data(theme=blocks.theme(), step=step)
    client.grids(
        data,
        key=Key.CONV_PICTURE_STATE,
        on_step=memory.take_step,
        on_pick=memory.take_filter,
        on_tally=memory.take_tally,
    )


def stepper(shown: Shown, *, alt: str) -> Picture:
    """The layer, one output cell after the other."""
    if isinstance(shown.layer, Pooling):
        return steps.pooling(shown.layer, alt=alt)
    name = shown.filters.names[shown.place] if shown.filters else ""
    return steps.convolution(shown.layer, shown.place, name=name, alt=alt)


def show_steps(shown: Shown) -> None:
    """One output cell after the other, nothing hidden."""
    draw(shown, stepper(shown, alt=shown.caption))


def predict(shown: Shown) -> None:
    """The same with its results hidden; the room guesses."""
    seed = controls.pick_puzzle()
    what = "positive, negative or zero, and how much"
    if isinstance(shown.layer, Pooling):
        what = "which cell wins, and with what number"
    tally = memory.tally_of(seed)
    picture = stepper(
        shown, alt=f"{shown.caption}; the results are hidden until the room has guessed"
    )
    draw(shown, steps.puzzle(picture, seed, tally, what=what))


def unfolded(shown: Shown) -> None:
    """im2col, and what it costs."""
    if isinstance(shown.layer, Pooling):
        st.info(
            "A pooling multiplies nothing, so there is no matrix to unfold: choose Convolution "
            "on the left.",
            icon=":material/arrow_back:",
        )
        return
    draw(
        shown,
        im2col.unfolded(shown.layer, shown.place, alt=f"{shown.caption}; unfolded into a matrix"),
    )
    st.markdown(im2col.memory_line(shown.layer))


def show_backward(shown: Shown) -> None:
    """The gradient of one output cell or of all, and how far torch's autograd is away."""
    everything = st.toggle("Sum of all output cells", key=Key.CONV_ALL, bind="query-params")
    alt = (
        f"{shown.caption}; the gradient of "
        f"{'the sum of all output cells' if everything else 'one output cell'}"
    )
    if isinstance(shown.layer, Pooling):
        draw(shown, backward.pooling(shown.layer, everything, alt=alt))
        return
    every = shown.layer.input_gradients(shown.place)
    gradients = shown.layer.gradients(shown.place) if everything else every
    draw(shown, backward.convolution(shown.layer, shown.place, gradients, alt=alt))
    gap = blocks.difference(shown.layer.gradient_difference(shown.place, every))
    st.markdown(
        "Checked against torch's autograd for every output cell and for their sum: largest "
        f"difference {gap}"
    )


def proof(shown: Shown) -> None:
    """The output size with its numbers, how far torch's own layer is away, and the code of both."""
    geometry, pooled = shown.geometry, isinstance(shown.layer, Pooling)
    formulas = f"${geometry.formula()}$"
    if geometry.size[0] != geometry.size[1] or geometry.kernel[0] != geometry.kernel[1]:
        formulas = f"height ${geometry.formula(0)}$, width ${geometry.formula(1)}$"
    name = "torch.nn.functional.max_pool2d" if pooled else "torch.nn.Conv2d"
    st.markdown(
        f"Output size {formulas} &ensp;·&ensp; equals `{name}`, largest difference "
        f"{blocks.difference(shown.layer.torch_difference)}"
    )
    with st.expander("The same in code, ours and torch's", icon=":material/content_copy:"):
        st.code(shown.code, language="python")
    blocks.source(
        *((pool.max_pool2d_loops, pool.max_pool2d) if pooled else (conv.conv2d_loops, conv.conv2d))
    )


line = blocks.title("Convolution", "What does one window see?")
with line:
    view = st.segmented_control(
        "View",
        (STEPS, PREDICT, UNFOLDED, BACKWARD, WAY),
        default=STEPS,
        required=True,
        key=Key.CONV_VIEW,
        bind="query-params",
        wrap=False,
        label_visibility="collapsed",
    )
if view == WAY:
    network.page()
else:
    with st.sidebar:
        chosen = choose()
    if chosen is None:
        st.info("The panel on the left says which numbers to mend.", icon=":material/arrow_back:")
    else:
        {STEPS: show_steps, PREDICT: predict, UNFOLDED: unfolded, BACKWARD: show_backward}[view](
            chosen
        )
        st.caption(chosen.caption)
        proof(chosen)
