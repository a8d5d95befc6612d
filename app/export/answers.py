"""What a page shows after each move of what a file keeps alive: Python answers once, in advance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.export import elements, opening
from app.export.links import Link
from app.ui.address import Name

STRIDE = 4  # epsilons between two stops: 33 stops from 0 to 128
MOST = 101  # steps of an attack


@dataclass(frozen=True)
class Live:
    """A setting that the file keeps alive.

    Attributes:
        setting: its name in the link.
        event: what its component tells Python.
        mounted: number of the component.
        values: in their order.
    """

    setting: Name
    event: str
    mounted: int
    values: Sequence[int]


def live(link: Link, page: elements.Page) -> Live | None:
    """The setting of a page that its file keeps alive; None: what it keeps needs no answer.

    Args:
        link: of the page.
        page: as the link has opened it.
    """
    has_code = any(one["name"] == "code" for one in page.mounted)
    for number, one in enumerate(page.mounted):
        data = one["data"]
        if one["name"] == "live_slider":
            first = int(data["value"]) % STRIDE
            data |= {"step": STRIDE, "low": first}
            return Live(Name.EPSILON, "moved", number, range(first, int(data["high"]) + 1, STRIDE))
        if one["name"] == "grids" and data.get("quiz"):
            return Live(Name.QUESTION, "answer", number, range(1, data["quiz"]["count"] + 1))
        is_step = one["name"] == "keys" and data.get("thing") == "step" and not has_code
        if is_step and link.chapter == "attack":  # code is recorded at one step alone
            return Live(Name.STEP, "turned", number, range(min(data["count"], MOST)))
    return None


def of(
    app: Any,  # noqa: ANN401 - streamlit's own
    link: Link,
    page: elements.Page,
    kept: Live,
) -> dict[str, Any]:
    """Each value to the elements and the data of the components that it changes.

    Args:
        app: of the page; it goes on to every value.
        link: of the page.
        page: as the link has opened it.
        kept: the setting.

    Returns:
        What the file's script reads: texts, and for each value what it shows.
    """
    texts: dict[str, int] = {}
    shown = []
    for value in kept.values:
        other = elements.Page()
        other.html(opening.with_value(app, link, kept.setting, value).main)
        if len(other.parts) != len(page.parts) or len(other.mounted) != len(page.mounted):
            raise ValueError(
                f"Expected the same elements at every {kept.setting.value}, got "
                f"{len(other.parts)} and {len(page.parts)} at {value}."
            )
        pairs = enumerate(zip(page.parts, other.parts, strict=True))
        parts = {at: texts.setdefault(new, len(texts)) for at, (_, new) in pairs}
        shown.append({"parts": parts, "data": [one["data"] for one in other.mounted]})
    return {
        "event": kept.event,
        "mounted": kept.mounted,
        "values": list(kept.values),
        "texts": list(texts),
        "shown": _changing(shown),
    }


def _changing(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same without the elements that are alike at every value."""
    alike = {at for at in shown[0]["parts"] if len({one["parts"][at] for one in shown}) == 1}
    for one in shown:
        one["parts"] = {at: text for at, text in one["parts"].items() if at not in alike}
    return shown
