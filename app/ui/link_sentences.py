"""What the page says about the link that opened it, and about its own: one sentence each."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from app.ui.literal import quoted, shortened

if TYPE_CHECKING:
    from app.ui.address import Parameter

MOST_UNKNOWN, LONGEST_NAME = 20, 30  # names that are compared with those of the page
LONGEST_LINK = 8_000  # characters that most servers take: nginx has room for 8,192 with its words


def left_out(name: str, reason: str) -> str:
    """A part of the link that is not used, and why."""
    return f"The link's “{name}” is left out: {reason.removesuffix('.')}."


def unexpected(parameter: Parameter, text: str) -> str:
    """A text that a parameter does not take."""
    got = quoted(text) if text else "nothing"
    if len(text) > parameter.longest:
        got = f"{len(text):,} characters"
    return left_out(parameter.name, f"expected {_expected(parameter)}, got {got}")


def _expected(parameter: Parameter) -> str:
    if parameter.kind in ("integer", "number"):
        whole = "whole " * (parameter.kind == "integer")
        return f"a {whole}number from {parameter.low:g} to {parameter.high:g}"
    choices = ("true", "false") if parameter.kind == "flag" else parameter.choices
    if choices:
        return f"{', '.join(choices[:-1])} or {choices[-1]}"
    return f"1 to {parameter.longest:,} characters"


def not_offered(parameter: Parameter, asked: Any, fitted: Any) -> str | None:  # noqa: ANN401
    """A value that its control does not offer; None: it does.

    Args:
        parameter: whose value it is.
        asked: as ``address.read`` gives it.
        fitted: what the control makes of it; None where it offers nothing like it.
    """
    if isinstance(asked, list):
        missing = [text for text in asked if text not in (fitted or ())]
    elif isinstance(asked, int | float):
        missing = [] if asked == fitted else [f"{asked}"]
    else:
        missing = [asked] if fitted is None else []
    if not missing:
        return None
    return left_out(parameter.name, f"{quoted(missing[0])} is not offered here")


def strangers(
    link: Iterable[str], own: AbstractSet[str], vocabulary: AbstractSet[str]
) -> dict[str, str]:
    """Names that a page does not know, but that are no foreign ones either: name to sentence.

    Args:
        link: all its names.
        own: names that the page knows.
        vocabulary: names that some page knows.
    """
    found = {}
    for name in [name for name in link if name not in own][:MOST_UNKNOWN]:
        like = difflib.get_close_matches(name.lower()[:LONGEST_NAME], own, 1, cutoff=0.8)
        if name in vocabulary:
            found[name] = left_out(name, "this page has no such setting")
        elif like:
            found[name] = left_out(shortened(name), f"the name of the setting is {like[0]}")
    return found


def too_long(link: Mapping[str, Sequence[str]], page: str = "") -> str | None:
    """A link that most servers refuse, and what to leave out; None: it is short enough.

    Args:
        link: name to all values behind it.
        page: the address before the question mark.
    """
    length = len(page) + 1 + len(urlencode(link, doseq=True))
    if length <= LONGEST_LINK:
        return None
    sizes = {name: len(urlencode({name: texts}, doseq=True)) for name, texts in link.items()}
    name = max(sizes, key=lambda name: sizes[name])
    typed = name in ("numbers", "weights")
    advice = f"shorten “{name}” (fewer rows or digits)" if typed else f"leave out {quoted(name)}"
    return (
        f"The link is too long for most servers, {length:,} of {LONGEST_LINK:,} characters: "
        f"{advice}."
    )
