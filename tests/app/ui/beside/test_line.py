"""app.ui.beside.line: first come, first served, and all see where they stand."""

import threading

import pytest

from app.ui.beside.line import Line, in_line


def test_as_many_go_as_there_are_places_and_the_others_in_their_order() -> None:
    line = Line(2)
    one, two, three, four = (line.join() for _ in range(4))
    assert [turn.place for turn in (one, two, three, four)] == [0, 0, 1, 2]
    assert one.wait(0)
    assert not three.wait(0)
    line.leave(two)
    line.leave(two)  # once more makes room for nobody else
    assert three.wait(0)
    assert four.place == 1


def test_who_goes_first_is_before_all_who_wait_and_ends_nobody_who_goes() -> None:
    line = Line(2)
    one, two, three = (line.join() for _ in range(3))
    first = line.join(goes_first=True)
    assert [turn.place for turn in (one, two, first, three)] == [0, 0, 1, 2]
    empty = Line(2)
    assert empty.join(goes_first=True).place == 0


def test_who_waits_in_vain_leaves_and_the_others_move_up() -> None:
    line = Line(1)
    with line.join():
        with line.join() as waiting:
            behind = line.join()
            assert (waiting.place, behind.place) == (1, 2)
        assert behind.place == 1
    assert behind.place == 0


def test_who_waits_is_woken() -> None:
    line = Line(1)
    first, second = line.join(), line.join()
    woken = threading.Thread(target=second.wait, args=(60,))
    woken.start()
    line.leave(first)
    woken.join(30)
    assert not woken.is_alive()


@pytest.mark.parametrize(
    ("place", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (112, "112th")],
)
def test_a_place_in_words(place: int, words: str) -> None:
    assert in_line(place) == f"{words} in the queue"
    assert in_line(101) == "101st in the queue"
