"""What all tests of the app share."""

import functools
from collections.abc import Iterator

import pytest
from streamlit.components.v2 import manifest_scanner

from app.ui import boot
from app.ui.spares import SPARES


@pytest.fixture(autouse=True)
def no_spares(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process waits for a training that no test starts; one that is started starts its own."""
    monkeypatch.setattr(SPARES, "prepare", lambda count: None)


@pytest.fixture(autouse=True)
def nothing_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of tests is no server: what is alive in it is not kept for good."""
    monkeypatch.setattr(boot, "FREEZES", 0)


@pytest.fixture(autouse=True, scope="session")
def one_scan_of_packages() -> Iterator[None]:
    """An ``AppTest`` reads what every installed package says of itself, as a server does once; for
    a page it is three quarters of the time.
    """
    scan = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield
