"""How a training computes: precision, compilation, hand-written kernels."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from core.data.facts import ROOT
from core.training.computing import (
    Computing,
    TrainingWarning,
    automatic_precision,
    compiled,
    fastest_computing,
)
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


def test_the_computing_fits_device_and_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe, cpu, cuda = RECIPES["cifar10_resnet"], torch.device("cpu"), torch.device("cuda")
    assert fastest_computing(recipe, cpu) == Computing(cpu, winograd=True)
    half = with_overrides(recipe, precision="bf16")
    for has in (False, True):  # instructions for products of matrices
        monkeypatch.setattr("core.training.computing._multiplies_matrices", lambda has=has: has)
        assert fastest_computing(half, cpu) == Computing(cpu, products=has)
    recorded = Computing(cuda, record=True, reads_every=50)
    assert fastest_computing(recipe, cuda) == recorded
    assert fastest_computing(RECIPES["mnist_cnn"], cuda) == Computing(cuda, reads_every=50)


COMPILE = """
import warnings
from core.training.computing import Computing
from core.training.loop import fit
from tests.core.training.runs import CONFIG, TRAIN, VALIDATION
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    result = fit(CONFIG, TRAIN, VALIDATION, computing=Computing(compile=True))
assert result.complete
print(*[warning.message for warning in seen if "Training" in warning.category.__name__], sep="\\n")
"""


def test_without_a_compiler_the_network_is_trained_uncompiled(tmp_path: Path) -> None:
    variables = {
        "CXX": "/nonexistent",
        "PATH": "",
        "TORCHINDUCTOR_CACHE_DIR": str(tmp_path),
        "OMP_NUM_THREADS": "1",
        "HOME": str(tmp_path),
        "JAXTYPING_DISABLE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", COMPILE],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith("torch.compile does not work here (")
    assert "computed without it" in done.stdout
    assert os.environ["PATH"]


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Dynamo is not supported on this Python\nand a second line"),
        PermissionError(13, "Permission denied", "/cache"),
        ImportError("no Triton"),
        RuntimeError(),
    ],
)
def test_whatever_hinders_the_compiler_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(function: object) -> None:
        raise error

    monkeypatch.setattr(torch, "compile", fails)
    model = nn.Linear(2, 2)
    with pytest.warns(TrainingWarning) as seen:
        assert compiled(model, torch.device("cpu")) is model
    told = str(seen[0].message)
    assert told.startswith(f"torch.compile does not work here ({type(error).__name__}: ")
    assert "\n" not in told
    assert "second line" not in told


def test_the_commands_say_that_sentence_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    import warnings

    from commands.warned import warnings_as_sentences

    said: list[str] = []
    with warnings_as_sentences(said.append):
        warnings.warn("One sentence.", TrainingWarning, stacklevel=1)
    assert said == ["One sentence."]
