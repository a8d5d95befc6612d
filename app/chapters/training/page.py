"""Training curves, what the network had learned after each epoch, its mistakes, and a training to
watch.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.chapters.training import (
    curves,
    epochs,
    ingredients,
    live,
    mistakes,
    recipe,
    running,
    times,
)
from app.ui import blocks, heavy, lit_page, own_history, widgets
from app.ui.address import TRAINED, TRAINING_VIEWS, Name
from app.ui.networks import card, is_trained
from core.checkpoints.cards import duration
from core.homework import MNIST_CNN, NETWORKS, PLAIN_RESNET, RESNET, SHORT_RESNET
from core.training.loop import train_epoch, training_step
from core.training.schedule import learning_rate_at

# A network to its runs: the one that the page is about, and those that it is compared with.
RESNET_RUNS = (RESNET, SHORT_RESNET, PLAIN_RESNET)
RUNS = dict(zip(TRAINED, ((MNIST_CNN,), RESNET_RUNS)))
INGREDIENTS, TIMES, LIVE = TRAINING_VIEWS[-3:]
_FUNCTIONS: tuple[Callable[..., None], ...] = (curves.view, epochs.view, mistakes.view, live.view)
_OF_CARDS = (view for view in TRAINING_VIEWS if view not in (INGREDIENTS, TIMES))
VIEWS = dict(zip(_OF_CARDS, _FUNCTIONS))
CODE = (training_step, train_epoch, learning_rate_at)


def pick_cards(view: str) -> list[dict[str, Any]]:
    """The cards of the runs of one network, as far as they are there.

    The training to watch is one of the small CNN, whichever network the other views show.
    """
    if view == LIVE:
        return [card(MNIST_CNN)]
    trained = [name for name, runs in RUNS.items() if any(map(is_trained, runs))]
    network = pick_network(trained or list(RUNS)[:1])
    runs = tuple(filter(is_trained, RUNS[network])) or RUNS[network]
    return [card(name) for name in runs]


def pick_network(names: list[str]) -> str:
    """One of the trained networks; nothing to choose from one."""
    if len(names) == 1:
        widgets.only(Name.NETWORK, names[0], say=title_of)
        return names[0]
    with st.container(width="content"):
        network = widgets.choice(Name.NETWORK, "Network", names, say=title_of)
    return str(network)


def title_of(name: str) -> str:
    """What the page calls a network."""
    return NETWORKS[name].title


def figures(card: dict[str, Any], *others: dict[str, Any], whose: str = "") -> None:
    """The result in a few numbers, each from a card; ``whose`` it is, beside another one's."""
    result, hardware = card["result"], card["hardware"]
    on_cpu = hardware["device"] == "cpu"
    two_cores = on_cpu and hardware["processes"] * hardware["threads"] == 2
    took = "Time on two cores" if two_cores else "Time" if on_cpu else "Time on a GPU"
    numbers = {
        _begun(f"{whose}validation accuracy"): f"{result['validation_accuracy']:.2%}",
        **{
            f"With {recipe.label(other)}": f"{other['result']['validation_accuracy']:.2%}"
            for other in others
        },
        "Homework asks": f"{card['homework_accuracy']:.0%}",
        _begun(f"{whose}training accuracy"): f"{card['history'][-1]['train_accuracy']:.2%}",
        "Epochs": result["epochs"],
        took: duration(result["seconds"]),
        "Parameters": f"{card['parameters']:,}",
    }
    with st.container(horizontal=True, key="figures"):
        for label, number in numbers.items():
            st.metric(label, number, width="content")


def prefix(view: str) -> str:
    """What sets the result that ships apart from another one that a view shows."""
    if VIEWS[view] is epochs.view:
        return "final "
    has_own = VIEWS[view] is curves.view and own_history.chosen() is not None
    return "ours: " if has_own or view == LIVE else ""


def _begun(text: str) -> str:
    return text[0].upper() + text[1:]


line = blocks.title(
    "Training",
    "The network sees the training pictures again and again. When has it learned enough?",
)
with blocks.or_error():
    with line:
        view = widgets.view()
        compared = ingredients.pick_epochs() if view == INGREDIENTS else None
        cards = pick_cards(view) if view in VIEWS else []
    if compared is not None:
        ingredients.view(compared)
        blocks.source(*ingredients.CODE)
    elif view == TIMES:
        times.view()
        blocks.source(*times.CODE)
    else:
        if view == LIVE and lit_page.will_be_open():  # a training that runs goes on meanwhile
            picture, code = heavy.value(running.STEP_RUN(), "One step, line by line …")
            lit_page.beside(picture, lambda: code)
            st.caption(running.CAPTION + live.GOES_ON * live.is_active())
        else:
            figures(*cards, whose=prefix(view))
            VIEWS[view](*cards)
        if view == LIVE:
            lit_page.is_open()
        blocks.source(*CODE)
