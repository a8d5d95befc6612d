"""Text in lines of a given width, whatever measures it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

Measure = Callable[[str], float]


def in_lines(text: str, width: float, measure: Measure) -> list[str]:
    """Lines that are no wider than ``width``; a word that is gets broken.

    Args:
        text: words with spaces between them.
        width: of a line, in the unit of ``measure``.
        measure: how wide a text is.
    """
    lines = [""]
    for word in text.split():
        for part in _parts(word, width, measure):
            longer = f"{lines[-1]} {part}".strip()
            if measure(longer) <= width:
                lines[-1] = longer
            else:
                lines.append(part)
    return lines


def _parts(word: str, width: float, measure: Measure) -> Iterator[str]:
    while measure(word) > width:
        end = len(word) - 1
        while end > 1 and measure(word[:end]) > width:
            end -= 1
        yield word[:end]
        word = word[end:]
    yield word
