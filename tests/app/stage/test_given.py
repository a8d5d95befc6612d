"""app.stage.given: what keys do, and what each window is told."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.stage.given import LARGEST, LONGEST, MOST_ASKED, Given, of_picture
from app.stage.store import Ballot, Store
from core.lecture.course import Phase
from tests.app.stage.a_lecture import SECRET, lecture

LIVE = {"text": "Next?", "choices": ["5", "6", "7", "8"], "right": 0, "wrong": ["", "a", "b", "c"]}
SUM = "2·2 + 1 = 5"


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Given]:
    store = Store(tmp_path / "lectures.sqlite")
    yield Given(store, store.create("cnn"), lecture())
    store.close()


def after(given: Given, *keys: str, **more: object) -> Given:
    """The lecture after some keys."""
    for key in keys:
        given = replace(given, room=given.do({"do": key, **more}))
    return given


def test_keys_walk_through_the_vote_and_the_room_sees_no_answer_before(given: Given) -> None:
    given = after(given, "next", "next")
    assert given.room.is_open
    assert given.for_stage()["vote"]["counts"] is None
    for token, choice in (("a", 0), ("b", 2), ("c", 0)):
        given.store.cast(given.room.code, given.room.ballot, token, choice)
    vote = given.for_stage()["vote"]
    assert (vote["count"], vote["counts"], vote["right"]) == (3, None, None)
    given = after(given, "next")
    assert given.for_stage()["vote"]["counts"] == [2, 0, 1, 0]
    given = after(given, "next")
    assert given.room.phase == Phase.AGAIN, "a third was right"
    assert given.for_stage()["vote"]["count"] == 0
    given.store.cast(given.room.code, given.room.ballot, "a", 2)
    given = after(given, "next")
    vote = given.for_stage()["vote"]
    assert (vote["before"], vote["counts"], vote["right"]) == ([2, 0, 1, 0], [0, 0, 1, 0], None)
    assert SECRET[0] not in json.dumps(given.for_stage())
    given = after(given, "next")
    stage = given.for_stage()
    assert (stage["vote"]["right"], stage["answer"]) == (2, SECRET[0])
    given = after(given, "next")
    assert (given.room.index, given.room.phase, given.for_stage()["vote"]) == (2, "state", None)


def test_the_misconception_of_most_is_said_with_the_answer(given: Given) -> None:
    given = after(given, "next", "next")
    for token, choice in (("a", 0), ("b", 3), ("c", 3)):
        given.store.cast(given.room.code, given.room.ballot, token, choice)
    given = after(given, "answer")
    assert given.for_stage()["vote"]["wrong"] == "stride ignored"


@pytest.mark.parametrize("phase", list(Phase))
def test_no_phone_is_told_what_is_right(given: Given, phase: Phase) -> None:
    given = after(given, "next", "next")
    given.store.cast(given.room.code, given.room.ballot, "a", 2)
    room = given.store.change(given.room.code, lambda one: replace(one, phase=phase))
    told = replace(given, room=room).for_phone()
    assert set(told) == {"code", "round", "open", "text", "choices"}
    assert told["open"] is (phase in (Phase.VOTE, Phase.AGAIN))
    assert not any(words in json.dumps(told) for words in SECRET)


def test_the_speaker_is_told_all(given: Given) -> None:
    given = after(given, "next")
    notes = given.for_notes()
    assert notes["answer"] == SECRET[0]
    assert (notes["choices"], notes["right"]) == (["1", "2", "3", "4"], 2)
    assert (notes["planned"], notes["planned_end"], notes["whole"]) == (120, 240, 360)
    assert notes["next"] == {"index": 1, "phase": "vote"}
    assert notes["next_title"] == ""
    assert after(given, "vote", "answer").for_notes()["next_title"] == "third"
    assert notes["started"] > 0, "the first key starts the clock"


def test_the_first_key_starts_the_clock_and_another_one_again(given: Given) -> None:
    assert given.room.started == 0
    first = after(given, "next").room.started
    assert after(given, "previous").room.started == first
    assert after(given, "clock").room.started > first


def test_what_the_picture_asks_is_voted_on_where_the_file_asks_nothing(given: Given) -> None:
    asked = after(given, "vote", question=LIVE)
    assert asked.room.is_open
    assert asked.for_phone()["choices"] == LIVE["choices"]
    again = replace(given, room=given.store.change(given.room.code, lambda one: given.room))
    assert not after(again, "vote").room.is_open, "there is nothing to ask"


def test_what_the_picture_asks_goes_through_all_steps(given: Given) -> None:
    given = after(given, "vote", question=LIVE)
    given.store.cast(given.room.code, given.room.ballot, "a", 3)
    phases = []
    while given.room.phase != Phase.STATE:
        assert given.for_phone()["text"] == "Next?"
        given = after(given, "next")
        phases.append(given.room.phase)
    assert phases == ["result", "again", "compared", "answer", "state"]
    assert given.room.index == 1


def test_the_answer_without_a_vote_is_that_of_the_state(given: Given) -> None:
    given = after(after(given, "vote", question=LIVE), "previous", "next")
    stage = after(given, "answer").for_stage()
    assert (stage["vote"]["text"], stage["vote"]["count"]) == ("What comes?", 0)
    assert stage["answer"] == SECRET[0]


def test_what_the_file_asks_goes_before_what_the_picture_asks(given: Given) -> None:
    asked = after(given, "next", "vote", question=LIVE)
    assert asked.for_phone()["choices"] == ["1", "2", "3", "4"]


def test_a_key_asks_what_the_picture_asks_in_place_of_the_file(given: Given) -> None:
    asked = after(given, "next", "vote", question=LIVE, live=True)
    assert asked.for_phone()["text"] == "Next?"
    answered = after(asked, "answer").for_stage()
    assert (answered["vote"]["right"], answered["answer"]) == (0, "")
    assert not after(given, "next", "vote", live=True).room.is_open, "it asks nothing"


def test_the_answer_to_what_the_picture_asks_is_told_when_it_is_asked_for(given: Given) -> None:
    asked = after(given, "next", "vote", question=LIVE | {"answer": SUM}, live=True)
    assert asked.for_notes()["answer"] == SUM, "the speaker reads it from the start"
    while asked.room.phase != Phase.ANSWER:
        assert SUM not in json.dumps([asked.for_stage(), asked.for_phone()])
        asked.store.cast(asked.room.code, asked.room.ballot, "a", 1)
        asked = after(asked, "next")
    assert asked.for_stage()["answer"] == SUM
    assert SUM not in json.dumps(asked.for_phone())


@pytest.mark.parametrize("answer", [None, 5, ["5"], "x" * (LONGEST + 1)])
def test_an_answer_that_is_no_sentence_is_left_out(answer: object) -> None:
    found = of_picture(LIVE | {"answer": answer})
    assert found is not None
    assert found.answer == ""


def test_the_notes_of_what_the_picture_asks_say_nothing_of_what_the_file_asks(given: Given) -> None:
    before = after(given, "next")
    during = after(before, "vote", question=LIVE, live=True)
    notes = during.for_notes()
    own = (before.state.say, before.state.ask, before.state.answer, before.state.misconception)
    told = [notes[name] for name in ("say", "ask", "answer", "misconception")]
    assert not set(own) & set(told)
    assert notes["misconception"] == "6: a; 7: b; 8: c"
    back = after(during, "vote").for_notes()
    assert (back["say"], back["answer"], back["misconception"]) == (own[0], own[2], own[3])


@pytest.mark.parametrize(
    "question",
    [
        None,
        [],
        {},
        LIVE | {"right": 4},
        LIVE | {"right": True},
        LIVE | {"right": "0"},
        LIVE | {"choices": ["1", "2", "3"]},
        LIVE | {"choices": ["1", "2", "3", 4]},
        LIVE | {"choices": "abcd"},
        LIVE | {"wrong": {}},
        LIVE | {"text": "x" * (LONGEST + 1)},
        LIVE | {"text": None},
    ],
)
def test_a_question_that_is_none_is_not_asked(question: object) -> None:
    assert of_picture(question) is None
    assert of_picture(LIVE) == Ballot("Next?", ("5", "6", "7", "8"), 0, ("", "a", "b", "c"))


def test_the_key_in_need_leads_to_the_last_state_that_was_good(given: Given) -> None:
    given = after(after(given, "good", index=0), "next", "blank")
    assert given.room.is_blank
    room = after(given, "panic").room
    assert (room.index, room.is_blank, room.reloads) == (0, False, 1)


def test_the_screen_is_dark_until_the_next_picture(given: Given) -> None:
    given = after(given, "blank")
    assert given.for_stage()["blank"]
    assert not after(given, "blank").for_stage()["blank"]
    assert not after(given, "blank", "next").for_stage()["blank"]


@pytest.mark.parametrize("index", [-1, 3, 1.0, True, "1", None, [], 10**30])
@pytest.mark.parametrize("key", ["go", "good", "", "drop", "__class__"])
def test_a_key_that_means_nothing_changes_nothing(given: Given, key: str, index: object) -> None:
    assert after(given, key, index=index).room == given.room


def test_the_speaker_chooses_a_state(given: Given) -> None:
    assert after(given, "go", index=2).room.index == 2


def test_a_file_that_has_become_shorter_ends_earlier(given: Given) -> None:
    given = after(given, "go", index=2)
    shorter = replace(given.lecture, states=given.lecture.states[:1])
    given = replace(given, lecture=shorter)
    assert given.for_stage()["index"] == given.for_notes()["index"] == 0
    assert after(given, "previous").room.index == 0


@pytest.mark.parametrize(
    ("key", "more", "sentence"),
    [
        ("vote", {}, "V: neither the lecture's file nor the picture asks anything here."),
        ("vote", {"live": True}, "L: the picture asks nothing here."),
        ("answer", {}, "A: the lecture's file asks nothing here."),
    ],
)
def test_a_key_that_has_nothing_to_ask_is_said_to_the_speaker_alone(
    given: Given, key: str, more: dict[str, object], sentence: str
) -> None:
    silent = after(given, key, **more)
    assert silent.room.phase == Phase.STATE
    assert silent.for_notes()["words"] == sentence
    assert sentence not in json.dumps([silent.for_stage(), silent.for_phone()])
    for following in ("next", "blank", "clock"):
        assert after(silent, following).for_notes()["words"] == ""
    assert replace(silent, trouble="line 1").for_notes()["words"] == "line 1"


def test_the_speaker_reads_what_the_picture_asks(given: Given) -> None:
    given = after(given, "asks", index=0, names=["the next cell", "output size"])
    assert given.for_notes()["asks"] == ["the next cell", "output size"]
    given = after(given, "vote", question=LIVE)
    assert given.for_notes()["asks"] != [], "the picture is the same"
    assert after(given, "vote", "next").for_notes()["asks"] == []


@pytest.mark.parametrize(("key", "live", "name"), [("vote", False, "V"), ("vote", True, "L")])
def test_the_notes_let_the_stage_ask_what_the_picture_asks(
    given: Given, key: str, live: bool, name: str
) -> None:
    given = after(given, "asks", index=0, names=["the next cell"])
    wanted = after(given, key, live=live)
    assert (wanted.for_stage()["wants"], wanted.for_stage()["phase"]) == (1, "state")
    assert (
        wanted.for_notes()["words"] == f"{name}: the stage is told to ask; its window must be open."
    )
    first = after(wanted, "vote", question=LIVE, live=True, wanted=True)
    assert (first.room.is_open, first.for_notes()["words"]) == (True, "")
    second = after(first, "vote", question=LIVE, live=True, wanted=True)
    assert second.room == first.room, "another window of the stage was as fast"
    assert not after(first, key, live=live).room.is_open, "the same key leads back"


def test_a_question_that_cannot_be_asked_is_not_wanted_for_ever(given: Given) -> None:
    wanted = after(given, "vote", live=True)
    tried = after(wanted, "vote", live=True, wanted=True, question={"text": "x" * (LONGEST + 1)})
    assert (tried.room.phase, tried.for_stage()["wants"]) == (Phase.STATE, 1)


def test_a_picture_that_is_on_its_way_is_asked_when_it_is_there(given: Given) -> None:
    early = after(given, "vote", live=True)
    assert early.for_stage()["wants"] == 1, "what it asks is not known yet"
    come = after(early, "asks", index=0, names=["the next cell"])
    assert come.for_notes()["words"] == "L: the stage is told to ask; its window must be open."


def test_the_stage_is_told_to_ask_only_what_the_file_does_not(given: Given) -> None:
    asking = after(given, "next", "asks", index=1, names=["the next cell"])
    voting = after(asking, "vote")
    assert (voting.room.is_open, voting.for_stage()["wants"]) == (True, 0), "the file asks"
    assert after(asking, "live", "answer").for_stage()["wants"] == 0


def voted(given: Given) -> Given:
    """The second state's vote, with one vote for the right answer."""
    given = after(after(given, "next"), "good", index=1)
    given = after(given, "vote")
    given.store.cast(given.room.code, given.room.ballot, "a", 2)
    return given


