"""The settings of a training as options: made from the fields of ``TrainConfig``, in the words of
its docstring.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, get_args, get_type_hints

import click

from commands.options import Number, Option, number_in, one_of
from core.training.config import AUGMENTATIONS, RANGES, TrainConfig
from core.training.recipes import RECIPES

# The network has its model and data set; --precision takes "auto" besides.
APART = {"model", "dataset", "precision"}
# The settings that become an option, and its name; --set has the others.
OPTIONS = {
    "epochs": "--epochs",
    "batch_size": "--batch-size",
    "learning_rate": "--lr",
    "augmentation": "--augmentation",
    "held_out": "--held-out",
    "limit": "--limit",
    "seed": "--seed",
}
TYPES = get_type_hints(TrainConfig)
OTHERS = {
    field.name: field.default
    for field in fields(TrainConfig)
    if field.name not in APART | OPTIONS.keys()
}


Need = tuple[str, Callable[[TrainConfig], bool]]
ADAMS: Need = ("the optimizer adam", lambda config: config.optimizer == "adam")
# Settings that change nothing alone: what each needs besides, and whether a training has it.
NEEDS: dict[str, Need] = {
    "warmup": (
        "another schedule than constant, or an attack_epsilon above 0",
        lambda config: config.schedule != "constant" or config.attack_epsilon > 0,
    ),
    "betas": ADAMS,
    "adam_epsilon": ADAMS,
    "precise_bn": ("the ResNet's batch normalisation", lambda config: config.model == "ResNet"),
    "precise_images": ("precise_bn=True", lambda config: config.precise_bn),
    "sharpness_every": ("sharpness above 0", lambda config: config.sharpness > 0),
    "mixed_until": ("cutmix or mixup above 0", lambda config: config.cutmix + config.mixup > 0),
    "full_size_from": ("first_size above 0", lambda config: config.first_size > 0),
    "dropout": ("the network DigitNet", lambda config: config.model == "DigitNet"),
    "attack_steps": ("attack_epsilon above 0", lambda config: config.attack_epsilon > 0),
}


def without_effect(config: TrainConfig, recipe: TrainConfig) -> list[str]:
    """A sentence about each setting that differs from the recipe's and yet changes nothing.

    Args:
        config: of the training.
        recipe: that it differs from.
    """
    return [
        f"{name}={getattr(config, name)} changes nothing in this training: it needs {needed}."
        for name, (needed, has) in NEEDS.items()
        if getattr(config, name) != getattr(recipe, name) and not has(config)
    ]


@cache
def meanings() -> dict[str, str]:
    """What each setting means, by name, from the docstring of ``TrainConfig``."""
    attributes = (inspect.getdoc(TrainConfig) or "").partition("Attributes:\n")[2]
    found = re.findall(r"^    (\w+): (.+(?:\n {5,}.+)*)", attributes, re.MULTILINE)
    return {name: " ".join(text.replace("``", "").split()) for name, text in found}


def sentence(meaning: str) -> str:
    """A meaning as a sentence of the help."""
    return f"{meaning[:1].upper()}{meaning[1:].rstrip('.')}."


def recipe_value(networks: Iterable[str], name: str) -> str:
    """A setting's value in the recipes, with the network's name where they differ."""
    values = {network: f"{getattr(RECIPES[network], name)}" for network in networks}
    if len(set(values.values())) == 1:
        return next(iter(values.values()))
    return ", ".join(f"{value} ({network})" for network, value in values.items())


def options(networks: Sequence[str]) -> Callable[[Any], Any]:
    """The decorator that gives a command the options of ``OPTIONS``.

    Each is None unless it is given, since the recipe decides.

    Args:
        networks: those that the command trains, names in ``RECIPES``.
    """

    def decorate(command: Any) -> Any:  # noqa: ANN401 - a function or a command
        for name, option in reversed(OPTIONS.items()):
            taken = _augmentations(networks) if name == "augmentation" else _number(name)
            command = click.option(
                option,
                name,
                cls=Option,
                type=taken,
                show_default=recipe_value(networks, name),
                help=sentence(offered(meanings()[name], taken)),
            )(command)
        return command

    return decorate


def _number(name: str) -> Number:
    """The type of an option for a setting that counts, in its range."""
    return Number(TYPES[name], *RANGES[name])


def offered(
    meaning: str,
    taken: click.ParamType,  # type: ignore[type-arg]
) -> str:
    """A meaning that lists values, without those that an option does not take.

    Args:
        meaning: with each value in quotation marks, perhaps with brackets behind it.
        taken: the type of the option.
    """
    if not isinstance(taken, click.Choice):
        return meaning
    values = re.findall(r'"\w+"(?: \([^)]*\))?', meaning)
    before = meaning[: meaning.index(values[0])]
    *first, last = [value for value in values if value.split('"')[1] in taken.choices]
    return f"{before}{', '.join(first)} or {last}"


def _augmentations(networks: Sequence[str]) -> click.Choice[str]:
    crops = all(RECIPES[network].dataset == "cifar10" for network in networks)
    return one_of(*(name for name in AUGMENTATIONS if crops or name != "crop_flip"))


def explanation(networks: Sequence[str]) -> str:
    """What ``--set`` takes: each setting with its value in the recipe and its meaning."""
    lines = ["\b", "settings of --set, with the recipe's value:"]
    for name in OTHERS:
        text = f"{name}={recipe_value(networks, name)}: {meanings()[name]}"
        lines += textwrap.wrap(text, 96, subsequent_indent="    ")
    return "\n".join(lines)


def parsed(text: str) -> tuple[str, Any]:
    """The name and the value of one ``--set NAME=VALUE``.

    Args:
        text: such as ``average=0.99``; a value that is not of its setting's type stays a text,
            which ``TrainConfig`` refuses.

    Raises:
        click.UsageError: no setting of that name can be set, or Python holds no such number.
    """
    name, equals, value = text.partition("=")
    if name not in OTHERS or not equals:
        raise click.UsageError(
            f"--set {text}: expected NAME=VALUE with NAME one of {', '.join(sorted(OTHERS))}."
        )
    try:
        return name, _read(value, TYPES[name])
    except OverflowError as error:
        raise click.UsageError(
            f"Expected {name} to be a number, got {value}, which is {error}."
        ) from error
    except (KeyError, ValueError):
        return name, value


def _read(text: str, kind: Any) -> Any:  # noqa: ANN401 - a type, and a value of it
    """A value as the type of its setting says.

    Raises:
        KeyError: it is neither True nor False.
        ValueError: it is no number in the digits 0 to 9.
    """
    if kind is bool:
        return {"True": True, "False": False}[text]
    if kind in (int, float):
        return number_in(text, kind)
    if get_args(kind) == (float, float):
        first, second = text.strip(" ()").split(",")  # another number of them is a ValueError
        return _read(first, float), _read(second, float)
    return text
