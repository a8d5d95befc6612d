"""Training curves, what the network had learned after each epoch, its mistakes, and a training to
watch.
"""

from typing import Any

import streamlit as st

from app.chapters.training import charts as training_charts
from app.chapters.training import controls, live, recipe
from app.ui import blocks, charts, loaders
from app.ui.old_keys import Key
from core.checkpoints.cards import duration
from core.training.loop import fit
from core.training.schedule import learning_rate_at

RUNS = {"mnist_cnn": ("mnist_cnn",), "cifar10_resnet": ("cifar10_resnet", "cifar10_resnet_plain")}


def figures(card: dict[str, Any], others: list[dict[str, Any]]) -> None:
    """The result in a few numbers, each from a card."""
    result, last, hardware = card["result"], card["history"][-1], card["hardware"]
    cores = hardware["processes"] * hardware["threads"] if hardware["device"] == "cpu" else 0
    st.metric("Validation accuracy", f"{result['validation_accuracy']:.2%}", width="content")
    for other in others:
        st.metric(
            f"With {recipe.label(other)}",
            f"{other['result']['validation_accuracy']:.2%}",
            width="content",
        )
    st.metric("Homework asks", f"{card['homework_accuracy']:.0%}", width="content")
    st.metric("Training accuracy", f"{last['train_accuracy']:.2%}", width="content")
    st.metric("Epochs", result["epochs"], width="content")
    st.metric(
        "Time on two cores" if cores == 2 else "Time", duration(result["seconds"]), width="content"
    )
    st.metric("Parameters", f"{card['parameters']:,}", width="content")


def curves(cards: list[dict[str, Any]]) -> None:
    """Accuracy large; loss and learning rate beside it. The page is about the first card's run."""
    card, names = cards[0], tuple(card["name"] for card in cards)
    left, right = st.columns([54, 46], gap="large")
    with left:
        blocks.chart(
            loaders.curves(names, "accuracy", blocks.theme()),
            key="training_accuracy",
            alt="accuracy of training and validation over the epochs",
        )
    with right:
        blocks.chart(
            loaders.curves(names, "loss", blocks.theme()),
            key="training_loss",
            alt="loss of training and validation over the epochs",
        )
        blocks.chart(
            loaders.learning_rates(names, blocks.theme()), key="training_rate", alt="learning rate"
        )
    st.caption(
        f"{card['title']}, seed {card['seed']}; validated on {card['validated_on']}. "
        f"{recipe.line(cards)} "
        "Training figures are means over the epoch while the weights still move, on randomly "
        "changed pictures; "
        "validation is that of the weights after the epoch.",
        help=recipe.meanings(cards),
    )


@st.fragment
def epochs(card: dict[str, Any]) -> None:
    """One slider; kernels, confusion matrix and per-class accuracy of that epoch."""
    with blocks.or_error():  # a fragment's error does not reach the page around it
        epoch_pictures(card, controls.pick_epoch(card["result"]["epochs"]))


def epoch_pictures(card: dict[str, Any], epoch: int) -> None:
    matrix, bars = loaders.epoch_charts(card["name"], epoch, blocks.theme())
    left, right = st.columns([23, 90] if card["epoch_weights"] else [1, 90], gap="medium")
    if card["epoch_weights"]:
        with left, blocks.or_error():
            kernels(card["name"], epoch)
    with (
        right
    ):  # the caption too: under the kernels, which are higher, a projector would not show it
        middle, side = st.columns([52, 34], gap="medium")
        with middle:
            blocks.chart(
                matrix, key="training_confusion", alt=f"confusion matrix after epoch {epoch}"
            )
        with side:
            blocks.chart(
                bars, key="training_classes", alt=f"accuracy per class after epoch {epoch}"
            )
        st.caption(recipe.epoch_line(card, epoch))


