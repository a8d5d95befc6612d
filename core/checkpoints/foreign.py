"""A person's own network of DigitNet's architecture: its state dict is read, checked and fitted
to our pictures.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from core.checkpoints.filling import fill
from core.checkpoints.magic import ForeignError
from core.checkpoints.state_dicts import Weights
from core.checkpoints.unpacking import LARGEST_BYTES
from core.gradients import takes_gradients
from core.models import DigitNet
from core.ties import is_right, is_tied

ROOM = 1000.0  # a score is up to six times a logit, and pooling may pass on several gradients
__all__ = [
    "LARGEST_BYTES",
    "Adapted",
    "Fitted",
    "ForeignError",
    "Read",
    "Weights",
    "fit_to_pictures",
    "largest_weight",
    "read_digit_net",
]


class Adapted(nn.Module):
    """A network that takes pixels in another range, pictures turned over, or numbers of another
    dtype, behind one that takes 0..255 upright in any.
    """

    bounds = (0.0, 255.0)

    def __init__(
        self,
        model: nn.Module,
        scale: float = 1.0,
        transposed: bool = False,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """Wrap ``model``, which takes pixels times ``scale`` in ``dtype``, and rows as columns if
        ``transposed``.
        """
        super().__init__()
        self.model = model
        self.scale = scale
        self.transposed = transposed
        self.input_dtype = dtype

    def forward(self, images: Float[Tensor, "n 1 28 28"]) -> Float[Tensor, "n classes"]:
        """Logits of (N, 1, 28, 28) images with pixels from 0 to 255."""
        images = images.to(self.input_dtype) * self.scale
        return self.model(images.mT if self.transposed else images)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Fitted:
    """A network with the reading of our pictures that suits it best.

    Attributes:
        model: takes pixels from 0 to 255, upright; in eval mode, without gradients of its weights.
        accuracy: on the pictures that decided; a tie is not right.
        words: what was chosen, for people.
        dtype: that it computes in: float32, or float64 where its numbers may leave float32.
        tied: how many of these pictures have largest logits that are equal but for rounding.
    """

    model: nn.Module
    accuracy: float
    words: str
    dtype: torch.dtype
    tied: int


@dataclass(frozen=True)
class Read:
    """A network as a file holds it.

    Attributes:
        model: in eval mode.
        weights: where they stood in the file, and what stood beside them.
    """

    model: DigitNet
    weights: Weights


def read_digit_net(content: bytes, name: str) -> Read:
    """Read a state dict of ``DigitNet``; nothing in the file is executed.

    Args:
        content: the file: safetensors, or what torch.save wrote, alone or as the one such file in a
            zip.
        name: of the file, for messages; what it holds is told by its bytes.

    Returns:
        The network, and which entry of the file it is.

    Raises:
        ForeignError: the file is too large, of another format, damaged, or of another architecture.
    """
    model = DigitNet()
    found = fill(model, content, name)
    return Read(model.eval(), found)


@takes_gradients
def fit_to_pictures(
    model: nn.Module, images: Float[Tensor, "n 1 28 28"], labels: Int[Tensor, " n"]
) -> Fitted:
    """Choose the range of pixels and the orientation that give the best accuracy on some pictures.

    The homework's own starter code transposes the digits; others train on pixels from 0 to 1.

    Args:
        model: a ``DigitNet`` in float32; changed to float64 where float32 is too small.
        images: (N, 1, 28, 28) floats from 0 to 255.
        labels: (N,) true classes.

    Returns:
        The network behind the best reading; of equal ones upright, and pixels from 0 to 1, since a
        network that learned on those still sees much on 255 times as large ones, but not the other
        way round.
    """
    dtype = torch.float64 if _may_overflow(model, images[:1]) else torch.float32
    model = model.to(dtype)
    readings: list[Fitted] = []
    for transposed in (False, True):
        for scale, pixels in ((1 / 255, "0 to 1"), (1.0, "0 to 255")):
            adapted = Adapted(model, scale, transposed, dtype).eval().requires_grad_(False)
            logits = adapted(images)
            accuracy = float(is_right(logits, labels).float().mean())
            words = f"pixels from {pixels}, {'transposed' if transposed else 'upright'}"
            tied = int(is_tied(logits).sum())
            readings.append(Fitted(adapted, accuracy, words, dtype, tied))
    return max(readings, key=lambda reading: reading.accuracy)  # the first of equal ones


def _may_overflow(model: nn.Module, images: Float[Tensor, "1 1 28 28"]) -> bool:
    """Whether the logits of some picture, their scores or a gradient may leave float32.

    With the absolute weights and white pixels everywhere each sum is as large as any picture could
    make it. float64 holds it for all weights that are finite in float32.
    """
    bound = deepcopy(model)
    for parameter in bound.parameters():
        parameter.data.abs_()
    white = torch.full_like(images, 255.0).requires_grad_(True)
    with torch.enable_grad():
        logits = bound(white)
        (gradient,) = torch.autograd.grad(logits.sum(), white)
    largest = torch.stack([logits.abs().max(), gradient.abs().max()])
    return not bool(torch.isfinite(ROOM * largest).all())


def largest_weight(model: nn.Module) -> tuple[str, float]:
    """The name of the tensor with the largest absolute weight in an adapted network, and that."""
    largest = {name: float(one.detach().abs().max()) for name, one in model.named_parameters()}
    name = max(largest, key=lambda key: largest[key])
    return name.removeprefix("model."), largest[name]
