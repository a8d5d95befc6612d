"""core.attacks: one loop and its variants; budgets, limits and bounds hold exactly; bad input is
refused.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from core.attack_record import check_images, limits_of
from core.attacks import (
    FGSM,
    IMPROVED,
    MI_FGSM,
    PGD,
    AttackResult,
    Method,
    attack,
    improved_targeted,
    random_signs,
    step,
    targeted,
    untargeted,
)
from core.evaluation import UncomputableError
from core.robustness import breaking_epsilons
from core.stored import grey_levels

METHODS = {
    "FGSM": FGSM,
    "PGD": PGD,
    "MI-FGSM": MI_FGSM,
    "improved": IMPROVED,
    "restarts": replace(IMPROVED, restarts=3, random_start=True),
}


class Counting(nn.Module):
    """A small network that counts the inputs that gradients go back to."""

    def __init__(self, channels: int = 1, classes: int = 4, size: int = 6, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(seed)
            self.layers = nn.Sequential(
                nn.Conv2d(channels, 5, 3),
                nn.ReLU(),
                nn.Dropout(0.5),
                nn.Flatten(),
                nn.Linear(5 * (size - 2) ** 2, classes),
            )
        self.backward_inputs = 0

    def forward(self, images: Tensor) -> Tensor:
        logits = self.layers(images)
        if logits.requires_grad:
            logits.register_hook(self._count)
        return logits

    def _count(self, gradient: Tensor) -> None:
        self.backward_inputs += int((gradient.abs().amax(1) > 0).sum())


MODEL = Counting().eval()
IMAGES = torch.rand(12, 1, 6, 6, generator=torch.Generator().manual_seed(1))
LABELS = MODEL(IMAGES).argmax(1).detach()  # all right


def run(name: str = "improved", epsilon: float = 0.3, **given: object) -> AttackResult:
    return attack(
        MODEL, IMAGES, LABELS, epsilon, **{"method": METHODS[name], "max_gradients": 8} | given
    )


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("is_targeted", [False, True])
@pytest.mark.parametrize("epsilon", [0.01, 0.1, 8 / 255, 0.5, 1.0])
def test_limit_bounds_budget_and_success_hold_exactly(
    name: str, is_targeted: bool, epsilon: float
) -> None:
    labels = (LABELS + 1) % 4 if is_targeted else LABELS
    result = attack(
        MODEL, IMAGES, labels, epsilon, method=METHODS[name], targeted=is_targeted, max_gradients=7
    )
    difference = (result.adversarial.double() - IMAGES.double()).abs().max()
    assert float(difference) <= epsilon
    assert 0 <= float(result.adversarial.min()) <= float(result.adversarial.max()) <= 1
    assert int(result.gradients.max()) <= 7
    predicted = MODEL(result.adversarial).argmax(1)
    assert torch.equal(result.success, (predicted == labels) == is_targeted)
    assert bool((result.gradients[~result.success] == 7).all()), "a failure has spent everything"


@settings(max_examples=40, deadline=None)
@given(
    epsilon=st.floats(0, 255, allow_nan=False),
    seed=st.integers(0, 1000),
    whole=st.booleans(),
    name=st.sampled_from(sorted(METHODS)),
)
@example(epsilon=math.nextafter(2, 0), seed=0, whole=True, name="FGSM")
@example(epsilon=math.nextafter(255, 0), seed=0, whole=True, name="PGD")
def test_the_limit_holds_exactly_for_any_epsilon_on_grey_values(
    epsilon: float, seed: int, whole: bool, name: str
) -> None:
    images = torch.randint(
        0, 256, (3, 1, 6, 6), generator=torch.Generator().manual_seed(seed)
    ).float()
    labels = MODEL(images).argmax(1)
    result = attack(
        MODEL,
        images,
        labels,
        epsilon,
        method=METHODS[name],
        bounds=(0, 255),
        max_gradients=3,
        whole=whole,
    )
    assert float((result.adversarial.double() - images.double()).abs().max()) <= epsilon
    assert 0 <= float(result.adversarial.min()) <= float(result.adversarial.max()) <= 255
    if whole:
        assert torch.equal(result.adversarial, result.adversarial.round())


@settings(max_examples=150, deadline=None)
@given(
    epsilon=st.one_of(st.floats(0, 1), st.sampled_from([0.3, 0.1, 8 / 255, 1 / 3, 1e-9, 5e-324])),
    bounds=st.sampled_from([(0.0, 1.0), (0.0, 255.0), (-1.0, 1.0), (-0.4242, 2.8215), (0.1, 0.7)]),
    dtype=st.sampled_from([torch.float64, torch.float32, torch.float16, torch.bfloat16]),
    whole=st.booleans(),
    seed=st.integers(0, 1000),
    name=st.sampled_from([*sorted(METHODS), "random signs"]),
)
def test_the_limit_holds_for_the_real_numbers_and_as_computed(
    epsilon: float,
    bounds: tuple[float, float],
    dtype: torch.dtype,
    whole: bool,
    seed: int,
    name: str,
) -> None:
    width = bounds[1] - bounds[0]
    epsilon = min(epsilon * width, width)
    drawn = torch.rand(2, 1, 6, 6, generator=torch.Generator().manual_seed(seed)).double()
    drawn[0, 0, 0] = torch.tensor([0, 1, 1e-9, 0.5, 1 / 3, 1 - 1e-9])
    images = (bounds[0] + drawn * width).to(dtype)
    outside = (images.double() < bounds[0]) | (images.double() > bounds[1])
    images[outside] = images[0, 0, 0, 3]  # a bound that the dtype rounds outwards
    if name == "random signs":
        found = random_signs(images, epsilon, bounds=bounds, seed=seed)
    else:
        model = copy.deepcopy(MODEL).to(dtype)
        found = attack(
            model,
            images,
            1,
            epsilon,
            method=METHODS[name],
            bounds=bounds,
            max_gradients=3,
            seed=seed,
            whole=whole,
            stop=False,
        ).adversarial
    assert found.dtype == dtype
    assert float((found - images).abs().max()) <= epsilon
    for now, before in zip(found.flatten().tolist(), images.flatten().tolist()):
        assert abs(Fraction(now) - Fraction(before)) <= Fraction(epsilon)
        assert bounds[0] <= now <= bounds[1]


@pytest.mark.parametrize("epsilon", [0.3, 0.1, 0.7, 8 / 255, 1 / 3])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_no_rounding_takes_a_pixel_beyond_epsilon(epsilon: float, dtype: torch.dtype) -> None:
    images = torch.linspace(0, 1, 1024, dtype=torch.float64).reshape(1, 1, 32, 32).to(dtype)
    found = random_signs(images, epsilon)
    change = (found - images).abs()
    assert float(change.max()) <= epsilon
    least = epsilon - 4 * torch.finfo(dtype).eps
    inside = (found > 0) & (found < 1)
    assert float(change[inside].min()) >= least, "and uses it up, but for the dtype's rounding"


def test_whole_grey_values_are_reached_on_every_scale() -> None:
    """12 / 255 is 12 grey values for every pixel, although neither is an exact float."""
    stored = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    for low, high in ((0.0, 1.0), (0.0, 255.0), (-1.0, 1.0), (-0.4242, 2.8215)):
        images = (stored.float() / 255 * (high - low) + low).clamp(low, high)
        images = torch.where(images.double() > high, torch.nextafter(images, -images), images)
        limits = limits_of(images, 12 * (high - low) / 255, (low, high), whole=True)
        ends = [(end - low) / ((high - low) / 255) for end in (limits.low, limits.high)]
        assert ends[0].round().int().equal((stored.int() - 12).clamp(min=0))
        assert ends[1].round().int().equal((stored.int() + 12).clamp(max=255))


def test_whole_grey_values_on_the_unit_scale_hold_in_the_stored_picture() -> None:
    stored = torch.randint(
        0, 256, (6, 1, 6, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    images = stored.float() / 255
    labels = MODEL(images).argmax(1)
    result = attack(MODEL, images, labels, 8 / 255, method=IMPROVED, whole=True)
    assert float((result.adversarial.double() - images.double()).abs().max()) <= 8 / 255
    kept = (result.adversarial * 255).round().to(torch.uint8)
    assert int((kept.int() - stored.int()).abs().max()) <= 8
    assert torch.equal(MODEL(kept.float() / 255).argmax(1) != labels, result.success)


@pytest.mark.parametrize("name", METHODS)
def test_epsilon_zero_is_the_identity(name: str) -> None:
    result = run(name, 0.0)
    assert torch.equal(result.adversarial, IMAGES)
    assert not result.success.any()


def test_every_gradient_is_counted() -> None:
    model = Counting().eval()
    result = attack(model, IMAGES, LABELS, 0.1, method=IMPROVED, max_gradients=6)
    assert model.backward_inputs == int(result.gradients.sum())


def test_an_input_that_is_done_stops_spending() -> None:
    result = run(epsilon=0.6)
    wrong = attack(MODEL, IMAGES, (LABELS + 1) % 4, 0.6, method=IMPROVED, max_gradients=8)
    assert result.success.any()
    assert int(result.gradients[result.success].min()) < 8
    assert wrong.gradients.tolist() == [0] * 12, "what is wrong already costs nothing"
    assert torch.equal(wrong.adversarial, IMAGES)


def test_to_train_against_every_gradient_is_spent() -> None:
    result = run(epsilon=0.6, stop=False)
    assert result.gradients.tolist() == [8] * 12


def test_fgsm_is_one_step_of_the_loop() -> None:
    epsilon = 0.2
    leaf = IMAGES.clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(F.cross_entropy(MODEL(leaf), LABELS), leaf)
    right = (IMAGES + epsilon * gradient.sign()).clamp(0, 1)
    result = attack(MODEL, IMAGES, LABELS, epsilon, method=FGSM, max_gradients=1, stop=False)
    moved = result.trace.score[1] >= result.trace.score[0]
    assert moved.any()
    torch.testing.assert_close(result.adversarial[moved], right[moved], rtol=0, atol=1e-6)


def test_mi_fgsm_by_hand() -> None:
    """Two steps: the direction is g1 / mean|g1| + mu times the one before."""
    epsilon, images = 0.2, IMAGES[:3]
    point, direction = images, torch.zeros_like(images)
    for _ in range(2):
        leaf = point.clone().requires_grad_(True)
        (gradient,) = torch.autograd.grad(
            F.cross_entropy(MODEL(leaf), LABELS[:3], reduction="sum"), leaf
        )
        direction = direction + gradient / gradient.abs().mean((1, 2, 3), keepdim=True)
        point = (
            (point + 0.1 * epsilon * direction.sign())
            .clamp(images - epsilon, images + epsilon)
            .clamp(0, 1)
        )
    result = attack(
        MODEL, images, LABELS[:3], epsilon, method=MI_FGSM, max_gradients=2, keep_pictures=True
    )
    torch.testing.assert_close(result.trace.pictures[-1], point, rtol=0, atol=1e-6)


def test_cosine_decay_by_hand() -> None:
    method = Method(step_size=1.0, decay="cosine")
    result = attack(
        MODEL, IMAGES, LABELS, 0.01, method=method, max_gradients=4, keep_pictures=True, stop=False
    )
    free = (IMAGES > 0.05) & (IMAGES < 0.95)
    first = (result.trace.pictures[1] - IMAGES)[free].abs()
    torch.testing.assert_close(first, torch.full_like(first, 0.01), rtol=1e-3, atol=1e-6)
    third = (result.trace.pictures[3] - result.trace.pictures[2])[free].abs()
    assert float(third.max()) <= 0.01 * (1 + math.cos(math.pi / 2)) / 2 + 1e-6


class Fixed(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return torch.tensor([[1.0, 4.0, 2.5]]) + 0 * images.sum()


@pytest.mark.parametrize(
    ("score", "is_targeted", "label", "value"),
    [
        ("margin", False, 1, -1.5),
        ("margin", True, 2, -1.5),
        ("soft_margin", False, 1, math.log(math.exp(3) + math.exp(7.5)) / 3 - 4),
        ("soft_margin", True, 2, 2.5 - math.log(math.exp(3) + math.exp(12)) / 3),
        ("cross_entropy", False, 1, math.log(math.exp(1) + math.exp(4) + math.exp(2.5)) - 4),
        ("cross_entropy", True, 2, 2.5 - math.log(math.exp(1) + math.exp(4) + math.exp(2.5))),
    ],
)
def test_the_scores_by_hand(score: str, is_targeted: bool, label: int, value: float) -> None:
    result = attack(
        Fixed(),
        torch.zeros(1, 1, 2, 2),
        label,
        0.1,
        method=Method(score=score),
        targeted=is_targeted,
        max_gradients=0,
    )
    assert result.trace.score.tolist() == [[pytest.approx(value, abs=1e-5)]]
    assert result.gradients.tolist() == [0]


def test_the_trace_tells_every_step() -> None:
    result = run(epsilon=0.3, keep_pictures=True)
    steps = len(result.trace.score)
    assert steps <= 9
    assert result.trace.success.shape == (steps, 12)
    assert result.trace.pictures.shape == (steps, 12, 1, 6, 6)
    assert torch.equal(result.trace.pictures[0], IMAGES)
    assert torch.equal(result.trace.success[-1], result.success)
    assert bool((result.trace.success[1:] >= result.trace.success[:-1]).all())
    done = result.success
    assert torch.equal(result.trace.pictures[-1][done], result.adversarial[done])
    assert run(epsilon=0.3).trace.pictures.shape[0] == 0


def test_of_a_failure_the_best_point_is_kept() -> None:
    result = run(epsilon=0.02, keep_pictures=True)
    failed = (~result.success).nonzero()[:, 0]
    assert len(failed)
    best = result.trace.score.argmax(0)
    for n in failed.tolist():
        assert torch.equal(result.adversarial[n], result.trace.pictures[best[n], n])


def test_where_the_score_is_flat_the_last_point_is_kept() -> None:
    """Saturated logits: cross-entropy is exactly 0 everywhere near, and still FGSM has moved."""

    class Flat(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            total = images.sum((1, 2, 3)) * 1e-3
            return torch.stack([total + 90, -total], dim=1)

    result = attack(Flat(), IMAGES, 0, 0.1, method=FGSM, max_gradients=1)
    assert not result.success.any()
    assert result.gradients.tolist() == [1] * 12
    assert torch.equal(result.trace.score[0], result.trace.score[1])


def test_restarts_share_the_budget_and_help() -> None:
    one = run("improved", 0.15, max_gradients=9)
    several = run("restarts", 0.15, max_gradients=9)
    assert int(several.gradients.max()) <= 9
    assert int(several.gradients[~several.success].min()) == 9
    assert several.trace.score.shape[0] > one.trace.score.shape[0]  # a last look after each run


def test_the_seed_repeats_and_changes_a_random_start() -> None:
    first, again, other = (run("PGD", 0.05, seed=seed, max_gradients=1) for seed in (1, 1, 2))
    assert torch.equal(first.adversarial, again.adversarial)
    assert not torch.equal(first.adversarial, other.adversarial)


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_given_back_unchanged(training: bool) -> None:
    model = Counting().train(training)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    untargeted(model, IMAGES, LABELS, 0.1)
    assert model.training is training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_global_random_numbers_are_left_alone() -> None:
    state = torch.get_rng_state()
    run("PGD")
    random_signs(IMAGES, 0.1)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_named_attacks_are_the_loop_with_their_methods() -> None:
    goal = 2
    for ours, same in (
        (untargeted(MODEL, IMAGES, LABELS, 0.1), run("improved", 0.1, max_gradients=20)),
        (
            targeted(MODEL, IMAGES, goal, 0.1),
            attack(MODEL, IMAGES, goal, 0.1, method=PGD, targeted=True, max_gradients=100),
        ),
        (
            improved_targeted(MODEL, IMAGES, goal, 0.1),
            attack(MODEL, IMAGES, goal, 0.1, method=IMPROVED, targeted=True, max_gradients=100),
        ),
    ):
        assert torch.equal(ours.adversarial, same.adversarial)
        assert torch.equal(ours.gradients, same.gradients)


def test_pictures_in_colour_are_attacked() -> None:
    model = Counting(channels=3).eval()
    images = torch.rand(4, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    result = untargeted(model, images, model(images).argmax(1), 0.5)
    assert result.adversarial.shape == images.shape
    assert result.success.any()


def test_a_target_for_each_image() -> None:
    goals = torch.arange(12) % 4
    result = improved_targeted(MODEL, IMAGES, goals, 1.0)
    assert torch.equal(result.success, MODEL(result.adversarial).argmax(1) == goals)
    assert result.success.float().mean() > 0.5


def test_nothing_to_attack_gives_nothing() -> None:
    result = untargeted(MODEL, IMAGES[:0], LABELS[:0], 0.1)
    assert result.adversarial.shape == (0, 1, 6, 6)
    assert result.success.shape == result.gradients.shape == (0,)


def test_random_signs_are_as_far_away_as_allowed() -> None:
    noisy = random_signs(IMAGES, 0.1)
    assert float((noisy.double() - IMAGES.double()).abs().max()) <= 0.1
    inside = (IMAGES > 0.1) & (IMAGES < 0.9)
    moved = (noisy - IMAGES)[inside].abs()
    torch.testing.assert_close(moved, torch.full_like(moved, 0.1), rtol=1e-4, atol=1e-6)
    assert 0.3 < float((noisy > IMAGES)[inside].float().mean()) < 0.7


def test_the_breaking_epsilon_is_where_success_begins() -> None:
    found = breaking_epsilons(MODEL, IMAGES, LABELS, max_gradients=20)
    for n, epsilon in enumerate(found.tolist()):
        alone = IMAGES[n : n + 1], LABELS[n : n + 1]
        if math.isfinite(epsilon):
            assert untargeted(MODEL, *alone, epsilon).success.item()
        if epsilon > 0:
            assert not untargeted(MODEL, *alone, min(epsilon - 1 / 255, 1.0)).success.item()
    assert breaking_epsilons(MODEL, IMAGES, (LABELS + 1) % 4).tolist() == [0.0] * 12


def test_an_image_that_nothing_breaks_has_no_breaking_epsilon() -> None:
    class Stubborn(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            return torch.stack([images.sum((1, 2, 3)) * 0, images.sum((1, 2, 3)) * 0 + 1], dim=1)

    assert (
        breaking_epsilons(Stubborn(), IMAGES[:2], torch.tensor([1, 1])).tolist() == [math.inf] * 2
    )


class Broken(nn.Module):
    def __init__(self, answer: Tensor) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, images: Tensor) -> Tensor:
        return self.answer


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"epsilon": -0.1},
            ValueError,
            "Expected epsilon from 0 to 1, the range of the pixels, got -0.1",
        ),
        ({"epsilon": math.nan}, ValueError, "Expected epsilon from 0 to 1, .* got nan"),
        ({"epsilon": 1.5}, ValueError, "Expected epsilon from 0 to 1, .* got 1.5"),
        (
            {"images": IMAGES * 255},
            ValueError,
            "Expected pixels from 0 to 1, got .* name the model's own range",
        ),
        ({"images": IMAGES * math.nan}, ValueError, "Expected pixels from 0 to 1, got nan"),
        (
            {"images": (IMAGES * 255).byte()},
            TypeError,
            "Expected images as floats, got torch.uint8",
        ),
        ({"images": IMAGES.tolist()}, TypeError, "Expected images as a tensor .* got a list"),
        ({"images": IMAGES[0]}, ValueError, r"\(N, C, H, W\), got the shape \(1, 6, 6\)"),
        ({"labels": LABELS[:3]}, ValueError, r"one label for each of 12 images, got shape \(3,\)"),
        ({"labels": LABELS.float()}, TypeError, "labels as whole numbers, got torch.float32"),
        ({"labels": "cat"}, TypeError, "labels as whole numbers, got str"),
        ({"labels": 1.5}, TypeError, "labels as whole numbers, got float"),
        ({"labels": 4}, ValueError, "Expected labels from 0 to 3, got 4"),
        ({"labels": -1}, ValueError, "Expected labels from 0 on, got -1"),
        ({"bounds": (1.0, 0.0)}, ValueError, r"Expected bounds \(lowest, highest\)"),
        ({"bounds": (0.0, math.inf)}, ValueError, r"Expected bounds \(lowest, highest\)"),
        ({"bounds": None}, TypeError, r"bounds as two numbers \(lowest, highest\), got None"),
        ({"bounds": 0}, TypeError, r"two numbers \(lowest, highest\), got int 0"),
        ({"bounds": torch.tensor(1)}, TypeError, "two numbers .* got torch.int64 of shape"),
        ({"bounds": (0, 1, 2)}, ValueError, r"two numbers .* got tuple \(0, 1, 2\)"),
        ({"bounds": ("a", 1)}, TypeError, "Expected bounds as a number, got str 'a'"),
        ({"bounds": (0, 10**400)}, ValueError, "bounds as a number, got one that no float holds"),
        ({"epsilon": "0.1"}, TypeError, r"Expected epsilon as a number, got str '0\.1'"),
        ({"epsilon": None}, TypeError, "Expected epsilon as a number, got None"),
        ({"epsilon": [0.1]}, TypeError, r"Expected epsilon as a number, got list \[0\.1\]"),
        ({"epsilon": 1j}, TypeError, "Expected epsilon as a number, got complex 1j"),
        ({"epsilon": torch.ones(2)}, TypeError, r"got torch.float32 of shape \(2,\)"),
        ({"epsilon": 10**400}, ValueError, "epsilon as a number, got one that no float holds"),
        ({"epsilon": -(10**5_000)}, ValueError, "got one that no float holds"),
        (
            {"max_gradients": "3"},
            TypeError,
            "Expected max_gradients as a whole number, got str '3'",
        ),
        ({"max_gradients": 1.5}, TypeError, "max_gradients as a whole number, got float 1.5"),
        ({"max_gradients": torch.ones(2)}, TypeError, "a whole number, got torch.float32 of shape"),
        ({"max_gradients": None}, TypeError, "max_gradients as a whole number, got None"),
        ({"max_gradients": -1}, ValueError, "Expected max_gradients from 0"),
        (
            {"model": Broken(torch.full((12, 4), math.nan))},
            ValueError,
            "logits that are not finite",
        ),
        (
            {"model": Broken(torch.zeros(12))},
            ValueError,
            r"gives logits \(12, classes\), got \(12,\)",
        ),
        (
            {"model": Broken(torch.zeros(3, 4))},
            ValueError,
            r"gives logits \(12, classes\), got \(3, 4\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(change: dict, error: type, message: str) -> None:
    setting = {"model": MODEL, "images": IMAGES, "labels": LABELS, "epsilon": 0.1} | change
    first = [setting.pop(name) for name in ("model", "images", "labels", "epsilon")]
    with pytest.raises(error, match=message):
        attack(*first, **{"method": IMPROVED, "max_gradients": 8} | setting)


@pytest.mark.parametrize("kind", [np.array, np.float64, torch.tensor])
def test_numbers_of_numpy_and_of_tensors_are_taken(kind: Callable[..., object]) -> None:
    whole = {np.float64: np.int64}.get(kind, kind)
    given = {"bounds": (kind(0.0), kind(1.0)), "max_gradients": whole(8), "seed": whole(0)}
    found, right = run("PGD", kind(0.25), **given), run("PGD", 0.25)
    assert torch.equal(found.adversarial, right.adversarial)
    assert torch.equal(found.gradients, right.gradients)
    pair = np.array((0.0, 1.0))
    assert torch.equal(random_signs(IMAGES, kind(0.25), bounds=pair), random_signs(IMAGES, 0.25))


def test_a_step_by_hand() -> None:
    points = torch.tensor([0.5, 0.2, 0.9, 0.4]).reshape(1, 1, 2, 2)
    gradient = torch.tensor([2.0, -4.0, 1.0, 1.0]).reshape(1, 1, 2, 2)  # mean |g| is 2
    before = torch.tensor([1.0, 1.0, 1.0, -1.0]).reshape(1, 1, 2, 2)
    found, direction = step(
        points,
        gradient,
        before,
        step_size=0.25,
        momentum=0.5,
        low=torch.zeros_like(points),
        high=torch.ones_like(points),
    )
    assert direction.flatten().tolist() == [1.5, -1.5, 1.0, 0.0]
    assert found.flatten().tolist() == pytest.approx([0.75, 0.0, 1.0, 0.4])


def test_a_gradient_of_zero_moves_nothing() -> None:
    points = torch.full((2, 1, 2, 2), 0.5)
    nothing = torch.zeros_like(points)
    found, direction = step(
        points, nothing, nothing, step_size=0.1, momentum=1.0, low=nothing, high=nothing + 1
    )
    assert torch.equal(found, points)
    assert torch.equal(direction, nothing)


@pytest.mark.parametrize(("done", "share"), [(0, 2.0), (5, 1.0), (10, 0.0)])
def test_a_cosine_shrinks_the_steps(done: int, share: float) -> None:
    assert IMPROVED.size(done, 10) == pytest.approx(share)
    assert PGD.size(done, 10) == 0.25


def test_a_gradient_that_is_not_finite_is_refused() -> None:
    """The slope of the square root at 0 is infinite, though every logit is finite."""

    class Root(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            first = images[:, 0, 0, 0].sqrt()
            return torch.stack([first + 1, first * 0], dim=1)

    with pytest.raises(UncomputableError, match="The gradient of the score is not finite"):
        attack(Root(), torch.zeros(1, 1, 2, 2), 0, 0.5, method=FGSM, max_gradients=1)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_pixels_that_their_dtype_rounds_beyond_the_bounds_are_taken(dtype: torch.dtype) -> None:
    bounds = (-0.4242, 2.8215)
    exact = torch.tensor(bounds).repeat(3).reshape(1, 1, 2, 3)
    images = exact.to(dtype)
    check_images(images, 0.1, bounds)
    assert grey_levels(images, bounds).unique().tolist() == [0, 255]
    limits = limits_of(images, 0.1, bounds, whole=True)
    assert bool(((limits.low <= images) & (images <= limits.high)).all())
    for end in (-torch.inf, torch.inf):
        beyond = torch.nextafter(images, torch.full_like(images, end))
        with pytest.raises(ValueError, match=r"Expected pixels from -0\.4242 to 2\.8215"):
            check_images(beyond, 0.1, bounds)
    with pytest.raises(ValueError, match="Expected pixels from 0 to 100000, got inf to inf"):
        check_images(torch.full((1, 1, 1, 1), torch.inf, dtype=dtype), 0.1, (0.0, 1e5))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_finer_pixel_beyond_the_bounds_is_taken(dtype: torch.dtype) -> None:
    for end, away in ((0.0, -1.0), (1.0, 2.0)):
        pixel = torch.nextafter(torch.tensor(end, dtype=dtype), torch.tensor(away, dtype=dtype))
        with pytest.raises(ValueError, match="Expected pixels from 0 to 1"):
            check_images(pixel.reshape(1, 1, 1, 1), 0.1, (0.0, 1.0))
