"""The charts of the training chapter: the numbers, colours and selections in the specifications."""

import json
from typing import Any

import numpy as np
import pytest

from app.chapters.training import matrix_charts
from app.ui import curve_charts

HISTORY = [
    {
        "epoch": epoch,
        "train_loss": 1 / epoch,
        "validation_loss": 0.8 / epoch,
        "train_accuracy": 1 - 0.2 / epoch,
        "validation_accuracy": 1 - 0.1 / epoch,
    }
    for epoch in (1, 2, 3)
]


def rows_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for rows in spec["datasets"].values() for row in rows]


def line_scale(spec: dict[str, Any], channel: str) -> dict[str, Any]:
    return spec["layer"][0]["encoding"][channel]["scale"]


def test_curves_hold_history_and_goal():
    spec = curve_charts.curves({"run": HISTORY}, "accuracy", goal=0.9)
    assert {"epoch": 3, "line": "validation", "accuracy": pytest.approx(1 - 0.1 / 3)} in rows_of(
        spec
    )
    assert {"goal": 0.9, "text": "homework asks 90%"} in rows_of(spec)
    assert "goal" not in json.dumps(curve_charts.curves({"run": HISTORY}, "loss", goal=None))


@pytest.mark.parametrize(("quantity", "value"), [("accuracy", 0.99), ("loss", 0.1)])
def test_what_a_run_ends_with_is_a_diamond_at_the_end_of_its_line(quantity: str, value: float):
    runs = {"a": HISTORY, "b": HISTORY[:2]}
    spec = curve_charts.curves(runs, quantity, goal=None, final={"a": value})
    assert {
        "epoch": 3,
        "line": "a: validation",
        quantity: value,
        "text": "final result",
    } in rows_of(spec)
    marks = [layer["mark"] for layer in spec["layer"]]
    assert sum(mark.get("shape") == "diamond" for mark in marks) == 1
    assert "final result" not in json.dumps(curve_charts.curves(runs, quantity, goal=None))


def test_colour_tells_the_runs_and_dashes_their_parts():
    first, second = "@subject", "@compared"
    one = curve_charts.curves({"a": HISTORY}, "loss", goal=None)
    assert line_scale(one, "color") == {
        "domain": ["training", "validation"],
        "range": [first, first],
    }
    two = curve_charts.curves({"a": HISTORY, "b": HISTORY[:2]}, "loss", goal=None)
    names = ["a: training", "a: validation", "b: training", "b: validation"]
    assert line_scale(two, "color") == {"domain": names, "range": [first, first, second, second]}
    dashes = dict(zip(names, line_scale(two, "strokeDash")["range"]))
    assert (
        dashes["a: training"]
        == dashes["b: training"]
        != dashes["a: validation"]
        == dashes["b: validation"]
    )
    assert {"epoch": 2, "line": "b: training", "loss": 0.5} in rows_of(two)


def test_a_history_without_validation_has_no_entry_for_it():
    own = [record | {"validation_loss": None} for record in HISTORY]
    spec = curve_charts.curves({"yours": own, "ours": HISTORY}, "loss", goal=None)
    names = ["yours: training", "ours: training", "ours: validation"]
    assert line_scale(spec, "color")["domain"] == names


def test_the_axis_reaches_the_last_epoch_of_the_longest_run_or_of_what_is_to_come():
    def domain(spec: dict[str, Any]) -> list[int]:
        return spec["layer"][0]["encoding"]["x"]["scale"]["domain"]

    assert domain(curve_charts.curves({"a": HISTORY[:2], "b": HISTORY}, "loss", goal=None)) == [
        0,
        3,
    ]
    assert domain(curve_charts.curves({"a": HISTORY}, "loss", goal=None, epochs=9)) == [
        0,
        9,
    ]


def test_a_training_without_an_epoch_yet_is_an_empty_chart():
    assert rows_of(curve_charts.curves({"a": []}, "accuracy", goal=None, epochs=5)) == []


def test_learning_rates_share_the_colours_of_the_curves():
    first, second = "@subject", "@compared"
    spec = curve_charts.learning_rates({"a": [(0, 0.1), (1, 0.0)], "b": [(0, 0.01)]})
    assert {"run": "a", "epoch": 0, "rate": 0.1} in rows_of(spec)
    assert line_scale(spec, "color") == {"domain": ["a", "b"], "range": [first, second]}


