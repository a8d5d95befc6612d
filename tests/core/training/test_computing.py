"""How a training computes: precision, compilation, hand-written kernels."""

import pytest
import torch

from core.training.computing import Computing, automatic_precision, fastest_computing
from core.training.config import with_overrides
from core.training.recipes import RECIPES


@pytest.mark.parametrize(
    ("able", "cuda", "wanted"),
    [
        ({"avx512_bf16": True}, None, "bf16"),
        ({"amx_bf16": True}, None, "bf16"),
        ({"avx2": True, "avx512_bf16": False}, None, "fp32"),
        ({}, True, "bf16"),
        ({}, False, "fp16"),
    ],
)
def test_auto_takes_the_precision_that_the_device_has(
    monkeypatch: pytest.MonkeyPatch, able: dict, cuda: bool | None, wanted: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able, raising=False)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: cuda)
    device = torch.device("cpu" if cuda is None else "cuda")
    assert automatic_precision(RECIPES["cifar10_resnet"], device) == wanted
    assert automatic_precision(RECIPES["mnist_cnn"], device) == "fp32"


def test_the_computing_fits_device_and_precision() -> None:
    recipe, cpu, cuda = RECIPES["cifar10_resnet"], torch.device("cpu"), torch.device("cuda")
    assert fastest_computing(recipe, cpu) == Computing(cpu, winograd=True)
    assert fastest_computing(with_overrides(recipe, precision="bf16"), cpu) == Computing(cpu)
    assert fastest_computing(recipe, cuda) == Computing(cuda, compile=True)
    assert fastest_computing(RECIPES["mnist_cnn"], cuda) == Computing(cuda)
