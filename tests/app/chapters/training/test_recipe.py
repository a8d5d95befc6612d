"""The words that the Training chapter has for a card's settings."""

from dataclasses import asdict, fields
from typing import Any

import pytest

from app.chapters.training import recipe
from core.checkpoints.cards import why_validation_leads
from core.training.config import TrainConfig
from core.training.recipes import RECIPES


def card(name: str, **result: float) -> dict[str, Any]:
    record = {"validation_accuracy": 0.9, "validation_loss": 0.5, "epochs": 2}
    history = [record, record]
    return {
        "title": "Net",
        "config": asdict(RECIPES[name]),
        "history": history,
        "result": record | result,
    }


def test_every_term_is_a_setting() -> None:
    told = recipe.TERMS.keys() | recipe.SWITCHES.keys()
    assert told < {field.name for field in fields(TrainConfig)}


@pytest.mark.parametrize(
    "name", ["mnist_cnn", "cifar10_resnet", "cifar10_resnet_short", "cifar10_resnet_plain"]
)
def test_a_term_is_told_and_explained_where_the_run_used_it(name: str) -> None:
    cards, config = [card(name)], asdict(RECIPES[name])
    line, meanings = recipe.line(cards), recipe.meanings(cards)
    used = {term: config[key] for key, term in (recipe.TERMS | recipe.SWITCHES).items()}
    used |= {"one-cycle rate": config["schedule"] == "one_cycle"}
    for term, value in used.items():
        assert (term in line) == bool(value), term
        assert (f"**{term[0].upper()}{term[1:]}**" in meanings) == bool(value), term


@pytest.mark.parametrize("name", ["cifar10_resnet", "cifar10_resnet_short"])
def test_what_sets_a_recipe_apart_from_the_plain_run_is_told(name: str) -> None:
    ours, plain = asdict(RECIPES[name]), asdict(RECIPES["cifar10_resnet_plain"])
    named = recipe.TERMS.keys() | recipe.SWITCHES.keys()
    named |= {"learning_rate", "schedule", "warmup", "epochs"}
    assert {key for key in ours if ours[key] != plain[key]} <= named


def test_two_runs_are_told_apart() -> None:
    line = recipe.line([card("cifar10_resnet"), card("cifar10_resnet_plain")])
    assert line.startswith("2 epochs: Adam at a one-cycle rate up to 0.003")
    assert line.endswith("Plain Adam: Adam at a fixed rate of 0.001.")


def test_why_the_diamond_is_not_on_the_curve_is_told() -> None:
    made = card("cifar10_resnet", validation_accuracy=0.91)
    why = (
        "The curve ends at 90.00%, since after the last epoch batch normalisation's statistics are "
        "measured anew, on unchanged training pictures"
    )
    assert recipe.diamonds_line([made]) == f"Diamond: the final 91.00%. {why}."
    for other in (card("cifar10_resnet"), card("mnist_cnn", validation_accuracy=0.91)):
        assert recipe.diamonds_line([other]) == ""
    two = [made, card("cifar10_resnet_short", validation_accuracy=0.92)]
    assert recipe.diamonds_line([*two, card("cifar10_resnet_plain")]) == (
        f"Diamond: the final 91.00%, of 2 epochs 92.00%. {why}."
    )


def test_the_last_epoch_names_what_ships_where_it_differs() -> None:
    made = card("cifar10_resnet", validation_accuracy=0.91)
    assert (
        "accuracy 90.00% (91.00% as shipped, with batch-normalisation statistics"
        in recipe.epoch_line(made, 2)
    )
    assert "shipped" not in recipe.epoch_line(made, 1)
    assert "shipped" not in recipe.epoch_line(card("cifar10_resnet"), 2)


@pytest.mark.parametrize(
    ("training", "said"),
    [
        ((0.9, 0.9, 0.99, 0.99), ""),
        ((0.8, 0.8, 0.8, 0.8), "in every epoch, since"),
        ((0.8, 0.9, 0.99, 0.99), "in the first epoch, since"),
        ((0.8, 0.8, 0.9, 0.99), "in the first 2 epochs, since"),
        ((0.99, 0.8, 0.9, 0.99), "in 1 of 4 epochs, since"),
    ],
)
def test_why_validation_leads_is_told_where_it_does(training: tuple[float, ...], said: str) -> None:
    history = [{"train_accuracy": one, "validation_accuracy": 0.9} for one in training]
    config = card("cifar10_resnet")["config"]
    told = why_validation_leads(history, config)
    assert said in told
    assert bool(told) == bool(said)
    two = why_validation_leads(history, config, of="200 epochs")
    assert two == told.replace("Validation is", "Validation of the 200 epochs is")
    unmixed = why_validation_leads(history, config | {"cutmix": 0.0})
    assert told.replace("changed pictures, mixed in every epoch", "changed pictures") == unmixed
    assert (unmixed != told) == bool(said)


def test_the_epoch_after_which_no_picture_is_mixed_is_named() -> None:
    """The training curve leaps there."""
    history = [{"train_accuracy": 0.8, "validation_accuracy": 0.9}] * 20
    config = card("cifar10_resnet")["config"] | {"cutmix": 0.5, "mixed_until": 0.85}
    ends = "on randomly changed pictures, mixed up to epoch 17; validation after"
    assert ends in why_validation_leads(history, config)
    between = why_validation_leads(history, config | {"mixed_until": 0.86})
    assert "mixed up to epoch 18;" in between
    always = why_validation_leads(history, config | {"mixed_until": 1.0})
    assert "mixed in every epoch;" in always
    assert "mixed" not in why_validation_leads(history, config | {"cutmix": 0.0})


@pytest.mark.parametrize(
    ("network", "training", "validation"),
    [
        (
            "cifar10_resnet",
            "move, at the worst ones nearby, on randomly changed pictures, mixed up to",
            "after the epoch, with averaged weights, on unchanged pictures.",
        ),
        ("cifar10_resnet_plain", "move, on randomly changed pictures;", "after the epoch, on "),
        ("mnist_model_b", "move, on attacked pictures;", "averaged weights, on unchanged"),
    ],
)
def test_all_that_makes_training_harder_is_named(
    network: str, training: str, validation: str
) -> None:
    history = [{"train_accuracy": 0.8, "validation_accuracy": 0.9}] * 20
    told = why_validation_leads(history, card(network)["config"])
    assert training in told
    assert validation in told
