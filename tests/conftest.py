"""What all tests share: core's shapes checked, one thread, tiny data in the table of facts."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import hypothesis
import jaxtyping
import pytest
import torch

from tests import shapes

if not jaxtyping.config.jaxtyping_disable:  # before core is imported
    shapes.install()

from core.data.facts import DATASETS, LabelledImages
from tests.synthetic import synthetic_colours, synthetic_digits, write_batches, write_idx

# The tests' networks are tiny: more threads only wait for each other on a busy machine.
torch.set_num_threads(1)
# A time for one example says how busy the machine is, and nothing about the code.
# Half of the usual number of examples: the whole run has to end within 20 minutes.
hypothesis.settings.register_profile("house", deadline=None, max_examples=50)
hypothesis.settings.load_profile("house")


@pytest.fixture
def unchecked_shapes() -> Iterator[None]:
    """No checks of types and shapes: for what follows every call, as compilers and tracers do."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)


Made = Callable[[Path, LabelledImages, LabelledImages], dict[str, str]]


@pytest.fixture
def tiny_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A data folder with a few images; their number and sums stand in the table of facts."""

    def make(name: str, write: Made, train: LabelledImages, test: LabelledImages) -> Path:
        sums = write(tmp_path / "data", train, test)
        counts = {"train_images": len(train), "test_images": len(test)}
        monkeypatch.setitem(DATASETS, name, replace(DATASETS[name], **counts, md5=sums))
        return tmp_path / "data"

    return make


@pytest.fixture
def tiny_mnist(tiny_data: Callable[..., Path]) -> Path:
    """300 and 100 digits."""
    digits = synthetic_digits(300, seed=1), synthetic_digits(100, seed=2)
    return tiny_data("mnist", write_idx, *digits)


@pytest.fixture
def tiny_cifar10(tiny_data: Callable[..., Path]) -> Path:
    """50 and 20 photos."""
    photos = synthetic_colours(50, seed=1), synthetic_colours(20, seed=2)
    return tiny_data("cifar10", write_batches, *photos)
