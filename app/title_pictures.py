"""The picture of each chapter on Home: what the chapter shows a visitor who opens it, small.

Run with: python -m app.title_pictures. It opens every chapter as Streamlit runs it, takes what the
browser gets to draw, and writes one SVG file a chapter in the light theme; Home then needs neither
a network nor a chapter. tests/app/test_title_pictures.py draws them again and compares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor

from app.ui import palette, picture_files, title_pictures
from app.ui.packing import unpacked
from app.ui.title_pictures import HEIGHT, WIDTH
from core.json_files import parse_json

HOME = Path(__file__).parent / "Home.py"
LIMIT = 120  # seconds that a chapter may take
Data = Mapping[str, Any]
Box = tuple[float, float, float, float]  # left, top, width, height
INK = palette.INK["light"]
GAP = 12.0  # between two pictures


def components(app: AppTest, field: str) -> Data:
    """What the component with a field gets to draw."""
    every = [parse_json((one.proto.json or "{}").encode()) for one in app.get("bidi_component")]
    return next(data for data in every if field in data)


def colours(grid: Data) -> Tensor:
    """(3, rows, columns) uint8: a grid's cells in its colours, as app/components/grids has them."""
    share = (unpacked(grid["values"]).double() / grid["largest"]).clamp(-1, 1)
    negative, zero, positive = (
        np.array([*bytes.fromhex(colour[1:])], np.float64) for colour in grid["colours"]
    )
    part = share.numpy().reshape(grid["rows"], grid["columns"], 1)
    mixed = zero + (np.where(part < 0, negative, positive) - zero) * abs(part)
    return torch.from_numpy(np.floor(mixed + 0.5).astype(np.uint8).transpose(2, 0, 1).copy())


def image(source: str, box: Box) -> str:
    """A picture with crisp pixels and a thin edge."""
    left, top, width, height = (round(length, 2) for length in box)
    place = f'x="{left}" y="{top}" width="{width}" height="{height}"'
    return (
        f'<image {place} preserveAspectRatio="none" image-rendering="pixelated" href="{source}"/>'
        f'<rect {place} fill="none" stroke="{INK}" stroke-opacity="0.4" stroke-width="0.6"/>'
    )


def row(sources: Sequence[str], sides: Sequence[float]) -> tuple[list[str], list[Box]]:
    """Square pictures from left to right, in the middle of the height."""
    left = (WIDTH - sum(sides) - GAP * (len(sides) - 1)) / 2
    boxes: list[Box] = []
    for side in sides:
        boxes.append((left, (HEIGHT - side) / 2, side, side))
        left += side + GAP
    return list(map(image, sources, boxes)), boxes


def outline(box: Box) -> str:
    """Black with a white rim, to be seen on every colour."""
    left, top, width, height = (round(length, 2) for length in box)
    place = f'x="{left}" y="{top}" width="{width}" height="{height}" fill="none"'
    return (
        f'<rect {place} stroke="#ffffff" stroke-width="4"/>'
        f'<rect {place} stroke="#000000" stroke-width="2"/>'
    )


def convolution(app: AppTest) -> list[str]:
    """Input, kernel and output, with the window that gives the largest number of all."""
    grids = {grid["title"]: grid for grid in components(app, "grids")["grids"]}
    picture, kernel, output = (
        next(grid for title, grid in grids.items() if title.startswith(name))
        for name in ("Input", "× Kernel", "Output")
    )
    sources = [picture_files.data_url(colours(grid)) for grid in (picture, kernel, output)]
    parts, boxes = row(sources, (130, 39, 104))
    cell = int(unpacked(output["values"]).abs().argmax())
    at = divmod(cell, output["columns"])
    for grid, box, side in ((picture, boxes[0], kernel["rows"]), (output, boxes[2], 1)):
        unit = box[2] / grid["columns"]
        parts.append(
            outline((box[0] + at[1] * unit, box[1] + at[0] * unit, side * unit, side * unit))
        )
    return parts


