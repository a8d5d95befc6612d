"""Asks a foreign layer about one setting, whatever its parameters are called."""

from __future__ import annotations

import ast
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import torch
from jaxtyping import Float64
from torch import Tensor

from core.checking import roles
from core.checking.cases import Asked, ConvSetting, PoolSetting, Setting, draw_conv, draw_pool
from core.checking.worker import Answer, Found, Problem, Student

SECONDS = 5.0  # for one question
ALL_SECONDS = 25.0  # for all of a part
ENDED = ("too slow", "died", "too large")
DEFAULTS = {"stride": 1, "padding": 0}  # in front of what is said by position
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
        places: roles that are given by position, in this order.
        changed: what it was given and has changed in place.
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
    places: tuple[str, ...] = ()
    changed: dict[str, None] = field(default_factory=dict)

    def missing(self, asked: Asked) -> tuple[str, ...]:
        """The roles that a question needs and no parameter takes."""
        return tuple(role for role in asked.needs if role not in self.given)

    def is_optional(self, role: str) -> bool:
        """Whether the parameter of a role has a default."""
        names = self.found.parameters
        name = self.given[role]
        return name not in names or names.index(name) >= self.found.required

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
        leave_out: Sequence[str] = (),
    ) -> Answer:
        """One question.

        Args:
            setting: the case.
            gradients: "input", "weight", "bias": the gradients that are wanted.
            upstream: the gradient of the output.
            seed: of what a layer draws when it is built.
            leave_out: roles of which nothing is said.
        """
        if self.ended is not None:
            return Answer({}, {}, self.ended, "")
        tensors = _tensors(setting, upstream)
        values = {
            role: None if role in leave_out else value
            for role, value in _values(self, setting).items()
            if role in self.given
        }
        arguments = _arguments(self, values)
        positional = _positional(self, values)
        more = {"gradients": list(gradients), "dtype": self.dtype}
        if self.found.kind == "class":
            question = {"build": arguments, "arguments": ["input"], **more}
            question |= {"positional": positional} if positional else {}
        else:
            question = {"arguments": arguments, **more}
            question |= {"positional": positional} if positional else {}
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
        own = () if self.found.kind == "function" else ("weight", "bias")
        changed = [key for key in answer.facts.get("changed", ()) if key not in own]
        self.changed |= dict.fromkeys(changed)
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
    wanted: tuple[str, ...] = roles.LAYER if found.kind == "class" else roles.FUNCTION
    asked = Target(student, found, roles.assign(found.parameters, wanted))
    return _opened(asked, wanted, draw_conv(Random(0), (6, 5), 3, stride=2, padding=1, bias=True))


def pool_target(student: Student, found: Found) -> Target:
    """A max pooling.

    Args:
        student: the file.
        found: its function or class.
    """
    wanted: tuple[str, ...] = roles.POOL if found.kind == "class" else roles.POOL_FUNCTION
    asked = Target(student, found, roles.assign(found.parameters, wanted))
    wanted = tuple(role for role in wanted if role != "padding")  # which no pooling needs
    return _opened(asked, wanted, draw_pool(Random(0), (6, 5), 3, stride=2))


def _opened(asked: Target, wanted: Sequence[str], setting: Setting) -> Target:
    """The target with every role, where ``*args`` or ``**kwargs`` take what has no parameter.

    By keyword where there are any; by position, in torch's order, where these fail or there are
    none.
    """
    left = [role for role in wanted if role not in asked.given]
    args, kwargs = open_ends(asked.student.source.code, asked.found.name)
    if not left or not (args or kwargs):
        return asked
    names = asked.found.parameters
    own = [role for name in names for role, taken in asked.given.items() if taken == name]
    first = [role for role in left if role not in roles.SETTINGS]
    is_known = len(own) == len(names)  # or a place would be that of an unknown parameter
    every = {role: asked.given.get(role, role) for role in wanted}
    every |= asked.given
    positional = replace(asked, given=every, places=(*own, *left) if is_known else ())
    if not kwargs:
        return positional if is_known else asked
    mixed = replace(asked, given=every, places=(*own, *first) if args and first else ())
    if not args or not is_known or mixed.ask(setting).problem is None:
        return mixed
    return positional if positional.ask(setting).problem is None else mixed


def open_ends(code: str, name: str) -> tuple[bool, bool]:
    """Whether a function, or what builds a class, takes ``*args`` and ``**kwargs``.

    Args:
        code: of the file.
        name: of the function or class.
    """
    defined = {
        node.name: node
        for node in ast.parse(code).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    node = defined.get(name)
    for _ in defined:  # to the class above, which may build it
        if not isinstance(node, ast.ClassDef):
            break
        own = [one for one in node.body if isinstance(one, ast.FunctionDef)]
        above = [one.id for one in node.bases if isinstance(one, ast.Name)]
        inherited = next((defined[one] for one in above if one in defined), None)
        node = next((one for one in own if one.name == "__init__"), inherited)
    if not isinstance(node, ast.FunctionDef):
        return False, False
    return node.args.vararg is not None, node.args.kwarg is not None


def _tensors(setting: Setting, upstream: Tensor | None) -> dict[str, Tensor]:
    found = {"input": setting.input}
    if isinstance(setting, ConvSetting):
        found["weight"] = setting.weight
        if setting.bias is not None:
            found["bias"] = setting.bias
    return found if upstream is None else found | {"upstream": upstream}


def _arguments(target: Target, values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the function, or of the class where it is built, by their own names."""
    return {
        target.given[role]: value
        for role, value in values.items()
        if role not in target.places and (value is not None or not target.is_optional(role))
    }


def _positional(target: Target, values: Mapping[str, Any]) -> list[Any]:
    """The arguments that have no name, up to the last that says anything."""
    found = [(role, values.get(role)) for role in target.places]
    while found and found[-1][1] is None:
        found.pop()
    is_pooling = "kernel_size" in target.given and "out_channels" not in target.given
    others = {} if is_pooling else DEFAULTS
    return [others.get(role) if value is None else value for role, value in found]


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
