"""Attacks of a foreign function on a network that writes down what reaches it, and how often
gradients are taken through it.
"""

from __future__ import annotations

import contextlib
import dis
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from core.checking.student.actions import Facts, NotATensorError, Tensors, action
from core.checking.student.maps import every_array

CLASSES = 10
HIGH = 255.0  # the largest pixel of the networks
MOST_STEPS = 256  # that are kept
BOUNDED = 4  # steps in which clamps are kept
MOST_CLAMPS = 24
CLAMPS = ("clamp", "clamp_", "clamp_min", "clamp_max", "minimum", "maximum", "hardtanh", "clip")
LOOPS = ("FOR_ITER", "JUMP_BACKWARD", "SEND")


class Digits(nn.Module):
    """The architecture of the two attacked networks, in torch's own layers."""

    def __init__(self) -> None:
        """Build it; the asking process gives the weights."""
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 10, 5), nn.Conv2d(10, 20, 5)
        self.dropout2d, self.dropout = nn.Dropout2d(), nn.Dropout()
        self.fc1, self.fc2 = nn.Linear(320, 50), nn.Linear(50, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 10) of pixels from 0 to 255."""
        features = F.max_pool2d(self.conv1(images), 2).relu()
        features = F.max_pool2d(self.dropout2d(self.conv2(features)), 2).relu()
        found: Tensor = self.fc2(self.dropout(self.fc1(features.flatten(1)).relu()))
        return found


class Probe(nn.Module):
    """A small smooth network, whose waves are long or short as its weights are."""

    def __init__(self) -> None:
        """Build it; the asking process gives the weights."""
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(784, 16), nn.Linear(16, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """(N, 10) of pixels from 0 to 255."""
        found: Tensor = self.fc2(self.fc1(images.flatten(1)).sin())
        return found


NETWORKS = {"digits": Digits, "probe": Probe}
AXES = 4  # of a batch of images


class Gate(torch.autograd.Function):
    """The identity; the way back through it is told to a network."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, network: Watched) -> Tensor:  # noqa: ANN401 - torch's
        """The images."""
        ctx.network, ctx.images = network, images.detach().clone()
        return images.view_as(images)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:  # noqa: ANN401
        """The gradient."""
        ctx.network.note(ctx.images, gradients[0])
        return gradients[0], None


class Watched(nn.Module):
    """A network that counts backward passes, and keeps where they were taken."""

    def __init__(self, network: nn.Module, originals: Tensor, factor: float, *, keep: bool) -> None:
        """Watch a network.

        Args:
            network: that is attacked.
            originals: (N, 1, 28, 28) the images, to tell whose gradient is taken.
            factor: of its pixels, 255 where images are from 0 to 1.
            keep: whether to keep points and gradients.
        """
        super().__init__()
        self.network, self.factor, self.keep = network, factor, keep
        self.originals = originals.flatten(1)
        self.counts = [0] * len(originals)
        self.points: list[Tensor] = []
        self.gradients: list[Tensor] = []
        self.first: Tensor | None = None
        self.trained = False

    def forward(self, images: Tensor) -> Tensor:
        """(N, 10) logits.

        Raises:
            ValueError: there is no axis for the images, or one too many.
        """
        if images.dim() != AXES:
            came = " x ".join(map(str, images.shape))
            raise ValueError(f"expected images of shape N x 1 x 28 x 28, got {came}")
        self.trained |= self.training
        if self.first is None:
            self.first = images.detach().clone()
        passed: Tensor = Gate.apply(images, self)
        found: Tensor = self.network(passed * self.factor)
        return found

    def note(self, images: Tensor, gradient: Tensor) -> None:
        """A backward pass with these images has happened."""
        rows = images.flatten(1)
        if len(rows) == len(self.counts):
            index = list(range(len(rows)))
        else:  # some of them: the nearest ones
            apart = (rows[:, None] - self._originals_as_given()[None]).abs().amax(2)
            index = apart.argmin(1).tolist()
        for one in index:
            self.counts[one] += 1
        if self.keep and len(self.points) < MOST_STEPS:
            self.points.append(images)
            self.gradients.append(gradient.detach().clone())

    def _originals_as_given(self) -> Tensor:
        """The images on the scale that reaches the network: a function may multiply by 255."""
        largest = 0.0 if self.first is None else float(self.first.max())
        grown = largest > 2 * float(self.originals.max())
        return self.originals * HIGH if grown else self.originals


