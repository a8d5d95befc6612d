"""Training curves, what the network had learned after each epoch, its mistakes, and a training to
watch.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.chapters.training import curves, epochs, live, mistakes, recipe
from app.ui import blocks, loaders, widgets
from app.ui.address import Key
from core.checkpoints.cards import duration
from core.training.loop import fit
from core.training.schedule import learning_rate_at

# A network to its runs: the one that the page is about, and those that it is compared with.
RUNS = {"mnist_cnn": ("mnist_cnn",), "cifar10_resnet": ("cifar10_resnet", "cifar10_resnet_plain")}
VIEWS: dict[str, Callable[..., None]] = {
    "Curves": curves.view,
    "Epoch by epoch": epochs.view,
    "Mistakes": mistakes.view,
    "Train it now": live.view,
}
CODE = (fit, learning_rate_at)


def pick_cards() -> list[dict[str, Any]]:
    """The cards of the runs of one network, as far as they are there."""
    trained = [name for name, runs in RUNS.items() if any(map(loaders.is_trained, runs))]
    network = widgets.pick_network(trained or list(RUNS)[:1])
    runs = tuple(filter(loaders.is_trained, RUNS[network])) or RUNS[network]
    return [loaders.card(name) for name in runs]


def figures(card: dict[str, Any], *others: dict[str, Any]) -> None:
    """The result in a few numbers, each from a card."""
    result, hardware = card["result"], card["hardware"]
    cores = hardware["processes"] * hardware["threads"] if hardware["device"] == "cpu" else 0
    numbers = {
        "Validation accuracy": f"{result['validation_accuracy']:.2%}",
        **{
            f"With {recipe.label(other)}": f"{other['result']['validation_accuracy']:.2%}"
            for other in others
        },
        "Homework asks": f"{card['homework_accuracy']:.0%}",
        "Training accuracy": f"{card['history'][-1]['train_accuracy']:.2%}",
        "Epochs": result["epochs"],
        "Time on two cores" if cores == 2 else "Time": duration(result["seconds"]),
        "Parameters": f"{card['parameters']:,}",
    }
    with st.container(horizontal=True, key="figures"):
        for label, number in numbers.items():
            st.metric(label, number, width="content")


def open_view(cards: list[dict[str, Any]]) -> None:
    """The tabs; what is in the open one."""
    tabs = st.tabs(list(VIEWS), key=Key.TRAIN_VIEW, bind="query-params")
    for tab, view in zip(tabs, VIEWS.values()):
        if tab.open:
            with tab:
                view(*cards)


line = blocks.title(
    "Training",
    "The network sees the training pictures again and again. When has it learned enough?",
)
with blocks.or_error():
    with line:
        runs = pick_cards()
    figures(*runs)
    open_view(runs)
    blocks.source(*CODE)
