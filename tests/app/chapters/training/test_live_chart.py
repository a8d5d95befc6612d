"""The chart of trainings that are under way."""

import json

import pytest

from app.chapters.training import live_chart
from app.ui import palette

STEPS = [
    {
        "epoch": epoch,
        "step": step,
        "steps": 4,
        "recent_loss": 2.3 / epoch,
        "recent_accuracy": 0.1 * epoch,
    }
    for epoch in (1, 2)
    for step in (2, 4)
]
EPOCHS = [{"epoch": 1, "validation_loss": 0.4, "validation_accuracy": 0.9}]


def test_each_run_has_its_steps_and_its_epochs_and_what_ships_its_own():
    rows = live_chart.rows([(STEPS[:1], EPOCHS), (STEPS[3:], [])], EPOCHS, "loss")
    assert rows == [
        {"run": "Run 1", "part": "training", "epoch": 0.5, "value": 2.3},
        {"run": "Run 1", "part": "validation", "epoch": 1, "value": 0.4},
        {"run": "Run 2", "part": "training", "epoch": 2.0, "value": 1.15},
        {"run": "as shipped", "part": "validation", "epoch": 1, "value": 0.4},
    ]


def test_what_ships_is_a_thin_line_behind_the_runs():
    spec = live_chart.chart("accuracy", (0.0, 1.0), 5)
    behind, lines, points = spec["layer"]
    assert behind["transform"] == [{"filter": "datum.run == 'as shipped'"}]
    assert behind["mark"]["strokeWidth"] < lines["mark"]["strokeWidth"]
    assert "datum.run != 'as shipped'" in points["transform"][0]["filter"]
    assert spec["encoding"]["x"]["scale"]["domain"] == [0, 5]
    assert spec == live_chart.chart("accuracy", (0.0, 1.0), 5), "drawn on, not anew"


@pytest.mark.parametrize(
    ("largest", "end"), [(0.1, 2.5), (2.4, 2.5), (2.6, 3.0), (3.9, 4.0), (3e38, 4.0)]
)
def test_the_axis_of_the_loss_ends_above_guessing_and_not_in_the_clouds(largest, end):
    assert live_chart.ends([{"value": 0.1}, {"value": largest}], "loss") == (0, end)
    title = json.dumps(live_chart.chart("loss", (0.0, end), 5))
    assert ("axis ends at 4" in title) == (end == 4)


def test_the_axis_of_the_accuracy_is_always_the_same():
    assert live_chart.ends([], "accuracy") == (0, 1)


def test_the_legend_names_runs_settings_and_lines():
    title = live_chart.run_title(2, "Adam, rate 0.1 <b>", several=True, theme="dark")
    assert "<b>Run 2:</b> Adam, rate 0.1 &lt;b&gt;" in title
    assert palette.TOKENS["@compared"]["dark"] in title
    assert "Run" not in live_chart.run_title(1, "Adam", several=False, theme="light")
    for text in ("dashed", "training", "validation", "as shipped: 30 epochs"):
        assert text in live_chart.key("30 epochs")
