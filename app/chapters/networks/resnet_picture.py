"""The ResNet as one picture from left to right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from app.ui.address import WHOLE_NETWORK
from app.ui.charts import limit, number
from app.ui.grids import CellGrid, Scene, Sign
from app.ui.map_links import Link
from core.explain.described import shape_text
from core.explain.residual import (
    BLOCKS,
    NORMALIZED,
    POOLED,
    STEM,
    Cost,
    cost_of,
)

WIDTH = 1210.0
AROUND = 20.0  # rem that the page needs besides the picture
TEXT, NAME = 16.0, 18.0
LINE = 20.0  # from line to line under a map
MAP = 74.0  # side of a map in the whole network
MAIN, SHORTCUT, MIDDLE = 78.0, 268.0, 173.0  # upper edges of both paths and of their sum
COLUMNS = {STEM: 130.0, "block1": 258.0, "block2": 490.0, "block3": 722.0}
POOL, LOGITS = 956.0, 1054.0
MEETING = 124.0  # from the left edge of a block to what both paths make
NAMES = {STEM: "Stem", "block1": "Block 1", "block2": "Block 2", "block3": "Block 3"}
PARTS = {
    "0": "conv 3 × 3",
    "1": "batch norm",
    "2": "ReLU",
    "main.0": "first conv",
    "main.1": "first batch norm",
    "main.2": "ReLU inside",
    "main.3": "second conv",
    "main.4": "F(x)",
    "shortcut.0": "shortcut conv",
    "shortcut.1": "shortcut(x)",
    "sum": "F(x) + shortcut(x)",
    "": "output",
}


def title(layer: str) -> str:
    """A step in words."""
    if layer == WHOLE_NETWORK:
        return "Whole network"
    stage, _, part = layer.partition(".")
    return f"{NAMES[stage]}, {PARTS[part]}"


@dataclass(frozen=True)
class Look:
    """What is looked at.

    Attributes:
        steps: name of each step to what it gives for the chosen picture, (C, h, w) or (units,).
        layer: the one that is opened.
        channel: from 0.
        classes: names, in label order.
    """

    steps: Mapping[str, Tensor]
    layer: str
    channel: int
    classes: Sequence[str]

    def channel_of(self, name: str) -> int:
        """The channel of a step that is drawn: one with fewer channels begins again after its
        last.
        """
        return self.channel % len(self.steps[name])

    def map(self, name: str) -> Tensor:
        """(h, w) that channel's map."""
        return self.steps[name][self.channel_of(name)]


@dataclass
class Canvas:
    """What a scene is put together from."""

    look: Look
    grids: list[CellGrid] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def add(
        self,
        values: Tensor,
        place: tuple[float, float],
        side: float,
        *,
        says: str,
        pick: str | None,
        sources: Sequence[int] = (),
        names: Sequence[str] = (),
        **more: object,
    ) -> int:
        """A map with the sentence of a cell of it, which its name may stand in; returns its
        number.
        """
        look: dict[str, object] = {"title": "", "largest": limit(values), "titled": TEXT} | more
        heading = str(look.pop("title"))
        rows, columns = values.shape
        cell = side / max(rows, columns)
        self.grids.append(
            CellGrid(
                heading,
                *place,
                rows,
                columns,
                cell,
                values=values,
                pick=pick,
                says=says,
                **look,  # type: ignore[arg-type] # what CellGrid takes
            )
        )
        text = f"{says}, PLACE: VALUE."
        self.links.append(Link(len(self.grids) - 1, sources, text, names=names))
        return len(self.grids) - 1

    def write(
        self, x: float, y: float, text: str, size: float = TEXT, *, bold: bool = False
    ) -> None:
        """A line of text that begins at a place."""
        self.signs.append(Sign(x, y, text, size, bold=bold, align="left"))

    def scene(self, alt: str, height: float, sentence: str, around: float) -> Scene:
        """All of it."""
        return Scene(
            "The ResNet",
            alt,
            height,
            1,
            1,
            self.grids,
            [],
            [sentence],
            self.signs,
            player=False,
            around=around,
            width=WIDTH,
            links=self.links,
        )


def ends(grid: CellGrid) -> str:
    """The ends of the scale of a map, whose middle is 0; a map of zeros has no scale."""
    if grid.values is not None and not grid.values.any():
        return "all 0"
    return f"±{number(grid.largest or 0)}"


def overview(look: Look, costs: Mapping[str, Cost], *, alt: str) -> Scene:
    """The whole network, with a real map in every stage.

    Args:
        look: what is looked at.
        costs: of each step.
        alt: one sentence that says what the scene shows.
    """
    picture = Canvas(look)
    inputs = _add_input(picture)
    last = _add_map(picture, f"{STEM}.2", (COLUMNS[STEM], MIDDLE), inputs, "ReLU")
    _add_names(picture, STEM)
    _add_lines(picture, last, ("conv 3 × 3", _channel(picture.look, f"{STEM}.2")))
    for block in BLOCKS:
        last = _add_block(picture, block, last)
    _add_head(picture, last)
    _add_costs(picture, costs)
    whole = sum(costs.values(), Cost(0, 0))
    sentence = (
        f"{whole.parameters:,} parameters and {whole.multiplications / 1e6:.1f} million "
        "multiplications in all. Click a map to open its block."
    )
    return picture.scene(alt, 446.0, sentence, AROUND)


