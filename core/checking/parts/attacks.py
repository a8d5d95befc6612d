"""Part 6: does an attack keep its limits, how many backward passes does it take, and does it work?

It is called on a small smooth network that no attack fools, where every point that it goes through
is looked at, and on the two shipped networks, where its success is counted beside ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.checking.findings import where
from core.checking.parts import attack_bugs
from core.checking.parts.attack_bugs import REACHED, TOLERANCE, Track, track_of
from core.checking.parts.attack_calls import (
    EPSILON,
    HIGH,
    LONG,
    SHORT,
    Call,
    Scene,
    ask,
    fitted,
    probe,
    role_of,
    roles_of,
    scaled,
    self_scaled,
)
from core.checking.parts.attack_success import SUCCESS, Seen, Task, added, explained, success
from core.checking.parts.saying import failed, finding, not_asked, target_of, told, wrong
from core.checking.results import Found, Part, Question
from core.checking.roles import plain
from core.checking.worker import Answer, Problem, Student

COMES, LIMIT, RANGE = "adversarial pictures come back", "within epsilon", "pixels in their range"
BUDGET, STEP, MODE = "backward passes", "what its steps do", "the network in training mode"
KEPT, CHANGED = "leaves the pictures as they are", "input-changed"
AFTER = (LIMIT, RANGE, BUDGET, STEP, *SUCCESS.values(), MODE)

GRADIENT = re.compile(r"(data)?grad(ient)?s?")
ALONE = "several pictures at once"

UNTARGETED = Task("attack", "Untargeted attack", False, 20)
TARGETED = Task("targeted", "Targeted attack", True, 100)
IMPROVED = Task("improved", "Improved targeted attack", True, 100)


def check_untargeted(student: Student, target: Found, seed: int) -> Part:
    """Task 1: an untargeted attack.

    Args:
        student: the file.
        target: its function.
        seed: of images and of the probe.
    """
    return _check(student, target, seed, UNTARGETED)


def check_targeted(student: Student, target: Found, seed: int) -> Part:
    """Task 2: a targeted attack.

    Args:
        student: the file.
        target: its function.
        seed: of images and of the probe.
    """
    return _check(student, target, seed, TARGETED)


def check_improved(student: Student, target: Found, seed: int) -> Part:
    """Task 3: an improved targeted attack.

    Args:
        student: the file.
        target: its function.
        seed: of images and of the probe.
    """
    return _check(student, target, seed, IMPROVED)


def _check(student: Student, target: Found, seed: int, task: Task) -> Part:
    def part(*questions: Question) -> Part:
        return Part(task.part, task.title, target_of(target), questions)

    roles, unknown = roles_of(target, targeted=task.targeted)
    known = student.ask("defaults", target.name).facts if target.kind != "class" else {}
    is_given = "model" in roles.values()
    held = "" if is_given else _held(known)
    if target.kind == "class" or unknown is not None or not (is_given or held):
        note = finding(_unasked(target, unknown))
        return part(wrong(COMES, note, "beyond"), *not_asked(AFTER))
    call = scaled(
        Call(target.name, roles, task.targeted, task.limit, held=held), known.get("defaults", {})
    )
    straight, waves = probe(seed, SHORT), probe(seed, LONG)
    found = fitted(student, call, straight)
    if isinstance(found, Problem):
        return part(failed(COMES, found), *not_asked(AFTER))
    call, answer = _in_grey(student, *found, straight)
    if "epsilon" not in roles.values():  # what it reaches is its own
        straight, waves = (replace(one, epsilon=_reach(answer, one)) for one in (straight, waves))
    seen = _seen(student, Asked(task, target, call, known, straight, waves), answer)
    rates = success(student, seen, seed)
    alone = next((rate.alone for rate in rates if rate.alone), "")
    kept = wrong(KEPT, finding(told(CHANGED, "the pictures that its caller holds"), CHANGED))
    return part(
        _comes(answer, straight),
        _limit(seen),
        _range(seen),
        _budget(seen, [count for rate in rates for count in rate.counts]),
        _step(seen),
        *(rate.question for rate in rates),
        *([wrong(ALONE, finding(alone, hint=OF_ALL), "beyond")] if alone else []),
        *([kept] if answer.facts["changed"] else []),
        _mode(student, seen, straight),
    )


@dataclass(frozen=True, eq=False)
class Asked:
    """An attack and what it is tried on.

    Attributes:
        task: what it should be.
        target: its function.
        call: how that is called.
        known: facts of the action "defaults".
        straight: one image on the probe.
        waves: the same, where the signs of gradients change on the way.
    """

    task: Task
    target: Found
    call: Call
    known: Mapping[str, Any]
    straight: Scene
    waves: Scene

    @property
    def is_told_steps(self) -> bool:
        """Whether a parameter says how many steps there are."""
        return "steps" in map(role_of, self.target.parameters)


def _held(known: Mapping[str, Any]) -> str:
    """The name by which an attack refers to a network that it is not given; "": by none."""
    missing = [one for one in known.get("missing", []) if role_of(one) == "model"]
    return str(next(iter([*known.get("networks", []), *missing]), ""))


def _unasked(target: Found, unknown: str | None) -> str:
    """Why nothing is asked."""
    if any(GRADIENT.fullmatch(plain(one)) for one in target.parameters):
        return (
            "It takes a gradient in place of the network, so it is one step of an attack: what "
            "calls it with network and pictures is what would be asked."
        )
    if target.kind == "class":
        return "It is a class, and only its author knows what is to be given."
    if unknown is not None:
        return f"It needs the argument {unknown}, and only its author knows what is to be given."
    return "It takes no network and refers to none: give it the network as a parameter."


def _reach(answer: Answer, scene: Scene) -> float:
    """How far the pixels of the probe went, in grey values, 8 where they stayed."""
    came = added(answer, scene).tensors["adversarial"]
    reach = float((came - scene.images).abs().max())
    return scene.epsilon if not reach or abs(reach - scene.epsilon) < TOLERANCE else reach


def _comes(answer: Answer, scene: Scene) -> Question:
    """Whether what came is a picture, and not what has to be added to one."""
    if added(answer, scene) is answer:
        return Question(COMES, "right")
    return wrong(COMES, finding(told("change-returned"), "change-returned"))


def _in_grey(student: Student, call: Call, answer: Answer, scene: Scene) -> tuple[Call, Answer]:
    """The call with pixels from 0 to 1 and epsilon in grey values, where that is what a function
    takes: on the scale 0 to 255 it would clip to 1.
    """
    if call.pixels != HIGH or float(answer.tensors["adversarial"].max()) > 1 + TOLERANCE:
        return call, answer
    mixed = replace(call, pixels=1.0, factor=HIGH, grey=True)
    again = ask(student, mixed, scene, keep=True)
    if again.problem is not None:
        return call, answer
    mixed, again = self_scaled(student, mixed, scene, again)
    track = track_of(again, scene, targeted=call.targeted, factor=HIGH)
    is_within = track.beyond <= TOLERANCE and track.outside <= TOLERANCE
    return (mixed, again) if is_within and track.reach > EPSILON / 2 else (call, answer)


def _seen(student: Student, asked: Asked, answer: Answer) -> Seen:
    task, call, straight = asked.task, asked.call, asked.straight
    factor = HIGH / call.pixels
    is_changed, answer = bool(answer.facts["changed"]), added(answer, straight)
    track = track_of(answer, straight, targeted=task.targeted, factor=factor)
    loops = bool(asked.known.get("loop")) or asked.is_told_steps
    bug = attack_bugs.diagnosed(track, loops=loops)
    if bug == "one-step-only" and _goes_through_images(student, asked):
        bug, loops = None, False
    if bug in ("projection-forgotten", "projection-wrong-centre") and is_changed:
        bug = CHANGED
    if bug is None and track.count > 2:
        bug = _accumulated(student, asked)
    if bug is None and track.count > task.limit:
        bug = "budget-exceeded"
    return Seen(task, call, track, bug, loops)


def _accumulated(student: Student, asked: Asked) -> str | None:
    """The bug of gradients that are added up; a sum in an improved attack that takes them by
    ``torch.autograd.grad``, which adds nothing up, is meant.
    """
    is_improved = asked.task is IMPROVED
    if is_improved and not asked.known.get("backward", True):
        return None
    curved = ask(student, asked.call, asked.waves, keep=True)
    if curved.problem is not None:
        return None
    factor = HIGH / asked.call.pixels
    track = track_of(curved, asked.waves, targeted=asked.task.targeted, factor=factor)
    is_summed = attack_bugs.is_accumulated(track, or_momentum=not is_improved)
    return "gradient-accumulated" if is_summed else None


def _goes_through_images(student: Student, asked: Asked) -> bool:
    """Whether the loop of an attack of one step goes through the images of a batch."""
    scene, call = asked.straight, asked.call
    if call.bare or call.labels == "int" or asked.is_told_steps:
        return False
    two = replace(scene, images=scene.images.repeat(2, 1, 1, 1), labels=scene.labels.repeat(2))
    answer = ask(student, call, two)
    return answer.problem is None and answer.facts["passes"] == 2


def _limit(seen: Seen) -> Question:
    track = seen.track
    if "epsilon" not in seen.call.roles.values() and track.scene.epsilon != EPSILON:
        note = f"It has no parameter for epsilon: it changes pixels by up to {track.reach:.4g}."
        return wrong(LIMIT, finding(note, hint=FAR), "beyond")
    if track.beyond <= TOLERANCE:
        return Question(LIMIT, "right")
    apart = (track.last - track.start).abs()
    pixel = int(apart.argmax())
    place = where(divmod(pixel, 28), (28, 28))
    sentence = (
        f"At epsilon {track.scene.epsilon:g} the pixel in {place} went from "
        f"{float(track.start[pixel]):g} to {float(track.last[pixel]):.6g}."
    )
    return wrong(LIMIT, explained(seen, sentence, FAR))


def _range(seen: Seen) -> Question:
    track = seen.track
    low, high = float(track.last.min()), float(track.last.max())
    sentence = f"Pixels from 0 to {HIGH:g} came back as {low:.6g} to {high:.6g}."
    if seen.call.pixels != HIGH and _clamps_to(track, HIGH * HIGH):
        sentence += " Its epsilon is for pixels from 0 to 1, and it clamps to 255."
    if track.outside > TOLERANCE or seen.bug == "clip-to-one":
        return wrong(RANGE, explained(seen, sentence, WIDE))
    return Question(RANGE, "right")


def _clamps_to(track: Track, bound: float) -> bool:
    """Whether anything is clamped from 0 to a bound."""
    numbers = [[one for one in row["bounds"] if isinstance(one, float)] for row in track.clamps]
    return [0.0, bound] in numbers


def _budget(seen: Seen, counts: list[int]) -> Question:
    most = max([seen.track.count, *counts])
    if most <= seen.task.limit:
        return Question(BUDGET, "right")
    bug = "budget-exceeded"
    detail = f"{most} for one image, where {seen.task.limit} are allowed"
    return wrong(BUDGET, finding(told(bug, detail), bug))


FAR = "How far from the image may a pixel end, up and down, and which line of yours holds it there?"
WIDE = "Which range do the pixels of these networks have?"
OF_ALL = "When does your attack stop, and for which of the pictures?"
SHORT_OF = "How far may a pixel move in all, and how far do all your steps lead it?"
NO_STEP = "By what does your attack know in which direction a pixel has to change?"
IN_STEP = (
    *("untargeted-sign-lost", *attack_bugs.OF_TARGET, "no-sign"),
    *("gradient-accumulated", "normalised-twice", "evaluation-mode-forgotten"),
    *("step-too-small", "one-step-only", "epsilon-in-wrong-unit"),
)


def _step(seen: Seen) -> Question:
    track = seen.track
    if seen.bug in IN_STEP:
        sentence = (
            f"After {track.count} backward passes pixels had changed by up to {track.reach:.4g}, "
            f"at epsilon {track.scene.epsilon:g}."
        )
        return wrong(STEP, explained(seen, sentence, SHORT_OF))
    if not track.count:
        return wrong(STEP, finding("No gradient was taken through the network.", hint=NO_STEP))
    if track.reach < REACHED * track.scene.epsilon and seen.bug is None:
        sentence = (
            f"It changes pixels by up to {track.reach:.4g} at epsilon {track.scene.epsilon:g}."
        )
        return wrong(STEP, finding(sentence, hint=SHORT_OF))
    return Question(STEP, "right")


def _mode(student: Student, seen: Seen, scene: Scene) -> Question:
    """What happens if nobody has called eval(): told, and not counted."""
    answer = ask(student, seen.call, scene, training=True)
    if answer.problem is not None:
        return Question(MODE, "not asked")
    if not answer.facts["trained"]:
        return Question(MODE, "right")
    note = (
        "A network that is handed over in training mode is attacked in training mode: it relies on "
        "whoever calls it to have called eval()."
    )
    return wrong(MODE, finding(note, "evaluation-mode-forgotten"), "beyond")
