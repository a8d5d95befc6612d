"""The view of the training curves: accuracy, loss and learning rate over the epochs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.chapters.training import recipe
from app.ui import blocks, loaders


def view(*cards: dict[str, Any]) -> None:
    """Accuracy large; loss and learning rate beside it. The page is about the first card's run."""
    names = tuple(card["name"] for card in cards)
    left, right = st.columns([54, 46], gap="large")
    with left:
        curves(names, "accuracy")
    with right:
        curves(names, "loss")
        blocks.chart(loaders.learning_rates(names), key="training_rate", alt="learning rate")
    st.caption(caption(*cards), help=recipe.meanings(cards))


def curves(names: tuple[str, ...], quantity: str) -> None:
    """The runs' loss or accuracy in training and validation."""
    blocks.chart(
        loaders.curves(names, quantity),
        key=f"training_{quantity}",
        alt=f"{quantity} of training and validation over the epochs",
    )


def caption(*cards: dict[str, Any]) -> str:
    """Which runs these are, how they were trained, and what the lines mean."""
    card = cards[0]
    return (
        f"{card['title']}, seed {card['seed']}; validated on {card['validated_on']}. "
        f"{recipe.line(cards)} Training figures are means over the epoch while the weights still "
        "move, on randomly changed pictures; validation is that of the weights after the epoch."
    )
