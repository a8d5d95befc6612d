"""Pickers: each draws its widgets and returns plain frozen values. They offer only what can be computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import streamlit as st

from app.ui.state import Key
from app.ui.training_charts import PICKED
from core.checkpoints import KNOWN
from core.explain import Geometry

Matrix = tuple[tuple[float, ...], ...]

LARGEST_PICTURE = 28
LARGEST_KERNEL = 7
LARGEST_NUMBER = 10_000.0
PRESETS: dict[str, Matrix] = {
    "Vertical edges (Sobel)": ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    "Horizontal edges (Sobel)": ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    "All edges (Laplace)": ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
    "Sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "Blur (box)": ((1 / 9, 1 / 9, 1 / 9),) * 3,
    "Blur (Gauss)": ((1 / 16, 2 / 16, 1 / 16), (2 / 16, 4 / 16, 2 / 16), (1 / 16, 2 / 16, 1 / 16)),
    "Emboss": ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
    "Identity": ((0, 0, 0), (0, 1, 0), (0, 0, 0)),
}
OWN = "Own numbers"
WHOLE, DETAIL = "Whole, 28 × 28", "Detail, 10 × 10"
CONVOLUTION, POOLING = "Convolution", "Max pooling"
_DETAIL = slice(9, 19)


@dataclass(frozen=True)
class Picture:
    """A single-channel picture to convolve.

    Attributes:
        name: for captions.
        values: rows of numbers.
        grey: whether they are the grey values 0..255 of a bundled digit.
    """

    name: str
    values: Matrix
    grey: bool = False


@dataclass(frozen=True)
class Kernel:
    """A kernel with its bias.

    Attributes:
        name: for captions.
        values: rows of weights.
        bias: added to every output cell.
        learned: whether it comes from a trained network, which sees pixels from 0 to 1.
    """

    name: str
    values: Matrix
    bias: float = 0.0
    learned: bool = False


def parse_matrix(text: str, *, what: str, largest: int) -> Matrix:
    """Read rows of numbers as a person types them: a row a line (or split by ";"), numbers split by spaces or commas.

    Fractions such as 1/9 are numbers too.

    Args:
        text: what was typed.
        what: name of the thing, for the message.
        largest: most rows and columns.

    Returns:
        The rows.

    Raises:
        ValueError: one sentence that says what was expected, what came and where.
    """
    lines = [line.replace(",", " ").split() for line in text.replace(";", "\n").splitlines() if line.strip(" ,")]
    if not lines:
        raise ValueError(f"The {what} is empty: type rows of numbers, for example 1 0 -1.")
    rows = [tuple(_number(word, what, place) for word in words) for place, words in enumerate(lines, 1)]
    for place, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ValueError(
                f"Row {place} of the {what} has {_count(len(row))} and row 1 has {len(rows[0])}: "
                "give every row the same length."
            )
    if max(len(rows), len(rows[0])) > largest:
        raise ValueError(
            f"The {what} is {len(rows)} × {len(rows[0])}: at most {largest} × {largest} can be shown here."
        )
    return tuple(rows)


def _number(word: str, what: str, row: int) -> float:
    try:
        value = float(Fraction(word.replace("−", "-")))
    except (ValueError, ZeroDivisionError, OverflowError):
        example = "type one like 2, -0.5 or 1/9"
        raise ValueError(f"“{word}” in row {row} of the {what} is not a number: {example}.") from None
    if abs(value) > LARGEST_NUMBER:
        raise ValueError(f"“{word}” in row {row} of the {what} is too large: numbers up to {LARGEST_NUMBER:g} fit.")
    return value


def _count(numbers: int) -> str:
    return f"{numbers} number{'' if numbers == 1 else 's'}"


def matrix_text(values: Matrix) -> str:
    """Rows of numbers as ``parse_matrix`` reads them, short enough to edit."""
    return "\n".join(" ".join(f"{value:.4g}" for value in row) for row in values)


def draw_numbers(seed: int, *, size: int = 6) -> Matrix:
    """Small whole numbers from -2 to 9, the same for the same seed."""
    drawn = np.random.default_rng(seed).integers(-2, 10, (size, size))
    return tuple(tuple(float(value) for value in row) for row in drawn)


def keep_within(key: Key, options: Sequence[Any]) -> None:
    """Before a widget is drawn: drop a remembered value that it no longer offers."""
    if key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]


def pick_picture(digits: Sequence[Picture]) -> Picture | None:
    """Choose a bundled digit, whole or in detail, or own numbers; None (and a sentence) if they do not parse."""
    options = [*range(len(digits)), OWN]
    keep_within(Key.CONV_PICTURE, options)
    choice = st.selectbox(
        "Picture",
        options,
        format_func=lambda option: option if option == OWN else f"Digit {digits[option].name}",
        key=Key.CONV_PICTURE,
        bind="query-params",
    )
    if choice == OWN:
        return _own_picture()
    digit = digits[choice]
    part = st.segmented_control(
        "Part", (WHOLE, DETAIL), default=DETAIL, required=True, key=Key.CONV_PART, bind="query-params", wrap=False,
        label_visibility="collapsed",
    )  # fmt: skip
    if part == WHOLE:
        return Picture(f"digit {digit.name}, whole", digit.values, grey=True)
    detail = tuple(row[_DETAIL] for row in digit.values[_DETAIL])
    return Picture(f"digit {digit.name}, middle 10 × 10", detail, grey=True)


def _own_picture() -> Picture | None:
    st.session_state.setdefault(Key.CONV_NUMBERS, matrix_text(draw_numbers(0)))
    text = st.text_area("Numbers, a row a line", key=Key.CONV_NUMBERS, bind="query-params", height=150)
    st.button("Draw new numbers", icon=":material/casino:", on_click=_draw_again, width="stretch", key="draw")
    try:
        return Picture("own numbers", parse_matrix(text or "", what="picture", largest=LARGEST_PICTURE))
    except ValueError as error:
        st.warning(str(error), icon=":material/edit:")
        return None


def _draw_again() -> None:
    seed = st.session_state.get(Key.CONV_SEED, 0) + 1
    st.session_state[Key.CONV_SEED] = seed
    st.session_state[Key.CONV_NUMBERS] = matrix_text(draw_numbers(seed))


def pick_kernel(learned: Sequence[Kernel]) -> Kernel | None:
    """Choose a preset, a learned kernel, or numbers of one's own; None (and a sentence) if they do not parse.

    "Own numbers" starts with those of the kernel shown before, so any kernel can be edited.
    """
    kernels = {name: Kernel(name, values) for name, values in PRESETS.items()} | {item.name: item for item in learned}
    options = [*kernels, OWN]
    keep_within(Key.CONV_KERNEL, options)
    name = st.selectbox("Kernel", options, key=Key.CONV_KERNEL, bind="query-params")
    if name != OWN:
        st.session_state[Key.CONV_LAST_KERNEL] = kernels[name]
        for key in (Key.CONV_WEIGHTS, Key.CONV_BIAS):  # own numbers start with these next time
            st.session_state.pop(key, None)
        return kernels[name]
    last: Kernel = st.session_state.get(Key.CONV_LAST_KERNEL, kernels[options[0]])
    st.session_state.setdefault(Key.CONV_WEIGHTS, matrix_text(last.values))
    text = st.text_area("Weights, a row a line", key=Key.CONV_WEIGHTS, bind="query-params", height=130)
    bias = st.number_input("Bias", -100.0, 100.0, value=float(round(last.bias, 4)), step=0.5, key=Key.CONV_BIAS,
                           bind="query-params")  # fmt: skip
    try:
        return Kernel("own kernel", parse_matrix(text or "", what="kernel", largest=LARGEST_KERNEL), bias)
    except ValueError as error:
        st.warning(str(error), icon=":material/edit:")
        return None


def pick_pool_size(size: tuple[int, int]) -> tuple[int, int]:
    """Choose the side of a pooling window that fits into the picture."""
    options = [side for side in (2, 3, 4) if side <= min(size)] or [1]
    keep_within(Key.POOL_SIZE, options)
    side = st.segmented_control(
        "Kernel size", options, default=options[0], required=True, key=Key.POOL_SIZE,
        on_change=_step_by_the_kernel, bind="query-params",
    )  # fmt: skip
    return (side, side)


def _step_by_the_kernel() -> None:
    """Another window: its stride and padding start anew, so that a link with the size alone shows the same."""
    for key in (Key.POOL_STRIDE, Key.POOL_PADDING, Key.POOL_DILATION):
        st.session_state.pop(key, None)


def pick_geometry(size: tuple[int, int], kernel: tuple[int, int], *, pooling: bool) -> Geometry | None:
    """Choose stride, padding and dilation; only settings that leave an output are offered.

    Args:
        size: of the picture.
        kernel: of the window.
        pooling: a pooling pads at most half its kernel, and steps by its kernel unless told otherwise.

    Returns:
        The setting, or None (and a sentence) when no padding lets the kernel fit.
    """
    most = min(kernel) // 2 if pooling else 3
    paddings = [padding for padding in range(most + 1) if Geometry(size, kernel, 1, padding, 1).steps]
    if not paddings:
        st.warning(
            f"A {kernel[0]} × {kernel[1]} kernel does not fit into {size[0]} × {size[1]} cells, padded or not: "
            "choose a smaller kernel or a larger picture.",
            icon=":material/edit:",
        )
        return None
    keys = (Key.CONV_STRIDE, Key.CONV_PADDING, Key.CONV_DILATION)
    if pooling:
        keys = (Key.POOL_STRIDE, Key.POOL_PADDING, Key.POOL_DILATION)
    stride = _pick("Stride", keys[0], [1, 2, 3, 4], kernel[0] if pooling else 1)
    padding = _pick("Padding", keys[1], paddings, paddings[0])
    dilations = [dilation for dilation in (1, 2, 3) if Geometry(size, kernel, 1, padding, dilation).steps]
    dilation = _pick("Dilation", keys[2], dilations, 1)
    return Geometry(size, kernel, stride, padding, dilation)


def _pick(label: str, key: Key, options: Sequence[int], default: int) -> int:
    keep_within(key, options)
    value = st.segmented_control(label, options, default=default, required=True, key=key, bind="query-params")
    return int(value)


def pick_step(steps: int) -> int:
    """First, back, forward, last and a slider; also the arrow keys, Home and End. Returns 0 for the first step."""
    remembered = st.session_state.get(Key.CONV_STEP)
    if remembered is not None and not 1 <= remembered <= steps:  # a value set here overtakes what is being typed
        st.session_state[Key.CONV_STEP] = min(max(1, remembered), steps)
    row = st.container(horizontal=True, vertical_alignment="center", wrap=False, key="steps")
    buttons = row.container(horizontal=True, wrap=False, width="content")
    with row:  # the slider comes first: on a deep link it brings the step of the address
        place = 1
        if steps > 1:
            place = int(st.slider("Step", 1, steps, key=Key.CONV_STEP, bind="query-params",
                                  label_visibility="collapsed"))  # fmt: skip
    for name, icon, shortcut, target in (
        ("First", ":material/first_page:", "Home", 1),
        ("Back", ":material/chevron_left:", "Left", max(1, place - 1)),
        ("Forward", ":material/chevron_right:", "Right", min(steps, place + 1)),
        ("Last", ":material/last_page:", "End", steps),
    ):
        buttons.button(name, icon=icon, shortcut=shortcut, on_click=_go_to, args=(target,), disabled=target == place,
                       key=f"step {name}")  # fmt: skip
    return place - 1


def _go_to(step: int) -> None:
    st.session_state[Key.CONV_STEP] = step


def pick_epoch(epochs: int) -> int:
    """An epoch from 1 to the last, which is shown first."""
    keep_within(Key.TRAIN_EPOCH, range(1, epochs + 1))
    if epochs == 1:
        return 1
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key="steps"):
        st.markdown("After epoch", width="content")
        return int(st.slider("After epoch", 1, epochs, value=epochs, key=Key.TRAIN_EPOCH, bind="query-params",
                             label_visibility="collapsed"))  # fmt: skip


def pick_network(names: Sequence[str]) -> str:
    """One of the trained networks, by its data set; nothing to choose from one."""
    keep_within(Key.TRAIN_NETWORK, names)
    if len(names) == 1:
        return names[0]
    with st.container(width="content"):
        return str(st.segmented_control(
            "Network", names, default=names[0], required=True, format_func=lambda name: KNOWN[name].title,
            key=Key.TRAIN_NETWORK, bind="query-params", wrap=False, label_visibility="collapsed",
        ))  # fmt: skip


@dataclass(frozen=True)
class Training:
    """Settings of a training that runs while the class watches.

    Attributes:
        images: training images; the first so many.
        epochs: passes over them.
        learning_rate: the peak of the one-cycle schedule.
    """

    images: int
    epochs: int
    learning_rate: float


def pick_training() -> Training:
    """How long and how fast to train now."""
    images = st.segmented_control(
        "Training images", (1_000, 10_000, 60_000), default=10_000, required=True, format_func="{:,}".format,
        key=Key.TRAIN_IMAGES, bind="query-params",
    )  # fmt: skip
    rate = st.segmented_control(
        "Peak learning rate", (0.001, 0.01, 0.1), default=0.01, required=True, format_func="{:g}".format,
        key=Key.TRAIN_RATE, bind="query-params",
    )  # fmt: skip
    epochs = st.slider("Epochs", 1, 20, value=5, key=Key.TRAIN_EPOCHS, bind="query-params")
    return Training(int(images), int(epochs), float(rate))


def picked_cell(event: Any, classes: Sequence[str]) -> tuple[int, int] | None:  # noqa: ANN401 - streamlit's own
    """(true, predicted) of the cell of a confusion matrix that was clicked last, None before the first click."""
    cells = event["selection"].get(PICKED) if event else None
    names = [cells[0]["true"], cells[0]["predicted"]] if cells else []
    if not names or not set(names) <= set(classes):  # a click on the matrix of the network that was shown before
        return None
    return classes.index(names[0]), classes.index(names[1])


def pick_page(count: int, size: int, what: tuple[Any, ...]) -> slice:
    """A page of things, with a pager if there is more than one; ``what`` names them, so that others start anew."""
    pages = -(-count // size)
    if pages <= 1:
        return slice(0, size)
    page = st.pagination(pages, max_visible_pages=5, key="_".join(map(str, (Key.TRAIN_PAGE, *what))))
    return slice((page - 1) * size, page * size)
