"""The view of a training to watch: it runs beside the page, which starts, watches and stops it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from app.chapters.training import curve_charts, data_sets
from app.ui import blocks, bound, images, jobs, networks, widgets
from app.ui.address import RATES, TRAINING_IMAGES, Name
from app.ui.cache import cached
from app.ui.palette import Spec
from core.checkpoints.cards import duration, first_of, loss_text
from core.data.checked import is_present
from core.data.facts import data_folder, facts
from core.data.samples import TRAINING_DIGITS

TICK = 0.5  # seconds between two looks at a job
HELD_OUT = 2_000  # of the digits that ship
BUNDLED = TRAINING_DIGITS - HELD_OUT
JOB, SETTING = "training_job", "training_job_setting"  # in the session


@dataclass(frozen=True)
class Setting:
    """Of a training that runs while the class watches.

    Attributes:
        images: training images; the first so many.
        epochs: passes over them.
        learning_rate: the peak of the one-cycle schedule.
        bundled: whether they are some of the digits that ship, and validated on others of these;
            else MNIST's.
    """

    images: int
    epochs: int
    learning_rate: float
    bundled: bool

    @property
    def validation_images(self) -> int:
        """Images to validate on."""
        return min(self.images, HELD_OUT if self.bundled else facts("mnist").test_images)

    @property
    def arguments(self) -> list[str]:
        """The command that trains like that, without its options for the app."""
        options = ["mnist", "--no-download", "--device", "cpu"]
        options += ["--epochs", f"{self.epochs}", "--lr", f"{self.learning_rate}"]
        options += ["--limit", f"{self.images}"]
        if self.bundled:
            options += ["--set", "bundled=True", "--held-out", f"{HELD_OUT}"]
        return options

    def data(self) -> str:
        """What it trains on and what it is validated on, as a sentence."""
        mnist = facts("mnist")
        if self.bundled:
            return (
                f"Trains on {self.images:,} of the {TRAINING_DIGITS:,} training digits of MNIST "
                f"that ship with this app, validates on {self.validation_images:,} others of them."
            )
        trained = _part_of(self.images, mnist.train_images, "training images")
        validated = _part_of(self.validation_images, mnist.test_images, "test images")
        return f"Trains on {trained} of MNIST, validates on {validated}."


def _part_of(count: int, every: int, images: str) -> str:
    named = f"{every:,} {images}"
    return f"all {named}" if count >= every else first_of(count, named)


def view(*_cards: dict[str, Any]) -> None:
    """The small CNN, while the class watches."""
    train_now(networks.card("mnist_cnn"))


def train_now(shipped: dict[str, Any]) -> None:
    """Train the small CNN while the class watches.

    Args:
        shipped: the card to compare with.
    """
    job: jobs.Job | None = st.session_state.get(JOB)
    active = job is not None and job.is_active
    left, right = st.columns([30, 70], gap="large")
    with left:
        setting = pick_setting(runs=active)
        if setting.bundled:
            images.check_training_digits()
        _start_or_stop(setting, active)
        if not is_present("mnist", data_folder()):
            with st.expander(f"Train on all {facts('mnist').train_images:,}"):
                data_sets.needs_data("mnist", "They are in the whole data set.")
    with right:
        st.fragment(_watch, run_every=TICK if active else None)(setting, shipped, active)


def pick_setting(*, runs: bool) -> Setting:
    """How long and how fast to train now; while a training ``runs``, its settings stay."""
    if runs:
        _show_running(st.session_state[SETTING])
    choice = partial(widgets.choice, labelled=True, wrap=True, disabled=runs)
    whole = is_present("mnist", data_folder())
    count = choice(
        Name.IMAGES,
        "Training images",
        [one for one in TRAINING_IMAGES if whole or one <= BUNDLED],
        default=10_000 if whole else BUNDLED,
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
    return Setting(int(count), int(epochs), float(rate), count == BUNDLED or not whole)


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
    job = jobs.Job(*setting.arguments, is_training=True)
    st.session_state[JOB] = job
    st.session_state[SETTING] = setting


def _stop() -> None:
    st.session_state[JOB].stop()


def _watch(chosen: Setting, shipped: dict[str, Any], was_active: bool) -> None:
    job: jobs.Job | None = st.session_state.get(JOB)
    if job is None:
        st.markdown("The curves will grow here, step by step.")
        st.caption(chosen.data())
        return
    setting: Setting = st.session_state[SETTING]
    history, steps = job.events("epoch"), job.events("step")
    _progress(job, setting, history)
    if steps:
        _live_curves(steps, history, setting.epochs)
    st.caption(f"{setting.data()} {_compared(job, shipped)}".rstrip())
    if was_active and not job.is_active:
        st.rerun()  # the last look is drawn by a run of the whole page, which stops the clock


def _live_curves(steps: list[dict[str, Any]], history: list[dict[str, Any]], epochs: int) -> None:
    for column, quantity in zip(st.columns(2, gap="medium"), ("loss", "accuracy")):
        trained = [
            (step["epoch"] - 1 + step["step"] / step["steps"], step[f"recent_{quantity}"])
            for step in steps
        ]
        validated = [(record["epoch"], record[f"validation_{quantity}"]) for record in history]
        rows = curve_charts.growing_rows(trained, validated, quantity)
        with column:
            blocks.chart(
                chart(quantity, curve_charts.ends(rows, quantity), epochs)
                | {"datasets": {"run": rows}},
                key=f"live_{quantity}",
                alt=f"{quantity} of this run, which grows step by step over {epochs} epochs",
            )


@cached()
def chart(quantity: str, axis_ends: tuple[float, float], epochs: int) -> Spec:
    """The loss or accuracy so far, without its points."""
    return curve_charts.growing(quantity, axis_ends, epochs)


def _progress(
    job: jobs.Job,
    setting: Setting,
    history: list[dict[str, Any]],
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


def _compared(job: jobs.Job, shipped: dict[str, Any]) -> str:
    """Of a training that is done: how its lines were measured, and what the network that ships
    reaches.
    """
    if job.state != "done":
        return ""
    mnist, result = facts("mnist"), shipped["result"]
    return (
        "Training is measured before each step, on randomly changed pictures, validation after "
        "each epoch, on unchanged ones. The network that ships saw "
        f"{mnist.train_images:,} images for {result['epochs']} epochs and reaches "
        f"{result['validation_accuracy']:.2%} on {mnist.test_images:,} test images."
    )
