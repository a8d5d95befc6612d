"""Networks drawn from the modules themselves: every step, its shape and its parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from core.evaluation import evaluation_mode
from core.explain.described import described, shape_text
from core.models import parameter_count
from core.report.colours import draw_picture, signed_colours
from core.report.document import INK, PALE, WIDTH, Sheet

FUNCTIONS = {"relu": "ReLU", "flatten": "Flatten", "add": "Add"}  # between the modules
LEARNED, OTHER, GROUP = "#DCE9F5", "#F4F4F4", "#FAFAFA"
MAIN = (0.95, 3.1)  # left edge and width of the boxes, in inches, right of the shapes
ARROW = 0.4  # from the left edge of a box
GAP = 0.35  # above and below a block, in rows
TILES, FEW = 10, 6  # channels in a row; fewer are drawn no larger
SHORTCUT = ".shortcut"  # a group that stands beside the one before it


@dataclass(frozen=True)
class Step:
    """One step of a network on one picture.

    Attributes:
        text: what it does, with its settings.
        group: dotted name of the module that it belongs to.
        output: what comes out of it.
        parameters: that it learns.
    """

    text: str
    group: str
    output: Float[Tensor, "*shape"]
    parameters: int


def steps_of(model: nn.Module, images: Float[Tensor, "1 c h w"]) -> list[Step]:
    """Every step of a network in the order of its forward pass: the modules without children, and
    the ``FUNCTIONS`` called between them.

    Args:
        model: any network; given back unchanged.
        images: one picture as the network takes it.

    Returns:
        The steps. A module that is used twice is there twice, its parameters the first time.
    """
    recorder = _Recorder()
    with evaluation_mode(model), _followed(model, recorder), recorder:
        model(images)
    return recorder.steps


class _Recorder(TorchFunctionMode):
    """Takes down what is called, inside of modules that have children."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.inside: list[tuple[str, nn.Module]] = []
        self.counted: set[nn.Module] = set()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - what the function gives
        result = func(*args, **(kwargs or {}))
        text = FUNCTIONS.get(getattr(func, "__name__", ""))
        if text is not None and self.inside and any(self.inside[-1][1].children()):
            self.steps.append(Step(text, self.inside[-1][0], result[0], 0))
        return result

    def enter(self, name: str, module: nn.Module, _inputs: object) -> None:
        self.inside.append((name, module))

    def leave(
        self, name: str, module: nn.Module, _inputs: object, output: Float[Tensor, "*shape"]
    ) -> None:
        self.inside.pop()
        if any(module.children()):
            return
        parameters = 0 if module in self.counted else parameter_count(module)
        self.counted.add(module)
        self.steps.append(Step(described(module), name.rpartition(".")[0], output[0], parameters))


@contextmanager
def _followed(model: nn.Module, recorder: _Recorder) -> Iterator[None]:
    hooks = []
    for name, module in model.named_modules():
        hooks.append(module.register_forward_pre_hook(partial(recorder.enter, name)))
        hooks.append(module.register_forward_hook(partial(recorder.leave, name)))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def draw_chain(
    sheet: Sheet, images: Float[Tensor, "c h w"], steps: Sequence[Step], *, room: float
) -> None:
    """A network without branches, from top to bottom, with what comes out of each step beside it.

    Args:
        sheet: to draw on.
        images: the picture.
        steps: of ``steps_of``.
        room: the height that it may take, in inches.
    """
    height = min(room - 0.15, 0.62 * (len(steps) + 1))
    pitch, left = height / (len(steps) + 1), MAIN[0] + MAIN[1] + 0.3
    canvas = sheet.canvas(height)
    _input(canvas, images, pitch)
    for number, output in enumerate([images, *(step.output for step in steps)]):
        _draw_output(canvas, output, (left, number * pitch), (sheet.width - left, pitch))
    for number, step in enumerate(steps, 1):
        _arrow(canvas, ((number - 1) * pitch, number * pitch), pitch)
        _main_box(canvas, step, number * pitch, pitch)


def draw_residual(sheet: Sheet, images: Float[Tensor, "c h w"], steps: Sequence[Step]) -> None:
    """A network whose blocks have a shortcut, which stands to the right of the block's main path.

    Args:
        sheet: it takes all the room that is left.
        images: the picture, for its shape.
        steps: of ``steps_of``.
    """
    beside: dict[str, list[Step]] = {}
    for step in steps:
        if step.group.endswith(SHORTCUT):
            beside.setdefault(step.group.removesuffix(SHORTCUT), []).append(step)
    main = [step for step in steps if not step.group.endswith(SHORTCUT)]
    pitch = (sheet.room - 0.15) / (len(main) + 1 + 2 * GAP * len(beside))
    canvas = sheet.canvas(sheet.room - 0.15)
    _input(canvas, images, pitch)
    before, top = 0.0, pitch
    for name, group in groupby(main, lambda step: step.group.partition(".")[0]):
        inside = list(group)
        top += GAP * pitch if name in beside else 0
        if name in beside:
            _draw_block(canvas, name, beside[name], (top, top + len(inside) * pitch), pitch)
        for step in inside:
            _arrow(canvas, (before, top), pitch)
            _main_box(canvas, step, top, pitch)
            before, top = top, top + pitch
        top += GAP * pitch if name in beside else 0


