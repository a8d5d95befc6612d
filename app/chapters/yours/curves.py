"""The view of the curves: a student's own training over ours."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.ui import blocks, curve_charts, literal, widgets, yours_words
from app.ui.address import Name
from app.ui.networks import card
from app.ui.own_history import reached, records
from core.checking.results import Report

WIDTHS = (54, 46)  # of the two columns
COMMAND = "python train_all.py check FILE --history history.csv"
HOW = "This report has no training: check your file again with the line below."


def view(report: Report) -> None:
    """Accuracy large, loss beside it."""
    if not report.history:
        blocks.ask(HOW)
        st.code(COMMAND, language="bash")
        return
    with blocks.or_error():
        chosen = widgets.choice(
            Name.NETWORK,
            "Network",
            yours_words.TRAINED,
            say=lambda name: yours_words.TITLES[yours_words.TRAINED.index(name)],
        )
        _charts(report, card(chosen))


def _charts(report: Report, ours: dict[str, Any]) -> None:
    runs = {"yours": records(report.history), "ours": ours["history"]}
    left, right = st.columns(WIDTHS, gap="large")
    for column, quantity in ((left, "accuracy"), (right, "loss")):
        is_accuracy = quantity == "accuracy"
        spec = curve_charts.curves(
            runs,
            quantity,
            goal=ours["homework_accuracy"] if is_accuracy else None,
            legend=is_accuracy,
        )
        with column:
            blocks.chart(
                spec,
                key=f"yours_{quantity}",
                alt=f"{quantity} over the epochs, of your training and of ours",
            )
    st.caption(literal.markdown(f"{report.file}: {reached(report.history)}. {_ours(ours)}"))


def _ours(ours: dict[str, Any]) -> str:
    reached = ours["result"]["validation_accuracy"]
    epochs = ours["result"]["epochs"]
    return f"Ours: {ours['title']}, {epochs} epochs, validation accuracy {reached:.2%}."
