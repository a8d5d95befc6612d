"""The homework's report, page by page: from the cards, the trained networks and the bundled
pictures alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from core import checkpoints, homework
from core.checkpoints import Checkpoint, results
from core.report import answers, figures
from core.report.document import MARGIN, PAGE, TITLE, Sheet, number_pages
from core.report.environment import own_settings
from core.report.sections import SECTIONS, Section, Sources, cam_maps


def pages(folder: str | Path = checkpoints.CHECKPOINTS) -> list[Figure]:
    """All pages of the report.

    Args:
        folder: with the checkpoints and the measured results.

    Raises:
        CheckpointError: one of them is missing or damaged.
        DatasetError: so is a bundled picture.
    """
    *_, (_, found) = drawn(folder)
    return found


def drawn(
    folder: str | Path = checkpoints.CHECKPOINTS,
) -> Iterator[tuple[float, list[Figure]]]:
    """As ``pages``, section by section.

    Args:
        folder: with the checkpoints and the measured results.

    Yields:
        The share of the sections that are drawn, and the pages: none before the last share.
    """
    with own_settings():
        sources = _read(Path(folder))
    inside: list[tuple[Section, list[Figure]]] = []
    for section in SECTIONS:
        yield len(inside) / len(SECTIONS), []
        with own_settings():
            sheet = Sheet(section.title)
            section.draw(sheet, sources)
        inside.append((section, sheet.figures))
    yield 1.0, _bound(sources, inside)


@own_settings()
def _bound(sources: Sources, inside: Sequence[tuple[Section, Sequence[Figure]]]) -> list[Figure]:
    """The sections behind the first page, all pages numbered."""
    front = _front(sources, inside, 1)
    if len(front) > 1:  # all numbers of pages move
        front = _front(sources, inside, len(front))
    found = [*front, *(figure for _, figures in inside for figure in figures)]
    number_pages(found)
    return found


@own_settings()
def cam_figures(loaded: Checkpoint, method: str, alpha: float) -> tuple[Figure, Figure]:
    """The homework's figures 5 and 6, of the bundled pictures, each by itself.

    Args:
        loaded: the ResNet.
        method: of the upsampling in the rows.
        alpha: of the blends.

    Returns:
        Rows of input, map and blend; one map in all interpolations.
    """
    maps = cam_maps(loaded)
    above = Sheet("Class activation maps", (PAGE[0], 2 * MARGIN + 9))
    figures.draw_cam_rows(above, maps.rows(method), alpha=alpha)
    below = Sheet(
        f"Interpolations: {maps.names[0]}".replace("\n", " "), (PAGE[0], 2 * MARGIN + 4.7)
    )
    figures.draw_interpolations(below, maps.images[0], maps.first(), alpha=alpha)
    return above.figures[0], below.figures[0]


def _read(folder: Path) -> Sources:
    return Sources(
        cards={name: checkpoints.load_card(name, folder) for name in homework.NETWORKS},
        measured=results.load(homework.ATTACK_RESULT, folder),
        loaded={
            name: checkpoints.load(name, folder)
            for name, row in homework.NETWORKS.items()
            if row.weights != "none"
        },
    )


def _front(
    sources: Sources, inside: Sequence[tuple[Section, Sequence[Figure]]], before: int
) -> list[Figure]:
    """The first page: what was reached, where each question is answered, and how all was made."""
    sheet = Sheet(TITLE)
    sheet.text(
        "Reference solution. Every number and every picture here is made by one command from the "
        "trained networks and the measured results, as said below."
    )
    sheet.heading("What was reached")
    rows = []
    for card in sources.cards.values():
        network, result = homework.NETWORKS[card["name"]], card["result"]
        asked = network.homework_accuracy
        rows.append(
            (
                network.title,
                f"{card['parameters']:,}",
                str(result["epochs"]),
                f"{result['validation_accuracy']:.2%}",
                f"{asked:.0%}" if asked else "–",
            )
        )
    head = ("network", "parameters", "epochs", "validation accuracy", "asked")
    sheet.table(head, rows, (0, -3.9, -4.6, -6.1, -sheet.width))
    sheet.heading("What the homework asks, and where it is answered")
    answered, page = [], before + 1
    for section, found in inside:
        answered += [(question, str(page)) for question in section.questions]
        page += len(found)
    sheet.table(("question", "page"), answered, (0, -sheet.width))
    sheet.heading("How it was made")
    for line in answers.origins([*sources.cards.values(), sources.measured]):
        sheet.text(line, size=8, mono=True)
    return sheet.figures
