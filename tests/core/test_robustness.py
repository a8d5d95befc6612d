"""core.robustness and the success rates: who is attacked with what, counted right, with honest
controls.
"""

import math
import re
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core import attacks, checkpoints
from core.data.samples import load_samples
from core.evaluation import SuccessRate, UncomputableError, success_rates, wilson_interval
from core.homework import EPSILONS, EVALUATED, FIRST, NOISE, PLAIN, SECOND, THIRD
from core.masking import CHECKS, masking_checks
from core.models import Saturated, bounds_of, to_input
from core.robustness import Task, breaking_epsilons, transfer_rate
from core.robustness import rate as rate_of
from core.stored import as_stored, grey_levels

SAMPLES = load_samples("mnist")
A = checkpoints.load("mnist_model_a").model.requires_grad_(False)
B = checkpoints.load("mnist_model_b").model.requires_grad_(False)
IMAGES = to_input(A, SAMPLES.images)
LABELS = SAMPLES.labels
BOUNDS = bounds_of(A)


def rate(
    name: str, model_name: str, model: nn.Module, images: Tensor, labels: Tensor, epsilon: float
) -> SuccessRate:
    task = EVALUATED[name]
    return rate_of(name, task, model_name, model, images, labels, epsilon, BOUNDS)


class Sign(nn.Module):
    """Class 1 where the first pixel is positive."""

    def forward(self, images: Tensor) -> Tensor:
        first = images[:, 0, 0, 0]
        return torch.stack([-first, first], dim=1)


def test_success_rates_by_hand() -> None:
    images = torch.tensor([-2.0, -0.5, 0.5, 2.0]).reshape(4, 1, 1, 1)
    labels = torch.tensor([0, 1, 1, 1])  # the second one is classified wrong

    def shift(model: nn.Module, batch: Tensor, truth: Tensor, epsilon: float) -> Tensor:
        return model(batch + epsilon * (1 - 2 * truth[:, None, None, None])).argmax(1) != truth

    rows = list(
        success_rates({"sign": Sign()}, {"shift": shift}, images, labels, [0.0, 1.0], batch_size=3)
    )
    assert [
        (row.epsilon, row.inputs, row.successes, row.right, row.successes_right) for row in rows
    ] == [
        (0.0, 4, 1, 3, 0),
        (1.0, 4, 2, 3, 1),
    ]
    assert (rows[1].rate, rows[1].rate_right) == (0.5, 1 / 3)
    assert {(row.model, row.attack) for row in rows} == {("sign", "shift")}


def test_nothing_to_attack_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one image, got none"):
        list(success_rates({"a": A}, {}, IMAGES[:0], LABELS[:0], [0.0]))
    with pytest.raises(ValueError, match=r"each of 20 images, got shape \(3,\)"):
        list(success_rates({"a": A}, {}, IMAGES, LABELS[:3], [0.0]))


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilsons_interval_as_in_the_tables(
    successes: int, total: int, low: float, high: float
) -> None:
    assert wilson_interval(successes, total) == (
        pytest.approx(low, abs=1e-4),
        pytest.approx(high, abs=1e-4),
    )


