"""app.ui.charts: the numbers and limits in the specifications."""

import json
import math

import pytest
import torch

from app.ui import charts
from core.explain import explain_convolution, explain_max_pooling

PICTURE = torch.arange(16.0).reshape(4, 4) - 5
KERNEL = torch.tensor([[0.5, 0.0], [0.0, -1.0]])


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (-3.0, "−3"), (0.5, "0.50"), (-0.25, "−0.25"), (-0.001, "0.00"), (0.0, "0"), (-0.0, "0"),
     (math.inf, "∞"), (-math.inf, "−∞")],
)  # fmt: skip
def test_number(value, text):
    assert charts.number(value) == text


def test_limit():
    assert charts.limit([1, -3, math.inf]) == 3
    assert charts.limit([0, 0]) == 1
    assert charts.limit([]) == 1


def test_stepper_shows_the_step():
    explained = explain_convolution(PICTURE, KERNEL, bias=1.0, padding=1)
    data = charts.stepper(explained, explained.step(7), theme="light")["datasets"]
    assert len(data["picture"]) == 16
    assert len(data["padding"]) == 36 - 16
    assert len(data["done"]) == 8
    assert data["done"][-1]["v"] == pytest.approx(float(explained.output[1, 2]))
    assert data["current"] == [{"r": 1, "c": 2, "v": 0.0, "t": "0"}]
    assert [cell["v"] for cell in data["window"]] == explained.step(7).window.flatten().tolist()
    assert sorted((cell["r"], cell["c"]) for cell in data["covered"]) == [(1, 2), (1, 3), (2, 2), (2, 3)]


def test_stepper_changes_only_its_data_from_step_to_step():
    for explained in (
        explain_convolution(PICTURE, KERNEL, padding=1, stride=2),
        explain_max_pooling(PICTURE, kernel_size=2, stride=2, padding=1),
    ):
        shapes = []
        for index in range(explained.geometry.steps):
            spec = charts.stepper(explained, explained.step(index), theme="light")
            spec.pop("datasets")
            shapes.append(json.dumps(spec))
        assert len(set(shapes)) == 1


def test_pooling_marks_the_winner():
    explained = explain_max_pooling(PICTURE, kernel_size=2, stride=2)
    data = charts.stepper(explained, explained.step(3), theme="dark")["datasets"]
    assert [(cell["r"], cell["c"]) for cell in data["winner"]] == [(1, 1)]
    assert [(cell["r"], cell["c"]) for cell in data["won"]] == [(3, 3)]


def test_specifications_are_plain_json_without_infinities():
    explained = explain_max_pooling(PICTURE, kernel_size=2, stride=2, padding=1)
    json.dumps(charts.stepper(explained, explained.step(0), theme="light"), allow_nan=False)


def test_sum_line_writes_every_number():
    explained = explain_convolution(PICTURE, KERNEL, bias=-0.5)
    assert charts.sum_line(explained, explained.step(0)) == (
        "**Output row 1, column 1**: (−5)·0.50 + (−4)·0 + (−1)·0 + 0·(−1) − 0.50 (bias) = **−3**"
    )
    pooled = explain_max_pooling(PICTURE, kernel_size=2, stride=2, padding=1)
    assert charts.sum_line(pooled, pooled.step(0)) == "**Output row 1, column 1**: max(−5) = **−5**"


def test_kernels_are_on_one_scale():
    spec = charts.kernels({"Before": [[[1.0]], [[2.0]]], "Now": [[[3.0]], [[-4.0]]]}, 4.0, theme="light")
    domains = {
        json.dumps(layer["encoding"]["color"]["scale"]["domain"])
        for column in spec["hconcat"] for panel in column["vconcat"] for layer in panel["layer"]
        if "scale" in layer["encoding"].get("color", {})
    }  # fmt: skip
    assert domains == {"[-4.0, 0, 4.0]"}
    assert spec["datasets"]["Now: kernel 2"][0]["t"] == "−4"


def test_a_long_sum_leaves_out_what_is_zero():
    picture, weight = torch.zeros(4, 4), torch.ones(4, 4)
    picture[1, 2] = 3.0
    explained = explain_convolution(picture, weight)
    assert charts.sum_line(explained, explained.step(0)) == (
        "**Output row 1, column 1**: 3·1 + 15 terms that are 0 = **3**"
    )
    full = explain_convolution(torch.ones(4, 4), weight)
    assert "sum of the 16 products = **16**" in charts.sum_line(full, full.step(0))


def test_a_rounded_sum_says_so():
    explained = explain_convolution(torch.ones(1, 1), torch.full((1, 1), 1 / 16))
    assert charts.sum_line(explained, explained.step(0)).endswith("1·0.06 ≈ **0.06**")


@pytest.mark.parametrize(("size", "shown"), [(10, True), (28, False)])
def test_numbers_are_written_where_they_fit(size, shown):
    explained = explain_convolution(
        torch.rand(size, size, generator=torch.Generator().manual_seed(0)), torch.ones(3, 3)
    )
    panel = charts.stepper(explained, explained.step(0), theme="light")["hconcat"][0]
    assert any(layer["mark"]["type"] == "text" for layer in panel["layer"]) == shown
