"""What several tests of core share."""

from collections.abc import Iterator

import jaxtyping
import pytest


@pytest.fixture
def unchecked_types() -> Iterator[None]:
    """Without the run-time check of types that the tests may switch on, as in everybody's use.

    Wrong arguments then reach our own checks.
    """
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)