@pytest.mark.parametrize(("successes", "total"), [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(successes: int, total: int) -> None:
    with pytest.raises(ValueError, match="Expected between 0 and"):
        wilson_interval(successes, total)


def test_the_homeworks_tasks_have_their_budgets() -> None:
    assert EPSILONS[:6] == (0, 2, 4, 8, 12, 16)
    assert (EVALUATED[FIRST].target, EVALUATED[FIRST].max_gradients) == (None, 20)
    for task in (SECOND, THIRD):
        assert EVALUATED[task].source == 1
        assert (EVALUATED[task].target, EVALUATED[task].max_gradients) == (8, 100)
    assert EVALUATED[SECOND].method == attacks.PGD


@pytest.mark.parametrize("name", EVALUATED)
def test_a_rate_counts_its_inputs(name: str) -> None:
    row = rate(name, "A", A, IMAGES, LABELS, 24)
    ones = int((LABELS == 1).sum())
    assert row.inputs == (20 if EVALUATED[name].target is None else ones)
    if EVALUATED[name].method is not None:
        chosen = slice(None) if EVALUATED[name].target is None else LABELS == 1
        result = EVALUATED[name].run(A, IMAGES[chosen], LABELS[chosen], 24, BOUNDS)
        assert row.successes == int(result.success.sum())
        assert int(result.gradients.max()) <= EVALUATED[name].max_gradients


@pytest.mark.parametrize("name", EVALUATED)
def test_a_rate_counts_the_rounded_pictures_too(name: str) -> None:
    task = EVALUATED[name]
    chosen = slice(None) if task.target is None else LABELS == 1
    pictures, success = task.tried(A, IMAGES[chosen], LABELS[chosen], 12, BOUNDS)
    stored = as_stored(A, pictures, SAMPLES.images[chosen], 12, bounds=BOUNDS)
    goals = LABELS[chosen] if task.target is None else task.target
    row = rate(name, "A", A, IMAGES, LABELS, 12)
    assert row.successes == int(success.sum())
    assert row.successes_stored == int(
        stored.success(goals, targeted=task.target is not None).sum()
    )


@pytest.mark.parametrize("bounds", [(0.0, 255.0), (0.0, 1.0), (-1.0, 3.0)])
def test_grey_levels_are_those_that_the_images_came_from(bounds: tuple[float, float]) -> None:
    low, high = bounds
    grey = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    for dtype in (torch.float32, torch.float64):
        images = (grey.to(dtype) / 255 * (high - low) + low).clamp(low, high)
        assert torch.equal(grey_levels(images, bounds), grey)


def test_at_epsilon_zero_only_what_is_wrong_anyway_counts() -> None:
    wrong = int((A(IMAGES).argmax(1) != LABELS).sum())
    for name in (FIRST, PLAIN, NOISE):
        assert rate(name, "A", A, IMAGES, LABELS, 0).successes == wrong


def test_noise_is_no_attack() -> None:
    with pytest.raises(ValueError, match="Random signs are no attack"):
        EVALUATED[NOISE].run(A, IMAGES, LABELS, 8, BOUNDS)
    assert (
        rate(NOISE, "A", A, IMAGES, LABELS, 24).rate < rate(FIRST, "A", A, IMAGES, LABELS, 24).rate
    )


def test_pictures_made_on_a_network_fool_it_and_others_less() -> None:
    own = transfer_rate(EVALUATED[FIRST], A, A, IMAGES, LABELS, 32, BOUNDS)
    assert own == pytest.approx(rate(FIRST, "A", A, IMAGES, LABELS, 32).rate)
    assert transfer_rate(EVALUATED[FIRST], A, B, IMAGES, LABELS, 32, BOUNDS) < own


def test_model_b_holds_where_a_does_not() -> None:
    assert rate(FIRST, "A", A, IMAGES, LABELS, 32).rate > 0.9
    assert rate(FIRST, "B", B, IMAGES, LABELS, 32).rate < 0.3


def test_the_margin_finds_what_saturation_hides() -> None:
    hidden = Saturated(A)
    assert rate(PLAIN, "M", hidden, IMAGES, LABELS, 32).rate < 0.3
    assert rate(FIRST, "M", hidden, IMAGES, LABELS, 32).rate > 0.9


@pytest.mark.parametrize(("model", "other"), [(A, B), (B, A)])
def test_masking_checks_of_an_honest_network_are_good(model: nn.Module, other: nn.Module) -> None:
    right = model(IMAGES).argmax(1) == LABELS
    found = list(masking_checks(model, IMAGES[right], LABELS[right], BOUNDS, other=other))
    assert len(found) == CHECKS
    assert [check.name for check in found if check.good is False] == []
    growing = next(check for check in found if check.name.startswith("More epsilon"))
    assert re.fullmatch(
        r"PGD with 20 gradients fools it on \d+% at 8, \d+% at 15, \d+% at 31, \d+% at 64, "
        r"\d+% at 128",
        growing.finding,
    )


def test_a_comparison_of_nothing_with_nothing_is_undecided() -> None:
    deaf = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    with torch.no_grad():
        deaf[1].weight.zero_()
        deaf[1].bias.copy_(torch.arange(10.0))  # says 9 whatever it sees
    nines = IMAGES[:4]
    found = {
        check.name: check
        for check in masking_checks(deaf, nines, torch.full((4,), 9), BOUNDS, other=deaf)
    }
    undecided = [name for name, check in found.items() if check.good is None]
    assert undecided == [
        "More epsilon should never help the defence",
        "Many steps should be no worse than one",
        "The margin should beat cross-entropy by little",
        "Transfer should not beat an attack of its own",
    ]
    assert found["A huge epsilon should reach everything"].good is False
    assert found["Epsilon 0 should change nothing"].good is True
    many = found["Many steps should be no worse than one"].finding
    assert many == "at epsilon 31 PGD fools it on 0% with 20 gradients, FGSM on 0% with one"


def test_masking_checks_of_a_network_that_hides_its_gradient_are_not() -> None:
    hidden = Saturated(A)
    right = hidden(IMAGES).argmax(1) == LABELS
    found = {
        check.name: check
        for check in masking_checks(hidden, IMAGES[right], LABELS[right], BOUNDS, other=A)
    }
    bad = [name for name, check in found.items() if check.good is False]
    assert {
        "The margin should beat cross-entropy by little",
        "Inputs should have a gradient",
    } <= set(bad)
    assert (
        "100% of the inputs have a gradient of exactly 0"
        in found["Inputs should have a gradient"].finding
    )


@pytest.mark.parametrize("bounds", [(0.0, 0.997), (0.0, 3.985)])
def test_the_whole_range_is_no_step_too_far(bounds: tuple[float, float]) -> None:
    """Whatever 255 steps of a range add up to: nothing breaks where one class always wins."""
    images = torch.full((2, 1, 1, 1), bounds[0] / 2 + bounds[1] / 2)
    never = breaking_epsilons(Sign(), images, 1, bounds=(bounds[0], bounds[1]), max_gradients=0)
    assert never.tolist() == [math.inf] * 2


def test_masking_checks_attack_once_for_one_number(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    success = Task.success

    def counted(task: Task, model: nn.Module, images: object, *rest: Any) -> Any:
        seen.append((task, rest[1]))
        return success(task, model, images, *rest)

    monkeypatch.setattr(Task, "success", counted)
    found = list(masking_checks(A, IMAGES, LABELS, BOUNDS))
    assert len(found) == CHECKS - 1
    assert len(set(seen)) == len(seen)
    assert [task.max_gradients for task, epsilon in seen if epsilon == 0] == [1]


def test_masking_checks_leave_the_model_alone() -> None:
    model = checkpoints.load("mnist_model_a").model.train()
    list(masking_checks(model, IMAGES, LABELS, BOUNDS))
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())
    assert math.isfinite(float(model.eval()(IMAGES).detach().sum()))


def test_nothing_is_said_about_no_picture() -> None:
    """A network that is always wrong leaves none to attack."""
    with pytest.raises(UncomputableError, match="no picture that the network classifies right"):
        next(masking_checks(A, IMAGES[:0], LABELS[:0], BOUNDS))
    with pytest.raises(UncomputableError, match="no picture that the network classifies right"):
        transfer_rate(EVALUATED[FIRST], A, B, IMAGES[:0], LABELS[:0], 8.0, BOUNDS)


def test_noise_with_a_target_is_a_success_where_it_reaches_the_target() -> None:
    task = Task(None, target=8, max_gradients=0)
    row = rate_of("noise", task, "A", A, IMAGES, LABELS, 90.0, BOUNDS)
    pictures, success = task.tried(A, IMAGES, LABELS, 90.0, BOUNDS)
    assert torch.equal(success, A(pictures).argmax(1) == 8)
    assert 0 < row.successes == row.successes_stored < row.inputs


class Reaches(nn.Module):
    """Class 0 where the first pixel is at least so large, else class 1."""

    def __init__(self, least: float) -> None:
        super().__init__()
        self.least = least

    def forward(self, images: Tensor) -> Tensor:
        first = images[:, 0, 0, 0]
        return torch.stack([first - self.least, 0 * first], dim=1)


@pytest.mark.parametrize(("highest", "levels"), [(1.0, 100), (2.3, 256), (2.3, 100)])
def test_a_breaking_epsilon_is_the_very_one_that_was_tried(highest: float, levels: int) -> None:
    """To the last bit: fed back, the attack succeeds at it, and it is never above the range."""
    bounds = (0.0, highest)
    attacking: dict[str, Any] = {"method": attacks.FGSM, "bounds": bounds, "max_gradients": 1}
    black = torch.zeros(1, 1, 1, 1, dtype=torch.float64)
    for count in range(1, levels):
        model = Reaches(min(count * (highest / (levels - 1)), highest))
        (found,) = breaking_epsilons(model, black, 1, levels=levels, **attacking).tolist()
        assert found == model.least
        assert attacks.attack(model, black, 1, found, **attacking).success.all()
