"""Calls an attack of any usual signature, on networks of ours and on the scale that it works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from core import homework
from core.checking.results import Found
from core.checking.worker import Answer, Problem, Student

HIGH = 255.0  # the largest pixel of the networks; 0 is the lowest
SECONDS = 15.0
EPSILON = 8.0  # on the probe
SHORT, LONG = 5e-5, 1e-3  # deviation of the probe's first weights: straight slopes, and waves
MARGIN = 8.0  # of the logit that wins on the probe
STEP_SHARE = 4  # a step is this part of epsilon, where the attack has to be told
WAYS = (  # labels, target and whether an image is bare, in the order in which they are tried
    ("tensor", "int", False),
    ("tensor", "tensor", False),
    ("int", "int", False),
    ("scalar", "scalar", True),
    ("tensor", "int", True),
    ("int", "int", True),
)
ENDED = ("too slow", "died", "too large")  # after these a target is not asked any more
ALWAYS = ("model", "images", "labels", "target", "targeted", "epsilon")

# Role to whole names and to parts of names, in the order in which they are looked for.
ROLES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("device", ("device",), ()),
    ("loss", ("loss", "criterion"), ("lossf", "loss_f", "criterion")),
    ("targeted", ("targeted", "is_targeted", "istargeted"), ()),
    ("alpha", ("a", "lr", "step"), ("alpha", "step_size", "stepsize", "eps_step", "eps_iter")),
    ("alpha", (), ("epsilon_step", "learning_rate")),
    ("steps", ("k", "t_max", "budget"), ("steps", "iter", "backward", "grad", "queries", "n_step")),
    ("epsilon", ("e", "radius", "linf"), ("eps", "perturb", "max_delta", "max_norm", "max_change")),
    ("target", ("t",), ("target", "goal", "desired", "y_adv", "new_label")),
    ("labels", ("y", "ys", "label", "labels", "true", "gt"), ("label", "true", "class", "y_")),
    ("bounds", ("bounds", "clip_range", "range", "pixel_range", "value_range"), ()),
    ("low", ("low", "lower", "lb", "minimum"), ("min", "low")),
    ("high", ("high", "upper", "ub", "maximum"), ("max", "high", "upper")),
    ("model", ("m", "f", "cnn"), ("model", "net", "classifier")),
    (
        "images",
        ("x", "xs", "batch", "clean"),
        ("image", "img", "input", "data", "pic", "x_", "orig"),
    ),
)


@dataclass(frozen=True)
class Call:
    """How a function is called.

    Attributes:
        name: of the function.
        roles: parameter to what it is.
        targeted: whether a target is asked for.
        limit: backward passes that an image may cost.
        pixels: the largest pixel that it is given, 255 or 1.
        factor: by which the watched network multiplies its images.
        grey: whether epsilon is counted in grey values, whatever the pixels are.
        labels: "tensor", "int" or "scalar", a tensor without axes.
        target: the same.
        single: one image after the other.
        bare: each of them without an axis for images.
        dtype: of images and network, where there is a choice.
        held: the name by which it refers to a network that it is not given; "": it is given one.
        step: the parameter of a step that has a default, and that default, which suits the probe.
        grows: whether the step is given as many times as large as epsilon is larger than there.
    """

    name: str
    roles: Mapping[str, str]
    targeted: bool
    limit: int
    pixels: float = HIGH
    factor: float = 1.0
    grey: bool = False
    labels: str = "tensor"
    target: str = "int"
    single: bool = False
    bare: bool = False
    dtype: torch.dtype = torch.float64
    held: str = ""
    step: tuple[str, float] | None = None
    grows: bool = False


@dataclass(frozen=True, eq=False)
class Scene:
    """Images, labels and the network that is attacked.

    Attributes:
        network: "digits" or "probe".
        weights: of the network.
        images: (N, 1, 28, 28), pixels from 0 to 255, in float64.
        labels: (N,) the true classes.
        goal: the target.
        epsilon: in grey values.
    """

    network: str
    weights: Mapping[str, Tensor]
    images: Tensor
    labels: Tensor
    goal: int
    epsilon: float


def role_of(parameter: str) -> str | None:
    """What a parameter of this name is for."""
    name = parameter.lower().strip("_")
    whole = next((role for role, names, _ in ROLES if name in names), None)
    part = next((role for role, _, parts in ROLES if any(one in name for one in parts)), None)
    return whole or part


def roles_of(target: Found, *, targeted: bool) -> tuple[dict[str, str], str | None]:
    """The role of each parameter that is given, and the first that has to be and is not known."""
    named = _placed({name: role_of(name) for name in target.parameters}, target.required, targeted)
    is_shared = "targeted" in named.values()
    if "labels" not in named.values() and not targeted:  # there `target` is what is right
        named = {name: "labels" if role == "target" else role for name, role in named.items()}
    roles: dict[str, str] = {}
    for index, (name, role) in enumerate(named.items()):
        is_required = index < target.required
        if role is None and is_required:
            return roles, name
        is_other = role == "target" and not targeted
        is_wanted = is_required or (role in ALWAYS and not is_other)
        if role and role not in roles.values() and (is_wanted or (is_shared and role == "steps")):
            roles[name] = role
    return roles, None


def _placed(
    named: Mapping[str, str | None], required: int, targeted: bool
) -> Mapping[str, str | None]:
    """Roles with those of names that nobody knows, such as German ones, where the first three have
    the places that everybody gives them: model, images, labels or target.
    """
    usual = ("model", "images", "target" if targeted else "labels")
    first = list(named.items())[: min(required, len(usual))]
    fits = [role in (None, place) for (_, role), place in zip(first, usual)]
    if len(first) < len(usual) or not all(fits) or {None} == {role for _, role in first}:
        return named
    return {**named, **{name: place for (name, _), place in zip(first, usual)}}


def scaled(call: Call, defaults: Mapping[str, list[float]]) -> Call:
    """The call on the scale that the function's defaults say, 0 to 255 where they say none, and
    with the default of its step, if it has one.
    """
    steps = [(name, found[-1]) for name, found in defaults.items() if role_of(name) == "alpha"]
    call = replace(call, step=steps[0]) if steps else call
    values = {role_of(name): values[-1] for name, values in defaults.items() if values}
    epsilon = values.get("epsilon")
    high = values.get("high", values.get("bounds"))
    is_unit = 0 < epsilon < 1 if epsilon is not None else high == 1.0
    return replace(call, pixels=1.0, factor=HIGH) if is_unit else call


def settings_of(call: Call, scene: Scene, *, keep: bool, training: bool) -> dict[str, Any]:
    """The settings of the action ``attack``."""
    epsilon = scene.epsilon if call.grey else scene.epsilon * call.pixels / HIGH
    roles, alpha = dict(call.roles), epsilon / STEP_SHARE
    if call.grows and call.step:
        name, step = call.step
        roles[name], alpha = "alpha", step * scene.epsilon / EPSILON
    given = {
        "epsilon": epsilon,
        "target": scene.goal,
        "targeted": call.targeted,
        "alpha": alpha,
        "steps": call.limit,
        "low": 0.0,
        "high": call.pixels,
        "bounds": (0.0, call.pixels),
    }
    return {
        "network": scene.network,
        "held": call.held,
        "roles": roles,
        "given": given,
        "labels": call.labels,
        "target": call.target,
        "single": call.single or call.bare or call.labels == "int",
        "bare": call.bare,
        "factor": call.factor,
        "training": training,
        "keep": keep,
    }


def ask(
    student: Student, call: Call, scene: Scene, *, keep: bool = False, training: bool = False
) -> Answer:
    """Attack once.

    Args:
        student: the file.
        call: how its function is called.
        scene: what is attacked.
        keep: points, gradients and clamps.
        training: hand the network over in training mode.

    Returns:
        The answer with all pixels on the scale from 0 to 255.
    """
    dtype = call.dtype if scene.network == "probe" else torch.float32
    takes_target = "target" in call.roles.values()
    labels = scene.labels
    if call.targeted and not takes_target:
        labels = torch.full_like(labels, scene.goal)
    tensors = {
        "images": (scene.images * (call.pixels / HIGH)).to(dtype),
        "labels": labels,
        **{f"network.{name}": one for name, one in scene.weights.items()},
    }
    settings = settings_of(call, scene, keep=keep, training=training)
    answer = student.ask("attack", call.name, settings, tensors, SECONDS)
    grow = HIGH / call.pixels
    to_pixels = {
        name: one.double() * (call.factor if name in ("first", "points") else grow)
        for name, one in answer.tensors.items()
        if name != "gradients"
    }
    return replace(answer, tensors={**answer.tensors, **to_pixels})


def fitted(student: Student, call: Call, scene: Scene) -> tuple[Call, Answer] | Problem:
    """The way to call a function that it takes, with what it then gives; or why none is.

    Args:
        student: the file.
        call: a first guess.
        scene: one image on the probe.
    """
    first: Problem | None = None
    for dtype in (torch.float64, torch.float32):
        for labels, goal, bare in WAYS:
            tried = replace(call, dtype=dtype, labels=labels, target=goal, bare=bare)
            answer = ask(student, tried, scene, keep=True)
            if answer.problem is None:
                return self_scaled(student, tried, scene, answer)
            first = first or answer.problem
            if answer.problem.kind in ENDED:
                return answer.problem
    if first is None:
        raise RuntimeError("An attack was called in no way at all.")
    return first


def self_scaled(student: Student, call: Call, scene: Scene, answer: Answer) -> tuple[Call, Answer]:
    """The call without our factor, where a function on the scale 0..1 multiplies by 255 itself.

    Args:
        student: the file.
        call: how its function was called.
        scene: what was attacked.
        answer: what it gave.
    """
    first = answer.tensors.get("first")
    if call.pixels != 1.0 or first is None or float(first.max()) <= 2 * HIGH:
        return call, answer
    own = replace(call, factor=1.0)
    again = ask(student, own, scene, keep=True)
    return (call, answer) if again.problem is not None else (own, again)


def probe(seed: int, deviation: float) -> Scene:
    """One image on a network that no attack within epsilon fools.

    Args:
        seed: of image and network.
        deviation: of the first weights.
    """
    source = torch.Generator().manual_seed(seed % 2**40 + 7)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=source, dtype=torch.float64)

    image = torch.randint(40, 216, (784,), generator=source).double()
    ends = torch.rand(784, generator=source)
    image[ends < 0.1], image[ends > 0.9] = 0.0, HIGH
    bias = torch.zeros(10, dtype=torch.float64)
    bias[homework.SOURCE] = MARGIN
    weights = {
        "fc1.weight": drawn(16, 784) * deviation,
        "fc1.bias": drawn(16) * 0.5,
        "fc2.weight": drawn(10, 16) * 0.3,
        "fc2.bias": bias,
    }
    labels = torch.tensor([homework.SOURCE])
    images = image.reshape(1, 1, 28, 28)
    return Scene("probe", weights, images, labels, homework.TARGET, EPSILON)
