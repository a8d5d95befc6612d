"""The small CNN as one picture: pick a digit, look at every map, click one to see its sum."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from app.chapters.networks import dead, digit, linked_cells, overview
from app.chapters.networks.digit import Digit, Network
from app.chapters.networks.overview import PICTURE, Digits
from app.ui import address, blocks, bound, client, images
from app.ui.address import Name
from app.ui.charts import number
from core.data.facts import facts, to_unit
from core.explain.forward import forward_steps
from core.explain.trace import HIDDEN_SHAPE, Cell

SCENE = "small_cnn"  # of the component in the session
# Step to the layer of a cell that can be followed: a ReLU belongs to the layer before it.
LAYERS = dict(zip(overview.NAMES, (0, 1, 1, 2, 3, 3, 4, 5, 6)))
DEAD = {1: "relu1", 2: "pool1", 3: "relu2", 4: "pool2", 5: "hidden"}


def view() -> None:
    """The verdict, the picture, and what its colours mean."""
    with blocks.or_error():
        line = st.container(horizontal=True, vertical_alignment="center", gap="medium")
        with line:
            network = digit.pick_network()
            source = digit.pick_source()
            verdict = st.empty()
        if source != digit.DRAWN:
            _turned(network, verdict)
            return
        with st.sidebar:
            drawn = digit.drawn()
        if drawn is None:
            blocks.ask(digit.DRAW)
            return
        _show(network, drawn, verdict)


@blocks.fragment
def _turned(network: Network, verdict: DeltaGenerator) -> None:
    """Keys and clicks turn from digit to digit without the rest of the page."""
    with blocks.or_error():
        _show(network, digit.seen(), verdict)


def _show(network: Network, found: Digit, verdict: DeltaGenerator) -> None:
    model = network.model
    steps = {
        name: values[0] for name, values in forward_steps(model, to_unit(found.image[None])).items()
    }
    probabilities = steps["logits"].softmax(0)
    predicted = int(probabilities.argmax())
    with verdict:
        blocks.verdict(
            facts("mnist").classes, predicted, float(probabilities[predicted]), found.label
        )
    caption = _caption(network, found, steps)
    bundled = images.samples("mnist")
    scene = overview.overview(
        model,
        steps,
        Digits(to_unit(bundled.images), digit.titles(bundled), found.index),
        dead={DEAD[layer]: channels for layer, channels in dead.hatched(network.weights).items()},
        alt=caption,
    )
    client.grids(scene.data(theme=blocks.theme()), key=SCENE, on_pick=_take)
    st.caption(caption)


def _caption(network: Network, found: Digit, steps: Mapping[str, Tensor]) -> str:
    ends = map(number, overview.limits(steps))
    titles = ("Conv 1 to Pool 1", "Conv 2 to Pool 2", "Hidden", "Logits")
    scales = ", ".join(f"{title} ±{end}" for title, end in zip(titles, ends))
    said = (
        f"{network.title} on {found.name}; orange below 0, blue above; scales: {scales}, beyond "
        "their ends as dark"
    )
    return "; ".join(filter(None, (said, dead.legend(network.weights))))


def _take() -> None:
    picked = st.session_state[SCENE].get("picked")
    if not picked:
        return
    name, index = picked["grid"].split()
    if name == PICTURE.strip():
        digit.choose(int(index))
        return
    bound.put(Name.CELL, linked_cells.write(cell_of(name, int(index), int(picked["cell"]))))
    bound.put(Name.VIEW, address.ONE_NUMBER)


def cell_of(name: str, channel: int, index: int) -> Cell:
    """A cell of a map as the other view follows it.

    Args:
        name: of the step, out of ``overview.NAMES``.
        channel: of the map.
        index: of the cell in its map, row by row; of a unit in its layer.
    """
    if name == "logits":
        return Cell(LAYERS[name], 0, index, 0)
    width = (
        HIDDEN_SHAPE[2] if name == "hidden" else {0: 28, 1: 28, 2: 14, 3: 14, 4: 7}[LAYERS[name]]
    )
    return Cell(LAYERS[name], channel, *divmod(index, width))
