"""How sure a difference is that was measured on the same images, and the time to an accuracy."""

import math
from statistics import pstdev
from typing import Any

import pytest
import torch

from core.checkpoints.ingredients import packed
from core.training.comparison import (
    Estimate,
    compared,
    difference,
    mean_accuracy,
    twins,
)

MACHINE = {"device": "cuda", "gpu": "a"}


def run(
    accuracy: float = 0.9,
    *,
    name: str = "recipe",
    epochs: int = 12,
    seed: int = 0,
    wrong: torch.Tensor | None = None,
    **more: object,
) -> dict[str, Any]:
    held_out = 5_000 if wrong is None else len(wrong)
    return {
        "name": name,
        "settings": {},
        "epochs": epochs,
        "seed": seed,
        "held_out": held_out,
        "precision": "bf16",
        "accuracy": accuracy if wrong is None else 1 - int(wrong.sum()) / held_out,
        "epoch_seconds": 2.0,
        "wrong": None if wrong is None else packed(wrong.tolist()),
        "hardware": MACHINE,
    } | more


def wrong_images(count: int, share: float, seed: int) -> torch.Tensor:
    return torch.rand(count, generator=torch.Generator().manual_seed(seed)) < share


def test_one_run_has_the_binomial_error() -> None:
    found = mean_accuracy([run(0.9)])
    assert found.value == 0.9
    assert found.error == pytest.approx(math.sqrt(0.9 * 0.1 / 5_000))
    assert 100 * found.error == pytest.approx(0.424, abs=1e-3)  # in points, by hand


def test_seeds_add_their_own_error_and_the_images_stay() -> None:
    found = mean_accuracy([run(0.89), run(0.90, seed=1), run(0.91, seed=2)])
    assert found.value == pytest.approx(0.9)
    assert found.error == pytest.approx(math.sqrt(0.9 * 0.1 / 5_000 + 0.01**2 / 3))
    alike = mean_accuracy([run(0.9), run(0.9, seed=1)])
    assert alike.error == mean_accuracy([run(0.9)]).error, "the images are the same"


def test_without_answers_two_errors_are_added_as_if_the_images_were_others() -> None:
    found, paired = difference([run(0.91)], [run(0.9)])
    assert not paired
    assert found.value == pytest.approx(0.01)
    assert found.error == pytest.approx(math.sqrt((0.91 * 0.09 + 0.9 * 0.1) / 5_000))


def test_with_answers_the_error_is_mcnemars() -> None:
    ours, theirs = wrong_images(5_000, 0.1, 1), wrong_images(5_000, 0.12, 2)
    only_ours, only_theirs = int((theirs & ~ours).sum()), int((ours & ~theirs).sum())
    found, paired = difference([run(wrong=ours)], [run(wrong=theirs)])
    assert paired
    assert found.value == pytest.approx((only_ours - only_theirs) / 5_000)
    discordant = only_ours + only_theirs - (only_ours - only_theirs) ** 2 / 5_000
    assert found.error == pytest.approx(math.sqrt(discordant) / 5_000)


def test_a_pair_of_images_counts_once_and_equal_answers_leave_no_error() -> None:
    answers = wrong_images(5_000, 0.1, 1)
    found, paired = difference([run(wrong=answers)], [run(wrong=answers.clone())])
    assert paired
    assert found == Estimate(0.0, 0.0)
    assert found.sign == 0


def test_one_run_without_answers_makes_all_unpaired() -> None:
    ours, theirs = wrong_images(5_000, 0.1, 1), wrong_images(5_000, 0.12, 2)
    of_seed_0 = difference([run(wrong=ours)], [run(wrong=theirs)])[0]
    of_seed_1 = difference([run(0.89)], [run(0.9)])[0]
    both = [run(wrong=ours), run(0.89, seed=1)], [run(wrong=theirs), run(0.9, seed=1)]
    found, paired = difference(*both)
    assert paired is False
    assert found.value == pytest.approx((of_seed_0.value + of_seed_1.value) / 2)
    images = (of_seed_0.error + of_seed_1.error) / 2  # the same images: they may err alike
    seeds = abs(of_seed_0.value - of_seed_1.value) / 2  # √(s²/2) of two numbers
    assert found.error == pytest.approx(math.hypot(images, seeds))


