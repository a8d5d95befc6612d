"""The view of how a map is the sum of channels, and adds up to the logit."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.chapters.cam import charts, running
from app.chapters.cam.case import Case
from app.ui import blocks, lit_page, literal, tables
from core import cam
from core.data.facts import to_unit

STRONGEST = 4  # channels that are drawn


def view(case: Case) -> None:
    """The strongest channels, the map with its numbers, its mean, the bias, the logit, the
    probabilities.
    """
    label, count = case.setting.label, case.result.weight.shape[1]
    channels = cam.strongest_channels(case.result, 0, label, STRONGEST)
    is_open = lit_page.will_be_open()
    if is_open:
        picture = running.scene(case, channels)
        model, images = case.network.model, to_unit(case.picture.image[None])
        lit_page.beside(picture, partial(running.maps, model, images, case, channels, picture))
    else:
        _sum(case, channels, count)
    bias, probability = float(case.result.bias[label]), float(case.probabilities[label])
    with st.container(key="sum"):
        st.markdown(charts.sum_line(case.map, bias, probability))
    if not is_open:  # which takes the room of the bars as well
        _bars(case)
    st.caption(
        f"{literal.markdown(case.subject)}; class {case.name}; the four of {count} channels that "
        f"move its logit most; {_scales(case, channels, is_open=is_open)}"
    )
    lit_page.is_open()


def _scales(case: Case, channels: cam.Channels, *, is_open: bool) -> str:
    """Where the colours end; beside the code channels and weights stand by themselves."""
    products, features, weight, total = (
        f"±{float(one.abs().max()):.2f}"
        for one in (channels.products, channels.features, channels.weight, case.map)
    )
    shown = f"{features}, of the weights at {weight}" if is_open else products
    return f"full colour at {shown}, of the map at {total}"


def _sum(case: Case, channels: cam.Channels, count: int) -> None:
    blocks.chart(
        charts.channel_sum(channels, case.map, of=count),
        key="cam_sum",
        alt=f"four channels times their weights, and the map of {case.name}",
        tables=[
            *(
                tables.grid(f"Weight times channel {index + 1}", product.tolist())
                for index, product in zip(channels.index.tolist(), channels.products)
            ),
            tables.grid(f"Map of {case.name}", case.map.tolist()),
        ],
    )


def _bars(case: Case) -> None:
    shares = case.probabilities.tolist()
    table = tables.shares("Probability", case.classes, {"probability": shares}, corner="class")
    blocks.chart(
        charts.probabilities(shares, case.classes, marked=case.setting.label),
        key="cam_bars",
        alt="probability of every class",
        tables=[table],
    )
