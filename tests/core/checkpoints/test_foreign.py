"""core.checkpoints.foreign: a person's own network is read without executing anything, or refused
in one sentence.
"""

import io
import os
import pickle
import zipfile
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from core import attacks, checkpoints
from core.checkpoints.foreign import (
    LARGEST_BYTES,
    Adapted,
    ForeignError,
    fit_to_pictures,
    largest_weight,
    read_digit_net,
)
from core.data.samples import load_samples
from core.models import DigitNet, to_input

A = checkpoints.load("mnist_model_a").model
STATE = A.state_dict()
SAMPLES = load_samples("mnist")
LIMITS = (torch.finfo(torch.float32).min, torch.finfo(torch.float32).max)


def saved(what: object, **settings: object) -> bytes:
    file = io.BytesIO()
    torch.save(what, file, **settings)
    return file.getvalue()


def zipped(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pt", saved(STATE)),
        ("a.PTH", saved(STATE)),
        ("old.pth", saved(STATE, _use_new_zipfile_serialization=False)),
        ("wrapped.pt", saved({"state_dict": STATE, "epoch": 3})),
        ("parallel.pt", saved({f"module.{key}": value for key, value in STATE.items()})),
        ("half.pt", saved({key: value.half() for key, value in STATE.items()})),
        ("a.safetensors", safetensors.torch.save(STATE)),
        ("torch.zip", saved(STATE)),
        ("archive.zip", zipped(model_pt=saved(STATE), readme_txt=b"hello")),
    ],
)
def test_every_format_is_read(name: str, content: bytes) -> None:
    model = read_digit_net(content, name).model
    assert not model.training
    for key, value in STATE.items():
        torch.testing.assert_close(model.state_dict()[key], value, rtol=1e-3, atol=1e-3)


class Evil:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return (os.mkdir, (str(self.mark),))


@pytest.mark.parametrize("wrap", [lambda evil: evil, lambda evil: STATE | {"conv1.weight": evil}])
@pytest.mark.parametrize("kind", ["torch", "pickle"])
def test_a_hostile_file_executes_nothing(tmp_path: Path, wrap: object, kind: str) -> None:
    mark = tmp_path / "executed"
    what = wrap(Evil(mark))
    content = saved(what) if kind == "torch" else pickle.dumps(what)
    with pytest.raises(ForeignError, match="cannot be read as a state dict"):
        read_digit_net(content, "model.pt")
    assert not mark.exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.exe", b"MZ" + bytes(99), "a.exe cannot be read as a state dict (it is neither"),
        ("a.pt", b"", "cannot be read as a state dict"),
        ("a.pt", b"only text", "cannot be read as a state dict"),
        ("a.pt", saved(STATE)[:2000], "cannot be read as a state dict"),
        ("a.safetensors", safetensors.torch.save(STATE)[:-9], "cannot be read as a state dict"),
        ("a.safetensors", b"\xff" * 100, "cannot be read as a state dict"),
        ("a.zip", zipped(a_txt=b"x"), "cannot be read as a state dict"),
        ("a.zip", zipped(a_pt=saved(STATE), b_pt=saved(STATE)), "cannot be read as a state dict"),
        ("a.pt", saved([1, 2]), "a.pt holds a list, no state dict: save it anew"),
        ("a.pt", saved({}), "conv1.bias should be (10,) and is absent"),
        ("a.pt", saved(STATE | {"extra": torch.zeros(2)}), "extra should be absent and is (2,)"),
        (
            "a.pt",
            saved(STATE | {"fc2.bias": torch.zeros(11)}),
            "fc2.bias should be (10,) and is (11,)",
        ),
        ("a.pt", saved(nn.Linear(3, 4).state_dict()), "not of DigitNet's architecture"),
        (
            "a.pt",
            saved(STATE | {"fc2.bias": torch.full((10,), float("nan"))}),
            "a.pt holds fc2.bias with numbers that are not finite in float32",
        ),
        (
            "a.pt",
            saved({key: value.double() * 1e300 for key, value in STATE.items()}),
            "a.pt holds conv1.weight with numbers that are not finite in float32",
        ),
        (
            "a.pt",
            b"\0" * (LARGEST_BYTES + 1),
            "has a little more than 20 MB, and at most 20 MB are read",
        ),
    ],
)
def test_what_does_not_fit_is_one_sentence(name: str, content: bytes, message: str) -> None:
    with pytest.raises(ForeignError) as caught:
        read_digit_net(content, name)
    assert message in str(caught.value)


