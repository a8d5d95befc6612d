"""Convolution and pooling with every number: step by step, guessed, unfolded and backward."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from app.chapters.convolution import backward, im2col, memory, narrow, predict, running
from app.chapters.convolution.controls import (
    POOLING,
    ExplainedLayer,
    check_numbers,
    choose,
    pick_layer,
)
from app.ui import (
    address,
    blocks,
    bound,
    client,
    keys,
    layer_steps,
    lit_page,
    live_questions,
    screen,
    widgets,
)
from app.ui.address import Name
from app.ui.asked_cells import MAXIMUM, OUTPUT, AskedCells
from app.ui.grids import Scene
from app.ui.live_questions import Asked
from core import conv, pool
from core.explain.pooling import Pooling
from core.explain.questions import next_cell
from core.explain.questions.changed_size import changed_sizes
from core.explain.questions.next_cell import CellAnswers


def draw(
    explained: ExplainedLayer,
    picture: Scene,
    run: Callable[[Scene], dict[str, Any]] | None = None,
    beside: Callable[[Scene], Scene] = narrow.steps,
) -> None:
    """The picture in the browser; a pinned step is kept for the other views and in the address.

    Args:
        explained: the layer.
        picture: of it.
        run: records the function of ``core`` that the picture shows; None: there is none to show.
        beside: the picture as it lies beside its code.
    """
    is_open = run is not None and lit_page.will_be_open()
    if is_open:
        picture = beside(picture)
    keys.arrive(Name.STEP, 1, explained.geometry.steps)
    step = memory.pinned_step(explained.geometry.steps)
    version = f"{bound.version()} {view}"  # the questions of one view are no step of another
    data = picture.data(theme=blocks.theme(), step=step, version=version)
    with st.container(key="lit_code"):
        client.grids(
            data,
            key=memory.SCENE,
            on_step=memory.take_step,
            on_pick=memory.take_filter,
            on_tally=memory.take_tally,
        )
        if run is not None and is_open:
            lit_page.show(partial(run, picture), data)


def stepper(explained: ExplainedLayer, *, alt: str) -> Scene:
    """The layer, one output cell after the other."""
    if isinstance(explained.layer, Pooling):
        return layer_steps.pooling(explained.layer, alt=alt)
    names = explained.filters.names if explained.filters else ("",)
    name = names[explained.filter]
    return layer_steps.convolution(
        explained.layer, explained.filter, name=name, alt=alt, filters=names
    )


def show_steps(explained: ExplainedLayer) -> str:
    """One output cell after the other, nothing hidden."""
    picture = stepper(explained, alt=explained.caption)
    if screen.is_presented():
        what = MAXIMUM if isinstance(explained.layer, Pooling) else OUTPUT
        picture = replace(picture, asked=AskedCells(answers(explained), what))
    draw(explained, picture, partial(running.steps, explained.layer, explained.filter))
    return ""


def answers(explained: ExplainedLayer) -> list[CellAnswers | None]:
    """What a room may choose from for each output cell."""
    if isinstance(explained.layer, Pooling):
        return next_cell.of_pooling(explained.layer)
    return next_cell.of_convolution(explained.layer, explained.filter)


def sizes(explained: ExplainedLayer) -> list[Asked]:
    """How large the output would be with another setting of the layer."""
    pools = isinstance(explained.layer, Pooling)
    return [(question, None) for question in changed_sizes(explained.geometry, pools=pools)]


def show_puzzle(explained: ExplainedLayer) -> str:
    """The same with its results hidden; the room guesses."""
    seed = puzzle_number
    what = "positive, negative or zero, and how much"
    if isinstance(explained.layer, Pooling):
        what = "which cell wins, and with what number"
    tally = memory.tally_of(seed)
    picture = stepper(
        explained, alt=f"{explained.caption}; the results are hidden until the room has guessed"
    )
    empty = predict.empty_windows(explained.layer, explained.filter)
    draw(explained, predict.puzzle(picture, seed, tally, what=what, empty=empty))
    return ""


def unfolded(explained: ExplainedLayer) -> str:
    """im2col; returns what it costs."""
    if isinstance(explained.layer, Pooling):
        raise TypeError("Expected a convolution, got a pooling.")
    draw(
        explained,
        im2col.unfolded(
            explained.layer, explained.filter, alt=f"{explained.caption}; unfolded into a matrix"
        ),
        partial(running.im2col, explained.layer, explained.filter),
        narrow.im2col,
    )
    return im2col.memory_line(explained.layer)


def show_backward(explained: ExplainedLayer) -> str:
    """The gradient of one output cell or of all; returns how far torch's autograd is away."""
    everything = widgets.toggle(Name.ALL_CELLS, "Sum of all output cells")
    alt = (
        f"{explained.caption}; the gradient of "
        f"{'the sum of all output cells' if everything else 'one output cell'}"
    )
    if isinstance(explained.layer, Pooling):
        picture = backward.pooling(explained.layer, everything, alt=alt)
        run = partial(running.pooling_backward, explained.layer, everything)
        draw(explained, picture, run, narrow.pooling_backward)
        return ""
    every = explained.layer.input_gradients(explained.filter)
    gradients = explained.layer.gradients(explained.filter) if everything else every
    draw(explained, backward.convolution(explained.layer, explained.filter, gradients, alt=alt))
    gap = blocks.difference(explained.layer.gradient_difference(explained.filter, every))
    return (
        "Checked against torch's autograd for every output cell and for their sum: largest "
        f"difference {gap}"
    )


