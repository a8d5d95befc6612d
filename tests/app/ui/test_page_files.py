"""The numbers of a page's charts and pictures as files."""

import csv
import io
import json
import zipfile
from html import unescape

import pyarrow as arrow
import pytest
import torch
from streamlit.testing.v1 import AppTest

from app.ui import charts, page_files
from app.ui.saveable import Chart, PixelFigure, archive, table_of
from core.explain import exciting
from tests.app.chapters.opened import open_chapter

ABOUT = '<p data-about="', '"></p>'
RESIDUAL = {"view": "ResNet", "layer": "block2.main.4", "detail": "Excites most"}
FILTERS = {"network": "cifar10_resnet", "view": "Epoch by epoch"}


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
    assert read(table_of(a_chart(spec))) == [
        {"epoch": "1", "accuracy": "0.5", "run": ""},
        {"epoch": "2", "accuracy": "0.75", "run": 'a, "b"'},
    ]


def test_a_chart_without_data_of_its_own_has_its_layers() -> None:
    layers = [{"data": {"values": [{"x": 1}]}}, {"mark": "rule"}, {"data": {"values": [{"y": 2}]}}]
    assert read(table_of(a_chart({"layer": layers}))) == [
        {"x": "1", "y": ""},
        {"x": "", "y": "2"},
    ]


def test_the_numbers_of_grids_say_of_which_and_where() -> None:
    spec = charts.kernels({"Now": [[[1.0, -2.5]], [[3.0, 4.0]]]}, 4.0)
    first, second, *_, last = read(table_of(a_chart(spec)))
    assert first == {"grid": "Now: kernel 1", "row": "1", "column": "1", "value": "1.0"} | {
        "shown": "1"
    }
    assert (second["column"], second["value"]) == ("2", "-2.5")
    assert (last["grid"], last["value"]) == ("Now: kernel 2", "4.0")


def test_several_charts_are_one_archive_with_their_captions() -> None:
    charts = [a_chart({"data": {"values": [{"x": index}]}}, f"c_{index}") for index in (1, 2)]
    with zipfile.ZipFile(io.BytesIO(archive(charts, "/cam?alpha=0.2"))) as packed:
        assert packed.namelist() == ["c-1.csv", "c-2.csv", "README.txt"]
        assert packed.read("c-2.csv") == b"x\r\n2\r\n"
        assert b"c-1.csv: what c_1 shows" in packed.read("README.txt")
        assert b"the page's link: /cam?alpha=0.2\n" in packed.read("README.txt")
    assert archive(charts, "/cam") == archive(charts, "/cam")


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
    charts = app.session_state[page_files.FILES]
    assert names is None or sorted(charts) == sorted(names)
    assert labels(app).count(page_files.SAVE_CHARTS) == 1
    for index, chart in enumerate(charts.values()):
        sent = app.get("vega_lite_chart")[index].proto.datasets
        shown = sum(arrow.ipc.open_stream(one.data.data).read_all().num_rows for one in sent)
        assert len(read(table_of(chart))) == shown > 0


def test_a_page_of_cells_alone_offers_none() -> None:
    app = open_chapter("convolution", view="Steps")
    assert not app.session_state[page_files.FILES]
    assert not {page_files.SAVE_CHARTS, page_files.SAVE_PICTURES} & {*labels(app)}


def test_each_pixel_of_each_picture_is_a_line() -> None:
    numbers = {
        "Grey": torch.tensor([[[0, 255]]], dtype=torch.uint8),
        "Colour": torch.tensor([[[1]], [[2]], [[3]]], dtype=torch.uint8),
        "Map": torch.tensor([[-0.5], [1.25]]),
    }
    lines = read(table_of(PixelFigure("one", "One", "what it shows", numbers, 3)))
    said = [{name: value for name, value in line.items() if value} for line in lines]
    assert said == [
        {"picture": "Grey", "row": "1", "column": "1", "grey": "0"},
        {"picture": "Grey", "row": "1", "column": "2", "grey": "255"},
        {"picture": "Colour", "row": "1", "column": "1", "red": "1", "green": "2", "blue": "3"},
        {"picture": "Map", "row": "1", "column": "1", "value": "-0.5"},
        {"picture": "Map", "row": "2", "column": "1", "value": "1.25"},
    ]


@pytest.mark.parametrize(
    ("chapter", "link", "figure", "pictures"),
    [
        ("cam", {}, "cam_map", 4),
        ("cam", {"view": "All ten classes"}, "cam_classes", 10),
        ("cam", {"view": "Interpolations"}, "cam_methods", 8),
        ("attack", {"network": "ResNet"}, "attack_maps", 2),
        ("attack", {"network": "ResNet"}, "attack_pictures", 3),
        ("attack", {"view": "Step by step"}, "attack_step", 1),
        ("attack", {"view": "All epsilons"}, "attack_strip", 7),
        ("networks", RESIDUAL, "networks_exciting", exciting.MOST),
        ("training", FILTERS, "training_filters", 128),
    ],
)
def test_a_page_offers_the_numbers_of_its_pictures(
    chapter: str, link: dict[str, str], figure: str, pictures: int
) -> None:
    app = open_chapter(chapter, **link)
    assert not app.exception
    found = app.session_state[page_files.FILES][figure]
    assert labels(app).count(page_files.SAVE_PICTURES) == 1
    lines = read(table_of(found))
    assert len({line["picture"] for line in lines}) == len(found.numbers) == pictures
    assert len(lines) == sum(one.shape[-1] * one.shape[-2] for one in found.numbers.values())
    bodies = [unescape(one.proto.body) for one in app.get("html")]
    written = [body[len(ABOUT[0]) : -len(ABOUT[1])] for body in bodies if body.startswith(ABOUT[0])]
    (about,) = [one for one in map(json.loads, written) if one["name"] == figure]
    assert (about["title"], about["says"]) == (found.title, found.says)
