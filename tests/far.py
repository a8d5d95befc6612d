"""A device that every computer has: it computes as the CPU does, but takes nothing from there by
itself and has no float64, as MPS has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

FAR = torch.device("meta")  # any that a tensor can be said to be on
aten = torch.ops.aten
# What may mix devices: copies, and indices that lie on the CPU.
MIXED = {
    aten.copy_,
    aten._to_copy,
    aten.index,
    aten.index_put,
    aten.index_put_,
    aten._index_put_impl_,
}


class Far(torch.Tensor):
    """A tensor on that device; its numbers lie in ``inner``, on the CPU."""

    inner: torch.Tensor
    is_meta = False  # only its device is called so

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> Far:
        if inner.dtype == torch.float64:
            raise TypeError("This device has no float64.")
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            inner.shape,
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=FAR,
            requires_grad=inner.requires_grad,
        )
        made.inner = inner
        return made

    def __repr__(self, **_: object) -> str:
        return f"Far({self.inner!r})"

    def tolist(self) -> Any:
        return self.inner.tolist()

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return compute(func, args, kwargs or {})


def compute(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    tensors = [each for each in tree_flatten((args, kwargs))[0] if isinstance(each, torch.Tensor)]
    far = [each for each in tensors if isinstance(each, Far)]
    near = [each for each in tensors if not isinstance(each, Far) and each.dim()]
    named = kwargs.get("device")
    if far and near and func.overloadpacket not in MIXED:
        raise RuntimeError(f"Expected all tensors on the same device: {func}.")
    goes_far = bool(far) if named is None else torch.device(named).type == FAR.type
    if func.overloadpacket is aten.copy_:
        goes_far = isinstance(args[0], Far)
    if "device" in kwargs:
        kwargs = kwargs | {"device": torch.device("cpu")}
    inner = tree_map(lambda each: each.inner if isinstance(each, Far) else each, (args, kwargs))
    found = func(*inner[0], **inner[1])
    if not goes_far:
        return found
    if func._schema.is_mutable and not isinstance(found, tuple | list):
        return args[0]
    return tree_map(lambda each: Far(each) if isinstance(each, torch.Tensor) else each, found)


class Mode(TorchDispatchMode):
    """Makes tensors on that device, and moves them there."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return compute(func, args, kwargs or {})


@contextmanager
def far_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    """Inside the block the device can be computed on; it has no autocast, so that is off there."""
    real, enabled = torch.autocast, torch.is_autocast_enabled

    def autocast(device: str, *arguments: Any, **named: Any) -> Any:
        return nullcontext() if device == FAR.type else real(device, *arguments, **named)

    monkeypatch.setattr(torch, "autocast", autocast)
    monkeypatch.setattr(
        torch, "is_autocast_enabled", lambda device="cpu": device != FAR.type and enabled(device)
    )
    made = torch.tensor

    def tensor(data: Any, *, device: Any = None, **named: Any) -> torch.Tensor:
        """torch.tensor makes what it is given without asking any mode."""
        return made(data, **named) if device is None else made(data, **named).to(device)

    monkeypatch.setattr(torch, "tensor", tensor)
    with Mode():
        yield FAR
