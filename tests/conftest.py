"""What every test shares: one thread, and a tiny MNIST in the table of facts."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.data.facts import DATASETS
from tests.synthetic import synthetic_digits, write_idx

torch.set_num_threads(
    1
)  # the tests' networks are tiny: more threads only wait for each other on a busy machine


@pytest.fixture
def tiny_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with an MNIST of 300 and 100 images, whose sizes and sums stand in the table of
    facts.
    """
    folder = tmp_path / "data"
    sums = write_idx(folder, synthetic_digits(300, seed=1), synthetic_digits(100, seed=2))
    known = replace(DATASETS["mnist"], train_images=300, test_images=100, md5=sums)
    monkeypatch.setitem(DATASETS, "mnist", known)
    return folder
