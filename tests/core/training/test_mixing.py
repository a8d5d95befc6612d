"""core.training.mixing: boxes and shares by hand, and how many batches are mixed."""

from dataclasses import replace

import pytest
import torch

from core.training.config import TrainConfig
from core.training.mixing import mixed, pasted
from tests.core.training.runs import CONFIG, are_equal, train, weights

SHARES = replace(CONFIG, cutmix=0.5, mixup=0.25)
IMAGES = torch.rand(6, 1, 4, 4, generator=torch.Generator().manual_seed(1))
LABELS = torch.tensor([0, 1, 2, 3, 4, 5])


def drawn(seed: int) -> tuple[list[float], torch.Tensor, torch.Generator]:
    """The four numbers and the order that a seed draws, and a generator that will draw them."""
    random = torch.Generator().manual_seed(seed)
    numbers, order = torch.rand(4, generator=random), torch.randperm(6, generator=random)
    return numbers.tolist(), order, torch.Generator().manual_seed(seed)


def seeds_of(low: float, high: float, count: int = 3) -> list[int]:
    """Seeds whose first number, which decides how a batch is mixed, lies in a range."""
    return [seed for seed in range(100) if low <= drawn(seed)[0][0] < high][:count]


@pytest.mark.parametrize(
    ("center", "box", "share"),
    [
        ((0.5, 0.5), (slice(1, 3), slice(1, 3)), 0.75),
        ((0.0, 0.5), (slice(0, 1), slice(1, 3)), 0.875),
        ((0.99, 0.99), (slice(2, 4), slice(2, 4)), 0.75),
    ],
)
def test_a_box_of_each_image_is_another_s(
    center: tuple[float, float], box: tuple[slice, slice], share: float
) -> None:
    images, others = torch.zeros(2, 3, 4, 4), torch.ones(2, 3, 4, 4)
    expected = images.clone()
    expected[:, :, *box] = 1
    found, kept = pasted(images, others, 0.75, center)
    assert torch.equal(found, expected)
    assert kept == share


@pytest.mark.parametrize("seed", seeds_of(0.5, 0.75))
def test_blended_images_and_their_shares(seed: int) -> None:
    (_, kept, *_), order, random = drawn(seed)
    images, shares = mixed(IMAGES, LABELS, SHARES, 0.0, random)
    torch.testing.assert_close(images, kept * IMAGES + (1 - kept) * IMAGES[order])
    expected = torch.zeros(6, 10)
    for row, other in enumerate(order.tolist()):
        expected[row, row] += kept
        expected[row, other] += 1 - kept
    torch.testing.assert_close(shares, expected)


@pytest.mark.parametrize("seed", seeds_of(0.0, 0.5))
def test_pasted_images_have_the_share_of_their_pixels(seed: int) -> None:
    _, order, random = drawn(seed)
    images, shares = mixed(IMAGES, LABELS, SHARES, 0.0, random)
    for row, other in enumerate(order.tolist()):
        is_own, is_others = images[row] == IMAGES[row], images[row] == IMAGES[other]
        assert (is_own | is_others).all()
        own = float(is_own.float().mean())
        assert float(shares[row, row]) == (1.0 if row == other else pytest.approx(own))


@pytest.mark.parametrize("seed", seeds_of(0.75, 1.0))
def test_the_other_batches_are_as_they_are(seed: int) -> None:
    images, shares = mixed(IMAGES, LABELS, SHARES, 0.0, drawn(seed)[2])
    assert torch.equal(images, IMAGES)
    assert torch.equal(shares, torch.eye(10)[LABELS])


def test_nothing_is_mixed_at_the_end_and_the_same_numbers_are_drawn() -> None:
    (seed,) = seeds_of(0.0, 0.5, count=1)
    early, late = drawn(seed)[2], drawn(seed)[2]
    mixed(IMAGES, LABELS, SHARES, 0.84, early)
    images, _ = mixed(IMAGES, LABELS, SHARES, 0.85, late)
    assert torch.equal(images, IMAGES)
    assert torch.rand((), generator=early) == torch.rand((), generator=late)


def test_a_training_with_mixed_images_is_another_one() -> None:
    config = replace(CONFIG, epochs=1)
    plain = weights(train(config))
    assert not are_equal(weights(train(replace(config, cutmix=0.9))), plain)
    late = replace(config, cutmix=0.9, mixed_until=0.0)
    for name, value in weights(train(late)).items():
        torch.testing.assert_close(value, plain[name], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"cutmix": 0.7, "mixup": 0.4}, "add up to 1 at the most, got 0.7 and 0.4"),
        ({"mixup": 0.5, "attack_epsilon": 2.0}, "either attacked images or mixed ones"),
    ],
)
def test_shares_that_do_not_fit_are_refused(settings: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        TrainConfig(**{**vars(CONFIG), **settings})
