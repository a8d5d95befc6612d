"""A person's own network of DigitNet's architecture: its state dict is read, checked and fitted
to our pictures.
"""

from __future__ import annotations

import io
import pickle
import warnings
import zipfile
from dataclasses import dataclass

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from core.models import DigitNet

LARGEST_BYTES = 20_000_000
ENDINGS = (".pt", ".pth", ".zip", ".safetensors")


class ForeignError(Exception):
    """A file is no state dict of this architecture; the message is one sentence for a person."""


class Adapted(nn.Module):
    """A network that takes pixels in another range, or pictures turned over, behind one that takes
    0..255 upright.
    """

    bounds = (0.0, 255.0)

    def __init__(self, model: nn.Module, scale: float, transposed: bool) -> None:
        """Wrap ``model``, which takes pixels times ``scale``, and rows as columns if
        ``transposed``.
        """
        super().__init__()
        self.model = model
        self.scale = scale
        self.transposed = transposed

    def forward(self, images: Tensor) -> Tensor:
        """Logits of (N, 1, 28, 28) images with pixels from 0 to 255."""
        images = images * self.scale
        return self.model(images.mT if self.transposed else images)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Fitted:
    """A network with the reading of our pictures that suits it best.

    Attributes:
        model: takes pixels from 0 to 255, upright; in eval mode, without gradients of its weights.
        accuracy: on the pictures that decided.
        words: what was chosen, for people.
    """

    model: nn.Module
    accuracy: float
    words: str


def read_digit_net(content: bytes, name: str) -> DigitNet:
    """Read a state dict of ``DigitNet``; nothing in the file is executed.

    Args:
        content: the file: safetensors, or what torch.save wrote, alone or as the one such file in a
            zip.
        name: of the file; its ending tells the format.

    Returns:
        The network, in eval mode.

    Raises:
        ForeignError: the file is too large, of another format, damaged, or of another architecture.
    """
    if len(content) > LARGEST_BYTES:
        raise ForeignError(
            f"The file has {len(content) / 1e6:,.0f} MB, and at most {LARGEST_BYTES / 1e6:.0f} "
            "MB are read: a state "
            "dict of this network has 0.1 MB."
        )
    if not name.lower().endswith(ENDINGS):
        raise ForeignError(f"Expected a file with the ending {', '.join(ENDINGS)}, got {name}.")
    try:
        found = _tensors(content, name)
    except (
        OSError,
        EOFError,
        RuntimeError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
        safetensors.SafetensorError,
    ) as error:
        raise ForeignError(
            f"{name} cannot be read as a state dict (it is damaged, or holds more than tensors): "
            "save it anew with "
            "torch.save(model.state_dict(), ...)."
        ) from error
    model = DigitNet()
    expected = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    got = {key: tuple(value.shape) for key, value in found.items()}
    if got != expected:
        wrong = sorted(key for key in expected | got if got.get(key) != expected.get(key))
        raise ForeignError(
            f"{name} is not of {DigitNet.__name__}'s architecture: {wrong[0]} should be "
            f"{expected.get(wrong[0], 'absent')} and is {got.get(wrong[0], 'absent')}."
        )
    if not all(
        value.is_floating_point() and bool(torch.isfinite(value).all()) for value in found.values()
    ):
        raise ForeignError(
            f"{name} holds weights that are no finite numbers: train the network again."
        )
    model.load_state_dict({key: value.float() for key, value in found.items()})
    return model.eval()


def fit_to_pictures(model: nn.Module, images: Tensor, labels: Tensor) -> Fitted:
    """Choose the range of pixels and the orientation that give the best accuracy on some pictures.

    The homework's own starter code transposes the digits; others train on pixels from 0 to 1.

    Args:
        model: a ``DigitNet``.
        images: (N, 1, 28, 28) floats from 0 to 255.
        labels: (N,) true classes.

    Returns:
        The network behind the best reading; of equal ones upright, and pixels from 0 to 1, since a
        network that learned on those still sees much on 255 times as large ones, but not the other
        way round.
    """
    best: Fitted | None = None
    for transposed in (False, True):
        for scale, pixels in ((1 / 255, "0 to 1"), (1.0, "0 to 255")):
            adapted = Adapted(model, scale, transposed).eval().requires_grad_(False)
            accuracy = float((adapted(images).argmax(1) == labels).float().mean())
            if best is None or accuracy > best.accuracy:
                words = f"pixels from {pixels}, {'transposed' if transposed else 'upright'}"
                best = Fitted(adapted, accuracy, words)
    assert best is not None  # for mypy
    return best


def _tensors(content: bytes, name: str) -> dict[str, Tensor]:
    if name.lower().endswith(".safetensors"):
        return safetensors.torch.load(content)
    if name.lower().endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = [
                item
                for item in archive.infolist()
                if item.filename.lower().endswith((*ENDINGS[:2], ENDINGS[3]))
            ]
            if len(inside) == 1 and inside[0].file_size <= LARGEST_BYTES:
                return _tensors(archive.read(inside[0]), inside[0].filename)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about old formats
        loaded = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, dict) or not all(
        isinstance(value, Tensor) for value in loaded.values()
    ):
        raise ValueError("no state dict")
    return {str(key).removeprefix("module."): value for key, value in loaded.items()}
