"""core.lecture: a lecture is read from its file, and each fault is one sentence with its line."""

import os
from pathlib import Path

import pytest

from core.lecture.reading import LARGEST, LectureError, find, names, read
from core.lecture.states import Lecture, State, Vote

HEAD = '[lecture]\ntitle = "Convolution"\nminutes = 45\n'
STATE = """
[[state]]
title = "The window"
link = "convolution?view=Steps&stride=2"
say = "One window, one number."
ask = "Which cell is next?"
answer = "The third."
minutes = 1.5
misconception = "stride ignored"
"""
VOTE = """
[state.vote]
choices = ["1", "2", "3", "4"]
right = 2
wrong = ["bias forgotten", "kernel flipped", "stride ignored"]
"""
WHOLE = HEAD + STATE + VOTE  # the state begins in line 5, its vote in line 14


@pytest.fixture
def said(tmp_path: Path):
    """What is said of a file."""

    def read_text(content: str | bytes) -> str:
        path = tmp_path / "cnn.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(LectureError) as caught:
            read(path)
        return str(caught.value)

    return read_text


def lecture(tmp_path: Path, content: str) -> Lecture:
    (tmp_path / "cnn.toml").write_bytes(content.encode())
    return read(tmp_path / "cnn.toml")


def test_a_lecture_is_read(tmp_path: Path) -> None:
    controls = 'controls = ["stride", "pool_size"]\n'
    found = lecture(tmp_path, HEAD + STATE + VOTE + "asked = true\n" + STATE + controls)
    assert (found.title, found.minutes, len(found.states)) == ("Convolution", 45.0, 2)
    wrong = ("bias forgotten", "", "kernel flipped", "stride ignored")
    assert found.states[0] == State(
        title="The window",
        link="convolution?view=Steps&stride=2",
        say="One window, one number.",
        ask="Which cell is next?",
        answer="The third.",
        minutes=1.5,
        misconception="stride ignored",
        vote=Vote(choices=("1", "2", "3", "4"), right=1, wrong=wrong, asked=True),
    )
    assert found.states[1].vote is None
    assert found.states[1].controls == ("stride", "pool_size")


def test_a_vote_waits_unless_the_file_says_so(tmp_path: Path) -> None:
    vote = lecture(tmp_path, WHOLE).states[0].vote
    assert vote is not None
    assert not vote.asked


def test_what_other_systems_write_is_read(tmp_path: Path) -> None:
    assert lecture(tmp_path, "\ufeff" + WHOLE.replace("\n", "\r\n")) == lecture(tmp_path, WHOLE)


