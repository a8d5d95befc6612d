"""What a run of an ingredient must hold, and which images were wrong as bits."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import homework
from core.checkpoints import results
from core.checkpoints.cards import wrong_with
from core.checkpoints.ingredients import IngredientRuns, packed, unpacked

NAME = homework.INGREDIENTS_RESULT
SHIPPED = results.load(NAME)


@given(st.lists(st.booleans(), min_size=1, max_size=100))
def test_packed_images_are_the_same_again(wrong: list[bool]) -> None:
    assert unpacked(packed(wrong), len(wrong)).tolist() == wrong


def test_five_thousand_images_take_836_characters() -> None:
    assert len(packed([True] * 5_000)) == 836


@pytest.mark.parametrize("text", ["", "AA=", "AAAA", "é", "A" * 836, "A-__"])
def test_a_text_of_other_images_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected the base64 of 2 bytes in wrong"):
        unpacked(text, 12)


def wrong_of(**changes: Any) -> str:
    """What is wrong with the shipped result with its first run changed."""
    card = copy.deepcopy(SHIPPED)
    del card["sum"]
    card["runs"][0] |= changes
    return wrong_with(card, NAME, IngredientRuns)


def test_what_ships_is_right() -> None:
    assert wrong_of() == ""


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"curve": [0.5]}, "expected 12 numbers in curve, got 1"),
        ({"wrong": packed([True] * 5_000)}, "expected 489 images in wrong, got 5000"),
        ({"wrong": "AAAA"}, "expected the base64 of 625 bytes in wrong"),
        ({"settings": {"cutmix": 2}}, "Expected cutmix from 0.0 to 1.0, got 2"),
        ({"settings": {"nothing": 2}}, "Expected the settings"),
        ({"settings": {"cutmix": 0.5}}, "expected the same settings of all runs of recipe"),
        ({"name": "new"}, "expected settings of all but the recipe, got none of new and recipe"),
        ({"seed": 1}, "expected one run of each name, epochs and seed, got two"),
        ({"held_out": 4_000}, "expected the same images held out of all, got [4000, 5000]"),
        ({"accuracy": 1.5}, "less than or equal to 1"),
        ({"precision": "fp8"}, "expected 'fp32', 'bf16' or 'fp16', got 'fp8'"),
    ],
)
def test_a_run_that_cannot_be_is_refused(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in wrong_of(**changes)


def test_the_right_number_of_wrong_images_is_taken() -> None:
    assert wrong_of(wrong=packed([True] * 489 + [False] * 4_511)) == ""
