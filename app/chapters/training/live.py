"""The view of trainings to watch: they run beside the page, which starts, shows and stops them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from app.chapters.training import data_sets, live_chart, live_setting
from app.chapters.training.live_setting import Setting
from app.ui import blocks, images, mine, networks
from app.ui.beside.line import in_line
from app.ui.cache import cached
from app.ui.link_words import LEARNED_BY, MINE
from app.ui.mine import Run
from app.ui.palette import Spec
from app.ui.spares import SPARES
from core.checkpoints.cards import duration
from core.data.checked import is_present
from core.data.facts import data_folder, facts

GOES_ON = ". The training that was started goes on: C shows it again"
TICK = 0.4  # seconds between two looks at the trainings
MEASURED = (
    "Training is measured before each step on randomly changed pictures, validation after each "
    "epoch on unchanged ones."
)


def view(*_cards: dict[str, Any]) -> None:
    """The small CNN, while the class watches."""
    train_now(networks.card("mnist_cnn"))


def train_now(shipped: dict[str, Any]) -> None:
    """Train the small CNN while the class watches, once or twice side by side.

    Args:
        shipped: the card to compare with.
    """
    _, started = _runs()
    active = is_active()
    left, right = st.columns([30, 70], gap="large")
    with left:
        running = started if active else []
        comparison = live_setting.pick_comparison(running)
        button = st.container()  # where it stays, however many settings there are
        settings = live_setting.pick_settings(comparison, off=active)
        if settings[0].bundled:
            images.check_training_digits()
        with button:
            _start_or_stop(settings, active)
        if not is_present("mnist", data_folder()):
            with st.expander(f"Train on all {facts('mnist').train_images:,}"):
                data_sets.needs_data("mnist", "They are in the whole data set.")
    with right:
        st.fragment(_watch, run_every=TICK if active else None)(settings, shipped, active)
    mine.remember()


def _runs() -> tuple[tuple[Run, ...], list[Setting]]:
    """This visitor's trainings and their settings; none where another version of the app has
    started them, with settings that this one does not know.
    """
    runs = mine.runs()
    settings = [found for run in runs if (found := Setting.read(run.setting)) is not None]
    if len(settings) == len(runs):
        return runs, settings
    mine.forget()
    return (), []


def is_active() -> bool:
    """Whether a training of this visitor runs."""
    return any(run.job.is_active for run in mine.runs())


def _start_or_stop(settings: tuple[Setting, ...], active: bool) -> None:
    if active:
        st.button(
            "Stop", icon=":material/stop:", on_click=_stop, key="stop_training", width="stretch"
        )
        return
    SPARES.prepare(len(settings))
    st.button(
        f"Train the small CNN {'twice' if len(settings) > 1 else 'now'}",
        icon=":material/play_arrow:",
        on_click=_start,
        args=(settings,),
        key="start_training",
        width="stretch",
    )


def _start(settings: Sequence[Setting]) -> None:
    mine.start([(setting.title, asdict(setting), setting.arguments) for setting in settings])


def _stop() -> None:
    mine.stop()


def _watch(chosen: Sequence[Setting], shipped: dict[str, Any], was_active: bool) -> None:
    runs, started = _runs()
    settings = started or chosen
    for index, column in enumerate(st.columns(len(settings), gap="medium")):
        with column:
            _legend(index, settings)
            if runs:
                _progress(runs[index], settings[index].epochs, MINE[index])
    if not runs:
        st.markdown("The curves will grow here, step by step.")
    _draw(settings, runs, shipped)
    is_earlier = bool(started) and not was_active and started != list(chosen)
    earlier = f"**{_earlier(settings[0].epochs)}** " if is_earlier else ""
    st.caption(f"{earlier}{settings[0].data()} {MEASURED}")
    if was_active and not any(run.job.is_active for run in runs):
        st.rerun()  # the last look is drawn by a run of the whole page, which stops the clock


def _earlier(epochs: int) -> str:
    """That the picture is not of what the controls say; its legend and the caption name the rest of
    its settings.
    """
    passes = f"{epochs} epoch{'s' * (epochs > 1)}"
    return f"This is the last training, of {passes}: train again for the settings chosen now."


def _legend(index: int, settings: Sequence[Setting]) -> None:
    several = len(settings) > 1
    title = settings[index].title
    theme = blocks.theme()
    st.html(live_chart.run_title(index + 1, title, several=several, theme=theme))


def _draw(settings: Sequence[Setting], runs: Sequence[Run], shipped: dict[str, Any]) -> None:
    """Both charts, and what their lines are."""
    epochs = settings[0].epochs
    events = [(run.job.events("step"), run.job.events("epoch")) for run in runs]
    result = shipped["result"]
    st.html(
        live_chart.key(
            f"{facts('mnist').train_images:,} images, {result['epochs']} epochs, "
            f"{result['validation_accuracy']:.2%}"
        )
    )
    for column, quantity in zip(st.columns(2, gap="medium"), ("loss", "accuracy")):
        rows = live_chart.rows(events, shipped["history"][:epochs], quantity)
        with column:
            blocks.chart(
                chart(quantity, live_chart.ends(rows, quantity), epochs)
                | {"datasets": {"runs": rows}},
                key=f"live_{quantity}",
                alt=f"{quantity} of {_whose(settings)}, step by step over {epochs} epochs, and of "
                "the network that ships",
            )


def _whose(settings: Sequence[Setting]) -> str:
    """The runs of a chart, in words."""
    if len(settings) == 1:
        return f"this run ({settings[0].title})"
    return " and ".join(f"run {number} ({one.title})" for number, one in enumerate(settings, 1))


@cached()
def chart(quantity: str, axis_ends: tuple[float, float], epochs: int) -> Spec:
    """The loss or accuracy so far, without its points."""
    return live_chart.chart(quantity, axis_ends, epochs)


def _progress(run: Run, epochs: int, own: str) -> None:
    """How a training goes: a bar while it runs, a sentence when it has ended.

    Args:
        run: the training.
        epochs: to train.
        own: of its network in a link.
    """
    job, history = run.job, run.job.events("epoch")
    if job.place:
        waits = "Waits until another training on this computer ends"
        st.progress(0.0, f"{waits}: {in_line(job.place)}.")
    elif job.is_active:
        st.progress(*_share(job.events("step"), len(history), epochs))
    elif job.state == "failed":
        blocks.error_box(job.failure)
    elif job.state == "stopped":
        st.markdown(f":material/stop_circle: Stopped{_reached(history)}.")
    else:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            seconds = duration(sum(record["seconds"] for record in history))
            st.markdown(
                f":material/sports_score: **{history[-1]['validation_accuracy']:.2%}** in "
                f"{seconds}",
                width="content",
            )
            _open_in(own)


def _share(steps: Sequence[dict[str, Any]], finished: int, epochs: int) -> tuple[float, str]:
    """The share of a training that is done, and its last step in words.

    Args:
        steps: one event a reported step.
        finished: number of finished epochs.
        epochs: number of epochs to train.
    """
    if not steps:
        return 0.0, "Starting …"
    last = steps[-1]
    epoch = last["epoch"]
    done = max(epoch - 1, finished) + last["step"] / last["steps"] * (epoch > finished)
    text = f"Epoch {epoch} of {epochs}, training accuracy {last['accuracy']:.1%}"
    return min(1.0, done / epochs), text


def _reached(history: Sequence[dict[str, Any]]) -> str:
    if not history:
        return ""
    accuracy = history[-1]["validation_accuracy"]
    return f", validation accuracy **{accuracy:.2%}** after epoch {len(history)}"


def _open_in(own: str) -> None:
    """Links to the network that has been trained, in other chapters."""
    kernel = f"{dict(zip(MINE, LEARNED_BY))[own]} 1 of 3"
    there = {
        "convolution": ("Kernels", {"kernel": kernel}),
        "networks": ("Maps", {"network": own}),
        "attack": ("Attack", {"network": own}),
    }
    for chapter, (label, link) in there.items():
        st.page_link(f"chapters/{chapter}/page.py", label=label, query_params=link, width="content")
