"""A function while it runs: which statement ran when, and what each one made of its variables.

Nothing here is known of the function: its source says which names a statement reads and writes, and
the interpreter says, after each one, what they stand for (``sys.settrace``). A tensor is seen with
the places of its elements in its memory, so that a window is found in the picture that it was cut
from, whatever lines led there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from types import CodeType, FrameType
from typing import Any

import torch
from jaxtyping import Int64, Shaped
from torch import Tensor

from core.explain.statements import Source, Statement, plain, source_of

LARGEST = 1_000_000  # elements of a tensor that is copied
LONGEST = 140  # characters of a value's text
MOST = 8  # parts of a tuple or list that are written
RETURN = "return"  # the name of what the function gives
ARGUMENTS = 0  # the line of the event that has them: the function's first
_PLAIN = (int, float, str, bool, type(None), slice, torch.dtype, torch.device)


@dataclass(frozen=True, eq=False)
class Seen:
    """What a name stood for at one moment.

    Attributes:
        text: the value as Python writes it; of a tensor its dtype, of an object its type.
        shape: of a tensor; None for what is none.
        array: number of the memory that the tensor's elements lie in; tensors that share memory
            share the number. -1: none.
        offset: of its first element there.
        stride: elements from one to the next along each axis.
        values: its elements at that moment, in order; None of a tensor with too many of them.
    """

    text: str
    shape: tuple[int, ...] | None = None
    array: int = -1
    offset: int = 0
    stride: tuple[int, ...] = ()
    values: Shaped[Tensor, " elements"] | None = None

    @cached_property
    def places(self) -> Int64[Tensor, " elements"]:
        """Where each element lies in its array, in order."""
        found = torch.tensor([self.offset])
        for size, stride in zip(self.shape or (), self.stride):
            found = (found[:, None] + torch.arange(size) * stride).flatten()
        return found


@dataclass(frozen=True, eq=False)
class Event:
    """One statement that has run.

    Attributes:
        line: its first one, counted from the function's; ``ARGUMENTS`` before any has run.
        step: the pass of the innermost loop that it belongs to, or that comes next.
        seen: what it has given values to; ``RETURN`` is the function's value.
    """

    line: int
    step: int
    seen: Mapping[str, Seen]


@dataclass(frozen=True, eq=False)
class Recording:
    """A function's run.

    Attributes:
        source: of the function.
        events: in the order in which the statements ran.
        reads: each statement's line to the names that it used, with the line that had made each;
            of one that ran several times, those of the last time.
        asks: the same of names of which only a shape, a type or the like was asked.
        steps: how often the innermost loop ran, or where there is none, how often the function.
        result: what the run gave.
    """

    source: Source
    events: tuple[Event, ...]
    reads: Mapping[int, Mapping[str, int]]
    asks: Mapping[int, Mapping[str, int]]
    steps: int
    result: Any

    @cached_property
    def ran(self) -> frozenset[int]:
        """The first lines of all statements that ran."""
        return frozenset(one.line for one in self.events if one.line != ARGUMENTS)

    def at(self, line: int, name: str) -> dict[int, Seen]:
        """Every value that a statement gave to a name: step to value, in order."""
        found = (one for one in self.events if one.line == line and name in one.seen)
        return {one.step: one.seen[name] for one in found}


def recorded(
    function: Callable[..., Any], run: Callable[[], Any], *, call: int | None = None
) -> Recording:
    """Run something, and take down what a function does in it.

    Args:
        function: that is called in the run; its source is read.
        run: calls it, directly or not, in this thread.
        call: which of its calls, counted from 0; None: all of them.

    Returns:
        What happened. Without a loop in the function each of its calls is a step.

    Raises:
        TypeError: the function is none whose source can be read, or the run cannot be called.
        ValueError: the run does not call the function, or not so often.
    """
    if not callable(run):
        raise TypeError(f"Expected a run that can be called, got {type(run).__name__}.")
    source = source_of(function)
    tracer = _Tracer(source, plain(function).__code__, call)
    before = sys.gettrace()
    sys.settrace(tracer.enter)
    try:
        result = run()
    finally:
        sys.settrace(before)
    if not tracer.events:
        times = "" if call is None else f" {call + 1} times"
        raise ValueError(f"Expected a run that calls {source.name}{times}, got one that does not.")
    loops = tracer.passes if source.loop else tracer.calls
    return Recording(source, tuple(tracer.events), tracer.reads, tracer.asks, loops, result)


class _Tracer:
    """What the interpreter calls for each line."""

    def __init__(self, source: Source, code: CodeType, call: int | None) -> None:
        self.source, self.code, self.call = source, code, call
        self.events: list[Event] = []
        self.reads: dict[int, dict[str, int]] = {}
        self.asks: dict[int, dict[str, int]] = {}
        self.made: dict[str, int] = {}  # name to the line that gave its value
        self.current: Statement | None = None
        self.is_leaving = False
        self.met = self.calls = self.passes = 0
        self.arrays: dict[int, int] = {}  # address of memory to its number
        self.kept: list[Tensor] = []  # so that no other memory gets the same address

    def enter(self, frame: FrameType, event: str, _: object) -> Any:  # noqa: ANN401 - the protocol
        """At each call of anything."""
        if frame.f_code is not self.code:
            return None
        self.met += 1
        if self.call not in (None, self.met - 1):
            return None
        self.calls += 1
        self.current, self.made = None, {}
        given = {name: frame.f_locals[name] for name in self.source.arguments}
        self._take(ARGUMENTS, given)
        return self.go

    def go(self, frame: FrameType, event: str, value: object) -> Any:  # noqa: ANN401 - the protocol
        """At each line of the function, and where it returns."""
        if event == "line":
            self._turn(frame, self.source.by_line.get(self._line(frame)))
        elif event == "return":
            self._finish(frame, None, value)
            self.current = None
        return self.go

    def _line(self, frame: FrameType) -> int:
        return frame.f_lineno - self.source.line

    def _turn(self, frame: FrameType, following: Statement | None) -> None:
        """Another line begins: the statement before it has ended."""
        if following is None or following is self.current:
            return
        self._finish(frame, following, None)
        before = self.current
        is_head = bool(following.body) and not following.is_loop
        self.is_leaving = is_head and before is not None and before.first in following.body
        self.current = following
        if not self.is_leaving:
            self.reads[following.first] = self._made(following.reads)
            self.asks[following.first] = self._made(following.asks)

    def _made(self, names: Iterable[str]) -> dict[str, int]:
        return {name: self.made[name] for name in names if name in self.made}

    def _finish(self, frame: FrameType, following: Statement | None, value: object) -> None:
        """Take down what the statement that has ended made."""
        done = self.current
        if done is None or self.is_leaving:
            return
        if done.is_loop and (following is None or following.first not in done.body):
            return  # it has nothing more to go through
        if done is self.source.loop:
            self.passes += 1
        names = frame.f_locals
        made = {name: names[name] for name in done.writes if name in names}
        for text, part in done.places:
            made[text] = eval(part, frame.f_globals, names)  # noqa: S307 - the function's own code
        if done.returns:
            made[RETURN] = value
        self._take(done.first, made)

    def _take(self, line: int, made: Mapping[str, Any]) -> None:
        seen = {
            name: self._seen(part)
            for one, value in made.items()
            for name, part in _parts(one, value).items()
        }
        self.events.append(Event(line, self._step(line), seen))
        self.made.update(dict.fromkeys(made, line))

    def _step(self, line: int) -> int:
        loop = self.source.loop
        if loop is None:
            return self.calls - 1
        inside = line == loop.first or line in loop.body
        return self.passes - inside

    def _seen(self, value: Any) -> Seen:  # noqa: ANN401 - whatever a variable holds
        if not isinstance(value, Tensor):
            return Seen(written(value))
        flat = value.detach()
        address = flat.untyped_storage().data_ptr()
        array = self.arrays.setdefault(address, len(self.arrays)) if address else -1
        if array == len(self.kept):
            self.kept.append(flat)
        copy = flat.reshape(-1).clone() if flat.numel() <= LARGEST else None
        return Seen(
            str(flat.dtype).removeprefix("torch."),
            tuple(flat.shape),
            array,
            int(flat.storage_offset()),
            flat.stride(),
            copy,
        )


def _parts(name: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a variable holds
    """A value, or where it is made of tensors, each of them under a name of its own."""
    if is_dataclass(value) and not isinstance(value, type):
        found = {f"{name}.{one.name}": getattr(value, one.name) for one in fields(value)}
    elif isinstance(value, tuple | list) and len(value) <= MOST:
        found = {f"{name}[{index}]": one for index, one in enumerate(value)}
    else:
        found = {}
    return found if any(isinstance(one, Tensor) for one in found.values()) else {name: value}


def written(value: object) -> str:
    """A value that is no tensor as Python writes it, within ``LONGEST`` characters; of an object
    its type.

    Args:
        value: any.
    """
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, _PLAIN):
        return _short(repr(value))
    if isinstance(value, tuple | list):
        if len(value) <= MOST and all(isinstance(one, (*_PLAIN, tuple)) for one in value):
            return _short(repr(value))
        return f"{type(value).__name__} of {len(value)}"
    return type(value).__name__


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
