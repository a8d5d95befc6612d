"""A foreign file in a process of its own, which is asked one question at a time."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from jaxtyping import Shaped
from torch import Tensor

from core.checking.left_out import SLOW, left_out, one_line
from core.checking.limits import Limits, gigabytes
from core.checking.process import Ended, Process, Reply, last_line, statement_line
from core.checking.results import Found as Found
from core.checking.source import Source, beginning
from core.foreign_text import quoted, visible

Kind = Literal["raised", "too slow", "died", "too large", "not a tensor"]
TRIES = 3  # processes that the definitions of a file may end
MOST_NAMED = 3  # files of the project in a sentence
LIMITS = ("memory", "files", "processes", "network", "reading", "writing")
HINTS: Mapping[Kind, str] = {
    "raised": "What stands in the line that raised: which values, and of which types?",
    "too slow": "Which of your loops does not end, or does the same work again and again?",
    "died": "What was the last thing that your code did, and to how much memory?",
    "too large": "How many numbers does your code hold at once?",
    "not a tensor": "What does your function return, and of which type is it?",
}
SHAPES = "What are the shapes of your tensors in the line that raised, at this case?"
OF_SIZES = re.compile(
    r"shape|size|dimension|\bdims?\b|broadcast|expand|elements|channels|out of (range|bounds)|"
    r"mat1|stack expects|\bindex\b|bmm|einsum",
    re.IGNORECASE,
)
OF_ERRORS = {  # where the shapes of tensors have nothing to do with it
    "RecursionError": "Which of your functions calls itself, and where does it stop doing so?",
    "SystemExit": "Where does your code end the program, and does it have to?",
    "PermissionError": "Does this part need a file, a program or a connection at all?",
    "FileNotFoundError": "Does this part need a file at all, and is it handed in with your code?",
    "NameError": "Where is that name defined, and is that line one that is left out?",
    "UnboundLocalError": "Has that name a value on every way through your function?",
    "ImportError": "Does this part need that library, and is it one of the homework's?",
    "ModuleNotFoundError": "Does this part need that library, and is it one of the homework's?",
    "AttributeError": "Of which type is what stands before the dot, and does it have that name?",
    "TypeError": "Which arguments does the called function take, and of which types are yours?",
    "ZeroDivisionError": "Which value of this case makes what you divide by zero?",
    "NotImplementedError": "Which of your functions has no code yet?",
    "AssertionError": "Which condition of yours does this case not meet, and should it?",
}
DEATHS = 2  # processes that one target may end before it is not asked any more


@dataclass(frozen=True)
class Problem:
    """Why a question has no answer.

    Attributes:
        kind: what happened.
        sentence: for the person who has written the file.
        line: of the file; None where none of it ran.
        what: the end of the sentence alone: what the code did.
        error: the name of what it raised; "" where it raised nothing.
    """

    kind: Kind
    sentence: str
    line: int | None
    what: str = field(default="", compare=False)
    error: str = field(default="", compare=False)

    @property
    def hint(self) -> str:
        """What its author may ask."""
        is_of_sizes = self.error == "IndexError" or (
            self.error in ("RuntimeError", "ValueError") and OF_SIZES.search(self.what)
        )
        is_of_shapes = self.kind == "raised" and is_of_sizes
        return SHAPES if is_of_shapes else OF_ERRORS.get(self.error, HINTS[self.kind])


@dataclass(frozen=True)
class Answer:
    """What an action has returned.

    Attributes:
        tensors: by name.
        facts: whatever JSON holds, by name.
        problem: None where it answered.
        printed: what the file printed meanwhile, its beginning.
    """

    tensors: Mapping[str, Shaped[Tensor, "*_"]]
    facts: Mapping[str, Any]
    problem: Problem | None
    printed: str


class Student:
    """A foreign file, defined in a process of its own.

    Attributes:
        source: the file.
        found: the functions and classes that it defines.
        held: the limits of its process that hold on this system.
        reached: files and modules of this project that it tried to read.
        problem: why it cannot be asked at all; None where it can.
        folder: what its processes may write into, in folders of their own.
        process: the one that runs; None where it has ended.
    """

    def __init__(self, source: Source, limits: Limits = Limits()) -> None:  # noqa: B008 - frozen
        """Start the process and define the file.

        Args:
            source: the file.
            limits: of the process.
        """
        self.source, self.limits = source, limits
        self.found: tuple[Found, ...] = ()
        self.held: tuple[str, ...] = ()
        self.reached: dict[str, None] = {}
        self.problem: Problem | None = None
        self._skipped: list[int] = []
        self._ended_at: int | None = None
        self._left_out: list[str] = []
        self._deaths: dict[str, list[Problem]] = {}
        self.folder = Path(tempfile.mkdtemp(prefix="check-"))
        self.folder.chmod(0o711)  # so that another user reaches the folder inside of it
        self.process: Process | None = None
        try:
            self._define()
        except BaseException:
            self.close()
            raise

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences: what was left out, what it opened of the project, what has no limit here."""
        opened = ", ".join(quoted(visible(one)) for one in list(self.reached)[:MOST_NAMED])
        missing = ", ".join(one for one in LIMITS if one not in self.held)
        told = [*self.source.notes, *dict.fromkeys(self._left_out)]
        if opened:
            told.append(f"It tried to open {opened} of the program that checks.")
        if missing and self.problem is None:
            told.append(f"This system sets no limit to its {missing}.")
        if is_root() and "another user" not in self.held and self.problem is None:
            told.append("It ran as root, since nobody else may read the libraries.")
        return tuple(told)

    def __enter__(self) -> Student:
        """Begin to ask."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self.close()

    def close(self) -> None:
        """End the process and remove what it has written."""
        self.close_process()
        shutil.rmtree(self.folder, ignore_errors=True)

    def close_process(self) -> None:
        """End the process; the next question starts another one."""
        if self.process is not None:
            self.process.end()
            self.process = None

    def ask(
        self,
        action: str,
        target: str,
        settings: Mapping[str, Any] = {},
        tensors: Mapping[str, Shaped[Tensor, "*_"]] = {},
        seconds: float = 5.0,
        seed: int = 0,
    ) -> Answer:
        """Ask the file for one thing.

        Args:
            action: what to do with the target.
            target: a name that the file defines.
            settings: of the action, what a Python literal holds.
            tensors: that it works on.
            seconds: that it may take.
            seed: of torch's random numbers in the process.

        Returns:
            What came, or the problem; this raises nothing that the file could cause.
        """
        deaths = self._deaths.get(target, [])
        if len(deaths) >= DEATHS or self.problem is not None:
            return Answer({}, {}, deaths[-1] if deaths else self.problem, "")
        if self.process is None:
            self._define()
        question = {"action": action, "target": target, "settings": dict(settings), "seed": seed}
        answer = self._ask(question, tensors, seconds)
        if self._is_gone() and answer.problem is not None:
            self._deaths.setdefault(target, []).append(answer.problem)
        return answer

    def _ask(
        self, question: dict[str, Any], tensors: Mapping[str, Tensor], seconds: float
    ) -> Answer:
        process = self.process
        if process is None:
            return Answer({}, {}, self.problem, "")
        try:
            reply = process.ask(question, tensors, seconds)
        except Ended as ended:
            self.process = None
            line = last_line(ended.trace)
            if question["action"] == "define":
                self._ended_at = statement_line(ended.trace)
                line = line or self._ended_at
            return Answer({}, {}, self._ended(ended, line, seconds), ended.printed)
        try:
            return self._read(reply, seconds)
        except (KeyError, TypeError, ValueError):  # what only forged answers lead to
            return self._forged()

    def _read(self, reply: Reply, seconds: float) -> Answer:
        self.reached.update(dict.fromkeys(reply.header["reached"]))
        told = reply.header["problem"]
        if told is None:
            return Answer(reply.tensors, reply.header["facts"], None, reply.printed)
        line, message = told["line"], one_line(told["message"])
        words = {
            "too slow": f"did not end within {seconds:g} seconds",
            "not a tensor": message,
            "too large": f"asked for more than the {gigabytes(self.limits.memory)} of memory that "
            "it may use",
            "raised": f"raised {told['error']}" + (f": {message}" if message else ""),
        }[told["kind"]]
        sentence = self._sentence(line, words)
        problem = Problem(told["kind"], sentence, line, words, str(told["error"]))
        return Answer({}, {}, problem, reply.printed)

    def _ended(self, ended: Ended, line: int | None, seconds: float) -> Problem:
        words = {
            "too slow": f"did not end within {seconds:g} seconds",
            "too large": ended.reason,
            "died": f"ended Python itself ({ended.reason})",
        }[ended.kind]
        left = "SystemExit" if "exit code" in ended.reason else ""
        return Problem(ended.kind, self._sentence(line, words), line, words, left)

    def _forged(self) -> Answer:
        self.close_process()
        sentence = "Your code answered in place of the process that runs it."
        return Answer({}, {}, Problem("died", sentence, None), "")

    def _is_gone(self) -> bool:
        return self.process is None

    def _sentence(self, line: int | None, words: str) -> str:
        where = f"Your code, {self.source.place(line)}," if line else "Your code"
        return f"{where} {words.rstrip('.')}."

    def _define(self) -> None:
        """Start a process and define the file there, without the lines that end processes."""
        for _ in range(TRIES):
            self.process = Process(self.limits, self.folder, self.source.packages())
            settings = self.source.settings() | {"skipped": self._skipped}
            question = {"action": "define", "target": "", "settings": settings, "seed": 0}
            answer = self._ask(question, {}, self.limits.define)
            if answer.problem is None:
                answer = self._taken(answer)
            if answer.problem is None:
                return
            if not self._is_gone() or self._ended_at is None:
                break
            self._skipped.append(self._ended_at)
            self._left_out.append(self._ends(self._ended_at, answer.problem))
        self.problem = answer.problem
        self.found = ()

    def _taken(self, answer: Answer) -> Answer:
        try:
            self._take(answer.facts)
        except (KeyError, TypeError, ValueError):
            return self._forged()
        return answer

    def _take(self, facts: Mapping[str, Any]) -> None:
        self.found = tuple(
            Found(
                one["name"],
                one["kind"],
                one["line"],
                tuple(one["parameters"]),
                one["required"],
                self.source.place(one["line"]),
            )
            for one in facts["found"]
        )
        self.held = tuple(facts["held"])
        # A process that is started again need not wait for what took too long before.
        self._skipped += [one["statement"] for one in facts["notes"] if one["error"] == SLOW]
        self._left_out += [left_out(one, self.source) for one in facts["notes"]]

    def _ends(self, line: int, problem: Problem) -> str:
        """That a statement is left out, since it has ended a process."""
        inside = self.source.place(problem.line or line)
        place = self.source.place(line)
        where = "" if inside == place else f" ({inside})"
        return f"{beginning(place)} is left out, since it {problem.what.rstrip('.')}{where}."


def is_root() -> bool:
    """Whether this process, and so that of a file, has all rights."""
    return sys.platform == "linux" and os.geteuid() == 0
