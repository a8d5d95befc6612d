"""The homework's plots and rows of pictures, drawn onto a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float, Int, UInt8
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter
from torch import Tensor

from core.evaluation import wilson_interval
from core.homework import FIRST, MASKED, NETWORKS, NOISE, PLAIN
from core.overlay import blend
from core.report.colours import draw_picture, draw_scale, grey, signed_colours
from core.report.document import INK, PALE, Sheet

# As in the app, whose table of meanings a test holds against these.
RUNS = ("#99155C", "#858E98")
SERIES = {"M": "#6A56C8", "A": "#007F8C", "B": "#8A5A00"}
STYLES = {"A": "-", "B": "--", "M": "-"}
WIDTHS = {"A": 1.3, "B": 1.3, "M": 5}  # M's line lies under A's, which it follows
TASK_STYLES = ("-", "--", ":")
LOWEST_CURVES, HIGHEST_CURVES = 1.8, 3.0  # of a training, in inches
Rows = Sequence[Mapping[str, Any]]


def draw_training(
    sheet: Sheet, cards: Sequence[Mapping[str, Any]], *, below_curves: float = 0.0
) -> None:
    """Loss and accuracy of some runs of one network over the epochs (parts 2 and 4).

    Args:
        sheet: to draw on.
        cards: of the runs; the first is the one that ships.
        below_curves: inches to leave on the page for what follows, as far as the curves stay high
            enough.
    """
    gap, left, legend, ticks = 0.45, 0.65, 0.25 + 0.17 * len(cards), 0.55
    left_over = sheet.room - below_curves - legend - gap - ticks
    height = min(max(left_over / 2, LOWEST_CURVES), HIGHEST_CURVES)
    above = sheet.axes(left, sheet.width - left, height, below=legend)
    sheet.space(legend + height)
    below = sheet.axes(left, sheet.width - left, height, below=gap)
    sheet.space(gap + height + ticks)
    for card, colour in zip(cards, RUNS):
        epochs = [record["epoch"] for record in card["history"]]
        for part, style in (("training", "--"), ("validation", "-")):
            for axes, what in ((above, "loss"), (below, "accuracy")):
                key = f"{part.removesuffix('ing')}_{what}"
                values = [record[key] for record in card["history"]]
                label = f"{card['title']}: {part}"
                axes.plot(
                    epochs, values, style, color=colour, label=label, marker=".", markersize=4
                )
    for axes in (above, below):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    above.set(ylabel="loss, nats", ylim=(0, None))
    above.legend(loc="lower left", bbox_to_anchor=(-0.02, 1), ncols=2, fontsize=8)
    below.set(ylabel="accuracy", xlabel="epoch", ylim=(None, 1))
    below.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    asked = NETWORKS[cards[0]["name"]].homework_accuracy or 0.0
    below.axhline(asked, color=INK, linewidth=1, label=f"asked: {asked:.0%}")
    below.legend(handles=below.lines[-1:], loc="lower right", fontsize=8)


@dataclass(frozen=True)
class CamRow:
    """A picture with the map of one class.

    Attributes:
        name: of the picture and the class.
        image: the picture.
        values: the map over it, raw and signed.
    """

    name: str
    image: UInt8[Tensor, "3 h w"]
    values: Float[Tensor, "h w"]


def draw_cam_rows(sheet: Sheet, rows: Sequence[CamRow], *, alpha: float) -> None:
    """Rows of input, class activation map and their blend (the homework's figure 5).

    Args:
        sheet: to draw on.
        rows: each has its own symmetric scale, printed beside it.
        alpha: of ``imshow``.
    """
    side, text, gap = 1.2, 1.3, 0.25
    height = (side + 0.16) * len(rows) + 0.25
    canvas = sheet.canvas(height)
    lefts = [text + index * (side + gap) for index in range(3)]
    for left, name in zip(lefts, ("input", "class activation map", f"blend, alpha {alpha:g}")):
        canvas.text(left, 0.1, name, fontsize=8, color=PALE, va="center")
    for index, row in enumerate(rows):
        top = 0.25 + index * (side + 0.16)
        limit = float(row.values.abs().max()) or 1.0
        colours = signed_colours(row.values, limit)
        canvas.text(0, top + side / 2, row.name, fontsize=8.5, va="center", linespacing=1.5)
        for left, picture in zip(lefts, (row.image, colours, blend(row.image, colours, alpha))):
            draw_picture(canvas, picture, (left, top, side, side))
        scale = (lefts[-1] + side + 0.25, top + side / 2 - 0.1, 0.55, 0.12)
        draw_scale(canvas, limit, scale)


def draw_interpolations(
    sheet: Sheet,
    image: UInt8[Tensor, "3 h w"],
    maps: Mapping[str, Float[Tensor, "h w"]],
    *,
    alpha: float,
) -> None:
    """One picture under the same map, upsampled in several ways (the homework's figure 6), on one
    scale.

    Args:
        sheet: to draw on.
        image: (3, H, W) uint8.
        maps: method to (H, W).
        alpha: of ``imshow``.
    """
    gap = 0.12
    side = (sheet.width - gap * (len(maps) - 1)) / len(maps)
    limit = max(float(one.abs().max()) for one in maps.values()) or 1.0
    canvas = sheet.canvas(0.25 + 2 * side + gap + 0.45)
    for index, (method, one) in enumerate(maps.items()):
        left, colours = index * (side + gap), signed_colours(one, limit)
        canvas.text(left, 0.1, method, fontsize=8.5, va="center")
        draw_picture(canvas, colours, (left, 0.25, side, side))
        draw_picture(canvas, blend(image, colours, alpha), (left, 0.25 + side + gap, side, side))
    draw_scale(canvas, limit, (0.12, 0.4 + 2 * side + gap, 1.4, 0.12))


def draw_rates(axes: Axes, rows: Rows, **settings: Any) -> None:  # noqa: ANN401 - of matplotlib
    """Success over epsilon, with Wilson's 95% intervals as bars.

    Args:
        axes: to draw on.
        rows: of one attack on one network, as ``core.evaluation.SuccessRate`` has them.
        settings: of ``Axes.errorbar``.
    """
    rates = [row["successes"] / row["inputs"] for row in rows]
    bands = [wilson_interval(row["successes"], row["inputs"]) for row in rows]
    bars = [
        [max(0.0, rate - low) for rate, (low, _) in zip(rates, bands)],
        [max(0.0, high - rate) for rate, (_, high) in zip(rates, bands)],
    ]
    epsilons = [row["epsilon"] for row in rows]
    axes.errorbar(epsilons, rates, bars, capsize=2, elinewidth=0.8, marker=".", **settings)


def rate_axes(sheet: Sheet, titles: Sequence[str], height: float) -> list[Axes]:
    """Axes for success over epsilon, one below the other, with one scale.

    Args:
        sheet: to draw on.
        titles: of the axes.
        height: of each, in inches.
    """
    left, made = 0.7, []
    for title in titles:
        axes = sheet.axes(left, sheet.width - left, height, below=0.3)
        sheet.space(height + 0.3)
        axes.set_title(title, fontsize=9, loc="left", weight="bold")
        axes.set_ylim(-0.02, 1.04)
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.tick_params(labelbottom=title == titles[-1])
        made.append(axes)
    made[0].set_ylabel("success")
    made[-1].set_xlabel("epsilon, grey values of 255")
    sheet.space(0.5)
    return made


def draw_success(sheet: Sheet, measured: Mapping[str, Any], tasks: Sequence[str]) -> None:
    """Success over epsilon: one plot a task, one line a network."""
    made = rate_axes(sheet, tasks, 1.3)
    for axes, task in zip(made, tasks):
        for model, colour in SERIES.items():
            rows = rows_of(measured, task, model)
            style = {"color": colour, "linestyle": STYLES[model], "linewidth": WIDTHS[model]}
            draw_rates(axes, rows, label=f"model {model}", **style)
    made[0].legend(loc="lower right", fontsize=8)


def draw_tasks(
    sheet: Sheet, measured: Mapping[str, Any], tasks: Sequence[str], models: Sequence[str]
) -> None:
    """Success over epsilon: one plot a network, one line a task."""
    made = rate_axes(sheet, [f"model {model}" for model in models], 2.1)
    for axes, model in zip(made, models):
        for task, style in zip(tasks, TASK_STYLES):
            rows = rows_of(measured, task, model)
            draw_rates(axes, rows, color=SERIES[model], linestyle=style, label=task)
    made[0].legend(loc="lower right", fontsize=8)


def draw_masked(sheet: Sheet, measured: Mapping[str, Any]) -> None:
    """Success over epsilon against M: of plain PGD, which its flat loss stops, and of task 1."""
    [(masked, origin)] = MASKED.items()
    [axes] = rate_axes(sheet, [f"model {masked} beside model {origin}"], 1.25)
    for model, attack, colour, style in (
        (masked, FIRST, SERIES[masked], {"linewidth": WIDTHS[masked]}),
        (origin, PLAIN, SERIES[origin], {}),
        (masked, PLAIN, INK, {"linestyle": "--"}),
        (masked, NOISE, PALE, {"linestyle": ":"}),
    ):
        rows = rows_of(measured, attack, model)
        draw_rates(axes, rows, color=colour, label=f"{model}: {attack}", **style)
    axes.legend(loc="center right", fontsize=7.5)


def rows_of(measured: Mapping[str, Any], task: str, model: str) -> list[Mapping[str, Any]]:
    """The rates of one attack on one network."""
    return [row for row in measured["rates"] if row["attack"] == task and row["model"] == model]


@dataclass(frozen=True)
class Strip:
    """One digit under one attack at growing epsilon.

    Attributes:
        name: of the attack and the digit, in lines.
        label: the digit's class.
        original: the digit.
        pictures: what the attack made of it, one for each epsilon.
        labels: what the network takes each for.
        success: whether that is what the attack wanted.
    """

    name: str
    label: int
    original: UInt8[Tensor, "1 h w"]
    pictures: UInt8[Tensor, "n 1 h w"]
    labels: Int[Tensor, " n"]
    success: Sequence[bool]


def draw_strips(
    sheet: Sheet, strips: Sequence[Strip], epsilons: Sequence[int], *, limit: float
) -> None:
    """Rows of adversarial pictures at growing epsilon; below each what was added, and the verdict.

    Args:
        sheet: to draw on.
        strips: the rows.
        epsilons: of the columns.
        limit: of the scale of what was added, in grey values.
    """
    text, gap = 1.0, 0.07
    side = (sheet.width - text) / len(epsilons) - gap
    pitch = 2 * side + 0.36
    canvas = sheet.canvas(0.25 + pitch * len(strips))
    added, seen = 0.25 + 1.5 * side, 0.25 + 2 * side + 0.14
    for height, name in ((0.1, "epsilon"), (added, "what was\nadded"), (seen, "class seen")):
        canvas.text(0, height, name, fontsize=8, color=PALE, va="center")
    lefts = [text + index * (side + gap) for index in range(len(epsilons))]
    for left, epsilon in zip(lefts, epsilons):
        canvas.text(left, 0.1, str(epsilon), fontsize=8, color=PALE, va="center")
    for row, strip in enumerate(strips):
        top = 0.25 + row * pitch
        canvas.text(0, top + side / 2, strip.name, fontsize=8, va="center", linespacing=1.5)
        for left, picture, label, success in zip(
            lefts, strip.pictures, strip.labels, strip.success
        ):
            added = (picture.double() - strip.original.double())[0]
            draw_picture(canvas, grey(picture), (left, top, side, side))
            draw_picture(
                canvas, signed_colours(added, limit), (left, top + side + 0.03, side, side)
            )
            canvas.text(
                left,
                top + 2 * side + 0.14,
                f"{int(label)}, fooled" if success else str(int(label)),
                fontsize=7.5,
                weight="bold" if success else "normal",
                va="center",
            )


def draw_pairs(sheet: Sheet, pairs: Sequence[Sequence[tuple[str, UInt8[Tensor, "1 h w"]]]]) -> None:
    """Digits side by side, large, each with a line above it.

    Args:
        sheet: to draw on.
        pairs: what belongs together.
    """
    count, gap = max(2, len(pairs)), 0.12
    side = min(1.2, (sheet.width / count - 0.3 - gap) / 2)
    canvas = sheet.canvas(side + 0.25)
    for number, pair in enumerate(pairs):
        for index, (name, picture) in enumerate(pair):
            left = number * sheet.width / count + index * (side + gap)
            canvas.text(left, 0.1, name, fontsize=8, va="center")
            draw_picture(canvas, grey(picture), (left, 0.25, side, side))
