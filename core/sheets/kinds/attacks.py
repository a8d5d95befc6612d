"""Exercises about attacks: one step, the gradient of the loss, and how often an attack succeeds."""

from __future__ import annotations

from random import Random
from urllib.parse import urlencode

import torch
from jaxtyping import Float64
from torch import Tensor

from core import attacks
from core.checking.bugs.attacks import MODELS, StepSetting
from core.checking.bugs.registry import BUGS
from core.checking.cases import numbers
from core.explain.questions import rates
from core.explain.questions.probabilities import loss_gradients, probabilities
from core.explain.questions.question import Option
from core.explain.questions.rates import Row
from core.sheets.exercise import Blank, Exercise, Grid, blank, exercise, of_options, written
from core.sheets.kinds.convolutions import grid

HIGH = 255.0
PIXELS = 4
EPSILONS = (4, 8, 16)
LEFT_OUT = {"gradient-accumulated"}  # a single step has no earlier ones
OTHER_GOAL = {False: {"targeted-sign-lost"}, True: {"untargeted-sign-lost"}}
# what the powers of e add up to, so that each share has two decimals at most
TOTALS = {1: (10, 3), 2: (20, 4), 3: (50, 4)}
COUNTS = {1: (10, 10), 2: (10, 8), 3: (10, 5)}  # pictures, and those that are right before
TARGET = 8
FGSM = "FGSM, one step"  # as the app calls it, too


def attack(rng: Random, level: int) -> Exercise | None:
    """One step with its projection and its clipping, for four pixels."""
    setting = _setting(rng, level)
    new = _stepped(setting)
    moved = setting.point + setting.step_size * _uphill(setting).sign()
    if not bool((moved != new).any()) or not bool((moved == new).any()):
        return None
    epsilon, size = written(setting.epsilon), written(setting.step_size)
    goal = "down the loss of the target" if setting.targeted else "up the loss of the true class"
    shown = setting.target if setting.targeted else setting.true
    now = [] if level == 1 else [Grid("Picture now", grid(setting.point[0, 0]))]
    name = FGSM if level == 1 else f"PGD, one more step of size {size}"
    shown_in = {"view": "Step by step"} | ({"attack": FGSM} if level == 1 else {})
    whose = "target" if setting.targeted else "true class"
    return exercise(
        "One step of an attack",
        f"{name}, ε = {epsilon}, pixels from 0 to 255: {goal}, by the sign of the gradient. Then "
        "back to within ε of the picture and into the range of pixels. Fill in the new picture.",
        [
            Grid("Picture", grid(setting.start[0, 0])),
            *now,
            Grid(f"Gradient ({whose})", grid(shown[0, 0])),
            Grid("New picture", (("a", "b"), ("c", "d"))),
        ],
        _pixels(setting, new),
        "attack?" + urlencode(shown_in),
    )


def _setting(rng: Random, level: int) -> StepSetting:
    """Where the attack stands; near the ends of the range, and near its own limit."""
    epsilon = float(rng.choice(EPSILONS))
    start = numbers(rng, (1, 1, 2, 2), 20, 235)
    ends = rng.sample(range(PIXELS), 2)
    start.flatten()[ends[0]] = rng.randint(0, int(epsilon) - 1)
    if level > 1:
        start.flatten()[ends[1]] = HIGH - rng.randint(0, int(epsilon) - 1)
    size = epsilon if level == 1 else epsilon / 2
    offset = numbers(rng, (1, 1, 2, 2), -int(epsilon), int(epsilon))
    point = start if level == 1 else (start + offset).clamp(0, HIGH)
    true, target = (_gradients(rng) for _ in range(2))
    return StepSetting(start, point, true, target, true, level == 3, size, epsilon, HIGH)


def _gradients(rng: Random) -> Float64[Tensor, "1 1 2 2"]:
    """Not zero, of either sign, with one or two decimals."""
    values = [rng.randint(1, 99) * rng.choice((-1, 1)) / 100 for _ in range(PIXELS)]
    return torch.tensor(values, dtype=torch.float64).reshape(1, 1, 2, 2)


def _uphill(setting: StepSetting) -> Float64[Tensor, "1 1 2 2"]:
    return -setting.target if setting.targeted else setting.true