def networks(app: AppTest) -> list[str]:
    """Every map of every layer, at its place, without the digits to choose from."""
    every = components(app, "grids")["grids"]
    grids = [grid for grid in every if not grid["pick"].startswith("picture ")]
    boxes = [
        (grid["x"], grid["y"], grid["columns"] * grid["width"], grid["rows"] * grid["height"])
        for grid in grids
    ]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = (max(box[at] + box[at + 2] for box in boxes) for at in (0, 1))
    scale = min(WIDTH / (right - left), HEIGHT / (bottom - top))
    space = (HEIGHT - scale * (bottom - top)) / 2
    return [
        image(
            picture_files.data_url(colours(grid)),
            (
                scale * (box[0] - left),
                space + scale * (box[1] - top),
                scale * box[2],
                scale * box[3],
            ),
        )
        for grid, box in zip(grids, boxes)
    ]


def training(app: AppTest) -> list[str]:
    """The lines of accuracy, with what the homework asks."""
    chart = app.get("vega_lite_chart")[0].proto
    encoding = parse_json(chart.spec.encode())["layer"][0]["encoding"]
    sets = [arrow.ipc.open_stream(one.data.data).read_all().to_pylist() for one in chart.datasets]
    (across, low_high) = (encoding[axis]["scale"]["domain"] for axis in ("x", "y"))
    low, high = low_high

    def place(row: Data) -> str:
        x = 4 + (WIDTH - 8) * row["epoch"] / across[1]
        y = 4 + (HEIGHT - 8) * (high - row["accuracy"]) / (high - low)
        return f"{x:.1f},{y:.1f}"

    parts = [f'<path d="M4 4V{HEIGHT - 4:g}H{WIDTH - 4:g}" fill="none" stroke="{INK}"/>']
    goals = [one["goal"] for rows in sets for one in rows if "goal" in one]
    for goal in goals:
        ends = [place({"epoch": end, "accuracy": goal}) for end in across]
        parts.append(
            f'<polyline points="{" ".join(ends)}" fill="none" stroke="{INK}" stroke-width="1.5"/>'
        )
    lines = next(rows for rows in sets if "line" in rows[0] and "text" not in rows[0])
    look = zip(
        *(encoding["color"]["scale"][part] for part in ("domain", "range")),
        encoding["strokeDash"]["scale"]["range"],
    )
    for name, colour, dashes in look:
        points = " ".join(place(one) for one in lines if one["line"] == name)
        dash = "" if 0 in dashes else f' stroke-dasharray="{dashes[0]} {dashes[1]}"'
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="3"{dash}/>'
        )
    return parts


def cam(app: AppTest) -> list[str]:
    """The photo, and the map over it."""
    data = components(app, "photo")
    parts, boxes = row([data["photo"], data["photo"]], (140, 140))
    over = image(data["map"], boxes[1]).replace("<image ", f'<image opacity="{data["alpha"]}" ', 1)
    return [*parts, over]


def attack(app: AppTest) -> list[str]:
    """Before, the change and after."""
    every = [one for found in app.get("image") for one in found.proto.imgs]
    wanted = ("Original", "Perturbation", "Adversarial")
    sources = [next(one.url for one in every if one.caption.startswith(name)) for name in wanted]
    parts, _ = row(sources, (114, 64, 114))
    return parts


DRAWN: dict[str, Callable[[AppTest], list[str]]] = {
    "convolution": convolution,
    "networks": networks,
    "training": training,
    "cam": cam,
    "attack": attack,
}


def draw() -> dict[str, str]:
    """Every chapter's picture.

    Raises:
        RuntimeError: a chapter shows an error.
    """
    app, pictures = AppTest.from_file(str(HOME), default_timeout=LIMIT).run(), {}
    for name, parts in DRAWN.items():
        app.switch_page(f"chapters/{name}/page.py").run()
        if app.exception or app.error:
            raise RuntimeError(f"Expected a chapter without an error, {name} shows one: open it.")
        # behind it stand scales, and what a data set that is there or not has counted
        pictures[name] = svg(parts(app), app.caption[0].value.partition(";")[0])
    return pictures


def svg(parts: Sequence[str], says: str) -> str:
    """A whole picture; what it says to a screen reader begins the chapter's own caption."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
    return "\n".join([head, f"<title>{escape(says)}</title>", *parts, "</svg>", ""])


def main() -> None:
    """Draw them all, and write them."""
    for name, picture in draw().items():
        title_pictures.file(name).write_text(picture, "utf-8")


if __name__ == "__main__":
    main()
