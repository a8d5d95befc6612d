"""What a page says of a function that was recorded, read as its component reads it."""

from typing import Any

import torch
from torch import Tensor

from app.ui.grids import Scene
from app.ui.lit_static import expanded, places
from app.ui.packing import floats, unpacked

Cells = dict[int, list[int]]


def held(series: list[int], step: int) -> int:
    return series[min(step, len(series) - 1)]


def text(data: dict[str, Any], line: int) -> str:
    """A line of the code, by its place in the function."""
    return next(
        "".join(word for _, word in one["words"]) for one in data["lines"] if one["line"] == line
    ).strip()


def statement(data: dict[str, Any], begin: str) -> dict[str, Any]:
    """The one statement that begins so."""
    (found,) = [one for one in data["statements"] if text(data, one["first"]).startswith(begin)]
    return found


def made(data: dict[str, Any], begin: str, name: str) -> dict[str, Any]:
    """What a statement has made of a name."""
    variables = [data["variables"][index] for index in statement(data, begin)["makes"]]
    return next(one for one in variables if one["name"] == name)


def said(variable: dict[str, Any], step: int) -> str:
    return variable["text"]["of"][held(expanded(variable["text"]["at"]), step)]


def numbers(data: dict[str, Any], variable: dict[str, Any], step: int) -> Tensor:
    """Its numbers at a step."""
    at = torch.tensor(places(variable, step))
    if variable["values"] is not None:
        rows = unpacked(variable["values"]).reshape(-1, len(at))
        return rows[min(step, len(rows) - 1)][at >= 0]
    return unpacked(data["memories"][variable["memory"]]["values"])[at[at >= 0]]


def with_picture(data: dict[str, Any], picture: Scene) -> dict[str, Any]:
    """The same with the numbers that the page takes from the picture."""
    memories = []
    for one in data["memories"]:
        if one["values"] is None:
            size = max(at + count for _, at, _, count in one["cells"])
            found = torch.full((size,), torch.nan)
            for grid, at, cell, count in reversed(one["cells"]):
                found[at : at + count] = picture.grids[grid].values.flatten()[cell : cell + count]
            memories.append(one | {"values": floats(found)})
        else:
            memories.append(one)
    return data | {"memories": memories}


def cells(data: dict[str, Any], variable: dict[str, Any], step: int) -> Cells:
    """Grid to the cells in which it is drawn."""
    found: Cells = {}
    at = places(variable, step)
    for grid, first, cell, count in data["memories"][variable["memory"]]["cells"]:
        inside = [cell + place - first for place in at if first <= place < first + count]
        if inside:
            found.setdefault(grid, []).extend(inside)
    return found
