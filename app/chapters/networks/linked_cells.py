"""A cell of the small CNN as a link names it: pool2-4-7-6, hidden-37."""

from __future__ import annotations

from app.ui.link_words import LAYERS
from core.explain.trace import HIDDEN_SHAPE, LOGITS_SHAPE, Cell, Trace

INPUT, HIDDEN, LOGITS = "input", "hidden", "logits"
WIDTHS = {HIDDEN: HIDDEN_SHAPE[2], LOGITS: LOGITS_SHAPE[2]}  # of layers without channels


def write(cell: Cell) -> str:
    """The name of a cell, counted as the page counts: channels, rows, columns and units from 1, a
    logit by its class. The input has no channel.
    """
    name = LAYERS[cell.layer]
    places = [cell.channel, cell.row, cell.column]
    if name == INPUT:
        places = places[1:]
    elif name in WIDTHS:
        places = [cell.row * WIDTHS[name] + cell.column]
    return "-".join((name, *(str(place + _first(name)) for place in places)))


def read(traced: Trace, text: str) -> Cell | None:
    """The cell that a text names, None where there is none.

    Earlier links count layers, channels, rows and columns from 0, like 4-3-6-5.
    """
    name, *words = text.split("-")
    if not all(word.isascii() and word.isdecimal() for word in words):
        return None
    if name in LAYERS:
        layer = LAYERS.index(name)
        places = _places(name, [int(word) - _first(name) for word in words])
    elif name in map(str, range(len(LAYERS))):
        layer, places = int(name), list(map(int, words))
    else:
        return None
    sizes = traced.layers[layer].values.shape
    if len(places) != len(sizes) or not all(0 <= at < size for at, size in zip(places, sizes)):
        return None
    return Cell(layer, *places)


def _places(name: str, numbers: list[int]) -> list[int]:
    """Channel, row and column."""
    if name == INPUT:
        return [0, *numbers]
    if name in WIDTHS and len(numbers) == 1:
        return [0, *divmod(numbers[0], WIDTHS[name])]
    return numbers if name not in WIDTHS else []


def _first(name: str) -> int:
    return 0 if name == LOGITS else 1
