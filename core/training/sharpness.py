"""Sharpness-aware minimisation: the gradient is taken at the worst weights nearby."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from core.training.mixing import Targets
from core.training.recorded import is_recording
from core.training.state import TrainingState
from core.training.statistics import frozen_statistics

Tensors = Sequence[Float[Tensor, "..."]]


@contextmanager
def worst_weights_nearby(weights: Tensors, gradients: Tensors, radius: float) -> Iterator[None]:
    """Inside the block each weight w is moved uphill along its gradient g (adaptive SAM):

        w + ρ w² g / ‖w g‖     element by element; the norm is that of all weights together

    Small weights move little, so that ρ means the same in every layer. Where one gradient is not
    finite (fp16's first scales may overflow) all weights stay.

    Args:
        weights: parameters; afterwards they are what they were before.
        gradients: of the loss, one for each of the weights, of the same shape.
        radius: ρ > 0.

    Source: Foret et al., "Sharpness-Aware Minimization for Efficiently Improving Generalization",
        2021; Kwon et al., "ASAM: Adaptive Sharpness-Aware Minimization for Scale-Invariant
        Learning", 2021.
    """
    before = [weight.detach().clone() for weight in weights]
    steps = list(torch._foreach_mul(before, list(gradients)))  # w g
    norm = torch.stack(torch._foreach_norm(steps)).norm()
    torch._foreach_mul_(steps, before)
    torch._foreach_mul_(steps, radius / norm.clamp(min=1e-30))
    with torch.no_grad():
        if is_recording() or bool(norm.isfinite()):
            torch._foreach_add_(list(weights), steps)
    try:
        yield
    finally:
        with torch.no_grad():
            torch._foreach_copy_(list(weights), before)


def uphill_gradients(
    state: TrainingState, images: Float[Tensor, "n c h w"], targets: Targets
) -> Tensors:
    """The loss's gradients that ``worst_weights_nearby`` climbs along, one for each parameter.

    They come from every second image of this process's share: a direction needs no more, and it
    saves half the time. Running statistics stay as they are.

    Args:
        state: the training.
        images: of the batch, as the network takes them.
        targets: their classes, or the shares of all classes in them.

    Returns:
        Gradients, times the scale of fp16, in the order of the model's parameters.
    """
    with frozen_statistics(state.model):
        logits = state.logits(state.local_network, images[::2])
        smoothing = state.config.label_smoothing
        loss = F.cross_entropy(logits, targets[::2], label_smoothing=smoothing)
        return torch.autograd.grad(state.scaler.scale(loss), list(state.model.parameters()))


def sharpness_aware(
    state: TrainingState, images: Float[Tensor, "n c h w"], targets: Targets, radius: float
) -> AbstractContextManager[None]:
    """The block in which a step's gradient is taken: at the worst weights nearby.

    Args:
        state: the training.
        images: of the batch, as the network takes them.
        targets: their classes, or the shares of all classes in them.
        radius: ρ of this step; 0: the weights stay as they are.
    """
    if not radius:
        return nullcontext()
    gradients = uphill_gradients(state, images, targets)
    weights = list(state.model.parameters())
    return worst_weights_nearby(weights, gradients, radius)
