"""The homework's questions, each answered in words with the measured numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from core import homework
from core.attacks import IMPROVED, PGD
from core.checkpoints.cards import (
    duration,
    end_of_curve,
    processor,
    why_validation_leads,
)
from core.models import Saturated
from core.report import figures
from core.report.document import Sheet
from core.report.rates import Measured, Rates, improvement, losses

SMALL, LARGE = 8, 32  # epsilons of the comparisons, in grey values
FAINT = 16  # grey values: a change up to here is a faint grain in the printed pictures


def accuracy(card: Mapping[str, Any]) -> str:
    """What a network reaches, and what the homework asks of it."""
    result, least = card["result"], homework.LEAST_EPOCHS[card["name"]]
    asked = homework.NETWORKS[card["name"]].homework_accuracy or 0.0
    reached = result["validation_accuracy"] >= asked and result["epochs"] >= least
    return (
        f"{card['title']}: validation accuracy {result['validation_accuracy']:.2%} after "
        f"{result['epochs']} epochs on {card['validated_on']}. The homework asks for {asked:.0%} "
        f"after at least {least} epochs: {'reached' if reached else 'missed'}. {end_of_curve(card)}"
    ).rstrip()


def generalisation(card: Mapping[str, Any]) -> str:
    """How training and validation differ after the last epoch, and why."""
    training, validation = (
        card["history"][-1]["train_accuracy"],
        card["result"]["validation_accuracy"],
    )
    return (
        f"{card['title']}: in its last epoch {training:.2%} of the training pictures were right, "
        f"at its end {validation:.2%} of the validation pictures are. "
        f"{why_validation_leads(card['history'], card['config'])}"
    ).rstrip()


def tasks_sheet(sheet: Sheet) -> None:
    """What the three attacks do."""
    sheet.heading("The three tasks")
    first, second, third = (homework.EVALUATED[name] for name in homework.TASKS)
    sheet.text(
        "All three are one loop: take the gradient of a score at the picture, step along its sign, "
        "clip to epsilon and to the range of the pixels, and stop at the first success."
    )
    sheet.text(
        f"Task 1: into any other class, at most {first.max_gradients} gradients. Score: the "
        "largest other logit minus the true one, with a smooth maximum. Steps of "
        f"{IMPROVED.step_size:g} epsilon that shrink along a cosine, momentum "
        f"{IMPROVED.momentum:g}, from the picture itself."
    )
    sheet.text(
        f"Task 2, every 1 becomes an 8, at most {second.max_gradients} gradients: plain projected "
        f"gradient descent. Score: minus the cross-entropy of the 8. Steps of {PGD.step_size:g} "
        "epsilon, from a random point within epsilon."
    )
    sheet.text(
        f"Task 3, the improved version, with the same {third.max_gradients} gradients: the score, "
        "the steps and the momentum of task 1, aimed at the 8."
    )


def success_answer(measured: Measured) -> str:
    """What the curves of the three tasks say."""
    rates = homework.shares(measured)
    half = {model: _least(rates, homework.FIRST, model, 0.5) for model in homework.ATTACKED}
    found = "; ".join(
        f"model {model} {'from epsilon ' + f'{epsilon:g}' if epsilon is not None else 'never'}"
        for model, epsilon in half.items()
    )
    ones = figures.rows_of(measured, homework.THIRD, "A")[0]["inputs"]
    return (
        f"Measured on {measured['validated_on']}, {measured['images']:,} pictures, tasks 2 and 3 "
        f"on the {ones:,} ones among them. A success is a real-valued picture that the network "
        "takes for another class (task 1) or for an 8; the bars are Wilson's 95% intervals. Task "
        "1 fools half of the pictures: "
        f"{found}. At epsilon 0 the rate is what the network gets wrong, or takes for an 8, "
        "without an attack. "
        "Model M, the broad line under that of A, is explained with the answers."
    )


def masked(measured: Measured) -> str:
    """What model M is, and what the attacks find."""
    rates, [(model, origin)] = homework.shares(measured), homework.MASKED.items()
    plain, noise, first = (
        f"{rates[task, model, LARGE]:.2%}"
        for task in (homework.PLAIN, homework.NOISE, homework.FIRST)
    )
    return (
        f"Model {model} is model {origin} with its logits multiplied by "
        f"{Saturated(nn.Identity()).factor:,.0f}. It decides as {origin} does, but its softmax is "
        "0 or 1 nearly everywhere, and the gradient of its cross-entropy is 0 in 32 bits. Plain "
        f"PGD, which climbs the cross-entropy of the true class, fools {origin} at epsilon {LARGE} "
        f"on {rates[homework.PLAIN, origin, LARGE]:.2%} of the pictures and {model} on "
        f"{plain}; random signs reach {noise}. Task 1, whose score is a difference of logits, "
        f"reaches {first}. So {model} hides its gradient and is not robust: a low success rate of "
        "one attack proves nothing."
    )


def comparison(measured: Measured) -> str:
    """Model A against model B."""
    rates = homework.shares(measured)
    at = measured["epsilons"].index(LARGE)
    first, second = (f"{rates[homework.FIRST, model, LARGE]:.2%}" for model in "AB")
    made_on_a, made_on_b = (f"{measured['transfer'][pair][at]:.2%}" for pair in ("AB", "BA"))
    return (
        f"B. At epsilon {LARGE} task 1 makes A see another class in {first} of the pictures, and B "
        f"in {second}. Both have the same architecture; without an attack A gets "
        f"{rates[homework.FIRST, 'A', 0]:.2%} wrong and B {rates[homework.FIRST, 'B', 0]:.2%}. B "
        f"was trained on attacked pictures. Few attacks carry over: of the pictures that task 1 "
        f"makes on A at epsilon {LARGE}, B gets {made_on_a} wrong; of those made on B, A gets "
        f"{made_on_b} wrong."
    )


def inconspicuous(measured: Measured) -> str:
    """Whether the change is seen at the epsilon from which each network is fooled."""
    found = " ".join(_seen(homework.shares(measured), model) for model in homework.ATTACKED)
    return (
        "Judged at the smallest measured epsilon at which task 1 fools half of the pictures. "
        f"{found}"
    )


def _seen(rates: Rates, model: str) -> str:
    """The answer for one network."""
    epsilon = _least(rates, homework.FIRST, model, 0.5)
    if epsilon is None:
        return f"Model {model}: task 1 fools half of the pictures at no measured epsilon."
    is_faint, fooled = epsilon <= FAINT, rates[homework.FIRST, model, epsilon]
    verdict = (
        "a faint grain on the black ground"
        if is_faint
        else "plain to see, though one still reads the digit"
    )
    said = (
        f"Model {model}: {'yes' if is_faint else 'no'}. At epsilon {epsilon:g}, "
        f"{epsilon / 255:.1%} of the range, {fooled:.2%} fool it, and the change is {verdict}"
    )
    small = rates[homework.FIRST, model, SMALL]
    return f"{said}." if is_faint else f"{said}; at {SMALL} only {small:.2%} do."


def bonus(measured: Measured) -> list[tuple[str, ...]]:
    """Task 3 at the homework's two epsilons: a row for each model, with two decimals."""
    rates = homework.shares(measured)
    return [
        (
            f"model {model}",
            *(
                f"{rates[homework.THIRD, model, epsilon]:.2%}"
                for epsilon in homework.BONUS_EPSILONS
            ),
        )
        for model in homework.ATTACKED
    ]


