"""A field for a number: what is used of what was typed, and the sentence where that is another.

Streamlit's own field would read the beginning of a text as a whole number, ``1e3`` as 1 and ``3.7``
as 3, and go on showing a number beyond the ends that it was given, which nothing uses. So to
Streamlit every field is one for any float: whatever was typed comes to Python, which answers with
the number that is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.ui import link_sentences, palette
from app.ui.bound import MISSING
from app.ui.parameter import Parameter

UNREADABLE = 1.7e308  # in place of a text that is no number, see app/components/keys/unreadable.js
# The sentence lies over what is beside its field, as a browser's own about a field do: nothing
# moves when it comes and when it goes. In the page it is below the field, in the panel, which may
# end with the field, above it. It is moved there by its own height, since with a place measured
# from the field a row that scrolls would cut it off.
_SAID = "[data-testid=stElementContainer]:has(> * > .said_of_a_number)"
STYLE = f"""<style>
[data-testid=stMainBlockContainer] {{position: relative}}
[data-testid=stMain] [class*=st-key-field_] {{justify-content: flex-end}}
{_SAID} {{position: absolute; align-self: flex-start; transform: translateY(calc(100% + 0.25rem));
  z-index: 9; pointer-events: none; width: max-content; max-width: 15rem; padding: 0.3rem 0.6rem;
  border: 1px solid; border-radius: 0.4rem;
  background: light-dark({palette.PAPER["light"]}, {palette.PAPER["dark"]})}}
[data-testid=stSidebar] {_SAID}
  {{align-self: flex-end; transform: translateY(calc(-100% - 0.25rem))}}
.said_of_a_number {{margin: 0; font-size: 0.9rem; line-height: 1.3}}
</style>"""


def place(about: Parameter) -> DeltaGenerator:
    """Where a field stands, with what is said of it."""
    return st.container(key=f"field_{about.key}")


def look(about: Parameter, more: Mapping[str, Any]) -> dict[str, Any]:
    """How Streamlit draws the field; ``more`` are its further arguments."""
    digits = about.decimals if about.kind == "number" else 0
    step = float(more.get("step", 1))
    return {**more, "step": step, "format": f"%.{digits}f"}


def used(
    about: Parameter,
    low: float,
    high: float,
    only: Sequence[int],
    before: int | None,
    value: float | None,
) -> object:
    """The number that is used of a number that was typed: what is beyond an end becomes that end.

    Args:
        about: the parameter.
        low: the least.
        high: the largest.
        only: the numbers that there are, in their order; none: all of the range. A number between
            two of them becomes the next one, up or down as it went from the one before.
        before: the number that the field showed last, if there are only some.
        value: as it was typed.

    Returns:
        The number; ``MISSING`` for the default.
    """
    if value is None or value == UNREADABLE:
        return MISSING
    return _onward(value, before, only) if only else about.rounded(min(max(value, low), high))


def _onward(value: float, before: int | None, only: Sequence[int]) -> object:
    """The value if it is one of these, else the next one in the direction from ``before``."""
    if value == before and value not in only:  # it was chosen among others
        return MISSING
    above = [one for one in only if one >= value]
    below = [one for one in only if one <= value]
    if before is None or value > before:
        return above[0] if above else below[-1]
    return below[-1] if below else above[0]


def is_step(typed: float, before: int | None) -> bool:
    """Whether a number is what the field's buttons make of the one before."""
    return before is not None and abs(typed - before) == 1


def say(about: Parameter, expected: str, typed: float, found: float, *, is_outside: bool) -> None:
    """Below a field: that another number is used than was typed.

    Args:
        about: the parameter.
        expected: a number of which kind, in words.
        typed: the number that was typed.
        found: the number that is used.
        is_outside: whether it is beyond an end.
    """
    got = "no number" if typed == UNREADABLE else link_sentences.digits(typed)
    sentence = link_sentences.replaced(about, expected, got, found, is_outside=is_outside)
    st.html(f'<p role="alert" class="said_of_a_number">{escape(sentence)}</p>')
