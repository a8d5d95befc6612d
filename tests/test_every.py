"""tests.every: one test over many files fails for each of them, and says which."""

import pytest

from tests.every import for_every


def test_all_that_fail_are_said_and_those_after_them_are_looked_at() -> None:
    seen = []

    @for_every(["a", "b", "c"])
    def is_b(file: str) -> None:
        seen.append(file)
        assert file == "b", "no b"

    with pytest.raises(AssertionError, match=r"(?s)a: no b.*c: no b"):
        is_b()
    assert seen == ["a", "b", "c"]


def test_nothing_to_look_at_is_no_success() -> None:
    @for_every([])
    def is_b(file: str) -> None:
        assert file == "b"

    with pytest.raises(AssertionError, match="nothing to look at"):
        is_b()
    for_every(["b"])(lambda file: None)()
