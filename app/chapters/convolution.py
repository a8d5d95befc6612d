"""Convolution and pooling with every number: step by step, guessed, unfolded, backward, and through a whole network."""

import streamlit as st

from app.ui import backward_pictures, blocks, client, conv_controls, conv_memory, conv_pictures, im2col_pictures, way
from app.ui.conv_case import Shown, choose
from app.ui.conv_pictures import Picture
from app.ui.state import Key
from core import conv, pool
from core.explain import Pooling

STEPS, PREDICT, UNFOLDED, BACKWARD, WAY = "Steps", "Predict", "im2col", "Backward", "Network"


def draw(shown: Shown, picture: Picture) -> None:
    """The picture in the browser; a pinned step is kept for the other views and in the address."""
    step = conv_memory.shown_step(shown.geometry.steps)
    data = picture.data(theme=blocks.theme(), step=step)
    client.grids(data, key=Key.CONV_PICTURE_STATE, on_step=conv_memory.take_step, on_pick=conv_memory.take_filter,
                 on_tally=conv_memory.take_tally)  # fmt: skip


def stepper(shown: Shown, *, alt: str) -> Picture:
    """The layer, one output cell after the other."""
    if isinstance(shown.layer, Pooling):
        return conv_pictures.pooling(shown.layer, alt=alt)
    name = shown.filters.names[shown.place] if shown.filters else ""
    return conv_pictures.convolution(shown.layer, shown.place, name=name, alt=alt)


def steps(shown: Shown) -> None:
    """One output cell after the other, nothing hidden."""
    draw(shown, stepper(shown, alt=shown.caption))


def predict(shown: Shown) -> None:
    """The same with its results hidden; the room guesses."""
    seed = conv_controls.pick_puzzle()
    what = "positive, negative or zero, and how much"
    if isinstance(shown.layer, Pooling):
        what = "which cell wins, and with what number"
    tally = conv_memory.tally_of(seed)
    picture = stepper(shown, alt=f"{shown.caption}; the results are hidden until the room has guessed")
    draw(shown, conv_pictures.puzzle(picture, seed, tally, what=what))


def unfolded(shown: Shown) -> None:
    """im2col, and what it costs."""
    if isinstance(shown.layer, Pooling):
        st.info("A pooling multiplies nothing, so there is no matrix to unfold: choose Convolution on the left.",
                icon=":material/arrow_back:")  # fmt: skip
        return
    draw(shown, im2col_pictures.unfolded(shown.layer, shown.place, alt=f"{shown.caption}; unfolded into a matrix"))
    st.markdown(im2col_pictures.memory_line(shown.layer))


def backward(shown: Shown) -> None:
    """The gradient of one output cell or of all, and how far torch's autograd is away."""
    everything = st.toggle("Sum of all output cells", key=Key.CONV_ALL, bind="query-params")
    alt = f"{shown.caption}; the gradient of {'the sum of all output cells' if everything else 'one output cell'}"
    if isinstance(shown.layer, Pooling):
        draw(shown, backward_pictures.pooling(shown.layer, everything, alt=alt))
        return
    every = shown.layer.input_gradients(shown.place)
    gradients = shown.layer.gradients(shown.place) if everything else every
    draw(shown, backward_pictures.convolution(shown.layer, shown.place, gradients, alt=alt))
    gap = blocks.difference(shown.layer.gradient_difference(shown.place, every))
    st.markdown(f"Checked against torch's autograd for every output cell and for their sum: largest difference {gap}")


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
    blocks.source(*((pool.max_pool2d_loops, pool.max_pool2d) if pooled else (conv.conv2d_loops, conv.conv2d)))


line = blocks.title("Convolution", "What does one window see?")
with line:
    view = st.segmented_control("View", (STEPS, PREDICT, UNFOLDED, BACKWARD, WAY), default=STEPS, required=True,
                                key=Key.CONV_VIEW, bind="query-params", wrap=False,
                                label_visibility="collapsed")  # fmt: skip
if view == WAY:
    way.page()
else:
    with st.sidebar:
        chosen = choose()
    if chosen is None:
        st.info("The panel on the left says which numbers to mend.", icon=":material/arrow_back:")
    else:
        {STEPS: steps, PREDICT: predict, UNFOLDED: unfolded, BACKWARD: backward}[view](chosen)
        st.caption(chosen.caption)
        proof(chosen)
