"""What is wrong at a case, in words: the first wrong cell, and its sum written out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float64, Shaped
from torch import Tensor

from core.checking.bugs.loops import Loops, PoolLoops
from core.checking.bugs.registry import BUGS, titles
from core.checking.cases import ConvSetting, PoolSetting, Setting
from core.checking.diagnosis import Evidence, differs, explaining
from core.checking.links import link
from core.checking.results import MOST_VALUES, Case, Finding, Nested, nested
from core.checking.words import HIDDEN

FIRST_HINT = "Can you do this one cell by hand, and where do your numbers part from it?"
LONGEST = 2000  # characters


def hidden(names: Sequence[str], hint: str = "") -> Finding:
    """A hidden case is wrong; nothing is said of its numbers.

    Args:
        names: of the bugs, or none.
        hint: where there is no bug.
    """
    return plain(HIDDEN, names, hint)


def plain(
    sentence: str, names: Sequence[str] = (), hint: str = "", line: int | None = None
) -> Finding:
    """What is wrong without a case.

    Args:
        sentence: what is wrong, with numbers.
        names: of the bugs, or none.
        hint: where there is no bug.
        line: of the foreign file.
    """
    name = names[0] if names else None
    hint = BUGS[name].hint if name else hint
    return Finding(sentence[:LONGEST], name, hint, None, "", None, "", line)


def wrong(evidence: Evidence, names: Sequence[str]) -> Finding:
    """What is wrong at one case that was answered.

    Args:
        evidence: the case and what came.
        names: of the bugs that explain it, or none.
    """
    got = evidence.got
    if got is None:
        raise ValueError("Expected a case that was answered, got one without an output.")
    cell = first_wrong(got, evidence.expected)
    names = _of_this_case(evidence, names)
    sentence = f"{_place(evidence.setting)}{_difference(evidence, cell)}"
    if names:
        sentence = f"{titles(names)} {sentence}"
    name = names[-1] if names else None
    hint = BUGS[name].hint if name else FIRST_HINT
    columns = evidence.expected.shape[-1]
    arithmetic = "" if cell is None else _arithmetic(evidence, cell, names)
    case = _case(evidence)
    opened = link(evidence.setting, cell, columns)
    return Finding(sentence[:LONGEST], name, hint, cell, arithmetic[:LONGEST], case, opened, None)


def _of_this_case(evidence: Evidence, names: Sequence[str]) -> Sequence[str]:
    """Of two bugs at once the one that alone explains this case; both where none does."""
    return next(([name] for name in names if explaining([name], evidence)), names)


def first_wrong(
    got: Shaped[Tensor, "*got"], expected: Float64[Tensor, "n f h_out w_out"]
) -> tuple[int, ...] | None:
    """The first cell of the expected output that did not come, in reading order.

    Args:
        got: what came, of any shape.
        expected: (N, F, H, W).

    Returns:
        Its index; None where all cells came, among others.
    """
    if got.dim() != expected.dim():
        return (0,) * expected.dim()
    there = torch.full_like(expected, torch.nan, dtype=torch.float64)
    inside = tuple(slice(0, min(sizes)) for sizes in zip(got.shape, expected.shape))
    there[inside] = got[inside].double()
    found = differs(there, expected).nonzero()
    return tuple(found[0].tolist()) if len(found) else None


def shape(sizes: Sequence[int]) -> str:
    """A shape in words."""
    return " × ".join(map(str, sizes)) if sizes else "a single number"


def number(value: float) -> str:
    """A number as it stands in a sum: as short as it can be."""
    return f"{round(value, 4) + 0.0:g}".replace("-", "−")


def _place(setting: Setting) -> str:
    """The settings of a case, as the beginning of a sentence."""
    settings = _settings(setting)
    words = {"kernel_size": "window"} | {key: key for key in settings}
    side = settings["kernel_size"]
    said = [f"a {side} × {side} {'window' if isinstance(setting, PoolSetting) else 'kernel'}"]
    said += [f"{words[key]} {settings[key]}" for key in ("stride", "padding") if key in settings]
    return f"With {', '.join(said)}: "


def _settings(setting: Setting) -> dict[str, int]:
    if isinstance(setting, PoolSetting):
        stride = {} if setting.stride is None else {"stride": setting.stride}
        padding = {"padding": setting.padding} if setting.padding else {}
        return {"kernel_size": setting.kernel_size, **stride, **padding}
    side = setting.weight.shape[-1]
    return {"kernel_size": side, "stride": setting.stride, "padding": setting.padding}


def given(setting: Setting) -> str:
    """What a case hands over, as a sentence.

    Args:
        setting: the case.
    """
    words = [f"an input of {shape(setting.input.shape)}"]
    if isinstance(setting, ConvSetting):
        words += [f"weights of {shape(setting.weight.shape)}"]
        words += [] if setting.bias is None else ["a bias"]
    settings = {} if getattr(setting, "left_out", False) else _settings(setting)
    named = {"kernel_size": "a window of"} if isinstance(setting, PoolSetting) else {}
    words += [
        f"{named.get(key, key)} {value}"
        for key, value in settings.items()
        if key != "kernel_size" or named
    ]
    return f"It was given {', '.join(words[:-1])} and {words[-1]}."


def _difference(evidence: Evidence, cell: tuple[int, ...] | None) -> str:
    """What should have come and what did."""
    got, expected = evidence.got, evidence.expected
    if got is None or got.shape != expected.shape:
        sizes = shape(got.shape) if got is not None else "nothing"
        return f"expected an output of {shape(expected.shape)}, got {sizes}."
    if cell is None:
        return "the output is right."
    count = int(differs(got, expected).sum())
    many = f"; {count} of {expected.numel()} cells are wrong" if count > 1 else ""
    value, came = (number(float(values[cell])) for values in (expected, got))
    return f"{where(cell, expected.shape)} should be {value} and is {came}{many}."


def where(cell: Sequence[int], sizes: Sequence[int]) -> str:
    """A cell in words, counted from 1; axes of one entry go without saying."""
    names = ("image", "channel", "row", "column")[-len(cell) :]
    said = [
        f"{name} {index + 1}"
        for name, index, size in zip(names, cell, sizes)
        if size > 1 or name in ("row", "column")
    ]
    return ", ".join(said)


def _arithmetic(evidence: Evidence, cell: tuple[int, ...], names: Sequence[str]) -> str:
    """The sum of a cell: what should come, and with a bug what did."""
    right = _right_sum(evidence.setting, cell)
    text = f"{right} = {number(float(evidence.expected[cell]))} expected"
    got = evidence.got
    inside = got is not None and got.dim() == len(cell)
    if got is None or not inside or any(i >= size for i, size in zip(cell, got.shape)):
        return f"{text}; no such cell came"
    came = number(float(got[cell]))
    model = explaining(names, evidence)
    wrong_sum = _sum_of(model, evidence.setting, cell) if isinstance(model, Loops) else ""
    return f"{text}; {wrong_sum} = {came} came" if wrong_sum else f"{text}; {came} came"


def _right_sum(setting: Setting, cell: tuple[int, ...]) -> str:
    if isinstance(setting, ConvSetting):
        return _sum_of(Loops(), setting, cell)
    loops = PoolLoops()
    side = setting.kernel_size
    stride = loops.stride(setting.stride, side)
    windows = loops.slide.windows(
        setting.input, side, stride, setting.padding, loops.value, loops.beyond
    )
    inside = windows[cell].flatten()
    return f"max({', '.join(number(value) for value in inside.tolist() if value > -torch.inf)})"


def _sum_of(loops: Loops, setting: Setting, cell: tuple[int, ...]) -> str:
    """The products of one cell and its bias; "" where a cell is not the sum of its own window."""
    if not isinstance(setting, ConvSetting) or not loops.sums_in_place:
        return ""
    image, index, row, column = cell
    window = loops.windows(setting)[image, :, row, column].flatten()
    kernel = loops.kernel(setting.weight)[index].flatten()
    pairs = zip(window.tolist(), kernel.tolist())
    terms = [f"{_factor(one)}·{_factor(two)}" for one, two in pairs]
    products = " + ".join(terms)
    if setting.bias is None:
        return products
    zeros = torch.zeros(1, len(setting.bias), 1, 1, dtype=setting.bias.dtype)
    bias = float(loops.add_bias(zeros, setting.bias, setting.weight)[0, index, 0, 0])
    sign = "−" if bias < 0 else "+"
    return f"{products} {sign} {number(abs(bias))} (bias)" if bias else products


def _factor(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _case(evidence: Evidence) -> Case | None:
    """The case as the page draws it; without what came where that is too large or not finite."""
    setting = evidence.setting
    settings: Mapping[str, int] = _settings(setting)
    kernel = bias = None
    if isinstance(setting, ConvSetting):
        kernel = nested(setting.weight.tolist())
        bias = None if setting.bias is None else nested(setting.bias.tolist())
    return Case(
        settings,
        nested(setting.input.tolist()),
        kernel,
        bias,
        nested(evidence.expected.tolist()),
        _drawn(evidence.got),
    )


def _drawn(got: Tensor | None) -> Nested | None:
    """What came, where a page can draw it."""
    if got is None or not 0 < got.numel() <= MOST_VALUES or got.dim() > 4:
        return None
    return nested(got.double().tolist())
