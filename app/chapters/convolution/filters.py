"""The filters of the convolution chapter's layer: presets, learned ones, numbers of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from app.chapters.convolution import typed
from app.chapters.convolution.numbers import Matrix, matrix_text, parse_matrices, reads_back
from app.ui import blocks, bound, mine, networks, widgets
from app.ui.address import Name
from app.ui.charts import number
from app.ui.layer_layout import COLOURS
from app.ui.link_words import LEARNED, LEARNED_BY, MINE, STEM
from app.ui.link_words import OWN_NUMBERS as OWN
from core.explain import kernels
from core.foreign_text import quoted
from core.models import MnistCNN

MOST_FILTERS = 4
# In the session: where numbers of one's own begin, and what of a network does not come with them,
# told as long as they stand there; the filter shown, until other filters are chosen.
LAST_KERNEL, LEFT_BEHIND = "convolution last kernel", "convolution left behind"
BEGAN, SHOWN, CHANGED = "convolution began", "convolution shown", "convolution filters changed"
SIDES = tuple(range(1, kernels.LARGEST + 1))
NEEDED = {1: ("one channel", "a digit"), 3: ("three channels", "a photo")}  # by channels


@dataclass(frozen=True, eq=False)
class Filters:
    """The filters of a layer.

    Attributes:
        names: one for each.
        weight: (filters, C, kernel height, kernel width).
        bias: (filters).
        learned: name of the network they come from, which sees pixels its own way; "" otherwise.
        wave: of a Gabor filter among them, in words.
    """

    names: tuple[str, ...]
    weight: Tensor
    bias: Tensor
    learned: str = ""
    wave: str = ""

    def caption(self, index: int) -> str:
        """One of them in words, with all that made it."""
        name, count, bias = self.names[index], len(self.names), float(self.bias[index])
        if self.wave and name.startswith(kernels.GABOR):
            name += f" ({self.wave})"
        if count > 1:
            name += f", filter {index + 1} of {count}"
        return f"{name}, bias {number(bias)}" if bias else name


def pick_filters(channels: int, *, more: DeltaGenerator) -> Filters:
    """One to four filters of one size: presets, learned ones, or numbers of one's own.

    "Own numbers" starts with those of the kernel shown before, so any kernel can be edited.

    Args:
        channels: of the picture.
        more: where what is seldom set is drawn: further filters and the bias.
    """
    mine.check(Name.KERNEL)
    learned = _learned(channels)
    options = [*kernels.NAMES, *learned, OWN]
    bound.check(Name.KERNEL, partial(_refuse_of_others, channels))
    name = widgets.select(Name.KERNEL, "Kernel", options, on_change=bound.callback(_begin_anew))
    if name == OWN:
        return _own_filter(channels, more)
    st.session_state.pop(BEGAN, None)
    if name in learned:
        return _pick_learned(name, learned[name], more)
    return _pick_presets(name, channels, more)


def _refuse_of_others(channels: int, asked: str) -> None:
    """Say of a learned kernel that it is for pictures with another number of channels."""
    (needed,) = NEEDED.keys() - {channels}
    is_learned = asked == STEM or asked.startswith((LEARNED, *LEARNED_BY))
    if is_learned and asked in _learned(needed):
        raise ValueError(
            f"{quoted(asked)} needs {NEEDED[needed][0]}, got {NEEDED[channels][0]}: choose "
            f"{NEEDED[needed][1]}"
        )


def _begin_anew() -> None:
    """Another kernel has its own bias; numbers of one's own begin with the kernel before, but for
    those that a link waits with.
    """
    bound.reset(Name.BIAS)
    if bound.waits(Name.WEIGHTS):
        return
    if bound.current(Name.KERNEL) == OWN and LAST_KERNEL in st.session_state:
        text = st.session_state[LAST_KERNEL]
        bound.put(Name.WEIGHTS, text)
        st.session_state[BEGAN] = text, st.session_state.get(LEFT_BEHIND, "")


def _pick_presets(name: str, channels: int, more: DeltaGenerator) -> Filters:
    size = _pick_size() if name in kernels.SIZED else (3, 3)
    wave = _pick_wave() if name == kernels.GABOR else {}
    others = [
        other
        for other in kernels.NAMES
        if other != name and (other in kernels.SIZED or size == (3, 3))
    ]
    with more:
        added = widgets.several(
            Name.FILTERS,
            "More filters",
            others,
            max_selections=MOST_FILTERS - 1,
            placeholder="one filter",
            on_change=bound.callback(_filters_changed),
        )
    names = (name, *added)
    weights = [kernels.preset(one, size, **(wave if one == kernels.GABOR else {})) for one in names]
    _remember(name, weights[0][None])
    stacked = torch.stack(weights)[:, None].repeat(1, channels, 1, 1)  # (filters, C, kh, kw)
    words = (
        "angle {angle:g}°, wavelength {wavelength:g}, {part} part".format(**wave) if wave else ""
    )
    return Filters(names, stacked, _pick_bias(0.0, len(stacked), more), wave=words)


def _pick_size() -> tuple[int, int]:
    left, right = st.columns(2, gap="small")
    with left:
        height = widgets.select(Name.HEIGHT, "Height", SIDES, default=3)
    with right:
        width = widgets.select(Name.WIDTH, "Width", SIDES, default=3)
    return height, width


def _pick_wave() -> dict[str, Any]:
    angle = widgets.slider(Name.ANGLE, "Angle, degrees", 0, 165, default=0, step=15)
    length = widgets.slider(Name.WAVELENGTH, "Wavelength, cells", 2.0, 8.0, default=4.0, step=0.5)
    part = widgets.choice(Name.WAVE, "Part of the wave")
    return {"angle": float(angle), "wavelength": length, "part": part}


def _remember(name: str, kernel: Tensor, *, without: str = "", more: str = "") -> None:
    """Numbers of one's own begin with this kernel, and say what of it does not come with them.

    Args:
        name: of the kernel.
        kernel: (C, kh, kw).
        without: what is left out, in words.
        more: a sentence about what else made the picture.
    """
    text = "\n\n".join(map(matrix_text, kernel))
    lost = [] if reads_back(text, kernel) else ["rounded to four digits"]
    lost += [f"without {without}"] if without else []
    said = [f"{', '.join([f'The numbers of {name}', *lost])}."] if lost or more else []
    st.session_state[LAST_KERNEL] = text
    st.session_state[LEFT_BEHIND] = " ".join([*said, more]).strip()


def _learned(channels: int) -> dict[str, tuple[str, Tensor, Tensor]]:
    """First layers of the trained networks that see so many channels.

    Returns:
        Name to (network, weight, bias).
    """
    found: dict[str, tuple[str, Tensor, Tensor]] = {}
    with blocks.or_error():
        if channels == 1:
            found = _first_layer(LEARNED, networks.model_of("mnist_cnn", MnistCNN))
            for name, own in mine.networks().items():
                by = dict(zip(MINE, LEARNED_BY))[name]
                found |= _first_layer(by, networks.own_cnn(own.weights))
        else:
            stem = networks.model("cifar10_resnet").get_submodule("stem").get_submodule("0")
            weight = stem.get_parameter("weight").detach().float()
            found[STEM] = ("cifar10_resnet", weight, torch.zeros(len(weight)))
    return found


def _first_layer(by: str, model: MnistCNN) -> dict[str, tuple[str, Tensor, Tensor]]:
    """The kernels of a small CNN's first layer, each with its name that begins with ``by``."""
    weight, bias = model.conv1.weight.detach(), model.conv1.get_parameter("bias").detach()
    return {
        f"{by} {index + 1} of {len(weight)}": (
            "mnist_cnn",
            weight[index : index + 1],
            bias[index : index + 1],
        )
        for index in range(len(weight))
    }


