"""What the page says about the link that opened it, and about its own: one sentence each."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from core.foreign_text import quoted, shortened

if TYPE_CHECKING:
    from app.ui.parameter import Parameter

MOST_UNKNOWN, LONGEST_NAME = 20, 30  # names that are compared with those of the page
LONGEST_LINK = 8_000  # characters that most servers take: nginx has room for 8,192 with its words
MOST_LISTED = 12  # things to choose from that a sentence names
MOST_NAMED = 3  # names in the line over several sentences
_NAME = re.compile("^The link's “(.*?)” is (left out|rounded)", re.DOTALL)


def left_out(name: str, reason: str, among: Sequence[str] = ()) -> str:
    """A part of the link that is not used, and why; ``among``: of several values only these."""
    said = f"{name}={', '.join(map(shortened, among))}" if among else name
    return f"The link's “{said}” is left out: {reason.removesuffix('.')}."


def rounded_off(parameter: Parameter, text: str, value: float, called: str) -> str:
    """What is said of a number with more digits than its control shows; "": it has no more.

    Args:
        parameter: whose value it is.
        text: in the link.
        value: what ``address.read`` makes of it.
        called: the name that the link has for it.
    """
    if parameter.kind != "number" or float(text) == value:
        return ""
    return (
        f"The link's “{called}” is rounded to {value:g}: expected up to {parameter.decimals} "
        f"digits after the point, got {quoted(text)}."
    )


def replaced(
    parameter: Parameter, expected: str, got: str, found: float, *, is_outside: bool
) -> str:
    """What is said of a number that was typed and in place of which another is used.

    Args:
        parameter: of the field.
        expected: a number of which kind, in words.
        got: what was typed, in words.
        found: the number that is used.
        is_outside: whether it is beyond an end.
    """
    if parameter.kind == "number" and not is_outside:
        expected = f"up to {parameter.decimals} digits after the point"
    return f"Expected {expected}, got {got}: {digits(found)} is used."


def digits(value: float) -> str:
    """A number as a person types it."""
    return f"{value:.12g}".replace("e+", "e")


def as_called(sentence: str, called: Mapping[str, str]) -> str:
    """The same sentence with the name that the link has for a setting.

    Args:
        sentence: of ``left_out``.
        called: names of today to those of the link.
    """
    found = _NAME.match(sentence)
    if found is None or found[1] not in called:
        return sentence
    return sentence[: found.start(1)] + called[found[1]] + sentence[found.end(1) :]


def several_left_out(sentences: Sequence[str]) -> str:
    """One line over the sentences of ``left_out`` and ``rounded_off``: which settings they are
    about.
    """
    found = [match for match in map(_NAME.match, sentences) if match]
    names = [f"“{match[1]}”" for match in found]
    done = "left out or rounded" if any(match[2] == "rounded" for match in found) else "left out"
    if len(names) > MOST_NAMED + 1:
        names[MOST_NAMED:] = [f"{len(names) - MOST_NAMED} more settings"]
    return f"The link's {', '.join(names[:-1])} and {names[-1]} are {done}"


def unexpected(parameter: Parameter, text: str) -> str:
    """Why a text is none that a parameter takes."""
    got = _or_nothing(text)
    if len(text) > parameter.longest:
        got = f"{len(text):,} characters"
    return f"expected {_expected(parameter)}, got {got}"


def _or_nothing(text: str) -> str:
    return quoted(text) if text else "nothing"


def _expected(parameter: Parameter) -> str:
    if parameter.choices:
        return listed(parameter.titles or parameter.choices)
    if parameter.kind == "flag":
        return listed(("true", "false"))
    if parameter.kind in ("integer", "number"):
        return in_range(parameter.low, parameter.high, whole=parameter.kind == "integer")
    return parameter.expects


def listed(choices: Sequence[str]) -> str:
    """What there is to choose from; in quotation marks where a comma or the like would mislead."""
    texts = list(choices)
    if any(set(text) & set(",?") for text in texts):
        texts = [f"“{text}”" for text in texts]
    return f"{', '.join(texts[:-1])} or {texts[-1]}" if len(texts) > 1 else texts[0]


def in_range(low: float, high: float, *, whole: bool) -> str:
    """A number between two ends, or the only one."""
    if low == high:
        return f"{low:g}"
    end = "on" if high == math.inf else f"to {high:g}"
    return f"a {'whole ' * whole}number from {low:g} {end}"


def offered(parameter: Parameter, options: Sequence[str]) -> str:
    """What a control offers, in the words of its page: all of it where that is not too long."""
    if len(options) <= MOST_LISTED:
        return listed(options)
    return _expected(parameter)


def not_offered(parameter: Parameter, asked: Any, fitted: Any) -> str | None:  # noqa: ANN401
    """A value that its control does not offer; None: it does.

    Args:
        parameter: whose value it is.
        asked: as ``address.read`` gives it.
        fitted: what the control makes of it; None where it offers nothing like it.
    """
    if isinstance(asked, list):
        missing = [quoted(text) for text in asked if text not in (fitted or ())]
    elif isinstance(asked, int | float):
        missing = [] if asked == fitted else [f"“{asked}”"]
    else:
        missing = [quoted(asked)] if fitted is None else []
    if not missing:
        return None
    are = "is" if len(missing) == 1 else "are"
    reason = f"{' and '.join(missing[:MOST_NAMED])} {are} not offered here"
    return left_out(parameter.name, reason)


def doubled(name: str, used: str) -> str:
    """Of two names of one setting in a link, the one that is not used."""
    return left_out(name, f"it is the same setting as “{used}”, which the link has too")


def of_two(before: str | None, sentence: str, is_todays: bool) -> str:
    """What is said of a name that once meant another setting: nothing if one of the two took it,
    else the sentence of today's.
    """
    return sentence if before is None or (before and is_todays) else before


def strangers(
    link: Iterable[str], own: AbstractSet[str], vocabulary: AbstractSet[str]
) -> dict[str, str]:
    """Names that a page does not know, but that are no foreign ones either, empty ones among them:
    name to sentence.

    Args:
        link: all its names.
        own: names that the page knows.
        vocabulary: names that some page knows.
    """
    unknown = [name for name in link if name not in own]
    found = {
        name: left_out(name, f"expected the name of a setting, got {_or_nothing(name)}")
        for name in unknown
        if not name.strip()
    }
    for name in [name for name in unknown if name not in found][:MOST_UNKNOWN]:
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
