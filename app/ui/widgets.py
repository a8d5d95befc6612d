"""Controls, each bound to one name of the address: one call, one line.

They offer only what can be computed, and show a value that is no longer offered as the default.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import streamlit as st

from app.ui import bound, link_sentences, number_field
from app.ui.address import Name, Parameter
from app.ui.bound import MISSING
from app.ui.link_sentences import in_range, listed
from core.foreign_text import quoted

Value = TypeVar("Value")
Say = Callable[[Any], str]


def _decimals(about: Parameter) -> dict[str, str]:
    """What a slider shows of a number."""
    return {"format": f"%.{about.decimals}f"} if about.kind == "number" else {}


def among(options: Sequence[Value], say: Say = str) -> bound.Fit:
    """Finds an option by itself, by its text or by what the page calls it, as old links do."""

    def fit(value: object) -> Any:
        for option in options:
            if value == option or value in (str(option), say(option)):
                return option
        return MISSING

    return fit


def between(low: float, high: float) -> bound.Fit:
    """Takes a number of the range, as an int where the ends are ints."""
    kind = type(low)

    def fit(value: Any) -> Any:
        return kind(value) if value is not None and low <= value <= high else MISSING

    return fit


def _bound(
    draw: Callable[[str], Any],
    name: Name,
    fit: bound.Fit,
    default: object,
    offered: object,
    part: str,
    expected: str = "",
    held: Callable[[Any], Any] = lambda value: value,  # as Streamlit has the value
) -> Any:
    about = bound.parameter(name, part)
    default = about.rounded(default)

    def fitted(value: object) -> Any:
        found = about.rounded(fit(value))
        return found if found is MISSING else held(found)

    bound.check(name, partial(_refuse, fit, expected), part)
    bound.prepare(about, held(default), fitted, offered)
    value = about.rounded(draw(about.key))
    bound.write(about, value, default)
    return value


def _refuse(fit: bound.Fit, expected: str, asked: object) -> None:
    """Say what there is in place of a value of the link that the control does not offer."""
    if fit(asked) is MISSING:
        raise ValueError(f"expected {expected}, got {quoted(str(asked))}")


def _one_of(name: Name, part: str, options: Sequence[object], say: Say = str) -> str:
    return link_sentences.offered(bound.parameter(name, part), [say(one) for one in options])


def _options(
    name: Name, part: str, options: Sequence[Value] | None, default: object
) -> tuple[Sequence[Any], Any]:
    """What is offered (by default the table's choices) and what is chosen at first (the first)."""
    offered = bound.parameter(name, part).choices if options is None else options
    return offered, offered[0] if default is None else default


def choice(
    name: Name,
    label: str,
    options: Sequence[Any] | None = None,
    *,
    default: object = None,
    say: Say = str,
    labelled: bool = False,
    part: str = "",
    **more: Any,
) -> Any:
    """One of a few things, all in sight.

    Args:
        name: in the address.
        label: what a screen reader says; on the page too if ``labelled``.
        options: None: the choices of the address.
        default: None: the first.
        say: an option as the page calls it.
        labelled: whether the label is shown.
        part: of the parameter.
        more: for ``st.segmented_control``.
    """
    offered, default = _options(name, part, options, default)
    look: dict[str, Any] = {"required": True, "wrap": False, "format_func": say} | more
    if not labelled:
        look["label_visibility"] = "collapsed"
    return _bound(
        lambda key: st.segmented_control(label, offered, key=key, **look),
        name,
        among(offered, say),
        default,
        tuple(offered),
        part,
        _one_of(name, part, offered, say),
    )


def select(
    name: Name,
    label: str,
    options: Sequence[Any] | None = None,
    *,
    default: object = None,
    say: Say = str,
    part: str = "",
    expected: str = "",
    **more: Any,
) -> Any:
    """One of many things, in a box; arguments as in ``choice``, ``more`` for ``st.selectbox``;
    ``expected`` says what a link may ask for, where the options are too many to be listed.
    """
    offered, default = _options(name, part, options, default)
    return _bound(
        lambda key: st.selectbox(label, offered, key=key, format_func=say, **more),
        name,
        among(offered, say),
        default,
        tuple(offered),
        part,
        expected or _one_of(name, part, offered, say),
    )


def stops(
    name: Name, label: str, options: Sequence[Any], *, default: object = None, **more: Any
) -> Any:
    """A slider that stops at the options; arguments as in ``choice``."""
    offered, default = _options(name, "", options, default)
    return _bound(
        lambda key: st.select_slider(label, offered, key=key, **more),
        name,
        among(offered),
        default,
        tuple(offered),
        "",
        _one_of(name, "", offered),
    )


def several(name: Name, label: str, options: Sequence[str], **more: Any) -> list[str]:
    """Any of the options, none at first; ``more`` for ``st.multiselect``."""
    most = more.get("max_selections", len(options))

    def fit(value: Any) -> list[str]:
        return [option for option in value if option in options][:most]

    asked = bound.current(name) or []
    used = fit(asked)
    missing = [one for one in asked if one not in used]

    def refuse(_: Sequence[str]) -> None:
        if missing:
            got = " and ".join(map(quoted, missing))
            raise ValueError(f"expected up to {most} of {listed(options)}, got {got}")

    bound.check(name, refuse, among=missing if used else ())
    if used and bound.current(name) is None:  # what is offered of a link's
        bound.put(name, used)

    def draw(key: str) -> list[str]:
        return st.multiselect(label, options, key=key, **more)

    return list(_bound(draw, name, fit, [], tuple(options), ""))


def toggle(name: Name, label: str, **more: Any) -> bool:
    """Yes or no, no at first; ``more`` for ``st.toggle``."""
    return bool(_bound(lambda key: st.toggle(label, key=key, **more), name, bool, False, None, ""))


def slider(name: Name, label: str, low: Any, high: Any, *, default: Any, **more: Any) -> Any:
    """A number on a line; ``more`` for ``st.slider``."""
    more = _decimals(bound.parameter(name)) | more
    return _bound(
        lambda key: st.slider(label, low, high, key=key, **more),
        name,
        between(low, high),
        default,
        (low, high),
        "",
        in_range(low, high, whole=isinstance(low, int)),
    )


def number(
    name: Name,
    label: str,
    low: Any,
    high: Any,
    *,
    default: Any = None,
    part: str = "",
    only: Sequence[int] = (),
    before: int | None = None,
    expected: str = "",
    **more: Any,
) -> Any:
    """A number to type, the least at first; an emptied field is at its default again.

    Args:
        name: in the address.
        label: what a screen reader says.
        low: the least.
        high: the largest.
        default: None: the least.
        part: of the parameter.
        only: the numbers that there are, in their order; none: all of the range.
        before: the number that the field showed last, if there are only some.
        expected: what a link may ask for; "": a number of the range.
        more: for ``st.number_input``.
    """
    about = bound.parameter(name, part)
    default = about.rounded(low if default is None else default)
    expected = expected or in_range(low, high, whole=isinstance(low, int))
    used = partial(number_field.used, about, low, high, only, before)
    with number_field.place(about):
        found = _bound(
            lambda key: st.number_input(
                label, value=float(default), key=key, **number_field.look(about, more)
            ),
            name,
            used if bound.is_drawn(name, part) else among(only) if only else between(low, high),
            default,
            tuple(only) or (low, high),
            part,
            expected,
            held=float,
        )
        typed = bound.replaced(name, part)
        if typed is not None and not (only and number_field.is_step(typed, before)):
            number_field.say(about, expected, typed, found, is_outside=not low <= typed <= high)
    return found


def text(
    name: Name,
    label: str,
    *,
    default: str = "",
    height: int | None = None,
    link: Callable[[str], str] = str,
    **more: Any,
) -> str:
    """One line to type, or those of a ``height``; ``link`` gives the address's text for one."""
    about = bound.parameter(name)
    bound.prepare(about, default, str, None)
    field = partial(st.text_area, height=height) if height else st.text_input
    typed = field(label, key=about.key, **more)
    bound.write(about, typed, default, link=link(typed))
    return typed


def unseen(
    name: Name,
    default: Value,
    offered: bound.Fit,
    expected: str,
    *,
    fit: Any = None,
    part: str = "",
) -> Value:
    """The value of what is no widget: a pinned step, a cell.

    Args:
        name: in the address.
        default: where nothing was chosen.
        offered: what a link may ask for.
        expected: the same in words.
        fit: what was chosen as it is now; None: as in ``offered``.
        part: of the parameter.
    """
    bound.check(name, partial(_refuse, offered, expected), part)
    found: Value = bound.value(name, default, fit=fit or offered, part=part)
    return found


def view() -> str:
    """The open one of a chapter's views; a narrow window has them in several rows."""
    return str(choice(Name.VIEW, "View", wrap=True))


def only(name: Name, value: object, expected: str = "", *, say: Say = str, part: str = "") -> None:
    """In place of a control with nothing to choose from: what else a link asks for is said.

    Args:
        name: in the address.
        value: the only one that there is.
        expected: the same in words; "": as ``say`` has it.
        say: the value as the page calls it.
        part: of the parameter.
    """
    unseen(name, value, among([value], say), expected or say(value), part=part)


def pages(count: int, size: int, *, first: int = 0, most_visible: int = 5) -> slice:
    """A page of so many things; where there are more, with a pager that grows with its room.

    Args:
        count: of the things.
        size: of a page.
        first: position of the one whose page is shown unless another is chosen.
        most_visible: pages that the pager names.
    """
    last = max(1, -(-count // size))
    if last == 1:
        only(Name.PAGE, 1, "1, the only page")
        return slice(0, size)
    page = _bound(
        lambda key: st.pagination(last, max_visible_pages=most_visible, key=key, width="stretch"),
        Name.PAGE,
        between(1, last),
        first // size + 1,
        last,
        "",
        in_range(1, last, whole=True),
    )
    return slice((page - 1) * size, page * size)
