"""A network is filled with the weights of a person's own file, or the file is refused in one
sentence.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.checkpoints.magic import ForeignError, printable
from core.checkpoints.state_dicts import Weights, read_weights
from core.checkpoints.unpacking import LARGEST_BYTES
from core.failures import megabytes
from core.models import MODELS


def fill(
    model: nn.Module,
    content: bytes,
    name: str,
    *,
    by_shape: bool = False,
    largest: int = LARGEST_BYTES,
) -> Weights:
    """Read a state dict into a network of its architecture; nothing in the file is executed.

    Args:
        model: that is filled; as it was where the file is refused.
        content: the file: safetensors, or what torch.save wrote, alone or as the one such file in a
            zip.
        name: of the file, for messages; what it holds is told by its bytes.
        by_shape: whether layers of other names are known by the shapes of their tensors.
        largest: bytes of the file, and of what a zip holds when it is unpacked.

    Returns:
        What was read, in the dtype of the file.

    Raises:
        ForeignError: the file is too large, of another format, damaged, of another architecture, or
            its numbers are not finite in float32.
    """
    shapes = shapes_of(model)
    if len(content) > largest:
        size = sum(value.numel() for value in model.state_dict().values()) * 4 / 1e6
        raise ForeignError(
            f"The file has {megabytes(len(content), largest)}, and at most {largest // 10**6} MB "
            f"are read: a state dict of this network has {size:.1f} MB."
        )
    found = read_weights(content, name, shapes, shapes if by_shape else {}, largest)
    weights = {key: value.float() for key, value in found.tensors.items()}
    for key in [key for key in weights if key not in shapes and _is_left_out(model, key, weights)]:
        del weights[key]
    _check_shapes(weights, model, name)
    for key, value in weights.items():
        if not bool(torch.isfinite(value).all()):
            raise ForeignError(
                f"{name} holds {printable(found.called[key])} with numbers that are not finite in "
                "float32: train the network again."
            )
    model.load_state_dict(model.state_dict() | weights)  # which counts batches, too
    return found


def shapes_of(model: nn.Module) -> dict[str, tuple[int, ...]]:
    """The shape of each tensor of floats in a network's state dict, in order."""
    floats = {key: one for key, one in model.state_dict().items() if one.is_floating_point()}
    return {key: tuple(value.shape) for key, value in floats.items()}


def _is_left_out(model: nn.Module, key: str, found: dict[str, Tensor]) -> bool:
    """Whether a tensor changes nothing: a counter that became a float, or the same numbers as in a
    buffer that the network has and does not save, such as its normalisation's mean.
    """
    saved, value = model.state_dict(), found[key].flatten()
    counters = {one.rpartition(".")[2] for one in saved if not saved[one].is_floating_point()}
    fixed = [one.flatten() for name, one in model.named_buffers() if name not in saved]
    return key.rpartition(".")[2] in counters or any(
        one.shape == value.shape and torch.allclose(one, value, atol=1e-3) for one in fixed
    )


def _check_shapes(found: dict[str, Tensor], model: nn.Module, name: str) -> None:
    """Refuse other layers and other shapes than the model's."""
    expected, kind = shapes_of(model), type(model).__name__
    got = {key: tuple(value.shape) for key, value in found.items()}
    if got == expected:
        return
    other = _other_kind(got, kind)
    if other:
        raise ForeignError(
            f"{name} is of {other}'s architecture, not of {kind}'s: choose a state dict of {kind}."
        )
    differing = [key for key in expected | got if got.get(key) != expected.get(key)]
    wrong = min(differing, key=lambda key: (key not in expected, key))
    raise ForeignError(
        f"{name} is not of {kind}'s architecture: {printable(wrong)} should be "
        f"{expected.get(wrong, 'absent')} and is {got.get(wrong, 'absent')}: choose a state dict "
        f"of {kind}."
    )


def _other_kind(shapes: dict[str, tuple[int, ...]], kind: str) -> str:
    """Which other of the homework's networks has tensors of these shapes; "": none."""
    for other in MODELS.keys() - {kind}:
        with torch.device("meta"):
            theirs = shapes_of(MODELS[other]())
        if sorted(theirs.values()) == sorted(shapes.values()):
            return other
    return ""
