"""The view of the time to an accuracy, run as Streamlit runs it, and its chart."""

import json
from collections.abc import Sequence
from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.chapters.training import time_chart
from app.chapters.training import times as view
from core.checkpoints import results
from core.json_files import json_bytes
from tests.app.chapters.opened import chart, chart_rows, open_chapter, texts

RECIPES = [
    {
        "name": "plain",
        "title": "Plain script",
        "what": "A plain script.",
        "settings": "the plain script",
        "validated_on": "the test images",
        "computed_by": "a card",
        "curve": [0.7, 0.86, 0.88],
        "seconds_per_epoch": [60.0, 60.0, 60.0],
    },
    {
        "name": "fast",
        "title": "Short recipe",
        "what": "A few epochs.",
        "settings": "train_all.py resnet --epochs 3",
        "validated_on": "5,000 training images",
        "computed_by": "a processor",
        "curve": [0.86, 0.91, 0.94],
        "seconds_per_epoch": [30.0, 45.0, 45.0],
    },
]
LEVELS = [0.85, 0.9, 0.92, 0.93]


def test_the_axis_has_round_minutes_that_are_in_it() -> None:
    axis = time_chart.spec(LEVELS, RECIPES)["layer"][0]["encoding"]["x"]["axis"]
    assert axis["values"] == [0.5, 0.6, 0.8, 1, 1.5, 2]


def opened() -> AppTest:
    return open_chapter("training", view="Time to accuracy")


def with_times(folder: Path, recipes: Sequence[dict[str, object]] = RECIPES) -> None:
    path = results.path(view.MEASURED, folder)
    card = json.loads(path.read_text())
    del card["sum"]
    path.write_bytes(json_bytes(card | {"levels": LEVELS, "recipes": recipes}))


def test_each_level_that_a_recipe_reaches_is_a_point(checkpoint_copy: Path) -> None:
    with_times(checkpoint_copy)
    app = opened()
    found = {(row["recipe"], row["level"]): row["minutes"] for row in chart_rows(app, 0)}
    assert found == {
        ("Plain script", "85%"): 2.0,
        ("Short recipe", "85%"): 0.5,
        ("Short recipe", "90%"): 1.25,
        ("Short recipe", "92%"): 2.0,
        ("Short recipe", "93%"): 2.0,
    }
    assert "ends at 88.00%" in json.dumps(chart(app, 0))
    said = "Accuracy on the test images; Short recipe: on 5,000 training images."
    assert said in texts(app)
    assert view.settings(RECIPES).splitlines()[1] == (
        "- **Short recipe**: A few epochs. `train_all.py resnet --epochs 3`, accuracies computed "
        "by a processor"
    )


def test_a_recipe_that_reaches_no_level_says_how_far_it_comes(checkpoint_copy: Path) -> None:
    with_times(checkpoint_copy, [RECIPES[0], RECIPES[1] | {"curve": [0.1, 0.5, 0.8378]}])
    app = opened()
    assert {row["recipe"] for row in chart_rows(app, 0)} == {"Plain script"}
    assert "ends at 83.78%" in json.dumps(chart(app, 0))
    assert "Without a mark, since below 85%: Short recipe." in texts(app)


def test_what_ships_was_measured_against_the_plain_script() -> None:
    app = opened()
    assert not app.exception
    recipes = {row["recipe"] for row in chart_rows(app, 0)}
    assert "Plain Adam" in recipes
    assert len(recipes) > 2


def test_a_damaged_result_is_a_sentence(checkpoint_copy: Path) -> None:
    results.path(view.MEASURED, checkpoint_copy).write_text("{")
    app = opened()
    assert not app.get("vega_lite_chart")
    assert "cifar10_resnet_time.json is damaged" in app.error[0].value
