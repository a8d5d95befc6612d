"""Answers one question after the other, until the pipe is closed."""

from __future__ import annotations

import ast
import faulthandler
import importlib
import pkgutil
import random
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any, BinaryIO, TextIO

import numpy as np
import torch

from core.checking import student
from core.checking.student.actions import ACTIONS, Facts, NotATensorError, Tensors
from core.checking.student.alarm import WAITING, TooSlowError, alarm
from core.checking.student.defining import (
    STATEMENT,
    Beside,
    Text,
    built,
    define,
    found,
    line_of,
)
from core.checking.student.frames import BrokenFrameError, json_header, packed, read_frame
from core.checking.student.looking import Lookout
from core.checking.student.methods import resolved

LARGEST_REQUEST = 2**30  # bytes; it comes from the process that has started this one
NO_MEMORY = ("can't allocate memory", "not enough memory", "bad_alloc", "Cannot allocate memory")
MOST = 20  # files of the project that are told
LONGEST = 400  # characters of an exception's message


def load() -> None:
    """Import all actions."""
    for one in pkgutil.iter_modules(student.__path__):
        if one.name != "__main__":
            importlib.import_module(f"{student.__name__}.{one.name}")


class Server:
    """One foreign file, and the two ends of the pipe."""

    def __init__(
        self,
        requests: BinaryIO,
        replies: BinaryIO,
        trace: TextIO,
        held: list[str],
        lookout: Lookout,
    ) -> None:
        """Load the actions.

        Args:
            requests: to read questions from.
            replies: to write answers to.
            trace: a file for the line where code does not end.
            held: the limits that hold.
            lookout: what is refused and remembered.
        """
        self.requests, self.replies, self.trace = requests, replies, trace
        self.held, self.lookout = held, lookout
        self.module = ModuleType("nothing")
        load()

    def serve(self) -> None:
        """Answer until nobody asks any more."""
        while True:
            try:
                header, tensors = read_frame(self.requests, LARGEST_REQUEST)
            except BrokenFrameError:
                return
            question = ast.literal_eval(header.decode())
            self.replies.write(self.answer(question, tensors))
            self.replies.flush()

    def answer(self, question: Mapping[str, Any], tensors: Tensors) -> bytes:
        """The frame that answers a question, whatever happens in between."""
        seconds = question["seconds"]
        if sys.platform == "win32":  # elsewhere the other process asks for the line by a signal
            faulthandler.dump_traceback_later(WAITING * seconds, file=self.trace)
        number = question["number"]
        try:
            with alarm(seconds):
                outcome, facts = self._outcome(question, tensors)
            return packed(self._header(number, facts, None), outcome)
        except BaseException as error:  # whatever a foreign file raises
            return packed(self._header(number, {}, problem(error)), {})
        finally:
            faulthandler.cancel_dump_traceback_later()

    def _mark(self, line: int) -> None:
        """Leave the line of a statement where it is found when this process ends there."""
        self.trace.write(f"{STATEMENT} {line}\n")
        self.trace.flush()

    def _header(self, number: int, facts: Facts, told: Facts | None) -> bytes:
        reached = list(self.lookout.reached)[:MOST]
        content = {"number": number, "facts": facts, "problem": told, "reached": reached}
        return json_header(content)

    def _outcome(self, question: Mapping[str, Any], tensors: Tensors) -> tuple[Tensors, Facts]:
        if question["action"] == "define":
            settings = question["settings"]
            texts = [Text(*one) for one in settings["texts"]]
            beside = Beside(texts, set(settings["skipped"]), self._mark, settings["package"])
            self.module = define(texts, beside)
            notes = beside.notes + built(self.module, beside)
            return {}, {"found": found(self.module, beside), "notes": notes, "held": self.held}
        target = resolved(self.module, question["target"])
        begin_again(question["seed"])
        return ACTIONS[question["action"]](target, question["settings"], tensors)


def begin_again(seed: int) -> None:
    """Undo what a question may have left behind: random numbers, and gradients switched off."""
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)
    torch.set_grad_enabled(True)


def problem(error: BaseException) -> dict[str, Any]:
    """What an exception is, for the process that asked."""
    message = str(error)[:LONGEST]
    kind = "raised"
    if isinstance(error, TooSlowError):
        kind = "too slow"
    elif isinstance(error, NotATensorError):
        kind = "not a tensor"
    elif isinstance(error, MemoryError) or any(words in message for words in NO_MEMORY):
        kind = "too large"
    return {
        "kind": kind,
        "error": type(error).__name__,
        "message": message,
        "line": line_of(error),
    }
