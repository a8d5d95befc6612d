"""A report on one screen: a line a part, hints before answers, nothing that a terminal obeys."""

from dataclasses import replace

import pytest

from core.checking import finding, words
from core.checking.hidden import for_student, hints_only
from core.checking.results import BY_HAND, Found, Question
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


def test_a_report_says_the_numbers_of_every_part_that_is_wrong():
    text = words.screen(report(), address=ADDRESS, elsewhere="The rest is elsewhere.")
    lines = text.splitlines()
    assert "Convolution, function, values:" in lines
    assert "  1 more answer is wrong" in lines
    assert "Max pooling, padding:" in lines
    assert "Small CNN, shapes:" in lines
    assert lines[-1] == "The rest is elsewhere."
    assert f"  {flipped().arithmetic}" in lines
    assert f"  {ADDRESS}{LINK}" in lines
    assert "my_mnist, line 10: It ran for 5 s without an end." in text
    assert "my_conv_layer, line 10: 1 of 1 right, 1 beyond the homework" in text
    assert "not found; --cam NAME names it" in text
    assert "  Line 80 was not run." in lines


def test_a_hint_comes_without_the_answer():
    text = words.screen(hints_only(report()), address=ADDRESS)
    assert HINT in text
    for answer in (flipped().sentence, flipped().arithmetic, "kernel-flipped", LINK):
        assert answer not in text


def test_what_is_hidden_is_not_told():
    one = replace(report(), parts=(part("conv", Question("x", "wrong", flipped(), hidden=True)),))
    for shown in (one, hints_only(one), for_student(one)):
        text = words.screen(shown, address=ADDRESS)
        assert flipped().arithmetic not in text
        assert LINK not in text
    assert words.HIDDEN in words.screen(one)


def test_nothing_of_a_student_s_commands_a_terminal():
    odd = replace(flipped(), sentence="\x1b]0;x\x07", hint="\u202e", arithmetic="\x1b[2J")
    one = replace(
        report(), file="\x1b[2J.py", parts=(part("conv", Question("a\rb", "wrong", odd)),)
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
    assert [question.name for question in words.told(one)] == ["c", "b", "a"]


def test_a_ready_made_layer_and_a_bug_with_a_name_are_told_before_a_failure():
    unnamed = replace(flipped(), bug=None)
    one = part(
        "conv",
        Question("failed", "failed", unnamed),
        Question("wrong", "wrong", unnamed),
        Question("named", "wrong", flipped()),
        Question(BY_HAND, "wrong", unnamed),
    )
    names = [question.name for question in words.told(one)]
    assert names == [BY_HAND, "named", "failed", "wrong"]


def test_a_part_that_could_not_be_asked_says_why():
    why = replace(flipped(), sentence="It is a class.", arithmetic="", hint="", link="")
    rest = (Question("b", "not asked"), Question("c", "not asked"))
    one = part("cam", Question("a map comes", "beyond", why), *rest)
    lines = words.screen(replace(report(), parts=(one,), notes=())).splitlines()
    assert lines[1].split()[:2] == ["not", "asked"]
    assert lines[1].endswith("my_cam, line 10: It is a class.")
    assert lines[3:] == ["Class activation maps, a map comes:", "  It is a class."]


def test_what_was_seen_beyond_the_homework_is_told_of_a_right_part():
    seen = replace(flipped(), sentence="It relies on its caller.")
    questions = [Question("values", "right"), Question("mode", "beyond", seen)]
    one = replace(report(), parts=(part("cam", *questions),), notes=())
    assert words.screen(one).splitlines()[3:] == [
        "Class activation maps:",
        "  Does not count, mode: It relies on its caller.",
    ]
    assert words.remarks(part("cam", Question("x", "beyond", seen, hidden=True))) == []
    wrong = part("cam", *questions, Question("shows", "wrong", flipped()))
    assert "relies" not in words.screen(replace(one, parts=(wrong,)))


def test_what_was_not_asked_beside_right_answers_is_named():
    one = part("conv_layer", Question("values", "right"), Question("its start", "not asked"))
    assert words.verdict(one) == "wrong"
    assert words.details(one) == ["Convolution, layer:", "Not asked: its start"]


@pytest.mark.parametrize("name", PARTS)
def test_a_name_that_a_missing_part_is_told_is_found(name):
    kind, _, examples = words.LOOKED_FOR[name].partition(" such as ")
    for example in examples.split(" or "):
        one = found(example, "function" if kind == "function" else "class", name)
        assert finding.find((one,), {})[0].get(name) == one


def found(name, kind, part_name):
    arguments = {
        "conv": ("input", "weight", "bias", "stride", "padding"),
        "conv_layer": ("in_channels", "out_channels", "kernel_size"),
        "pool_layer": ("kernel_size",),
        "cam": ("model", "image"),
        "attack": ("model", "image", "label"),
        "targeted": ("model", "image", "target_class"),
        "improved": ("model", "image", "label"),
    }.get(part_name, ())
    return Found(name, kind, 1, arguments, len(arguments))


def test_many_notes_leave_room_for_the_parts():
    one = replace(report(), notes=tuple(f"Note {number}." for number in range(50)))
    assert words.notes(one) == ["Note 0.", "Note 1.", "Note 2.", "and 47 more notes in the report"]
    assert "  Note 2." in words.screen(one).splitlines()
