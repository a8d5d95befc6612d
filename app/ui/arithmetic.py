"""The arithmetic of every output cell as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from app.ui.charts import number, shown_exactly
from app.ui.layer_layout import cell_names, channel_names, plus
from core.explain.convolution import Convolution
from core.explain.kernels import as_fractions
from core.explain.pooling import Pooling

WHITE = 255  # the largest grey value
WRITTEN_TERMS = 9  # a sum of more is written without its zeros, or as a word


def _signed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def sums(
    explained: Convolution,
    index: int,
    called: Sequence[str] | None = None,
    *,
    brief: bool = False,
) -> list[str]:
    """The arithmetic of every output cell of one filter.

    Args:
        explained: the layer.
        index: of the filter.
        called: names of the channels; None: colours.
        brief: whether products that are 0 are left out.

    Returns:
        For each step products or partial sums, bias, ReLU, the layer's output.
    """
    bias, totals = explained.bias[index], explained.sums[index].flatten()
    added = f" {plus(float(bias))} (bias)" if float(bias) else ""
    exact = _exact_sums(explained, index)
    outputs = explained.output[index].flatten().tolist()
    lines = []
    for name, terms, is_exact, total, output in zip(
        cell_names(explained.geometry),
        _terms(explained, index, called, brief=brief),
        exact.tolist(),
        totals.tolist(),
        outputs,
    ):
        sign = " =" if is_exact else " ≈"
        if is_exact and (terms.rounded or (added and not shown_exactly(bias))):
            sign = ", each rounded, ="
        sign = ":" if terms.text.startswith("all") else sign
        line = f"{name}: {terms.text}{added}{sign} {number(total)}"
        if explained.relu:
            line += f", ReLU: max(0, {number(total)}) = {number(output)}"
        lines.append(line + terms.note)
    return lines


def _exact_sums(explained: Convolution, index: int) -> Tensor:
    """(steps,) which sums two decimals show as they are.

    Where picture, kernel and bias are fractions the sum is one too, and its float's own rounding
    does not count: nine ninths of 11 are 11.
    """
    totals = explained.sums[index].flatten()
    found = [
        as_fractions(one)
        for one in (explained.picture, explained.weight[index], explained.bias[index])
    ]
    if None in found:
        return shown_exactly(totals)
    picture, kernel, bias = (one for one in found if one is not None)
    channels = explained.channels(index)
    windows = explained.windows[channels.start : channels.stop].double()
    windows = (windows * picture.denominator).round()  # (C / groups, kh · kw, steps)
    products = (windows * kernel.numerators.flatten(1)[:, :, None]).sum((0, 1))
    whole = picture.denominator * kernel.denominator
    numerators = products * bias.denominator + bias.numerators * whole
    return (numerators * 100) % (whole * bias.denominator) == 0


@dataclass(frozen=True)
class _Terms:
    """What is added up in one step.

    Attributes:
        text: the terms.
        rounded: whether two decimals do not show all of them.
        note: what is said after the sum.
    """

    text: str
    rounded: bool = False
    note: str = ""


def _terms(
    explained: Convolution, index: int, called: Sequence[str] | None, *, brief: bool
) -> list[_Terms]:
    """One product a cell, or one sum a channel."""
    channels = list(explained.channels(index))
    if len(channels) > 1:
        names = called or channel_names(len(explained.picture))
        return _partial_sums(explained, index, [names[channel].lower() for channel in channels])
    weight = explained.weight[index].flatten()
    written = weight_texts(explained.weight[index])
    fractions = any("/" in text for text in written)
    windows = explained.windows[channels[0]].T  # (steps, kh · kw)
    lost = ~shown_exactly(windows) | (not fractions and ~shown_exactly(weight))
    rounded = (lost & (windows * weight != 0)).any(1)
    texts = [
        _products(window, weight.tolist(), written, brief=brief) for window in windows.tolist()
    ]
    return [
        _Terms(text, is_rounded and not text.startswith("sum of"))
        for text, is_rounded in zip(texts, rounded.tolist())
    ]


def _partial_sums(explained: Convolution, index: int, names: Sequence[str]) -> list[_Terms]:
    partial = explained.partial_sums(index).T  # (steps, C / groups)
    beyond = _beyond_grey(explained, index, partial).tolist()
    rounded = (~shown_exactly(partial)).any(1).tolist()
    note = f"; above {WHITE}, since {len(names)} channels add up"
    return [
        _Terms(
            " + ".join(f"{_signed(number(value))} from {name}" for name, value in zip(names, row)),
            is_rounded,
            note if is_beyond else "",
        )
        for row, is_rounded, is_beyond in zip(partial.tolist(), rounded, beyond)
    ]


def _beyond_grey(explained: Convolution, index: int, partial: Tensor) -> Tensor:
    """(steps,) where each channel alone stays a grey value and only their sum is none."""
    picture, outputs = explained.picture, explained.output[index].flatten()
    outputs = outputs.minimum(partial.sum(1))  # whatever the bias adds
    grey = bool((picture >= 0).all() & (picture <= WHITE).all() & (picture > 1).any())
    return (outputs > WHITE) & (partial <= WHITE).all(1) & grey


def weight_texts(weight: Tensor) -> list[str]:
    """The weights of a kernel: with two decimals where those show all, else as fractions of one
    denominator where they are such, else rounded.
    """
    denominator = shared_denominator(weight)
    if denominator is None:
        return [number(value) for value in weight.flatten().tolist()]
    numerators = (weight.flatten().double() * denominator).round().tolist()
    return [f"{number(value)}/{denominator}" if value else "0" for value in numerators]


def shared_denominator(weight: Tensor) -> int | None:
    """Of a kernel whose weights two decimals would round: 16 of a Gauss kernel, 9 of a box.

    None: two decimals show them all, or they are no such fractions.
    """
    fractions = None if bool(shown_exactly(weight).all()) else as_fractions(weight)
    return None if fractions is None else fractions.denominator


def _products(
    window: Sequence[float], weights: Sequence[float], written: Sequence[str], *, brief: bool
) -> str:
    terms = list(zip(window, weights, written))
    if brief or len(terms) > WRITTEN_TERMS:
        terms = [term for term in terms if term[0] * term[1]]
    if len(terms) > WRITTEN_TERMS:
        return f"sum of the {len(window)} products"
    if not terms:
        return f"all {len(window)} products are 0" if len(window) > 1 else "0"
    texts = [f"{_signed(number(value))}·{_signed(weight)}" for value, _, weight in terms]
    if len(terms) < len(window) and not brief:
        texts.append(f"{len(window) - len(terms)} terms that are 0")
    return " + ".join(texts)


def maxima(pooled: Pooling) -> list[str]:
    """The arithmetic of every output cell of a pooling."""
    lines = []
    windows = pooled.windows.T.tolist()
    ties = pooled.ties.sum(1).tolist()
    averages = _averages(pooled)
    for name, window, tie, output, average in zip(
        cell_names(pooled.geometry), windows, ties, pooled.output.flatten().tolist(), averages
    ):
        inside = [number(value) for value in window if value != float("-inf")]
        line = f"{name}: max({', '.join(inside)}) = {number(output)}"
        if not inside:
            line = f"{name}: the window sees padding alone, so its maximum is {number(output)}"
        if tie:
            line += f"; {tie + 1} cells tie, the first in reading order wins"
        if average:
            counted = ", padding counted as 0" if len(inside) < len(window) else ""
            line += f"; average {average}{counted}"
        lines.append(line)
    return lines


def _averages(pooled: Pooling) -> list[str]:
    """The mean of every window, with "≈" where it is rounded; "" where there is none."""
    if pooled.average is None:
        return [""] * pooled.geometry.steps
    averages = pooled.average.flatten()
    exact, fractions = shown_exactly(averages), as_fractions(pooled.picture)
    if fractions is not None:  # nine ninths are 1, whatever the float's rounding made of them
        windows = pooled.windows.double().masked_fill(pooled.windows.isinf(), 0)
        numerators = (windows * fractions.denominator).round().sum(0)
        exact = (numerators * 100) % (len(windows) * fractions.denominator) == 0
    return [
        number(value) if is_exact else f"≈ {number(value)}"
        for value, is_exact in zip(averages.tolist(), exact.tolist())
    ]
