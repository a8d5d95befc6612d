"""What every test shares: core's shapes checked, one thread, a tiny MNIST in the table of facts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import hypothesis
import jaxtyping
import pytest
import torch

from tests import shapes

if not jaxtyping.config.jaxtyping_disable:  # before core is imported
    shapes.install()

from core.data.facts import DATASETS
from tests.synthetic import synthetic_digits, write_idx

# The tests' networks are tiny: more threads only wait for each other on a busy machine.
torch.set_num_threads(1)
# A time for one example says how busy the machine is, and nothing about the code.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.fixture
def unchecked_shapes() -> Iterator[None]:
    """No checks of types and shapes: for what follows every call, as compilers and tracers do."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)


@pytest.fixture
def tiny_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with 300 and 100 digits; their number and sums stand in the table of facts."""
    folder = tmp_path / "data"
    sums = write_idx(folder, synthetic_digits(300, seed=1), synthetic_digits(100, seed=2))
    tiny = replace(DATASETS["mnist"], train_images=300, test_images=100, md5=sums)
    monkeypatch.setitem(DATASETS, "mnist", tiny)
    return folder