def proof(explained: ExplainedLayer) -> None:
    """The output size with its numbers, how far torch's own layer is away, and the code of both."""
    geometry, pooled = explained.geometry, isinstance(explained.layer, Pooling)
    formulas = f"${geometry.formula()}$"
    if geometry.size[0] != geometry.size[1] or geometry.kernel[0] != geometry.kernel[1]:
        formulas = f"height ${geometry.formula(0)}$, width ${geometry.formula(1)}$"
    name = "torch.nn.functional.max_pool2d" if pooled else "torch.nn.Conv2d"
    st.markdown(
        f"Output size {formulas} &ensp;·&ensp; equals `{name}`, largest difference "
        f"{blocks.difference(explained.layer.torch_difference)}"
    )
    if view in (address.STEPS, address.UNFOLDED) or (view == address.BACKWARD and pooled):
        lit_page.is_open()
    blocks.code(
        "The same in code, ours and torch's",
        lambda: [explained.code],
        key="same",
        icon=":material/content_copy:",
    )
    blocks.source(*(POOLING_CODE if pooled else CODE))


NOTHING_TO_UNFOLD = (
    "A pooling multiplies nothing, so there is no matrix to unfold: choose Convolution on the left."
)
CODE = (conv.conv2d_loops, conv.conv2d_im2col, conv.conv2d_im2col_backward)
POOLING_CODE = (pool.max_pool2d_loops, pool.max_pool2d_with_indices, pool.max_pool2d_backward)
VIEWS = {  # each draws its picture and returns what stands below the caption, or ""
    address.STEPS: show_steps,
    address.PREDICT: show_puzzle,
    address.UNFOLDED: unfolded,
    address.BACKWARD: show_backward,
}


def show_layer() -> None:
    """The layer of the panel in the open view."""
    with st.sidebar:
        kind = pick_layer()
        nothing = kind == POOLING and view == address.UNFOLDED
        chosen = NOTHING_TO_UNFOLD if nothing else choose(kind)
    if isinstance(chosen, str):
        blocks.ask(chosen)
    else:
        below = VIEWS[view](chosen)
        st.caption(chosen.caption)
        if below:
            st.markdown(below)
        proof(chosen)
        live_questions.put(lambda: sizes(chosen))


with blocks.title("Convolution", "What does one window see?"):
    view = widgets.view()
check_numbers()
questions, puzzle_number = "", 0
if view == address.PREDICT:
    with st.container(horizontal=True, vertical_alignment="center", key="questions"):
        questions = predict.pick_questions()
        if questions == address.THIS_LAYER:
            puzzle_number = predict.pick_puzzle()
        else:
            puzzle_number = predict.pick_set()
if questions in ("", address.THIS_LAYER):
    show_layer()
else:
    predict.ask(questions, puzzle_number)
