"""The view of whether the network minds when what the map calls important is deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from app.chapters.cam import charts, questions
from app.chapters.cam.case import Case
from app.ui import blocks, heavy, literal, own_resnet
from app.ui.results import result
from core.faithfulness import SHARES

MEASURED = "cifar10_resnet_cam"


PIXEL_CURVES = heavy.question(
    questions.pixel_curves,
    lambda file, image, label, method: own_resnet.files_of(file),
    most=200,
)


def view(case: Case) -> None:
    """Delete what the map calls important, and look whether the network minds."""
    setting = case.setting
    asked = PIXEL_CURVES(case.network.file, case.picture.image, setting.label, setting.method)
    curves = heavy.value(asked, "Deleting and inserting pixels …")
    left, right = st.columns(2, gap="large")
    with left:
        chart("deleted", f"Deleted: {case.name} should fall fast", curves.deletion)
    with right:
        chart("inserted", f"Inserted: {case.name} should rise fast", curves.insertion)
    st.caption(
        f"{literal.markdown(case.subject)}; map of {case.name}, {setting.method}; a deleted pixel "
        "takes the colour that normalisation makes 0. Scattered holes disturb a network more than "
        "one hole of the same area: compare with shuffled cells."
    )
    if case.network.file is not None:  # what follows was measured with the one that ships
        return
    with blocks.or_error():
        st.markdown(charts.areas_line(result(MEASURED)))


def chart(done: str, title: str, curves: Mapping[str, Sequence[float]]) -> None:
    """The probability over the share of pixels that are "deleted" or "inserted"."""
    axis = f"share of pixels {done}"
    blocks.chart(
        charts.pixel_curves(curves, SHARES, title=title, axis=axis),
        key=f"cam_{done}",
        alt=f"{title}: probability over the {axis}",
    )
