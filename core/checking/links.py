"""The link that opens the chapter on convolution at one case and one cell of its output.

What stands in it are the names of the app's own links, which `core` does not import; the tests
hold that the app takes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from jaxtyping import Float64
from torch import Tensor

from core.checking.cases import ConvSetting, PoolSetting, Setting

PAGE = "convolution"
LARGEST_KERNEL, MOST_STRIDE, MOST_PADDING = 7, 4, 3
POOL_SIDES = (2, 3, 4)


def link(setting: Setting, cell: tuple[int, ...] | None, columns: int) -> str:
    """The case in the chapter, at one cell.

    The chapter takes one channel of numbers. A cell that sees several channels is shown by itself:
    its windows, one channel below the other, and the kernels alike, which make one window.

    Args:
        setting: the case.
        cell: (image, filter or channel, row, column) of the output; None: the first.
        columns: of the output.

    Returns:
        Without the app's own address; "" where the chapter has no such setting.
    """
    image, index, row, column = cell or (0, 0, 0, 0)
    step = row * columns + column + 1
    if isinstance(setting, PoolSetting):
        return _pooling(setting, image, index, step)
    if setting.input.shape[1] > 1:
        return _one_window(setting, (image, index, row, column))
    if setting.stride > MOST_STRIDE or setting.padding > MOST_PADDING:
        return ""
    window = {"stride": setting.stride, "padding": setting.padding, "step": step}
    return _convolution(setting, index, setting.input[image, 0], setting.weight[index, 0], window)


def _one_window(setting: ConvSetting, cell: tuple[int, int, int, int]) -> str:
    """The window of one cell, its channels one below the other."""
    from torch.nn.functional import pad

    image, index, row, column = cell
    side, stride = setting.weight.shape[-1], setting.stride
    padded = pad(setting.input[image], (setting.padding,) * 4)
    top, left = row * stride, column * stride
    window = padded[:, top : top + side, left : left + side].flatten(0, 1)  # (C * k, k)
    kernel = setting.weight[index].flatten(0, 1)
    if len(kernel) > LARGEST_KERNEL or window.shape != kernel.shape:
        return ""
    return _convolution(setting, index, window, kernel, {"step": 1})


def _convolution(
    setting: ConvSetting, index: int, image: Tensor, kernel: Tensor, window: Mapping[str, int]
) -> str:
    bias = {} if setting.bias is None else {"bias": f"{float(setting.bias[index]):g}"}
    return _query(
        {
            "source": "Numbers",
            "numbers": rows(image),
            "kernel": "Own numbers",
            "weights": rows(kernel),
            **bias,
            **window,
        }
    )


def _pooling(setting: PoolSetting, image: int, channel: int, step: int) -> str:
    side = setting.kernel_size
    stride = side if setting.stride is None else setting.stride
    if side not in POOL_SIDES or stride > MOST_STRIDE or setting.padding > side // 2:
        return ""
    return _query(
        {
            "layer": "Max pooling",
            "source": "Numbers",
            "numbers": rows(setting.input[image, channel]),
            "pool_size": side,
            "pool_stride": stride,
            "pool_padding": setting.padding,
            "step": step,
        }
    )


def rows(values: Float64[Tensor, "h w"]) -> str:
    """(H, W) as rows of numbers, a semicolon between two."""
    return ";".join(" ".join(f"{value:g}" for value in row) for row in values.tolist())


def _query(names: Mapping[str, object]) -> str:
    return f"{PAGE}?{urlencode({name: str(value) for name, value in names.items()})}"
