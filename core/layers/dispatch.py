"""Which body computes a call, and who may take it over, so that layers compose like torch's."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.jit._trace import TracerWarning
from torch.overrides import handle_torch_function, has_torch_function

P = ParamSpec("P")
R = TypeVar("R")


def is_plain_eager(*tensors: Tensor | None) -> bool:
    """Whether these are ordinary tensors that are computed on at once: what the fast bodies need.

    The fast bodies write into memory that they keep from call to call, look at values, and have a
    gradient of their own. Whoever needs to see each operation gets the readable bodies instead.
    """
    if torch.compiler.is_compiling():  # torch.compile, torch.export: sizes are symbols
        return False
    if _is_tracing():  # torch.jit.trace: it would hold the memory as constants
        return False
    if torch._C._are_functorch_transforms_active():  # torch.func: our Function has no rule for it
        return False
    if torch._C._len_torch_dispatch_stack() > 0:  # FakeTensorMode, make_fx, counters of operations
        return False
    return all(tensor is None or _is_ordinary(tensor) for tensor in tensors)


def _is_ordinary(tensor: Tensor) -> bool:
    """Whether a tensor is no stand-in, has memory here, and carries no tangent."""
    if type(tensor) not in (Tensor, nn.Parameter):  # a subclass may stand for something else
        return False
    if tensor.device.type not in ("cpu", "cuda"):  # meta has no memory, others were never tried
        return False
    if not torch._C._has_storage(tensor):  # batched, in the vectorised Jacobian's backward pass
        return False
    if tensor.is_cuda and torch.cuda.is_current_stream_capturing():  # a graph cannot look at values
        return False
    # Forward mode: each operation of the readable body has a rule for it. Tangents live on a level.
    if forward_ad._current_level < 0:
        return True
    return forward_ad.unpack_dual(tensor).tangent is None  # type: ignore[no-untyped-call]


def _is_tracing() -> bool:
    return torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call, no-any-return]


def overridable(function: Callable[P, R]) -> Callable[P, R]:
    """Lets subclasses of Tensor and torch.fx's proxies take a call over, as with torch's own.

    Source: PyTorch's notes, "Extending PyTorch", section "Extending torch Python API".
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        tensors = (*args, *kwargs.values())
        if has_torch_function(tensors):
            return handle_torch_function(call, tensors, *args, **kwargs)
        return function(*args, **kwargs)

    return call


def quiet_in_a_trace(function: Callable[P, R]) -> Callable[P, R]:
    """For checks of sizes: in torch.jit.trace these are tensors, and asking one of them warns."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if not _is_tracing():
            return function(*args, **kwargs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TracerWarning)
            return function(*args, **kwargs)

    return call
