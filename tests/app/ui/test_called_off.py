"""app.ui.called_off: a run that waits gives way to its visitor, and to nobody else."""

from dataclasses import dataclass, field

import pytest
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequests,
    ScriptRequestType,
)

from app.ui import called_off


@dataclass
class Context:
    """As much of a run as is looked at."""

    fragment_ids_this_run: list[str] | None
    script_requests: ScriptRequests = field(default_factory=ScriptRequests)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Context:
    """A run of the part "live"."""
    context = Context(["live"])
    context.script_requests.request_rerun(RerunData(fragment_id="live", query_string="epsilon=1"))
    context.script_requests.on_scriptrunner_ready()
    monkeypatch.setattr(called_off, "get_script_run_ctx", lambda: context)
    return context


def given_way(context: Context) -> str | None:
    """What the run is ended for."""
    called_off.end_if_called_off()
    request = context.script_requests.on_scriptrunner_yield()
    if request is None:
        return None
    assert request.type is ScriptRequestType.RERUN
    return request.rerun_data.query_string


def test_a_run_that_nobody_calls_off_goes_on(running: Context) -> None:
    assert given_way(running) is None


def test_a_part_of_a_page_gives_way_to_its_own_next_run(running: Context) -> None:
    for epsilon in (2, 3):  # the last one counts
        running.script_requests.request_rerun(
            RerunData(fragment_id="live", query_string=f"epsilon={epsilon}")
        )
    assert given_way(running) == "epsilon=3"


def test_it_does_not_give_way_to_another_part(running: Context) -> None:
    running.script_requests.request_rerun(RerunData(fragment_id="clock", query_string="tick"))
    assert given_way(running) is None


def test_a_whole_page_does_not_give_way_to_a_part_of_it(running: Context) -> None:
    running.fragment_ids_this_run = None
    running.script_requests.request_rerun(RerunData(fragment_id="live", query_string="epsilon=2"))
    assert given_way(running) is None