def answers_sheet(sheet: Sheet, measured: Measured) -> None:
    """The questions of part 6."""
    ones = figures.rows_of(measured, homework.THIRD, "A")[0]["inputs"]
    sheet.heading("A against B: which is the more robust one?")
    sheet.text(comparison(measured))
    sheet.heading("What does task 3 improve over task 2, and by how much?")
    sheet.text(
        f"The same {homework.EVALUATED[homework.THIRD].max_gradients} gradients, a better use of "
        "them: a score that does not flatten out, larger steps at first, momentum. It gains "
        + "; ".join(improvement(measured, model) for model in homework.ATTACKED)
        + f". {losses(measured)}"
    )
    sheet.heading("Are the adversarial pictures inconspicuous?")
    sheet.text(inconspicuous(measured))
    sheet.heading("What does model M show?")
    sheet.text(masked(measured))
    figures.draw_masked(sheet, measured)
    sheet.heading("Training set or test set?")
    sheet.text(
        "The test set. The training pictures have shaped the weights, and B was trained on "
        "attacked ones: on these a network looks more robust than it is on pictures that it "
        "never saw."
    )
    sheet.heading(f"Bonus, task 3: success on the {ones:,} ones of {measured['validated_on']}")
    head = ("", *(f"epsilon {epsilon}" for epsilon in homework.BONUS_EPSILONS))
    sheet.table(head, bonus(measured), (0, -2, -3))
    sheet.text(f"The same numbers come out of: {measured['command']}")


def origins(cards: Sequence[Mapping[str, Any]]) -> list[str]:
    """How each network and result was made."""
    lines = []
    for card in cards:
        hardware, versions = card["hardware"], card["versions"]
        seconds = card["result"]["seconds"] if "result" in card else card["seconds"]
        lines.append(
            f"{card['name']}: {card['command']}; seed {card['seed']}; {duration(seconds)}; "
            f"{processor(hardware)}, {hardware['device']}; torch {versions['torch']}, Python "
            f"{versions['python']}"
        )
    return lines


def _least(rates: Rates, task: str, model: str, share: float) -> float | None:
    """The smallest measured epsilon at which an attack reaches a share of the pictures."""
    reached = [
        epsilon
        for (attack, network, epsilon), rate in rates.items()
        if (attack, network) == (task, model) and rate >= share
    ]
    return min(reached, default=None)
