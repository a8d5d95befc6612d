"""The view of the wrong cells: every part's verdict, and one question's case as linked grids."""

from __future__ import annotations

import math
from dataclasses import replace
from urllib.parse import parse_qs

import streamlit as st

from app.chapters.yours import case_scene
from app.chapters.yours.case_scene import CaseError, Drawn
from app.ui import blocks, bound, client, keys, literal, widgets
from app.ui.address import Name
from app.ui.grids import Scene
from app.ui.link_sentences import in_range
from core.checking.results import Finding, Part, Question, Report, State
from core.checking.words import Verdict, notes, remarks, told, verdict

SCENE = "yours_grids"  # of the component in the session
JUMPS = "yours jumps"  # in the session: how often the button was pressed
ICONS: dict[Verdict, str] = {
    "right": ":material/check_circle:",
    "wrong": ":material/cancel:",
    "failed": ":material/error:",
    "not asked": ":material/help:",
    "missing": ":material/remove:",
}
STATES: dict[State, str] = {
    "right": ":material/check_circle: right:",
    "wrong": ":material/cancel: wrong:",
    "failed": ":material/error: failed:",
    "beyond": ":material/remove: beyond the homework:",
    "not asked": ":material/remove: not asked:",
}
IN_COLUMN = 10  # questions
ICON, LETTERS = 6, 76  # letters that an icon takes, and that a row of parts has room for
ROW = 3.7  # rem of a row
PAGE = "convolution"  # the chapter that a finding's link opens


def view(report: Report) -> None:
    """The parts, and what is wrong with the chosen one."""
    there = {part.name: part for part in report.parts if part.target}
    if not there:
        blocks.ask("The file has no part of the homework: choose another report at the left.")
        return
    part = there[pick_part(there)]
    wrong = [one for one in part.counted if one.finding is not None] or told(part)
    if wrong:
        _question(part, wrong, _rows(there))
    else:
        _all_right(part)
    if report.notes:
        with st.sidebar, st.expander("Notes", icon=":material/notes:"):
            for note in notes(report):
                st.caption(literal.markdown(note))
    missing = [one.title for one in report.parts if one.target is None]
    end = f" Not in the file: {', '.join(missing)}." if missing else ""
    st.caption(literal.markdown(f"{report.file}, seed {report.seed}.{end}"))


def pick_part(there: dict[str, Part]) -> str:
    """The part to look at: the first with something wrong unless another one is chosen."""
    first = next((name for name, part in there.items() if verdict(part) != "right"), "")
    return str(
        widgets.choice(
            Name.PART,
            "Part",
            list(there),
            default=first or next(iter(there)),
            say=lambda name: f"{ICONS[verdict(there[name])]} {literal.markdown(there[name].title)}",
            wrap=True,
        )
    )


def _all_right(part: Part) -> None:
    widgets.only(Name.QUESTION, 1, "no question: nothing is wrong")
    widgets.only(Name.STEP, 1, "no cell: nothing is wrong")
    _every_question(part)
    for remark in remarks(part):
        st.caption(literal.markdown(f"Does not count, {remark}"))


def _rows(there: dict[str, Part]) -> int:
    """Rows that the parts take in the narrowest window of a projector."""
    return math.ceil(sum(len(part.title) + ICON for part in there.values()) / LETTERS)


def _every_question(part: Part) -> None:
    """What was asked, each with its verdict, in as many columns as there is room for."""
    lines = [f"{STATES[one.state]} {literal.markdown(one.name)}" for one in part.questions]
    with st.container(horizontal=True, key="every_question"):
        for start in range(0, len(lines), IN_COLUMN):
            st.markdown("  \n".join(lines[start : start + IN_COLUMN]), width="content")


