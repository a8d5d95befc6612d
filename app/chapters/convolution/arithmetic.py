"""The arithmetic of every output cell as a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from app.chapters.convolution.layout import cell_names, channel_names, plus
from app.ui.charts import number
from core.explain.convolution import Convolution
from core.explain.pooling import Pooling

WRITTEN_TERMS = 9  # a sum of more is written without its zeros, or as a word


def _signed(text: str) -> str:
    return f"({text})" if text.startswith("−") else text


def _is_rounded(*tensors: Tensor) -> bool:
    """Whether two decimals do not show all of these numbers."""
    return any(bool((tensor.double() * 100 % 1).abs().gt(1e-9).any()) for tensor in tensors)


def sums(explained: Convolution, index: int, called: Sequence[str] | None = None) -> list[str]:
    """The arithmetic of every output cell of one filter.

    Args:
        explained: the layer.
        index: of the filter.
        called: names of the channels; None: colours.

    Returns:
        For each step products or partial sums, bias, ReLU, the layer's output.
    """
    weights, bias = explained.weight[index].flatten(1), explained.bias[index]
    totals = explained.sums[index].flatten()
    rounded = _is_rounded(explained.picture, weights, bias, totals)
    added = f" {plus(float(bias))} (bias)" if float(bias) else ""
    outputs = explained.output[index].flatten().tolist()
    lines = []
    for name, text, total, output in zip(
        cell_names(explained.geometry), _parts(explained, index, called), totals.tolist(), outputs
    ):
        equals = ":" if text.startswith("all") else " ≈" if rounded else " ="
        line = f"{name}: {text}{added}{equals} {number(total)}"
        if explained.relu:
            line += f", ReLU: max(0, {number(total)}) = {number(output)}"
        lines.append(line)
    return lines


def _parts(explained: Convolution, index: int, called: Sequence[str] | None) -> list[str]:
    """What is added up in each step: one product a cell, or one sum a channel."""
    channels = list(explained.channels(index))
    if len(channels) == 1:
        weights = explained.weight[index].flatten().tolist()
        windows = explained.windows[channels[0]].T  # (steps, kh · kw)
        return [_terms(window, weights) for window in windows.tolist()]
    names = called or channel_names(len(explained.picture))
    partial = explained.partial_sums(index).T.tolist()  # (steps, C / groups)
    return [
        " + ".join(
            f"{_signed(number(value))} from {names[channel].lower()}"
            for channel, value in zip(channels, row)
        )
        for row in partial
    ]


def _terms(window: Sequence[float], weights: Sequence[float]) -> str:
    pairs = list(zip(window, weights))
    written = pairs
    if len(pairs) > WRITTEN_TERMS:
        written = [pair for pair in pairs if pair[0] * pair[1]]
    if len(written) > WRITTEN_TERMS:
        return f"sum of the {len(pairs)} products"
    if not written:
        return f"all {len(pairs)} products are 0" if len(pairs) > 1 else "0"
    terms = [f"{_signed(number(value))}·{_signed(number(weight))}" for value, weight in written]
    if len(written) < len(pairs):
        terms.append(f"{len(pairs) - len(written)} terms that are 0")
    return " + ".join(terms)


def maxima(pooled: Pooling) -> list[str]:
    """The arithmetic of every output cell of a pooling."""
    lines = []
    windows = pooled.windows.T.tolist()
    ties = pooled.ties.sum(1).tolist()
    averages = (
        pooled.average.flatten().tolist() if pooled.average is not None else [None] * len(windows)
    )
    for name, window, tie, output, average in zip(
        cell_names(pooled.geometry), windows, ties, pooled.output.flatten().tolist(), averages
    ):
        inside = [number(value) for value in window if value != float("-inf")]
        line = f"{name}: max({', '.join(inside)}) = {number(output)}"
        if tie:
            line += f"; {tie + 1} cells tie, the first in reading order wins"
        if average is not None:
            counted = ", padding counted as 0" if len(inside) < len(window) else ""
            line += f"; average {number(average)}{counted}"
        lines.append(line)
    return lines
