"""Part 5: does a function give class activation maps?

It is called with a small network of ours whose parts have the usual names, and where it needs what
only the file's own network has, with that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checking.bugs.maps import BLOCKS, MapSetting, right
from core.checking.findings import where
from core.checking.parts.map_bugs import Reading, as_maps, read_map
from core.checking.parts.saying import (
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
from core.checking.worker import Answer, Problem, Student

TITLE = "Class activation maps"
SECONDS = 8.0
LABEL, CLASSES, SIZE = 3, 10, 32
COMES, SHOWS = "a map comes back", "what the map shows"
ADDS_UP, ALIGNED = "the map adds up to the logit", "aligned with the picture"
MODE = "the network in training mode"
AFTER = (SHOWS, ADDS_UP, ALIGNED, MODE)
ENDED = ("too slow", "died", "too large")  # after these a target is not asked any more

# Role to what parameters of it are called: whole names, then parts of names.
ROLES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("device", ("device",), ()),
    ("model", (), ("extractor", "backbone")),
    ("name", ("layer_name", "target_layer_name"), ()),
    ("layer", ("target_layer", "layer", "conv_layer", "last_conv", "final_conv"), ()),
    ("linear", ("fc", "linear", "fc_layer", "linear_layer", "classifier_layer"), ()),
    ("bias", ("b",), ("bias",)),
    ("weights", ("w",), ("weight", "fc_params")),
    ("features", ("f", "a", "maps", "acts"), ("feat", "fmap", "activation", "conv_out")),
    ("size", ("hw",), ("size", "shape")),
    ("logits", (), ("logit", "scores")),
    ("model", ("m", "f_model", "classifier"), ("model", "net", "cnn")),
    ("images", ("x", "xs", "data", "tensor", "batch", "picture", "pictures"), ("im", "input")),
    (
        "label",
        ("c", "k", "y", "cls", "idx", "index", "category", "target", "pred"),
        ("class", "label", "target_c", "pred", "cls", "categor"),
    ),
    ("height", ("h", "height"), ()),
    ("width", ("width",), ()),
)
OPTIONAL = ("label", "bias")  # roles that are given where they may be left out, too
STYLE = {"images": 4, "features": 4, "weights": "all", "label": "int", "arrays": "tensor"}
STYLES: tuple[dict[str, int | str], ...] = (
    {},
    {"features": 3},
    {"images": 3},
    {"weights": "row"},
    {"features": 3, "weights": "row"},
    {"label": "list"},
    {"label": "tensor"},
    {"arrays": "numpy"},
    {"arrays": "numpy", "label": "list"},
    {"arrays": "numpy", "features": 3},
    {"arrays": "numpy", "features": 3, "weights": "row"},
)


@dataclass(frozen=True, eq=False)
class Came:
    """A map that a function gave.

    Attributes:
        answer: all that came.
        network: the class whose network it was called with; "": ours.
        got: (H, W) or (K, H, W).
        training: the same with the network in training mode; None: it gave none.
        label: the class whose map it should be.
        whole: whether the numbers are whole ones from 0 to 255.
    """

    answer: Answer
    network: str
    got: Tensor
    training: Tensor | None
    label: int
    whole: bool

    @property
    def setting(self) -> MapSetting:
        """What maps are made of, in float64."""
        one = {name: tensor.double() for name, tensor in self.answer.tensors.items()}
        kept = (one["features"][0], one["before"][0], one["trained"][0])
        return MapSetting(*kept, one["weight"], one["bias"])


def role_of(parameter: str) -> str | None:
    """What a parameter of this name is for."""
    name = parameter.lower().strip("_")
    if name.startswith("num"):
        return None
    whole = next((role for role, names, _ in ROLES if name in names), None)
    part = next((role for role, _, parts in ROLES if any(one in name for one in parts)), None)
    return whole or part


def roles_of(target: Found) -> tuple[dict[str, str], str | None]:
    """The role of each parameter that is given, and the first that has to be and is not known."""
    required = target.parameters[: target.required]
    named = {name: role for name in target.parameters if (role := role_of(name)) is not None}
    free = [role for role in ("model", "images", "label") if role not in named.values()]
    free = free if "features" not in named.values() else []
    roles: dict[str, str] = {}
    for name in target.parameters:
        role = named.get(name) or (free.pop(0) if name in required and free else None)
        if role is None and name in required:
            return roles, name
        if role and role not in roles.values() and (name in required or role in OPTIONAL):
            roles[name] = role
    return roles, None


def check(student: Student, target: Found, seed: int) -> Part:
    """Part 5: class activation maps.

    Args:
        student: the file.
        target: its function.
        seed: of images and networks.
    """
    roles, unknown = roles_of(target)
    if target.kind == "class" or unknown is not None or not roles:
        why = "It is a class" if target.kind == "class" else f"It needs the argument {unknown}"
        note = finding(f"{why}, and only its author knows what is to be given.")
        questions = (wrong(COMES, note, "beyond"), *not_asked(AFTER))
        return Part("cam", TITLE, target_of(target), questions)
    came = _asked(student, target, roles, seed)
    if not isinstance(came, Came):
        return Part("cam", TITLE, target_of(target), (came, *not_asked(AFTER)))
    reading = read_map(came.setting, came.label, came.got, whole=came.whole)
    questions = (
        Question(COMES, "right"),
        _shows(came, reading),
        _adds_up(came, reading),
        _aligned(came, reading, _says_corners(student, target)),
        _mode(came),
    )
    return Part("cam", TITLE, target_of(target), questions)


def _networks(student: Student) -> list[str]:
    """Classes of the file that may be its ResNet."""
    names = [one.name for one in student.found if one.kind == "class" and one.required <= 1]
    likely = [name for name in names if "block" not in name.lower()]
    resnets = [name for name in likely if "resnet" in name.lower()]
    return ["", *(resnets or [name for name in likely if "net" in name.lower()])[:2]]


def _asked(student: Student, target: Found, roles: Mapping[str, str], seed: int) -> Came | Question:
    """The first map that comes, over the networks and the ways to hand things over."""
    images = torch.rand((1, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(seed))
    problem: Problem | None = None
    strange: Answer | None = None
    for network, style in _tries(student, roles):
        settings = {
            "network": network,
            "seed": seed % 2**20,
            "roles": dict(roles),
            "style": STYLE | style,
            "label": LABEL,
        }
        answer = student.ask("maps", target.name, settings, {"images": images}, SECONDS)
        came = None if answer.problem else _came(answer, network, roles)
        if came is not None:
            return came
        if answer.problem is None:
            strange = strange or answer
        elif answer.problem.kind in ENDED:
            return failed(COMES, answer.problem)
        elif problem is None or network:  # what the file's own network says is nearer
            problem = answer.problem
    if strange is not None:
        return _no_map(strange)
    return _no_answer(student, problem, "model" in roles.values())


def _tries(student: Student, roles: Mapping[str, str]) -> list[tuple[str, dict[str, int | str]]]:
    """Networks, and the ways to hand things over."""
    networks = _networks(student) if "model" in roles.values() else [""]
    return [(network, style) for network in networks for style in _styles(roles)]


def _styles(roles: Mapping[str, str]) -> list[dict[str, int | str]]:
    """The ways to hand things over that differ for these roles."""
    given = set(roles.values())
    needs = {"images": "images", "features": "features", "weights": "weights", "label": "label"}
    arrays = given & {"features", "weights"}
    return [
        style
        for style in STYLES
        if all(needs[key] in given if key in needs else arrays for key in style)
        and not (style.get("weights") == "row" and "label" in given)
    ]


def _came(answer: Answer, network: str, roles: Mapping[str, str]) -> Came | None:
    side = answer.tensors["features"].shape[-1]
    asked = LABEL if "label" in roles.values() or "weights" in roles.values() else None
    label = int(answer.tensors["logits"].argmax()) if asked is None else asked
    for index in range(int(answer.facts["count"])):
        array = answer.tensors[f"map.{index}"]
        got = as_maps(array, side, CLASSES)
        if got is not None:
            later = answer.tensors.get(f"training.{index}")
            training = None if later is None else as_maps(later, side, CLASSES)
            whole = not array.is_floating_point()
            return Came(answer, network, got, training, label, whole)
    return None


def _no_map(answer: Answer) -> Question:
    count = int(answer.facts["count"])
    if not count:
        note = (
            f"It returned no array of numbers ({answer.facts['returned']}), so nothing is "
            "compared: return the map, a drawing of it cannot be."
        )
        return wrong(COMES, finding(note), "beyond")
    shapes = [sized(answer.tensors[f"map.{index}"].shape) or "one number" for index in range(count)]
    sides = sized(answer.tensors["features"].shape[-2:])
    sentence = f"Expected a map of {sides} or as large as the picture, got {', '.join(shapes)}."
    return wrong(COMES, finding(sentence))


def _no_answer(student: Student, problem: Problem | None, uses_model: bool) -> Question:
    if problem is None:
        raise RuntimeError("A function was called in no way at all.")
    if uses_model and len(_networks(student)) == 1:
        note = (
            "It may need what only your own network has, and the file has none. With a network of "
            f"ours: {problem.sentence}"
        )
        return wrong(COMES, finding(note, line=problem.line), "beyond")
    return failed(COMES, problem)


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
        return wrong(SHOWS, finding(told(reading.bug, _ways(reading)), reading.bug))
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
    return any("align_corners" in line for line in lines)


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
