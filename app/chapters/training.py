"""Training curves, and what the network had learned after each epoch."""

from typing import Any

import streamlit as st

from app.ui import blocks, charts, controls, loaders
from app.ui.state import Key
from core import training

NAME = "mnist_cnn"


def figures(card: dict[str, Any]) -> None:
    """The result in a few numbers, each from the card."""
    result, last = card["result"], card["history"][-1]
    with st.container(horizontal=True, key="figures"):
        st.metric("Validation accuracy", f"{result['validation_accuracy']:.2%}", width="content")
        st.metric("Homework asks", f"{card['homework_accuracy']:.0%}", width="content")
        st.metric("Training accuracy", f"{last['train_accuracy']:.2%}", width="content")
        st.metric("Epochs", result["epochs"], width="content")
        st.metric("Time on two cores" if card["hardware"]["threads"] == 2 else "Time",
                  training.duration(result["seconds"]), width="content")  # fmt: skip
        st.metric("Parameters", f"{card['parameters']:,}", width="content")


def curves(card: dict[str, Any]) -> None:
    """Loss and accuracy side by side."""
    columns = st.columns(2, gap="large")
    for column, quantity in zip(columns, ("loss", "accuracy")):
        with column:
            blocks.chart(
                loaders.curves(NAME, quantity, blocks.theme()),
                key=f"training_{quantity}",
                alt=f"{quantity} of training and validation over {card['result']['epochs']} epochs",
            )
    smoothing, augmented = card["config"]["label_smoothing"], card["config"]["augmentation"] != "none"
    st.caption(
        f"{card['title']}, seed {card['seed']}; validated on {card['validated_on']}. Training figures are means over "
        "the epoch while the weights still move"
        + (", on randomly changed pictures, which are harder" if augmented else "")
        + (", without the label smoothing that is trained with" if smoothing else "")
        + ": that is why validation can look better than training."
    )


@st.fragment
def epochs(card: dict[str, Any]) -> None:
    """One slider; kernels, confusion matrix and per-class accuracy of that epoch."""
    with blocks.or_error():  # a fragment's error does not reach the page around it
        epoch_pictures(card, controls.pick_epoch(card["result"]["epochs"]))


def epoch_pictures(card: dict[str, Any], epoch: int) -> None:
    matrix, bars = loaders.epoch_charts(NAME, epoch, blocks.theme())
    left, middle, right = st.columns([23, 52, 34], gap="medium")
    with left, blocks.or_error():
        before, now = (loaders.epoch_kernels(NAME, number)[:, 0] for number in (0, epoch))
        blocks.chart(
            charts.kernels(
                {"Before": before.tolist(), "Now": now.tolist()}, loaders.kernel_limit(NAME), theme=blocks.theme()
            ),
            key="training_kernels",
            alt=f"first-layer kernels before training and after epoch {epoch}",
        )
    with middle:
        blocks.chart(matrix, key="training_confusion", alt=f"confusion matrix after epoch {epoch}")
    with right:
        blocks.chart(bars, key="training_classes", alt=f"accuracy per class after epoch {epoch}")
    record = card["history"][epoch - 1]
    st.caption(
        f"{card['title']} after epoch {epoch}: validation accuracy {record['validation_accuracy']:.2%}, "
        f"loss {record['validation_loss']:.4f}; rows are the true class, blue is right, orange is wrong."
    )


blocks.title("Training", "The network sees the training pictures again and again. When has it learned enough?")
with blocks.or_error():
    shown = loaders.card(NAME)
    figures(shown)
    by_curve, by_epoch = st.tabs(["Curves", "Epoch by epoch"], key=Key.TRAIN_VIEW, bind="query-params")
    with by_curve:
        curves(shown)
    with by_epoch:
        epochs(shown)
    blocks.source(training.fit, training.learning_rate_at)