def _draw_block(
    axes: Axes, name: str, beside: Sequence[Step], ends: tuple[float, float], pitch: float
) -> None:
    """The frame of a block, and the way of its shortcut to the sum, the last but one step."""
    (top, bottom), right = ends, WIDTH
    frame = (MAIN[0] - 0.08, top - 0.28 * pitch), right - MAIN[0] + 0.08, bottom - top + 0.4 * pitch
    axes.add_patch(Rectangle(*frame, facecolor=GROUP, edgecolor="#BBBBBB", linewidth=0.6))
    left = MAIN[0] + MAIN[1] + 0.15
    width = right - 0.08 - left
    middle, first, last = left + width / 2, top - 0.08 * pitch, bottom - 1.5 * pitch
    axes.plot([MAIN[0] + ARROW, middle], [first, first], color=INK, linewidth=0.8)
    axes.plot([middle, middle], [first, last], color=INK, linewidth=0.8, zorder=1)
    _pointed(axes, (middle, last), (MAIN[0] + MAIN[1], last))
    for row, step in enumerate(beside):
        _box(axes, step, (left, top + row * pitch), (width, pitch))
    style: dict[str, Any] = {"fontsize": 8.5, "weight": "bold", "ha": "right", "va": "center"}
    axes.text(right - 0.12, bottom - 0.5 * pitch, name, color=PALE, **style)


def _input(axes: Axes, images: Tensor, pitch: float) -> None:
    axes.text(0, 0.5 * pitch, shape_text(images.shape), fontsize=8, color=PALE, va="center")
    axes.text(MAIN[0] + ARROW + 0.1, 0.5 * pitch, "input", fontsize=8.5, va="center")


def _main_box(axes: Axes, step: Step, top: float, pitch: float) -> None:
    """A step of the main path, with the shape of its output at the left."""
    axes.text(
        0, top + 0.5 * pitch, shape_text(step.output.shape), fontsize=8, color=PALE, va="center"
    )
    _box(axes, step, (MAIN[0], top), (MAIN[1], pitch))


def _box(axes: Axes, step: Step, place: tuple[float, float], size: tuple[float, float]) -> None:
    """A step: its text at the left, the number of its parameters at the right."""
    (left, top), (width, pitch) = place, size
    height = min(0.72 * pitch, 0.3)
    axes.add_patch(
        FancyBboxPatch(
            (left, top + (pitch - height) / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.04",
            facecolor=LEARNED if step.parameters else OTHER,
            edgecolor="#999999",
            linewidth=0.6,
            zorder=2,
        )
    )
    middle = top + pitch / 2
    axes.text(left + 0.07, middle, step.text, fontsize=6.8, va="center_baseline")
    if step.parameters:
        axes.text(
            left + width - 0.07,
            middle,
            f"{step.parameters:,}",
            fontsize=6.8,
            ha="right",
            va="center_baseline",
        )


def _arrow(axes: Axes, tops: tuple[float, float], pitch: float) -> None:
    """From the middle of one row to the box of the next, under the boxes."""
    left, height = MAIN[0] + ARROW, min(0.72 * pitch, 0.3)
    _pointed(axes, (left, tops[0] + pitch / 2), (left, tops[1] + (pitch - height) / 2))


def _pointed(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=5,
            shrinkA=0,
            shrinkB=0,
            color=INK,
            linewidth=0.8,
            zorder=1,
        )
    )


def _draw_output(
    axes: Axes, output: Tensor, place: tuple[float, float], size: tuple[float, float]
) -> None:
    """What comes out of a step, white at zero, on one scale: a tile for each channel, or a line."""
    limit = float(output.abs().max()) or 1.0
    if output.dim() == 1:
        _draw_tile(axes, output[None], limit, (*place, size[0], size[1]), 0.12 / size[1])
        return
    columns = min(len(output), TILES)
    rows = -(-len(output) // columns)
    tile = min(size[0] / max(columns, FEW), 0.92 * size[1] / rows)
    top = place[1] + (size[1] - rows * tile) / 2
    for index, channel in enumerate(output):
        row, column = divmod(index, columns)
        corner = (place[0] + column * tile, top + row * tile)
        _draw_tile(axes, channel, limit, (*corner, tile, tile), 1)


def _draw_tile(
    axes: Axes, values: Tensor, limit: float, place: tuple[float, ...], share: float
) -> None:
    """Values in a thin frame, over a share of a place's height."""
    left, top, width, height = place
    inner = (left, top + height * (1 - share) / 2, 0.94 * width, 0.94 * share * height)
    draw_picture(axes, signed_colours(values, limit), inner)
    axes.add_patch(Rectangle(inner[:2], *inner[2:], fill=False, edgecolor="#BBBBBB", linewidth=0.4))