def _pick_learned(name: str, layer: tuple[str, Tensor, Tensor], more: DeltaGenerator) -> Filters:
    network, weight, bias = layer
    if name == STEM:
        count = len(weight)
        first = widgets.number(Name.STEM_FILTER, f"Filter, 1–{count}", 1, count)
        only = slice(first - 1, first)
        weight, bias, name = weight[only], bias[only], f"{STEM}, filter {first}"
    own = float(bias[0])
    _remember(
        name,
        weight[0],
        without=f"its bias {number(own)}" if own else "",
        more="Its network scales the pixels first; here they are as they stand in the picture.",
    )
    return Filters((name,), weight, _pick_bias(own, len(weight), more), learned=network)


def read_weights(text: str) -> object:
    """The rows of a kernel for some picture; a ValueError where they make none for any."""
    refused: list[ValueError] = []
    for channels in NEEDED:
        try:
            return _read_weights(text, channels)
        except ValueError as error:
            refused.append(error)
    raise refused[0]


def _read_weights(text: str, channels: int) -> tuple[Matrix, ...]:
    return parse_matrices(text, what="kernel", largest=kernels.LARGEST, count=channels)


def _is_read(text: str, channels: int) -> bool:
    try:
        return bool(_read_weights(text, channels))
    except ValueError:
        return False


