"""Calls a function for class activation maps of any usual signature: with a network of ours, with
the file's own, or with one that the file holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checking.bugs.maps import MapSetting
from core.checking.parts.map_bugs import as_maps
from core.checking.results import Found
from core.checking.worker import Answer, Problem, Student

SECONDS = 8.0
MOST = 2  # networks of each kind that are tried
LABEL, CLASSES, SIZE = 3, 10, 32
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
OF_NETWORK = ("model", "features", "layer", "linear")
COUNTS = ("k", "K")  # with a default: of how many classes maps are made
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
        is_wanted = name in required or (role in OPTIONAL and name not in COUNTS)
        if role and role not in roles.values() and is_wanted:
            roles[name] = role
    return roles, None


@dataclass(frozen=True, eq=False)
class Missed:
    """Why no map can be compared.

    Attributes:
        strange: what came where a map was expected; None: nothing came.
        problem: why nothing did; None: something came.
        is_alone: whether what it works on may be what only its author's own run has: it was called
            with no network of the file's own.
    """

    strange: Answer | None
    problem: Problem | None
    is_alone: bool


def takes_network(roles: Mapping[str, str]) -> bool:
    """Whether a function is given a network, a part of one or what comes out of one."""
    return any(one in OF_NETWORK for one in roles.values())


def asked(student: Student, target: Found, roles: Mapping[str, str], seed: int) -> Came | Missed:
    """The first map that comes, over the networks and the ways to hand things over.

    Args:
        student: the file.
        target: its function.
        roles: parameter to what it is.
        seed: of images and networks.
    """
    images = torch.rand((1, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(seed))
    networks = _networks(student, target, roles)
    is_alone = networks == [""] and "features" not in roles.values()
    is_blind = networks == [""] and not takes_network(roles)
    nearest: tuple[bool, int, Problem] | None = None
    strange: Answer | None = None
    for network, style in ((one, style) for one in networks for style in _styles(roles)):
        settings = {
            "network": network,
            "seed": seed % 2**20,
            "roles": dict(roles),
            "style": STYLE | style,
            "label": LABEL,
        }
        answer = student.ask("maps", target.name, settings, {"images": images}, SECONDS)
        came = None if answer.problem or is_blind else _came(answer, network, roles)
        if came is not None:
            return came
        if answer.problem is None:
            strange = strange or answer
        elif answer.problem.kind in ENDED:
            return Missed(None, answer.problem, is_alone=False)
        else:  # what the file's own network says is nearer, and what is further down in the file
            far = bool(network), answer.problem.line or 0, answer.problem
            nearest = far if nearest is None or far[:2] > nearest[:2] else nearest
    return Missed(strange, nearest and nearest[2], is_alone)


def _networks(student: Student, target: Found, roles: Mapping[str, str]) -> list[str]:
    """Networks that it may be called with, by their names in the file; "" is ours."""
    given = set(roles.values())
    if "features" in given:
        return [""]
    held = student.ask("networks", target.name).facts
    if not takes_network(roles):
        return held.get("used", [])[:MOST] or [""]
    names = [one.name for one in student.found if one.kind == "class" and one.required <= 1]
    likely = [name for name in names if "block" not in name.lower()]
    resnets = [name for name in likely if "resnet" in name.lower()]
    classes = resnets or [name for name in likely if "net" in name.lower()]
    return ["", *classes[:MOST], *held.get("every", [])[:MOST]] if "model" in given else [""]


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
    arrays, later = (_arrays(answer, name) for name in ("map", "training"))
    for index, array in enumerate(arrays):
        got = as_maps(array, side, CLASSES)
        if got is not None:
            training = as_maps(later[index], side, CLASSES) if index < len(later) else None
            whole = not array.is_floating_point()
            return Came(answer, network, got, training, label, whole)
    return None


def _arrays(answer: Answer, name: str) -> list[Tensor]:
    """What came; of ten maps, one for each class, all in one."""
    named = [answer.tensors.get(f"{name}.{index}") for index in range(int(answer.facts["count"]))]
    arrays = [one for one in named if one is not None]
    shapes = {tuple(one.shape) for one in arrays}
    is_each = len(arrays) == CLASSES and len(shapes) == 1 and arrays[0].numel() > CLASSES
    return [torch.stack([one.squeeze() for one in arrays])] if is_each else arrays
