"""core.training.loop: it learns, repeats itself bit for bit, and reports what it does."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from core.data.augment import random_crop_flip
from core.data.facts import LabelledImages, to_unit
from core.evaluation import evaluate
from core.training import loop, parallel
from core.training.batches import Batch
from core.training.computing import Computing
from core.training.config import AUGMENTATIONS, TrainingError
from core.training.loop import fit, training_step
from core.training.records import Progress, TrainResult
from core.training.schedule import learning_rate_at
from core.training.state import new_state
from tests.core.training.runs import (
    CONFIG,
    TRAIN,
    VALIDATION,
    are_equal,
    assert_same_weights,
    initial,
    train,
    weights,
    without_times,
)


def test_training_learns() -> None:
    result = train(replace(CONFIG, epochs=6, learning_rate=2e-2))
    assert result.history[0].validation_loss > 1.5
    assert result.history[-1].validation_accuracy > 0.95


def test_training_repeats_bit_for_bit(finished: TrainResult) -> None:
    again = train()
    assert_same_weights(weights(again), weights(finished))
    assert without_times(again.history) == without_times(finished.history)


def test_another_seed_gives_another_network(finished: TrainResult) -> None:
    assert not are_equal(weights(train(replace(CONFIG, seed=1, epochs=1))), weights(finished))


def test_the_history_tells_the_epochs_in_order(finished: TrainResult) -> None:
    assert [record.epoch for record in finished.history] == [1, 2, 3]
    assert finished.complete
    assert finished.resumed_from == 0


def test_a_record_holds_what_the_network_does_then(finished: TrainResult) -> None:
    result = evaluate(finished.model, VALIDATION.images, VALIDATION.labels, prepare=to_unit)
    last = finished.history[-1]
    assert last.validation_accuracy == result.accuracy == finished.evaluation.accuracy
    assert last.validation_loss == pytest.approx(result.loss, abs=1e-6)
    assert last.confusion == result.confusion.tolist()


def test_a_record_holds_the_rate_of_its_last_step(finished: TrainResult) -> None:
    assert [record.learning_rate for record in finished.history] == [
        learning_rate_at(CONFIG, step, 12) for step in (3, 7, 11)
    ]


def test_a_record_counts_its_time(finished: TrainResult) -> None:
    for record in finished.history:
        assert record.seconds > 0
        assert record.images_per_second >= len(TRAIN) / record.seconds


def test_the_network_comes_back_in_eval_mode(finished: TrainResult) -> None:
    assert not any(module.training for module in finished.model.modules())


def test_every_step_and_every_epoch_is_reported() -> None:
    seen: list[Progress] = []
    train(replace(CONFIG, epochs=2), on_progress=seen.append)
    assert [(p.epoch, p.step, p.images, p.record is not None) for p in seen] == [
        (epoch, step, images, final)
        for epoch in (1, 2)
        for step, images, final in (
            (1, 64, False),
            (2, 128, False),
            (3, 192, False),
            (4, 200, False),
            (4, 200, True),
        )
    ]
    assert {p.steps for p in seen} == {4}
    assert seen[-1].record.train_loss == seen[-1].loss


def test_the_first_reported_loss_is_that_of_the_initial_network() -> None:
    seen: list[Progress] = []
    train(replace(CONFIG, epochs=1, batch_size=200), on_progress=seen.append)
    before = evaluate(initial(), TRAIN.images, TRAIN.labels, prepare=to_unit)
    assert seen[0].loss == pytest.approx(before.loss, abs=1e-5)
    assert seen[0].accuracy == before.accuracy


def test_training_leaves_the_global_random_numbers_alone() -> None:
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(4321)  # a state that no training leaves behind
        before = torch.get_rng_state()
        train(replace(CONFIG, epochs=1, augmentation="shift"))
        assert torch.equal(torch.get_rng_state(), before)


def test_the_global_random_numbers_do_not_change_training(finished: TrainResult) -> None:
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(1234)
        assert_same_weights(weights(train()), weights(finished))


def test_no_image_to_train_on_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected at least one image to train on, got none"):
        fit(CONFIG, TRAIN.subset(slice(0)), VALIDATION)


@pytest.fixture
def rate_explodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the second epoch on the learning rate is infinite."""
    real = learning_rate_at
    monkeypatch.setattr(
        loop,
        "learning_rate_at",
        lambda c, step, total: math.inf if step >= 4 else real(c, step, total),
    )


@pytest.mark.usefixtures("rate_explodes")
def test_a_loss_that_is_not_finite_ends_the_run() -> None:
    with pytest.raises(
        TrainingError,
        match=r"no longer finite in epoch 2, step 2 of 4: lower the learning rate \(now 0.005\)",
    ):
        train()


