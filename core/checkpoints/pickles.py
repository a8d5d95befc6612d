"""What the pickles of a file would import and call, told without running them."""

from __future__ import annotations

import io
import math
import pickletools
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from encodings.aliases import aliases

from core.checkpoints.magic import unreadable

TOO_MUCH = "it holds far more than this network's tensors"
_PICKLES = 5  # in an old file: a mark, a version, the machine, the object, the keys of its numbers
_MOST_INSTRUCTIONS = 200_000  # a state dict of this network has some hundred
_MOST_COPIED = 5_000_000  # elements: each call may copy all that was written before it
_TO_BYTES = {  # codecs that can be chained, as modules of Python
    *("hex_codec", "uu_codec", "base64_codec", "quopri_codec", "bz2_codec", "zlib_codec")
}
_NO_LETTERS = bytes(set(range(128)) - set((string.ascii_lowercase + string.digits).encode()))
_FILLING: dict[str, type] = {"SETITEM": dict, "SETITEMS": dict, "APPEND": list, "APPENDS": list}
_PASSED_ON = {  # instructions that leave the lowest object, or what it makes, on the stack
    *("GLOBAL", "REDUCE", "NEWOBJ", "BUILD", "MEMOIZE", "GET", "BINGET", "LONG_BINGET", *_FILLING)
}
_MARK = "\0mark"  # on the stack; no name of an import
_PERSISTENT = ("storage", "module")  # what torch calls its own objects; no names of entries


@dataclass
class Named:
    """What the pickles of a file say without being run.

    Attributes:
        names: each "module name" that would be imported, with the text before it, which is the
            name of its entry.
        protocol: of the last pickle; "" of a damaged one that does not say it.
        calls: how often something is called.
        longest: characters of the longest text.
        codecs: whether a text names a codec of bytes to bytes.
        filled: each "module name" whose objects are filled as a dict or a list is, with which.
    """

    names: dict[str, str] = field(default_factory=dict)
    filled: dict[str, type] = field(default_factory=dict)
    protocol: str = ""
    calls: int = 0
    longest: int = 0
    codecs: bool = False

    @property
    def largest_encoded(self) -> float:
        """Bytes that texts can become, which grow without end where codecs can be chained."""
        return math.inf if self.codecs else self.calls * self.longest

    def take(self, code: str, argument: object, texts: list[str]) -> None:
        """Note one instruction.

        Args:
            code: its name.
            argument: of it.
            texts: those before it; what an import uses up is taken away.
        """
        if code == "STACK_GLOBAL":
            *texts[:], module, what = ["", "", *texts]
            argument = f"{module} {what}"
        if code in ("GLOBAL", "STACK_GLOBAL"):
            self.names.setdefault(str(argument), texts[-1] if texts else "")
        elif code == "PROTO":
            self.protocol = str(argument)
        elif code == "STOP":
            self.protocol = self.protocol or "0 or 1"  # which do not say it
        elif code in ("REDUCE", "NEWOBJ"):
            self.calls += 1
        elif isinstance(argument, str):
            self.longest = max(self.longest, len(argument))
            self.codecs = self.codecs or _is_codec_of_bytes(argument)


def _letters(text: str) -> bytes:
    """What Python looks at in the name of a codec, which may have any signs between its letters."""
    return text.encode("ascii", "ignore").lower().translate(None, _NO_LETTERS)


_CODECS = {_letters(one) for one in _TO_BYTES | {k for k, v in aliases.items() if v in _TO_BYTES}}


def _is_codec_of_bytes(text: str) -> bool:
    """Whether a text may name one; ``codecs.lookup`` looks for a file with each new text."""
    return _letters(text) in _CODECS


def named(pickled: bytes, name: str) -> Named:
    """Look at the pickles of a file, as far as they can be read.

    Args:
        pickled: the file; an old one of torch.save holds several pickles, and numbers after them.
        name: of the file, for messages.

    Raises:
        ForeignError: they are far larger than those of a state dict.
    """
    stream, count, found = io.BytesIO(pickled), 0, Named()
    for _ in range(_PICKLES):
        texts, memo, stack = list[str](), _Memo(), _Stack()
        for opcode, argument in _instructions(stream):
            count += 1
            if count > _MOST_INSTRUCTIONS or count * found.calls > _MOST_COPIED:
                raise unreadable(name, TOO_MUCH)
            found.take(opcode.name, argument, texts)
            filled = stack.take(opcode, argument)
            if filled in found.names and opcode.name in _FILLING:
                found.filled[filled] = _FILLING[opcode.name]
            text = memo.text(opcode.name, argument)
            if text is not None and text not in _PERSISTENT:
                texts = [*texts[-2:], text]
    return found


class _Memo:
    """The texts that a pickle writes once and takes again by their number."""

    def __init__(self) -> None:
        """Begin with none."""
        self._texts: dict[object, str] = {}
        self._last: str | None = None
        self._count = 0  # of what protocol 4 numbers itself

    def text(self, code: str, argument: object) -> str | None:
        """The text that an instruction writes or takes; None of any other."""
        if code.endswith("GET"):
            return self._texts.get(argument)
        if code == "MEMOIZE" or code.endswith("PUT"):
            number, self._count = (
                (self._count, self._count + 1) if code == "MEMOIZE" else (argument, self._count)
            )
            if self._last is not None:
                self._texts[number] = self._last
        is_text = isinstance(argument, str) and code != "GLOBAL"
        self._last = str(argument)[:100] if is_text else None
        return self._last


class _Stack:
    """What lies on the stack of a pickle while it is read: of each object that an import makes, the
    "module name" of that; "" for all others.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._items: list[str] = []
        self._memo: dict[object, str] = {}

    def take(self, opcode: pickletools.OpcodeInfo, argument: object) -> str:
        """Follow one instruction.

        Args:
            opcode: what it does.
            argument: of it.

        Returns:
            The lowest object that it touches, which is what it fills, calls or remembers.
        """
        lowest = self._take_off(opcode)
        code = opcode.name
        if code.endswith("GET"):
            lowest = self._memo.get(argument, "")
        elif code == "GLOBAL":
            lowest = str(argument)
        elif code == "MEMOIZE":
            self._memo[len(self._memo)] = lowest
        elif code.endswith("PUT"):
            self._memo[argument] = self._items[-1] if self._items else ""
        if opcode.stack_after:
            held = _MARK if code == "MARK" else lowest if code in _PASSED_ON else ""
            self._items += [held] * len(opcode.stack_after)
        return lowest

    def _take_off(self, opcode: pickletools.OpcodeInfo) -> str:
        """Take what an instruction needs from the stack; returns the lowest of it."""
        needed = list(opcode.stack_before)
        if pickletools.markobject in needed:
            while self._items and self._items.pop() != _MARK:
                pass
            needed = needed[: needed.index(pickletools.markobject)]
        lowest = ""
        for _ in needed:
            lowest = self._items.pop() if self._items else ""
        return lowest


def _instructions(stream: io.BytesIO) -> Iterator[tuple[pickletools.OpcodeInfo, object]]:
    """Of the next pickle, to its end or to where it is damaged; torch.load sees that, too."""
    instructions = pickletools.genops(stream)
    while True:
        try:
            opcode, argument, _ = next(instructions)
        except Exception:  # whatever damaged bytes raise, or the end
            return
        yield opcode, argument
