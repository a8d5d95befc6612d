"""Part 5: does a function give class activation maps?

It is called with a small network of ours whose parts have the usual names, and where it needs what
only the file's own network has, with that one; where it takes none, the network that it refers to
is looked into.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from core.checking.bugs.maps import BLOCKS, right
from core.checking.findings import where
from core.checking.parts.map_bugs import Reading, read_map
from core.checking.parts.map_calls import Came, Missed, asked, roles_of, takes_network
from core.checking.parts.saying import (
    NOT_INSTALLED,
    failed,
    finding,
    first_wrong,
    not_asked,
    sized,
    target_of,
    told,
    wrong,
)
from core.checking.results import Finding, Found, Part, Question
from core.checking.worker import Answer, Student

TITLE = "Class activation maps"
COMES, SHOWS = "a map comes back", "what the map shows"
ADDS_UP, ALIGNED = "the map adds up to the logit", "aligned with the picture"
MODE = "the network in training mode"
AFTER = (SHOWS, ADDS_UP, ALIGNED, MODE)
STALE = "Called again with another picture it gives the map of the first one."
KEPT = "What is kept from one call to the next, and which of it does your function read?"
NO_NETWORK = (
    "It takes no network, and refers to none that the file's definitions make, so nothing is "
    "compared: give it the network as a parameter."
)
OTHER_NETWORK = (
    "It may need what only your own network has, and the file has none. With a network of ours:"
)


def check(student: Student, target: Found, seed: int) -> Part:
    """Part 5: class activation maps.

    Args:
        student: the file.
        target: its function.
        seed: of images and networks.
    """
    roles, unknown = roles_of(target)
    if target.kind == "class" or unknown is not None or not roles:
        why = f"It needs the argument {unknown}" if unknown else "It takes no picture"
        why = "It is a class" if target.kind == "class" else why
        note = finding(f"{why}, and only its author knows what is to be given.")
        questions = (wrong(COMES, note, "beyond"), *not_asked(AFTER))
        return Part("cam", TITLE, target_of(target), questions)
    came = asked(student, target, roles, seed)
    if isinstance(came, Missed):
        return Part("cam", TITLE, target_of(target), (_missed(came, roles), *not_asked(AFTER)))
    reading = read_map(came.setting, came.label, came.got, whole=came.whole)
    questions = (
        Question(COMES, "right"),
        _shows(came, reading),
        _adds_up(came, reading),
        _aligned(came, reading, _says_corners(student, target)),
        *([_mode(came)] if takes_network(roles) else []),  # else it is the file's own
    )
    return Part("cam", TITLE, target_of(target), questions)


def _missed(missed: Missed, roles: Mapping[str, str]) -> Question:
    """Why there is nothing to compare; not counted where only its author's own run could tell."""
    if missed.is_alone and not takes_network(roles):
        why = f" {missed.problem.sentence}" if missed.problem else ""
        line = missed.problem.line if missed.problem else None
        return wrong(COMES, finding(f"{NO_NETWORK}{why}", line=line), "beyond")
    if missed.strange is not None:
        return _no_map(missed.strange)
    if missed.problem is None:
        raise RuntimeError("A function was called in no way at all.")
    if missed.is_alone and missed.problem.error != NOT_INSTALLED:
        note = f"{OTHER_NETWORK} {missed.problem.sentence}"
        return wrong(COMES, finding(note, line=missed.problem.line), "beyond")
    return failed(COMES, missed.problem)


def _no_map(answer: Answer) -> Question:
    count = int(answer.facts["count"])
    if not count:
        note = (
            f"It returned no array of numbers ({answer.facts['returned']}), so nothing is "
            "compared: return the map, a drawing of it cannot be."
        )
        return wrong(COMES, finding(note), "beyond")
    if any(map(_is_coloured, (answer.tensors[f"map.{index}"] for index in range(count)))):
        note = "It returned a picture in colours, which cannot be compared: return the map, too."
        return wrong(COMES, finding(note), "beyond")
    shapes = [sized(answer.tensors[f"map.{index}"].shape) or "one number" for index in range(count)]
    sides = sized(answer.tensors["features"].shape[-2:])
    sentence = f"Expected a map of {sides} or as large as the picture, got {', '.join(shapes)}."
    return wrong(COMES, finding(sentence))


def _is_coloured(array: Tensor) -> bool:
    """Whether this is a picture with three or four channels, in front or behind."""
    sizes = [size for size in array.shape if size > 1]
    return len(sizes) == 3 and any(
        channels in (3, 4) and height == width > channels
        for channels, height, width in ((sizes[0], *sizes[1:]), (sizes[2], *sizes[:2]))
    )


