"""core.training.config: the settings refuse what cannot be trained with, and survive their card."""

import json
import math
from dataclasses import asdict, replace

import pytest

from core.training.config import TrainConfig, with_overrides
from core.training.recipes import RECIPES
from tests.core.training.runs import CONFIG


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("epochs", 0, "Expected epochs from 1 to 10000, got 0"),
        ("epochs", 10_001, "Expected epochs from 1 to 10000, got 10001"),
        ("batch_size", 0, "Expected batch_size from 1 to 1000000, got 0"),
        ("learning_rate", 0.0, "Expected a learning_rate above 0, got 0"),
        ("learning_rate", -1.0, "Expected learning_rate from 0.0 to 1000.0, got -1.0"),
        ("learning_rate", math.inf, "Expected learning_rate from 0.0 to 1000.0, got inf"),
        ("warmup", 1.1, "Expected warmup from 0.0 to 1.0, got 1.1"),
        ("weight_decay", -0.1, "Expected weight_decay from 0.0 to 1000.0, got -0.1"),
        ("label_smoothing", 1.5, "Expected label_smoothing from 0.0 to 1.0, got 1.5"),
        ("average", -0.5, "Expected average from 0.0 to 1.0, got -0.5"),
        ("gradient_clip", -1.0, "Expected gradient_clip from 0.0 to 1000000000.0, got -1.0"),
        ("held_out", -1, "Expected held_out from 0 to 1000000, got -1"),
        ("limit", -1, "Expected limit from 0 to 1000000000, got -1"),
        ("seed", -1, "Expected seed from 0 to 2147483647, got -1"),
        ("seed", 2**31, "Expected seed from 0 to 2147483647, got 2147483648"),
        (
            "schedule",
            "cosine",
            "Expected schedule to be one of constant, one_cycle, triangle, got 'cosine'",
        ),
        (
            "augmentation",
            "flip",
            "Expected augmentation to be one of none, shift, affine, crop_flip, got 'flip'",
        ),
        ("precision", "fp8", "Expected precision to be one of fp32, bf16, fp16, got 'fp8'"),
        ("betas", (0.9,), r"Expected betas to be two numbers from 0 to below 1, got \(0.9,\)"),
        (
            "betas",
            (0.9, 1.0),
            r"Expected betas to be two numbers from 0 to below 1, got \(0.9, 1.0\)",
        ),
        (
            "betas",
            (math.nan, 0.9),
            r"Expected betas to be two numbers from 0 to below 1, got \(nan, 0.9\)",
        ),
        ("optimizer", "adagrad", "Expected optimizer to be one of adam, sgd, got 'adagrad'"),
        ("momentum", 1.0, "Expected momentum from 0 to below 1, got 1.0"),
        (
            "momentum",
            0.9,
            "Expected momentum with the optimizer sgd, got 0.9 with adam, whose momentum is the "
            "first of betas",
        ),
    ],
)
def test_a_setting_out_of_range_is_refused(setting: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(CONFIG, **{setting: value})


@pytest.mark.parametrize(
    "setting", ["learning_rate", "warmup", "weight_decay", "label_smoothing", "average"]
)
def test_nan_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match=f"Expected {setting} from .*, got nan"):
        replace(CONFIG, **{setting: math.nan})


@pytest.mark.parametrize("setting", ["epochs", "batch_size", "held_out", "limit", "seed"])
@pytest.mark.parametrize("value", [2.5, "3", None])
def test_what_counts_must_be_a_whole_number(setting: str, value: object) -> None:
    with pytest.raises(TypeError, match=f"Expected {setting} to be a whole number, got {value!r}"):
        replace(CONFIG, **{setting: value})


def test_a_rate_must_be_a_number() -> None:
    with pytest.raises(TypeError, match="Expected learning_rate to be a number, got 'fast'"):
        replace(CONFIG, learning_rate="fast")


@pytest.mark.parametrize("config", [CONFIG, *RECIPES.values()])
def test_a_configuration_survives_its_card(config: TrainConfig) -> None:
    assert TrainConfig.from_dict(json.loads(json.dumps(asdict(config)))) == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nesterov": True}, "Expected the settings .*momentum"),
        ({"epochs": 0}, "Expected epochs from 1"),
        ({"epochs": "3"}, "The configuration does not fit: Expected epochs to be a whole number"),
        ({"betas": 3}, "The configuration does not fit"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainConfig.from_dict(asdict(CONFIG) | change)


@pytest.mark.parametrize("values", [[], None, {}, {"model": "MnistCNN"}])
def test_a_configuration_with_something_missing_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match=r"Expected the settings|The configuration does not fit"):
        TrainConfig.from_dict(values)


def test_an_override_that_was_not_given_changes_nothing() -> None:
    assert with_overrides(CONFIG, epochs=None, seed=7) == replace(CONFIG, seed=7)


def test_the_recipe_of_the_cnn_meets_the_homework() -> None:
    recipe = RECIPES["mnist_cnn"]
    assert recipe.epochs >= 5
    assert (recipe.model, recipe.dataset, recipe.held_out, recipe.limit) == (
        "MnistCNN",
        "mnist",
        0,
        0,
    )
