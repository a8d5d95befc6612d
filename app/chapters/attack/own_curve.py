"""A person's own network on every 1 among the test digits: how often task 3 makes an 8 of them,
beside models A and B.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from app.chapters.attack import charts, findings, questions
from app.ui import blocks, bound, heavy, images, literal, networks
from app.ui.networks import AttackedNetwork, Source
from app.ui.results import result
from core import homework
from core.data.checked import is_present
from core.data.facts import data_folder

KEY = "own curve"  # in the session: of which network it is asked for
TASK, EPSILONS = homework.THIRD, homework.EPSILONS
LABEL = "Measure its success curve: task 3 on every 1 of the test set"
WITHOUT = (
    "With all of MNIST in the data folder (`python train_all.py data mnist`), the success curve of "
    "this network over all test digits that are a 1 is measured here."
)


def _files(source: Source, _: float) -> list[Path]:
    return [*networks.source_files(source), *images.sample_files()]


RATE = heavy.question(questions.rate_of_ones, _files, most=20 * len(EPSILONS))


@blocks.or_error()
def view(network: AttackedNetwork) -> None:
    """A button, and once it was pressed the curve, or while that is measured a button to stop.

    Args:
        network: of a person's own.
    """
    if network.source is None or not is_present("mnist", data_folder()):
        st.markdown(WITHOUT)
        return
    asked = hashlib.sha256(network.source[1]).hexdigest()
    is_asked, place = st.session_state.get(KEY) == asked, st.empty()
    label, icon = ("Stop", "stop") if is_asked else (LABEL, "timeline")
    change = partial(st.session_state.__setitem__, KEY, "" if is_asked else asked)
    icon = f":material/{icon}:"
    place.button(label, icon=icon, on_click=bound.callback(change), key=f"{KEY} button")
    if is_asked:
        rows = _rows(network.source)
        place.empty()
        _draw(rows, network.source[2])


def _rows(source: Source) -> list[dict[str, Any]]:
    """One row for each epsilon. Each is kept by itself: who comes back goes on where they left."""
    rows: list[dict[str, Any]] = []
    bar = st.empty()
    for epsilon in EPSILONS:
        share, doing = len(rows) / len(EPSILONS), f"Attacking every 1 at epsilon {epsilon}"
        with bar.container():
            rows += heavy.values(RATE(source, epsilon), partial(_progress, share, f"{doing} …"))
    bar.empty()
    return rows


def _progress(share: float, doing: str, _: Sequence[object]) -> tuple[float, str]:
    return share, doing


def _draw(rows: Sequence[dict[str, Any]], file: str) -> None:
    measured = [
        row
        for row in findings.rows_of(result(findings.MEASURED), TASK)
        if row["model"] in homework.ATTACKED
    ]
    spec = charts.rates([*measured, *rows], epsilon=math.nan, breaking=None, most=80)
    spec["title"] = homework.TITLES[TASK]
    blocks.chart(spec, key="own_curve", alt="success of task 3 over epsilon, of yours, A and B")
    st.caption(literal.markdown(caption(rows, file)))


def caption(rows: Sequence[Mapping[str, Any]], file: str) -> str:
    """What was measured, and where half of the pictures are an 8, as plain text.

    Args:
        rows: of the person's own network, from the smallest epsilon on.
        file: its name.
    """
    inputs, task = rows[0]["inputs"], homework.EVALUATED[TASK]
    half = next((row for row in rows if 2 * row["successes"] >= inputs), None)
    told = (
        f"at epsilon {half['epsilon']:g} {half['successes'] / inputs:.1%} of them are an 8"
        if half
        else f"at no epsilon up to {rows[-1]['epsilon']:g} half of them are an 8"
    )
    return (
        f"Yours ({file}) on all {inputs:,} test digits that are a 1, {rows[0]['right']:,} of them "
        f"right without an attack; {task.max_gradients} gradients, fractions of grey values "
        f"allowed; {told}. A and B as in Findings; bands are Wilson's 95% intervals."
    )
