"""One finished training, which several tests look at."""

import pytest

from core.training.records import TrainResult
from tests.core.training.runs import train


@pytest.fixture(scope="session")
def finished() -> TrainResult:
    return train()
