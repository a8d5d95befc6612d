"""A new session is told how a page's sliders stand that was open before; as a restart of the server
does it.
"""

import json
import subprocess
from contextlib import closing

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.browser import APP, serving
from tests.app.server.visitor import Visitor, elements


@pytest.fixture(scope="module")
def port():
    with serving(APP, subprocess.DEVNULL, {}) as address:
        yield int(address.rpartition(":")[2])


def slider(page, name):
    """The component on a page, and its data."""
    (found,) = [one for one in elements(page, "bidi_component") if one.component_name == name]
    return found, json.loads(found.json)


def moved(to, value, count):
    state = {"moved": {"value": value, "count": count}}
    return WidgetState(id=to.id, json_value=json.dumps(state))


@pytest.mark.parametrize(
    ("page", "name", "setting", "before", "after"),
    [
        ("attack", "live_slider", "value", 24, 101),
        ("cam", "blend", "alpha", 0.5, 0.91),
    ],
)
def test_a_move_counts_as_heard_only_where_it_was_taken(port, page, name, setting, before, after):
    with closing(Visitor(port)) as visitor:
        component, _ = slider(visitor.open(page), name)
        stale = moved(component, after, 7)
        runs = [visitor.open(page, stale), visitor.rerun(page, {}, stale)]
        heard = [(data[setting], data["count"]) for _, data in (slider(run, name) for run in runs)]
        assert heard == [(before, 0)] * 2, "so that the page sends it again"
        _, data = slider(visitor.rerun(page, {}, moved(component, after, 8)), name)
        assert (data[setting], data["count"]) == (after, 8)
