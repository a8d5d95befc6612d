"""What this is, where to go, and what each trained network reached."""

import streamlit as st

from app.ui import blocks, networks, results
from core.checkpoints import CheckpointError, CheckpointFacts
from core.homework import NETWORKS

REPORT = "report"  # key of its button
CHAPTERS = (
    (
        "chapters/convolution/page.py",
        "Convolution",
        "One kernel slides over a digit: every product, every sum.",
    ),
    (
        "chapters/networks/page.py",
        "The networks",
        "Every layer of both, with its maps, shapes and numbers.",
    ),
    (
        "chapters/training/page.py",
        "Training",
        "How networks learn from their mistakes, epoch by epoch.",
    ),
    (
        "chapters/cam/page.py",
        "Where does it look?",
        "The places that speak for a class, and how they add up.",
    ),
    (
        "chapters/attack/page.py",
        "Fool the network",
        "How little it takes to make it see something else.",
    ),
)


def network(facts: CheckpointFacts) -> None:
    """One card: what the network reached against what the homework asks, or how to get it."""
    with st.container(border=True, height="stretch"):
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
        "The homework's report, PDF",
        drawn or results.report_pdf,
        "report.pdf",
        "application/pdf",
        icon=":material/download:",
        key=REPORT,
        disabled=bool(missing),
        help=missing or None,
    )


blocks.title("Convolutional networks, step by step", "What does a network see in a picture?")
with st.container(horizontal=True, key="chapters"):
    for number, (page, label, text) in enumerate(CHAPTERS, 1):
        with st.container(border=True):
            st.page_link(page, label=f"**{number} {label}**", icon=":material/arrow_forward:")
            st.markdown(text)
st.markdown("**Trained networks in this copy**")
trained = [row for row in NETWORKS.values() if row.weights != "none"]
for column, row in zip(st.columns(len(trained)), trained):
    with column:
        network(row)
report()
st.caption(
    "Everything on these pages is computed by the reference solution in this copy; no internet "
    "is needed."
)
