"""Questions and findings about networks, maps and attacks, in the words of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from torch import Tensor

from core.checking import worker
from core.checking.bugs.registry import BUGS
from core.checking.findings import plain
from core.checking.results import Finding, Found, Question, State

HINTS = {  # where "what does your function return?" would not fit
    "to be built": "Which value has this argument in your own file, and can it be its default?",
    "is no torch.nn.Module": "What does the class of your network inherit from?",
    "pools no maps": "Where does your network make one number of each map?",
}
NOT_INSTALLED = ModuleNotFoundError.__name__
CLOSE = 1e-4  # of what float32 may differ, against 1 + the largest number


def close(first: Tensor, second: Tensor, limit: float = CLOSE) -> bool:
    """Whether two tensors have one shape and the same numbers, as float32 computes them."""
    if first.shape != second.shape:
        return False
    first, second = first.double(), second.double()
    difference = (first - second).abs()
    return bool((difference <= limit * (1 + second.abs().max())).all())


def finding(
    sentence: str,
    bug: str | None = None,
    *,
    line: int | None = None,
    cell: tuple[int, ...] | None = None,
    hint: str = "",
) -> Finding:
    """What is wrong, with the hint of the catalogue where the bug has a name."""
    return replace(plain(sentence, (bug,) if bug else (), hint, line), cell=cell)


def told(bug: str, detail: str = "") -> str:
    """The title of a bug as a sentence, with what was seen of it."""
    title = BUGS[bug].title
    return f"{title[0].upper()}{title[1:]}{': ' if detail else ''}{detail}."


def wrong(name: str, found: Finding, state: State = "wrong") -> Question:
    """A question whose answer has something to say."""
    return Question(name, state, found)


def failed(name: str, problem: worker.Problem) -> Question:
    """A question that the file's code did not answer; where a library is not installed here, its
    author can do nothing about it, and it does not count.
    """
    fitting = (hint for words, hint in HINTS.items() if words in problem.sentence)
    hint = next(fitting, problem.hint)
    state: State = "beyond" if problem.error == NOT_INSTALLED else "failed"
    return Question(name, state, finding(problem.sentence, hint=hint, line=problem.line))


def not_asked(names: Sequence[str]) -> tuple[Question, ...]:
    """Questions that an earlier failure left nothing to ask of."""
    return tuple(Question(name, "not asked") for name in names)


def target_of(found: worker.Found | Found) -> Found:
    """What was asked, as a report has it."""
    row = (found.name, found.kind, found.line, found.parameters, found.required, found.place)
    return Found(*row)


def sized(shape: Sequence[int]) -> str:
    """A shape as figures write it: 3 x 14 x 14."""
    return " x ".join(map(str, shape))


def listed(things: Sequence[object]) -> str:
    """Things in a sentence: a, b and c."""
    words = [str(one) for one in things]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def first_wrong(expected: Tensor, got: Tensor) -> tuple[tuple[int, ...], float, float]:
    """Index of the first number that differs, what was expected there and what came."""
    expected, got = expected.double(), got.double()
    limit = CLOSE * (1 + expected.abs().max())
    differs = ~((expected - got).abs() <= limit)  # NaN differs
    index = differs.nonzero()[0].tolist() if bool(differs.any()) else [0] * expected.dim()
    cell = tuple(int(one) for one in index)
    return cell, float(expected[cell]), float(got[cell])
