"""What a card says of a training, in the words of the Training chapter. No streamlit in it."""

from collections.abc import Mapping, Sequence
from typing import Any

from core import glossary
from core.checkpoints.cards import accuracies, end_of_curve, loss_text

# Setting of TrainConfig to its term, in the order in which they are named.
TERMS = {
    "weight_decay": "weight decay",
    "label_smoothing": "label smoothing",
    "average": "averaged weights",
    "sharpness": "sharpness-aware steps",
    "translate": "random translation",
    "unsharp_mask": "unsharp mask",
    "cutmix": "CutMix",
    "mixup": "mixup",
}
SWITCHES = {
    "principal_kernels": "principal kernels",
    "precise_bn": "precise batch normalisation",
}
RATES = {
    "constant": "a fixed rate of",
    "one_cycle": "a one-cycle rate up to",
    "triangle": "a rate that rises and falls in a line, up to",
}
ONE_CYCLE = "one-cycle rate"

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
    rate = f"{RATES[config['schedule']]} {config['learning_rate']:g}"
    parts = [f"{optimizer(config)} at {rate}"]
    parts += [f"{term} {config[key]:g}" for key, term in TERMS.items() if config.get(key)]
    parts += [term for key, term in SWITCHES.items() if config.get(key)]
    return (
        f"{name[0].upper()}{name[1:]}: {', '.join(parts)}." if several else f"{', '.join(parts)}."
    )


def diamonds_line(cards: Sequence[dict[str, Any]]) -> str:
    """What the diamonds at the ends of the runs' curves are, and why they are not on the curves; ""
    where no run has one.
    """
    marked = [card for card in cards if measured_anew(card) and end_of_curve(card)]
    if not marked:
        return ""
    first, *others = marked
    also = "".join(f", of {label(card)} {accuracies(card)[1]}" for card in others)
    return f"Diamond: the final {accuracies(first)[1]}{also}. {end_of_curve(first)}"


def optimizer(config: Mapping[str, Any]) -> str:
    """What moves the weights, from a card's settings: those of earlier versions know Adam alone."""
    if config.get("optimizer", "adam") == "adam":
        return "Adam"
    return f"SGD with momentum {config['momentum']:g}" if config["momentum"] else "SGD"


def meanings(cards: Sequence[dict[str, Any]]) -> str:
    """What the terms of ``line`` mean, as a Markdown list of those that some of the runs used."""
    configs = [card["config"] for card in cards]
    one_cycle = any(config["schedule"] == "one_cycle" for config in configs)
    used = [ONE_CYCLE] if one_cycle else []
    terms = (TERMS | SWITCHES).items()
    used += [term for key, term in terms if any(config.get(key) for config in configs)]
    return glossary.as_list([glossary.term(f"{term[0].upper()}{term[1:]}") for term in used])


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
