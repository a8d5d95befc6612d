"""Sentences and charts about the ResNet's blocks and batch normalisations. No streamlit here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from app.ui import palette
from app.ui.charts import shown_exactly, signed
from app.ui.palette import Spec
from core.explain.normalised import ChannelNorm
from core.explain.residual import ShortcutShare, shortcut_share

BINS = 24
WHOLE = 100  # from here on a sum is written without decimals


def shares_line(steps: Mapping[str, Tensor], block: str, channel: int) -> str:
    """What a channel's output, and the whole block's, is made of, as Markdown.

    Args:
        steps: (C, h, w) of each step.
        block: its name.
        channel: from 0.
    """
    main, shortcut = steps[f"{block}.main.4"], steps[f"{block}.shortcut.1"]
    one = shortcut_share(main[channel], shortcut[channel])
    whole = shortcut_share(main, shortcut)
    if one.share is None:
        first = f"Channel {channel + 1}: the output is 0 everywhere, so nothing of either comes out"
    else:
        first = (
            f"Channel {channel + 1}: where its ReLU is open ({one.opened} of {one.cells} cells), "
            f"{_parts(one)}"
        )
    if whole.share is None:
        return f"{first}. The whole block gives 0 everywhere."
    return f"{first}. All {len(main)} channels: {_parts(whole)}."


def _parts(share: ShortcutShare) -> str:
    amounts = torch.tensor([share.main, share.shortcut, share.output])
    is_exact = bool((shown_exactly(amounts) & (amounts.abs() < WHOLE)).all())
    return (
        f"F(x) {_amount(share.main)} and shortcut {_amount(share.shortcut)} make "
        f"{'' if is_exact else '≈ '}{_amount(share.output)}: **the shortcut's share is "
        f"{share.share or 0:.0%}**{_against(share)}".replace("-", "−")
    )


def _against(share: ShortcutShare) -> str:
    """What a share below 0 or above 1 says."""
    if share.share is None or 0 <= share.share <= 1:
        return ""
    return ": it takes away" if share.share < 0 else ": F(x) takes away"


def _amount(value: float) -> str:
    """A sum with its sign, with decimals while it is small."""
    return signed(value) if abs(value) < WHOLE else f"{value:+,.0f}".replace("-", "−")


def norm_line(norm: ChannelNorm) -> str:
    """The formula of a channel's batch normalisation with its numbers, as Markdown."""
    minus = "−" if norm.mean >= 0 else "+"
    plus = "+" if norm.beta >= 0 else "−"
    return (
        "after = γ · (before − mean) / √(variance + ε) + β = "
        f"**{_number(norm.gamma)} · (before {minus} {_number(abs(norm.mean))}) / "
        f"√({_number(norm.variance)} + {_epsilon(norm.epsilon)}) {plus} {_number(abs(norm.beta))}**"
    )


def _epsilon(value: float) -> str:
    """Without an exponent."""
    return f"{value:.10f}".rstrip("0")


def _number(value: float) -> str:
    """With three digits that count."""
    return f"{value:#.3g}".replace("-", "−")


def histograms(values: Tensor, bundled: Tensor, norm: ChannelNorm) -> tuple[Spec, Spec]:
    """A channel's values before and after its batch normalisation, as shares of the cells.

    Args:
        values: before it, on the chosen picture.
        bundled: before it, on the bundled pictures.
        norm: the batch normalisation.

    Returns:
        Two Vega-Lite specifications.
    """
    both = torch.cat([values.flatten(), bundled.flatten()])
    views: list[Spec] = []
    for name, apply, mark in (
        ("Before", lambda one: one, norm.mean),
        ("After", norm, norm.beta),
    ):
        low, high = (float(apply(end)) for end in (both.min(), both.max()))
        low, high = min(low, high), max(low, high)
        edges = torch.linspace(low, high if high > low else low + 1, BINS + 1)
        rows = [
            row
            for kind, one in (("this picture", values), ("bundled pictures", bundled))
            for row in _rows(apply(one), edges, kind)
        ]
        views.append(
            _histogram(f"{name} batch norm", rows, mark, "mean" if name == "Before" else "β")
        )
    before, after = map(palette.complete, views)
    return before, after


def _rows(values: Tensor, edges: Tensor, kind: str) -> list[dict[str, Any]]:
    counts = torch.histc(values.float(), BINS, float(edges[0]), float(edges[-1]))
    shares = (counts / values.numel()).tolist()
    return [
        {"kind": kind, "low": low, "high": high, "share": share}
        for low, high, share in zip(edges[:-1].tolist(), edges[1:].tolist(), shares)
    ]


def _histogram(title: str, rows: list[dict[str, Any]], mark: float, name: str) -> Spec:
    rule = {
        "data": {"values": [{"at": mark}]},
        "mark": {"type": "rule", "color": "@ink", "strokeDash": [5, 3]},
        "encoding": {"x": {"field": "at", "type": "quantitative"}},
    }
    bars = {"mark": {"type": "bar", "tooltip": None}, "encoding": _bars()}
    return {
        "title": {"text": f"{title}; dashed: {name} {_number(mark)}", "anchor": "start"},
        "data": {"values": sorted(rows, key=lambda row: row["kind"])},
        "layer": [bars, rule],
    }


def _bars() -> Spec:
    """Both kinds of pictures over each other, the chosen one in front."""
    x: Spec = {"field": "low", "type": "quantitative", "bin": "binned"}
    x |= {"axis": {"title": "value", "grid": False, "tickCount": 6}}
    return {
        "x": x | {"scale": {"zero": False, "nice": False}},
        "x2": {"field": "high"},
        "y": {
            "field": "share",
            "type": "quantitative",
            "stack": None,
            "axis": {"title": "share of the cells", "format": ".0%", "tickCount": 4},
        },
        "color": {
            "field": "kind",
            "type": "nominal",
            "scale": {
                "domain": ["bundled pictures", "this picture"],
                "range": ["@compared", "@subject"],
            },
            "legend": {"orient": "bottom", "title": None, "direction": "vertical"},
        },
        "opacity": {
            "condition": {"test": "datum.kind === 'this picture'", "value": 0.65},
            "value": 1,
        },
    }