def _stepped(setting: StepSetting) -> Float64[Tensor, "1 1 2 2"]:
    """By the step of our own attack."""
    low = (setting.start - setting.epsilon).clamp(min=0.0)
    high = (setting.start + setting.epsilon).clamp(max=setting.high)
    new, _ = attacks.step(
        setting.point,
        _uphill(setting),
        torch.zeros_like(setting.point),
        step_size=setting.step_size,
        momentum=0.0,
        low=low,
        high=high,
    )
    return new


def _pixels(setting: StepSetting, new: Float64[Tensor, "1 1 2 2"]) -> list[Blank | None]:
    """The blanks, with what each bug of the catalogue makes in their places."""
    wrong = [
        (BUGS[name].title, model(setting).flatten().tolist())
        for name, model in MODELS.items()
        if name not in LEFT_OUT | OTHER_GOAL[setting.targeted]
    ]
    moved = (setting.point + setting.step_size * _uphill(setting).sign()).flatten().tolist()
    points = setting.point.flatten().tolist()
    found = []
    for index, value in enumerate(new.flatten().tolist()):
        sign = "+" if moved[index] > points[index] else "−"
        rule = f"{written(points[index])} {sign} {written(setting.step_size)} = "
        rule += written(moved[index])
        if moved[index] != value:
            end = "into the range" if value in (0.0, HIGH) else "back to the limit"
            rule += f", {end}: {written(value)}"
        options = [Option((values[index],), title) for title, values in wrong]
        found.append(blank(f"pixel {'abcd'[index]}", Option((value,), rule), options))
    return found


def entropy(rng: Random, level: int) -> Exercise | None:
    """Probabilities, and which way the loss pulls at the logits."""
    total, count = TOTALS[level]
    cuts = sorted(rng.sample(range(1, total), count - 1))
    powers = [end - start for start, end in zip([0, *cuts], [*cuts, total])]
    label = rng.randrange(count)
    other = rng.choice([one for one in range(count) if one != label])
    if len(set(powers)) < count:
        return None
    classes = "ABCD"[:count]
    return exercise(
        "Cross-entropy and its gradient",
        f"exp(logit) is given for each class; the true class is {classes[label]}. Compute two "
        "probabilities, then the gradient of the cross-entropy into both logits.",
        [Grid("", (tuple(classes), tuple(map(str, powers))), ("class", "exp(logit)"))],
        [
            of_options(f"probability of {classes[label]}", probabilities(powers, label)),
            of_options(f"probability of {classes[other]}", probabilities(powers, other)),
            *(
                of_options(
                    f"gradient into logit {classes[one]}", loss_gradients(powers, one, label)
                )
                for one in (label, other)
            ),
        ],
        "attack?" + urlencode({"view": "Live", "logits": "true"}),
    )


def rate(rng: Random, level: int) -> Exercise | None:
    """Accuracy and success rates, counted in ten pictures."""
    count, right = COUNTS[level]
    rows = _rows(rng, count, right, level)
    asked: list[Blank | None] = [
        of_options("success rate, all pictures", rates.success_rates(rows))
    ]
    if level > 1:
        asked.insert(0, of_options("accuracy before the attack", rates.accuracies(rows)))
        text = "success rate, those that were right before"
        asked.append(of_options(text, rates.success_rates_right(rows)))
    asked.append(of_options(f"share that becomes {TARGET}", rates.target_rates(rows, TARGET)))
    columns = list(zip(*rows))
    return exercise(
        "Success rate",
        "Ten digits before and after an attack. It succeeds where the class is not the true one "
        f"afterwards; a targeted attack only where it is {TARGET}. Write shares, such as 0.3.",
        [
            Grid(
                "",
                tuple(tuple(map(str, column)) for column in columns),
                ("true class", "before", "after"),
            )
        ],
        asked,
        "attack?" + urlencode({"view": "Findings"}),
    )


def _rows(rng: Random, count: int, right: int, level: int) -> list[Row]:
    """True class, class before and class after; the true class is never the target."""
    rows = []
    others = [digit for digit in range(10) if digit != TARGET]
    for index in range(count):
        label = rng.choice(others)
        before = label if index < right else rng.choice([one for one in others if one != label])
        after = rng.choice([label, before, TARGET, rng.choice(others)])
        rows.append((label, before, after))
    rng.shuffle(rows)
    return rows