def test_runs_are_compared_with_those_of_the_same_seed_alone() -> None:
    """The recipe's seed 1, an easy one, says nothing of an ingredient that was not trained so."""
    base = [run(0.9), run(0.94, seed=1), run(0.91, seed=2)]
    runs = [run(0.91, seed=2, name="other"), run(0.9, name="other"), run(0.5, seed=3, name="other")]
    found, _ = difference(runs, base)
    assert found.value == pytest.approx(0.0)
    assert found.error == pytest.approx(
        (math.sqrt(2 * 0.9 * 0.1 / 5_000) + math.sqrt(2 * 0.91 * 0.09 / 5_000)) / 2
    ), "both seeds gain the same, so they add nothing"
    assert [(one["seed"], other["accuracy"]) for one, other in twins(runs, base)] == [
        (2, 0.91),
        (0, 0.9),
    ]


def test_runs_without_a_seed_in_common_are_not_compared() -> None:
    with pytest.raises(ValueError, match="Expected runs that share a seed, got none"):
        difference([run(seed=1)], [run(seed=0)])
    (row,) = [
        row
        for row in compared([run(), run(0.91, name="other", seed=1)], base="recipe")
        if row.name == "other"
    ]
    assert row.difference is None
    assert row.paired is False


def test_the_paired_error_is_that_of_drawing_other_images_and_seeds() -> None:
    """Drawn again and again, differences vary as the error says, and not less."""
    random = torch.Generator().manual_seed(0)
    found = []
    for _ in range(300):
        hard = torch.rand(1_000, generator=random) ** 4  # the chance of each image to be wrong
        both = [
            [run(wrong=torch.rand(1_000, generator=random) < hard, seed=seed) for seed in (0, 1)]
            for _ in range(2)
        ]
        found.append(difference(*both)[0])
    usual = math.sqrt(sum(one.error**2 for one in found) / len(found))
    assert pstdev(one.value for one in found) <= usual <= 2 * pstdev(one.value for one in found)


@pytest.mark.parametrize(
    ("value", "error", "sign"),
    [(0.013, 0.006, 1), (0.012, 0.006, 0), (-0.011, 0.006, 0), (-0.013, 0.006, -1), (0.0, 0.0, 0)],
)
def test_a_difference_counts_beyond_two_standard_errors(
    value: float, error: float, sign: int
) -> None:
    assert Estimate(value, error).sign == sign


def test_every_ingredient_is_compared_with_the_recipe_of_as_many_epochs() -> None:
    runs = [
        run(0.90),
        run(0.90, seed=1),
        run(0.88, name="worse"),
        run(0.92, name="better", epoch_seconds=1.0),
        run(0.902, name="better", seed=1, epoch_seconds=2.0),
        run(0.94, epochs=30, epoch_seconds=None),
        run(0.93, name="better", epochs=30, epoch_seconds=3.0),
        run(0.95, name="long", epochs=60),
    ]
    rows = compared(runs, base="recipe")
    assert [(row.epochs, row.name) for row in rows] == [
        (12, "better"),
        (12, "recipe"),
        (12, "worse"),
        (30, "recipe"),
        (30, "better"),
        (60, "long"),
    ]
    better, recipe, worse, _, later, alone = rows
    assert better.seeds == (0, 1)
    assert better.accuracy.value == pytest.approx(0.911)
    assert better.difference is not None
    assert better.difference.value == pytest.approx(0.011)
    assert worse.difference is not None
    assert worse.difference.value == pytest.approx(-0.02)
    assert recipe.difference is None
    assert alone.difference is None
    assert later.difference is not None
    assert later.difference.value == pytest.approx(-0.01)
    times = [row.relative_time for row in rows]
    assert times == [0.75, 1.0, 1.0, None, 1.5, 1.0]


def test_a_processor_which_has_other_work_beside_compares_no_seconds() -> None:
    slow = {"hardware": {"device": "cpu"}}
    runs = [run(**slow), run(name="other", epoch_seconds=3.0, **slow)]
    assert [row.relative_time for row in compared(runs, base="recipe")] == [None, None]


def test_seconds_are_compared_on_the_same_hardware_alone() -> None:
    """An epoch that takes 1 s on one GPU and 200 s on another says nothing of the ingredient."""
    slow = {"hardware": {"device": "mps"}}
    other = run(name="other", epoch_seconds=200.0, **slow)
    (row,) = [row for row in compared([run(), other], base="recipe") if row.name == "other"]
    assert row.relative_time is None

    both = [run(), run(seed=2, epoch_seconds=100.0, **slow)]
    both += [run(name="other", epoch_seconds=3.0), other | {"seed": 2}]
    times = {row.name: row.relative_time for row in compared(both, base="recipe")}
    assert times == {"recipe": 1.0, "other": (1.5 + 2.0) / 2}


def test_an_estimate_says_its_share_in_percent() -> None:
    assert Estimate(0.9026, 0.0044).percent == "90.26 ± 0.44 %"
    assert Estimate(1.0, 0.0).percent == "100.00 ± 0.00 %"
