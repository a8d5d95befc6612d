"""Part 1 in the report: one window worked out, and the hand-written layers beside torch's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import torch
import torch.nn.functional as F
from jaxtyping import Float, Shaped
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from core.checks import generator
from core.conv import Conv2d, conv2d
from core.pool import max_pool2d
from core.report.colours import draw_picture, signed_colours
from core.report.document import INK, PALE, Sheet

KERNELS, POOLS = (1, 2, 3, 5), (2, 3)
STRIDES, PADDINGS = (1, 2, 3), (0, 1, 2)
WHOLE = 9  # whole numbers are drawn from -9 to 9
CELL = 0.3  # inches
MARKED = "#FBE3D2"
# One picture and one kernel that a person can follow.
PICTURE = torch.tensor([[1, 2, 0, 1], [0, 1, 3, 1], [2, 1, 0, 2], [1, 0, 1, 3]])
KERNEL = torch.tensor([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
BIAS = 1
Call = Callable[..., Tensor]


@dataclass(frozen=True)
class Agreement:
    """How far one of our layers is from torch's.

    Attributes:
        layer: which, with its kernel.
        settings: how many were tried.
        output: the largest difference of an output, in float64.
        gradient: the largest difference of a gradient, in float64.
        whole: the largest difference of outputs and gradients of whole numbers, whose sums are
            exact.
    """

    layer: str
    settings: int
    output: float
    gradient: float
    whole: float


def agreements() -> list[Agreement]:
    """Ours against torch's: all of ``KERNELS``, ``POOLS``, ``STRIDES`` and ``PADDINGS``."""
    convolutions = [
        _agreement(f"conv2d, kernel {kernel}", conv2d, F.conv2d, list(_convolutions(kernel)))
        for kernel in KERNELS
    ]
    pools = [
        _agreement(f"max_pool2d, kernel {kernel}", max_pool2d, F.max_pool2d, list(_pools(kernel)))
        for kernel in POOLS
    ]
    return [*convolutions, *pools]


def layers_sheet(
    sheet: Sheet, learned: Conv2d, image: Float[Tensor, "1 h w"], channel: int
) -> None:
    """The worked example, a learned kernel on a digit by both layers, and the table of differences.

    Args:
        sheet: to draw on.
        learned: a hand-written layer of a trained network.
        image: a digit as it takes it.
        channel: of its output that is drawn.
    """
    sheet.heading("One window, worked out")
    _draw_example(sheet)
    sheet.heading("A learned kernel on a digit")
    _draw_learned(sheet, learned, image, channel)
    sheet.heading("The difference to torch's own layers")
    found = agreements()
    tried = sum(one.settings for one in found)
    sheet.text(
        f"{tried} settings, on random pictures of 11 × 10 cells: strides 1, 2 and 3 (and of "
        "pooling none given), paddings 0, 1 and 2 (where torch takes them), with and without bias. "
        "The numbers are the largest |ours − torch's| in float64, of the output and of every "
        "gradient (input, weight, bias)."
    )
    rows = [
        (one.layer, str(one.settings), *map(_number, (one.output, one.gradient, one.whole)))
        for one in found
    ]
    head = ("layer", "settings", "output", "gradients", f"whole numbers up to ±{WHOLE}")
    sheet.table(head, rows, (0, -2.6, -3.6, -4.7, -sheet.width))
    sheet.text(
        "What differs is rounding: the same products, added up in another order. "
        "Sums of whole numbers are exact in any order, and there both agree to the last bit. The "
        "tests hold the same over shapes that are drawn at random, with dilation and groups."
    )


def _agreement(layer: str, ours: Call, theirs: Call, settings: Sequence[_Setting]) -> Agreement:
    normal = [_difference(ours, theirs, setting, whole=False) for setting in settings]
    whole = [max(_difference(ours, theirs, setting, whole=True)) for setting in settings]
    output, gradient = (max(values) for values in zip(*normal))
    return Agreement(layer, len(settings), output, gradient, max(whole))


@dataclass(frozen=True)
class _Setting:
    """Shapes of the arguments, and the numbers that are given by name."""

    shapes: tuple[tuple[int, ...], ...]
    named: dict[str, int | None]


def _convolutions(kernel: int) -> Iterator[_Setting]:
    for stride, padding, bias in product(STRIDES, PADDINGS, (True, False)):
        shapes = ((2, 3, 11, 10), (4, 3, kernel, kernel), (4,))
        yield _Setting(shapes if bias else shapes[:2], {"stride": stride, "padding": padding})


