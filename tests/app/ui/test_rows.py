"""app.ui.rows: the points of a chart reach the browser as they did through pandas."""

import math

import pandas as pd
import pyarrow as pa
import pytest
from streamlit.dataframe_util import convert_anything_to_arrow_bytes

from app.ui.rows import in_columns

POINTS = [{"x": 1, "y": 0.5, "name": "a"}, {"x": 2, "y": None, "name": "b", "more": True}]


def read(data: object) -> list[dict]:
    """What Streamlit sends of it."""
    table = pa.ipc.open_stream(convert_anything_to_arrow_bytes(data)).read_all()
    return table.select([name for name in table.column_names if "index" not in name]).to_pylist()


def test_points_are_columns_with_every_field() -> None:
    spec = in_columns({"datasets": {"a": POINTS}, "data": {"values": POINTS}, "mark": "point"})
    for found in (spec["datasets"]["a"], spec["data"]["values"]):
        assert isinstance(found, pa.Table)
        assert read(found) == read(pd.DataFrame(POINTS))
    assert spec["mark"] == "point"


@pytest.mark.parametrize(
    "rows",
    [
        [{"a": 1}, {"a": "text"}],  # several kinds in a field
        [],
        {"type": "FeatureCollection"},
        [1, 2, 3],
    ],
)
def test_what_is_no_table_of_points_is_left_to_streamlit(rows: object) -> None:
    assert in_columns({"datasets": {"a": rows}})["datasets"]["a"] is rows


def test_the_specification_itself_stays_as_it_was() -> None:
    spec = {"datasets": {"a": POINTS}, "data": {"name": "a"}}
    in_columns(spec)
    assert spec == {"datasets": {"a": POINTS}, "data": {"name": "a"}}


def test_numbers_that_are_none_stay_what_they_are() -> None:
    (row,) = in_columns({"data": {"values": [{"x": math.nan, "y": math.inf}]}})["data"][
        "values"
    ].to_pylist()
    assert math.isnan(row["x"])
    assert math.isinf(row["y"])
