"""core.report.guide: the instructor's guide to a lecture."""

import io
from dataclasses import replace

import pypdfium2
from PIL import Image

from core.lecture.states import Lecture, State, Vote
from core.report import document
from core.report.guide import clock, guide, minutes_text

VOTE = Vote(("one", "two", "three", "four"), 2, ("no one", "no two", "", "no four"), asked=True)
STATE = State(
    title="A <b>window</b> for $5",
    link="convolution",
    say="Look at $x^2$.",
    ask="What comes out?",
    answer="Three.",
    minutes=1.5,
    misconception="Nothing comes out.",
    vote=VOTE,
)


def texts(lecture: Lecture, pictures: list[bytes]) -> list[str]:
    """The text of each page."""
    pdf = pypdfium2.PdfDocument(document.pdf_bytes(guide(lecture, pictures), lecture.title))
    found = [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in pdf]
    pdf.close()
    return found


def red() -> bytes:
    with io.BytesIO() as file:
        Image.new("RGB", (128, 72), "red").save(file, "png")
        return file.getvalue()


def test_a_guide_has_the_plan_and_every_word() -> None:
    aloud = replace(STATE, title="Aloud", minutes=1, vote=None)
    plan, states = texts(Lecture("A lecture", 3, (STATE, aloud)), [red(), b""])
    assert plan.startswith(
        "A lecture\n2 states of 2.5 minutes together, planned for 3 minutes. Votes: 1;"
    )
    assert "1 A <b>window</b> for $5 0:00 1.5 asked" in plan
    assert "2 Aloud 1:30 1 –" in plan
    for text in (
        "1 A <b>window</b> for $5 · 1.5 minutes",
        "Say: Look at $x^2$.",
        "Ask: What comes out?",
        "Answer: Three.",
        "Meets: Nothing comes out.",
        "A · one",
        "no one",
        "C · three ✓ right",
        "no four",
        "The vote opens by itself.",
        "2 Aloud · 1 minute",
    ):
        assert text in states


def test_a_state_stays_on_one_page() -> None:
    long = replace(STATE, answer="Because it is so. " * 30, vote=None)
    several = [replace(long, title=f"State {number}") for number in range(3)]
    _plan, *pages = texts(Lecture("A lecture", 45, tuple(several)), [b""] * 3)
    for number in range(3):
        (page,) = [page for page in pages if f"State {number} ·" in page]
        after = page.partition(f"State {number} ·")[2]
        assert after.index("Say:") < after.index("Meets:")


def test_the_picture_is_in_the_guide() -> None:
    found = guide(Lecture("A lecture", 3, (STATE, STATE)), [red(), b""])
    assert [len(axes.images) for axes in found[1].axes] == [1, 0]


def test_minutes_are_told_as_a_clock_shows_them() -> None:
    assert [clock(minutes) for minutes in (0, 1.5, 61.25)] == ["0:00", "1:30", "61:15"]
    assert [minutes_text(minutes) for minutes in (1, 0.5, 2)] == [
        "1 minute",
        "0.5 minutes",
        "2 minutes",
    ]
