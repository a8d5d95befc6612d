"""Pickers of the convolution chapter: picture, filters and every setting of a layer that leaves an
output.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from app.chapters.convolution.numbers import draw_numbers, matrix_text, parse_matrices, parse_matrix
from app.chapters.convolution.steps import COLOURS
from app.ui import blocks, loaders
from app.ui.old_keys import Key, keep_within
from core.data.facts import facts, to_unit
from core.explain import kernels
from core.explain.geometry import Border, Geometry

LARGEST_PICTURE = 28
OWN = "Own numbers"
WHOLE, DETAIL = "Whole, 28 × 28", "Detail, 10 × 10"
CONVOLUTION, POOLING = "Convolution", "Max pooling"
LEARNED, STEM = "Learned", "ResNet stem"
MOST_FILTERS = 4
_DETAIL = (9, 19)
_STEM_EDGE = (2, 30)  # the middle 28 x 28 of a photo of 32 x 32


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture to convolve.

    Attributes:
        name: for captions.
        values: (C, H, W) float32: grey values 0..255, or own numbers.
        code: the Python expression that gives it as (1, C, H, W).
        is_pixels: whether these are grey values of a bundled picture.
    """

    name: str
    values: Tensor
    code: str
    is_pixels: bool = True


@dataclass(frozen=True, eq=False)
class Filters:
    """The filters of a layer.

    Attributes:
        names: one for each.
        weight: (filters, C, kernel height, kernel width).
        bias: (filters).
        learned: name of the network they come from, which sees pixels its own way; "" otherwise.
    """

    names: tuple[str, ...]
    weight: Tensor
    bias: Tensor
    learned: str = ""


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
            "padding "
            f"{geometry.padding}{border}, dilation {geometry.dilation}"
        )
        for here, word in (
            (self.groups > 1, f"{self.groups} groups"),
            (self.flipped, "kernel flipped"),
            (self.relu, "ReLU"),
        ):
            line += f", {word}" if here else ""
        return line


def pick_layer() -> str:
    """Convolution or max pooling."""
    return str(
        st.segmented_control(
            "Layer",
            (CONVOLUTION, POOLING),
            default=CONVOLUTION,
            required=True,
            key=Key.CONV_LAYER,
            bind="query-params",
            label_visibility="collapsed",
            wrap=False,
        )
    )


def pick_picture() -> Picture | None:
    """A bundled digit or photo, whole or in detail, or own numbers; None (and a sentence) if they
    do not parse.
    """
    bundled: dict[str, tuple[str, int]] = {}
    labels: dict[str, str] = {}
    for dataset, kind in (("mnist", "Digit"), ("cifar10", "Photo")):
        with blocks.or_error():
            samples = loaders.samples(dataset)
            names = facts(dataset).classes
            for place, label in enumerate(samples.labels.tolist()):
                key = f"{place}" if dataset == "mnist" else f"photo {place}"
                bundled[key] = (dataset, place)
                labels[key] = f"{kind} {names[label]} (no. {place})"
    options = [*bundled, OWN]
    keep_within(Key.CONV_PICTURE, options)
    choice = st.selectbox(
        "Picture",
        options,
        format_func=lambda option: labels.get(option, option),
        key=Key.CONV_PICTURE,
        bind="query-params",
    )
    if choice == OWN:
        return _own_picture()
    part = st.segmented_control(
        "Part",
        (WHOLE, DETAIL),
        default=DETAIL,
        required=True,
        key=Key.CONV_PART,
        bind="query-params",
        wrap=False,
        label_visibility="collapsed",
    )
    dataset, place = bundled[choice]
    values = loaders.samples(dataset).images[place].float()  # (C, H, W)
    first, last = _DETAIL if part == DETAIL else (0, LARGEST_PICTURE)
    if dataset == "cifar10" and part == WHOLE:
        first, last = _STEM_EDGE
    elif dataset == "cifar10":
        first, last = first + 2, last + 2
    rows = f"{first}:{last}"
    code = f'load_samples("{dataset}").images[{place}:{place + 1}, :, {rows}, {rows}].float()'
    name = labels[choice][0].lower() + labels[choice][1:]
    size = f"{last - first} × {last - first}"
    whole = part == WHOLE and dataset == "mnist"
    return Picture(
        f"{name}, {'whole' if whole else f'middle {size}'}", values[:, first:last, first:last], code
    )


