"""The view of what each ingredient brings, run as Streamlit runs it, and its chart."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.chapters.training import ingredient_charts as charts
from app.chapters.training import ingredients as view
from core import homework
from core.checkpoints import results
from core.json_files import json_bytes
from core.training import comparison
from core.training.comparison import Compared, Estimate, compared
from core.training.ingredients import INGREDIENTS, NAME
from tests.app.chapters.opened import chart, chart_rows, open_chapter, texts

RUNS = results.load(homework.INGREDIENTS_RESULT)["runs"]


def opened(**link: str) -> AppTest:
    return open_chapter("training", view="Ingredients", **link)


def rows(epochs: int) -> dict[str, Compared]:
    return {row.name: row for row in compared(RUNS, base=NAME) if row.epochs == epochs}


@pytest.mark.parametrize("epochs", [12, 30])
def test_each_ingredient_is_a_point_with_two_standard_errors(epochs: int) -> None:
    app, expected = opened(epochs=f"{epochs}"), rows(epochs)
    base = expected.pop(NAME)
    points = {row["ingredient"]: row for row in chart_rows(app, 0)}
    assert list(points) == [INGREDIENTS[name].title for name in expected]
    for name, row in expected.items():
        point = points[INGREDIENTS[name].title]
        assert row.difference is not None
        assert point["gain"] == pytest.approx(100 * row.difference.value)
        assert point["high"] - point["gain"] == pytest.approx(200 * row.difference.error)
        assert point["gain"] - point["low"] == pytest.approx(200 * row.difference.error)
        sure = abs(row.difference.value) > 2 * row.difference.error
        word = "better" if row.difference.value > 0 else "worse"
        assert point["verdict"] == (word if sure else "not told apart")
        assert point["paper"] == INGREDIENTS[name].paper
    settings = {point["ingredient"]: point["settings"] for point in points.values()}
    assert settings["Adam's β₂ 0.99"] == "betas 0.9 and 0.99"
    assert settings["Batches of 256"] == "batch_size 256"
    assert settings.get("No sharpness-aware steps") == (None if epochs == 30 else "sharpness 0")
    accuracy = f"{100 * base.accuracy.value:.2f} ± {100 * base.accuracy.error:.2f} %"
    assert accuracy in json.dumps(chart(app), ensure_ascii=False)
    assert f"ResNet on CIFAR-10 after {epochs} epochs" in texts(app)
    worse = {name for name, point in points.items() if point["verdict"] == "worse"}
    told = {"No precise batch norm", "Learning rate 0.0015", "CutMix, weight decay 0.1"}
    assert worse == (told if epochs == 12 else set())
    assert not any(point["verdict"] == "better" for point in points.values())
    assert f"**{len(worse)} of {len(expected)} leave zero (by chance: 1 in 20);" in texts(app)
    assert "; AMD EPYC or NVIDIA H100 80GB HBM3, bf16. Bars" in texts(app)


def test_epochs_without_the_recipe_are_not_offered() -> None:
    app = opened(epochs="60")
    assert app.button_group("training.ingredients.epochs").options == ["12 epochs", "30 epochs"]
    assert "expected 12 epochs or 30 epochs, got “60”" in texts(app)
    assert "after 12 epochs" in texts(app)


def test_a_bar_beyond_zero_has_a_word_a_shape_and_a_colour_of_its_own() -> None:
    about: dict[str, Any] = {"settings": {}, "epochs": 12, "seeds": (0,), "paired": False}
    about |= {"relative_time": 1.0, "accuracy": Estimate(0.9, 0.004)}
    base = Compared(name=NAME, difference=None, **about)
    gains = {"mixup": 0.02, "cutmix": 0.01, "batch-64": -0.02}
    spec = charts.brought(
        [
            Compared(name=name, difference=Estimate(gain, 0.006), **about)
            for name, gain in gains.items()
        ],
        base,
    )
    points = spec["datasets"]["ingredients"]
    assert [point["verdict"] for point in points] == ["better", "not told apart", "worse"]
    assert [point["text"] for point in points] == ["+2.00, better", "+1.00", "−2.00, worse"]
    (shape,) = [layer["encoding"]["shape"] for layer in spec["layer"] if "shape" in str(layer)]
    assert shape["scale"]["domain"] == ["better", "worse", "not told apart"]
    assert len({*shape["scale"]["range"]}) == 3
    told = [layer["encoding"] for layer in spec["layer"] if "tooltip" in layer["encoding"]]
    assert [("x2" in encoding, encoding["x"]["field"]) for encoding in told] == [
        *((False, "gain"), (True, "low")),  # the point, and the whole bar
    ]
    x = spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert x[0] == -x[1]
    assert x[1] > max(point["high"] for point in points)


def test_every_caption_line_of_an_ingredient_names_its_paper() -> None:
    others = [row for name, row in rows(12).items() if name != NAME]
    help_ = view.meanings(others)
    assert help_.count("- **") == 1 + 20 + 3  # the recipe, and the words of the bars
    assert "- **The recipe**: Batches of 128, rate 0.003, weight decay 0.3, sharpness 0.5" in help_
    assert "**No label smoothing**: The target is the class alone" in help_
    assert "(Szegedy et al., Rethinking the Inception Architecture, 2016)" in help_


def test_two_standard_errors_are_left_by_chance_as_often_as_is_said() -> None:
    assert 1 / math.erfc(comparison.SURE / math.sqrt(2)) == pytest.approx(view.BY_CHANCE, rel=0.1)


def test_the_words_of_the_bars_are_explained() -> None:
    runs = list(rows(12).values())
    assert "- **Standard error**: How far" in view.meanings(runs)
    assert view.UNPAIRED in view.meanings(runs)
    assert view.UNPAIRED not in view.meanings([replace(row, paired=True) for row in runs])


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        ([(0,), (0,), (0,)], "seed 0"),
        ([(0, 1, 2), (0, 1, 2), (0, 1, 2)], "seeds 0, 1, 2"),
        ([(0, 1), (0,), (0, 1)], "seed 0 (also 1: The recipe; mixup, half of the batches)"),
        ([(0, 1), (0, 1), (0, 1, 4)], "seeds 0, 1 (also 4: mixup, half of the batches)"),
        ([(1,), (2,), (1,)], "seeds (1: The recipe; mixup, half of the batches; 2: Batches of 64)"),
    ],
)
def test_the_seeds_of_rows_that_have_more_are_said_of_these_alone(
    seeds: list[tuple[int, ...]], said: str
) -> None:
    row = next(iter(rows(12).values()))
    names = (NAME, "batch-64", "mixup")
    runs = [replace(row, name=name, seeds=one) for name, one in zip(names, seeds, strict=True)]
    assert view.seeds(runs) == said


@pytest.mark.parametrize(
    ("paired", "said"),
    [
        ([False, False], "unpaired"),
        ([True, False], "partly unpaired"),
        ([True, True], "paired by image"),
    ],
)
def test_the_caption_says_whether_the_answers_were_compared(paired: list[bool], said: str) -> None:
    row = next(iter(rows(12).values()))
    assert view.pairs([replace(row, paired=one) for one in paired]) == said


def test_many_rows_with_more_seeds_are_counted() -> None:
    """A caption that names each of them would push what follows out of the window."""
    row, names = next(iter(rows(12).values())), [NAME, "batch-64", "mixup", "cutmix", "triangle"]
    runs = [replace(row, name=name, seeds=(0, 2)) for name in names]
    assert view.seeds(runs) == "seeds 0, 2"
    alone = replace(runs[0], name="beta2-0.99", seeds=(0,))
    said = "seed 0 (5 of 6 rows have more; their tooltips say which)"
    assert view.seeds([*runs, alone]) == said
    apart = [replace(row, seeds=(seed,)) for seed, row in enumerate(runs)]
    assert view.seeds(apart) == "seeds in the tooltips"
    table = view.table([replace(one, difference=Estimate(0.01, 0.004)) for one in [*runs, alone]])
    column = table.columns.index("seeds")
    assert [cells[column] for cells in table.rows.values()] == [*["0, 2"] * 5, "0"]


def test_a_missing_result_is_a_sentence(checkpoint_copy: Path) -> None:
    results.path(homework.INGREDIENTS_RESULT, checkpoint_copy).unlink()
    app = opened()
    assert "cifar10_resnet_ingredients.json is missing" in app.error[0].value
    assert not app.get("vega_lite_chart")


def test_runs_without_the_recipe_are_a_sentence(checkpoint_copy: Path) -> None:
    path = results.path(homework.INGREDIENTS_RESULT, checkpoint_copy)
    card = json.loads(path.read_text())
    del card["sum"]
    card["runs"] = [run for run in card["runs"] if run["name"] != NAME]
    path.write_bytes(json_bytes(card))
    assert "no ingredient was trained for as many epochs as the recipe" in opened().error[0].value
