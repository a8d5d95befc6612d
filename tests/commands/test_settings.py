"""The settings of a training on the command line."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch

from commands import trainer
from commands.settings import without_effect
from commands.training import NETWORKS
from core import checkpoints
from core.training.config import TrainConfig
from core.training.recipes import RECIPES
from tests.commands.helpers import Run, asked, assert_one_sentence, configuration
from train_all import main


def test_the_options_decide_the_settings(run: Run, tmp_path: Path) -> None:
    assert (
        run("--seed", "7", "--lr", "0.002", "--batch-size", "100", "--precision", "bf16", epochs=1)
        == 0
    )
    config = TrainConfig.from_dict(checkpoints.load_card("mnist_cnn", tmp_path / "out")["config"])
    assert config == configuration(
        epochs=1, seed=7, learning_rate=0.002, batch_size=100, precision="bf16"
    )


def test_set_chooses_the_settings_without_an_option(run: Run, tmp_path: Path) -> None:
    chosen = ("average=0", "schedule=constant", "betas=(0.8, 0.99)", "warmup=0.5", "sharpness=1")
    assert run(*(part for setting in chosen for part in ("--set", setting)), epochs=1) == 0
    config = TrainConfig.from_dict(checkpoints.load_card("mnist_cnn", tmp_path / "out")["config"])
    assert config == configuration(
        epochs=1, average=0.0, schedule="constant", betas=(0.8, 0.99), warmup=0.5, sharpness=1.0
    )


# Those with an option of their own, and those that belong to the network.
WITH_AN_OPTION = {
    *("epochs", "batch_size", "learning_rate", "augmentation", "held_out", "limit", "seed"),
    *("precision", "model", "dataset"),
}


@pytest.mark.parametrize(
    ("command", "recipe"), [("mnist", "mnist_cnn"), ("resnet", "cifar10_resnet")]
)
def test_the_help_explains_every_setting(
    capsys: pytest.CaptureFixture, command: str, recipe: str
) -> None:
    assert main([command, "--help"]) == 0
    told = capsys.readouterr().out.partition("settings of --set")[2]
    free = [field.name for field in fields(TrainConfig) if field.name not in WITH_AN_OPTION]
    assert re.findall(r"^  (\w+)=", told, re.MULTILINE) == free
    for name in free:
        assert f"  {name}={getattr(RECIPES[recipe], name)}: " in told


@pytest.mark.parametrize("command", NETWORKS)
def test_without_options_the_recipe_decides(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    for network, request, _ in asked(monkeypatch, command, "--precision", "fp32"):
        assert trainer.configuration(network, request, torch.device("cpu")) == RECIPES[network]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--epochs", "0"), "'--epochs': expected a number from 1 to 10000, got 0"),
        (("--lr", "nan"), "'--lr': expected a number from 0.0 to 1000.0, got nan"),
        (("--lr", "0"), "Expected a learning_rate above 0"),
        (("--batch-size", "-1"), "'--batch-size': expected a number from 1"),
        (("--seed", "-1"), "'--seed': expected a number from 0 to 2147483647, got -1"),
        (("--held-out", "-1"), "'--held-out': expected a number from 0"),
        (("--epochs", "9" * 5000), "expected a number from 1 to 10000, got 9"),
        (("--epochs", "-" + "9" * 5000), "9, which is too large"),
        (("--lr", "1e-400"), "from 0.0 to 1000.0, got 1e-400, which is too close to 0"),
        (("--lr", "-1e400"), "got -1e400, which is too large"),
        (("--lr", "inf"), "got inf"),
        (("--lr", "0.0e-400"), "Expected a learning_rate above 0, got 0"),
        (("--set", "average=1e-400"), "average to be a number, got 1e-400, which is too close"),
        (("--set", "attack_steps=" + "9" * 5000), "9, which is too large"),
        (("--set", "average=2"), "Expected average from 0.0 to 1.0, got 2.0"),
        (("--set", "average=1_0"), "Expected average to be a number, got '1_0'"),
        (("--set", "betas=0.9,0.9_5"), "Expected betas to be two numbers from 0 to below 1"),
        (("--set", "average=much"), "Expected average to be a number, got 'much'"),
        (("--set", "betas=3"), "Expected betas to be two numbers from 0 to below 1, got '3'"),
        (("--set", "precise_bn=1"), "Expected precise_bn to be True or False, got '1'"),
        (("--set", "channels_last=1"), "Expected channels_last to be True or False, got '1'"),
        (
            ("--set", "schedule=two_cycle"),
            "Expected schedule to be one of constant, one_cycle, triangle, got 'two_cycle'",
        ),
        (
            ("--set", "averages=0.5"),
            "--set averages=0.5: expected NAME=VALUE with NAME one of adam_epsilon",
        ),
        (("--set", "model=ResNet"), "--set model=ResNet: expected NAME=VALUE"),
        (("--set", "average="), "Expected average to be a number, got ''"),
        (("--set", "average"), "--set average: expected NAME=VALUE"),
        (
            ("--held-out", "300"),
            "--held-out: Expected between 1 and 299 images to hold out, got 300",
        ),
    ],
)
def test_a_setting_out_of_range_is_one_sentence(
    run: Run, capsys: pytest.CaptureFixture, arguments: tuple[str, ...], part: str
) -> None:
    assert run(*arguments) == 2
    assert_one_sentence(capsys.readouterr().err, part)


@pytest.mark.parametrize(
    ("setting", "needed"),
    [
        ("dropout=0.2", "the network DigitNet"),
        ("attack_steps=3", "attack_epsilon above 0"),
        ("mixed_until=0.5", "cutmix or mixup above 0"),
        ("full_size_from=0.5", "first_size above 0"),
        ("sharpness_every=2", "sharpness above 0"),
        ("precise_bn=True", "the ResNet's batch normalisation"),
        ("precise_images=100", "precise_bn=True"),
    ],
)
def test_a_setting_that_changes_nothing_is_told(
    run: Run, capsys: pytest.CaptureFixture, setting: str, needed: str
) -> None:
    assert run("--set", setting, epochs=1) == 0
    said = f"{setting} changes nothing in this training: it needs {needed}."
    assert said in capsys.readouterr().err.splitlines()


def test_a_setting_that_has_what_it_needs_changes_something() -> None:
    plain = RECIPES["cifar10_resnet_plain"]
    two = replace(plain, optimizer="sgd", betas=(0.9, 0.99), warmup=0.5)
    assert [one.partition("=")[0] for one in without_effect(two, plain)] == ["warmup", "betas"]
    assert without_effect(replace(two, betas=plain.betas, schedule="one_cycle"), plain) == []
    for recipe in RECIPES.values():
        assert without_effect(recipe, recipe) == []


@pytest.mark.parametrize(
    "arguments", [["--epochs", "many"], ["--device", "tpu"], ["--precision", "fp8"], ["--nothing"]]
)
def test_an_option_that_is_none_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture
) -> None:
    assert main(["mnist", *arguments]) == 2
    assert_one_sentence(capsys.readouterr().err, *arguments)
