"""What all tests of the app share."""

import functools
import os
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from app.ui import boot
from app.ui.beside import answers, worker, workers
from app.ui.spares import SPARES
from app.ui.visit_folders import STATE_VARIABLE

COMPILE = ScriptCache.get_bytecode
SWITCHED_OFF = ("runner.magicEnabled", "browser.gatherUsageStats")


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test finds the trainings of another one, or leaves any behind."""
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "visits"))
    return tmp_path / "visits"


@pytest.fixture(autouse=True)
def no_spares(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process waits for a training that no test starts; one that is started starts its own."""
    monkeypatch.setattr(SPARES, "prepare", lambda count: None)


class Here:
    """Takes the place of a worker process: answers in a thread, where a test can reach into what
    answers, and no process has to start.
    """

    def __init__(self, connection: Connection) -> None:
        self.pid, self.exitcode = os.getpid(), None
        own = Connection(os.dup(connection.fileno()))  # the other one is closed, as for a process
        self._thread = threading.Thread(target=worker.serve, args=(own,), daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def kill(self) -> None:
        """It ends when it looks at its pipe next."""

    def join(self, seconds: float) -> None:
        """Nobody waits for a thread that may still compute."""


@pytest.fixture(autouse=True)
def questions_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Questions are answered in this process, in threads that end with the test."""
    monkeypatch.setattr(workers, "start_process", Here)
    own = workers.Workers()
    monkeypatch.setattr(answers, "WORKERS", own)
    yield
    own.end()


@pytest.fixture(autouse=True)
def nothing_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of tests is no server: what is alive in it is not kept for good."""
    monkeypatch.setattr(boot, "freeze", lambda: None)


@pytest.fixture(autouse=True, scope="session")
def one_scan_of_packages() -> Iterator[None]:
    """An ``AppTest`` reads what every installed package says of itself, as a server does once; for
    a page it is three quarters of the time.
    """
    scan = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(autouse=True, scope="session")
def scripts_compiled_once() -> Iterator[None]:
    """An ``AppTest`` compiles its scripts again for every run, and with what the app's own
    ``config.toml`` switches off, since it reads none; a server does it once.
    """
    compiled = functools.cache(lambda path, _changed: COMPILE(ScriptCache(), path))
    before = {name: config.get_option(name) for name in SWITCHED_OFF}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            ScriptCache,
            "get_bytecode",
            lambda _, path: compiled(path, Path(path).stat().st_mtime_ns),
        )
        for name in before:
            config.set_option(name, False)
        yield
        for name, value in before.items():
            config.set_option(name, value)
