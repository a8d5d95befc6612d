"""What convolution and pooling ask of their arguments, and where their windows lie."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import SupportsIndex

import numpy as np
import torch
from torch import Tensor

from core.layers.dispatch import is_plain_eager, quiet_in_a_trace
from core.layers.windows import INTEGERS, Pair, Windows

IntPair = SupportsIndex | Sequence[SupportsIndex]

LARGEST = 2**31 - 1  # of a size or a setting, in cells
FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
COMPLEX = (torch.complex32, torch.complex64, torch.complex128)
NUMBERS = (*FLOATS, *COMPLEX, *INTEGERS)


def output_size(
    size: SupportsIndex,
    kernel: SupportsIndex,
    stride: SupportsIndex = 1,
    padding: SupportsIndex = 0,
    dilation: SupportsIndex = 1,
) -> int:
    """How many positions a window takes along one axis.

        floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1

    Args:
        size: cells of the input along this axis.
        kernel: cells of the window.
        stride: cells from one position to the next.
        padding: cells added on each of the two sides.
        dilation: cells from one value of the window to the next.

    Returns:
        The number of positions; below 1 the window fits nowhere.

    Raises:
        TypeError: an argument that is no int.
        ValueError: a negative size or padding, or a kernel, stride or dilation below 1.

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016),
        relationship 15.
    """
    size, kernel = whole_number("size", size, 0), whole_number("kernel", kernel, 1)
    stride, padding = whole_number("stride", stride, 1), whole_number("padding", padding, 0)
    return _positions(size + 2 * padding, kernel, stride, whole_number("dilation", dilation, 1))


def _positions(size: int, kernel: int, stride: int, dilation: int) -> int:
    return (size - dilation * (kernel - 1) - 1) // stride + 1


def whole_number(name: str, value: SupportsIndex, least: int) -> int:
    """Takes an int, or what stands for one as in numpy, and refuses all else."""
    if type(value) is int and least <= value <= LARGEST:  # nearly every call
        return value
    try:
        number = _index(value)
    except TypeError:
        raise TypeError(f"{name}: expected an int, got {value!r}") from None
    if not least <= number <= LARGEST:
        raise ValueError(f"{name}: expected {_range(least, number)}, got {number}")
    return number


def _range(least: int, *numbers: int) -> str:
    """The end of the range that one of the numbers has passed."""
    return f"at most {LARGEST}" if max(numbers) > LARGEST else f"at least {least}"


def pair(name: str, value: IntPair, least: int) -> Pair:
    """Turns an int, (int,) or (height, width) into a pair, and refuses all else."""
    if type(value) is int and least <= value <= LARGEST:  # nearly every call
        return value, value
    values = value if isinstance(value, (tuple, list)) else (value,)
    try:
        if len(values) not in (1, 2):
            raise TypeError
        height, width = _index(values[0]), _index(values[-1])
    except TypeError:
        raise TypeError(
            f"{name}: expected an int or a pair of ints (height, width), got {value!r}"
        ) from None
    if not (least <= height <= LARGEST and least <= width <= LARGEST):
        raise ValueError(f"{name}: expected {_range(least, height, width)}, got {value!r}")
    return height, width


def _index(value: SupportsIndex) -> int:
    """The int that a value stands for; a bool stands for none."""
    if is_bool(value):
        raise TypeError
    return operator.index(value)


def is_bool(value: object) -> bool:
    """Whether this is a truth value of Python, numpy or torch: Python would count with it."""
    if isinstance(value, Tensor | np.ndarray):
        return value.dtype in (torch.bool, np.bool)
    return isinstance(value, bool | np.bool)


def flag(name: str, value: bool) -> bool:
    """Refuses what is no bool."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: expected a bool, got {value!r}")
    return value


def padding_sides(
    padding: IntPair | str, kernel: Pair, stride: Pair, dilation: Pair
) -> tuple[Pair, Pair]:
    """Cells (above, left) and (below, right); "same" with an even kernel adds more behind."""
    if not isinstance(padding, str):
        sides = pair("padding", padding, 0)
        return sides, sides
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding != "same":
        raise ValueError(
            f"padding: expected an int, a pair of ints, 'valid' or 'same', got {padding!r}"
        )
    if stride != (1, 1):
        raise ValueError(f"padding 'same': expected stride (1, 1), got {stride}")
    height, width = (d * (k - 1) for d, k in zip(dilation, kernel, strict=True))
    before = height // 2, width // 2
    return before, (height - before[0], width - before[1])


@quiet_in_a_trace
def conv_windows(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: IntPair,
    padding: IntPair | str,
    dilation: IntPair,
    groups: SupportsIndex,
) -> Windows:
    """Checks what the user gave a convolution and computes where the windows lie."""
    _check_conv_tensors(input, weight, bias)
    strides, dilations = pair("stride", stride, 1), pair("dilation", dilation, 1)
    groups = whole_number("groups", groups, 1)
    c_out, c_in, *_ = weight.shape
    if c_out % groups:
        raise ValueError(
            f"weight: expected output channels that groups {groups} divides, got {c_out}"
        )
    if input.shape[-3] != c_in * groups:
        raise ValueError(
            f"input: expected {c_in * groups} channels for weight {tuple(weight.shape)} and groups "
            f"{groups}, got {input.shape[-3]} in shape {tuple(input.shape)}"
        )
    kernel = int(weight.shape[2]), int(weight.shape[3])
    before, after = padding_sides(padding, kernel, strides, dilations)
    h, w = input.shape[-2:]
    h_out = _positions(h + before[0] + after[0], kernel[0], strides[0], dilations[0])
    w_out = _positions(w + before[1] + after[1], kernel[1], strides[1], dilations[1])
    if min(h, w, h_out, w_out) < 1:
        raise ValueError(
            f"no output left: kernel {kernel} with dilation {dilations} on an input of {(h, w)} "
            f"with padding {padding!r}"
        )
    return Windows(kernel, strides, dilations, before, after, (h_out, w_out), groups)


