"""The ResNet as one picture from left to right, and one of its stages opened below it."""

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
    block_input,
    cost_of,
    stage_of,
)

WIDTH = 1210.0
AROUND = {"whole": 20.0, "block": 20.0, "strip": 44.0}  # rem that the page needs besides
TEXT, NAME = 16.0, 18.0
MAP = 74.0  # side of a map in the whole network
MAIN, SHORTCUT, MIDDLE = 78.0, 268.0, 173.0  # upper edges of both paths and of their sum
COLUMNS = {STEM: 130.0, "block1": 258.0, "block2": 490.0, "block3": 722.0}
POOL, LOGITS = 956.0, 1054.0
MEETING = 124.0  # from the left edge of a block to what both paths make
STRIP = 60.0  # side of a map in the strip
DETAIL = 120.0  # where what is opened begins
INNER, TERM = 74.0, 172.0  # sides of a block's inner maps, and of the terms of its sum
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
class _Picture:
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
        **more: object,
    ) -> int:
        """A map with the sentence of a cell of it; returns its number."""
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
        self.links.append(Link(len(self.grids) - 1, sources, f"{says}, PLACE: VALUE."))
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


def overview(look: Look, costs: Mapping[str, Cost], *, alt: str) -> Scene:
    """The whole network, with a real map in every stage.

    Args:
        look: what is looked at.
        costs: of each step.
        alt: one sentence that says what the scene shows.
    """
    picture = _Picture(look)
    inputs = _add_input(picture)
    last = _add_map(picture, f"{STEM}.2", (COLUMNS[STEM], MIDDLE), inputs, "ReLU")
    _add_names(picture, STEM, COLUMNS[STEM])
    picture.write(COLUMNS[STEM], MIDDLE + MAP + 16, "conv 3 × 3")
    for block in BLOCKS:
        last = _add_block(picture, block, last)
    _add_head(picture, last)
    _add_costs(picture, costs)
    whole = sum(costs.values(), Cost(0, 0))
    sentence = (
        f"{whole.parameters:,} parameters and {whole.multiplications / 1e6:.1f} million "
        "multiplications in all. Click a map to open its block."
    )
    return picture.scene(alt, 446.0, sentence, AROUND["whole"])


