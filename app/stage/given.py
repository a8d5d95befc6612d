"""What a key does to a lecture that is given, and what stage, notes and phones are told of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.stage.store import Ballot, Room, Store
from core.lecture.course import OPEN, Phase, Position, following, planned, preceding, voting
from core.lecture.states import CHOICES, Lecture, State

LONGEST = 300  # characters of a question or an answer that comes from a picture
LARGEST = 6000  # characters of its picture
MOST_ASKED = 8  # questions of one picture
_PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/]+=*")
_SILENT = {  # what the speaker reads where a key does nothing
    "vote": "V: neither the lecture's file nor the picture asks anything here.",
    "live": "L: the picture asks nothing here.",
    "answer": "A: the lecture's file asks nothing here.",
}
_LETTERS = {"vote": "V", "live": "L"}  # keys for what the picture asks
_ON_STAGE = "{}: the stage is told to ask; its window must be open."
ON_SCREEN = "The picture is on the screen."
OF_PICTURE = "The room votes on what the picture on the screen asks."
Move = Callable[[Room, Lecture, "float | None"], Position]

_MOVES: dict[str, Move] = {
    "next": lambda room, lecture, right: following(room.position, asked(lecture), right),
    "previous": lambda room, lecture, right: preceding(room.position),
    "vote": lambda room, lecture, right: voting(room.position),
    "answer": lambda room, lecture, right: Position(room.index, Phase.ANSWER),
    "panic": lambda room, lecture, right: Position(min(room.good, len(lecture.states) - 1)),
}


def asked(lecture: Lecture) -> list[bool]:
    """For each state, whether its course opens a vote by itself."""
    return [state.vote is not None and state.vote.asked for state in lecture.states]


@dataclass(frozen=True)
class Given:
    """A lecture and where it stands.

    Attributes:
        store: that keeps it.
        room: where it stands.
        lecture: what it is.
        trouble: what is wrong with its file now; the lecture goes on as it was.
    """

    store: Store
    room: Room
    lecture: Lecture
    trouble: str = ""

    def within(self, room: Room) -> Room:
        """A room whose file may have become shorter meanwhile: it ends earlier then."""
        return replace(room, index=min(room.index, len(self.lecture.states) - 1))

    @property
    def position(self) -> Position:
        """Where it stands."""
        return self.within(self.room).position

    @property
    def state(self) -> State:
        """What is on the screen."""
        return self.lecture.states[self.position.index]

    @property
    def ballot(self) -> Ballot | None:
        """What the room votes on, or has voted on; None: it does not."""
        if self.room.phase == Phase.STATE:
            return None
        return self.store.ballot(self.room.code, self.room.ballot) or of_state(self.state)

    def right(self) -> float | None:
        """Share of right answers in the vote that stands; None: nobody voted."""
        counts, ballot = self.store.counts(self.room.code, self.room.ballot), self.ballot
        if not sum(counts) or ballot is None:
            return None
        return counts[ballot.right] / sum(counts)

    def do(self, what: Mapping[str, Any]) -> Room:
        """What a key asks for.

        Args:
            what: "do" says which; "index" goes with "go" and "good", "question" with "vote",
                and "live" where the picture's question goes before the file's, "wanted" where
                the stage asks it for the notes, "names" of what the picture asks with "asks".

        Returns:
            The room afterwards; the same where there is no such key, or nothing to do.
        """
        name, right = str(what.get("do")), self.right()
        question = of_picture(what.get("question"))
        of_file = None if what.get("live") is True else of_state(self.state)
        ballot = self.ballot or of_file or question  # a vote that stands goes on
        is_wanted = what.get("wanted") is True
        key = "live" if name == "vote" and what.get("live") is True else name
        key = "" if is_wanted else key  # the stage has asked already

        def how(room: Room) -> Room:
            room = self.within(room)
            if is_wanted and room.phase != Phase.STATE:
                return room  # another stage was faster
            if name in _MOVES:
                return self._moved(room, _MOVES[name](room, self.lecture, right), ballot, key)
            return self._set(room, name, what)

        return self.store.change(self.room.code, how, ballot)

    def _moved(self, room: Room, there: Position, ballot: Ballot | None, name: str) -> Room:
        begins = room.phase == Phase.STATE and there.phase != Phase.STATE
        goes_on = begins and room.left and ballot == self.store.ballot(room.code, room.ballot)
        opens = not goes_on and (begins or (there.phase in OPEN and there != room.position))
        if there.phase != Phase.STATE and ballot is None:
            silent = name if name in _SILENT else ""  # unless the stage has the question
            return replace(room, silent=silent, wants=room.wants + (name in _LETTERS))
        reloads = room.reloads + (name == "panic")
        started = room.started or time.time()
        is_blank = room.is_blank and there == room.position
        return replace(
            room,
            index=there.index,
            phase=there.phase,
            ballot=room.ballot + opens,
            reloads=reloads,
            started=started,
            is_blank=is_blank and name != "panic",
            asks=room.asks if there.index == room.index else (),
            left=_is_left(room, there),
            silent="",
        )

    def _set(self, room: Room, name: str, what: Mapping[str, Any]) -> Room:
        index = what.get("index")
        is_index = type(index) is int and 0 <= index < len(self.lecture.states)
        if name == "go" and is_index:
            return self._moved(room, Position(int(str(index))), None, name)
        if name == "good" and is_index:
            return replace(room, good=int(str(index)))
        if name == "asks" and index == room.index:
            return replace(room, asks=_names(what.get("names")))
        if name == "blank":
            return replace(room, is_blank=not room.is_blank, silent="")
        if name == "clock":
            return replace(room, started=time.time(), silent="")
        return room

    def for_stage(self) -> dict[str, Any]:
        """What the room sees: never an answer before it is asked for."""
        room, right, ballot = self.room, self.right(), self.ballot
        return {
            "code": room.code,
            "version": room.version,
            "index": self.position.index,
            "phase": room.phase,
            "blank": room.is_blank,
            "reloads": room.reloads,
            "wants": room.wants,
            "states": [
                {"title": one.title, "link": one.link, "controls": list(one.controls)}
                for one in self.lecture.states
            ],
            "next": _place(following(self.position, asked(self.lecture), right)),
            "previous": _place(preceding(self.position)),
            "vote": self._vote(),
            "question": _asked(of_state(self.state)),
            "answer": ballot.answer if ballot and room.phase == Phase.ANSWER else "",
        }

    def for_notes(self) -> dict[str, Any]:
        """What the speaker sees."""
        room, state, states = self.room, self.state, self.lecture.states
        minutes = [one.minutes for one in states]
        on = following(self.position, asked(self.lecture), self.right())
        ballot, counts = self.ballot or of_state(state), self._counts(room.ballot)
        pictured = None if ballot is None or ballot.is_of_file else ballot
        return {
            "code": room.code,
            "version": room.version,
            "lecture": self.lecture.title,
            "index": self.position.index,
            "phase": room.phase,
            "blank": room.is_blank,
            "good": room.good,
            "titles": [one.title for one in states],
            "title": state.title,
            "say": OF_PICTURE if pictured else state.say,
            "ask": ballot.text if ballot else state.ask,
            "answer": ballot.answer if ballot else state.answer,
            "misconception": _mistakes(pictured) if pictured else state.misconception,
            "words": self.trouble or self._silence(),
            "asks": list(room.asks),
            "choices": list(ballot.choices) if ballot else [],
            "right": ballot.right if ballot else None,
            "wrong": list(ballot.wrong) if ballot else [],
            "counts": counts if room.phase != Phase.STATE else [],
            "next": _place(on),
            "next_title": states[on.index].title if on.index != self.position.index else "",
            "started": room.started,
            "planned": 60 * planned(minutes, self.position.index),
            "planned_end": 60 * planned(minutes, self.position.index + 1),
            "whole": 60 * self.lecture.minutes,
        }

    def for_phone(self) -> dict[str, Any]:
        """What everybody may know: the question while it stands, never what is right."""
        room, ballot = self.room, self.ballot
        text = ballot.text if ballot else ""
        return {
            "code": room.code,
            "round": room.ballot,
            "open": room.is_open,
            "text": f"{text} {ON_SCREEN}" if ballot and ballot.picture else text,
            "choices": list(ballot.choices) if ballot else [],
        }

    def _silence(self) -> str:
        """Why the last key did nothing; nothing where it did."""
        key = self.room.silent
        if key in _LETTERS and self.room.asks:
            return _ON_STAGE.format(_LETTERS[key])
        return _SILENT.get(key, "")

    def _vote(self) -> dict[str, Any] | None:
        room, ballot = self.room, self.ballot
        if ballot is None:
            return None
        counts = self._counts(room.ballot)
        return {
            "text": ballot.text,
            "choices": list(ballot.choices),
            "picture": ballot.picture,
            "caption": ballot.caption,
            "count": sum(counts),
            "counts": None if room.is_open else counts,
            "before": self._counts(room.ballot - 1) if room.phase == Phase.COMPARED else None,
            "right": ballot.right if room.phase == Phase.ANSWER else None,
            "wrong": ballot.wrong[_likeliest(counts, ballot)] if room.phase == Phase.ANSWER else "",
        }

    def _counts(self, number: int) -> list[int]:
        return list(self.store.counts(self.room.code, number))


def _asked(ballot: Ballot | None) -> dict[str, Any] | None:
    """What is asked, without what is right: a key shows it before the server answers."""
    return {"text": ballot.text, "choices": list(ballot.choices)} if ballot else None


def _is_left(room: Room, there: Position) -> bool:
    """Whether the vote that stands can still go on, from the picture it was left for."""
    is_picture = there.index == room.index and there.phase == Phase.STATE
    return is_picture and (room.is_open or room.left)


def _place(position: Position) -> dict[str, Any]:
    return {"index": position.index, "phase": position.phase}


def _likeliest(counts: list[int], ballot: Ballot) -> int:
    """The wrong answer that most have given; the right one, which has no reason, if nobody did."""
    wrong = [index for index in range(CHOICES) if index != ballot.right and counts[index]]
    return max(wrong, key=counts.__getitem__, default=ballot.right)


def of_state(state: State) -> Ballot | None:
    """What a lecture asks in a state."""
    if state.vote is None:
        return None
    vote = state.vote
    return Ballot(
        state.ask,
        tuple(vote.choices),
        vote.right,
        tuple(vote.wrong),
        answer=state.answer,
        is_of_file=True,
    )


def _mistakes(ballot: Ballot) -> str:
    """The mistake behind each wrong answer of a question, which has no other misconception."""
    pairs = zip(ballot.choices, ballot.wrong)
    return "; ".join(f"{choice}: {mistake}" for choice, mistake in pairs if mistake)


def of_picture(question: object) -> Ballot | None:
    """A question as the picture on the screen has it; None where it has none that can be asked."""
    if not isinstance(question, dict):
        return None
    text, right = question.get("text"), question.get("right")
    choices = _words(question.get("choices"))
    wrong = _words(question.get("wrong", [""] * CHOICES))
    if choices is None or wrong is None or not isinstance(text, str) or len(text) > LONGEST:
        return None
    if type(right) is not int or not 0 <= right < CHOICES:
        return None
    picture = _picture(question.get("picture"))
    caption, answer = (_sentence(question.get(name)) for name in ("caption", "answer"))
    return Ballot(text, choices, right, wrong, picture, caption, answer)


def _sentence(found: object) -> str:
    """A sentence about a question; "" where it is none, or too long to be shown."""
    return found if isinstance(found, str) and len(found) <= LONGEST else ""


def _picture(found: object) -> str:
    """A small picture inside an address; "" where it is none."""
    is_text = isinstance(found, str) and len(found) <= LARGEST
    return str(found) if is_text and _PICTURE.fullmatch(str(found)) else ""


def _names(found: object) -> tuple[str, ...]:
    """Short names of questions; what is none is left out."""
    names = found[:MOST_ASKED] if isinstance(found, list) else []
    return tuple(one for one in names if isinstance(one, str) and len(one) <= LONGEST)


def _words(found: object) -> tuple[str, ...] | None:
    """Four short texts; None: that is none."""
    if not isinstance(found, list) or len(found) != CHOICES:
        return None
    words = [one for one in found if isinstance(one, str) and len(one) <= LONGEST]
    return tuple(words) if len(words) == CHOICES else None
