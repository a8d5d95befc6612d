"""app.ui.cache: read once, and again when a file is another one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from streamlit.runtime.scriptrunner_utils import script_run_context
from streamlit.testing.v1 import AppTest

from app.ui.cache import Growing, cached, stamp


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "numbers"
    path.write_text("1")
    return path


def test_a_file_is_read_again_when_it_is_another(file: Path) -> None:
    calls = []

    @cached(lambda path: [Path(path)])
    def content(path: str) -> str:
        """What a file holds."""
        calls.append(path)
        return Path(path).read_text()

    assert [content(str(file)), content(str(file))] == ["1", "1"]
    file.write_text("22")
    assert content(str(file)) == "22"
    assert len(calls) == 2
    assert content.__doc__ == "What a file holds."


def test_a_tensor_counts_by_its_numbers() -> None:
    calls = []

    @cached()
    def total(values: torch.Tensor) -> float:
        calls.append(values)
        return float(values.sum())

    assert total(torch.ones(3)) == total(torch.ones(3)) == 3.0
    assert total(torch.zeros(3)) == 0.0
    assert total(torch.ones(3, dtype=torch.int64)) == 3.0
    assert len(calls) == 3


def test_two_functions_do_not_share_what_they_keep() -> None:
    @cached()
    def one(value: int) -> int:
        return value + 1

    @cached()
    def two(value: int) -> int:
        return value + 2

    assert (one(1), two(1)) == (2, 3)


@cached(spinner="Reading …")
def slow() -> object:
    return object()


def page() -> None:
    import streamlit as st

    from tests.app.ui.test_cache import slow

    st.session_state["found"] = slow()


def test_where_no_page_runs_nothing_is_drawn_and_pages_find_the_same(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What loads beside the pages draws no spinner: it would complain that it has no page."""
    monkeypatch.setattr(script_run_context._LOGGER, "handlers", [caplog.handler])
    from tests.app.ui.test_cache import slow

    found = slow()
    assert [record.message for record in caplog.records] == []
    assert AppTest.from_function(page).run().session_state["found"] is found


def test_a_missing_file_has_a_stamp(tmp_path: Path) -> None:
    assert stamp(tmp_path / "none") == (str(tmp_path / "none"), 0, 0)


def test_what_grows_is_computed_once_and_only_as_far_as_it_is_asked_for() -> None:
    computed = []

    def squares() -> Iterator[int]:
        for number in range(3):
            computed.append(number)
            yield number**2

    growing = Growing(squares())
    first, second = iter(growing), iter(growing)
    assert computed == []
    assert [next(first), next(first)] == [0, 1]
    assert list(second) == [0, 1, 4]
    assert list(first) == [4]
    assert list(growing) == [0, 1, 4]
    assert computed == [0, 1, 2]


def test_what_ends_early_ends_for_everybody() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("no second one")

    growing = Growing(broken())
    for _ in range(2):
        seen = []
        with pytest.raises(ValueError, match="no second one"):
            seen.extend(growing)
        assert seen == [1]
