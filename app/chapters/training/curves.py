"""The view of the training curves: accuracy, loss and learning rate over the epochs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.chapters.training import recipe
from app.ui import blocks, curve_charts, literal, own_history
from app.ui.cache import cached
from app.ui.curve_charts import COLOURS
from app.ui.networks import card, card_files
from app.ui.own_history import Own, reached, records
from app.ui.palette import Spec
from core.checkpoints.cards import why_validation_leads
from core.training.config import TrainConfig
from core.training.schedule import learning_rate_at

WIDTHS = (52, 48)  # of the two columns


def view(*cards: dict[str, Any]) -> None:
    """Accuracy large; loss and learning rate beside it. The page is about the first card's run, or
    about a visitor's own over it.
    """
    own = own_history.chosen()
    cards = cards[:1] if own else cards
    names = tuple(one["name"] for one in cards)
    left, right = st.columns(WIDTHS, gap="large")
    with left:
        curves(names, "accuracy", own)
    with right:
        curves(names, "loss", own)
        blocks.chart(
            rates_chart(names, len(records(own[1])) if own else 0),
            key="training_rate",
            alt="learning rate over the epochs",
        )
    left, right = st.columns(WIDTHS, gap="large")
    whose = f"{literal.markdown(f'{own[0]}: {reached(own[1])}')}. Ours: " if own else ""
    left.caption(f"{whose}{caption(*cards)}", help=recipe.meanings(cards))
    why = reading(*cards)
    right.caption(f"About our training. {why}" if own and why else why)
    own_history.field()


def curves(names: tuple[str, ...], quantity: str, own: Own | None) -> None:
    """The runs' loss or accuracy in training and validation; a visitor's own one over the first."""
    blocks.chart(
        chart_over(names[0], quantity, own) if own else chart(names, quantity),
        key=f"training_{quantity}",
        alt=f"{quantity} of training and validation over the epochs",
    )


def caption(*cards: dict[str, Any]) -> str:
    """Which runs these are, and how they were trained."""
    first = cards[0]
    return (
        f"{first['title']}, seed {first['seed']}; validated on {first['validated_on']}. "
        f"{recipe.line(cards)}"
    )


def reading(*cards: dict[str, Any]) -> str:
    """Why the lines of the first run are where they are."""
    first = cards[0]
    whose = recipe.label(first) if len(cards) > 1 else ""
    why = why_validation_leads(first["history"], first["config"], of=whose)
    return f"{recipe.diamonds_line(cards)} {why}".strip()


@cached(lambda names, quantity: card_files(*names))
def chart(names: tuple[str, ...], quantity: str) -> Spec:
    """The runs' loss or accuracy per epoch; the page is about the first run.

    Raises:
        CheckpointError: a card is missing or damaged.
    """
    cards = [card(name) for name in names]
    accuracy = quantity == "accuracy"
    return curve_charts.curves(
        {recipe.label(one): one["history"] for one in cards},
        quantity,
        goal=cards[0]["homework_accuracy"] if accuracy else None,
        legend=accuracy,
        final={
            recipe.label(one): one["result"][f"validation_{quantity}"]
            for one in cards
            if recipe.measured_anew(one)
        },
    )


def chart_over(name: str, quantity: str, own: Own) -> Spec:
    """A training of one's own over ours.

    Raises:
        CheckpointError: the card is missing or damaged.
    """
    accuracy, ours = quantity == "accuracy", card(name)
    return curve_charts.curves(
        {"yours": records(own[1]), "ours": ours["history"]},
        quantity,
        goal=ours["homework_accuracy"] if accuracy else None,
        legend=accuracy,
        final={"ours": ours["result"][f"validation_{quantity}"]}
        if recipe.measured_anew(ours)
        else None,
    )


@cached(lambda names, own: card_files(*names))
def rates_chart(names: tuple[str, ...], own: int) -> Spec:
    """The runs' learning rate; of one run that a visitor's ``own`` epochs lie over in that run's
    colour.

    Raises:
        CheckpointError: a card is missing or damaged.
    """
    cards = [card(name) for name in names]
    runs = {recipe.label(one): rates(one) for one in cards}
    if not own:
        return curve_charts.learning_rates(runs)
    return curve_charts.learning_rates(runs, colours=COLOURS[2][1:], others=[own])


def rates(card: dict[str, Any]) -> list[tuple[float, float]]:
    """(epoch, learning rate) at ten points an epoch.

    The rate depends on the share of the training that is done, not on the size of a step.
    """
    config, points = TrainConfig.from_dict(card["config"]), 10 * card["result"]["epochs"]
    return [
        (point / 10, learning_rate_at(config, min(point, points - 1), points))
        for point in range(points + 1)
    ]
