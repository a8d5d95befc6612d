"""What a view says and offers where a full data set is missing: its download."""

from __future__ import annotations

import streamlit as st

from app.ui import blocks, jobs, literal
from core.data.checked import is_present, what_is_missing
from core.data.facts import DatasetFacts, data_folder, facts

TICK = 0.5  # seconds between two looks at a download


def needs_data(name: str, reason: str) -> bool:
    """Whether a full data set is missing; then say why it is needed, how to get it, and offer the
    download.

    Args:
        name: of the data set.
        reason: one sentence.

    Returns:
        True if it is missing.
    """
    if is_present(name, data_folder()):
        return False
    job = jobs.shared("data", name)
    st.fragment(_download, run_every=TICK if job and job.is_active else None)(name, reason, job)
    return True


def _download(name: str, reason: str, job: jobs.Job | None) -> None:
    if job is not None and job.is_active:
        _watch_download(name, job)
        return
    if is_present(name, data_folder()):
        st.rerun()
    if job is not None and job.state == "failed":
        blocks.error_box(job.failure)
    st.info(
        f"{reason} {literal.markdown(what_is_missing(name, data_folder()))}; the button below "
        "downloads it there, or unpacks what was downloaded before.",
        icon=":material/database:",
    )
    dataset = facts(name)
    label = f"Download {dataset.title}, {_megabytes(dataset)}"
    if st.button(label, icon=":material/download:", key=f"download_{name}"):
        jobs.start_shared("data", name)
        st.rerun()


def _watch_download(name: str, job: jobs.Job) -> None:
    dataset, events = facts(name), job.events("bytes")
    done = events[-1]["done"] if events else 0
    share = min(1.0, done / dataset.download_bytes)
    progress = f"{done / 1e6:,.1f} of {_megabytes(dataset)}" if share < 1 else "unpacking"
    st.progress(share, f"{dataset.title}: {progress}")
    if st.button("Stop", icon=":material/stop:", key=f"stop_{name}"):
        job.stop()


def _megabytes(dataset: DatasetFacts) -> str:
    return f"{dataset.download_bytes / 1e6:,.0f} MB"
