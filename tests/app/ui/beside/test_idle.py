"""app.ui.beside.idle: what waits is taken again, and ends when none was wanted for a while."""

from app.ui.beside.idle import Idle


class Process:
    """As much of one as is asked for."""

    def __init__(self) -> None:
        self.is_alive = True

    def end(self) -> None:
        self.is_alive = False


class Some(Idle[Process]):
    def _start(self) -> Process:
        return Process()


def test_what_was_given_last_or_waits_longest_is_taken_and_nothing_that_has_ended() -> None:
    some = Some()
    some.fill(2)
    longest = some.waiting[-1]
    some.fill(3)
    assert some.take() is longest
    used, ended = Process(), Process()
    some.give(used)
    some.give(ended)
    ended.end()
    assert some.take() is used
    assert len(some.waiting) == 2
    some.waiting[0].end()
    some.fill(2)
    assert all(one.is_alive for one in some.waiting)
    assert len(some.waiting) == 2
    some.end()
    assert some.take().is_alive


def test_each_time_that_one_is_wanted_all_wait_on() -> None:
    some = Some()
    some.fill(2)
    one, other = some.waiting
    first = some._clock
    some.give(some.take())
    assert some._clock is first
    first.cancel()
    some._look()  # as when it rings, for the first time that one was wanted
    assert some._clock is not first
    assert one.is_alive
    assert other.is_alive
    some._clock.cancel()
    some._wanted -= some.seconds
    some._look()
    assert some._clock is None
    assert some.waiting == []
    assert not one.is_alive
    assert not other.is_alive
