"""Training steps that a GPU repeats from a recording (CUDA graphs)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from core.training.mixing import Images, Targets
from core.training.state import TrainingState

Rate = float | Float[Tensor, ""]
Logits = Float[Tensor, "n classes"]
Step = Callable[[TrainingState, Images, Targets, Rate, float, float], Logits]
Compute = Callable[[], Logits]
WARM_UP = 3  # steps before a recording: the optimizer's moments and the libraries' plans are made


@dataclass
class Recording:
    """The steps of one kind.

    Attributes:
        images: where each step reads its images.
        targets: where it reads what they are.
        rate: where it reads the learning rate.
        steps: that were computed one launch at a time.
        repeat: computes the step again; None until it was recorded.
    """

    images: Images
    targets: Targets
    rate: Float[Tensor, ""]
    steps: int = 0
    repeat: Compute | None = None


def is_recording() -> bool:
    """Whether what is asked of the GPU is written down and not computed: nothing can be read."""
    return torch.cuda.is_available() and torch.cuda.is_current_stream_capturing()


def recorded_step(
    state: TrainingState,
    step: Step,
    images: Images,
    targets: Targets,
    rate: float,
    weight: float,
    sharpness: float,
) -> Logits:
    """One training step, repeated from the recording of an earlier one of its kind: of the same
    size and the same radius.

    Of each kind the first are computed as they are; the next one is recorded with all its launches,
    and from then on one call repeats them on new images: a small network's launches take longer
    than what they launch.

    Args:
        state: the training; its recordings grow.
        step: computes one step.
        images: one batch, as the network takes it.
        targets: what the network should answer.
        rate: the learning rate.
        weight: of the loss, the same in every step of this size.
        sharpness: radius within which the worst weights are looked for; 0: at the weights.

    Returns:
        The logits, until the next step overwrites them.
    """
    key = (*images.shape, targets.dim(), sharpness)
    if key not in state.recordings:
        rate_memory = torch.empty((), device=images.device)
        state.recordings[key] = Recording(images.clone(), targets.clone(), rate_memory)
    recording = state.recordings[key]
    recording.images.copy_(images)
    recording.targets.copy_(targets)
    recording.rate.fill_(rate)

    def compute() -> Logits:
        return step(state, recording.images, recording.targets, recording.rate, weight, sharpness)

    if recording.repeat is None and recording.steps < WARM_UP:
        recording.steps += 1
        return _beside(compute)
    if recording.repeat is None:
        recording.repeat = _recorded(compute)
    logits: Logits = recording.repeat()
    return logits


def _recorded(compute: Compute) -> Compute:
    """What repeats a computation whose launches are written down, without computing it."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        logits = compute()

    def repeat() -> Logits:
        graph.replay()
        return logits

    return repeat


def _beside(compute: Compute) -> Logits:
    """Compute on another stream, as a recording will be."""
    here, other = torch.cuda.current_stream(), torch.cuda.Stream()  # type: ignore[no-untyped-call]
    other.wait_stream(here)
    with torch.cuda.stream(other):
        result = compute()
    here.wait_stream(other)
    return result