class Clamps(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Keeps what is clamped, and by which bounds, in the first steps of an attack."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Torch would import its compiler for this, which takes seconds."""
        return False

    def __init__(self, watched: Watched) -> None:
        """Watch from the ``with`` on."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.watched = watched
        self.rows: list[dict[str, Any]] = []
        self.tensors: Tensors = {}

    def __torch_dispatch__(
        self,
        function: Any,  # noqa: ANN401 - as torch calls it
        types: Any,  # noqa: ANN401
        args: Any = (),  # noqa: ANN401
        kwargs: Any = None,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Run an operator, and keep it if it clamps something as large as the images."""
        result = function(*args, **(kwargs or {}))
        name = function.overloadpacket.__name__
        step = len(self.watched.points) - 1
        if name in CLAMPS and 0 <= step < BOUNDED and len(self.rows) < MOST_CLAMPS:
            size = self.watched.originals.numel()
            if isinstance(result, Tensor) and result.numel() == size:
                self._keep(step, result, [*args[1:], *(kwargs or {}).values()])
        return result

    def _keep(self, step: int, result: Tensor, bounds: list[Any]) -> None:
        row: dict[str, Any] = {"step": step, "bounds": []}
        place = f"clamp.{len(self.rows)}"
        for index, bound in enumerate(bounds):
            if isinstance(bound, int | float):
                row["bounds"].append(float(bound))
            elif isinstance(bound, Tensor) and bound.numel() == result.numel():
                self.tensors[f"{place}.{index}"] = bound.detach().clone().reshape(-1)
                row["bounds"].append(f"{place}.{index}")
            elif isinstance(bound, Tensor) and bound.numel() == 1:
                row["bounds"].append(float(bound))
        self.tensors[place] = result.detach().clone().reshape(-1)
        self.rows.append(row)


@action("defaults")
def defaults(
    target: Callable[..., Any], settings: Mapping[str, Any], tensors: Tensors
) -> tuple[Tensors, Facts]:
    """What a function's parameters are if nothing is given: numbers, and lists of them.

    Returns:
        ``defaults``, and ``loop``: whether the function has a loop of its own.
    """
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(target).parameters.items():
        value = parameter.default
        values = list(value) if isinstance(value, list | tuple) else [value]
        if all(isinstance(one, int | float) and math.isfinite(one) for one in values):
            found[name] = [float(one) for one in values]
    code = getattr(inspect.unwrap(target), "__code__", None)
    steps = dis.get_instructions(code) if code else ()
    return {}, {"defaults": found, "loop": any(one.opname in LOOPS for one in steps)}


@action("attack")
def attack(
    target: Callable[..., Any], settings: Mapping[str, Any], tensors: Tensors
) -> tuple[Tensors, Facts]:
    """Attack a network.

    Args:
        target: the function.
        settings: ``network``, "digits" or "probe"; ``roles``, what each parameter of the function
            is; ``given``, numbers by role; ``labels`` and ``target``, keys of ``AS``;
            ``single``: one image after the other, ``bare``: without an axis for the images;
            ``factor`` of the pixels; ``training``: hand the
            network over in training mode; ``keep``: points, gradients and clamps.
        tensors: ``images``, ``labels``, and ``network.NAME``, the parameters.

    Returns:
        ``adversarial``, (N, 1, 28, 28); ``counts``, backward passes of each image; ``trained``,
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
        with clamps if settings["keep"] else contextlib.nullcontext():
            found.append(_as_images(target(**arguments), part[0]))
        changed |= not torch.equal(before, part[0])
    kept: Tensors = {"adversarial": torch.cat(found), **clamps.tensors}
    if watched.first is not None:
        kept["first"] = watched.first
    same = [one for one in watched.points if one.shape == images.shape]
    if same:
        gradients = [one for one in watched.gradients if one.shape == images.shape]
        kept |= {"points": torch.stack(same), "gradients": torch.stack(gradients)}
    facts = {"counts": watched.counts, "trained": watched.trained, "clamps": clamps.rows}
    return kept, facts | {"changed": changed}


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
    """The first array as large as the images in what a function returned.

    Raises:
        NotATensorError: there is none.
    """
    for array in every_array(value):
        if array.numel() == images.numel():
            return array.reshape(images.shape).to(images.dtype)
    raise NotATensorError(f"returned no {' x '.join(map(str, images.shape))} adversarial images")