@pytest.mark.parametrize("out", [["previous"], ["vote"], ["panic"], ["vote", "blank"]])
def test_a_vote_that_was_left_by_mistake_goes_on_with_its_votes(
    given: Given, out: list[str]
) -> None:
    given = voted(given)
    back = after(given, *out)
    assert not back.room.is_open
    again = after(back, "vote")
    assert (again.room.ballot, again.for_stage()["vote"]["count"]) == (given.room.ballot, 1)
    assert after(again, *out, "answer").for_stage()["vote"]["counts"] == [0, 0, 1, 0]


@pytest.mark.parametrize(
    ("keys", "more"),
    [
        (["vote", "vote"], {"live": True, "question": LIVE}),
        (["next", "previous", "vote"], {}),
        (["previous", "previous", "next", "vote"], {}),
    ],
    ids=["another question", "its result was seen", "another state was shown"],
)
def test_another_vote_begins_without_votes(
    given: Given, keys: list[str], more: dict[str, object]
) -> None:
    given = after(voted(given), *keys, **more)
    assert given.room.is_open
    assert given.for_stage()["vote"]["count"] == 0


@pytest.mark.parametrize(
    "names", [None, "abc", {}, [None, 1, ["a"], "x" * (LONGEST + 1)], ["a"] * (MOST_ASKED + 1)]
)
def test_names_that_are_none_are_left_out(given: Given, names: object) -> None:
    asks = after(given, "asks", index=0, names=names).for_notes()["asks"]
    assert asks in ([], ["a"] * MOST_ASKED)
    late = after(given, "asks", index=1, names=["late"])
    assert "late" not in late.room.asks, "of another state"


def test_the_picture_of_a_question_is_seen_on_the_stage_alone(given: Given) -> None:
    picture = "data:image/png;base64,iVBORw0KGgo="
    more = {"picture": picture, "caption": "Orange −9 to blue +9"}
    asked = after(given, "vote", question=LIVE | more)
    assert asked.for_stage()["vote"]["picture"] == picture
    assert "base64" not in json.dumps(asked.for_phone())
    assert asked.for_phone()["text"] == "Next? The picture is on the screen."
    assert asked.for_stage()["vote"]["caption"] == "Orange −9 to blue +9"


@pytest.mark.parametrize(
    "picture",
    [
        None,
        1,
        "",
        "https://elsewhere/a.png",
        "data:text/html;base64,aaaa",
        "javascript:a",
        'data:image/png;base64,a" onload=a',
        "data:image/png;base64," + "a" * LARGEST,
    ],
)
def test_what_is_no_small_picture_is_left_out(picture: object) -> None:
    found = of_picture(LIVE | {"picture": picture})
    assert found is not None
    assert found.picture == ""