class Other(nn.Module):
    """Model A as somebody else trained it: with other pixels, or turned over."""

    def __init__(self, scale: float, transposed: bool) -> None:
        super().__init__()
        self.scale, self.transposed = scale, transposed

    def forward(self, images: Tensor) -> Tensor:
        return A((images.mT if self.transposed else images) * self.scale)


@pytest.mark.parametrize(
    ("scale", "transposed", "words"),
    [
        (1.0, False, "pixels from 0 to 255, upright"),
        (255.0, False, "pixels from 0 to 1, upright"),
        (1.0, True, "pixels from 0 to 255, transposed"),
        (255.0, True, "pixels from 0 to 1, transposed"),
    ],
)
def test_range_and_orientation_are_found(scale: float, transposed: bool, words: str) -> None:
    fitted = fit_to_pictures(Other(scale, transposed), SAMPLES.images.float(), SAMPLES.labels)
    assert fitted.words == words
    assert fitted.accuracy >= 0.95
    torch.testing.assert_close(
        fitted.model(SAMPLES.images.float()), A(SAMPLES.images.float()), rtol=1e-3, atol=1e-2
    )


def test_an_adapted_network_takes_grey_values() -> None:
    assert Adapted(DigitNet(), 1 / 255, True).bounds == (0, 255)


def test_a_network_of_huge_weights_is_read_and_its_largest_is_named() -> None:
    content = saved({key: value * 1e12 for key, value in STATE.items()})
    model = read_digit_net(content, "a.pt").model
    fitted = fit_to_pictures(model, SAMPLES.images.float(), SAMPLES.labels)
    assert fitted.dtype == torch.float64
    assert largest_weight(fitted.model)[0] == "conv1.bias"
    assert fit_to_pictures(A, SAMPLES.images.float(), SAMPLES.labels).dtype == torch.float32


@pytest.mark.parametrize(
    "scales",
    [
        {"": 1e12},
        {"": 1e30},
        {"": float(torch.finfo(torch.float32).max) / 4},
        {"fc2": 1e36},
        {"conv1": 1e37, "fc1": 1e-30},
        {"conv1": 1e-30, "fc1": 1e30, "fc2": 1e36},  # finite logits, a gradient that is not
        {"bias": 1e38},
    ],
)
def test_what_leaves_float32_is_finite_in_float64(scales: dict[str, float]) -> None:
    state = STATE
    for part, scale in scales.items():
        state = {key: value * scale if part in key else value for key, value in state.items()}
    state = {key: value.clamp(*LIMITS) for key, value in state.items()}
    fitted = fit_to_pictures(
        read_digit_net(saved(state), "a.pt").model, SAMPLES.images.float(), SAMPLES.labels
    )
    assert fitted.dtype == torch.float64
    inputs = to_input(fitted.model, SAMPLES.images)
    for method in (attacks.PGD, attacks.IMPROVED):
        found = attacks.attack(
            fitted.model, inputs, SAMPLES.labels, 24, method=method, bounds=(0, 255), whole=True
        )
        assert bool(torch.isfinite(found.trace.score).all())


@pytest.mark.parametrize("scale", [1, 1e3, 1e6, 1e-3, 1e-12, 1e-30, 0])
def test_what_stays_in_float32_is_computed_in_it(scale: float) -> None:
    model = read_digit_net(saved({key: one * scale for key, one in STATE.items()}), "a.pt").model
    fitted = fit_to_pictures(model, SAMPLES.images.float(), SAMPLES.labels)
    assert fitted.dtype == torch.float32
    assert to_input(fitted.model, SAMPLES.images).dtype == torch.float32
