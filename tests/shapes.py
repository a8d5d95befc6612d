"""Shapes as types, checked while the tests run: what jaxtyping's import hook puts around core.

`tests/conftest.py` installs the hook before core is imported. From then on every function and every
dataclass of core whose annotations name a shape, `Float[Tensor, "n c h w"]`, is held to it: dtype,
number of axes, and one size for each letter. Outside of the tests an annotation is text that nobody
runs. Types without a shape are mypy's business.

A wrong call in a test: the function's own refusal comes first. jaxtyping asks twice, for the
arguments before a call and for arguments and result after it, and only the second question is
answered here. So a function that refuses an argument with a sentence of its own is heard, and its
annotation still says exactly what it takes; one that lets a wrong argument pass, or gives what it
does not promise, fails the test with `jaxtyping.TypeCheckError`.

Switched off as a whole by the variable JAXTYPING_DISABLE=1, and by the fixture `unchecked_shapes`
for a test whose compiler or tracer would follow the checks too.
"""

from collections.abc import Callable
from typing import Any, get_args

import jaxtyping
from beartype import beartype

Function = Callable[..., Any]


def checked(function: Function) -> Function:
    """Check the shapes among a function's arguments and result after its call.

    Args:
        function: what jaxtyping makes of a function of core: its arguments alone, which the return
            type `Any` marks, or arguments and result.

    Returns:
        The second kind with checks, the first as it is.
    """
    hints = function.__annotations__
    if hints.get("return") is Any or not any(map(has_shape, hints.values())):
        return function
    function.__annotations__ = {
        name: hint if has_shape(hint) else Any for name, hint in hints.items()
    }
    return beartype(function)


def has_shape(hint: object) -> bool:
    """Whether a type is, or holds, one of jaxtyping's."""
    if isinstance(hint, type) and issubclass(hint, jaxtyping.AbstractArray):
        return True
    return any(map(has_shape, get_args(hint)))