def kernels(name: str, epoch: int) -> None:
    """The first layer's kernels before training and now: numbers in grey pictures' kernels, colours
    in RGB ones.
    """
    before, now = (loaders.epoch_kernels(name, number) for number in (0, epoch))
    if now.shape[1] == 1:
        groups = {"Before": before[:, 0].tolist(), "Now": now[:, 0].tolist()}
        blocks.chart(
            charts.kernels(groups, loaders.kernel_limit(name), theme=blocks.theme()),
            key="training_kernels",
            alt=f"first-layer kernels before training and after epoch {epoch}",
        )
        return
    for column, (title, weights) in zip(st.columns(2), {"Before": before, "Now": now}.items()):
        largest = float(abs(weights).max())
        with column, st.container(key=f"crisp_{title}"):
            st.image(
                training_charts.filters(weights, largest, columns=5),
                width="stretch",
                output_format="PNG",
                caption=f"{title}, ±{largest:.2f}",
                alt=f"{title}: the first layer's {len(weights)} kernels as small colour pictures",
            )
    st.caption(
        f"{len(now)} kernels in colour, each side on its own scale: grey is 0, light +, dark −."
    )


@st.fragment
def mistakes(card: dict[str, Any]) -> None:
    """The confusion matrix of what ships; a click on a cell shows its pictures."""
    with blocks.or_error():
        shown = loaders.examples(card["name"])
        left, right = st.columns([56, 44], gap="large")
        with left:
            usual = shown.commonest_mistake(card["result"]["confusion"])
            first = controls.first_cell(card["name"], card["classes"], usual)
            event = blocks.chart(
                loaders.mistakes_chart(card["name"], first, blocks.theme()),
                key=Key.TRAIN_MATRIX,
                alt="confusion matrix; click a cell to see its pictures",
                pick=training_charts.PICKED,
            )
            st.caption(
                f"{card['title']}, as shipped: rows are the true class, blue right, orange "
                "wrong. Click a cell."
            )
        with right:
            true, predicted = controls.picked_cell(event, card["classes"]) or first
            controls.tell_cell((true, predicted), card["classes"], usual)
            pictures(card, shown, true, predicted)


def pictures(card: dict[str, Any], shown: loaders.Examples, true: int, predicted: int) -> None:
    """The pictures of one cell of the confusion matrix."""
    count, total = (
        card["result"]["confusion"][true][predicted],
        sum(card["result"]["confusion"][true]),
    )
    names, found = card["classes"], shown.at(true, predicted)
    st.markdown(
        f"True class **{names[true]}**, predicted **{names[predicted]}**: {count:,} of {total:,} "
        "pictures"
    )
    page = found[
        controls.pick_page(len(found), blocks.GRID_PICTURES, (card["name"], true, predicted))
    ]
    blocks.picture_grid(
        shown.images[page], dict.fromkeys(shown.indices[page].tolist(), names[true])
    )
    if len(found):
        st.caption("Numbers are positions in the test set.")
    if not shown.whole and len(found) < count:
        reason = (
            f"Of these pictures {len(found) or 'none'} are among the {len(shown.images)} "
            "bundled ones; "
        )
        live.needs_data(card["config"]["dataset"], reason + "the full test set shows them all.")


def train_now() -> None:
    """The small CNN, while the class watches."""
    if not live.needs_data(
        "mnist", "Training needs all 60,000 pictures of MNIST; the 20 bundled ones are too few."
    ):
        st.caption("Here the small CNN is trained on MNIST, whichever network is shown above.")
        live.train_now(loaders.card("mnist_cnn"))


line = blocks.title(
    "Training",
    "The network sees the training pictures again and again. When has it learned enough?",
)
with blocks.or_error():
    networks = [name for name, runs in RUNS.items() if any(map(loaders.is_trained, runs))] or [
        next(iter(RUNS))
    ]
    with line:
        network = controls.pick_network(networks)
    present = tuple(filter(loaders.is_trained, RUNS[network])) or RUNS[network]
    main, *more = [loaders.card(name) for name in present]
    with st.container(horizontal=True, key="figures"):
        figures(main, more)
    views = {
        "Curves": lambda: curves([main, *more]),
        "Epoch by epoch": lambda: epochs(main),
        "Mistakes": lambda: mistakes(main),
        "Train it now": train_now,
    }
    for tab, show in zip(
        st.tabs(list(views), key=Key.TRAIN_VIEW, bind="query-params"), views.values()
    ):
        if tab.open:
            with tab:
                show()
    blocks.source(fit, learning_rate_at)
