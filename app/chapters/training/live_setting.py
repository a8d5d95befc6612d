"""What to train while the class watches: one network, or two that differ in one setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import streamlit as st
from pydantic import TypeAdapter, ValidationError

from app.ui import bound, widgets
from app.ui.address import Name
from app.ui.live_words import (
    COMPARISONS,
    IMAGES,
    LARGEST_BATCH,
    OPTIMIZERS,
    OWN_RATES,
    RATES,
)
from core.checkpoints.cards import first_of
from core.data.checked import is_present
from core.data.facts import data_folder, facts
from core.data.samples import TRAINING_DIGITS
from core.homework import MNIST_CNN
from core.training.recipes import RECIPES

HELD_OUT = 2_000  # of the digits that ship
BUNDLED = TRAINING_DIGITS - HELD_OUT
MOST_EPOCHS = 20
RECIPE = RECIPES[MNIST_CNN]
ADAM, SGD, MOMENTUM = OPTIMIZERS
SET = {
    ADAM: (),
    SGD: ("optimizer=sgd",),
    MOMENTUM: ("optimizer=sgd", "momentum=0.9"),
}
ONE, BY_RATE, BY_MOMENTUM, BY_BATCH, OWN = COMPARISONS
DIFFERENCES: dict[str, tuple[dict[str, Any], ...]] = {
    BY_RATE: ({"learning_rate": 0.001}, {"learning_rate": 0.1}),
    BY_MOMENTUM: (
        {"learning_rate": 0.1, "optimizer": SGD},
        {"learning_rate": 0.1, "optimizer": MOMENTUM},
    ),
    BY_BATCH: ({"batch_size": 16}, {"batch_size": 512}),
}
# Names in a link of the settings of each run of one's own.
OWN_NAMES = (
    (Name.OPTIMIZER, Name.LEARNING_RATE, Name.BATCH_SIZE),
    (Name.SECOND_OPTIMIZER, Name.SECOND_LEARNING_RATE, Name.SECOND_BATCH_SIZE),
)


@dataclass(frozen=True)
class Setting:
    """Of a training that runs while the class watches.

    Attributes:
        images: training images; the first so many.
        epochs: passes over them.
        bundled: whether they are some of the digits that ship, and validated on others of these;
            else MNIST's.
        learning_rate: the peak of the one-cycle schedule.
        optimizer: one of ``OPTIMIZERS``.
        batch_size: images a step.
    """

    images: int
    epochs: int
    bundled: bool
    learning_rate: float = RECIPE.learning_rate
    optimizer: str = ADAM
    batch_size: int = RECIPE.batch_size

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self | None:
        """The setting of a training that was started before, also by another version of the app.

        Args:
            kept: name of each attribute to its value.

        Returns:
            The setting; None where it is none.
        """
        try:
            found = TypeAdapter(cls).validate_python(kept)
        except ValidationError:
            return None
        least, largest = OWN_RATES
        fits = (
            1 <= found.epochs <= MOST_EPOCHS
            and found.images in IMAGES
            and found.optimizer in OPTIMIZERS
            and least <= found.learning_rate <= largest
            and 1 <= found.batch_size <= LARGEST_BATCH
        )
        return found if fits else None

    @property
    def validation_images(self) -> int:
        """Images to validate on."""
        return min(self.images, HELD_OUT if self.bundled else facts("mnist").test_images)

    @property
    def arguments(self) -> list[str]:
        """The command that trains like that, without its options for the app."""
        options = ["mnist", "--no-download", "--device", "cpu"]
        options += ["--epochs", f"{self.epochs}", "--lr", f"{self.learning_rate}"]
        options += ["--batch-size", f"{self.batch_size}", "--limit", f"{self.images}"]
        for other in SET[self.optimizer]:
            options += ["--set", other]
        if self.bundled:
            options += ["--set", "bundled=True", "--held-out", f"{HELD_OUT}"]
        return options

    @property
    def title(self) -> str:
        """What tells it apart from another run."""
        return f"{self.optimizer}, rate {self.learning_rate:g}, batch {self.batch_size}"

    def data(self) -> str:
        """What it trains on and what it is validated on, as a sentence."""
        mnist = facts("mnist")
        if self.bundled:
            return (
                f"Trains on {self.images:,} of the {TRAINING_DIGITS:,} bundled digits of MNIST, "
                f"validates on {self.validation_images:,} others."
            )
        trained = _part_of(self.images, mnist.train_images, "training images")
        validated = _part_of(self.validation_images, mnist.test_images, "test images")
        return f"Trains on {trained} of MNIST, validates on {validated}."


def _part_of(count: int, every: int, images: str) -> str:
    named = f"{every:,} {images}"
    return f"all {named}" if count >= every else first_of(count, named)


def pick_comparison(running: Sequence[Setting]) -> str:
    """One run, or two that differ; while trainings run, all settings stay at theirs.

    Args:
        running: settings of the trainings that run now.
    """
    if running:
        _show_running(running)
    return str(widgets.choice(Name.COMPARE, "Compare", wrap=True, disabled=bool(running)))


def pick_settings(comparison: str, *, off: bool) -> tuple[Setting, ...]:
    """What to train next, one run or two.

    Args:
        comparison: of ``pick_comparison``.
        off: whether nothing can be chosen now.
    """
    place = st.container()  # above what both runs share
    base = _pick_base(off)
    with place:
        if comparison == ONE:
            return (_pick_rate(base, off),)
        if comparison == OWN:
            columns = st.columns(2, gap="small")
            return tuple(
                _pick_own(base, number, off, column) for number, column in enumerate(columns)
            )
    return tuple(replace(base, **difference) for difference in DIFFERENCES[comparison])


def _pick_rate(base: Setting, off: bool) -> Setting:
    rate = widgets.choice(
        Name.LEARNING_RATE,
        "Peak learning rate",
        RATES,
        default=RECIPE.learning_rate,
        say="{:g}".format,
        labelled=True,
        wrap=True,
        disabled=off,
    )
    return replace(base, learning_rate=float(rate))


def _pick_base(off: bool) -> Setting:
    """The images and the epochs, which are those of both runs."""
    whole = is_present("mnist", data_folder())
    count = widgets.choice(
        Name.IMAGES,
        "Training images",
        [one for one in IMAGES if whole or one <= BUNDLED],
        default=10_000 if whole else BUNDLED,
        say="{:,}".format,
        labelled=True,
        wrap=True,
        disabled=off,
    )
    epochs = widgets.slider(Name.EPOCHS, "Epochs", 1, MOST_EPOCHS, default=5, disabled=off)
    return Setting(int(count), int(epochs), bundled=count == BUNDLED or not whole)


def _pick_own(base: Setting, number: int, off: bool, column: Any) -> Setting:  # noqa: ANN401
    """Every setting of one of two runs."""
    optimizer, rate, batch = OWN_NAMES[number]
    least, largest = OWN_RATES
    with column:
        return replace(
            base,
            optimizer=widgets.select(optimizer, f"Run {number + 1}", OPTIMIZERS, disabled=off),
            learning_rate=widgets.number(
                rate,
                "Peak rate",
                least,
                largest,
                default=RECIPE.learning_rate,
                step=0.001,
                disabled=off,
            ),
            batch_size=widgets.number(
                batch, "Batch size", 1, LARGEST_BATCH, default=RECIPE.batch_size, disabled=off
            ),
        )


def _show_running(settings: Sequence[Setting]) -> None:
    """The controls stand at what trains, whatever a link or Back says meanwhile."""
    first = settings[0]
    bound.put(Name.COMPARE, compared(settings))
    bound.put(Name.IMAGES, first.images)
    bound.put(Name.EPOCHS, first.epochs)
    if compared(settings) in (ONE, OWN):
        for (optimizer, rate, batch), one in zip(OWN_NAMES, settings):
            bound.put(optimizer, one.optimizer)
            bound.put(rate, one.learning_rate)
            bound.put(batch, one.batch_size)


def compared(settings: Sequence[Setting]) -> str:
    """The comparison that some runs make.

    Args:
        settings: of one run or two.
    """
    if len(settings) == 1:
        return ONE
    first = Setting(settings[0].images, settings[0].epochs, settings[0].bundled)
    for name, differences in DIFFERENCES.items():
        if [replace(first, **difference) for difference in differences] == list(settings):
            return name
    return OWN
