"""Numbers as programs write them, in brackets or in the cells of a table, as plain rows."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CLOSING = {"[": "]", "(": ")", "{": "}"}
_TOKENS = re.compile(r"[][(){}]|[^][(){}\s,;]+")
_DEEPEST = 8  # brackets in brackets: a batch of images has four
# What stands around the brackets: a name, a call or several, settings of the last one.
_BEFORE = re.compile(r"(?:Parameter containing:|[^\W\d]\w*\s*=)?\s*(?:[^\W\d][\w.]*\s*\(\s*)*")
_AFTER = re.compile(r"\s*(?:,\s*\w+\s*=\s*[\w.:'\"<>-]+\s*)*,?[\s)]*[;.]?\s*")
_SCALAR = re.compile(r"\b(?:np|numpy|torch)\.\w{1,20}\(([^()\[\]{},;]{0,400})\)")
_DECIMAL_COMMA = re.compile(r"[+\-−]?\d*,\d+(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


@dataclass
class _Group:
    """An open bracket.

    Attributes:
        closing: sign that closes it.
        start: index of what it holds.
        holds: "" nothing so far, else "numbers" or "groups".
    """

    closing: str
    start: int
    holds: str = ""


def has_brackets(text: str) -> bool:
    """Whether some part of a text is in brackets."""
    return any(sign in text for pair in _CLOSING.items() for sign in pair)


def without_brackets(text: str) -> str | None:
    """Lists of Python, NumPy, torch, JSON or MATLAB as rows, a line each, with an empty line
    between two matrices.

    The innermost brackets are rows: ``[[1, 2], [3, 4]]``, ``array([[1., 2.], [3., 4.]])``,
    ``tensor([[1, 2]], device='cuda:0')``. Those that stand alone may hold several, as MATLAB
    writes them: ``[1 2; 3 4]``.

    Args:
        text: what was typed or pasted; the time grows with its length.

    Returns:
        The rows; None: these are no lists, or their brackets do not fit each other.
    """
    text = _SCALAR.sub(r"\1", text.strip())
    before = _BEFORE.match(text)
    body = text[before.end() :] if before else text
    found = _leaves(body)
    if found is None or not _AFTER.fullmatch(body, found[1]):
        return None
    leaves = found[0]
    alone = len(leaves) == 1
    lines: list[str] = []
    for leaf in leaves:
        rows = leaf if alone else leaf.replace("\n", " ")
        several = not alone and ";" in leaf  # a matrix beside others
        lines += ["", rows, ""] if several else [rows]
    return "\n".join(lines).replace(";", "\n").strip("\n")


def _leaves(body: str) -> tuple[list[str], int] | None:
    """What the innermost brackets hold, with "" wherever brackets around some close, and where the
    last outer one closes.
    """
    leaves: list[str] = []
    opened: list[_Group] = []
    end = 0
    for found in _TOKENS.finditer(body):
        token, around = found[0], opened[-1] if opened else None
        if around is None and token != body[0]:
            break  # what stands behind the brackets
        if token in _CLOSING:
            if len(opened) == _DEEPEST or (around and around.holds == "numbers"):
                return None
            if around:
                around.holds = "groups"
            opened.append(_Group(_CLOSING[token], found.end()))
        elif around and token == around.closing:
            opened.pop()
            leaves.append("" if around.holds == "groups" else body[around.start : found.start()])
            end = found.end()
        elif around is None or around.holds == "groups" or token in _CLOSING.values():
            return None
        else:
            around.holds = "numbers"
    return None if opened or not end else (leaves, end)


def cells_with_commas(text: str) -> list[str]:
    """The cells of a table with decimal commas; none where a comma may part two numbers.

    Args:
        text: what was typed or pasted; tabs part the cells.
    """
    if "\t" not in text:
        return []
    cells = [cell.strip() for line in text.splitlines() for cell in line.split("\t")]
    found = [cell for cell in cells if "," in cell]
    return found if all(map(_DECIMAL_COMMA.fullmatch, found)) else []
