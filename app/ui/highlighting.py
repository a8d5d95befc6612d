"""The words of a piece of Python by what they are, for a page that colours them itself."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Sequence
from itertools import groupby

Word = tuple[str, str]  # what it is ("" for nothing special) and its text
_KINDS = {tokenize.COMMENT: "comment", tokenize.STRING: "string", tokenize.NUMBER: "number"}
_BUILTINS = ("range", "slice", "len", "zip", "max", "min", "sum", "hasattr", "int", "float", "bool")


def words(lines: Sequence[str]) -> list[list[Word]]:
    """Each line as words; joined they are the line again.

    Args:
        lines: of code that is complete, as a function's source.
    """
    kinds = [[""] * len(line) for line in lines]
    before = ""
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline):
        kind = _kind(token, before)
        before = token.string
        for row in range(token.start[0] - 1, min(token.end[0], len(lines)) if kind else 0):
            start = token.start[1] if row == token.start[0] - 1 else 0
            end = token.end[1] if row == token.end[0] - 1 else len(lines[row])
            kinds[row][start:end] = [kind] * (end - start)
    return [_joined(line, kind) for line, kind in zip(lines, kinds)]


def _joined(line: str, kinds: Sequence[str]) -> list[Word]:
    """Letters of one kind that follow each other, as one word."""
    parts = groupby(zip(kinds, line), lambda letter: letter[0])
    return [(kind, "".join(letter for _, letter in part)) for kind, part in parts]


def _kind(token: tokenize.TokenInfo, before: str) -> str:
    if token.type != tokenize.NAME:
        return _KINDS.get(token.type, "")
    if keyword.iskeyword(token.string):
        return "keyword"
    return "builtin" if token.string in _BUILTINS and before != "." else ""
