"""app.ui.charts: the numbers and limits in the specifications."""

import json
import math
from pathlib import Path

import pytest
import torch

from app.ui import charts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.0, "3"),
        (-3.0, "−3"),
        (0.5, "0.50"),
        (-0.25, "−0.25"),
        (-0.001, "0.00"),
        (0.0, "0"),
        (-0.0, "0"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_number(value, text):
    assert charts.number(value) == text


ROUNDING = json.loads(
    (Path(__file__).parents[1] / "components" / "rounding.json").read_text("utf-8")
)


@pytest.mark.parametrize("decimals", ROUNDING)
def test_a_half_goes_away_from_zero_as_in_the_browser_and_by_hand(decimals):
    for value, text in ROUNDING[decimals]:
        assert charts.rounded(value, int(decimals)) == text


def test_a_number_with_its_sign_is_rounded_alike():
    values = (7.125, -0.125, -0.001, 0.0, math.inf)
    assert [charts.signed(one) for one in values] == ["+7.13", "−0.13", "+0.00", "+0.00", "+inf"]


def test_limit():
    assert charts.limit([1, -3, math.inf]) == 3
    assert charts.limit([0, 0]) == 1
    assert charts.limit([]) == 1
    assert charts.limit(torch.tensor([[1.0, -2.5]]), [2]) == 2.5
    assert charts.limit(torch.tensor([math.nan, -math.inf])) == 1


def test_kernels_are_on_one_scale():
    spec = charts.kernels({"Before": [[[1.0]], [[2.0]]], "Now": [[[3.0]], [[-4.0]]]}, 4.0)
    domains = {
        json.dumps(layer["encoding"]["color"]["scale"]["domain"])
        for row in spec["vconcat"]
        for panel in row["hconcat"]
        for layer in panel["layer"]
        if "scale" in layer["encoding"].get("color", {})
    }
    assert domains == {"[-4.0, 0, 4.0]"}
    assert spec["datasets"]["Now: kernel 2"][0]["shown"] == "−4"


@pytest.mark.parametrize(("size", "written"), [(3, True), (28, False)])
def test_numbers_are_written_where_they_fit(size, written):
    spec = charts.kernels({"One": torch.rand(1, size, size).tolist()}, 1.0)
    panel = spec["vconcat"][0]["hconcat"][0]
    assert any(layer["mark"]["type"] == "text" for layer in panel["layer"]) == written


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([0.123, -9.25], ["0.12", "−9.25"]),
        ([0.123, -12.34], ["0.12", "−12.3"]),
        ([-123.4, 99.96, 9.996, -10000.0], ["−123", "100", "10.0", "−10000"]),
        ([math.inf, 123.45], ["∞", "123"]),
        ([-1000.0, 9.994999885559082, 12.25, 122.5], ["−1000", "10.0", "12.3", "123"]),
    ],
)
def test_numbers_are_brief_where_one_would_be_long(values, written):
    assert [cell["shown"] for cell in charts.cells([values], "one")] == written
