"""What the tests of several parts of core begin with."""

import pytest
import torch


@pytest.fixture
def same_random_numbers() -> None:
    torch.manual_seed(0)