def _check_conv_tensors(input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """Refuses what is no tensor, and tensors that do not fit together."""
    check_image(input, NUMBERS, "a floating, complex or integer dtype")
    for name, tensor in (("weight", weight), ("bias", bias)):
        if tensor is None and name == "bias":
            continue
        _check_like_input(name, tensor, input)
    shape = tuple(weight.shape)
    if weight.dim() != 4 or 0 in (shape[0], *shape[2:]):
        raise ValueError(
            f"weight: expected shape (C_out, C_in / groups, kh, kw), none of 0, got {shape}"
        )
    if bias is not None and bias.shape != shape[:1]:
        raise ValueError(f"bias: expected shape ({shape[0]},), got {tuple(bias.shape)}")


def _check_like_input(name: str, tensor: Tensor | None, input: Tensor) -> None:
    """Refuses what is no tensor of the input's device and dtype."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name}: expected a Tensor, got {what_came(name, tensor)}")
    if tensor.device != input.device:
        raise ValueError(
            f"{name}: expected device {input.device} as the input has, got {tensor.device}"
        )
    if tensor.dtype != input.dtype:
        raise TypeError(
            f"{name}: expected dtype {input.dtype} as the input has, got {tensor.dtype}"
        )


def what_came(name: str, value: object) -> str:
    """What came where a tensor was expected, and what to write, as the end of a sentence.

    Args:
        name: of the argument.
        value: what came.
    """
    kind = type(value).__name__
    argument = name if name.isidentifier() else "it"
    if isinstance(value, np.ndarray):
        return f"a numpy array of {value.dtype}: write torch.from_numpy({argument})"
    if isinstance(value, list | tuple):
        return f"a {kind}: write torch.tensor({argument})"
    return kind


def check_grad_output(grad_output: Tensor, input: Tensor, shape: Sequence[int]) -> None:
    """Refuses a gradient that is not as large as the output it belongs to, or of another dtype."""
    _check_like_input("grad_output", grad_output, input)
    if not (grad_output.is_floating_point() or grad_output.is_complex()):
        raise TypeError(
            f"grad_output: expected a floating or complex dtype, got {grad_output.dtype}"
        )
    if grad_output.shape != tuple(shape):
        raise ValueError(
            f"grad_output: expected shape {tuple(shape)} as the output has, "
            f"got {tuple(grad_output.shape)}"
        )


def check_image(tensor: Tensor, dtypes: Sequence[torch.dtype], expected: str) -> None:
    """Refuses an input that is no image or batch of images of one of these dtypes."""
    if not isinstance(tensor, Tensor):
        raise TypeError(f"input: expected a Tensor, got {what_came('input', tensor)}")
    if tensor.layout != torch.strided:
        raise TypeError(f"input: expected a dense Tensor, got layout {tensor.layout}")
    if tensor.dim() not in (3, 4):
        shape = tuple(tensor.shape)
        raise ValueError(f"input: expected shape (N, C, H, W) or (C, H, W), got {shape}")
    if tensor.dtype not in dtypes:
        raise TypeError(f"input: expected {expected}, got {tensor.dtype}")


def pool_settings(
    kernel_size: IntPair, stride: IntPair | None, padding: IntPair, dilation: IntPair
) -> tuple[Pair, Pair, Pair, Pair]:
    """Kernel, stride, padding and dilation of a pooling as (height, width), checked."""
    kernel = pair("kernel_size", kernel_size, 1)
    own = stride is None or (isinstance(stride, (tuple, list)) and not stride)  # () as in torch
    strides = kernel if own or stride is None else pair("stride", stride, 1)
    paddings, dilations = pair("padding", padding, 0), pair("dilation", dilation, 1)
    if any(p > k // 2 for p, k in zip(paddings, kernel, strict=True)):
        raise ValueError(f"padding: expected at most half of kernel_size {kernel}, got {paddings}")
    return kernel, strides, paddings, dilations


@quiet_in_a_trace
def pool_windows(
    input: Tensor,
    kernel_size: IntPair,
    stride: IntPair | None,
    padding: IntPair,
    dilation: IntPair,
    ceil_mode: bool,
    dtypes: Sequence[torch.dtype] = (*FLOATS, *INTEGERS),
) -> Windows:
    """Checks what the user gave a pooling and computes where the windows lie."""
    settings = pool_settings(kernel_size, stride, padding, dilation)
    flag("ceil_mode", ceil_mode)
    integers = " or integer dtype" if torch.int32 in dtypes else " dtype or int64"
    check_image(input, dtypes, f"a floating{integers}")
    if 0 in input.shape[-3:]:
        shape = tuple(input.shape)
        raise ValueError(f"input: expected no empty axis but the batch, got shape {shape}")
    axes = zip(input.shape[-2:], *settings, strict=True)
    (h_out, below), (w_out, right) = (_along_axis(*axis, ceil_mode) for axis in axes)
    kernel, strides, paddings, dilations = settings
    if min(h_out, w_out) < 1:
        raise ValueError(
            f"no window fits: kernel_size {kernel} with dilation {dilations} on an input of "
            f"{tuple(input.shape[-2:])} with padding {paddings}"
        )
    return Windows(kernel, strides, dilations, paddings, (below, right), (h_out, w_out))


def _along_axis(
    size: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool
) -> tuple[int, int]:
    """Number of windows along one axis, and the cells that the last one needs behind the image."""
    if not ceil_mode:
        return _positions(size + 2 * padding, kernel, stride, dilation), padding
    reach, end = dilation * (kernel - 1) + 1, size + padding
    count = -(-(size + 2 * padding - reach) // stride) + 1
    if (count - 1) * stride >= end:  # the last window would start behind the image
        count -= 1
    return count, max(0, (count - 1) * stride + reach - end)


@quiet_in_a_trace
def window_divisor(
    windows: Windows, input: Tensor, count_include_pad: bool, override: SupportsIndex | None
) -> Tensor | int:
    """What an average divides by: one number, or the cells of each window that count."""
    if override is not None:
        least = torch.iinfo(torch.int64).min
        divisor = whole_number("divisor_override", override, least)
        if divisor == 0:
            raise ValueError("divisor_override: expected another number than 0, got 0")
        return divisor
    behind = [after - before for before, after in zip(windows.before, windows.after, strict=True)]
    if max(behind) <= 0 and (count_include_pad or not any(windows.before)):
        return windows.kernel[0] * windows.kernel[1]  # every cell of every window counts
    lengths = []
    for axis in (0, 1):
        size, padding, stride = input.shape[axis - 2], windows.before[axis], windows.stride[axis]
        starts = torch.arange(windows.output[axis], device=input.device) * stride - padding
        ends = (starts + windows.kernel[axis]).clamp(max=size + padding)
        if not count_include_pad:
            starts, ends = starts.clamp(min=0), ends.clamp(max=size)
        lengths.append(ends - starts)
    return lengths[0][:, None] * lengths[1]


def check_indices(grad_output: Tensor, indices: Tensor, size: Sequence[int]) -> Pair:
    """Checks what the gradient of max pooling is given; returns the size as (H, W)."""
    for name, tensor in (("grad_output", grad_output), ("indices", indices)):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name}: expected a Tensor, got {what_came(name, tensor)}")
    if grad_output.dtype == torch.bool:
        raise TypeError("grad_output: expected numbers, got torch.bool")
    if indices.dtype != torch.int64:
        raise TypeError(f"indices: expected dtype torch.int64, got {indices.dtype}")
    if indices.shape != grad_output.shape or indices.dim() not in (3, 4):
        raise ValueError(
            f"indices: expected shape {tuple(grad_output.shape)} as grad_output has, with 3 or 4 "
            f"axes, got {tuple(indices.shape)}"
        )
    h, w = pair("size", size, 1)
    if is_plain_eager(indices) and indices.numel():
        least, most = map(int, indices.aminmax())
        if not -1 <= least <= most < h * w:  # -1: a window without any cell
            wrong = least if least < -1 else most
            raise ValueError(f"indices: expected -1 to less than {h * w}, got {wrong}")
    return h, w
