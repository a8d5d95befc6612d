"""Networks of ours that write down what reaches them, how often gradients are taken through them,
and what is clamped meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.checking.student.actions import Tensors
from core.checking.student.operators import Operators

CLASSES = 10
HIGH = 255.0  # the largest pixel of the networks
MOST_STEPS = 256  # that are kept
BOUNDED = 4  # steps in which clamps are kept
MOST_CLAMPS = 24
CLAMPS = ("clamp", "clamp_", "clamp_min", "clamp_max", "minimum", "maximum", "hardtanh", "clip")


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
    def forward(images: Tensor, network: Watched) -> Tensor:
        """The images."""
        return images.view_as(images)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:  # noqa: ANN401 - torch's
        """Keep what came; apart from the way forward, as ``torch.func.grad`` needs it."""
        ctx.network, ctx.images = inputs[1], plain(inputs[0]).clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:  # noqa: ANN401
        """The gradient."""
        ctx.network.note(ctx.images, plain(gradients[0]))
        return gradients[0], None


def plain(tensor: Tensor) -> Tensor:
    """A tensor as it is outside of ``torch.func``, which wraps those that it differentiates."""
    while torch._C._functorch.is_functorch_wrapped_tensor(tensor):
        tensor = torch._C._functorch.get_unwrapped(tensor)
    return tensor.detach()


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
        self.counts, self.passes = [0] * len(originals), 0
        self.points: list[Tensor] = []
        self.gradients: list[Tensor] = []
        self.first: Tensor | None = None
        self.trained = False

    def __deepcopy__(self, memo: Any) -> Watched:  # noqa: ANN401 - as copy calls it
        """A copy counts with its original."""
        return self

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
            self.first = plain(images).clone()
        passed: Tensor = Gate.apply(images, self)
        found: Tensor = self.network(passed * self.factor)
        return found

    def note(self, images: Tensor, gradient: Tensor) -> None:
        """A backward pass with these images has happened."""
        self.passes += 1
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
            self.gradients.append(gradient.clone())

    def _originals_as_given(self) -> Tensor:
        """The images on the scale that reaches the network: a function may multiply by 255."""
        largest = 0.0 if self.first is None else float(self.first.max())
        grown = largest > 2 * float(self.originals.max())
        return self.originals * HIGH if grown else self.originals


class Clamps(Operators):  # type: ignore[no-untyped-call]
    """Keeps what is clamped, and by which bounds, in the first steps of an attack."""

    def __init__(self, watched: Watched) -> None:
        """Watch from the ``with`` on."""
        super().__init__()
        self.watched = watched
        self.rows: list[dict[str, Any]] = []
        self.tensors: Tensors = {}

    def operate(
        self,
        name: str,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> object:
        """Run an operator, and keep it if it clamps something as large as the images."""
        result = function(*args, **kwargs)
        step = len(self.watched.points) - 1
        if name in CLAMPS and 0 <= step < BOUNDED and len(self.rows) < MOST_CLAMPS:
            size = self.watched.originals.numel()
            if isinstance(result, Tensor) and result.numel() == size:
                self._keep(step, result, [*args[1:], *kwargs.values()])
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
