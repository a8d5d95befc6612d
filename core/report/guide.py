"""The instructor's guide to a lecture: its plan, then each state with its picture and words."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from core.lecture.states import Lecture, State, Vote
from core.report.document import BELOW_TEXT, INK, LEADING, PALE, Sheet, number_pages, wrapped
from core.report.environment import own_settings

PICTURE = 4.1  # width in inches
BESIDE = PICTURE + 0.2  # where the vote begins
INDENT = 0.2  # of what a choice means
SIZE = 9.0  # points of what stands beside a picture
LETTERS = "ABCD"
PLAN = (0.0, 0.35, -4.9, -5.6, -6.67)  # edges of the columns of the plan


@own_settings()
def guide(lecture: Lecture, pictures: Sequence[bytes]) -> list[Figure]:
    """The pages of the guide.

    Args:
        lecture: that is given.
        pictures: of each state, a PNG file; b"" where there is none.
    """
    sheet = Sheet(lecture.title)
    _plan(sheet, lecture)
    pages = [*sheet.figures]
    sheet = Sheet("State by state")
    for number, (state, picture) in enumerate(zip(lecture.states, pictures, strict=True), 1):
        _draw(sheet, number, state, picture)
    pages += sheet.figures
    number_pages(pages)
    return pages


def minutes_text(minutes: float) -> str:
    """Minutes in words."""
    return f"{minutes:g} minute{'' if minutes == 1 else 's'}"


def clock(minutes: float) -> str:
    """Minutes since the beginning as a clock shows them."""
    seconds = round(60 * minutes)
    return f"{seconds // 60}:{seconds % 60:02d}"


def _plan(sheet: Sheet, lecture: Lecture) -> None:
    total = sum(state.minutes for state in lecture.states)
    votes = [state.vote for state in lecture.states if state.vote]
    asked = sum(vote.asked for vote in votes)
    sheet.text(
        f"{len(lecture.states)} states of {minutes_text(total)} together, planned for "
        f"{minutes_text(lecture.minutes)}. Votes: {len(votes)}; {asked} of them open by "
        "themselves, the others wait for a key."
    )
    rows, begin = [], 0.0
    for number, state in enumerate(lecture.states, 1):
        vote = ("asked" if state.vote.asked else "ready") if state.vote else "–"
        title = wrapped(state.title, 4.0, 8.5)[0]
        rows.append((f"{number}", title, clock(begin), f"{state.minutes:g}", vote))
        begin += state.minutes
    sheet.table(("", "state", "begins", "minutes", "vote"), rows, PLAN)


def _draw(sheet: Sheet, number: int, state: State, picture: bytes) -> None:
    """A state: the picture with the vote beside it, and the words below."""
    words = [
        f"Say: {state.say}",
        f"Ask: {state.ask}",
        f"Answer: {state.answer}",
        f"Meets: {state.misconception}",
    ]
    beside = _vote_lines(state.vote, sheet.width - BESIDE) if state.vote else []
    line = SIZE * LEADING / 72
    height = max(PICTURE * 9 / 16, len(beside) * line) + 0.12
    below = sum(sheet.text_height(text) for text in words)
    sheet.heading(f"{number} {state.title} · {minutes_text(state.minutes)}", keep=height + below)
    sheet.held = None
    _draw_picture(sheet, picture)
    top = sheet.top
    for indent, text, color, weight in beside:
        sheet.write(BESIDE + indent, text, size=SIZE, color=color, weight=weight)
        sheet.space(line)
    sheet.top = top
    sheet.space(height)
    for text in words:
        sheet.text(text)
    sheet.space(BELOW_TEXT)


def _draw_picture(sheet: Sheet, picture: bytes) -> None:
    axes = sheet.axes(0, PICTURE, PICTURE * 9 / 16)
    axes.set_axis_on()
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set(visible=True, color=PALE, linewidth=0.5)
    if picture:
        pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
        axes.imshow(pixels, aspect="auto")


def _vote_lines(vote: Vote, width: float) -> list[tuple[float, str, str, str]]:
    """Each line of the vote, with its indent, colour and weight: a choice, below it what it means,
    and at the end how the vote opens.
    """
    lines = []
    for letter, choice, wrong in zip(LETTERS, vote.choices, vote.wrong, strict=True):
        text, weight = (f"{choice} ✓ right", "bold") if not wrong else (choice, "normal")
        for line in wrapped(f"{letter} · {text}", width, SIZE, weight=weight):
            lines.append((0.0, line, INK, weight))
        for line in filter(None, wrapped(wrong, width - INDENT, SIZE)):
            lines.append((INDENT, line, PALE, "normal"))
    opens = "The vote opens by itself." if vote.asked else "The vote waits for a key."
    return [*lines, (0.0, opens, PALE, "normal")]