def _add_input(picture: Canvas) -> list[int]:
    """The normalised picture's three channels."""
    values = picture.look.steps[NORMALIZED]
    picture.write(0, 14, "Input", NAME, bold=True)
    picture.write(0, 38, shape_text(values.shape))
    grids = [
        picture.add(
            one,
            (0.0, MAIN + 98.0 * row),
            72.0,
            title=colour,
            says=f"{colour}, normalised",
            pick=None,
            largest=limit(values),
            written=False,
        )
        for row, (colour, one) in enumerate(zip(("Red", "Green", "Blue"), values))
    ]
    _add_lines(picture, grids[-1])
    return grids


def _add_names(picture: Canvas, stage: str) -> None:
    name = f"{STEM}.2" if stage == STEM else stage
    picture.write(COLUMNS[stage], 14, NAMES[stage], NAME, bold=True)
    picture.write(COLUMNS[stage], 38, f"{shape_text(picture.look.steps[name].shape)}")


def _channel(look: Look, name: str) -> str:
    return f"channel {look.channel_of(name) + 1}"


def _add_lines(picture: Canvas, index: int, lines: Sequence[str] = ()) -> None:
    """Under a map what makes it, and the ends of its scale; no line is wider than the map, so that
    no link comes near.
    """
    grid = picture.grids[index]
    top = grid.y + grid.rows * (grid.height or grid.width) + LINE
    for line, text in enumerate((*lines, ends(grid))):
        picture.write(grid.x, top + line * LINE, text)


def _add_map(
    picture: Canvas, name: str, place: tuple[float, float], sources: Sequence[int], above: str
) -> int:
    says = f"{title(name)}, channel {picture.look.channel_of(name) + 1}"
    return picture.add(
        picture.look.map(name),
        place,
        MAP,
        title=above,
        says=says,
        pick=name,
        sources=sources,
        written=False,
    )


def _add_block(picture: Canvas, block: str, before: int) -> int:
    """Both ways and the plus in which they meet."""
    x = COLUMNS[block]
    _add_names(picture, block)
    main = _add_map(picture, f"{block}.main.4", (x, MAIN), [before], "F(x)")
    shortcut = _add_map(picture, f"{block}.shortcut.1", (x, SHORTCUT), [before], "shortcut(x)")
    _add_lines(picture, main, ("conv 3 × 3", "conv 3 × 3"))
    _add_lines(picture, shortcut, ("conv 1 × 1",))
    plus = x + MAP + 28
    picture.signs.append(Sign(plus, MIDDLE + MAP / 2, "+", 30, bold=True))
    output = _add_map(picture, block, (x + MEETING, MIDDLE), [main, shortcut], "ReLU")
    _add_lines(picture, output, (_channel(picture.look, block),))
    return output


def _add_head(picture: Canvas, last: int) -> None:
    """The means of all maps, and the classes with their probabilities."""
    pooled = picture.look.steps[POOLED].flatten()
    picture.write(POOL, 14, "Pool", NAME, bold=True)
    picture.write(POOL, 38, str(len(pooled)))
    pool = picture.add(
        pooled.reshape(32, 16),
        (POOL, MIDDLE + MAP / 2 - 80),
        160.0,
        says="Mean of a map of block 3",
        pick=None,
        sources=[last],
        names=[f"channel {index + 1}" for index in range(len(pooled))],
        written=False,
    )
    _add_lines(picture, pool)
    _add_logits(picture, pool)


def _add_logits(picture: Canvas, pool: int) -> None:
    logits = picture.look.steps["fc"]
    picture.write(LOGITS, 14, "Logits", NAME, bold=True)
    picture.write(LOGITS, 38, str(len(logits)))
    side = 28.0
    top = MIDDLE + MAP / 2 - side * len(logits) / 2
    picture.grids.append(
        CellGrid(
            "",
            LOGITS,
            top,
            len(logits),
            1,
            14.0,
            side,
            values=logits,
            largest=limit(logits),
            written=False,
        )
    )
    grid = len(picture.grids) - 1
    _add_lines(picture, grid)
    text = "Logit of PLACE: VALUE; the sum of 512 means, each times its weight, plus a bias."
    picture.links.append(Link(grid, [pool], text, names=list(picture.look.classes)))
    for label, probability in enumerate(logits.softmax(0).tolist()):
        text = f"{picture.look.classes[label]} {probability:.0%}"
        picture.write(
            LOGITS + 22, top + side * (label + 0.5), text, bold=label == int(logits.argmax())
        )


def _add_costs(picture: Canvas, costs: Mapping[str, Cost]) -> None:
    """Parameters and share of the multiplications under each stage, and what they add up to."""
    whole = sum(costs.values(), Cost(0, 0))
    picture.write(0, 404, "Parameters")
    picture.write(0, 430, "Multiplications")
    for stage, x in (*COLUMNS.items(), ("fc", LOGITS)):
        cost = cost_of(costs, stage)
        picture.write(x, 404, f"{cost.parameters:,}")
        picture.write(x, 430, f"{cost.multiplications / whole.multiplications:.1%}")
