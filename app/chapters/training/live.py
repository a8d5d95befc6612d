"""What runs beside a page, started, watched and stopped from it: a training, a download."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.chapters.training import controls
from app.ui import blocks, jobs, loaders
from app.ui.old_keys import Key
from core.checkpoints.cards import duration
from core.data.download import is_present
from core.data.facts import data_folder, facts

TICK = 0.5  # seconds between two looks at a job


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
    known = facts(name)
    size = f"{known.download_bytes / 1e6:,.0f} MB"
    if job is None or not job.is_active:
        if is_present(name, data_folder()):
            st.rerun()
        if job is not None and job.state == "failed":
            blocks.error_box(job.failure)
        st.info(
            f"{reason} Get it with `python train_all.py data {name}`, or here; it goes into the "
            "folder "
            f"{data_folder()}.",
            icon=":material/database:",
        )
        if st.button(
            f"Download {known.title}, {size}", icon=":material/download:", key=f"download_{name}"
        ):
            jobs.start_shared("data", name)
            st.rerun()
        return
    told = job.events("bytes")
    done = told[-1]["done"] if told else 0
    share = min(1.0, done / known.download_bytes)
    st.progress(
        share,
        f"{known.title}: {done / 1e6:,.1f} of {size}" if share < 1 else f"{known.title}: unpacking",
    )
    if st.button("Stop", icon=":material/stop:", key=f"stop_{name}"):
        job.stop()


def train_now(shipped: dict[str, Any]) -> None:
    """Train the small CNN while the class watches.

    Args:
        shipped: the card to compare with.
    """
    job: jobs.Job | None = st.session_state.get(Key.TRAIN_JOB)
    active = job is not None and job.is_active
    left, right = st.columns([30, 70], gap="large")
    with left:
        wanted = controls.pick_training(runs=active)
        if active:
            st.button(
                "Stop", icon=":material/stop:", on_click=_stop, key="stop_training", width="stretch"
            )
        else:
            st.button(
                "Train the small CNN now",
                icon=":material/play_arrow:",
                type="primary",
                on_click=_start,
                args=(wanted,),
                key="start_training",
                width="stretch",
            )
    with right:
        st.fragment(_watch, run_every=TICK if active else None)(shipped, active)


def _start(wanted: controls.Training) -> None:
    st.session_state[Key.TRAIN_JOB] = jobs.Job(
        "mnist",
        "--no-download",
        "--device",
        "cpu",
        "--limit",
        str(wanted.images),
        "--epochs",
        str(wanted.epochs),
        "--lr",
        str(wanted.learning_rate),
        is_training=True,
    )
    st.session_state[Key.TRAIN_JOB_SETTING] = wanted


def _stop() -> None:
    st.session_state[Key.TRAIN_JOB].stop()


def _watch(shipped: dict[str, Any], was_active: bool) -> None:
    job: jobs.Job | None = st.session_state.get(Key.TRAIN_JOB)
    if job is None:
        st.markdown("The curves will grow here, epoch by epoch.")
        return
    wanted: controls.Training = st.session_state[Key.TRAIN_JOB_SETTING]
    history = job.events("epoch")
    _say_how_it_goes(job, wanted, history, shipped)
    if history:
        columns = st.columns(2, gap="medium")
        points = [
            {key: value for key, value in record.items() if key not in ("confusion", "event")}
            for record in history
        ]
        for column, quantity in zip(columns, ("loss", "accuracy")):
            with column:
                blocks.chart(
                    loaders.live_curves(points, quantity, wanted.epochs, blocks.theme()),
                    key=f"live_{quantity}",
                    alt=f"{quantity} of this run after {len(history)} of {wanted.epochs} epochs",
                )
    if was_active and not job.is_active:
        st.rerun()  # the last look is drawn by a run of the whole page, which stops the clock


def _say_how_it_goes(
    job: jobs.Job, wanted: controls.Training, history: list[dict[str, Any]], shipped: dict[str, Any]
) -> None:
    known = facts("mnist")
    setting = f"{wanted.images:,} images, peak learning rate {wanted.learning_rate:g}"
    best = ""
    if history:
        best = (
            f"validation accuracy **{history[-1]['validation_accuracy']:.2%}** after epoch "
            f"{len(history)}; "
        )
    if job.state == "waiting":
        st.progress(
            0.0,
            "Waiting: other trainings use the cores of this computer; yours starts when one of "
            "them ends.",
        )
    elif job.state == "running":
        steps = job.events("step")
        if not steps:
            st.progress(0.0, f"Starting: {setting} …")
            return
        last = steps[-1]
        done = max(last["epoch"] - 1, len(history)) + last["step"] / last["steps"] * (
            last["epoch"] > len(history)
        )
        st.progress(
            min(1.0, done / wanted.epochs),
            f"Epoch {last['epoch']} of {wanted.epochs}: loss {last['loss']:.3f}, accuracy "
            f"{last['accuracy']:.1%} in "
            f"training; {setting}",
        )
    elif job.state == "failed":
        blocks.error_box(job.failure)
    elif job.state == "stopped":
        st.markdown(f":material/stop_circle: Stopped: {best}{setting}.")
    else:
        seconds = duration(sum(record["seconds"] for record in history))
        st.markdown(f":material/check_circle: Done in {seconds}: {best}{setting}.")
        st.caption(
            f"Validated on {min(wanted.images, known.test_images):,} test images. The network "
            "that ships saw "
            f"{known.train_images:,} images for {shipped['result']['epochs']} epochs and reaches "
            f"{shipped['result']['validation_accuracy']:.2%}."
        )