def _own_filter(channels: int, more: DeltaGenerator) -> Filters:
    first = matrix_text(kernels.preset(kernels.NAMES[0]))
    label = "Weights, a row a line" + ("; an empty line between channels" if channels > 1 else "")
    values = typed.pick(
        Name.WEIGHTS,
        label,
        default=first,
        height=130,
        read=partial(_read_weights, channels=channels),
    )
    text = bound.current(Name.WEIGHTS) or first
    st.session_state[LAST_KERNEL] = text
    began, left_behind = st.session_state.get(BEGAN, ("", ""))
    if left_behind and text == began and _is_read(text, channels):
        st.caption(left_behind)
    weight = torch.tensor(values)[None]  # (1, C, kh, kw)
    return Filters(("own kernel",), weight, _pick_bias(0.0, len(weight), more))


def _pick_bias(own: float, count: int, place: DeltaGenerator) -> Tensor:
    """One bias for all filters; ``own`` is exact where the control shows it rounded."""
    with place:
        bias = widgets.number(Name.BIAS, "Bias", -1000.0, 1000.0, default=own, step=0.5)
    is_own = bias == bound.parameter(Name.BIAS).rounded(own)
    return torch.full((count,), own if is_own else bias)


def used_by_channel(count: int, channels: int) -> int:
    """How many of so many filters a depthwise layer has for each channel."""
    return min(count, max(1, MOST_FILTERS // channels))


def grouped(filters: Filters, groups: int) -> Filters:
    """Filters that see one channel each where the layer is depthwise: each once for each channel.

    Args:
        filters: that see all channels.
        groups: 1, or as many as there are channels.
    """
    if groups == 1:
        return filters
    count, channels = filters.weight.shape[:2]
    used = used_by_channel(count, channels)
    by_channel = filters.weight[:used].transpose(0, 1)  # (C, used, kh, kw)
    weight = by_channel.reshape(channels * used, 1, *filters.weight.shape[2:])
    names = tuple(
        f"{name} on {channel.lower()}" for channel in COLOURS for name in filters.names[:used]
    )
    bias = filters.bias[:used].repeat(channels)
    return replace(filters, names=names, weight=weight, bias=bias)


def pick_filter(names: Sequence[str]) -> int:
    """Which of several filters is shown large, counted from 0; it stays when others come or go."""
    before = st.session_state.get(SHOWN)
    if st.session_state.pop(CHANGED, False) and before in names:
        bound.put(Name.FILTER, names.index(before) + 1)
    index = 0
    if len(names) > 1:
        options = range(1, len(names) + 1)
        index = int(widgets.choice(Name.FILTER, "Filter shown", options, labelled=True)) - 1
    st.session_state[SHOWN] = names[index]
    return index


def _filters_changed() -> None:
    st.session_state[CHANGED] = True
