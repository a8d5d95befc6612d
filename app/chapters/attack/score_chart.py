"""The chart of the score that an attack climbs step by step. No streamlit here."""

from __future__ import annotations

from collections.abc import Sequence

from app.chapters.attack.charts import HUGE
from app.ui import palette
from app.ui.palette import Spec
from core.attack_methods import Score

# What a step-by-step chart plots: (score, targeted) to its axis and to what counts as a success.
SCORES: dict[tuple[Score, bool], tuple[str, str]] = {
    ("cross_entropy", False): (
        "cross-entropy of the true class, nats",
        "up is away from the true class",
    ),
    ("cross_entropy", True): (
        "minus the target's cross-entropy, nats",
        "up is towards the target, 0 is certainty",
    ),
    ("margin", False): ("largest other logit − true logit", "above 0 is a success"),
    ("margin", True): ("target logit − largest other logit", "above 0 is a success"),
    ("soft_margin", False): (
        "soft maximum of the others − true logit",
        "up is away from the true class, success comes just above 0",
    ),
    ("soft_margin", True): (
        "target logit − soft maximum of the others",
        "up is towards the target, above 0 is a success",
    ),
}


def _score_domain(scores: Sequence[float]) -> list[float]:
    """From 0 to the scores, and at least 1 long, so that a flat line has an axis to read."""
    low, high = min(0.0, *scores), max(0.0, *scores)
    if high - low >= 1:
        return [low, high]
    return [high - 1, high] if low < 0 else [low, low + 1]


def is_flat(scores: Sequence[float]) -> bool:
    """Whether the line of the scores moves by less than a hundredth of its axis."""
    low, high = _score_domain(scores)
    return max(scores) - min(scores) < (high - low) / 100


def path(scores: Sequence[float], *, name: str, step: int) -> Spec:
    """The score that the attack climbs, step by step.

    Args:
        scores: before each step and after the last.
        name: of the score, see ``SCORES``.
        step: the marked one.

    Returns:
        A Vega-Lite specification.
    """
    rows = [{"step": index, "score": score + 0.0} for index, score in enumerate(scores)]  # no −0
    x = {
        "field": "step",
        "type": "quantitative",
        "axis": {"tickMinStep": 1, "format": "d", "grid": False},
        "scale": {"domain": [0, max(1, len(scores) - 1)], "nice": False},
    }
    huge = {"format": "~g"} if max(map(abs, scores)) >= HUGE else {}
    y = {
        "field": "score",
        "type": "quantitative",
        "axis": {"title": name, "tickCount": 5, **huge},
        "scale": {"domain": _score_domain(scores)},
    }
    line = {"type": "line", "color": "@subject", "point": {"color": "@subject"}}
    point = {"type": "point", "size": 200, "filled": True, "color": "@ink"}
    return palette.complete(
        {
            "datasets": {"path": rows, "now": [row for row in rows if row["step"] == step]},
            "encoding": {"x": x, "y": y},
            "layer": [
                {"data": {"name": "path"}, "mark": line},
                {"data": {"name": "now"}, "mark": point},
            ],
        }
    )
