"""What a card says of a training, in the words of the Training chapter. No streamlit in it."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.checkpoints.cards import accuracies, end_of_curve, loss_text

# Setting of TrainConfig, its name in the field, what it means to a class; in the order in which
# they are named.
TERMS = (
    (
        "weight_decay",
        "weight decay",
        "every step shrinks the weights too, in proportion to the rate",
    ),
    (
        "label_smoothing",
        "label smoothing",
        "of the target, this share is spread over all classes, so that the network "
        "does not become too sure",
    ),
    (
        "average",
        "averaged weights",
        "what is validated is a moving average of the weights; each step keeps this share "
        "of the old average",
    ),
    (
        "sharpness",
        "sharpness-aware steps",
        "each gradient is taken at the worst weights within this radius, so that "
        "the minimum found is flat",
    ),
    (
        "cutmix",
        "CutMix",
        "in this share of the batches a box of each picture is replaced by another picture's, "
        "and the target by the shares of both",
    ),
    (
        "mixup",
        "mixup",
        "in this share of the batches pictures are blended in pairs, and their targets with them",
    ),
)
ONE_CYCLE = "the rate rises to its peak, then falls to zero along a cosine"
PRECISE = (
    "randomly changed pictures have other statistics than the unchanged ones that are validated; "
    "those of batch "
    "normalisation are measured anew, after the last epoch, on the unchanged training pictures"
)

READING = "rows are the true class, grey is right, colour is wrong."


def label(card: dict[str, Any]) -> str:
    """What sets a run apart from another of the same network."""
    if card["config"]["schedule"] == "constant":
        return "plain Adam"
    return f"{card['result']['epochs']} epochs"


def measured_anew(card: dict[str, Any]) -> bool:
    """Whether what ships has other statistics of batch normalisation than the last epoch had."""
    return bool(card["config"].get("precise_bn"))


def line(cards: Sequence[dict[str, Any]]) -> str:
    """What each of some runs was trained with, in a sentence each."""
    return " ".join(_settings(card, len(cards) > 1) for card in cards)


def _settings(card: dict[str, Any], several: bool) -> str:
    config, name = card["config"], label(card)
    rate = "a one-cycle rate up to" if config["schedule"] == "one_cycle" else "a fixed rate of"
    parts = [f"{optimizer(config)} at {rate} {config['learning_rate']:g}"]
    parts += [f"{term} {config[key]:g}" for key, term, _ in TERMS if config.get(key)]
    if measured_anew(card):
        parts.append("precise batch normalisation")
    return (
        f"{name[0].upper()}{name[1:]}: {', '.join(parts)}." if several else f"{', '.join(parts)}."
    )


def shipped_line(card: dict[str, Any]) -> str:
    """What the diamond at the end of a run's curve is, and why it is not on the curve; "" of a run
    that has none.
    """
    why = end_of_curve(card) if measured_anew(card) else ""
    return f"Diamond: {accuracies(card)[1]} as shipped. {why}" if why else ""


def optimizer(config: Mapping[str, Any]) -> str:
    """What moves the weights, from a card's settings: those of earlier versions know Adam alone."""
    if config.get("optimizer", "adam") == "adam":
        return "Adam"
    return f"SGD with momentum {config['momentum']:g}" if config["momentum"] else "SGD"


def meanings(cards: Sequence[dict[str, Any]]) -> str:
    """What the terms of ``line`` mean, as a Markdown list of those that some of the runs used."""
    configs = [card["config"] for card in cards]
    terms = (
        [("one-cycle rate", ONE_CYCLE)]
        if any(config["schedule"] == "one_cycle" for config in configs)
        else []
    )
    terms += [
        (term, meaning)
        for key, term, meaning in TERMS
        if any(config.get(key) for config in configs)
    ]
    terms += [("precise batch normalisation", PRECISE)] if any(map(measured_anew, cards)) else []
    return "\n".join(f"- **{term[0].upper()}{term[1:]}**: {meaning}." for term, meaning in terms)


def untrained_line(card: dict[str, Any], found: dict[str, Any]) -> str:
    """What a network was before its first step, and how to read the pictures of it.

    Args:
        card: of the network.
        found: its result before its first step.
    """
    return (
        f"{card['title']} before training, with random weights: validation accuracy "
        f"{found['validation_accuracy']:.2%} (chance: {1 / len(card['classes']):.0%}), loss "
        f"{loss_text(found['validation_loss'])}; {READING}"
    )


def epoch_line(card: dict[str, Any], epoch: int) -> str:
    """The result after one epoch, beside that of what ships where they differ, and how to read the
    pictures of it.
    """
    record = card["history"][epoch - 1]
    now, shipped = f"{record['validation_accuracy']:.2%}", accuracies(card)[1]
    anew = "with batch-normalisation statistics measured anew"
    how = anew if measured_anew(card) else "computed in 32 bits"
    last = epoch == len(card["history"]) and now != shipped
    beside = f" ({shipped} as shipped, {how})" if last else ""
    return (
        f"{card['title']} after epoch {epoch}: validation accuracy {now}{beside}, loss "
        f"{loss_text(record['validation_loss'])}; {READING}"
    )
