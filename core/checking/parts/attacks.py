"""Part 6: does an attack keep its limits, how many backward passes does it take, and does it work?

It is called on a small smooth network that no attack fools, where every point that it goes through
is looked at, and on the two shipped networks, where its success is counted beside ours.
"""

from __future__ import annotations

from dataclasses import replace

from core.checking.findings import where
from core.checking.parts import attack_bugs
from core.checking.parts.attack_bugs import REACHED, TOLERANCE, track_of
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
from core.checking.worker import Answer, Problem, Student

COMES, LIMIT, RANGE = "adversarial pictures come back", "within epsilon", "pixels in their range"
BUDGET, STEP, MODE = "backward passes", "what its steps do", "the network in training mode"
KEPT, CHANGED = "leaves the pictures as they are", "input-changed"
AFTER = (LIMIT, RANGE, BUDGET, STEP, *SUCCESS.values(), MODE)

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
    if target.kind == "class" or unknown is not None or "model" not in roles.values():
        why = "It is a class" if target.kind == "class" else f"It needs the argument {unknown}"
        why = why if unknown or target.kind == "class" else "It takes no network"
        note = finding(f"{why}, and only its author knows what is to be given.")
        return part(wrong(COMES, note, "beyond"), *not_asked(AFTER))
    known = student.ask("defaults", target.name, {}, {})
    defaults = known.facts.get("defaults", {})
    call = scaled(Call(target.name, roles, task.targeted, task.limit), defaults)
    straight = probe(seed, SHORT)
    found = fitted(student, call, straight)
    if isinstance(found, Problem):
        return part(failed(COMES, found), *not_asked(AFTER))
    call, answer = _in_grey(student, *found, straight)
    loops = bool(known.facts.get("loop")) or "steps" in [*map(role_of, target.parameters)]
    seen = _seen(student, task, call, answer, straight, probe(seed, LONG), loops)
    rates = success(student, seen, seed)
    kept = wrong(KEPT, finding(told(CHANGED, "the pictures that its caller holds"), CHANGED))
    return part(
        _comes(answer, straight),
        _limit(seen),
        _range(seen),
        _budget(seen, [count for _, counts in rates for count in counts]),
        _step(seen),
        *(question for question, _ in rates),
        *([kept] if answer.facts["changed"] else []),
        _mode(student, seen, straight),
    )


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


def _seen(
    student: Student,
    task: Task,
    call: Call,
    answer: Answer,
    straight: Scene,
    waves: Scene,
    loops: bool,
) -> Seen:
    factor = HIGH / call.pixels
    answer = added(answer, straight)
    track = track_of(answer, straight, targeted=task.targeted, factor=factor)
    bug = attack_bugs.diagnosed(track, loops=loops)
    if bug is None and track.count > 2:
        curved = ask(student, call, waves, keep=True)
        if curved.problem is None:
            other = track_of(curved, waves, targeted=task.targeted, factor=factor)
            is_summed = attack_bugs.is_accumulated(other, or_momentum=task is not IMPROVED)
            bug = "gradient-accumulated" if is_summed else None
    if bug is None and track.count > task.limit:
        bug = "budget-exceeded"
    return Seen(task, call, track, bug, loops)


def _limit(seen: Seen) -> Question:
    track = seen.track
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
    if track.outside > TOLERANCE or seen.bug == "clip-to-one":
        return wrong(RANGE, explained(seen, sentence, WIDE))
    return Question(RANGE, "right")


def _budget(seen: Seen, counts: list[int]) -> Question:
    most = max([seen.track.count, *counts])
    if most <= seen.task.limit:
        return Question(BUDGET, "right")
    bug = "budget-exceeded"
    detail = f"{most} for one image, where {seen.task.limit} are allowed"
    return wrong(BUDGET, finding(told(bug, detail), bug))


FAR = "How far from the image may a pixel end, up and down, and which line of yours holds it there?"
WIDE = "Which range do the pixels of these networks have?"
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
