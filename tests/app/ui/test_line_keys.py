"""What a saved chart has to say of its lines, since only the page does."""

from app.chapters.training import live_chart
from app.ui import charts, curve_charts
from app.ui.line_keys import LineKey, line_keys

EPOCHS = [
    {"epoch": 1, "train_loss": 0.9, "validation_loss": 0.8},
    {"epoch": 2, "train_loss": 0.5, "validation_loss": 0.6},
]


def test_a_line_has_one_entry_with_all_that_tells_it_apart() -> None:
    spec = curve_charts.curves({"ours": EPOCHS, "yours": EPOCHS}, "loss", goal=None, legend=False)
    solid, dashed = [1, 0], [6, 4]
    assert line_keys(spec) == [
        LineKey("ours: training", "@subject", dashed),
        LineKey("ours: validation", "@subject", solid),
        LineKey("yours: training", "@compared", dashed),
        LineKey("yours: validation", "@compared", solid),
    ]


def test_runs_and_parts_that_are_told_apart_in_two_ways_are_entries_each() -> None:
    found = line_keys(live_chart.chart("loss", (0.0, 2.5), 5))
    assert found == [
        LineKey("Run 1", "@subject"),
        LineKey("Run 2", "@compared"),
        LineKey("as shipped", "@ink", width=live_chart.THIN),
        LineKey("training", None, [6, 4]),
        LineKey("validation", None, [1, 0]),
    ]


def test_a_chart_with_its_own_legend_or_a_scale_of_numbers_leaves_nothing_to_say() -> None:
    legend = curve_charts.curves({"ours": EPOCHS}, "loss", goal=None, legend=True)
    kernels = charts.kernels({"Now": [[[1.0, 2.0]], [[3.0, 4.0]]]}, 4.0)
    assert line_keys(legend) == line_keys(kernels) == []
