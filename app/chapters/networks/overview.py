"""The small CNN as one picture from left to right: every map of every layer, and what it is made
of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from app.ui.charts import limit, number
from app.ui.grids import CellGrid, Scene, Sign
from app.ui.map_links import Link
from core.explain.described import shape_text
from core.explain.forward import multiplications
from core.models import MnistCNN, parameter_count

TOP = 44.0  # of the maps, below the name and the shape of their layer
HEIGHT = 438.0  # of the highest layer
NUMBERS = TOP + HEIGHT + 20.0  # where the parameters are printed, the multiplications below
LINE = 19.0  # between two lines of text
THUMB, THUMB_GAP, THUMB_ROWS = 56.0, 9.0, 7
FRAME = 5.0  # at the left edge, for the frame of the chosen digit
AROUND = 17.2  # rem that the page needs besides the picture
UNITS = (32, 4)  # rows and columns of the hidden layer
ANSWER = 48.0  # width of a logit's cell
ANSWERS = 88.0  # of the room for the probabilities beside them
PICTURE = "picture "  # before the number of a digit to choose
NAMES = {
    "input": "Input",
    "conv1": "Conv 1",
    "relu1": "ReLU",
    "pool1": "Pool 1",
    "conv2": "Conv 2",
    "relu2": "ReLU",
    "pool2": "Pool 2",
    "hidden": "Hidden",
    "logits": "Logits",
}
# What shares a scale, which ends at the largest value after the ReLU.
GROUPS = (("conv1", "relu1", "pool1"), ("conv2", "relu2", "pool2"), ("hidden",), ("logits",))
# Step to the side of a map, and to the room before it.
SIDES = {
    "input": (112.0, 38.0),
    "conv1": (88.0, 84.0),
    "relu1": (88.0, 30.0),
    "pool1": (88.0, 30.0),
    "conv2": (66.0, 100.0),
    "relu2": (66.0, 38.0),
    "pool2": (66.0, 38.0),
    "hidden": (HEIGHT / UNITS[0], 78.0),
    "logits": (HEIGHT / 10, 62.0),
}
MODULES = {"conv1": "conv1", "conv2": "conv2", "hidden": "fc1", "logits": "fc2"}
BEFORE = dict(zip(list(NAMES)[1:], NAMES))


@dataclass(frozen=True)
class Digits:
    """The digits to choose from, and the one that runs through the network.

    Attributes:
        images: (N, 1, 28, 28) in [0, 1].
        names: one for each.
        chosen: its number among them; None for one that is drawn.
    """

    images: Tensor
    names: Sequence[str]
    chosen: int | None


@dataclass
class _Picture:
    """What the scene is put together from."""

    grids: list[CellGrid] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)  # step to the number of its first grid
    x: float = 0.0


def overview(
    model: MnistCNN,
    steps: Mapping[str, Tensor],
    digits: Digits,
    *,
    dead: Mapping[str, Sequence[int]],
    alt: str,
) -> Scene:
    """The scene.

    Args:
        model: the network.
        steps: name of each step to what it gives for the chosen picture, (C, H, W) or (units,).
        digits: to choose from.
        dead: step to its channels or units that are hatched, as 0 on many digits.
        alt: one sentence that says what the scene shows.
    """
    picture = _Picture()
    _add_digits(picture, digits)
    scales = {"input": 1.0} | {
        name: largest for names, largest in zip(GROUPS, limits(steps)) for name in names
    }
    for name in NAMES:
        _add_layer(picture, name, steps[name], scales[name], dead.get(name, ()))
        _add_links(picture, model, name, len(steps[name]))
        _add_numbers(picture, model, name, tuple(steps[name].shape))
    _add_answers(picture, steps["logits"])
    _add_totals(picture, model, {name: tuple(steps[name].shape) for name in NAMES})
    return Scene(
        "The small CNN",
        alt,
        NUMBERS + 2 * LINE,
        1,
        1,
        picture.grids,
        [],
        ["Point at a map to see what it is made of; click a cell for its sum."],
        picture.signs,
        player=False,
        around=AROUND,
        width=picture.x,
        links=picture.links,
    )


def limits(steps: Mapping[str, Tensor]) -> list[float]:
    """The end of the scale of each of ``GROUPS``."""
    return [
        limit(*(steps[name] for name in group if name not in ("conv1", "conv2")))
        for group in GROUPS
    ]


def _add_digits(picture: _Picture, digits: Digits) -> None:
    """Small pictures to choose from, in columns at the left."""
    picture.signs.append(Sign(FRAME, 12, "Pictures", 15, align="left"))
    for index, image in enumerate(digits.images):
        column, row = divmod(index, THUMB_ROWS)
        place = THUMB + THUMB_GAP
        chosen = index == digits.chosen
        picture.grids.append(
            CellGrid(
                "",
                FRAME + column * place,
                TOP + row * (HEIGHT + THUMB_GAP) / THUMB_ROWS,
                28,
                28,
                THUMB / 28,
                values=image,
                largest=1.0,
                framed=chosen,
                pick=f"{PICTURE}{index}",
                says=digits.names[index],
                written=False,
            )
        )
    columns = -(-len(digits.images) // THUMB_ROWS)
    picture.x = FRAME + columns * (THUMB + THUMB_GAP) - THUMB_GAP


def _add_layer(
    picture: _Picture, name: str, values: Tensor, largest: float, dead: Sequence[int]
) -> None:
    """The maps of a layer, one below the other, or its units."""
    side, room = SIDES[name]
    picture.x += room
    picture.first[name] = len(picture.grids)
    is_linear = values.dim() == 1
    maps = values[None] if is_linear else values
    rows, columns = maps.shape[1:] if not is_linear else UNITS if name == "hidden" else (10, 1)
    pitch = HEIGHT / len(maps)
    for channel, one in enumerate(maps):
        grid = CellGrid(
            "",
            picture.x,
            TOP + pitch * (channel + 0.5) - side / 2,
            rows,
            columns,
            side / rows,
            values=one,
            largest=largest,
            pick=f"{name} {channel}",
            says=NAMES[name] + (f", channel {channel + 1}" if len(maps) > 1 else ""),
            written=False,
            legend=name == "input",
            outside=_dead_cells(rows * columns, channel, dead, is_linear=is_linear),
        )
        if is_linear:
            width = ANSWER if name == "logits" else side
            grid = replace(grid, y=TOP, width=width, height=side, written=name == "logits")
        picture.grids.append(grid)
    picture.signs += [
        Sign(picture.x, 12, NAMES[name], 15, bold=name in MODULES, align="left"),
        Sign(picture.x, 30, shape_text(values.shape), 13, align="left"),
    ]
    picture.x += picture.grids[-1].width * columns


def _dead_cells(count: int, channel: int, dead: Sequence[int], *, is_linear: bool) -> Tensor:
    """What is hatched: of a linear layer units, else all cells of a channel."""
    if is_linear:
        return torch.tensor(dead, dtype=torch.long)
    return torch.arange(count if channel in dead else 0)


def _add_links(picture: _Picture, model: MnistCNN, name: str, count: int) -> None:
    """From the layer before: of a convolution from every map, of a ReLU or pooling from one."""
    if name == "input":
        return
    before = BEFORE[name]
    sources = range(picture.first[before], picture.first[name])
    first = picture.first[name]
    if name in ("hidden", "logits"):
        text = "{} PLACE: VALUE; the sum of {}, each times its weight, plus a bias{}."
        said = ("Hidden unit", "all 294 cells of Pool 2", ", after its ReLU")
        if name == "logits":
            said = ("Logit of", "all 128 hidden units", "")
        units = [str(unit + (name == "hidden")) for unit in range(count)]
        picture.links.append(Link(first, sources, text.format(*said), names=units))
        return
    if name not in MODULES:
        does = "the ReLU keeps what is above 0" if "relu" in name else "the largest of 2 × 2 cells"
        for channel in range(count):
            title = f"{NAMES[name]}, channel {channel + 1}"
            text = f"{title}, PLACE: VALUE; {does} of channel {channel + 1} before it."
            picture.links.append(Link(first + channel, [sources[channel]], text))
        return
    layer = model.get_submodule(MODULES[name])
    weight, bias = layer.get_parameter("weight").detach(), layer.get_parameter("bias").detach()
    maps = "the digit" if len(sources) == 1 else f"all {len(sources)} channels of {NAMES[before]}"
    own = "its" if len(sources) == 1 else "each under its own"
    for channel, kernels in enumerate(weight):
        text = (
            f"{NAMES[name]}, channel {channel + 1}, PLACE: VALUE; the sum over {maps}, {own} "
            f"3 × 3 kernel, plus the bias {number(float(bias[channel]))}. Click for the sum."
        )
        picture.links.append(Link(first + channel, sources, text, kernels, limit(weight)))


def _add_numbers(picture: _Picture, model: MnistCNN, name: str, shape: tuple[int, ...]) -> None:
    """Parameters and multiplications below a layer that has any."""
    if name in MODULES:
        x = picture.grids[-1].x
        for line, count in enumerate(_costs(model.get_submodule(MODULES[name]), shape)):
            picture.signs.append(Sign(x, NUMBERS + line * LINE, f"{count:,}", 13, align="left"))


def _costs(layer: nn.Module, shape: tuple[int, ...]) -> tuple[int, int]:
    return parameter_count(layer), multiplications(layer, shape)


def _add_answers(picture: _Picture, logits: Tensor) -> None:
    """Each class with its probability beside its logit."""
    pitch = HEIGHT / len(logits)
    for label, probability in enumerate(logits.softmax(0).tolist()):
        text = f"{label}  {probability:.1%}"
        y = TOP + (label + 0.5) * pitch
        bold = label == int(logits.argmax())
        picture.signs.append(Sign(picture.x + 8, y, text, 15, bold=bold, align="left"))
    picture.x += ANSWERS


def _add_totals(picture: _Picture, model: MnistCNN, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """What the numbers below the layers are, and what they add up to."""
    costs = [_costs(model.get_submodule(MODULES[name]), shapes[name]) for name in MODULES]
    for line, (title, counts) in enumerate(zip(("Parameters", "Multiplications"), zip(*costs))):
        y = NUMBERS + line * LINE
        text = f"{title}, in all {sum(counts):,}"
        picture.signs.append(Sign(FRAME, y, text, 13, align="left"))
