"""The benchmark of the time to an accuracy: where a curve is from, and what follows from it."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import time_to_accuracy
from benchmarks.step_rates import Rates
from benchmarks.timed_recipes import PLAIN, RECIPES, Recipe
from commands import training
from core import checkpoints, homework
from core.checkpoints import results
from core.training.recipes import RECIPES as TRAININGS

SHORT = TRAININGS[homework.SHORT_RESNET]
RUN = {
    "name": "beta2-0.99",
    "settings": {"betas": [0.9, 0.99]},
    "epochs": 2,
    "held_out": 5_000,
    "precision": "bf16",
    "loss": 0.5,
    "train_accuracy": 0.8,
    "seconds": 3.0,
    "epoch_seconds": 1.0,
    "wrong": None,
    "hardware": {
        "device": "cuda",
        "cpu": "a processor",
        "cores": 16,
        "threads": 16,
        "processes": 1,
        "gpu": "a card",
    },
}


def test_a_curve_of_a_card_ends_with_what_is_kept() -> None:
    curve = time_to_accuracy.of_card(homework.SHORT_RESNET, checkpoints.CHECKPOINTS)
    card = checkpoints.load_card(homework.SHORT_RESNET)
    assert len(curve.accuracies) == 30
    assert curve.accuracies[-1] == card["result"]["validation_accuracy"]
    assert curve.accuracies[-1] != card["history"][-1]["validation_accuracy"]
    assert (curve.validated_on, curve.computed_by) == ("the test images", "AMD EPYC")


def test_a_curve_of_an_ingredient_is_that_of_its_least_seed(tmp_path: Path) -> None:
    versions = checkpoints.load_card(homework.RESNET)["versions"]
    found = [
        RUN | {"seed": seed, "curve": [0.5, end], "accuracy": end + 0.01, "versions": versions}
        for seed, end in ((3, 0.7), (1, 0.6))
    ]
    results.save(
        homework.INGREDIENTS_RESULT,
        {"runs": found},
        command="train_all.py ingredients",
        seconds=1.0,
        seed=0,
        device="cpu",
        folder=tmp_path,
    )
    curve = time_to_accuracy.of_ingredient("beta2-0.99", 2, tmp_path)
    assert curve is not None
    assert curve.accuracies == [0.5, 0.61]
    assert curve.validated_on == "5,000 held-out training images"
    assert curve.computed_by == "a card"
    expected = replace(SHORT, epochs=2, betas=(0.9, 0.99), held_out=5_000, precision="bf16")
    assert curve.config == expected
    assert time_to_accuracy.of_ingredient("beta2-0.99", 3, tmp_path) is None
    assert time_to_accuracy.of_ingredient("beta2-0.99", 2, tmp_path / "empty") is None


def test_recipes_with_the_same_steps_are_measured_once() -> None:
    short = Recipe("short", "Short", "A recipe.", ("--short",))
    other = replace(SHORT, epochs=60, learning_rate=1e-2, warmup=0.5, seed=3)
    kind = time_to_accuracy.kind_of(short, SHORT)
    assert time_to_accuracy.kind_of(short, other) == kind
    assert time_to_accuracy.kind_of(short, replace(SHORT, sharpness=0.0)) != kind
    assert time_to_accuracy.kind_of(short, replace(SHORT, batch_size=64)) != kind
    assert time_to_accuracy.kind_of(PLAIN, SHORT) is None
    alone = time_to_accuracy.kind_of(replace(short, options=("--short", "--processes", "1")), SHORT)
    assert kind is not None
    assert alone == ((*kind[0], "--processes", "1"), kind[1])


def test_no_two_recipes_have_one_name_or_one_folder() -> None:
    names = [recipe.name.replace(" ", "_") for recipe in RECIPES]
    assert len({*names}) == len(names)
    assert RECIPES[0] is PLAIN


def test_a_row_holds_minutes_and_how_many_times_as_fast() -> None:
    recipe = Recipe("name", "A title", "A recipe.", ())
    curve = time_to_accuracy.Curve([0.8, 0.86, 0.91], "some images", "a processor", SHORT)
    line = time_to_accuracy.row(recipe, curve, [60.0] * 3, [1_200.0, None, None, None])
    assert line.split() == ["A", "title", "3.0", "91.00%", "2.0", "(10.0", "x)", "3.0", "-", "-"]


def test_rates_are_told_with_those_of_the_statistics_where_there_are_some() -> None:
    rates = Rates({16: 900.4, 32: 300.0})
    assert time_to_accuracy.told(rates) == "16 px 900/s, 32 px 300/s"
    assert time_to_accuracy.told(replace(rates, statistics=99.6)).endswith(", statistics 100/s")


@pytest.mark.parametrize("recipe", [recipe for recipe in RECIPES if recipe.options])
def test_what_is_typed_for_a_recipe_is_understood(recipe: Recipe) -> None:
    words = recipe.settings.split()
    assert words[:4] == ["train_all.py", "resnet", "--held-out", "5000"]
    with training.resnet.make_context("resnet", list(recipe.options or ())) as context:
        assert context.params["epochs"] or "--short" in words
