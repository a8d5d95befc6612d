"""The benchmark of the time to an accuracy: the steps of an epoch, and what follows from them."""

from dataclasses import replace

import pytest

from benchmarks import time_to_accuracy
from benchmarks.time_to_accuracy import PLAIN, RECIPES, Recipe, seconds_per_epoch, steps_by_size
from core import checkpoints, homework
from core.training.recipes import RECIPES as TRAININGS

GROWING = replace(
    TRAININGS[homework.RESNET], epochs=5, first_size=16, full_size_from=0.7, cutmix=0.0
)


def test_an_epoch_has_as_many_steps_of_a_size_as_its_training() -> None:
    epochs = steps_by_size(GROWING)
    assert len(epochs) == 5
    assert [epoch.total() for epoch in epochs] == [352] * 5
    assert dict(epochs[0]) == {16: 352}
    assert set(epochs[1]) == {16, 24}
    assert dict(epochs[4]) == {32: 352}


def test_an_epoch_takes_as_long_as_its_steps() -> None:
    rates = {16: 900.0, 24: 450.0, 32: 300.0}
    seconds = seconds_per_epoch(GROWING, rates)
    assert seconds[0] == pytest.approx(50)
    assert seconds[4] == pytest.approx(150)
    assert 50 < seconds[1] < 100


def test_what_is_measured_has_the_recipes_steps_and_no_sizes_of_its_own() -> None:
    (growing,) = (recipe for recipe in RECIPES if recipe.name == "fast 5")
    words = time_to_accuracy._without_sizes(growing.options or ())
    assert words[:2] == ["--set", "sharpness=0"]
    assert not any("size" in word or word == "--epochs" for word in words)
    assert time_to_accuracy._without_sizes(("--short",)) == ["--short"]


def test_a_curve_of_a_card_says_where_it_is_from() -> None:
    curve = time_to_accuracy.of_card(PLAIN.curve, checkpoints.CHECKPOINTS)
    assert len(curve.accuracies) == 30
    assert curve.origin == "the test images, AMD EPYC"


def test_a_row_holds_minutes_and_how_many_times_as_fast() -> None:
    recipe = Recipe("name", "A title", ())
    curve = time_to_accuracy.Curve([0.8, 0.86, 0.91], "somewhere", GROWING)
    line = time_to_accuracy.row(recipe, curve, [60.0] * 3, [1_200.0, None, None, None])
    assert line.split() == ["A", "title", "3.0", "91.00%", "2.0", "(10.0", "x)", "3.0", "-", "-"]
