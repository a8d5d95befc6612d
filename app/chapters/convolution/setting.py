"""Every setting of a layer that leaves an output: stride, padding, dilation, border, groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from app.ui import bound, rooms, widgets
from app.ui.address import Name
from core import glossary
from core.explain.geometry import Border, Geometry

FLIPPED = "Cross-correlation"  # the term that says what the layers of the field do
POOL_NAMES = (Name.POOL_STRIDE, Name.POOL_PADDING, Name.POOL_DILATION)
CONVOLUTION_NAMES = (Name.STRIDE, Name.PADDING, Name.DILATION)


@dataclass(frozen=True)
class Setting:
    """How the window goes over the picture, and what happens to its sum."""

    geometry: Geometry
    border: Border = "zeros"
    groups: int = 1
    relu: bool = False
    flipped: bool = False

    def line(self) -> str:
        """Every setting in words, for a caption."""
        geometry = self.geometry
        border = f" ({self.border})" if geometry.padding and self.border != "zeros" else ""
        line = (
            f"kernel {geometry.kernel[0]} × {geometry.kernel[1]}, stride {geometry.stride}, "
            f"padding {geometry.padding}{border}, dilation {geometry.dilation}"
        )
        for here, word in (
            (self.groups > 1, f"{self.groups} groups"),
            (self.flipped, "kernel flipped"),
            (self.relu, "ReLU"),
        ):
            line += f", {word}" if here else ""
        return line


def pick_setting(
    size: tuple[int, int], kernel: tuple[int, int], *, channels: int
) -> Setting | None:
    """Every setting of a convolution.

    Returns:
        None (and a sentence) when no padding lets the kernel fit.
    """
    with st.container(horizontal=True, gap="medium", wrap=False):
        relu = widgets.toggle(Name.RELU, "ReLU")
        help_ = glossary.term(FLIPPED).sentence
        flipped = widgets.toggle(Name.FLIP, "Flip kernel", help=help_)
    geometry = _pick_geometry(size, kernel, most=3, stride=1, names=CONVOLUTION_NAMES)
    if geometry is None:
        return None
    border: Border = "zeros"
    if geometry.padding:
        border = widgets.select(Name.BORDER, "Border", geometry.borders())
    groups = _pick_groups(channels) if channels > 1 else 1
    return Setting(geometry, border, groups, relu, flipped)


def _pick_groups(channels: int) -> int:
    def title(count: int) -> str:
        return "1" if count == 1 else f"{count}, depthwise"

    return int(widgets.choice(Name.GROUPS, "Groups", (1, channels), say=title, labelled=True))


def pick_pool(size: tuple[int, int]) -> Geometry | None:
    """Side, stride, padding and dilation of a pooling window that fits into the picture."""
    sides = [side for side in (2, 3, 4) if side <= min(size)] or [1]
    side = widgets.choice(
        Name.POOL_SIZE,
        "Kernel size",
        sides,
        labelled=True,
        wrap=None,
        on_change=bound.callback(_step_by_the_kernel),
    )
    return _pick_geometry(size, (side, side), most=side // 2, stride=side, names=POOL_NAMES)


def _step_by_the_kernel() -> None:
    """Another window: its stride and padding start anew, as in a link with the size alone."""
    for name in POOL_NAMES:
        bound.reset(name)


def _pick_geometry(
    size: tuple[int, int],
    kernel: tuple[int, int],
    *,
    most: int,
    stride: int,
    names: tuple[Name, Name, Name],
) -> Geometry | None:
    paddings = [
        padding for padding in range(most + 1) if Geometry(size, kernel, 1, padding, 1).steps
    ]
    if not paddings:
        st.warning(
            f"A {kernel[0]} × {kernel[1]} kernel does not fit into {size[0]} × {size[1]} cells, "
            "padded or not: choose a smaller kernel or a larger picture.",
            icon=":material/edit:",
        )
        return None
    stride = _pick(names[0], "Stride", (1, 2, 3, 4), stride)
    padding = _pick(names[1], "Padding", paddings, paddings[0])
    dilations = [
        dilation for dilation in (1, 2, 3) if Geometry(size, kernel, 1, padding, dilation).steps
    ]
    return Geometry(size, kernel, stride, padding, _pick(names[2], "Dilation", dilations, 1))


def _pick(name: Name, label: str, options: Sequence[int], default: int) -> int:
    """One of a few numbers, in one line with its name."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        rooms.room("label", name).markdown(label)
        return int(widgets.choice(name, label, options, default=default))