def _own_picture() -> Picture | None:
    st.session_state.setdefault(Key.CONV_NUMBERS, matrix_text(draw_numbers(0)))
    text = st.text_area(
        "Numbers, a row a line", key=Key.CONV_NUMBERS, bind="query-params", height=150
    )
    st.button(
        "Draw new numbers",
        icon=":material/casino:",
        on_click=_draw_again,
        width="stretch",
        key="draw",
    )
    try:
        values = parse_matrix(text or "", what="picture", largest=LARGEST_PICTURE)
    except ValueError as error:
        st.warning(str(error), icon=":material/edit:")
        return None
    return Picture(
        "own numbers",
        torch.tensor([values]),
        f"torch.tensor({[[[*map(list, values)]]]})",
        is_pixels=False,
    )


def _draw_again() -> None:
    seed = st.session_state.get(Key.CONV_SEED, 0) + 1
    st.session_state[Key.CONV_SEED] = seed
    st.session_state[Key.CONV_NUMBERS] = matrix_text(draw_numbers(seed))


def pick_channel(picture: Picture) -> Picture:
    """One channel of a photo: a pooling treats each by itself."""
    if len(picture.values) == 1:
        return picture
    names = COLOURS
    name = st.segmented_control(
        "Channel",
        names,
        default=names[0],
        required=True,
        key=Key.POOL_CHANNEL,
        bind="query-params",
        wrap=False,
    )
    at = names.index(str(name))
    return Picture(
        f"{picture.name}, {names[at].lower()}",
        picture.values[at : at + 1],
        f"{picture.code}[:, {at}:{at + 1}]",
    )


def pick_filters(channels: int) -> Filters | None:
    """One to four filters of one size: presets, learned ones, or numbers of one's own; None if they
    do not parse.

    "Own numbers" starts with those of the kernel shown before, so any kernel can be edited.

    Args:
        channels: of the picture.
    """
    learned = _learned(channels)
    options = [*kernels.NAMES, *learned, OWN]
    keep_within(Key.CONV_KERNEL, options)
    name = str(
        st.selectbox(
            "Kernel", options, key=Key.CONV_KERNEL, bind="query-params", on_change=_drop_own
        )
    )
    if name == OWN:
        return _own_filter(channels)
    if name in learned:
        return _pick_learned(name, learned[name])
    size, gabor = (3, 3), {}
    if name in kernels.SIZED:
        size = _pick_size()
    if name == kernels.GABOR:
        gabor = _pick_gabor()
    weights = {name: kernels.preset(name, size, **gabor)}
    others = [
        other
        for other in kernels.NAMES
        if other != name and (other in kernels.SIZED or size == (3, 3))
    ]
    remembered = st.session_state.get(Key.CONV_MORE)
    if remembered is not None and not set(remembered) <= set(others):
        st.session_state[Key.CONV_MORE] = [other for other in remembered if other in others]
    more = st.multiselect(
        "More filters",
        others,
        max_selections=MOST_FILTERS - 1,
        key=Key.CONV_MORE,
        bind="query-params",
        placeholder="one filter",
    )
    weights |= {
        other: kernels.preset(other, size, **(gabor if other == kernels.GABOR else {}))
        for other in more
    }
    st.session_state[Key.CONV_LAST_KERNEL] = matrix_text(tuple(map(tuple, weights[name].tolist())))
    stacked = torch.stack(list(weights.values()))[:, None].repeat(
        1, channels, 1, 1
    )  # (filters, C, kh, kw)
    return Filters(tuple(weights), stacked, _pick_bias(0.0, stacked))


def _drop_own() -> None:
    """Another kernel: own numbers start with it next time, and its bias is its own."""
    if st.session_state.get(Key.CONV_KERNEL) != OWN:
        st.session_state.pop(Key.CONV_WEIGHTS, None)
    st.session_state.pop(Key.CONV_BIAS, None)


def _pick_size() -> tuple[int, int]:
    left, right = st.columns(2, gap="small")
    sides = tuple(range(1, kernels.LARGEST + 1))
    with left:
        height = st.selectbox("Height", sides, index=2, key=Key.CONV_HEIGHT, bind="query-params")
    with right:
        width = st.selectbox("Width", sides, index=2, key=Key.CONV_WIDTH, bind="query-params")
    return int(height), int(width)


