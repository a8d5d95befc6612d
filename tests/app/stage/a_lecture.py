"""A lecture of three states for tests."""

from core.lecture.states import Lecture, State, Vote

VOTE = Vote(("1", "2", "3", "4"), 2, ("bias forgotten", "kernel flipped", "", "stride ignored"))
SECRET = ("It is 3.", "kernel flipped", "They flip it.")  # what no phone may know


def state(title: str, vote: Vote | None = None) -> State:
    """A state that asks the same as all."""
    return State(
        title, "convolution?step=8", "Say this.", "What comes?", SECRET[0], 2.0, SECRET[2], (), vote
    )


def lecture(*, asked: bool = True) -> Lecture:
    """Of its three states the second one has a vote."""
    vote = Vote(VOTE.choices, VOTE.right, VOTE.wrong, asked)
    return Lecture("A short one", 6.0, (state("first"), state("second", vote), state("third")))


TOML = """[lecture]
title = "A short one"
minutes = 6
""" + "".join(
    f"""
[[state]]
title = "{title}"
link = "convolution?step=8"
say = "Say this."
ask = "What comes?"
answer = "It is 3."
minutes = 2
misconception = "They flip it."
{vote}
"""
    for title, vote in (
        ("first", ""),
        (
            "second",
            """[state.vote]
choices = ["1", "2", "3", "4"]
right = 3
wrong = ["bias forgotten", "kernel flipped", "stride ignored"]
asked = true""",
        ),
        ("third", ""),
    )
)