def test_the_state_before_a_loss_that_is_not_finite_is_kept(
    tmp_path: Path,
    finished: TrainResult,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    with monkeypatch.context():
        request.getfixturevalue("rate_explodes")
        with pytest.raises(TrainingError, match="the state after epoch 1 is kept"):
            train(state_folder=tmp_path)
        monkeypatch.undo()
    rest = train(state_folder=tmp_path)
    assert rest.resumed_from == 1
    assert_same_weights(weights(rest), weights(finished))


def test_label_smoothing_changes_the_training(finished: TrainResult) -> None:
    assert not are_equal(weights(train(replace(CONFIG, label_smoothing=0.2))), weights(finished))


def test_label_smoothing_does_not_change_the_reported_training_loss() -> None:
    plain, smoothed = [], []
    train(replace(CONFIG, epochs=1), on_progress=plain.append)
    train(replace(CONFIG, epochs=1, label_smoothing=0.2), on_progress=smoothed.append)
    assert smoothed[0].loss == plain[0].loss  # before the first update both networks are the same


def test_label_smoothing_does_not_change_the_validation_loss() -> None:
    result = train(replace(CONFIG, label_smoothing=0.2))
    with torch.no_grad():
        wanted = F.cross_entropy(result.model(to_unit(VALIDATION.images)), VALIDATION.labels)
    assert result.history[-1].validation_loss == pytest.approx(float(wanted), abs=1e-5)


@pytest.fixture
def gradient_norms(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The norm of the whole gradient at each of Adam's steps."""
    norms: list[float] = []
    real = torch.optim.Adam.step

    def step(self: torch.optim.Adam, *args: object) -> object:
        gradients = [p.grad for group in self.param_groups for p in group["params"]]
        norms.append(float(torch.cat([gradient.flatten() for gradient in gradients]).norm()))
        return real(self, *args)

    monkeypatch.setattr(torch.optim.Adam, "step", step)
    return norms


def test_gradients_are_clipped(gradient_norms: list[float]) -> None:
    train(replace(CONFIG, epochs=1, gradient_clip=0.05))
    assert len(gradient_norms) == 4
    assert max(gradient_norms) <= 0.05 * 1.001


def test_gradients_are_not_clipped_by_default(gradient_norms: list[float]) -> None:
    train(replace(CONFIG, epochs=1))
    assert min(gradient_norms) > 0.05


def test_weight_decay_is_kept_from_biases() -> None:
    config = replace(
        CONFIG, epochs=1, batch_size=200
    )  # one step, so that the gradients are the same
    plain, decayed = weights(train(config)), weights(train(replace(config, weight_decay=1.0)))
    assert {name for name, value in plain.items() if not torch.equal(value, decayed[name])} == {
        "conv1.weight",
        "conv2.weight",
        "fc1.weight",
        "fc2.weight",
    }


def test_augmentation_changes_the_training(finished: TrainResult) -> None:
    assert not are_equal(weights(train(replace(CONFIG, augmentation="shift"))), weights(finished))


def test_crop_flip_augments_cifar10(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = []
    real = random_crop_flip
    monkeypatch.setitem(
        AUGMENTATIONS,
        "crop_flip",
        lambda images, generator: shapes.append(images.shape) or real(images, generator),
    )
    config = replace(
        CONFIG, model="ResNet", dataset="cifar10", epochs=1, batch_size=4, augmentation="crop_flip"
    )
    images = torch.randint(
        0, 256, (8, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    data = LabelledImages(images, torch.arange(8))
    result = fit(config, data, data)
    assert shapes == [(4, 3, 32, 32)] * 2
    assert result.complete


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_trains_float32_weights(precision: str) -> None:
    result = train(replace(CONFIG, precision=precision, learning_rate=2e-2, average=0.5))
    assert {value.dtype for value in weights(result).values()} == {torch.float32}
    assert result.history[-1].validation_accuracy > 0.9


def test_half_precision_differs_from_full_precision(finished: TrainResult) -> None:
    assert not are_equal(weights(train(replace(CONFIG, precision="bf16"))), weights(finished))


def test_one_training_step_is_what_a_student_writes() -> None:
    """The same bits: forward, cross-entropy, backward, Adam."""
    images, labels = to_unit(TRAIN.images[:64]), TRAIN.labels[:64]
    state, model = new_state(CONFIG, Computing()), initial()
    adam = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(3):
        answered = training_step(state, images, labels, 0.02)
        logits = model(images)
        adam.zero_grad()
        F.cross_entropy(logits, labels).backward()
        adam.step()
        assert torch.equal(answered, logits)
        assert not answered.requires_grad
    assert_same_weights(dict(state.model.state_dict()), dict(model.state_dict()))


def test_the_weight_of_a_loss_scales_the_gradient(gradient_norms: list[float]) -> None:
    images, labels = to_unit(TRAIN.images[:64]), TRAIN.labels[:64]
    for weight in (1.0, 0.25):
        training_step(new_state(CONFIG, Computing()), images, labels, 0.02, weight)
    assert gradient_norms[1] == pytest.approx(gradient_norms[0] / 4, rel=1e-5)


@pytest.mark.parametrize(
    ("labels", "weight", "size", "count", "loss_weight"),
    [(4, 1.0, 7, 4.0, 8 / 7), (3, 1.0, 7, 3.0, 6 / 7), (1, 0.5, 1, 0.5, 1.0)],
)
def test_a_share_counts_as_many_images_as_it_has(
    monkeypatch: pytest.MonkeyPatch,
    labels: int,
    weight: float,
    size: int,
    count: float,
    loss_weight: float,
) -> None:
    monkeypatch.setattr(parallel, "world_size", lambda: 2)
    batch = Batch(torch.zeros(labels, 1, 28, 28), torch.zeros(labels).long(), weight, size)
    assert batch.count == count
    assert batch.loss_weight == pytest.approx(loss_weight)
