"""Which bug explains what came: the one whose model gives the same on every case.

Where a foreign function raised at a case, that case says nothing but the size of what could not be
reshaped, where torch has told it; where several bugs explain what is left, none is named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations

import torch
from jaxtyping import Bool, Float64, Shaped
from torch import Tensor

from core.checking.bugs import conv, pool, windows  # noqa: F401 - they enter their bugs
from core.checking.bugs.loops import Loops, NoOutputError, joined
from core.checking.bugs.registry import of_part
from core.checking.cases import Setting

CLOSE, CLOSE_OF_LARGEST = 1e-3, 1e-5  # what a Fourier transform in float32 is off by
MOST_JOINED = 2  # models of a bug that are tried together with another bug
RESHAPE = re.compile(
    r"shape '\[(?P<shape>[^\]]*)\]' is invalid for input of size (?P<given>\d+)"
    r"|cannot reshape array of size (?P<other>\d+) into shape \((?P<into>[^)]*)\)"
)
Names = tuple[str, ...]
Model = Callable[..., Tensor]  # of a setting


@dataclass(frozen=True, eq=False)
class Evidence:
    """One case with what came.

    Attributes:
        setting: the case.
        expected: the right output.
        got: the foreign one; None: there is none.
        size: where there is none, how many numbers there were for each one that there should be.
    """

    setting: Setting
    expected: Float64[Tensor, "n f h_out w_out"]
    got: Shaped[Tensor, "*any"] | None
    size: Fraction | None = None

    @property
    def is_right(self) -> bool:
        """Whether the right output came."""
        return self.got is not None and agree(self.got, self.expected)


def size_told(message: str) -> Fraction | None:
    """How many numbers there were for each one that a shape has room for.

    Args:
        message: what torch or numpy says where something cannot be reshaped.

    Returns:
        None where it says nothing of the kind, or the shape leaves a size open.
    """
    found = RESHAPE.search(message)
    if found is None:
        return None
    given = found["given"] or found["other"]
    sizes = [int(one) for one in re.findall(r"-?\d+", found["shape"] or found["into"])]
    room = math.prod(sizes)
    return Fraction(int(given), room) if min(sizes, default=-1) > 0 else None


def agree(got: Shaped[Tensor, "*got"], expected: Shaped[Tensor, "*expected"]) -> bool:
    """Whether two tensors are the same numbers, but for what is lost on the way to them."""
    return got.shape == expected.shape and not bool(differs(got, expected).any())


def differs(got: Shaped[Tensor, "*s"], expected: Shaped[Tensor, "*s"]) -> Bool[Tensor, "*s"]:
    """Where two tensors of one shape are not the same number; NaN is never the same."""
    got, expected = got.double(), expected.double()
    finite = expected[expected.isfinite()].abs()
    largest = float(finite.max()) if finite.numel() else 0.0
    close = (got - expected).abs() <= CLOSE + CLOSE_OF_LARGEST * largest
    return ~(close | (got == expected))


def diagnose(evidence: Sequence[Evidence], part: str) -> tuple[str, ...]:
    """The bugs that explain all that came.

    Args:
        evidence: of every case.
        part: "conv" or "pool".

    Returns:
        One name, or two of bugs that are there at once; none where nothing is wrong, nothing
        explains it, or more than one thing does.
    """
    answered = [one for one in evidence if one.got is not None or one.size is not None]
    wrong = [one for one in answered if not one.is_right]
    if not wrong:
        return ()
    ordered = [*wrong, *(one for one in answered if one.is_right)]
    single = {names for names, model in _models(part) if _explains(model, ordered)}
    if single:
        return single.pop() if len(single) == 1 else ()
    pairs = {names for names, model in _pairs(part) if _explains(model, ordered)}
    return pairs.pop() if len(pairs) == 1 else ()


def explaining(names: Sequence[str], evidence: Evidence) -> Model | None:
    """A model of these bugs, one or two at once, that gives what came at one case.

    Args:
        names: of the bugs.
        evidence: of the case.

    Returns:
        None where no model of them does.
    """
    for part in ("conv", "pool"):
        models = _pairs(part) if len(names) > 1 else _models(part)
        for found, model in models:
            if found == tuple(names) and _gives(model, evidence):
                return model
    return None


@cache
def _models(part: str) -> tuple[tuple[Names, Model], ...]:
    return tuple(((bug.name,), model) for bug in of_part(part) for model in bug.models)


@cache
def _pairs(part: str) -> tuple[tuple[Names, Model], ...]:
    """Two bugs of one part at once, where they are different steps of the loops; of each bug the
    ways that are met most.
    """
    found: list[tuple[Names, Model]] = []
    often = [((bug.name,), model) for bug in of_part(part) for model in bug.models[:MOST_JOINED]]
    for (name, model), (other, another) in combinations(often, 2):
        if name == other or not isinstance(model, Loops) or not isinstance(another, Loops):
            continue
        both = joined(model, another)
        if both is not None:
            found.append((name + other, both))
    return tuple(found)


def _explains(model: Model, evidence: Sequence[Evidence]) -> bool:
    return all(_gives(model, one) for one in evidence)


def _gives(model: Model, evidence: Evidence) -> bool:
    try:
        with torch.no_grad():
            output = model(evidence.setting)
    except NoOutputError:
        return False
    if evidence.got is None:
        return evidence.size == Fraction(output.numel(), evidence.expected.numel())
    return agree(evidence.got, output)
