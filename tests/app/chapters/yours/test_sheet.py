"""The view of a sheet as Streamlit runs it: its exercises, what is said of answers, and when the
solution is shown.
"""

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from app.chapters.yours.sheet import RIGHT, WRONG
from core.sheets.exercise import LETTERS, Exercise, unbroken, written
from core.sheets.number import LAST_DAY, SheetNumber, encode
from tests.app.chapters.opened import open_chapter, texts

VIEW = "Check a sheet"
KINDS = ("cell", "residual")
LATER = SheetNumber(5, 1, KINDS, LAST_DAY)


def opened(number: SheetNumber = LATER, **link: str) -> AppTest:
    return open_chapter("yours", view=VIEW, sheet=encode(number), **link)


def answer(app: AppTest, exercise: Exercise, *answers: str) -> list[str]:
    """Fill in the fields in their order and check them; what is said beside each."""
    assert len(app.text_input) == len(exercise.blanks) + 1
    for field, text in zip(app.text_input[1:], answers):
        field.set_value(text)
    next(one for one in app.button if one.label == "Check").click().run()
    assert not app.exception
    return said(app)


def said(app: AppTest) -> list[str]:
    """What stands beside the fields."""
    lines = (one.value for one in app.markdown)
    return [line for line in lines if line[:2] == "**" and line[2] in LETTERS and "**" in line[3:5]]


def test_a_number_shows_its_exercises_with_a_field_for_every_answer_and_no_solution():
    app, (first, second) = opened(), LATER.exercises()
    assert [one.label for one in app.text_input[1:]] == [
        f"{letter}: {blank.text}" for letter, blank in zip(LETTERS, first.blanks)
    ]
    assert unbroken(first.text) in texts(app)
    cells = "".join(one.proto.body for one in app.get("html"))
    assert all(f">{cell}</td>" in cells for row in first.grids[0].rows for cell in row)
    assert not app.expander
    assert all(blank.rule not in texts(app) for blank in first.blanks)
    assert f"The solution is shown from {LAST_DAY.day} {LAST_DAY:%B %Y} on." in texts(app)
    app.button_group("yours.exercises.question").set_value(2).run()
    assert unbroken(second.text).split(" (")[0] in texts(app)
    assert app.query_params["question"] == "2"


def test_right_answers_are_right_and_a_wrong_one_has_the_mistake_that_gives_it():
    app, (exercise, _) = opened(), LATER.exercises()
    size, first, second = exercise.blanks
    mistake = first.mistakes[0]
    told = answer(app, exercise, written(size.right), written(mistake.value[0]), "x")
    assert f"{RIGHT} {written(size.right)} is right" in told[0]
    assert f"{WRONG} " in told[1]
    assert f"is wrong; the mistake behind it: {mistake.reason}" in told[1]
    assert "Expected a number such as −3 or 0.25, got “x”" in told[2]
    assert "1 of 3 answers are right" in "".join(one.proto.body for one in app.get("html"))
    every = [written(blank.right).replace("−", "-") for blank in (size, first, second)]
    assert all(RIGHT in line for line in answer(app, exercise, *every))


def test_a_field_that_is_still_empty_is_no_wrong_answer():
    app, (exercise, _) = opened(), LATER.exercises()
    answer(app, exercise, written(exercise.blanks[0].right), "", " ")
    said_below = "".join(one.proto.body for one in app.get("html"))
    assert "1 of 3 answers are right, 2 still empty" in said_below
    first = app.button_group("yours.exercises.question").proto.options[0]
    assert first.content_icon == ":material/edit:"
    answer(app, exercise, "7777", "", "")
    assert app.button_group("yours.exercises.question").proto.options[0].content_icon == WRONG


def test_what_was_answered_is_there_again_after_another_exercise():
    app, (exercise, other) = opened(), LATER.exercises()
    told = answer(app, exercise, "1", "2", "3")
    switch = app.button_group("yours.exercises.question")
    switch.set_value(2).run()
    assert len(app.text_input) == len(other.blanks) + 1
    assert {one.value for one in app.text_input[1:]} == {""}
    app.button_group("yours.exercises.question").set_value(1).run()
    assert [one.value for one in app.text_input[1:]] == ["1", "2", "3"]
    assert said(app) == told
    assert "answers" not in "".join(app.query_params)


def test_an_answer_is_kept_and_checked_without_the_button():
    app, (exercise, _) = opened(), LATER.exercises()
    size, first, _ = exercise.blanks
    app.text_input[1].set_value(written(size.right)).run()
    app.text_input[2].set_value(written(first.mistakes[0].value[0])).run()
    told = said(app)
    assert RIGHT in told[0]
    assert WRONG in told[1]
    app.button_group("yours.exercises.question").set_value(2).run()
    app.button_group("yours.exercises.question").set_value(1).run()
    assert app.text_input[1].value == written(size.right)
    assert said(app) == told


def test_a_number_is_typed_in_any_writing_and_a_slip_is_one_sentence():
    app = open_chapter("yours", view=VIEW)
    assert "Type it" in texts(app)
    name = encode(LATER)
    app.text_input[0].set_value(name.lower().replace("-", " ")).run()
    assert app.query_params["sheet"] == name
    assert unbroken(LATER.exercises()[0].text) in texts(app)
    wrong = "Z" if name[0] != "Z" else "Y"
    app.text_input[0].set_value(wrong + name[1:]).run()
    assert not app.exception
    (box,) = app.warning
    assert "the last two characters, which check the others, do not fit" in box.value
    assert f"Compare character 1, “{wrong}”" in box.value
    assert app.query_params["sheet"] == name  # the last one that could be read
    assert len(app.text_input) == 1


def test_a_link_with_a_slip_is_said():
    app = open_chapter("yours", view=VIEW, sheet="22222-22222-2222A")
    assert "The link's “sheet” is left out: There is a slip in this number" in texts(app)


@pytest.mark.parametrize(
    "number", [SheetNumber(5, 1, KINDS), SheetNumber(5, 1, KINDS, date(2026, 1, 1))]
)
def test_solutions_are_there_at_once_or_since_their_day(number: SheetNumber):
    app, (exercise, _) = opened(number), number.exercises()
    assert app.expander[0].label == "Solution"
    assert len(said(app)) == 2 * len(exercise.blanks)
    assert all(written(blank.right) in line for blank, line in zip(exercise.blanks, said(app)[3:]))
    (link,) = [one for one in app.get("page_link") if "The same step" in one.proto.label]
    assert "numbers=" in link.proto.query_string
    assert "with these numbers" in link.proto.label


def test_before_their_day_or_never_no_link_tells_an_answer():
    never = SheetNumber(5, 1, KINDS, never=True)
    for number in (LATER, never):
        app = opened(number)
        (link,) = [one for one in app.get("page_link") if "The same step" in one.proto.label]
        assert link.proto.page == "convolution"
        assert "numbers=" not in link.proto.query_string
        assert "step=" not in link.proto.query_string
        assert "stride=1" in link.proto.query_string
        assert not app.expander
    assert "The solution" not in texts(app)


@pytest.mark.parametrize(
    "kinds", [("relu", "im2col", "pooling", "chain"), ("cam", "attack", "rate")]
)
def test_other_kinds_are_shown_too(kinds: tuple[str, ...]):
    number = SheetNumber(7, 3, kinds)
    app = opened(number)
    for question, exercise in enumerate(number.exercises(), 1):
        app.button_group("yours.exercises.question").set_value(question).run()
        assert not app.exception
        assert len(app.text_input) == len(exercise.blanks) + 1
