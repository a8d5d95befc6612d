"""The view of a training to watch: it runs beside the page, which starts, watches and stops it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from app.chapters.training import curve_charts
from app.ui import blocks, bound, jobs, literal, networks, widgets
from app.ui.address import RATES, TRAINING_IMAGES, Name
from app.ui.cache import cached
from app.ui.palette import Spec
from core.checkpoints.cards import duration, loss_text, why_validation_leads
from core.data.checked import is_present, what_is_missing
from core.data.facts import DatasetFacts, data_folder, facts

TICK = 0.5  # seconds between two looks at a job
JOB, SETTING = "training_job", "training_job_setting"  # in the session


@dataclass(frozen=True)
class Setting:
    """Of a training that runs while the class watches.

    Attributes:
        images: training images; the first so many.
        epochs: passes over them.
        learning_rate: the peak of the one-cycle schedule.
    """

    images: int
    epochs: int
    learning_rate: float


def view(*_cards: dict[str, Any]) -> None:
    """The small CNN, while the class watches."""
    reason = "Training needs all 60,000 pictures of MNIST; the 20 bundled ones are too few."
    if not needs_data("mnist", reason):
        train_now(networks.card("mnist_cnn"))


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


def train_now(shipped: dict[str, Any]) -> None:
    """Train the small CNN while the class watches.

    Args:
        shipped: the card to compare with.
    """
    job: jobs.Job | None = st.session_state.get(JOB)
    active = job is not None and job.is_active
    left, right = st.columns([30, 70], gap="large")
    with left:
        _start_or_stop(pick_setting(runs=active), active)
    with right:
        st.fragment(_watch, run_every=TICK if active else None)(shipped, active)


def pick_setting(*, runs: bool) -> Setting:
    """How long and how fast to train now; while a training ``runs``, its settings stay."""
    if runs:
        _show_running(st.session_state[SETTING])
    choice = partial(widgets.choice, labelled=True, wrap=True, disabled=runs)
    images = choice(
        Name.IMAGES,
        "Training images",
        TRAINING_IMAGES,
        default=10_000,
        say="{:,}".format,
    )
    rate = choice(
        Name.LEARNING_RATE,
        "Peak learning rate",
        RATES,
        default=0.01,
        say="{:g}".format,
    )
    epochs = widgets.slider(Name.EPOCHS, "Epochs", 1, 20, default=5, disabled=runs)
    return Setting(int(images), int(epochs), float(rate))


def _show_running(setting: Setting) -> None:
    """The controls stand at what trains, whatever a link or Back says meanwhile."""
    bound.put(Name.IMAGES, setting.images)
    bound.put(Name.LEARNING_RATE, setting.learning_rate)
    bound.put(Name.EPOCHS, setting.epochs)


def _start_or_stop(setting: Setting, active: bool) -> None:
    if active:
        st.button(
            "Stop", icon=":material/stop:", on_click=_stop, key="stop_training", width="stretch"
        )
        return
    st.button(
        "Train the small CNN now",
        icon=":material/play_arrow:",
        on_click=_start,
        args=(setting,),
        key="start_training",
        width="stretch",
    )


def _start(setting: Setting) -> None:
    options = {
        "--device": "cpu",
        "--limit": setting.images,
        "--epochs": setting.epochs,
        "--lr": setting.learning_rate,
    }
    arguments = [str(part) for option in options.items() for part in option]
    job = jobs.Job("mnist", "--no-download", *arguments, is_training=True)
    st.session_state[JOB] = job
    st.session_state[SETTING] = setting


def _stop() -> None:
    st.session_state[JOB].stop()


def _watch(shipped: dict[str, Any], was_active: bool) -> None:
    job: jobs.Job | None = st.session_state.get(JOB)
    if job is None:
        st.markdown("The curves will grow here, epoch by epoch.")
        return
    setting: Setting = st.session_state[SETTING]
    history = job.events("epoch")
    _progress(job, setting, history, shipped)
    if history:
        _live_curves(history, setting.epochs)
    if was_active and not job.is_active:
        st.rerun()  # the last look is drawn by a run of the whole page, which stops the clock


def _live_curves(history: list[dict[str, Any]], epochs: int) -> None:
    points = [
        {key: value for key, value in record.items() if key not in ("confusion", "event")}
        for record in history
    ]
    for column, quantity in zip(st.columns(2, gap="medium"), ("loss", "accuracy")):
        with column:
            blocks.chart(
                chart(points, quantity, epochs),
                key=f"live_{quantity}",
                alt=f"{quantity} of this run after {len(history)} of {epochs} epochs",
            )


@cached()
def chart(history: list[dict[str, float]], quantity: str, epochs: int) -> Spec:
    """The loss or accuracy so far; the axis ends with the last epoch that is to come."""
    return curve_charts.curves(
        {"this run": history}, quantity, goal=None, epochs=epochs, size=(370, 320)
    )


def _progress(
    job: jobs.Job,
    setting: Setting,
    history: list[dict[str, Any]],
    shipped: dict[str, Any],
) -> None:
    """How the training goes: a bar while it runs, a sentence when it has ended."""
    about = f"{setting.images:,} images, peak learning rate {setting.learning_rate:g}"
    if job.state == "waiting":
        st.progress(
            0.0,
            "Waiting: other trainings use the cores of this computer; yours starts when one of "
            "them ends.",
        )
    elif job.state == "running":
        _progress_bar(job.events("step"), len(history), setting.epochs, about)
    elif job.state == "failed":
        blocks.error_box(job.failure)
    elif job.state == "stopped":
        st.markdown(f":material/stop_circle: Stopped: {_reached(history)}{about}.")
    else:
        seconds = duration(sum(record["seconds"] for record in history))
        st.markdown(f":material/check_circle: Done in {seconds}: {_reached(history)}{about}.")
        _compare(setting, history, shipped)


def _progress_bar(steps: list[dict[str, Any]], finished: int, epochs: int, about: str) -> None:
    """The share of the training that is done, with the last step's loss and accuracy.

    Args:
        steps: one event a reported step.
        finished: number of finished epochs.
        epochs: number of epochs to train.
        about: the settings.
    """
    if not steps:
        st.progress(0.0, f"Starting: {about} …")
        return
    last = steps[-1]
    epoch = last["epoch"]
    done = max(epoch - 1, finished) + last["step"] / last["steps"] * (epoch > finished)
    st.progress(
        min(1.0, done / epochs),
        f"Epoch {epoch} of {epochs}: loss {loss_text(last['loss'], 3)}, accuracy "
        f"{last['accuracy']:.1%} in training; {about}",
    )


def _reached(history: list[dict[str, Any]]) -> str:
    if not history:
        return ""
    accuracy = history[-1]["validation_accuracy"]
    return f"validation accuracy **{accuracy:.2%}** after epoch {len(history)}; "


def _compare(setting: Setting, history: list[dict[str, Any]], shipped: dict[str, Any]) -> None:
    """What this run was validated on, why validation may lead, and how the network that ships was
    trained.
    """
    mnist, result = facts("mnist"), shipped["result"]
    why = why_validation_leads(history, shipped["config"])  # all but the settings is the same
    st.caption(
        f"Validated on {min(setting.images, mnist.test_images):,} test images. The network that "
        f"ships saw {mnist.train_images:,} images for {result['epochs']} epochs and reaches "
        f"{result['validation_accuracy']:.2%}. {why}".rstrip()
    )
