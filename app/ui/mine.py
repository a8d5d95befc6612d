"""The trainings of a visitor and the networks that come out of them: theirs alone. They are found
again by a random name that the browser keeps, also by another server: what is needed to go on lies
in a folder of that name, for a week.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakSet

import streamlit as st

from app.ui import bound, client, visit_folders
from app.ui.address import Name
from app.ui.jobs import Job
from app.ui.link_words import MINE
from app.ui.training_folder import TrainingFolder
from app.ui.visit_folders import MOST_VISITS, NAME, KeptRun, KeptVisit
from core import checkpoints
from core.failures import Failure
from core.homework import MNIST_CNN

COOKIE = "cnn-explainer-visitor"
HELD = "visit"  # in the session
KEPT = "visitor's name"  # in the session: what its browser has kept
GRACE = 60.0  # seconds that a training goes on without a page, as while that is loaded again
MISSING = (
    "a network of one's own is there in the browser that trained it, for a week or until that is "
    "closed; here is the one that ships"
)


@dataclass(frozen=True)
class Run:
    """One training of a visitor.

    Attributes:
        title: its settings in words.
        setting: the same as the page that started it has named them.
        job: what trains; when it is done it keeps the weights as bytes.
    """

    title: str
    setting: Mapping[str, Any]
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
        stamp: of what is written down of it.
    """

    name: str
    runs: tuple[Run, ...] = ()
    sessions: WeakSet[Session] = field(default_factory=WeakSet)
    seen: float = field(default_factory=time.monotonic)
    stamp: int = 0

    def take_up(self, runs: Iterable[KeptRun]) -> None:
        """Start its trainings, or go on with what is there of them.

        Args:
            runs: as they are written down.
        """
        self.stamp = visit_folders.stamp_of(self.name)
        folder = visit_folders.seen(self.name)
        self.runs = tuple(
            Run(
                run.title,
                run.setting,
                Job(
                    *run.arguments,
                    is_training=True,
                    folder=TrainingFolder(folder / run.folder),
                    keep=weights_in,
                    is_wanted=self.is_wanted,
                ),
            )
            for run in runs
        )

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
        self._lock = threading.RLock()

    def find(self, name: str) -> Visit | None:
        """The visit of a name, if there is one here or in its folder."""
        with self._lock:
            found = self._visits.pop(name, None)
            if found is not None and visit_folders.stamp_of(name) in (found.stamp, 0):
                self._visits[name] = found
                return found
            if found is not None:  # by now another server has started others
                found.stop()
            kept = visit_folders.read_visit(name)
            if kept is None:
                return None
            visit = self.begin(name)
            visit.take_up(kept.runs)
            return visit

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


def start(settings: Sequence[tuple[str, Mapping[str, Any], Sequence[str]]]) -> None:
    """Start trainings of this visitor, in place of those before.

    Args:
        settings: title, setting and arguments of each.
    """
    visit = _visit()
    if visit is None:
        visit = VISITS.begin(_name() or secrets.token_hex(16))
        st.session_state[HELD] = Session(visit)
    visit.stop()
    runs = tuple(
        KeptRun(
            folder=secrets.token_hex(4),
            title=title,
            setting=dict(setting),
            arguments=list(arguments),
        )
        for title, setting, arguments in settings
    )
    visit_folders.remove_old(MOST_VISITS - 1)
    with suppress(OSError, Failure):  # a full disk is said by the training itself
        visit_folders.write_visit(visit.name, KeptVisit(runs=[*runs]))
    visit.take_up(runs)


def forget() -> None:
    """Leave aside trainings of this visitor whose settings no page can read."""
    visit = _visit()
    if visit is not None:
        visit.stop()
        visit.runs = ()


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
        st.session_state[KEPT] = name if NAME.fullmatch(name) else ""
    return str(st.session_state[KEPT])
