"""Measured results, and the report that is made from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from app.ui import heavy
from app.ui.beside.answers import Answer
from app.ui.cache import cached
from core import checkpoints, homework
from core.checkpoints import results
from core.checkpoints.files import epoch_file

DRAWN = 0.8  # of the time that a report takes; the rest writes its file


def result_files(name: str) -> list[Path]:
    """The file of a measured result."""
    return [results.path(name, checkpoints.CHECKPOINTS)]


@cached(result_files)
def result(name: str) -> dict[str, Any]:
    """A measured result.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    return results.load(name, checkpoints.CHECKPOINTS)


def is_measured_untrained(card: dict[str, Any]) -> bool:
    """Whether there is a result of a network before its first step, readable or not."""
    name = homework.UNTRAINED.get(card["name"])
    return bool(name and card["epoch_weights"] and result_files(name)[0].exists())


def untrained(card: dict[str, Any]) -> dict[str, Any]:
    """What a network made of the pictures that it is validated on before its first step.

    Args:
        card: of the network.

    Raises:
        CheckpointError: the result is missing, damaged, or of other initial weights.
    """
    name = homework.UNTRAINED[card["name"]]
    found = result(name)
    if found["initial"] != card["epoch_weights"][epoch_file(0)]:
        raise checkpoints.CheckpointError(
            f"The result {result_files(name)[0]} is of other initial weights than those that "
            f"{card['name']} was trained from",
            repair=homework.RESULTS[name].command,
        )
    return found


def _all_cards() -> list[Path]:
    folder = checkpoints.CHECKPOINTS
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


@cached(_all_cards, most=2)
def check_report() -> None:
    """Read the cards and results that the report is made from, in some milliseconds.

    Raises:
        CheckpointError: one of them is missing or damaged.
    """
    for name in homework.NETWORKS:
        checkpoints.load_card(name, checkpoints.CHECKPOINTS)
    for name in (homework.CAM_RESULT, homework.ATTACK_RESULT):
        results.load(name, checkpoints.CHECKPOINTS)


def drawn_report(folder: str) -> Iterator[tuple[float, bytes]]:
    """The homework's report as a PDF; takes some ten seconds.

    Args:
        folder: of the checkpoints.

    Yields:
        The share of the work that is done, and the file: empty before the last share.

    Raises:
        CheckpointError: something that it is made from is missing or damaged.
    """
    from core.report import document, pages  # matplotlib, which no page needs

    for share, found in pages.drawn(Path(folder)):
        yield DRAWN * share, b""
        if found:
            yield 1.0, document.pdf_bytes(found)


REPORT = heavy.question(drawn_report, lambda folder: _all_cards(), most=2)


def awaited_report() -> bytes:
    """The homework's report; until it is there the page says what it waits for.

    Raises:
        CheckpointError: something that it is made from is missing or damaged.
        EndedError: the process that drew it has ended.
    """
    return _file(heavy.values(_report(), lambda done: (_share(done), "Drawing the report …")))


def report_pdf() -> bytes:
    """The same where no page waits for it, but a browser.

    Raises:
        CheckpointError: something that it is made from is missing or damaged.
        EndedError: the process that drew it has ended.
    """
    return _file(_report().whole())


def _report() -> Answer[tuple[float, bytes]]:
    return REPORT(str(checkpoints.CHECKPOINTS))


def _share(done: Sequence[tuple[float, bytes]]) -> float:
    return done[-1][0] if done else 0.0


def _file(values: Iterable[tuple[float, bytes]]) -> bytes:
    *_, (_, found) = values
    return found