def _pick_gabor() -> dict[str, Any]:
    angle = st.slider("Angle, degrees", 0, 165, 0, step=15, key=Key.CONV_ANGLE, bind="query-params")
    wavelength = st.slider(
        "Wavelength, cells", 2.0, 8.0, 4.0, step=0.5, key=Key.CONV_WAVELENGTH, bind="query-params"
    )
    part = st.segmented_control(
        "Part of the wave",
        ("real", "imaginary"),
        default="real",
        required=True,
        key=Key.CONV_WAVE,
        bind="query-params",
        wrap=False,
        label_visibility="collapsed",
    )
    return {"angle": float(angle), "wavelength": float(wavelength), "part": part}


def _learned(channels: int) -> dict[str, tuple[str, Tensor, Tensor]]:
    """First layers of the trained networks that see so many channels: name to (network, weight,
    bias).
    """
    found: dict[str, tuple[str, Tensor, Tensor]] = {}
    with blocks.or_error():
        if channels == 1:
            layer = loaders.model("mnist_cnn").get_submodule("conv1")
            weight, bias = (
                layer.get_parameter("weight").detach(),
                layer.get_parameter("bias").detach(),
            )
            for place in range(len(weight)):
                one = slice(place, place + 1)
                found[f"{LEARNED} {place + 1} of {len(weight)}"] = (
                    "mnist_cnn",
                    weight[one],
                    bias[one],
                )
        else:
            weight = (
                loaders.model("cifar10_resnet")
                .get_submodule("stem")
                .get_submodule("0")
                .get_parameter("weight")
            )
            found[STEM] = ("cifar10_resnet", weight.detach().float(), torch.zeros(len(weight)))
    return found


def _pick_learned(name: str, found: tuple[str, Tensor, Tensor]) -> Filters:
    network, weight, bias = found
    if name == STEM:
        first = st.number_input(
            f"Filter, 1–{len(weight)}", 1, len(weight), key=Key.CONV_STEM, bind="query-params"
        )
        weight, bias, name = (
            weight[first - 1 : first],
            bias[first - 1 : first],
            f"{STEM}, filter {first}",
        )
    blocks_of = "\n\n".join(matrix_text(tuple(map(tuple, part.tolist()))) for part in weight[0])
    st.session_state[Key.CONV_LAST_KERNEL] = blocks_of
    return Filters((name,), weight, _pick_bias(float(bias[0]), weight), learned=network)


def _own_filter(channels: int) -> Filters | None:
    start = st.session_state.get(
        Key.CONV_LAST_KERNEL, matrix_text(tuple(map(tuple, kernels.FIXED[kernels.NAMES[0]])))
    )
    st.session_state.setdefault(Key.CONV_WEIGHTS, start)
    label = "Weights, a row a line" + ("; an empty line between channels" if channels > 1 else "")
    text = st.text_area(label, key=Key.CONV_WEIGHTS, bind="query-params", height=130)
    try:
        values = parse_matrices(text or "", what="kernel", largest=kernels.LARGEST, count=channels)
    except ValueError as error:
        st.warning(str(error), icon=":material/edit:")
        return None
    weight = torch.tensor(values)[None]  # (1, C, kh, kw)
    return Filters(("own kernel",), weight, _pick_bias(0.0, weight))


def _pick_bias(own: float, weight: Tensor) -> Tensor:
    bias = st.number_input(
        "Bias",
        -1000.0,
        1000.0,
        value=round(own, 4),
        step=0.5,
        key=Key.CONV_BIAS,
        bind="query-params",
    )
    value = own if bias == round(own, 4) else float(bias)
    return torch.full((len(weight),), value)


def pick_setting(
    size: tuple[int, int], kernel: tuple[int, int], *, channels: int
) -> Setting | None:
    """Every setting of a convolution; None (and a sentence) when no padding lets the kernel fit."""
    geometry = _pick_geometry(
        size, kernel, most=3, stride=1, keys=(Key.CONV_STRIDE, Key.CONV_PADDING, Key.CONV_DILATION)
    )
    if geometry is None:
        return None
    border: Border = "zeros"
    if geometry.padding:
        borders = geometry.borders()
        keep_within(Key.CONV_BORDER, borders)
        border = st.selectbox("Border", borders, key=Key.CONV_BORDER, bind="query-params")
    groups = 1
    if channels > 1:
        groups = int(
            st.segmented_control(
                "Groups",
                (1, channels),
                default=1,
                required=True,
                key=Key.CONV_GROUPS,
                bind="query-params",
                wrap=False,
                format_func=lambda count: "1" if count == 1 else f"{count}, depthwise",
            )
        )
    relu = st.toggle("ReLU", key=Key.CONV_RELU, bind="query-params")
    flipped = st.toggle(
        "Flip the kernel",
        key=Key.CONV_FLIP,
        bind="query-params",
        help="Convolution in the sense of mathematics. The layers of the field do not flip: they "
        "compute the cross-correlation.",
    )
    return Setting(geometry, border, groups, relu, flipped)