def _add_input(picture: _Picture) -> list[int]:
    """The normalised picture's three channels."""
    values = picture.look.steps[NORMALIZED]
    picture.write(0, 14, "Input", NAME, bold=True)
    picture.write(0, 38, shape_text(values.shape))
    return [
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


def _add_names(picture: _Picture, stage: str, x: float) -> None:
    name = f"{STEM}.2" if stage == STEM else stage
    picture.write(x, 14, NAMES[stage], NAME, bold=True)
    channel = picture.look.channel_of(name) + 1
    picture.write(x, 38, f"{shape_text(picture.look.steps[name].shape)}")
    picture.write(x + (90 if stage != STEM else 60), 14, f"channel {channel}")


def _add_map(
    picture: _Picture, name: str, place: tuple[float, float], sources: Sequence[int], above: str
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


def _add_block(picture: _Picture, block: str, before: int) -> int:
    """Both ways and the plus in which they meet."""
    x = COLUMNS[block]
    _add_names(picture, block, x)
    main = _add_map(picture, f"{block}.main.4", (x, MAIN), [before], "F(x)")
    shortcut = _add_map(picture, f"{block}.shortcut.1", (x, SHORTCUT), [before], "shortcut(x)")
    picture.write(x, MAIN + MAP + 16, "2 × conv 3 × 3")
    picture.write(x, SHORTCUT + MAP + 16, "conv 1 × 1")
    plus = x + MAP + 28
    picture.signs.append(Sign(plus, MIDDLE + MAP / 2, "+", 30, bold=True))
    return _add_map(picture, block, (x + MEETING, MIDDLE), [main, shortcut], "ReLU")


def _add_head(picture: _Picture, last: int) -> None:
    """The means of all maps, and the classes with their probabilities."""
    pooled, logits = picture.look.steps[POOLED].flatten(), picture.look.steps["fc"]
    picture.write(POOL, 14, "Pool", NAME, bold=True)
    picture.write(POOL, 38, str(len(pooled)))
    pool = picture.add(
        pooled.reshape(32, 16),
        (POOL, MIDDLE + MAP / 2 - 80),
        160.0,
        says="Mean of a map of block 3",
        pick=None,
        sources=[last],
        written=False,
    )
    picture.write(LOGITS, 14, "Logits", NAME, bold=True)
    picture.write(LOGITS, 38, str(len(logits)))
    side = 28.0
    top = MIDDLE + MAP / 2 - side * len(logits) / 2
    picture.grids.append(
        CellGrid("", LOGITS, top, len(logits), 1, 14.0, side, values=logits, written=False)
    )
    grid = len(picture.grids) - 1
    text = "Logit of PLACE: VALUE; the sum of 512 means, each times its weight, plus a bias."
    picture.links.append(Link(grid, [pool], text, names=list(picture.look.classes)))
    for label, probability in enumerate(logits.softmax(0).tolist()):
        text = f"{picture.look.classes[label]} {probability:.0%}"
        picture.write(
            LOGITS + 22, top + side * (label + 0.5), text, bold=label == int(logits.argmax())
        )


def _add_costs(picture: _Picture, costs: Mapping[str, Cost]) -> None:
    """Parameters and share of the multiplications under each stage, and what they add up to."""
    whole = sum(costs.values(), Cost(0, 0))
    picture.write(0, 404, "Parameters")
    picture.write(0, 430, "Multiplications")
    for stage, x in (*COLUMNS.items(), ("fc", LOGITS)):
        cost = cost_of(costs, stage)
        picture.write(x, 404, f"{cost.parameters:,}")
        picture.write(x, 430, f"{cost.multiplications / whole.multiplications:.1%}")


def opened(look: Look, costs: Mapping[str, Cost], *, alt: str, maps: bool = True) -> Scene:
    """The network as a strip with the open stage marked, and below it the stage.

    Args:
        look: what is looked at.
        costs: of each step.
        alt: one sentence that says what the scene shows.
        maps: whether the stage's maps are drawn.
    """
    picture = _Picture(look)
    stage = stage_of(look.layer)
    _add_strip(picture, stage)
    if not maps:
        return picture.scene(alt, STRIP + 8, "Click a stage to open it.", AROUND["strip"])
    if stage == STEM:
        _add_stem(picture)
        height = DETAIL + 26 + TERM + 30
    else:
        _add_inner(picture, stage)
        _add_sum(picture, stage)
        height = DETAIL + 150 + TERM + 30
    cost = cost_of(costs, stage)
    whole = sum(costs.values(), Cost(0, 0))
    share = cost.multiplications / whole.multiplications
    sentence = (
        f"{NAMES[stage]}: {cost.parameters:,} parameters, {share:.1%} of the multiplications. "
        "Point at a map; click one to choose its layer."
    )
    return picture.scene(alt, height, sentence, AROUND["block"])


def _add_strip(picture: _Picture, stage: str) -> None:
    logits = picture.look.steps["fc"]
    best = int(logits.argmax())
    texts = {
        NORMALIZED: ("Input", shape_text(picture.look.steps[NORMALIZED].shape), WHOLE_NETWORK),
        f"{STEM}.2": ("Stem", shape_text(picture.look.steps[f"{STEM}.2"].shape), f"{STEM}.2"),
        **{
            block: (NAMES[block], shape_text(picture.look.steps[block].shape), block)
            for block in BLOCKS
        },
    }
    pitch = WIDTH / (len(texts) + 1)
    for column, (name, (text, shape, pick)) in enumerate(texts.items()):
        x, is_open = column * pitch, stage_of(name) == stage
        picture.add(
            picture.look.map(name),
            (x, 4.0),
            STRIP,
            says=f"{text}, channel {picture.look.channel_of(name) + 1}",
            pick=pick,
            sources=[column - 1] if column else [],
            faded=not is_open,
            written=False,
        )
        picture.write(x + STRIP + 8, 16, f"{text} ▾" if is_open else text, NAME, bold=is_open)
        picture.write(x + STRIP + 8, 42, shape)
    x = WIDTH - pitch + 20
    picture.write(x, 16, picture.look.classes[best], NAME, bold=True)
    picture.write(x, 42, f"{float(logits.softmax(0)[best]):.1%}")


def _add_inner(picture: _Picture, block: str) -> None:
    """The steps inside both paths, each on its own scale."""
    names = [f"{block}.main.{part}" for part in range(5)]
    names += [f"{block}.shortcut.{part}" for part in range(2)]
    short = (
        "conv 3 × 3, /2",
        "batch norm",
        "ReLU",
        "conv 3 × 3",
        "BN = F(x)",
        "conv 1 × 1, /2",
        "BN = shortcut",
    )
    pitch = WIDTH / len(names)
    for column, (name, heading) in enumerate(zip(names, short)):
        values = picture.look.map(name)
        index = picture.add(
            values,
            (column * pitch, DETAIL),
            INNER,
            title=f"{heading} ◂" if name == picture.look.layer else heading,
            says=f"{title(name)}, channel {picture.look.channel_of(name) + 1}",
            pick=name,
            sources=[len(picture.grids) - 1] if column not in (0, 5) else [],
            written=False,
        )
        grid = picture.grids[index]
        picture.write(column * pitch + INNER + 8, DETAIL + 18, f"±{number(grid.largest or 0)}", 14)


def _add_sum(picture: _Picture, block: str) -> None:
    """x, F(x), shortcut(x), their sum and what the ReLU leaves, on one scale."""
    look, top = picture.look, DETAIL + 150
    before = block_input(block)
    names = (before, f"{block}.main.4", f"{block}.shortcut.1", f"{block}.sum", block)
    largest = limit(*(look.map(name) for name in names))
    channel = look.channel_of(before) + 1
    headings = (f"x, channel {channel}", "F(x)", "shortcut(x)", "F(x) + shortcut(x)", "after ReLU")
    pitch = (WIDTH - TERM) / (len(names) - 1)
    first = len(picture.grids)
    for column, (name, heading) in enumerate(zip(names, headings)):
        picture.add(
            look.map(name),
            (column * pitch, top),
            TERM,
            title=f"{heading} ◂" if name == look.layer else heading,
            says=f"{title(name)}, channel {look.channel_of(name) + 1}",
            pick=name,
            sources={3: [first + 1, first + 2], 4: [first + 3]}.get(column, []),
            largest=largest,
            legend=column == 0,
        )
        if column:
            x = column * pitch - (pitch - TERM) / 2
            picture.signs.append(Sign(x, top + TERM / 2, "→+=→"[column - 1], 30, bold=True))


def _add_stem(picture: _Picture) -> None:
    """The normalised picture, the convolution, the batch normalisation, the ReLU."""
    look, top = picture.look, DETAIL + 26
    shown = [(colour, NORMALIZED, index) for index, colour in enumerate(("red", "green", "blue"))]
    shown += [
        (heading, f"{STEM}.{part}", look.channel)
        for part, heading in enumerate(("conv 3 × 3", "batch norm", "ReLU"))
    ]
    pitch = (WIDTH - TERM) / (len(shown) - 1)
    first = len(picture.grids)
    for column, (heading, name, channel) in enumerate(shown):
        values = look.steps[name]
        # The ReLU keeps the batch norm's scale.
        scale = look.steps[f"{STEM}.1"] if name == f"{STEM}.2" else values
        largest = limit(values if name == NORMALIZED else scale[channel])
        picture.add(
            values[channel],
            (column * pitch, top),
            TERM,
            title=f"{heading} ◂" if name == look.layer else heading,
            says=f"{heading}, channel {channel + 1}",
            pick=None if name == NORMALIZED else name,
            sources=range(first, first + 3) if column == 3 else [first + column - 1] * (column > 3),
            largest=largest,
            legend=column not in (1, 2, 5),
            written=False,
        )
