"""A report on one screen: a line a part, hints before answers, nothing that a terminal obeys."""

from dataclasses import replace

from core.checking import words
from core.checking.results import Question
from tests.core.checking.reports import HINT, LINK, PARTS, flipped, part, report, right

ADDRESS = "http://localhost:8501/"


def test_every_part_has_one_line():
    lines = words.screen(right()).splitlines()
    assert len(lines) == 1 + len(PARTS)
    assert all(line.startswith("  right") for line in lines[1:])
    assert lines[0] == "homework.py, seed 3, 1.2 s"


def test_the_verdicts_are_words():
    verdicts = [words.verdict(one) for one in report().parts]
    assert verdicts == ["wrong", "right", "wrong", "failed", *["missing"] * 5]


def test_a_report_fits_a_screen_and_says_the_numbers():
    text = words.screen(report(), address=ADDRESS)
    lines = text.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= max(words.WIDTH, len(f"  {ADDRESS}{LINK}"))
    assert f"  {flipped().arithmetic}" in lines
    assert f"  {ADDRESS}{LINK}" in lines
    assert "my_mnist, line 10: It ran for 5 s without an end." in text
    assert "my_conv_layer, line 10: 1 of 1 right, 1 beyond the homework" in text
    assert "not found; --cam NAME names it" in text
    assert "  Line 80 was not run." in lines


def test_a_hint_comes_without_the_answer():
    text = words.screen(report(), hint=True, address=ADDRESS)
    assert HINT in text
    for answer in (flipped().sentence, flipped().arithmetic, "kernel-flipped", LINK):
        assert answer not in text


def test_what_is_hidden_is_not_told():
    one = replace(report(), parts=(part("conv", Question("x", "wrong", flipped(), hidden=True)),))
    for hint in (False, True):
        text = words.screen(one, hint=hint, address=ADDRESS)
        assert flipped().arithmetic not in text
        assert LINK not in text
    assert words.HIDDEN in words.screen(one)


def test_nothing_of_a_student_s_commands_a_terminal():
    finding = replace(flipped(), sentence="\x1b]0;x\x07", hint="\u202e", arithmetic="\x1b[2J")
    one = replace(
        report(), file="\x1b[2J.py", parts=(part("conv", Question("a\rb", "wrong", finding)),)
    )
    text = words.screen(one)
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(text)


def test_a_failure_is_told_before_a_wrong_answer_and_both_before_a_hidden_one():
    loop = replace(flipped(), sentence="It hung.")
    one = part(
        "conv",
        Question("a", "wrong", flipped(), hidden=True),
        Question("b", "wrong", flipped()),
        Question("c", "failed", loop),
    )
    assert words.worst(one).name == "c"
    assert words.worst(replace(one, questions=one.questions[:2])).name == "b"


def test_many_notes_leave_room_for_the_parts():
    one = replace(report(), notes=tuple(f"Note {number}." for number in range(50)))
    assert words.notes(one) == ["Note 0.", "Note 1.", "Note 2.", "and 47 more notes in the report"]
    assert "  Note 2." in words.screen(one).splitlines()
