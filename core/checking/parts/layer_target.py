"""Asks a foreign layer about one setting, whatever its parameters are called."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from jaxtyping import Float64
from torch import Tensor

from core.checking import roles
from core.checking.cases import Asked, ConvSetting, PoolSetting, Setting
from core.checking.worker import Answer, Found, Problem, Student

SECONDS = 5.0  # for one question
ALL_SECONDS = 25.0  # for all of a part
ENDED = ("too slow", "died", "too large")
MOST_ENDS = 2  # of these, after which a target is not asked any more
OUT_OF_TIME = "Your code took more than {seconds:g} seconds for the questions before this one."


@dataclass
class Target:
    """A function or class of a foreign file, and what was learned of it while asking.

    Attributes:
        student: the file.
        found: the function or class.
        given: role to the parameter that has it.
        ready_made: names of ready-made layers that ran.
        ended: what ended the questions.
        dtype: that it takes.
        spent: seconds.
        answered: how many questions had an answer.
        ends: how many questions ended the process, or would not end.
    """

    student: Student
    found: Found
    given: Mapping[str, str]
    ready_made: dict[str, None] = field(default_factory=dict)
    ended: Problem | None = None
    dtype: str = "float64"
    spent: float = 0.0
    answered: int = 0
    ends: int = 0

    def missing(self, asked: Asked) -> tuple[str, ...]:
        """The roles that a question needs and no parameter takes."""
        return tuple(role for role in asked.needs if role not in self.given)

    def is_optional(self, role: str) -> bool:
        """Whether the parameter of a role has a default."""
        return self.found.parameters.index(self.given[role]) >= self.found.required

    def output(self, setting: Setting) -> Answer:
        """What it gives at a setting; in float32 where it does not take float64."""
        answer = self.ask(setting)
        raised = answer.problem is not None and answer.problem.kind == "raised"
        if self.dtype == "float64" and raised:
            self.dtype = "float32"
            again = self.ask(setting)
            if again.problem is None:
                return again
            self.dtype = "float64"
        return answer

    def ask(
        self,
        setting: Setting,
        gradients: Sequence[str] = (),
        upstream: Float64[Tensor, "n f h_out w_out"] | None = None,
        seed: int = 0,
    ) -> Answer:
        """One question.

        Args:
            setting: the case.
            gradients: "input", "weight", "bias": the gradients that are wanted.
            upstream: the gradient of the output.
            seed: of what a layer draws when it is built.
        """
        if self.ended is not None:
            return Answer({}, {}, self.ended, "")
        tensors = _tensors(setting, upstream)
        arguments = _arguments(self, setting)
        more = {"gradients": list(gradients), "dtype": self.dtype}
        if self.found.kind == "class":
            question = {"build": arguments, "arguments": ["input"], **more}
        else:
            question = {"arguments": arguments, **more}
        action = "layer" if self.found.kind == "class" else "call"
        if isinstance(setting, ConvSetting):
            # where there has to be a bias, or is one that should not be there, it adds nothing
            tensors.setdefault("bias", torch.zeros(len(setting.weight), dtype=torch.float64))
        began = time.monotonic()
        answer = self.student.ask(action, self.found.name, question, tensors, SECONDS, seed)
        self.spent += time.monotonic() - began
        answer = _checked(answer)
        self._learn(answer)
        return answer

    def _learn(self, answer: Answer) -> None:
        self.answered += answer.problem is None
        self.ready_made |= dict.fromkeys(answer.facts.get("ready_made", ()))
        if answer.problem is not None and answer.problem.kind in ENDED:
            self.ends += 1
            self.ended = answer.problem if self.ends >= MOST_ENDS else None
        elif self.spent > ALL_SECONDS:
            self.ended = Problem("too slow", OUT_OF_TIME.format(seconds=ALL_SECONDS), None)


def target(student: Student, found: Found) -> Target:
    """A convolution.

    Args:
        student: the file.
        found: its function or class.
    """
    wanted = roles.LAYER if found.kind == "class" else roles.FUNCTION
    return Target(student, found, roles.assign(found.parameters, wanted))


def pool_target(student: Student, found: Found) -> Target:
    """A max pooling.

    Args:
        student: the file.
        found: its function or class.
    """
    wanted = roles.POOL if found.kind == "class" else roles.POOL_FUNCTION
    return Target(student, found, roles.assign(found.parameters, wanted))


def _tensors(setting: Setting, upstream: Tensor | None) -> dict[str, Tensor]:
    found = {"input": setting.input}
    if isinstance(setting, ConvSetting):
        found["weight"] = setting.weight
        if setting.bias is not None:
            found["bias"] = setting.bias
    return found if upstream is None else found | {"upstream": upstream}


def _arguments(target: Target, setting: Setting) -> dict[str, Any]:
    """The arguments of the function, or of the class where it is built, by their own names."""
    values = _values(target, setting)
    return {
        target.given[role]: value
        for role, value in values.items()
        if role in target.given and (value is not None or not target.is_optional(role))
    }


def _values(target: Target, setting: Setting) -> dict[str, Any]:
    """Role to argument; None where it is left out if it can be."""
    values: dict[str, Any] = {"input": {"tensor": "input"}, "padding": setting.padding}
    if isinstance(setting, PoolSetting):
        return values | {"kernel_size": setting.kernel_size, "stride": setting.stride}
    values["stride"] = setting.stride
    if setting.left_out:
        values["stride"] = values["padding"] = None
    filters, channels, side, _ = setting.weight.shape
    if target.found.kind == "class":
        sizes = {"in_channels": channels, "out_channels": filters, "kernel_size": side}
        return values | sizes | {"bias": setting.bias is not None}
    needs_one = "bias" in target.given and not target.is_optional("bias")
    bias = {"tensor": "bias"} if setting.bias is not None or needs_one else None
    return values | {"weight": {"tensor": "weight"}, "bias": bias}


def _checked(answer: Answer) -> Answer:
    """An answer without an output, or with complex numbers, is none."""
    output = answer.tensors.get("output")
    if answer.problem is not None or (output is not None and not output.is_complex()):
        return answer
    words = "gave no output"
    if output is not None:
        words = f"returned complex numbers ({answer.facts.get('dtype')}), expected real ones"
    return replace(answer, problem=Problem("not a tensor", f"Your code {words}.", None))
