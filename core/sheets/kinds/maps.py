"""The exercise about class activation maps: four cells, and the logit that they make."""

from __future__ import annotations

from random import Random
from urllib.parse import urlencode

import torch
from jaxtyping import Float64
from torch import Tensor

from core.checking.bugs import conv, maps, resnet  # noqa: F401 - they enter their bugs
from core.checking.bugs.registry import BUGS
from core.checking.cases import numbers
from core.explain.questions.question import Option
from core.sheets.exercise import LETTERS, Blank, Exercise, Grid, added, blank, exercise, written
from core.sheets.kinds.convolutions import grid

# maps that are added up, the largest weight, whether weights may be below zero
SETTINGS = {1: (2, 2, False), 2: (2, 3, True), 3: (3, 3, True)}
LEFT_OUT = {"features-before-relu", "evaluation-mode-forgotten", "map-sign-lost"}
CLASSES = ("cat", "dog")
SIDE = 2


def cam(rng: Random, level: int) -> Exercise | None:
    """The map of one class of two, and its logit."""
    channels, largest, signed = SETTINGS[level]
    features = numbers(rng, (channels, SIDE, SIDE), 0, 5)
    weight = numbers(rng, (len(CLASSES), channels), -largest if signed else 1, largest)
    bias = numbers(rng, (len(CLASSES),), -3, 3)
    asked = rng.randrange(len(CLASSES))
    has_minus = bool((weight[asked] < 0).any())
    if bool((weight == 0).any()) or has_minus != signed or float(bias[asked]) == 0:
        return None
    if torch.equal(weight[0], weight[1]):  # the other class's map would pass for this one's
        return None
    setting = maps.MapSetting(features, features, features, weight, bias)
    values = maps.right(setting)[asked]
    weights = torch.cat((weight, bias[:, None]), 1)
    names = [f"Map {number}" for number in range(1, channels + 1)]
    rows = tuple(tuple(map(written, row)) for row in weights.tolist())
    head = (*(f"map {number}" for number in range(1, channels + 1)), "bias")
    return exercise(
        "Class activation map",
        f"The last maps, and each class's weights for them. Fill in the map of “{CLASSES[asked]}”, "
        "then its logit: the mean of its map plus the bias.",
        [
            *(Grid(name, grid(one)) for name, one in zip(names, features)),
            Grid("Weights", (head, *rows), ("", *CLASSES)),
            Grid(f"Map of {CLASSES[asked]}", (("a", "b"), ("c", "d"))),
        ],
        [*_cells(setting, asked), _logit(values, float(bias[asked]))],
        "cam?" + urlencode({"view": "The sum"}),
    )


def _cells(setting: maps.MapSetting, asked: int) -> list[Blank | None]:
    """The blanks of the map, with what each bug of the catalogue shows in its place."""
    right = maps.right(setting)[asked].flatten().tolist()
    wrong = [
        (BUGS[name].title, model(setting)[asked].flatten().tolist())
        for name, models in maps.MODELS.items()
        if name not in LEFT_OUT
        for model in (models[:1] if name == "map-of-other-class" else models)
    ]
    weights = setting.weight[asked].tolist()
    terms = [
        added(
            *(f"{written(weight)}·{written(float(cell))}" for weight, cell in zip(weights, column))
        )
        for column in setting.features.flatten(1).T.tolist()
    ]
    return [
        blank(
            f"cell {LETTERS[index]}",
            Option((value,), f"{terms[index]} = {written(value)}"),
            [Option((values[index],), title) for title, values in wrong],
        )
        for index, value in enumerate(right)
    ]


def _logit(values: Float64[Tensor, "h w"], bias: float) -> Blank | None:
    total, mean = float(values.sum()), float(values.mean())
    terms = added(f"{written(total)} / {values.numel()}", written(bias))
    rule = f"{terms} = {written(mean + bias)}"
    return blank(
        "logit",
        Option((mean + bias,), rule),
        [
            Option((total + bias,), BUGS["sum-for-mean"].title),
            Option((mean,), BUGS["bias-forgotten"].title),
            Option((mean - bias,), BUGS["bias-subtracted"].title),
            Option((mean + 2 * bias,), BUGS["bias-added"].title),
            Option((float(values.max()) + bias,), BUGS["max-pool-for-average"].title),
        ],
    )
