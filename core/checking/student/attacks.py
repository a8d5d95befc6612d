"""Attacks of a foreign function on a network that writes down what reaches it."""

from __future__ import annotations

import builtins
import contextlib
import dis
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from core.checking.student.actions import Facts, NotATensorError, Tensors, action
from core.checking.student.maps import every_array, is_network, module_of, referred
from core.checking.student.watched import NETWORKS, Clamps, Watched

LOOPS = ("FOR_ITER", "JUMP_BACKWARD", "SEND")


@action("defaults")
def defaults(
    target: Callable[..., Any], settings: Mapping[str, Any], tensors: Tensors
) -> tuple[Tensors, Facts]:
    """What a function's parameters are if nothing is given: numbers, and lists of them.

    Returns:
        ``defaults``; ``loop``: whether the function has a loop of its own; ``backward``: whether it
        takes gradients by ``backward()``, which adds them up; ``networks`` of the file that it, or
        what it calls, refers to, and ``missing``, names that the file does not define.
    """
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(target).parameters.items():
        value = parameter.default
        values = list(value) if isinstance(value, list | tuple) else [value]
        if all(isinstance(one, int | float) and math.isfinite(one) for one in values):
            found[name] = [float(one) for one in values]
    code, module = getattr(inspect.unwrap(target), "__code__", None), module_of(target)
    steps = dis.get_instructions(code) if code else ()
    used = referred(target)
    return {}, {
        "defaults": found,
        "loop": any(one.opname in LOOPS for one in steps),
        "backward": "backward" in used,
        "networks": [one for one in used if is_network(module.get(one))],
        "missing": [one for one in used if one not in module and not hasattr(builtins, one)],
    }


@action("attack")
def attack(
    target: Callable[..., Any], settings: Mapping[str, Any], tensors: Tensors
) -> tuple[Tensors, Facts]:
    """Attack a network.

    Args:
        target: the function.
        settings: ``network``, "digits" or "probe"; ``held``, the name by which the function refers
            to a network that it is not given, or ""; ``roles``, what each parameter of the function
            is; ``given``, numbers by role; ``labels`` and ``target``, keys of ``AS``;
            ``single``: one image after the other, ``bare``: without an axis for the images;
            ``factor`` of the pixels; ``training``: hand the
            network over in training mode; ``keep``: points, gradients and clamps.
        tensors: ``images``, ``labels``, and ``network.NAME``, the parameters.

    Returns:
        ``adversarial``, (N, 1, 28, 28); ``counts``, backward passes of each image, and ``passes``,
        how many there were in all; ``trained``,
        whether the network was ever asked in training mode; ``changed``, whether the images that
        it was given have changed; ``first``, what reached the network first; with
        ``keep`` also ``points``, ``gradients``, ``clamps`` and ``clamp.N``.
    """
    images, labels = tensors["images"], tensors["labels"]
    network = NETWORKS[settings["network"]]().to(images.dtype)
    weights = {
        name.removeprefix("network."): one.to(images.dtype)
        for name, one in tensors.items()
        if name.startswith("network.")
    }
    network.load_state_dict(weights)
    watched = Watched(network, images.clone(), settings["factor"], keep=settings["keep"])
    watched.train(settings["training"])
    found: list[Tensor] = []
    clamps, changed = Clamps(watched), False
    for part in _parts(images, labels, single=settings["single"]):
        arguments, before = _arguments(watched, *part, settings), part[0].clone()
        with (
            clamps if settings["keep"] else contextlib.nullcontext(),
            _in_place(target, settings["held"], watched),
        ):
            found.append(_as_images(target(**arguments), before))
        changed |= not torch.equal(before, part[0])
    kept: Tensors = {"adversarial": torch.cat(found), **clamps.tensors}
    if watched.first is not None:
        kept["first"] = watched.first
    same = [one for one in watched.points if one.shape == images.shape]
    if same:
        gradients = [one for one in watched.gradients if one.shape == images.shape]
        kept |= {"points": torch.stack(same), "gradients": torch.stack(gradients)}
    facts = {"counts": watched.counts, "passes": watched.passes, "clamps": clamps.rows}
    return kept, facts | {"trained": watched.trained, "changed": changed}


@contextlib.contextmanager
def _in_place(target: Callable[..., Any], name: str, network: nn.Module) -> Iterator[None]:
    """Let a name of a function's file stand for a network meanwhile; "" does nothing."""
    module = module_of(target) if name else {}
    before = {name: module[name]} if name in module else {}
    module.update({name: network} if name else {})
    try:
        yield
    finally:
        module.pop(name, None)
        module.update(before)


def _parts(images: Tensor, labels: Tensor, *, single: bool) -> Iterator[tuple[Tensor, Tensor]]:
    size = 1 if single else len(images)
    for part, own in zip(torch.split(images, size), torch.split(labels, size)):
        yield part.clone(), own.clone()


def _arguments(
    network: nn.Module, images: Tensor, labels: Tensor, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """What the function is given, by the names of its parameters."""
    given = settings["given"]
    goal = torch.full_like(labels, given.get("target", 0))
    values: dict[str, Any] = {
        **given,
        "model": network,
        "images": images[0] if settings["bare"] else images,
        "labels": AS[settings["labels"]](labels),
        "target": AS[settings["target"]](goal),
        "device": torch.device("cpu"),
        "loss": nn.CrossEntropyLoss(),
    }
    return {name: values[role] for name, role in settings["roles"].items()}


# How the classes of images are handed over; the last two for one image.
AS: dict[str, Callable[[Tensor], Any]] = {
    "tensor": lambda labels: labels,
    "int": lambda labels: int(labels[0]),
    "scalar": lambda labels: labels[0],
}


def _as_images(value: Any, images: Tensor) -> Tensor:  # noqa: ANN401 - of anybody
    """The array as large as the images in what a function returned; of several the one that is
    nearest to the images and not they themselves, which are no change either.

    Args:
        value: whatever came.
        images: as the function was given them.

    Raises:
        NotATensorError: there is none.
    """
    arrays = [one for one in every_array(value) if one.numel() == images.numel()]
    fitting = [one.reshape(images.shape).to(images.dtype) for one in arrays]
    if fitting:
        others = [one for one in fitting if not torch.equal(one, images)]
        return min(others or fitting, key=lambda one: float((one - images).abs().max()))
    raise NotATensorError(f"returned no {' x '.join(map(str, images.shape))} adversarial images")
