"""How often an attack succeeds on the two shipped networks, beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from core import checkpoints, homework
from core.attacks import PGD
from core.attacks import attack as our_attack
from core.checking.parts.attack_bugs import TOLERANCE, Track
from core.checking.parts.attack_calls import HIGH, Call, Scene, ask
from core.checking.parts.saying import failed, finding, told, wrong
from core.checking.results import Finding, Question
from core.checking.worker import Answer, Student
from core.data.samples import load_training_digits
from core.evaluation import evaluation_mode, wilson_interval

SUCCESS = {"A": "success on model A", "B": "success on model B"}
STRONG = {"A": 32.0, "B": 64.0}  # where plain PGD succeeds on most pictures
WEAKER = "A"  # of the two networks
DIGITS, FEW = 24, 6
ALONE = "It succeeds on {} of {} digits one at a time, and on {} of them in one batch."
FIXED = "It has no parameter for epsilon, so its success at a larger one is not asked."


@dataclass(frozen=True)
class Task:
    """One attack of the homework.

    Attributes:
        part: its name in reports.
        title: for a person.
        targeted: whether it has a target.
        limit: backward passes that an image may cost.
    """

    part: str
    title: str
    targeted: bool
    limit: int


@dataclass(frozen=True, eq=False)
class Seen:
    """An attack that has run on the probe.

    Attributes:
        task: what it should be.
        call: how it is called.
        track: the way of one image.
        counts: backward passes of each image, of all runs.
        bug: the one thing that explains what is wrong; None: nothing that is known does.
        loops: whether it has a loop, or is told a number of steps.
    """

    task: Task
    call: Call
    track: Track
    bug: str | None
    loops: bool


def explained(seen: Seen, sentence: str, hint: str) -> Finding:
    """What is wrong, with the bug that explains it, or with a hint where none does."""
    said = f"{told(seen.bug)} {sentence}" if seen.bug else sentence
    return finding(said, seen.bug, hint=hint)


def added(answer: Answer, scene: Scene) -> Answer:
    """The answer with pictures, where a function gives what has to be added to them."""
    came = answer.tensors["adversarial"]
    is_change = float(came.min()) < 0 and float(came.abs().max()) <= 1.01 * scene.epsilon
    if not is_change:
        return answer
    return replace(answer, tensors={**answer.tensors, "adversarial": came + scene.images})


@dataclass(frozen=True)
class Rate:
    """Success on a network.

    Attributes:
        question: with what is to be said of it.
        counts: backward passes of each image.
        alone: that it succeeds on one image at a time and not on several; "": there is no such
            difference.
    """

    question: Question
    counts: tuple[int, ...] = ()
    alone: str = ""


def success(student: Student, seen: Seen, seed: int) -> list[Rate]:
    """Success on both networks, with the backward passes that it took."""
    track = seen.track
    if track.beyond > TOLERANCE or track.outside > TOLERANCE or seen.bug == "clip-to-one":
        return [Rate(Question(name, "not asked")) for name in SUCCESS.values()]
    if "epsilon" not in seen.call.roles.values():
        return [Rate(wrong(name, finding(FIXED), "beyond")) for name in SUCCESS.values()]
    return [_on_network(student, seen, name, seed) for name in SUCCESS]


def _on_network(student: Student, seen: Seen, name: str, seed: int) -> Rate:
    model = checkpoints.load(homework.ATTACKED[name]).model
    images, labels = digits(seed, ones=seen.task.targeted)
    weights = {key: one.double() for key, one in model.state_dict().items()}
    scene = Scene("digits", weights, images, labels, homework.TARGET, STRONG[name])
    ours = our_attack(
        model,
        images.float(),
        homework.TARGET if seen.task.targeted else labels,
        scene.epsilon,
        method=PGD,
        targeted=seen.task.targeted,
        bounds=(0.0, HIGH),
        max_gradients=seen.task.limit,
    )
    goal = int(ours.success.sum())
    call, answer, alone = seen.call, ask(student, seen.call, scene), ""
    found = _wins(model, answer, scene, seen)
    if answer.problem is not None or _is_less(found, goal):  # is it meant for one image at a time?
        few, single = _few(scene), replace(call, single=True)
        tried = _wins(model, ask(student, single, few), few, seen)
        if sum(tried) > sum(found[:FEW]) or (answer.problem is not None and tried):
            together = answer
            call, answer = single, ask(student, single, scene)
            before, found = sum(found), _wins(model, answer, scene, seen)
            is_alone = together.problem is None
            alone = ALONE.format(sum(found), DIGITS, before) if is_alone else ""
    if (
        answer.problem is None and call.step and _is_less(found, goal)
    ):  # is its step meant for a smaller epsilon?
        longer = ask(student, replace(call, grows=True), scene)
        tried = _wins(model, longer, scene, seen)
        answer, found = (longer, tried) if sum(tried) > sum(found) else (answer, found)
    if answer.problem is not None:
        return Rate(failed(SUCCESS[name], answer.problem))
    counts = tuple(int(one) for one in answer.facts["counts"])
    return Rate(_rate(seen, name, sum(found), goal), counts, alone)


def _is_less(found: Sequence[bool], goal: int) -> bool:
    """Whether an attack succeeds on fewer pictures than ours, by more than chance explains."""
    return wilson_interval(sum(found), DIGITS)[1] < wilson_interval(goal, DIGITS)[0]


def _few(scene: Scene) -> Scene:
    """The first images of a scene."""
    return replace(scene, images=scene.images[:FEW], labels=scene.labels[:FEW])


def _wins(model: nn.Module, answer: Answer, scene: Scene, seen: Seen) -> list[bool]:
    """Which images a network takes for what the attack wants; none where it has not answered."""
    if answer.problem is not None:
        return []
    came = added(answer, scene).tensors["adversarial"].float()
    with evaluation_mode(model):
        predicted = model(came).argmax(1)
    wins = predicted == scene.goal if seen.task.targeted else predicted != scene.labels
    return [bool(one) for one in wins]


def _rate(seen: Seen, name: str, found: int, ours: int) -> Question:
    """Wrong where a known bug explains it, or where next to nothing is found on the weaker network;
    an attack may well be weaker than ours.
    """
    low, high = wilson_interval(found, DIGITS)
    least = wilson_interval(ours, DIGITS)[0]
    if high >= least:
        return Question(SUCCESS[name], "right")
    sentence = (
        f"At epsilon {STRONG[name]:g} it succeeds on {found} of {DIGITS} digits ({low:.0%} to "
        f"{high:.0%} of all, with 95 % confidence), and ours on {ours}."
    )
    hint = "What does the loss of one picture do from step to step, and when does it stop?"
    is_wrong = seen.bug is not None or (name == WEAKER and high < least / 2)
    return wrong(SUCCESS[name], explained(seen, sentence, hint), "wrong" if is_wrong else "beyond")


def digits(seed: int, *, ones: bool) -> tuple[Tensor, Tensor]:
    """Bundled training digits, (24, 1, 28, 28) in grey values, and their labels.

    Args:
        seed: of the choice.
        ones: only those of the class that is to be changed.
    """
    every = load_training_digits()
    index = torch.arange(len(every.labels))
    index = index[every.labels == homework.SOURCE] if ones else index
    order = torch.randperm(len(index), generator=torch.Generator().manual_seed(seed % 2**40))
    chosen = index[order[:DIGITS]]
    return every.images[chosen].double(), every.labels[chosen]