def test_rates_have_the_axis_of_all_that_is_drawn_above_them_and_nothing_before_its_begin():
    rates = [(epoch / 10, 0.1) for epoch in range(301)]
    assert min(row["epoch"] for row in rows_of(curve_charts.learning_rates({"a": rates}))) == 0
    spec = curve_charts.learning_rates({"a": rates}, others=[3])
    axis = spec["layer"][0]["encoding"]["x"]
    assert axis["scale"]["domain"] == [1, 30]
    assert axis["axis"]["values"] == [1, 2, 5, 10, 20, 30], "the end has a tick"
    assert min(row["epoch"] for row in rows_of(spec)) == 1


def test_what_the_homework_asks_is_read_across_a_line():
    *_, around, words = curve_charts.curves({"run": HISTORY}, "accuracy", goal=0.9)["layer"]
    assert around["mark"]["stroke"] == "@paper"
    assert "stroke" not in words["mark"]
    assert around["encoding"] == words["encoding"]


def test_confusion_keeps_true_class_in_rows():
    spec = matrix_charts.confusion([[5, 1], [0, 6]], ["a", "b"])
    assert {
        "true": "a",
        "predicted": "b",
        "count": 1,
        "share": pytest.approx(1 / 6),
        "right": False,
    } in rows_of(spec)
    assert [one["name"] for one in spec["params"]] == ["rem"]


@pytest.mark.parametrize(("right", "digits"), [(1000, 4), (7, 1), (1135, 4)])
def test_the_counts_of_a_confusion_matrix_have_room_in_its_cells(right, digits):
    spec = matrix_charts.confusion([[right, 0], [right - 1, 1]], ["a", "b"])
    (size,) = [one["mark"]["fontSize"] for one in spec["layer"] if one["mark"]["type"] == "text"]
    assert size == {"expr": f"min(0.78 * rem, (width / 2 - 4) / {0.5 * digits:g})"}


def test_a_confusion_matrix_to_click_starts_with_the_outlined_cell():
    spec = matrix_charts.confusion([[5, 1], [0, 6]], ["a", "b"], picked=(1, 0))
    selection, _ = spec["params"]
    assert selection["name"] == matrix_charts.PICKED
    assert selection["value"] == [{"true": "b", "predicted": "a"}]
    assert selection["select"]["fields"] == ["true", "predicted"]


def test_class_bars_say_where_their_axis_starts():
    low = json.dumps(matrix_charts.class_bars([0.5, 0.99], ["a", "b"], low=0.0))
    high = json.dumps(matrix_charts.class_bars([0.95, 0.99], ["a", "b"], low=0.9))
    assert "axis from 0%" in low
    assert "axis from 90%" in high


def test_filters_are_grey_at_zero_and_lie_in_rows():
    weights = np.zeros((3, 3, 2, 2), dtype=np.float32)
    weights[1, 0] = 0.5  # red at its limit
    weights[2, 2] = -0.5  # no blue at all
    picture = matrix_charts.filters(weights, 0.5, columns=2)
    assert picture.shape == (5, 5, 4)
    assert picture[0, 0].tolist() == [128, 128, 128, 255]
    assert picture[1, 3].tolist() == [255, 128, 128, 255]
    assert picture[3, 1].tolist() == [128, 128, 0, 255]
    assert picture[:, 2, 3].tolist() == [0] * 5  # the line between two filters is transparent
    assert picture[3:, 3:, 3].tolist() == [[0, 0], [0, 0]]  # and so is a place without a filter


def test_loss_and_rate_stand_below_each_other_on_the_same_epochs():
    loss = curve_charts.curves({"a": HISTORY}, "loss", goal=None)["layer"][0]["encoding"]
    rates = [(0, 0.1), (len(HISTORY), 0.0)]
    rate = curve_charts.learning_rates({"a": rates})["layer"][0]["encoding"]
    assert loss["x"]["scale"]["domain"] == rate["x"]["scale"]["domain"] == [0, len(HISTORY)]
    assert loss["y"]["axis"]["minExtent"] == rate["y"]["axis"]["minExtent"] > 0
