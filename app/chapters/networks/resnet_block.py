"""The ResNet as a strip with one of its stages opened below it."""

from __future__ import annotations

from collections.abc import Mapping

from app.chapters.networks.resnet_picture import (
    AROUND,
    NAME,
    NAMES,
    WIDTH,
    Canvas,
    Look,
    ends,
    title,
)
from app.ui.address import WHOLE_NETWORK
from app.ui.charts import limit
from app.ui.grids import Scene, Sign
from core.explain.described import shape_text
from core.explain.residual import (
    BLOCKS,
    NORMALIZED,
    STEM,
    Cost,
    block_input,
    cost_of,
    stage_of,
)

STRIP = 60.0  # side of a map in the strip
STRIP_AROUND = 44.0  # rem that the page needs besides the strip alone
DETAIL = 120.0  # where what is opened begins
INNER, TERM = 74.0, 172.0  # sides of a block's inner maps, and of the terms of its sum


def opened(look: Look, costs: Mapping[str, Cost], *, alt: str, maps: bool = True) -> Scene:
    """The network as a strip with the open stage marked, and below it the stage.

    Args:
        look: what is looked at.
        costs: of each step.
        alt: one sentence that says what the scene shows.
        maps: whether the stage's maps are drawn.
    """
    picture = Canvas(look)
    stage = stage_of(look.layer)
    _add_strip(picture, stage)
    if not maps:
        return picture.scene(alt, STRIP + 8, "Click a stage to open it.", STRIP_AROUND)
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
    return picture.scene(alt, height, sentence, AROUND)


def _add_strip(picture: Canvas, stage: str) -> None:
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
            framed=is_open,
            written=False,
        )
        grid, left = picture.grids[-1], x + STRIP + 9
        picture.write(left, 12, f"{text} ▾" if is_open else text, NAME, bold=is_open)
        picture.write(left, 34, shape)
        picture.write(left, 56, ends(grid))
    x = WIDTH - pitch + 20
    picture.write(x, 12, picture.look.classes[best], NAME, bold=True)
    picture.write(x, 34, f"{float(logits.softmax(0)[best]):.1%}")


def _add_inner(picture: Canvas, block: str) -> None:
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
        picture.write(column * pitch + INNER + 8, DETAIL + 18, ends(picture.grids[index]), 14)


def _add_sum(picture: Canvas, block: str) -> None:
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


def _add_stem(picture: Canvas) -> None:
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
