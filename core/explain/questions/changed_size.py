"""How large is the output with another setting? For a room that has a layer before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from core.explain.geometry import Geometry
from core.explain.questions.live import LiveQuestion, among

MOST_STRIDE, MOST_PADDING = 3, 3


def changed_sizes(geometry: Geometry, *, pools: bool) -> list[LiveQuestion]:
    """A question for each setting that can be another one: the stride, the padding, the window.

    Args:
        geometry: of the layer as it is.
        pools: whether it is a pooling, whose padding is at most half of its window.
    """
    found = (
        _asked(changed, what, geometry) for what, changed in _changes(geometry, pools) if changed
    )
    return [question for question in found if question is not None]


def _changes(geometry: Geometry, pools: bool) -> Iterator[tuple[str, Geometry | None]]:
    stride = geometry.stride + 1 if geometry.stride < MOST_STRIDE else geometry.stride - 1
    yield f"stride {stride}", replace(geometry, stride=stride)
    most = min(geometry.kernel) // 2 if pools else MOST_PADDING
    if most:
        padding = geometry.padding + 1 if geometry.padding < most else geometry.padding - 1
        yield f"padding {padding}", replace(geometry, padding=padding)
    height, width = geometry.kernel
    larger = height + 1, width + 1
    yield f"{_window(pools)} {_size(larger)}", replace(geometry, kernel=larger)


def _window(pools: bool) -> str:
    return "window" if pools else "kernel"


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"


def _asked(changed: Geometry, what: str, now: Geometry) -> LiveQuestion | None:
    if min(changed.output) < 1:
        return None
    name, *_ = what.split()
    settings = {
        "kernel": f"kernel {_size(changed.kernel)}",
        "stride": f"stride {changed.stride}",
        "padding": f"padding {changed.padding}",
        "dilation": f"dilation {changed.dilation}" if changed.dilation > 1 else "",
    }
    if name == "window":
        settings["kernel"] = ""
    others = ", ".join(text for key, text in settings.items() if text and key != name)
    if name == "window":
        others = others.replace("kernel", "window")
    text = f"And with {what} ({others}) on {_size(changed.size)}: how large is the output?"
    size = _size(changed.output)
    return among(
        f"output size, {what}",
        text,
        size,
        _mistakes(changed, now),
        seed=what,
        answer=f"{size}: {changed.written()}.",
    )


def _mistakes(changed: Geometry, now: Geometry) -> dict[str, str]:
    found: dict[str, str] = {}
    for size, reason in size_mistakes(changed, now):
        found.setdefault(_size(size), reason)
    return found


def size_mistakes(changed: Geometry, now: Geometry) -> list[tuple[tuple[int, int], str]]:
    """Sizes that somebody gets who makes a mistake, the most telling first.

    Args:
        changed: the layer that is asked about.
        now: the layer that is on the screen.
    """
    free = [changed.free_cells(axis) for axis in (0, 1)]
    once = [one - changed.padding for one in free]
    whole = [side + 2 * changed.padding for side in changed.size]
    sizes = [
        (replace(changed, stride=1).output, "ignored the stride"),
        (_sizes(once, changed.stride), "counted the padding on one side only"),
        ((ceil(free[0] / changed.stride) + 1, ceil(free[1] / changed.stride) + 1), "rounded up"),
        ((changed.output[0] - 1, changed.output[1] - 1), "forgot the + 1"),
        (replace(changed, padding=0).output, "forgot the padding"),
        (now.output, "kept the size that is on the screen"),
        (_sizes(whole, changed.stride), "left the window out"),
        (_sizes(whole, 1), "left the window and the stride out"),
    ]
    return [(size, reason) for size, reason in sizes if min(size) > 0]


def _sizes(free: list[int], stride: int) -> tuple[int, int]:
    height, width = (one // stride + 1 for one in free)
    return height, width
