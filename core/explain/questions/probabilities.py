"""Softmax and the gradient of the cross-entropy, and what somebody says who is wrong.

p_k = exp(z_k) / sum of exp(z_j),    d loss / d z_k = p_k - [k is the true class]
"""

from __future__ import annotations

from collections.abc import Sequence

from core.explain.questions.question import Option


def probabilities(powers: Sequence[int], index: int) -> list[Option]:
    """The softmax of one class, then wrong answers, best first.

    Args:
        powers: exp(logit) of each class.
        index: of the class.
    """
    total, own = sum(powers), powers[index]
    return [
        Option((own / total,), f"{own} / ({' + '.join(map(str, powers))})"),
        Option((own / (total - own),), "divided by the other classes alone"),
        Option((own / max(powers),), "divided by the largest, not by the sum"),
        Option((1 / len(powers),), "gave each class the same"),
        Option((1 - own / total,), "took what is left for the other classes"),
    ]


def loss_gradients(powers: Sequence[int], index: int, label: int) -> list[Option]:
    """The gradient of the cross-entropy into one logit, then wrong answers, best first.

    Args:
        powers: exp(logit) of each class.
        index: of the logit.
        label: the true class.
    """
    share = powers[index] / sum(powers)
    is_true = index == label
    rule = f"p − 1 = {share:g} − 1" if is_true else f"p = {share:g}, since it is not the true class"
    slipped = "forgot to take 1 away at the true class" if is_true else "took 1 away at this class"
    return [
        Option((share - is_true,), rule),
        Option((share - (not is_true),), slipped),
        Option((float(is_true) - share,), "turned the sign around"),
        Option((0.0,), "took 0: a gradient of 0 needs a probability of 0 or 1"),
        Option((share * (1 - share),), "took the derivative of the probability, not of the loss"),
    ]
