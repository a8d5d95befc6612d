"""The homework's pictures and its report, drawn with matplotlib."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
from jaxtyping import Float, UInt8
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from torch import Tensor

from core.checkpoints.files import write_whole
from core.evaluation import wilson_interval

COLOURS = ("#D55E00", "#FFFFFF", "#0072B2")  # negative, zero, positive
VALUES = LinearSegmentedColormap.from_list("values", COLOURS, N=257)


def cam_rows(
    images: UInt8[Tensor, "n 3 h w"],
    maps: Float[Tensor, "n h w"],
    names: Sequence[str],
    *,
    alpha: float,
) -> Figure:
    """Rows of input, class activation map and their blend (the homework's figure 5).

    Args:
        images: (N, 3, H, W) uint8.
        maps: (N, H, W) upsampled, raw and signed; each row has its own symmetric scale, printed
            beside it.
        names: one line for each row.
        alpha: of ``imshow``.

    Returns:
        The figure.
    """
    figure = Figure(figsize=(7.2, 2.2 * len(images)), layout="constrained")
    rows = figure.subplots(len(images), 3, squeeze=False)
    for row, image, one, name in zip(rows, images, maps, names):
        limit = float(one.abs().max()) or 1.0
        photo = image.permute(1, 2, 0).numpy()
        for axis, title in zip(row, (name, "class activation map", f"blend, alpha {alpha:g}")):
            axis.set_axis_off()
            axis.set_title(title, fontsize=9)
        row[0].imshow(photo)
        drawn = row[1].imshow(one.numpy(), cmap=VALUES, vmin=-limit, vmax=limit)
        row[2].imshow(photo)
        row[2].imshow(one.numpy(), cmap=VALUES, vmin=-limit, vmax=limit, alpha=alpha)
        figure.colorbar(drawn, ax=row[1], shrink=0.9, ticks=[-limit, 0, limit], format="%.1f")
    return figure


def interpolation_row(
    image: UInt8[Tensor, "3 h w"],
    maps: Sequence[Float[Tensor, "h w"]],
    methods: Sequence[str],
    *,
    name: str,
    alpha: float,
) -> Figure:
    """One picture under the same map, upsampled in several ways (the homework's figure 6), on one
    scale.

    Args:
        image: (3, H, W) uint8.
        maps: (H, W) each.
        methods: their names.
        name: of the picture and the class.
        alpha: of ``imshow``.

    Returns:
        The figure.
    """
    figure = Figure(figsize=(2.4 * len(maps), 4.9), layout="constrained")
    figure.suptitle(name, fontsize=10)
    limit = max(float(one.abs().max()) for one in maps) or 1.0
    columns = figure.subplots(2, len(maps), squeeze=False).T
    for (above, below), one, method in zip(columns, maps, methods):
        above.set_title(method, fontsize=9)
        above.imshow(one.numpy(), cmap=VALUES, vmin=-limit, vmax=limit)
        below.imshow(image.permute(1, 2, 0).numpy())
        below.imshow(one.numpy(), cmap=VALUES, vmin=-limit, vmax=limit, alpha=alpha)
        for axis in (above, below):
            axis.set_axis_off()
    return figure


Page = Figure
SERIES = {"A": "#0072B2", "B": "#D55E00", "M": "#8A5A9E"}
STYLES = {"A": "-", "B": "--", "M": ":"}
PAGE = (8.27, 11.69)  # A4 in inches


def training_page(cards: Sequence[Mapping[str, Any]], title: str) -> Figure:
    """Loss and accuracy of some runs of one network over the epochs (parts 2 and 4).

    Args:
        cards: of the runs; the first is the one that ships.
        title: above the page.

    Returns:
        The figure.
    """
    figure, (above, below) = _page(title, 2)
    for card, colour in zip(cards, ("#0072B2", "#D55E00")):
        epochs = [record["epoch"] for record in card["history"]]
        for part, style in (("train", "--"), ("validation", "-")):
            label = f"{card['title']}: {'training' if part == 'train' else part}"
            above.plot(
                epochs,
                [record[f"{part}_loss"] for record in card["history"]],
                style,
                color=colour,
                label=label,
            )
            below.plot(
                epochs,
                [record[f"{part}_accuracy"] for record in card["history"]],
                style,
                color=colour,
            )
    above.set_ylabel("loss, nats")
    above.set_ylim(bottom=0)
    above.legend(fontsize=8)
    below.set_ylabel("accuracy")
    below.axhline(cards[0]["homework_accuracy"], color="black", linewidth=1)
    below.annotate("homework asks", (1, cards[0]["homework_accuracy"]), fontsize=8, va="bottom")
    for axis in (above, below):
        axis.set_xlabel("epoch")
        axis.grid(alpha=0.3)
    results = [
        f"{card['title']}: {card['result']['validation_accuracy']:.2%} after "
        f"{card['result']['epochs']} epochs"
        for card in cards
    ]
    figure.text(0.1, 0.05, "\n".join(results), fontsize=9)
    return figure


def success_page(measured: Mapping[str, Any], tasks: Sequence[str], title: str) -> Figure:
    """Success over epsilon of the three tasks against A, B and M, with Wilson's 95 % bands."""
    figure, axes = _page(title, len(tasks))
    for axis, task in zip(axes, tasks):
        for model in SERIES:
            rows = [
                row for row in measured["rates"] if row["attack"] == task and row["model"] == model
            ]
            epsilons = [row["epsilon"] for row in rows]
            bands = [wilson_interval(row["successes"], row["inputs"]) for row in rows]
            axis.plot(
                epsilons,
                [row["successes"] / row["inputs"] for row in rows],
                STYLES[model],
                color=SERIES[model],
                marker=".",
                label=f"model {model}",
            )
            axis.fill_between(epsilons, *zip(*bands), color=SERIES[model], alpha=0.2)
        axis.set(
            title=task, xlabel="epsilon, grey values of 255", ylabel="success", ylim=(-0.02, 1.02)
        )
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    return figure


def strips_page(
    strips: Mapping[str, UInt8[Tensor, "n 1 h w"]],
    captions: Mapping[str, Sequence[str]],
    title: str,
) -> Figure:
    """Rows of adversarial pictures at growing epsilon, the original first.

    Args:
        strips: name of a row to (N, 1, H, W) uint8.
        captions: name of a row to a line for each of its pictures.
        title: above the page.

    Returns:
        The figure.
    """
    figure = Figure(figsize=PAGE, layout="constrained")
    figure.suptitle(title, fontsize=13)
    columns = max(map(len, strips.values()))
    rows = figure.subplots(len(strips), columns, squeeze=False)
    for row, (name, pictures) in zip(rows, strips.items()):
        for axis in row:
            axis.set_axis_off()
        for axis, picture, text in zip(row, pictures, captions[name]):
            axis.imshow(picture[0].numpy(), cmap="gray", vmin=0, vmax=255)
            axis.set_title(text, fontsize=7)
        row[0].set_title(f"{name}\n{captions[name][0]}", fontsize=7, loc="left")
    return figure


def text_page(title: str, paragraphs: Sequence[str]) -> Figure:
    """A page of text; a paragraph that begins with a space is set in a fixed pitch."""
    figure = Figure(figsize=PAGE)
    figure.text(0.09, 0.95, title, fontsize=15, weight="bold", va="top")
    height = 0.91
    for paragraph in paragraphs:
        fixed = paragraph.startswith(" ")
        lines = textwrap.wrap(paragraph, 100 if fixed else 92) or [""]
        figure.text(
            0.09,
            height,
            "\n".join(lines),
            fontsize=8 if fixed else 10,
            va="top",
            family="monospace" if fixed else "sans-serif",
            linespacing=1.4,
        )
        height -= (0.0165 if fixed else 0.0205) * len(lines) + 0.012
    return figure


def write_pdf(path: Path, pages: Sequence[Figure]) -> None:
    """Write figures as the pages of one PDF, whole or not at all."""
    write_whole(path, pdf_bytes(pages))


def pdf_bytes(pages: Sequence[Figure]) -> bytes:
    """Figures as the pages of one PDF with embedded fonts; the same figures give the same bytes."""
    with matplotlib.rc_context({"pdf.fonttype": 42}), io.BytesIO() as file:
        with PdfPages(
            file, metadata={"CreationDate": None, "Title": "Convolutional networks: the homework"}
        ) as pdf:
            for page in pages:
                pdf.savefig(page)
        return file.getvalue()


def _page(title: str, axes: int) -> tuple[Figure, Any]:
    figure = Figure(figsize=PAGE)
    figure.suptitle(title, fontsize=13)
    figure.subplots_adjust(left=0.1, right=0.95, top=0.92, bottom=0.14, hspace=0.45)
    return figure, figure.subplots(axes, 1)
