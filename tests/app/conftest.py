"""What all tests of the app share."""

import pytest

from app.ui.spares import SPARES


@pytest.fixture(autouse=True)
def no_spares(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process waits for a training that no test starts; one that is started starts its own."""
    monkeypatch.setattr(SPARES, "prepare", lambda count: None)
