"""Which class's map is this? For a room that sees another class's map on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from jaxtyping import Float
from torch import Tensor

from core.explain.questions.live import LiveQuestion, among

TEXT = "Which class's map is this, on one scale with all the others?"
NAME = "another class's map"
CLEAR = 0.5  # least difference of two logits whose maps are told apart


def whose_map(
    logits: Float[Tensor, " classes"], classes: Sequence[str], shown: int, label: int | None
) -> tuple[int, LiveQuestion] | None:
    """The class whose map is asked for, and the question.

    A map's mean plus a bias is the class's logit, so a map says how large its class's logit is. It
    is the map of the likeliest class that is not on the screen, or of the least likely one.

    Args:
        logits: of the picture.
        classes: names, in label order.
        shown: class whose map is on the screen.
        label: the picture's own class; None where nobody has labelled it.

    Returns:
        None where too few classes are clearly others.
    """
    ranked = logits.argsort(descending=True).tolist()
    predicted, likely, unlikely = ranked[0], ranked[1], ranked[-1]
    first_other = next(one for one in ranked if one != shown)
    seed = f"{shown} {[round(value, 2) for value in logits.tolist()]}"
    asked = Random(seed).choice([first_other, unlikely if unlikely != shown else ranked[-2]])
    middle = ranked[len(ranked) // 2]
    reasons = [
        (predicted, "took the class that the network sees: its map speaks for it the most"),
        (label, "took what the picture shows for what the map speaks for"),
        (unlikely, "took the least likely class: its map speaks against it the most"),
        (likely, "took the second most likely class: it has more that speaks for it"),
        (middle, "took a class in the middle: its map is paler"),
        *((one, "took one class's map for another's") for one in ranked),
    ]
    mistakes: dict[str, str] = {}
    for one, reason in reasons:
        if one in (None, shown):
            continue  # the map on the screen is another one
        if abs(float(logits[one] - logits[asked])) >= CLEAR:
            mistakes.setdefault(classes[one], reason)
    question = among(NAME, TEXT, classes[asked], mistakes, seed)
    return None if question is None else (asked, question)
