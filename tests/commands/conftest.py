"""Trainings on a tiny MNIST, in this process and in one of their own; a card."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from core import checkpoints
from core.data.facts import ROOT, facts
from core.evaluation import Evaluation
from core.models import build_model
from core.training.records import EpochRecord
from tests.commands.helpers import DRIVER, Run, configuration
from train_all import main


@pytest.fixture
def run(tiny_mnist: Path, tmp_path: Path) -> Run:
    """Calls main with the tiny MNIST and folders of its own."""

    def call(*arguments: str, epochs: int = 2) -> int:
        return main(
            [
                *("mnist", "--data-dir", str(tiny_mnist), "--no-download", "--epochs", str(epochs)),
                *("--out", str(tmp_path / "out"), "--runs-dir", str(tmp_path / "runs"), *arguments),
            ]
        )

    return call


@pytest.fixture
def driver(tiny_mnist: Path, tmp_path: Path) -> Callable[..., subprocess.Popen]:
    """Starts the driver as a process of its own."""
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    sums = json.dumps(facts("mnist").md5)

    def start(action: str, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, str(script), action, str(tiny_mnist), sums, *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """A folder with the card of an untrained network."""
    config = configuration()
    confusion = (torch.eye(10, dtype=torch.int64) * 99).index_put(
        (torch.tensor([3]), torch.tensor([5])), torch.tensor(10)
    )
    record = EpochRecord(1, 1.0, 0.5, 0.9, 0.99, confusion.tolist(), 0.01, 100.4, 1000.0)
    checkpoints.save(
        "mnist_cnn",
        build_model({"model": "MnistCNN"}),
        config,
        (record, record),
        Evaluation(0.9, confusion, torch.zeros(1000, dtype=torch.int64)),
        title="Small CNN on MNIST",
        homework_accuracy=0.9,
        command="python train_all.py mnist",
        device="cpu",
        folder=tmp_path / "cards",
    )
    return tmp_path / "cards"
