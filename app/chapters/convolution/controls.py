"""The layer that the convolution chapter shows, as its sidebar sets it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from app.chapters.convolution import code, filters, setting
from app.chapters.convolution.filters import Filters
from app.chapters.convolution.image import (
    SourceImage,
    as_seen,
    pick_channel,
    pick_image,
    read_numbers,
)
from app.chapters.convolution.setting import Setting
from app.ui import bound, widgets
from app.ui.address import Name
from core.explain.convolution import Convolution, explain_convolution
from core.explain.geometry import Geometry
from core.explain.pooling import Pooling, explain_pooling

DOES_NOT_FIT = "The panel on the left says which numbers to mend."
CONVOLUTION, POOLING = "Convolution", "Max pooling"


@dataclass(frozen=True)
class ExplainedLayer:
    """A layer applied to its image, with the caption and the code that go with it.

    Attributes:
        layer: with all its numbers.
        filters: of a convolution.
        filter: the one that is shown large, counted from 0.
        caption: everything that made the picture.
        code: that computes the same.
    """

    layer: Convolution | Pooling
    filters: Filters | None
    filter: int
    caption: str
    code: str

    @property
    def geometry(self) -> Geometry:
        """Of the layer."""
        return self.layer.geometry


def check_numbers() -> None:
    """Numbers of a link that nothing can read are left out at once; others wait for what uses
    them.
    """
    bound.check(Name.NUMBERS, read_numbers)
    bound.check(Name.WEIGHTS, filters.read_weights)


def pick_layer() -> str:
    """``CONVOLUTION`` or ``POOLING``."""
    return str(widgets.choice(Name.LAYER, "Layer"))


def choose(kind: str) -> ExplainedLayer | str:
    """The rest of the sidebar: image, kernel, setting.

    Args:
        kind: of ``pick_layer``.

    Returns:
        Or a sentence about what is missing: a picture, or a padding that lets the kernel fit.
    """
    image = pick_image()
    if isinstance(image, str):
        return image
    return _pooling(pick_channel(image)) if kind == POOLING else _convolution(image)


def _pooling(image: SourceImage) -> ExplainedLayer | str:
    geometry = setting.pick_pool(image.size)
    if geometry is None:
        return DOES_NOT_FIT
    pooled = explain_pooling(
        image.values[0],
        kernel_size=geometry.kernel[0],
        stride=geometry.stride,
        padding=geometry.padding,
        dilation=geometry.dilation,
    )
    caption = f"Max pooling of {image.name}; {Setting(geometry).line()}"
    return ExplainedLayer(pooled, None, 0, caption, code.pooling(image, geometry))


def _convolution(image: SourceImage) -> ExplainedLayer | str:
    channels = len(image.values)
    first, then, last = st.container(), st.container(), st.container()
    with first:
        chosen = filters.pick_filters(channels, more=last)
    kernel = (chosen.weight.shape[2], chosen.weight.shape[3])
    with then:
        how = setting.pick_setting(image.size, kernel, channels=channels)
    if how is None:
        return DOES_NOT_FIT
    many, used = len(chosen.names), filters.used_by_channel(len(chosen.names), channels)
    if how.groups > 1 and many > used:
        only = "The first filter is" if used == 1 else f"The first {used} filters are"
        last.caption(f"{only} used, each channel has its own: depthwise there is room for no more.")
    chosen = filters.grouped(chosen, how.groups)
    with first:
        index = filters.pick_filter(chosen.names)
    values, expression = as_seen(image, chosen.learned)
    kind = "Convolution" if how.flipped else "Cross-correlation"
    caption = f"{kind} of {image.name} with {chosen.caption(index)}; {how.line()}"
    if chosen.learned and image.is_pixels:
        caption += "; pixels as the network sees them"
    return ExplainedLayer(
        explain_convolution(
            values,
            chosen.weight,
            bias=chosen.bias,
            stride=how.geometry.stride,
            padding=how.geometry.padding,
            dilation=how.geometry.dilation,
            border=how.border,
            groups=how.groups,
            relu=how.relu,
            flipped=how.flipped,
        ),
        chosen,
        index,
        caption,
        code.convolution(expression, chosen.weight, chosen.bias, how),
    )
