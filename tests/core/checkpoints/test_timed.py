"""core.checkpoints.timed: the time to a level, by hand, and what a result must hold."""

import pytest
from pydantic import ValidationError

from core.checkpoints.timed import TimedRecipe, seconds_to


@pytest.mark.parametrize(
    ("level", "expected"), [(0.5, 10.0), (0.6, 30.0), (0.7, 60.0), (0.71, None)]
)
def test_the_time_to_a_level_ends_with_the_first_epoch_that_reaches_it(
    level: float, expected: float | None
) -> None:
    assert seconds_to(level, [0.5, 0.65, 0.7], [10.0, 20.0, 30.0]) == expected


def test_a_level_that_was_lost_again_was_reached() -> None:
    assert seconds_to(0.6, [0.65, 0.5], [10.0, 20.0]) == 10.0


def test_a_recipe_has_a_time_for_each_epoch() -> None:
    with pytest.raises(ValidationError, match="expected 2 numbers in seconds_per_epoch, got 1"):
        TimedRecipe(
            name="a",
            title="A",
            what="The first recipe.",
            settings="train_all.py resnet",
            curve=[0.1, 0.2],
            validated_on="the test images",
            computed_by="a processor",
            seconds_per_epoch=[1.0],
        )
