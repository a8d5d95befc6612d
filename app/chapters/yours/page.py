"""Your layer: the report of a check of one's own homework, the wrong cells beside the right ones,
the curves of one's own training over ours, and the answers to a sheet of exercises.
"""

import streamlit as st

from app.chapters.yours import cells, curves, reports, sheet
from app.ui import blocks, bound, widgets, yours_words
from core.checking.results import Report, ReportError


def show(report: Report) -> None:
    """The report in the open view."""
    if view == yours_words.CURVES:
        curves.view(report)
    else:
        cells.view(report)


def nothing() -> None:
    """How a report is made."""
    blocks.ask("Check your homework with the line below, or choose a report at the left.")
    st.code(reports.COMMAND, language="bash")


def about_report() -> None:
    """The report that was chosen at the left, or what is wrong with it."""
    with st.sidebar:
        try:
            found, damage = reports.pick_report(), None
        except ReportError as error:
            found, damage = None, error
    if damage is not None:
        bound.hold()
        blocks.error_box(damage)
    elif found is None:
        nothing()
    else:
        show(found)


with blocks.title("Your layer", "Is it right, and if not, where?"):
    view = widgets.view()
if view == yours_words.SHEET:
    sheet.view()
else:
    about_report()
