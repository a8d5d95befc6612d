"""What this is, where to go, and what each trained network reached."""

from urllib.parse import quote

import streamlit as st

from app.stage import lectures as lecture_files
from app.stage import links, rooms_open
from app.ui import blocks, literal, networks, results, title_pictures
from core import glossary
from core.chapters import TITLES
from core.checkpoints import CheckpointError, CheckpointFacts
from core.homework import NETWORKS
from core.lecture import reading
from core.lecture.block import LectureError

REPORT = "report"  # key of its button
CHAPTERS = (
    ("convolution", "One number of the output is a window times a kernel, summed."),
    ("networks", "What each layer makes of a picture: its maps, shapes and costs."),
    ("training", "How networks learn from mistakes, and which ones stay."),
    ("cam", "Which places speak for a class, and how they add up."),
    ("attack", "How small a change makes a network see another digit."),
)


def chapter(number: int, name: str, text: str) -> None:
    """One card, which is pressed as a whole: what the chapter shows, and what is learned there."""
    with st.container(border=True, key=f"card_{name}", gap="xsmall", height="stretch"):
        address, says = title_pictures.picture(name, blocks.theme())
        if address:
            st.image(address, alt=says, width="stretch")
        st.page_link(
            f"chapters/{name}/page.py",
            label=f"**{number} {TITLES[name]} :material/arrow_forward:** {text}",
        )


def lectures() -> None:
    """Every lecture of this copy, to give it, and the code of the room that votes now."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="lectures"):
        with st.container(gap="xsmall", key="give"):
            for name in reading.names():
                lecture(name)
            st.caption(
                "A lecture opens in a window for the projector: PageDown goes on, N opens your "
                "notes, Esc leaves."
            )
        room = rooms_open.latest()
        if room:
            st.html(room.html(), width="content")


def lecture(name: str) -> None:
    """A lecture's button and length, or what is wrong with its file."""
    try:
        read = lecture_files.lecture(name)
    except LectureError as error:
        blocks.mend_box(error)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.link_button(
            "Give the lecture",
            links.address(f"present?lecture={quote(name, safe='')}"),
            icon=":material/co_present:",
        )
        title, minutes = literal.markdown(read.title), f"{read.minutes:g} minutes"
        st.markdown(f"**{title}**, {len(read.states)} pictures, {minutes}", width="content")


def network(facts: CheckpointFacts) -> None:
    """One card: what the network reached against what the homework asks, or how to get it."""
    with st.container(border=True, height="stretch", gap="xsmall", key=f"trained_{facts.name}"):
        st.markdown(f"**{facts.title}**")
        try:
            card = networks.card(facts.name)
            networks.model(facts.name)
        except CheckpointError as error:
            blocks.error_box(error)
            return
        result, asked = card["result"], card["homework_accuracy"]
        st.metric(
            "Validation accuracy",
            f"{result['validation_accuracy']:.2%}",
        )
        if asked is not None:
            reached = result["validation_accuracy"] >= asked
            icon = ":material/check_circle: reached" if reached else ":material/cancel: missed"
            st.markdown(f"homework asks {asked:.0%}, {icon}")
        st.caption(f"{result['epochs']} epochs, {card['parameters']:,} parameters")


@blocks.fragment
def report() -> None:
    """The report as a file. The browser waits for it from the click on; beside the button stands
    what it waits for, and then the file itself, which the server keeps for as long.
    """
    missing = ""
    try:
        results.check_report()
    except CheckpointError as error:
        missing = blocks.told(error)
    drawn = None
    with st.container(horizontal=True, vertical_alignment="center", key="report_line"):
        button = st.container(width="content")
        if not missing and st.session_state.get(REPORT):  # it has just been clicked
            with blocks.or_error():
                drawn = results.awaited_report()
    button.download_button(
        "The report, PDF",
        drawn or results.report_pdf,
        "report.pdf",
        "application/pdf",
        icon=":material/download:",
        key=REPORT,
        disabled=bool(missing),
        help=missing or None,
    )


@st.dialog("Glossary", width="large")
def terms() -> None:
    """Every term in one sentence; the term leads to where it is seen."""
    st.markdown(glossary.as_list(glossary.terms(), links.address("")))


blocks.title("Convolutional networks, step by step", "What does a network see in a picture?")
with st.container(horizontal=True, key="chapters"):
    for number, row in enumerate(CHAPTERS, 1):
        chapter(number, *row)
lectures()
with st.container(horizontal=True, vertical_alignment="center", key="trained"):
    st.markdown("**Trained networks in this copy**", width="content")
    st.caption("All pages compute with this copy; no internet needed.", width="content")
    report()
    st.page_link(
        "chapters/yours/page.py",
        label="Check your own homework",
        icon=":material/fact_check:",
        width="content",
    )
    if st.button("Glossary", icon=":material/menu_book:", type="tertiary", key="glossary"):
        terms()
trained = [facts for facts in NETWORKS.values() if facts.weights != "none"]
for column, facts in zip(st.columns(len(trained)), trained):
    with column:
        network(facts)