def _question(part: Part, wrong: list[Question], rows: int) -> None:
    """One wrong answer: its sentence above the picture, below what to ask oneself."""
    question = wrong[pick_question(wrong) - 1]
    finding = question.finding
    if finding is None:
        return
    st.markdown(literal.markdown(finding.sentence))
    drawn = _drawn(part, finding)
    if drawn is None:
        widgets.only(Name.STEP, 1, "no cell: this question has none")
        _hint(finding)
        _every_question(part)
        return
    around = drawn.scene.around + ROW * (rows - 1)
    step = _grids(replace(drawn.scene, around=around), drawn.wrong)
    with st.container(horizontal=True, vertical_alignment="center", key="wrong_cells"):
        if len(drawn.wrong) > 1:
            st.button(
                f"Next of {len(drawn.wrong)} wrong cells",
                icon=":material/skip_next:",
                on_click=bound.callback(lambda: _go_on(drawn.wrong, step)),
            )
        _hint(finding)
    with st.sidebar:
        _link(finding)


def pick_question(wrong: list[Question]) -> int:
    """Which of the wrong answers, from 1."""
    numbers = list(range(1, len(wrong) + 1))
    if len(numbers) == 1:
        widgets.only(Name.QUESTION, 1, "1, the only one that is wrong")
        return 1
    with st.sidebar:
        return int(
            widgets.select(
                Name.QUESTION,
                f"{len(wrong)} answers are wrong",
                numbers,
                default=next((at for at, one in enumerate(wrong, 1) if _has_case(one)), 1),
                say=lambda at: wrong[at - 1].name,
                expected=in_range(1, len(wrong), whole=True),
            )
        )


def _has_case(question: Question) -> bool:
    return question.finding is not None and question.finding.case is not None


def _drawn(part: Part, finding: Finding) -> Drawn | None:
    """The picture of a finding; None: it has none, or one that cannot be drawn."""
    if finding.case is None:
        return None
    alt = f"{part.title}: the input, the window, our output and yours"
    try:
        return case_scene.draw(finding.case, finding.cell, alt=alt)
    except CaseError as error:
        blocks.error_box(error)
        return None


def _grids(scene: Scene, wrong: tuple[int, ...]) -> int:
    """The picture; returns its step."""
    keys.arrive(Name.STEP, 1, scene.steps)
    step = _step(scene.steps, wrong)
    jumps = st.session_state.get(JUMPS, 0)
    version = f"{bound.version()} {jumps}"
    data = scene.data(theme=blocks.theme(), step=step, pinned=jumps > 0, version=version)
    client.grids(data, key=SCENE, on_step=_take_step)
    return step


def _step(steps: int, wrong: tuple[int, ...]) -> int:
    """The cell of the link, or the one that was pinned last; at first the first wrong one."""
    last = max(1, steps)
    first = wrong[0] + 1 if wrong else 1
    step = widgets.unseen(
        Name.STEP,
        first,
        widgets.between(1, last),
        in_range(1, last, whole=True),
        fit=lambda step: min(max(1, step), last),
    )
    return int(step) - 1


def _go_on(wrong: tuple[int, ...], step: int) -> None:
    following = next((cell for cell in wrong if cell > step), wrong[0])
    st.session_state[JUMPS] = st.session_state.get(JUMPS, 0) + 1
    bound.put(Name.STEP, following + 1)


def _take_step() -> None:
    """A cell was pinned in the picture."""
    pinned = st.session_state[SCENE].get("step")
    if pinned:
        bound.put(Name.STEP, int(pinned["step"]) + 1)


def _hint(finding: Finding) -> None:
    """What to ask oneself."""
    if finding.hint:
        st.markdown(f":material/lightbulb: {literal.markdown(finding.hint)}", width="content")


def _link(finding: Finding) -> None:
    """Where the same case can be played with."""
    chapter, _, settings = finding.link.partition("?")
    if chapter == PAGE and settings:
        st.page_link(
            f"chapters/{PAGE}/page.py",
            label="The same case, to play with",
            icon=":material/arrow_forward:",
            query_params=parse_qs(settings),
        )
