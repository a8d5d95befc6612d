"""The view of a sheet: the exercises of its number, and whether the answers are right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from urllib.parse import parse_qs

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.chapters.yours import sheet_grids
from app.ui import blocks, bound, literal, rooms, widgets, yours_words
from app.ui.address import Name
from core.sheets.answers import UNKNOWN, Checked, check
from core.sheets.exercise import LETTERS, Blank, Exercise, unbroken, written
from core.sheets.kinds import make
from core.sheets.number import NumberError, SheetNumber, decode, encode

ANSWERS = "answers to sheets"  # in the session: (number, question) to what stands in the fields
COMMAND = "python train_all.py sheets --students FILE"
MOST_SHEETS = 50  # exercises whose answers a visit keeps
LONGEST = 20  # characters of an answer
RIGHT, WRONG, OPEN = ":material/check_circle:", ":material/cancel:", ":material/edit:"
Texts = tuple[str, ...]  # of one exercise's fields


def view() -> None:
    """The field for the number, and below it the sheet."""
    bound.check(Name.SHEET, decode)
    line = st.container(horizontal=True, key="sheet_line", gap="medium")
    with line, rooms.room("sheet", "number"):
        typed = widgets.text(
            Name.SHEET,
            "Number of your sheet",
            link=_readable,
            placeholder="like 7K2PA-QX4RT-ZBBGU",
        )
    number = _decoded(typed)
    if number is None:
        bound.hold()
        _nothing()
    else:
        _sheet(number, line)


def _nothing() -> None:
    """What a number is for, and how sheets are made."""
    st.markdown(
        "It stands at the top right of your sheet. Type it: then the exercises are here, with a "
        "field for every answer."
    )
    st.caption("A teacher makes the sheets of a class with this line:")
    st.code(COMMAND, language="bash", wrap_lines=True)


def _decoded(typed: str) -> SheetNumber | None:
    """The sheet, or what is wrong with its number."""
    if not typed.strip():
        return None
    try:
        return decode(typed)
    except NumberError as error:
        blocks.mend_box(error)
        return None


def _readable(text: str) -> str:
    """The number for the address, as it stands on the sheet; of one with a slip the last one."""
    try:
        return encode(decode(text)) if text.strip() else ""
    except NumberError:
        return bound.last_read(Name.SHEET, "")


def _sheet(number: SheetNumber, line: DeltaGenerator) -> None:
    """The chosen exercise: what is asked at the left, the answers at the right."""
    name = encode(number)
    with line:
        question = _pick_question(number, name)
    exercise = make(number.kinds[question - 1], str(number.student), number.level)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{question} {literal.markdown(exercise.title)}**")
        st.markdown(literal.markdown(unbroken(exercise.text)))
        st.html(sheet_grids.html(exercise))
        count = len(number.kinds)
        st.caption(f"Sheet {name}, level {number.level}, exercise {question} of {count}.")
        _way(number, exercise)
    with right:
        _fields(exercise, (name, question))
        _solution(number, exercise)


def _pick_question(number: SheetNumber, name: str) -> int:
    """The exercise to look at, from 1; each says whether its answers are right."""
    numbers = list(range(1, len(number.kinds) + 1))
    if len(numbers) == 1:
        widgets.only(Name.QUESTION, 1, "1, the only one", part=yours_words.EXERCISES)
        return 1

    labels = {one: f"{_icon(number, (name, one))} {one}".strip() for one in numbers}
    return int(
        widgets.choice(
            Name.QUESTION,
            "Exercise",
            numbers,
            say=lambda question: labels[question],
            part=yours_words.EXERCISES,
            labelled=True,
        )
    )


def _icon(number: SheetNumber, place: tuple[str, int]) -> str:
    """Of an exercise that was checked."""
    texts = _answers().get(place)
    if texts is None:
        return ""
    exercise = make(number.kinds[place[1] - 1], str(number.student), number.level)
    if _count(exercise, texts) == len(texts):
        return RIGHT
    return OPEN if _count(exercise, texts) + _open(texts) == len(texts) else WRONG


def _answers() -> dict[tuple[str, int], Texts]:
    found: dict[tuple[str, int], Texts] = st.session_state.setdefault(ANSWERS, {})
    return found


def _fields(exercise: Exercise, place: tuple[str, int]) -> None:
    """A field for each blank; below it whether it is right. An answer is kept and checked when its
    field is left: a form would lose what was typed when somebody looks at something else.
    """
    texts = _answers().get(place)
    keys = [f"answer {letter} {place[1]} {place[0]}" for letter, _ in _blanks(exercise)]
    on_change = bound.callback(lambda: _keep(place, keys))
    for (letter, blank), key, text in zip(
        _blanks(exercise), keys, texts or ("",) * len(exercise.blanks)
    ):
        _field(letter, blank, key, text, on_change)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Check", icon=":material/done_all:", on_click=on_change)
        if texts:
            said = _counted(exercise, texts)
            st.html(f'<p role="status" style="margin: 0">{said}</p>', width="content")


def _blanks(exercise: Exercise) -> list[tuple[str, Blank]]:
    return list(zip(LETTERS, exercise.blanks))


def _field(letter: str, blank: Blank, key: str, text: str, on_change: Callable[[], None]) -> None:
    asked = literal.markdown(blank.text)
    st.session_state.setdefault(key, text)  # as an argument it would cost the field its focus
    with st.container(horizontal=True, vertical_alignment="center", key=f"blank {key}"):
        with rooms.room("answer", key):
            st.text_input(
                f"{letter}: {asked}",
                max_chars=LONGEST,
                key=key,
                label_visibility="collapsed",
                autocomplete="off",
                on_change=on_change,
            )
        said = f"  \n{_verdict(blank, text)}" if text.strip() else ""
        st.markdown(f"**{letter}** {asked}{said}")


def _verdict(blank: Blank, text: str) -> str:
    """What is said of an answer, with the known mistake that gives it."""
    typed = literal.markdown(text.strip().replace("-", "−"))
    try:
        found = check(blank, text)
    except ValueError as error:
        return f":material/edit: {literal.markdown(error)}"
    if found.is_right:
        return f"{RIGHT} {typed} is right"
    if found.reasons == (UNKNOWN,):
        return f"{WRONG} {typed} is wrong: {UNKNOWN}"
    return f"{WRONG} {typed} is wrong; the mistake behind it: {literal.markdown(_reasons(found))}"


def _reasons(found: Checked) -> str:
    return ", or ".join(f"{reason[:1].lower()}{reason[1:]}" for reason in found.reasons)


def _count(exercise: Exercise, texts: Texts) -> int:
    """How many answers are right."""
    right = 0
    for blank, text in zip(exercise.blanks, texts):
        try:
            right += check(blank, text).is_right
        except ValueError:
            continue
    return right


def _open(texts: Texts) -> int:
    """How many fields are still empty."""
    return sum(not text.strip() for text in texts)


def _counted(exercise: Exercise, texts: Texts) -> str:
    """How many answers are right, and how many are still to come."""
    said = f"{_count(exercise, texts)} of {len(texts)} answers are right"
    return f"{said}, {_open(texts)} still empty" if _open(texts) else said


def _keep(place: tuple[str, int], keys: Sequence[str]) -> None:
    """Take over what stands in the fields."""
    answers = _answers()
    answers.pop(place, None)
    answers[place] = tuple(str(st.session_state.get(key, "")) for key in keys)
    while len(answers) > MOST_SHEETS:
        answers.pop(next(iter(answers)))


def _way(number: SheetNumber, exercise: Exercise) -> None:
    """Where the app shows how it is done: with these very numbers only where solutions are."""
    is_open = number.is_open(date.today())
    chapter, _, settings = (exercise.link if is_open else exercise.hint).partition("?")
    told = "with these numbers" if is_open and exercise.exact else "with other numbers"
    st.page_link(
        f"chapters/{chapter}/page.py",
        label=f"The same step in the app, {told}",
        icon=":material/arrow_forward:",
        query_params=parse_qs(settings),
    )


def _solution(number: SheetNumber, exercise: Exercise) -> None:
    """The answers and how they come out, folded away, as soon as the teacher lets them be seen."""
    if number.is_open(date.today()):
        with st.expander("Solution", icon=":material/key:"):
            for letter, blank in _blanks(exercise):
                rule = literal.markdown(unbroken(blank.rule))
                st.markdown(f"**{letter}** {written(blank.right)}: {rule}")
    elif number.after is not None:
        st.caption(f"The solution is shown from {number.after.day} {number.after:%B %Y} on.")
