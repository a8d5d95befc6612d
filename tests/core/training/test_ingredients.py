"""The list of ingredients: each differs from the recipe, and in what it says alone."""

from dataclasses import asdict

import pytest

from core.training.config import TrainConfig
from core.training.ingredients import BASE, HELD_OUT, INGREDIENTS, NAME, title


def test_the_recipe_that_all_are_compared_with_stays() -> None:
    expected = {
        "epochs": 30,
        "batch_size": 128,
        "learning_rate": 3e-3,
        "warmup": 0.2,
        "weight_decay": 0.3,
        "label_smoothing": 0.1,
        "average": 0.999,
        "precise_bn": True,
        "sharpness": 0.5,
        "cutmix": 0.0,
        "mixup": 0.0,
        "betas": (0.9, 0.999),
    }
    assert {name: getattr(BASE, name) for name in expected} == expected
    assert INGREDIENTS[NAME].settings == {}


@pytest.mark.parametrize("name", INGREDIENTS)
def test_a_run_differs_from_the_recipe_in_its_ingredient_alone(name: str) -> None:
    ingredient = INGREDIENTS[name]
    config = ingredient.config(12, 7, precision="bf16")
    own = {"epochs": 12, "seed": 7, "held_out": HELD_OUT, "precision": "bf16"}
    assert asdict(config) == asdict(BASE) | own | dict(ingredient.settings)
    unchanged = [key for key, value in ingredient.settings.items() if getattr(BASE, key) == value]
    assert unchanged == []
    kept = TrainConfig.from_dict(asdict(BASE) | ingredient.as_kept)
    assert {key: getattr(kept, key) for key in ingredient.settings} == dict(ingredient.settings)


def test_no_two_are_the_same_and_each_says_what_it_does() -> None:
    settings = [sorted(one.settings.items()) for one in INGREDIENTS.values()]
    assert all(settings.count(one) == 1 for one in settings)
    assert len({one.title for one in INGREDIENTS.values()}) == len(INGREDIENTS)
    for one in INGREDIENTS.values():
        assert one.sentence.endswith(".")
        assert bool(one.paper) == (one.name != NAME)
        assert " " not in one.name
    assert next(iter(INGREDIENTS)) == NAME, "measured first: without it nothing is compared"


def test_one_that_is_gone_is_called_by_its_name() -> None:
    assert title("cutmix") == "CutMix, half of the batches"
    assert title("of another day") == "of another day"
