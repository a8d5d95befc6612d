"""Which report the page shows: the one that was uploaded, else that of the last check here."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from app.ui import uploads
from app.ui.cache import cached
from core.checking import results
from core.checking.results import LARGEST_REPORT, Report, ReportError
from core.data.facts import ROOT

CHECKED = ROOT / "runs" / "check"  # where the command writes them
VARIABLE = "CNN_REPORTS"  # of the environment: another folder
COMMAND = "python train_all.py check FILE"


def newest(folder: Path) -> Path | None:
    """The report that was written last; None: there is none.

    Args:
        folder: of the reports, which may be missing.
    """
    times = {}
    for path in folder.glob("*.json"):
        try:
            times[path] = path.stat().st_mtime_ns
        except OSError:  # removed meanwhile
            continue
    return max(times, key=lambda path: (times[path], path.name), default=None)


@cached(lambda path: [Path(path)])
def _read(path: str) -> Report:
    return results.read(Path(path))


def pick_report() -> Report | None:
    """The report to show, with the field for one of a visitor's own; None: there is none.

    Raises:
        ReportError: the one of the last check is damaged.
    """
    with st.expander("A report of yours", icon=":material/upload_file:"):
        uploaded = uploads.upload(
            "A report of yours",
            results.parse,
            refusal=ReportError,
            key="report_of_a_check",
            megabytes=LARGEST_REPORT // 2**20,
        )
    if uploaded is not None:
        return uploaded
    path = newest(Path(os.environ.get(VARIABLE) or CHECKED))
    return _read(str(path)) if path else None
