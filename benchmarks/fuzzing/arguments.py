"""Arguments for a function, made from its annotations: right ones, and many that are wrong.

`Float[Tensor, "n c h w"]` gives a tensor of that many axes, with one size for each letter within a
case. Half of the cases are tame: sizes and dtypes fit, numbers are moderate. In the others each
argument may have another shape or dtype, NaN, infinity, or the largest numbers there are.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, SupportsIndex, Union, get_args, get_origin, get_type_hints

import jaxtyping
import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from torch import Tensor

Known = Mapping[str, SearchStrategy[Any]]
SIZES = st.sampled_from((1, 1, 2, 2, 3, 3, 4, 5, 7))
DTYPES = (
    *(torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32),
    *(torch.uint8, torch.int8, torch.bool, torch.complex64),
)
INTEGERS = st.one_of(
    st.integers(-2, 9),
    st.sampled_from((10**6, 2**31, 2**63, -(2**63), 10**30)),
    st.integers(0, 9).map(np.int64),
)
WORDS = (
    *("", "zeros", "same", "valid", "bilinear", "mnist", "Gauss", "real", "é", "𝔘", "٣", "\0"),
    *("nan", "inf", "1e999", "-1", "3.7", "9" * 4400, "<b>", "*a*", "[a](b)", "../x", "%00", "'"),
)
TEXT = st.one_of(st.sampled_from(WORDS), st.text(max_size=20))
FLOATS = st.one_of(
    st.floats(0, 1), st.floats(), st.sampled_from((0.0, 0.3, 8 / 255, 1e-320, 1e308, -0.0))
)
TAME: dict[Any, SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(0, 3),
    float: st.floats(0, 1),
    str: st.sampled_from(("zeros", "bilinear", "mnist", "a")),
    bytes: st.binary(max_size=9),
    type(None): st.none(),
    SupportsIndex: st.integers(1, 2),
}
WILD: dict[Any, SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: INTEGERS,
    float: st.one_of(FLOATS, st.integers(-1, 3)),
    str: TEXT,
    bytes: st.binary(max_size=200),
    type(None): st.none(),
    SupportsIndex: st.one_of(st.integers(-1, 4), INTEGERS, st.booleans()),
}


@dataclass
class Case:
    """What the arguments of one case share.

    Attributes:
        wild: whether they may be wrong.
        sizes: what the letters of the shapes stand for.
    """

    wild: bool
    sizes: dict[str, int] = field(default_factory=dict)


@st.composite
def arguments_of(draw: DrawFn, function: Callable[..., object], known: Known) -> dict[str, Any]:
    """Keywords for one call of a function.

    Args:
        draw: hypothesis's.
        function: with annotations.
        known: a strategy for each parameter whose annotation does not say enough.

    Returns:
        The keywords; half of those with a default are left out.
    """
    hints, case = get_type_hints(function), Case(draw(st.booleans()))
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.default is not inspect.Parameter.empty and draw(st.booleans()):
            continue
        found[name] = draw(known[name] if name in known else value_of(hints[name], case))
    return found


def value_of(hint: object, case: Case) -> SearchStrategy[Any]:
    """Values of a type.

    Raises:
        TypeError: this type has no values here.
    """
    origin, inner = get_origin(hint), get_args(hint)
    simple = WILD if case.wild else TAME
    if inspect.isclass(hint) and issubclass(hint, jaxtyping.AbstractArray):
        return tensors(hint.dim_str, _dtypes(hint), case)
    if hint in simple:
        return simple[hint]
    if hint is torch.device:
        return st.just(torch.device("cpu"))
    if origin is np.ndarray:
        return st.lists(st.integers(0, 9), max_size=3).map(np.array)
    if hint is Tensor:
        return tensors("n", (torch.int64,), case)
    if origin is Literal:
        return st.one_of(st.sampled_from(inner), TEXT) if case.wild else st.sampled_from(inner)
    if origin in (Union, types.UnionType):
        return st.one_of([value_of(one, case) for one in inner])
    if origin is tuple and inner[-1] is not Ellipsis:
        return st.tuples(*(value_of(one, case) for one in inner))
    if origin in (tuple, list, Sequence):
        return st.lists(value_of(inner[0], case), min_size=1 - case.wild, max_size=3).map(tuple)
    raise TypeError(f"No values are known for {hint}.")


def _dtypes(hint: Any) -> tuple[torch.dtype, ...]:  # noqa: ANN401 (what jaxtyping makes)
    allowed = hint.dtypes
    if not isinstance(allowed, tuple):  # Shaped: any
        return DTYPES
    return tuple(one for one in DTYPES if str(one).removeprefix("torch.") in allowed)


@st.composite
def tensors(draw: DrawFn, axes: str, dtypes: Sequence[torch.dtype], case: Case) -> Tensor:
    """Tensors of some axes, as jaxtyping writes them, with the sizes of this case."""
    shape: list[int] = []
    for axis in axes.split():
        if axis.startswith("*"):
            shape += [draw(SIZES)] * draw(st.integers(0, 1))
        elif axis.isdecimal():
            shape.append(int(axis))
        else:
            shape.append(case.sizes.setdefault(axis, draw(_sizes_of(axis, case))))
    if not case.wild:
        return filled(shape, dtypes[0], draw(st.integers(0, 999)), 7)
    if draw(st.integers(0, 3)) == 0:
        shape = draw(st.lists(st.sampled_from((0, 1, 2, 3)), max_size=5))
    elif shape and draw(st.integers(0, 3)) == 0:
        shape[draw(st.integers(0, len(shape) - 1))] = draw(st.sampled_from((0, 1, 9)))
    dtype = draw(st.sampled_from(DTYPES if draw(st.booleans()) else tuple(dtypes)))
    return filled(shape, dtype, draw(st.integers(0, 999)), draw(st.integers(0, 7)))


def _sizes_of(axis: str, case: Case) -> SearchStrategy[int]:
    if case.wild:
        return SIZES
    if axis == "c_group":  # with one group, which is the default
        return st.just(case.sizes.get("c_in", case.sizes.get("c", 1)))
    if axis in ("kh", "kw", "h_out", "w_out"):
        return st.integers(1, 2)
    return st.integers(3, 5) if axis in ("h", "w", "H", "W") else SIZES


def filled(shape: Sequence[int], dtype: torch.dtype, seed: int, kind: int) -> Tensor:
    """Seeded numbers: of kind 0 with NaN and infinity, 1 with negative ones, 2 with the largest."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(tuple(shape), generator=generator, dtype=torch.float64)
    if not dtype.is_floating_point:
        return (values * 10).to(dtype) if kind else (values * 300 - 150).long().to(dtype)
    if kind == 1:
        values = values * 2 - 1
    extremes = {0: (torch.nan, torch.inf, -torch.inf), 2: (torch.finfo(dtype).max,)}.get(kind, ())
    for extreme in extremes:
        values = torch.where(torch.rand(values.shape, generator=generator) < 0.1, extreme, values)
    return values.to(dtype)
