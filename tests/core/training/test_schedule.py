"""core.training.schedule: the learning rate and the radii, by hand."""

import math
from dataclasses import replace
from typing import Literal

import pytest

from core.training.schedule import attack_epsilon_at, learning_rate_at, sharpness_at
from tests.core.training.runs import CONFIG


@pytest.mark.parametrize(
    ("step", "rate"),
    [
        (0, 0.25),  # t = 1/8: half of the way up
        (1, 0.5),  # t = 2/8: the peak
        (4, 0.25),  # t = 5/8: half of the way down, cos(pi/2) = 0
        (6, 0.5 * (1 + math.cos(math.pi * 5 / 6)) / 2),  # t = 7/8
    ],
)
def test_one_cycle_by_hand(step: int, rate: float) -> None:
    config = replace(CONFIG, learning_rate=0.5, warmup=0.25)
    assert learning_rate_at(config, step, 7) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize(("step", "rate"), [(0, 0.25), (1, 0.5), (4, 0.25), (6, 0.5 / 6)])
def test_a_triangle_by_hand(step: int, rate: float) -> None:
    config = replace(CONFIG, learning_rate=0.5, warmup=0.25, schedule="triangle")
    assert learning_rate_at(config, step, 7) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize("schedule", ["one_cycle", "triangle"])
@pytest.mark.parametrize("warmup", [0.0, 0.25, 1.0])
def test_no_step_is_wasted(warmup: float, schedule: Literal["one_cycle", "triangle"]) -> None:
    config = replace(CONFIG, learning_rate=0.5, warmup=warmup, schedule=schedule)
    rates = [learning_rate_at(config, step, 40) for step in range(40)]
    assert min(rates) > 0
    assert max(rates) <= 0.5


def test_one_cycle_rises_then_falls() -> None:
    rates = [learning_rate_at(CONFIG, step, 100) for step in range(100)]
    peak = rates.index(max(rates))
    assert peak == pytest.approx(25, abs=1)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


def test_a_constant_rate_stays() -> None:
    config = replace(CONFIG, schedule="constant")
    assert {learning_rate_at(config, step, 10) for step in range(10)} == {CONFIG.learning_rate}


@pytest.mark.parametrize(("every", "sharp"), [(1, [0, 1, 2, 3, 4]), (2, [0, 2, 4]), (4, [0, 4])])
def test_the_steps_that_look_for_the_worst_weights(every: int, sharp: list[int]) -> None:
    config = replace(CONFIG, sharpness=0.5, sharpness_every=every)
    radii = [sharpness_at(config, step) for step in range(5)]
    assert radii == [0.5 if step in sharp else 0.0 for step in range(5)]


@pytest.mark.parametrize(
    ("warmup", "step", "epsilon"),
    [(0.5, 0, 8.0), (0.5, 1, 16.0), (0.5, 3, 32.0), (0.5, 7, 32.0), (0.0, 0, 32.0), (1.0, 7, 32.0)],
)
def test_the_radius_of_the_attack_by_hand(warmup: float, step: int, epsilon: float) -> None:
    config = replace(CONFIG, attack_epsilon=32.0, warmup=warmup)
    assert attack_epsilon_at(config, step, 8) == epsilon