def test_a_text_over_several_lines_is_one(tmp_path: Path) -> None:
    text = WHOLE.replace('"One window, one number."', '"""\nOne window,\n  one number."""')
    assert lecture(tmp_path, text).states[0].say == "One window, one number."


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    text = WHOLE.replace("One window", r"<script>alert(1)</script> $x$ \u202e\u0000\u0007")
    said = lecture(tmp_path, text).states[0].say
    assert said == r"<script>alert(1)</script> $x$ \u202e\x00\x07, one number."


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("say =", "sya =", "line 8: “sya” is nothing that the state has: write say"),
        ("say =", "x =", "line 8: “x” is nothing that the state has: expected title, link, say"),
        ("answer =", "#", "line 5: the state has no “answer”: add it, the answer to the question"),
        ("[lecture]", "[lecture]\nx = 1", "line 2: “x” is nothing that [lecture] has: expected"),
        ("[[state]]", "[[stat]]", "line 5: “stat” is nothing that the file has: write state"),
        ("minutes = 45", "", "line 1: [lecture] has no “minutes”: add it, how many the whole"),
        ("[lecture]", "[[lecture]]", "line 1: “lecture”: expected a table of fields, got a list"),
        ("[[state]]", "[state]", "line 5: “state”: expected blocks that begin with [[state]], got"),
        ('"The window"', "7", "line 6: “title”: expected a text in quotation marks, got 7"),
        ('"The window"', '" "', "line 6: “title”: expected words, got nothing"),
        ("The window", "x" * 601, "line 6: “title”: expected up to 600 characters, got 601"),
        ("1.5", "0", "line 11: “minutes”: expected a number above 0, up to 600, got 0"),
        ("1.5", "-1", "line 11: “minutes”: expected a number above 0, up to 600, got -1"),
        ("1.5", "nan", "line 11: “minutes”: expected a number above 0, up to 600, got nan"),
        ("1.5", "inf", "line 11: “minutes”: expected a number above 0, up to 600, got inf"),
        ("1.5", "true", "line 11: “minutes”: expected a number above 0, up to 600, got true"),
        ("1.5", '"two"', "line 11: “minutes”: expected a number above 0, up to 600, got “two”"),
        ("= 45", "= 0", "line 3: “minutes”: expected a number above 0"),
        ('"convolution?', '"/convolution?', "line 7: “link”: expected what the address bar has"),
        ('"convolution?', '"http://x.org/?', "line 7: “link”: expected what the address bar has"),
        ('"convolution?', '"//x.org?', "line 7: “link”: expected what the address bar has"),
        ('"convolution?', '"javascript:', "line 7: “link”: expected what the address bar has"),
        ("&stride", "& stride", "line 7: “link”: expected what the address bar has"),
        ("&stride", "#stride", "line 7: “link”: expected what the address bar has"),
        ("&stride", r"\u0000", "line 7: “link”: expected what the address bar has"),
        ('"4"]', "]", "line 15: “choices”: expected 4 texts, got 3"),
        ('"4"]', '"4", "5"]', "line 15: “choices”: expected 4 texts, got 5"),
        ('"4"]', "4]", "line 15: “choices”: expected a text in quotation marks, got 4"),
        ('"4"]', '"1"]', "line 15: “choices”: expected 4 different answers, got “1”"),
        ('["1", "2", "3", "4"]', '"4"', "line 15: “choices”: expected a list of 4 texts, got “4”"),
        ("right = 2", "right = 0", "line 16: “right”: expected a whole number from 1 to 4, got 0"),
        ("right = 2", "right = 5", "line 16: “right”: expected a whole number from 1 to 4, got 5"),
        ("right = 2", "right = 2.0", "line 16: “right”: expected a whole number from 1 to 4, got"),
        ("right = 2", "right = true", "line 16: “right”: expected a whole number from 1 to 4, got"),
        ("right = 2", "", "line 14: the vote has no “right”: add it, which of them is right"),
        ('"bias forgotten", ', "", "line 17: “wrong”: expected 3 texts, got 2"),
        ("right = 2", "right = 2\nasked = 1", "line 17: “asked”: expected true or false, got 1"),
        ("[state.vote]", "[state.vot]", "line 5: “vot” is nothing that the state has: write vote"),
        ("1.5", '1.5\ncontrols = "x"', "line 12: “controls”: expected a list of texts, got “x”"),
        ("1.5", '1.5\ncontrols = ["<b>"]', "line 12: “controls”: expected names of settings as"),
        ("1.5", f"1.5\ncontrols = {['a'] * 21}", "line 12: “controls”: expected up to 20 texts"),
        ("1.5", "1.5.1", "line 11: this is no TOML: "),
        ("right = 2", "right = 2\nright = 3", "line 17: this is no TOML: Cannot overwrite a value"),
        ('stride ignored"]', "", "line 17: this is no TOML: "),
        ("The window", "The\x07window", "line 6: this is no TOML: Illegal character '\\x07'"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(said, before: str, after: str, sentence: str) -> None:
    assert before in WHOLE
    found = said(WHOLE.replace(before, after, 1))
    assert found.startswith(f"cnn.toml, {sentence}"), found
    assert found.endswith(".")
    assert found.isprintable()


def test_the_line_is_the_one_of_the_second_state(said) -> None:
    found = said(WHOLE + STATE.replace("1.5", "-2"))
    assert found.startswith("cnn.toml, line 25: “minutes”: expected a number above 0")


def test_a_text_that_looks_like_a_header_is_none(said) -> None:
    trap = WHOLE.replace('"The third."', '"""\n[[state]]\nminutes = 3\n"""')
    assert said(trap + STATE.replace("1.5", "-2")).startswith("cnn.toml, line 28: “minutes”")
    trap = HEAD + "# [[state]]\n" + STATE.replace("1.5", "-2")
    assert said(trap).startswith("cnn.toml, line 12: “minutes”")


def test_states_in_one_line_are_read_and_refused(said) -> None:
    assert said(f"state = [{{title = 3}}]\n{HEAD}") == (
        "cnn.toml, line 1: the state has no “link”: add it, what the address bar has after the "
        "server's name, such as convolution?stride=2."
    )


def test_a_lecture_has_a_state(said) -> None:
    assert said(HEAD + STATE + "vote = 3").startswith(
        "cnn.toml, line 13: “vote”: expected a table of fields, got 3"
    )
    assert said(HEAD).startswith("cnn.toml, line 1: the file has no “state”: add it")
    assert said(f"state = []\n{HEAD}").startswith("cnn.toml, line 1: “state”: expected at least")
    assert said("").startswith("cnn.toml, line 1: the file has no “lecture”: add it")


def test_a_lecture_has_up_to_200_states(said, tmp_path: Path) -> None:
    assert len(lecture(tmp_path, HEAD + STATE * 200).states) == 200
    found = said(HEAD + STATE * 201)
    assert found == "cnn.toml, line 5: “state”: expected up to 200 states, got 201."


def test_a_file_has_up_to_a_megabyte(said) -> None:
    found = said(WHOLE + "#" * LARGEST)
    assert found == "cnn.toml is larger than a lecture may be: expected up to 1 MB."


def test_text_that_is_not_utf_8_is_refused(said) -> None:
    found = said(WHOLE.replace("The third.", "größer").encode("latin-1"))
    assert found == (
        "cnn.toml, line 10: expected text in UTF-8, got other bytes: save it as UTF-8."
    )
    assert "line 1: expected text in UTF-8" in said(WHOLE.encode("utf-16"))


@pytest.mark.parametrize("content", ["a = " + "[" * 100_000, "a = " + "9" * 5000])
def test_what_is_too_deep_or_too_long_is_refused(said, content: str) -> None:
    assert said(content) == (
        "cnn.toml is no lecture: it has lists in lists too deep, or a number with too many digits."
    )


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for path in (tmp_path, tmp_path / "pipe.toml"):
        with pytest.raises(LectureError, match=r"is no file: expected a lecture"):
            read(path)
    with pytest.raises(LectureError, match=r"^a\.toml is not there: expected a file at /"):
        read(tmp_path / "a.toml")
    with pytest.raises(LectureError, match=r"cannot be read \(embedded null byte\)\.$"):
        read("a\0.toml")


def test_a_name_that_hides_something_is_made_visible(tmp_path: Path) -> None:
    with pytest.raises(LectureError, match=r"^a\\u202e\\x07b\.toml is not there"):
        read(tmp_path / "a\u202e\x07b.toml")


def test_lectures_are_found_by_their_names(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("LECTURE", raising=False)
    for name in ("b.toml", "a.toml", "c.txt"):
        (tmp_path / name).write_text(WHOLE)
    assert names(tmp_path) == ["a", "b"]
    assert find("a", tmp_path) == tmp_path / "a.toml"
    with pytest.raises(LectureError, match=r"^\.\./a is no lecture: expected one of a, b\.$"):
        find("../a", tmp_path)
    with pytest.raises(LectureError, match="put a file into the folder lectures"):
        find("a", tmp_path / "nowhere")


def test_the_environment_names_one_more_lecture(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "lectures").mkdir()
    (tmp_path / "lectures" / "a.toml").write_text(WHOLE)
    monkeypatch.setenv("LECTURE", str(tmp_path / "mine.toml"))
    assert names(tmp_path / "lectures") == ["mine", "a"]
    with pytest.raises(LectureError, match=r"^mine\.toml is not there"):
        read(find("mine", tmp_path / "lectures"))
    monkeypatch.setenv("LECTURE", str(tmp_path / "a.toml"))
    assert find("a", tmp_path / "lectures") == tmp_path / "a.toml"
