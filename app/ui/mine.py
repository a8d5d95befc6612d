"""The trainings of a visitor and the networks that come out of them: theirs alone, in memory, until
the server ends. They are found again by a random name that the browser keeps.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakSet

import streamlit as st

from app.ui import bound, client
from app.ui.address import Name
from app.ui.jobs import Job
from app.ui.link_words import MINE
from core import checkpoints
from core.homework import MNIST_CNN

COOKIE = "cnn-explainer-visitor"
HELD = "visit"  # in the session
KEPT = "visitor's name"  # in the session: what its browser has kept
MOST_VISITS = 100  # whose trainings are kept
GRACE = 60.0  # seconds that a training goes on without a page, as while that is loaded again
MISSING = (
    "a network of one's own is there in the browser that trained it, until the server starts "
    "again; here is the one that ships"
)


@dataclass(frozen=True)
class Run:
    """One training of a visitor.

    Attributes:
        title: its settings in words.
        setting: the same as the page that started it knows them.
        job: what trains; when it is done it keeps the weights as bytes.
    """

    title: str
    setting: Any
    job: Job


@dataclass(frozen=True)
class Own:
    """A small CNN that a visitor has trained.

    Attributes:
        title: its settings in words.
        weights: its file.
        accuracy: on the images that it was validated on, a share in [0, 1].
    """

    title: str
    weights: bytes
    accuracy: float


@dataclass
class Visit:
    """What the server knows of a visitor.

    Attributes:
        name: random, in the browser too.
        runs: trainings that were started last, together.
        sessions: of the visitor, as long as the server holds them.
        seen: when there was a session last, on the clock of ``time.monotonic``.
    """

    name: str
    runs: tuple[Run, ...] = ()
    sessions: WeakSet[Session] = field(default_factory=WeakSet)
    seen: float = field(default_factory=time.monotonic)

    def is_wanted(self) -> bool:
        """Whether somebody waits for its trainings, or did until just now."""
        if len(self.sessions):
            self.seen = time.monotonic()
        return time.monotonic() - self.seen < GRACE

    def stop(self) -> None:
        """End what still runs."""
        for run in self.runs:
            run.job.stop()


class Session:
    """What one session holds of its visitor."""

    def __init__(self, visit: Visit) -> None:
        """Join a visit."""
        self.visit = visit
        visit.sessions.add(self)


class Visits:
    """The visitors with trainings, those that were seen last at the end."""

    def __init__(self) -> None:
        """Nobody has trained yet."""
        self._visits: dict[str, Visit] = {}
        self._lock = threading.Lock()

    def find(self, name: str) -> Visit | None:
        """The visit of a name, if there is one."""
        with self._lock:
            found = self._visits.pop(name, None)
            if found is not None:
                self._visits[name] = found
            return found

    def begin(self, name: str) -> Visit:
        """A new visit; of too many, one ends that nobody looks at, or the oldest.

        Args:
            name: as the browser has it.
        """
        with self._lock:
            while len(self._visits) >= MOST_VISITS:
                every = list(self._visits.values())
                oldest = next((one for one in every if not len(one.sessions)), every[0])
                self._visits.pop(oldest.name).stop()
            visit = self._visits[name] = Visit(name)
            return visit


VISITS = Visits()


def runs() -> tuple[Run, ...]:
    """The trainings that this visitor has started last."""
    visit = _visit()
    return visit.runs if visit else ()


def start(settings: Sequence[tuple[str, Any, Sequence[str]]]) -> None:
    """Start trainings of this visitor, in place of those before.

    Args:
        settings: title, setting and arguments of each.
    """
    visit = _visit()
    if visit is None:
        visit = VISITS.begin(_name() or secrets.token_hex(16))
        st.session_state[HELD] = Session(visit)
    visit.stop()
    visit.runs = tuple(
        Run(
            title,
            setting,
            Job(*arguments, is_training=True, keep=weights_in, is_wanted=visit.is_wanted),
        )
        for title, setting, arguments in settings
    )


def stop() -> None:
    """End the trainings of this visitor that still run."""
    visit = _visit()
    if visit is not None:
        visit.stop()


def weights_in(folder: Path) -> bytes:
    """The file with the weights that a training has written.

    Args:
        folder: that it wrote into.

    Raises:
        CheckpointError: it is missing or damaged.
    """
    checkpoints.load(MNIST_CNN, folder)
    return checkpoints.weights_path(MNIST_CNN, folder).read_bytes()


def networks() -> dict[str, Own]:
    """Name in a link to each network that this visitor has trained."""
    return {
        name: Own(run.title, run.job.kept, run.job.events("result")[-1]["accuracy"])
        for name, run in zip(MINE, runs())
        if run.job.state == "done"
    }


def check(name: Name, part: str = "") -> None:
    """Before a control is drawn: say it where the link asks for a network that is not there.

    Args:
        name: of the control.
        part: of the parameter.
    """
    bound.check(name, _refuse_missing, part)


def _refuse_missing(asked: object) -> None:
    wanted = next((name for name in reversed(MINE) if str(asked).startswith(name)), None)
    if wanted is not None and wanted not in networks():
        raise ValueError(MISSING)


def remember() -> None:
    """On a page with trainings: the browser keeps the name of their visitor."""
    visit = _visit()
    if visit is not None:
        client.visitor(COOKIE, visit.name)


def _visit() -> Visit | None:
    session: Session | None = st.session_state.get(HELD)
    if session is not None:
        return session.visit
    visit = VISITS.find(_name())
    if visit is not None:
        st.session_state[HELD] = Session(visit)
    return visit


def _name() -> str:
    """What the browser has kept; "" where that is nothing, or nothing of ours."""
    if KEPT not in st.session_state:  # reading the cookies takes as long as drawing a control
        name = str(st.context.cookies.get(COOKIE, ""))
        st.session_state[KEPT] = name if re.fullmatch("[0-9a-f]{32}", name) else ""
    return str(st.session_state[KEPT])
