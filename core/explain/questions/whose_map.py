"""Which class's map is this? For a room that sees another class's map on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from core.explain.questions.live import LiveQuestion, among

TEXT = "This small map is of another class of the same picture: of which?"
NAME = "another class's map"
CLEAR = 1.0  # least difference of two logits whose maps are told apart
MINUS = "\N{MINUS SIGN}"


def whose_map(
    logits: Float[Tensor, " classes"],
    bias: Float[Tensor, " classes"],
    classes: Sequence[str],
    shown: int,
    label: int | None,
) -> tuple[int, LiveQuestion] | None:
    """The class whose map is asked for, and the question.

    A map's mean plus a bias is the class's logit, which stands beside each name: so a map says
    whose it is. It is the map of the likeliest class that is not on the screen or of the least
    likely one, whichever is farther from the others.

    Args:
        logits: of the picture.
        bias: of each class.
        classes: names, in label order.
        shown: class whose map is on the screen.
        label: the picture's own class; None where nobody has labelled it.

    Returns:
        None where too few classes are clearly others.
    """
    ranked = logits.argsort(descending=True).tolist()
    first_other = next(one for one in ranked if one != shown)
    last_other = next(one for one in reversed(ranked) if one != shown)
    middle = float(logits[[one for one in ranked if one != shown]].mean())
    asked = max(first_other, last_other, key=lambda one: abs(float(logits[one]) - middle))
    names = [f"{name}, logit {_written(logit)}" for name, logit in zip(classes, logits.tolist())]
    mistakes: dict[str, str] = {}
    for one, reason in _reasons(logits, asked, label):
        if one != shown and abs(float(logits[one] - logits[asked])) >= CLEAR:
            mistakes.setdefault(names[one], reason)
    mean = float(logits[asked] - bias[asked])
    answer = (
        f"The map's mean, {_written(mean, 2)}, and the bias, {_written(float(bias[asked]), 2)}, "
        f"give the logit of {classes[asked]}, {_written(float(logits[asked]), 2)}."
    )
    question = among(NAME, TEXT, names[asked], mistakes, seed=names, answer=answer)
    return None if question is None else (asked, question)


def _reasons(
    logits: Float[Tensor, " classes"], asked: int, label: int | None
) -> list[tuple[int, str]]:
    """Classes with why somebody says them: the most telling first, then the farthest."""
    far = (logits - logits[asked]).abs().argsort(descending=True).tolist()
    found = [
        (int(logits.argmax()), "took the likeliest class, whose map is mostly for it"),
        (int(logits.argmin()), "took the least likely class, whose map is mostly against it"),
        (label, "took what the picture shows, whatever the map says of it"),
        *((one, "overlooked that the mean of the map, plus a bias, is the logit") for one in far),
    ]
    return [(one, reason) for one, reason in found if one is not None and one != asked]


def _written(value: float, decimals: int = 1) -> str:
    text = f"{value:.{decimals}f}"
    return text.replace("-", MINUS) if float(text) else text.lstrip("-")