def _shows(came: Came, reading: Reading | None) -> Question:
    if reading is None:
        expected = right(came.setting)
        own = expected if came.got.dim() == 3 else expected[came.label]
        sentence = f"The map is another one than that of class {came.label}"
        hint = "What is multiplied by which weight, and what is added up, in the map of one class?"
        if own.shape != came.got.shape:
            return wrong(SHOWS, finding(f"{sentence}, however it is stretched.", hint=hint))
        cell, expected_there, got = first_wrong(own, came.got)
        place = where(cell, own.shape)
        numbers = f"{expected_there:.5g} expected and {got:.5g} came"
        return wrong(SHOWS, finding(f"{sentence}: in {place} {numbers}.", cell=cell, hint=hint))
    if reading.bug:
        ways = f" It is {_ways(reading)}." if _ways(reading) else ""
        return wrong(SHOWS, finding(f"{told(reading.bug)}{ways}", reading.bug))
    if came.answer.facts["stale"]:
        return wrong(SHOWS, finding(STALE, hint=KEPT))
    return Question(SHOWS, "right")


def _ways(reading: Reading) -> str:
    stretch = f"stretched {reading.stretch}" if reading.stretch else ""
    return ", ".join(one for one in (reading.scaling, stretch) if one)


def _adds_up(came: Came, reading: Reading | None) -> Question:
    if reading is None:
        return Question(ADDS_UP, "not asked")
    if reading.scaling:
        bug = "map-normalised"
        return wrong(ADDS_UP, finding(told(bug, f"it is {reading.scaling}"), bug), "beyond")
    if reading.stretch != "":
        note = "The map is stretched already, so the mean of its cells cannot be taken."
        return wrong(ADDS_UP, finding(note), "beyond")
    setting, label = came.setting, came.label
    logit = float(came.answer.tensors["logits"][0, label])
    mean = float((came.got[label] if came.got.dim() == 3 else came.got).mean())
    found = mean + float(setting.bias[label])
    if abs(found - logit) <= 1e-3 * (1 + abs(logit)):
        return Question(ADDS_UP, "right")
    sentence = (
        f"The mean of the map and the bias are {mean:.5g} + {float(setting.bias[label]):.5g} = "
        f"{found:.5g}, and the logit of class {label} is {logit:.5g}."
    )
    hint = "How does your network make a logit of its last maps?"
    return wrong(ADDS_UP, finding(sentence, reading.bug or None, hint=hint))


def _aligned(came: Came, reading: Reading | None, says_corners: bool) -> Question:
    if reading is None:
        return Question(ALIGNED, "not asked")
    if reading.stretch == "":
        note = f"The map is as small as the network's last maps, {sized(came.got.shape[-2:])}."
        return wrong(ALIGNED, finding(note), "beyond")
    if reading.stretch is None:
        note = "The map is stretched in a way that is not among those that are compared."
        return wrong(ALIGNED, finding(note), "beyond")
    if reading.aligned:
        return Question(ALIGNED, "right")
    is_blocks = reading.stretch.startswith(BLOCKS)
    bug = "upsampled-in-blocks" if is_blocks else "upsampled-unaligned"
    # scipy.ndimage.zoom, which the homework names, does this where nothing else is asked for
    corners = any(word in reading.stretch for word in ("align_corners", "zoom"))
    is_zoom = corners and not says_corners and not is_blocks
    found = finding(told(bug, f"it is stretched {reading.stretch}"), bug)
    return wrong(ALIGNED, found, "beyond" if is_zoom else "wrong")


def _says_corners(student: Student, target: Found) -> bool:
    """Whether the function's own lines name torch's option."""
    later = [one.line for one in student.found if one.line > target.line]
    lines = student.source.code.splitlines()[target.line - 1 : min(later, default=10**9) - 1]
    return any("align_corners" in line.partition("#")[0] for line in lines)


def _mode(came: Came) -> Question:
    """What happens if nobody has called eval(): told, and not counted."""
    if came.training is None:
        return Question(MODE, "not asked")
    difference = (came.training - came.got).abs().max()
    if bool(difference <= 1e-3 * came.got.abs().max()):
        return Question(MODE, "right")
    bug = "evaluation-mode-forgotten"
    note: Finding = finding(
        "With a network in training mode the function gives another map: it relies on whoever "
        "calls it to have called eval().",
        bug,
    )
    return wrong(MODE, note, "beyond")
