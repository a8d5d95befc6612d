"""The numbers of a page's charts as files."""

import csv
import io
import zipfile

import pyarrow as arrow
import pytest
from streamlit.testing.v1 import AppTest

from app.ui import chart_files
from app.ui.chart_files import Chart, archive, numbers_of
from tests.app.chapters.opened import open_chapter


def a_chart(spec: dict, name: str = "one") -> Chart:
    return Chart(f"hero_{name}", name, f"what {name} shows", spec)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def labels(app: AppTest) -> list[str]:
    """Of what opens below a button."""
    return [one.proto.popover.label for one in app.get("popover")]


def test_every_point_is_a_line_and_every_field_a_column() -> None:
    points = [{"epoch": 1, "accuracy": 0.5}, {"epoch": 2, "accuracy": 0.75, "run": 'a, "b"'}]
    spec = {"datasets": {"points": points}, "layer": [{"data": {"values": [{"zero": 0}]}}]}
    assert read(numbers_of(a_chart(spec))) == [
        {"epoch": "1", "accuracy": "0.5", "run": ""},
        {"epoch": "2", "accuracy": "0.75", "run": 'a, "b"'},
    ]


def test_a_chart_without_data_of_its_own_has_its_layers() -> None:
    layers = [{"data": {"values": [{"x": 1}]}}, {"mark": "rule"}, {"data": {"values": [{"y": 2}]}}]
    assert read(numbers_of(a_chart({"layer": layers}))) == [
        {"x": "1", "y": ""},
        {"x": "", "y": "2"},
    ]


def test_several_charts_are_one_archive_with_their_captions() -> None:
    charts = [a_chart({"data": {"values": [{"x": index}]}}, f"c{index}") for index in (1, 2)]
    with zipfile.ZipFile(io.BytesIO(archive(charts))) as packed:
        assert packed.namelist() == ["c1.csv", "c2.csv", "README.txt"]
        assert packed.read("c2.csv") == b"x\r\n2\r\n"
        assert b"c1.csv: what c1 shows" in packed.read("README.txt")
    assert archive(charts) == archive(charts)


@pytest.mark.parametrize(
    ("chapter", "link", "names"),
    [
        ("training", {}, ["training_accuracy", "training_loss", "training_rate"]),
        ("attack", {"view": "Findings"}, None),
    ],
)
def test_a_page_offers_the_numbers_of_its_charts(
    chapter: str, link: dict[str, str], names: list[str] | None
) -> None:
    app = open_chapter(chapter, **link)
    charts = app.session_state[chart_files.CHARTS]
    assert names is None or sorted(charts) == sorted(names)
    assert labels(app).count(chart_files.SAVE) == 1
    for index, chart in enumerate(charts.values()):
        sent = app.get("vega_lite_chart")[index].proto.datasets
        shown = sum(arrow.ipc.open_stream(one.data.data).read_all().num_rows for one in sent)
        assert len(read(numbers_of(chart))) == shown > 0


@pytest.mark.parametrize(("chapter", "view"), [("cam", "Map"), ("convolution", "Steps")])
def test_a_page_without_a_chart_offers_none(chapter: str, view: str) -> None:
    app = open_chapter(chapter, view=view)
    assert not app.session_state[chart_files.CHARTS]
    assert chart_files.SAVE not in labels(app)