def grouped(filters: Filters, groups: int) -> Filters:
    """Filters that see one channel each where the layer is depthwise: every kernel once for each
    channel.
    """
    if groups == 1:
        return filters
    count, channels = filters.weight.shape[:2]
    used = max(1, MOST_FILTERS // channels)
    weight = (
        filters.weight[:used]
        .transpose(0, 1)
        .reshape(channels * min(used, count), 1, *filters.weight.shape[2:])
    )
    names = tuple(
        f"{name} on {channel}"
        for channel in map(str.lower, COLOURS)
        for name in filters.names[:used]
    )
    return Filters(names, weight, filters.bias[:used].repeat(channels), filters.learned)


def pick_filter(names: Sequence[str]) -> int:
    """Which of several filters is shown large."""
    if len(names) == 1:
        return 0
    options = list(range(1, len(names) + 1))
    keep_within(Key.CONV_FILTER, options)
    return (
        int(
            st.segmented_control(
                "Filter shown",
                options,
                default=1,
                required=True,
                key=Key.CONV_FILTER,
                bind="query-params",
                wrap=False,
            )
        )
        - 1
    )


def pick_pool(size: tuple[int, int]) -> Geometry | None:
    """Side, stride, padding and dilation of a pooling window that fits into the picture."""
    options = [side for side in (2, 3, 4) if side <= min(size)] or [1]
    keep_within(Key.POOL_SIZE, options)
    side = st.segmented_control(
        "Kernel size",
        options,
        default=options[0],
        required=True,
        key=Key.POOL_SIZE,
        on_change=_step_by_the_kernel,
        bind="query-params",
    )
    return _pick_geometry(
        size,
        (side, side),
        most=side // 2,
        stride=side,
        keys=(Key.POOL_STRIDE, Key.POOL_PADDING, Key.POOL_DILATION),
    )


def _step_by_the_kernel() -> None:
    """Another window: its stride and padding start anew, so that a link with the size alone shows
    the same.
    """
    for key in (Key.POOL_STRIDE, Key.POOL_PADDING, Key.POOL_DILATION):
        st.session_state.pop(key, None)


def _pick_geometry(
    size: tuple[int, int],
    kernel: tuple[int, int],
    *,
    most: int,
    stride: int,
    keys: tuple[Key, Key, Key],
) -> Geometry | None:
    paddings = [
        padding for padding in range(most + 1) if Geometry(size, kernel, 1, padding, 1).steps
    ]
    if not paddings:
        st.warning(
            f"A {kernel[0]} × {kernel[1]} kernel does not fit into {size[0]} × {size[1]} cells, "
            "padded or not: "
            "choose a smaller kernel or a larger picture.",
            icon=":material/edit:",
        )
        return None
    stride = _pick("Stride", keys[0], [1, 2, 3, 4], stride)
    padding = _pick("Padding", keys[1], paddings, paddings[0])
    dilations = [
        dilation for dilation in (1, 2, 3) if Geometry(size, kernel, 1, padding, dilation).steps
    ]
    dilation = _pick("Dilation", keys[2], dilations, 1)
    return Geometry(size, kernel, stride, padding, dilation)


def _pick(label: str, key: Key, options: Sequence[int], default: int) -> int:
    keep_within(key, options)
    value = st.segmented_control(
        label, options, default=default, required=True, key=key, bind="query-params", wrap=False
    )
    return int(value)


def as_seen(picture: Picture, filters: Filters) -> tuple[Tensor, str]:
    """The picture as the filters' network sees it, and the Python expression that gives it."""
    if not filters.learned or not picture.is_pixels:
        return picture.values, picture.code
    unit = to_unit(picture.values.byte())
    code = f"{picture.code} / 255"
    if filters.learned == "cifar10_resnet":
        normalize = loaders.model("cifar10_resnet").get_submodule("normalize")
        return normalize(unit[None])[0], f'load("cifar10_resnet").model.normalize({code})'
    return unit, code


def pick_puzzle() -> int:
    """The number of a puzzle: the same number asks the same cells, in a link too."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.markdown("Puzzle no.", width="content")
        return int(
            st.number_input(
                "Puzzle",
                1,
                9999,
                key=Key.CONV_PUZZLE,
                bind="query-params",
                label_visibility="collapsed",
                width=160,
            )
        )