def _pools(kernel: int) -> Iterator[_Setting]:
    for stride, padding in product((None, *STRIDES), PADDINGS):
        if padding <= kernel / 2:
            named: dict[str, int | None] = {
                "kernel_size": kernel,
                "stride": stride,
                "padding": padding,
            }
            yield _Setting(((2, 3, 11, 10),), named)


def _difference(ours: Call, theirs: Call, setting: _Setting, *, whole: bool) -> tuple[float, float]:
    """The largest difference of the outputs, and of the gradients."""
    random = generator(0)

    def draw(shape: tuple[int, ...]) -> Tensor:
        if whole:
            return torch.randint(-WHOLE, WHOLE + 1, shape, generator=random).double()
        return torch.randn(shape, generator=random, dtype=torch.float64)

    inputs = [draw(shape).requires_grad_() for shape in setting.shapes]
    outputs = [layer(*inputs, **setting.named) for layer in (ours, theirs)]
    above = draw(tuple(outputs[0].shape))
    gradients = [torch.autograd.grad(output, inputs, above) for output in outputs]
    largest = max(float((one - other).abs().max()) for one, other in zip(*gradients))
    return float((outputs[0] - outputs[1]).detach().abs().max()), largest


def _draw_example(sheet: Sheet) -> None:
    image, kernel = (matrix[None, None].double() for matrix in (PICTURE, KERNEL))
    output = conv2d(image, kernel, torch.tensor([BIAS]).double())[0, 0].int()
    pooled = max_pool2d(image, 2)[0, 0].int()
    products = " + ".join(
        f"{value}·{weight}" if weight >= 0 else f"{value}·(−{-weight})"
        for value, weight in zip(PICTURE[:3, :3].flatten().tolist(), KERNEL.flatten().tolist())
    )
    canvas = sheet.canvas(4 * CELL + 0.3)
    for left, matrix, marked, name in (
        (0.0, PICTURE, (3, 3), "input"),
        (1.65, KERNEL, (3, 3), f"kernel, bias {BIAS}"),
        (3.0, output, (1, 1), "convolution"),
        (4.6, pooled, (0, 0), "max pooling of the input, 2 × 2"),
    ):
        _grid(canvas, left, matrix, marked, name)
    sheet.text(f"Its first number: {products} + {BIAS} = {_signed(int(output[0, 0]))}.")
    sheet.text(
        f"Max pooling takes the largest of each 2 × 2 window, stride 2: the first is "
        f"{int(pooled[0, 0])}."
    )


def _draw_learned(sheet: Sheet, learned: Conv2d, image: Tensor, channel: int) -> None:
    with torch.no_grad():
        ours = learned(image[None])[0, channel]
        theirs = F.conv2d(
            image[None], learned.weight, learned.bias, learned.stride, learned.padding
        )[0, channel]
    difference = ours - theirs
    limit = float(theirs.abs().max()) or 1.0
    side, gap = 1.3, 0.45
    canvas = sheet.canvas(side + 0.3)
    for index, (name, values) in enumerate(
        (("digit", image[0]), ("our Conv2d", ours), ("torch's", theirs), ("difference", difference))
    ):
        left = index * (side + gap)
        canvas.text(left, 0.1, name, fontsize=8.5, color=PALE, va="center")
        colours = signed_colours(values, limit if index else float(image.abs().max()) or 1.0)
        draw_picture(canvas, colours, (left, 0.25, side, side))
        corner = Rectangle((left, 0.25), side, side, fill=False, edgecolor="#BBBBBB", linewidth=0.5)
        canvas.add_patch(corner)
    sheet.text(
        f"Kernel {channel + 1} of the first layer of part 2. Outputs up to {limit:.2f}, in 32 "
        f"bits; the largest difference is {_number(float(difference.abs().max()))}."
    )


def _grid(
    axes: Axes, left: float, matrix: Shaped[Tensor, "h w"], marked: tuple[int, int], name: str
) -> None:
    axes.text(left, 0.1, name, fontsize=8.5, color=PALE, va="center")
    for (row, column), value in zip(
        product(*map(range, matrix.shape)), matrix.flatten().tolist(), strict=True
    ):
        colour = MARKED if row < marked[0] and column < marked[1] else "#FFFFFF"
        place = (left + column * CELL, 0.25 + row * CELL)
        axes.add_patch(
            Rectangle(place, CELL, CELL, facecolor=colour, edgecolor="#888888", linewidth=0.7)
        )
        middle = (place[0] + CELL / 2, place[1] + CELL / 2)
        axes.text(*middle, _signed(value), fontsize=9, color=INK, ha="center", va="center")


def _number(value: float) -> str:
    return "0" if value == 0 else f"{value:.0e}".replace("-", "−")


def _signed(value: int) -> str:
    return str(value).replace("-", "−")
