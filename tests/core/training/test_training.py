"""core.training: the settings, the schedule, and a loop that learns, can be killed and goes on bit
for bit.
"""

import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch
import torch.nn.functional as F
from torch import Tensor

from core import attacks
from core.checkpoints.files import epoch_file, write_weights, write_whole
from core.data.augment import random_crop_flip
from core.data.facts import LabelledImages, to_unit
from core.evaluation import evaluate
from core.models import MnistCNN, build_model
from core.training import loop, parallel
from core.training.config import (
    AUGMENTATIONS,
    EpochRecord,
    Progress,
    TrainConfig,
    TrainingError,
    TrainResult,
    with_overrides,
)
from core.training.loop import fit
from core.training.recipes import RECIPES
from core.training.resume import STATE_FILE, run_folder
from core.training.schedule import learning_rate_at
from tests.synthetic import synthetic_colours, synthetic_digits

CONFIG = TrainConfig(model="MnistCNN", dataset="mnist", epochs=3, batch_size=64, learning_rate=5e-3)
TRAIN = synthetic_digits(200, seed=1)  # 4 steps an epoch, the last one smaller
VALIDATION = synthetic_digits(80, seed=2)
VARIANTS = {
    "plain": {},
    "constant rate": {"schedule": "constant"},
    "averaged and smoothed": {"average": 0.99, "label_smoothing": 0.1},
    "channels last": {"channels_last": True},
    "shifted": {"augmentation": "shift"},
    "clipped and decayed": {"gradient_clip": 0.5, "weight_decay": 0.05},
    "bf16": {"precision": "bf16", "average": 0.9},
    "sharpness": {"sharpness": 0.5},
    "adversarial": {"model": "DigitNet", "attack_epsilon": 20.0, "attack_steps": 2},
}


def train(config: TrainConfig = CONFIG, **settings: object) -> TrainResult:
    return fit(config, TRAIN, VALIDATION, **settings)


def weights(result: TrainResult) -> dict[str, Tensor]:
    return dict(result.model.state_dict())


def assert_same_weights(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert set(one) == set(other)
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


def are_equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, other[name]) for name, value in one.items())


def without_times(history: tuple[EpochRecord, ...]) -> list[dict]:
    """The history, without what the clock says."""
    return [
        {
            key: value
            for key, value in asdict(record).items()
            if key not in ("seconds", "images_per_second")
        }
        for record in history
    ]


def stop_in(epoch: int, step: int) -> dict:
    """Settings for fit that end it after the given step."""
    last: list[Progress] = []
    return {
        "on_progress": last.append,
        "should_stop": lambda: (last[-1].epoch, last[-1].step) == (epoch, step),
    }


def initial(config: TrainConfig = CONFIG) -> MnistCNN:
    """The network that a training with this seed begins with."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(config.seed)
        return MnistCNN()


@pytest.fixture(scope="module")
def finished() -> TrainResult:
    return train()


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


@pytest.mark.parametrize("warmup", [0.0, 0.25, 1.0])
def test_no_step_of_one_cycle_is_wasted(warmup: float) -> None:
    config = replace(CONFIG, learning_rate=0.5, warmup=warmup)
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


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("epochs", 0, "Expected epochs from 1 to 10000, got 0"),
        ("epochs", 10_001, "Expected epochs from 1 to 10000, got 10001"),
        ("batch_size", 0, "Expected batch_size from 1 to 1000000, got 0"),
        ("learning_rate", 0.0, "Expected a learning_rate above 0, got 0"),
        ("learning_rate", -1.0, "Expected learning_rate from 0.0 to 1000.0, got -1.0"),
        ("learning_rate", math.inf, "Expected learning_rate from 0.0 to 1000.0, got inf"),
        ("warmup", 1.1, "Expected warmup from 0.0 to 1.0, got 1.1"),
        ("weight_decay", -0.1, "Expected weight_decay from 0.0 to 1000.0, got -0.1"),
        ("label_smoothing", 1.5, "Expected label_smoothing from 0.0 to 1.0, got 1.5"),
        ("average", -0.5, "Expected average from 0.0 to 1.0, got -0.5"),
        ("gradient_clip", -1.0, "Expected gradient_clip from 0.0 to inf, got -1.0"),
        ("held_out", -1, "Expected held_out from 0 to 1000000, got -1"),
        ("limit", -1, "Expected limit from 0 to 1000000000, got -1"),
        ("seed", -1, "Expected seed from 0 to 2147483647, got -1"),
        ("seed", 2**31, "Expected seed from 0 to 2147483647, got 2147483648"),
        ("schedule", "cosine", "Expected schedule to be one of constant, one_cycle, got 'cosine'"),
        (
            "augmentation",
            "flip",
            "Expected augmentation to be one of none, shift, affine, crop_flip, got 'flip'",
        ),
        ("precision", "fp8", "Expected precision to be one of fp32, bf16, fp16, got 'fp8'"),
        ("betas", (0.9,), r"Expected betas to be two numbers from 0 to below 1, got \(0.9,\)"),
        (
            "betas",
            (0.9, 1.0),
            r"Expected betas to be two numbers from 0 to below 1, got \(0.9, 1.0\)",
        ),
        (
            "betas",
            (math.nan, 0.9),
            r"Expected betas to be two numbers from 0 to below 1, got \(nan, 0.9\)",
        ),
    ],
)
def test_a_setting_out_of_range_is_refused(setting: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(CONFIG, **{setting: value})


@pytest.mark.parametrize(
    "setting", ["learning_rate", "warmup", "weight_decay", "label_smoothing", "average"]
)
def test_nan_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match=f"Expected {setting} from .*, got nan"):
        replace(CONFIG, **{setting: math.nan})


@pytest.mark.parametrize("setting", ["epochs", "batch_size", "held_out", "limit", "seed"])
@pytest.mark.parametrize("value", [2.5, "3", None])
def test_what_counts_must_be_a_whole_number(setting: str, value: object) -> None:
    with pytest.raises(TypeError, match=f"Expected {setting} to be a whole number, got {value!r}"):
        replace(CONFIG, **{setting: value})


def test_a_rate_must_be_a_number() -> None:
    with pytest.raises(TypeError, match="Expected learning_rate to be a number, got 'fast'"):
        replace(CONFIG, learning_rate="fast")


@pytest.mark.parametrize("config", [CONFIG, *RECIPES.values()])
def test_a_configuration_survives_its_card(config: TrainConfig) -> None:
    assert TrainConfig.from_dict(json.loads(json.dumps(asdict(config)))) == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"momentum": 0.9}, "Expected the settings .*momentum"),
        ({"epochs": 0}, "Expected epochs from 1"),
        ({"epochs": "3"}, "The configuration does not fit: Expected epochs to be a whole number"),
        ({"betas": 3}, "The configuration does not fit"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainConfig.from_dict(asdict(CONFIG) | change)


@pytest.mark.parametrize("values", [[], None, {}, {"model": "MnistCNN"}])
def test_a_configuration_with_something_missing_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match=r"Expected the settings|The configuration does not fit"):
        TrainConfig.from_dict(values)


def test_an_override_that_was_not_given_changes_nothing() -> None:
    assert with_overrides(CONFIG, epochs=None, seed=7) == replace(CONFIG, seed=7)


def test_other_settings_have_another_folder(tmp_path: Path) -> None:
    assert run_folder("x", CONFIG, tmp_path) == run_folder("x", replace(CONFIG), tmp_path)
    assert run_folder("x", CONFIG, tmp_path) != run_folder("x", replace(CONFIG, seed=1), tmp_path)


def test_the_recipe_of_the_cnn_meets_the_homework() -> None:
    recipe = RECIPES["mnist_cnn"]
    assert recipe.epochs >= 5
    assert (recipe.model, recipe.dataset, recipe.held_out, recipe.limit) == (
        "MnistCNN",
        "mnist",
        0,
        0,
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


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("stop", [(1, 2), (3, 1)])
def test_a_run_that_was_ended_goes_on_bit_for_bit(
    tmp_path: Path, variant: str, stop: tuple[int, int]
) -> None:
    config = replace(CONFIG, **VARIANTS[variant])
    whole = train(config)
    train(config, state_folder=tmp_path, **stop_in(*stop))
    rest = train(config, state_folder=tmp_path)
    assert rest.resumed_from == stop[0] - 1
    assert_same_weights(weights(rest), weights(whole))
    assert without_times(rest.history) == without_times(whole.history)


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    whole = train(state_folder=tmp_path)
    seen: list[Progress] = []
    again = train(state_folder=tmp_path, on_progress=seen.append)
    assert seen == []
    assert again.history == whole.history
    assert again.evaluation.accuracy == whole.evaluation.accuracy
    assert_same_weights(weights(again), weights(whole))


def test_the_weights_of_every_epoch_are_kept(tmp_path: Path, finished: TrainResult) -> None:
    train(state_folder=tmp_path)
    kept = [safetensors.torch.load_file(tmp_path / epoch_file(epoch)) for epoch in range(4)]
    assert_same_weights(dict(initial().state_dict()), kept[0])
    assert_same_weights(weights(finished), kept[3])
    assert not are_equal(kept[1], kept[2])


def test_a_stopped_run_ends_with_the_last_finished_epoch(finished: TrainResult) -> None:
    stopped = train(**stop_in(3, 2))
    assert not stopped.complete
    assert without_times(stopped.history) == without_times(finished.history[:2])
    result = evaluate(stopped.model, VALIDATION.images, VALIDATION.labels, prepare=to_unit)
    assert result.accuracy == stopped.evaluation.accuracy
    assert result.confusion.tolist() == finished.history[1].confusion


def test_a_run_stopped_in_its_first_epoch_has_learned_nothing() -> None:
    stopped = train(**stop_in(1, 3))
    assert (stopped.history, stopped.evaluation, stopped.complete) == ((), None, False)
    assert_same_weights(weights(stopped), dict(initial().state_dict()))


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
        TrainingError, match=r"no longer finite in epoch 2, step 2 of 4: lower --lr \(now 0.005\)"
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


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The state file of a run that was ended in its second epoch."""
    train(state_folder=tmp_path, **stop_in(2, 1))
    return tmp_path / STATE_FILE


def rewrite(path: Path, metadata: dict | None = None, drop: str = "") -> None:
    """Write a state file again with other metadata, or without the tensors whose names begin with
    ``drop``.
    """
    with safetensors.safe_open(str(path), framework="pt") as file:
        known, names = dict(file.metadata()), list(file.keys())
        tensors = {
            name: file.get_tensor(name) for name in names if not drop or not name.startswith(drop)
        }
    safetensors.torch.save_file(tensors, path, known | (metadata or {}))


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"no safetensors file at all"),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: path.write_bytes(
            path.read_bytes()[:-3] + bytes([path.read_bytes()[-3] ^ 1]) + b"\0\0"
        ),
        lambda path: rewrite(path, {"config": "{"}),
        lambda path: rewrite(path, {"history": "[{}]"}),
        lambda path: rewrite(path, {"history": "null"}),
        lambda path: rewrite(path, drop="model.conv1.weight"),
        lambda path: safetensors.torch.save_file({"model.conv1.weight": torch.zeros(1)}, path),
    ],
    ids=[
        "empty",
        "text",
        "a byte short",
        "half",
        "a bit flipped",
        "config",
        "history",
        "no history",
        "weights",
        "no metadata",
    ],
)
def test_a_damaged_state_is_one_sentence(state: Path, damage: object) -> None:
    damage(state)
    with pytest.raises(
        TrainingError, match=r"The state .*state.safetensors cannot be used .*--fresh\."
    ) as caught:
        train(state_folder=state.parent)
    assert "\n" not in str(caught.value)


def test_a_state_of_other_settings_is_refused(state: Path) -> None:
    with pytest.raises(TrainingError, match="it was written with other settings"):
        train(replace(CONFIG, learning_rate=1e-3), state_folder=state.parent)


def test_the_average_by_hand(tmp_path: Path) -> None:
    config = replace(CONFIG, epochs=2, batch_size=200, average=0.5)  # one step an epoch
    live, averaged = [], []

    def look(progress: Progress) -> None:
        if progress.record is not None:
            content = safetensors.torch.load_file(tmp_path / STATE_FILE)
            live.append(content["model.fc1.weight"])
            averaged.append(content["averaged.fc1.weight"])

    result = train(config, state_folder=tmp_path, on_progress=look)
    start = initial().fc1.weight.detach()
    first = 2 / 11 * start + 9 / 11 * live[0]  # (1 + 1) / (10 + 1) is below 0.5
    second = 3 / 12 * first + 9 / 12 * live[1]
    torch.testing.assert_close(averaged[0], first, rtol=0, atol=1e-6)
    torch.testing.assert_close(averaged[1], second, rtol=0, atol=1e-6)
    assert torch.equal(result.model.fc1.weight, averaged[1])


def test_the_average_changes_what_ships_and_not_the_training(
    tmp_path: Path, finished: TrainResult
) -> None:
    averaged = train(replace(CONFIG, average=0.9), state_folder=tmp_path)
    content = safetensors.torch.load_file(tmp_path / STATE_FILE)
    live = {
        name.removeprefix("model."): value
        for name, value in content.items()
        if name.startswith("model.")
    }
    assert_same_weights(weights(finished), {name: live[name] for name in weights(finished)})
    assert not are_equal(weights(averaged), weights(finished))


def test_the_processes_average_the_buffers_of_their_networks_in_one_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The live network's first, then the average's: in another order in each process they would be
    mixed.
    """
    seen: list[object] = []
    monkeypatch.setattr(parallel, "average_buffers", seen.append)
    result = train(replace(CONFIG, average=0.9))
    assert [network is result.model for network in seen] == [False, True] * CONFIG.epochs


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


@pytest.fixture
def first_step(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Tensor, Tensor]]:
    """Adam's weights and gradients, parameter by parameter, as its first step finds them."""
    found: list[tuple[Tensor, Tensor]] = []
    real = torch.optim.Adam.step

    def step(self: torch.optim.Adam, *args: object) -> object:
        if not found:
            parameters = [p for group in self.param_groups for p in group["params"]]
            found.extend(
                (parameter.detach().clone(), parameter.grad.clone()) for parameter in parameters
            )
        return real(self, *args)

    monkeypatch.setattr(torch.optim.Adam, "step", step)
    return found


def test_sharpness_takes_the_gradient_at_the_worst_weights_nearby(
    first_step: list[tuple[Tensor, Tensor]],
) -> None:
    rho = 0.5
    train(replace(CONFIG, epochs=1, batch_size=len(TRAIN), sharpness=rho))
    model = initial()
    order = torch.randperm(
        len(TRAIN), generator=torch.Generator().manual_seed(CONFIG.seed * 100_003 + 1)
    )
    images, labels = to_unit(TRAIN.images[order]), TRAIN.labels[order]
    before = [parameter.detach().clone() for parameter in model.parameters()]
    uphill = torch.autograd.grad(
        F.cross_entropy(model(images[::2]), labels[::2]), list(model.parameters())
    )
    length = math.sqrt(
        sum(float((weight * slope).square().sum()) for weight, slope in zip(before, uphill))
    )
    with torch.no_grad():
        for parameter, weight, slope in zip(model.parameters(), before, uphill):
            parameter += rho * weight.square() * slope / length
    there = torch.autograd.grad(F.cross_entropy(model(images), labels), list(model.parameters()))
    names = {
        parameter.shape: index for index, parameter in enumerate(model.parameters())
    }  # all differ
    assert len(names) == len(before)
    for weight, gradient in first_step:
        index = names[weight.shape]
        assert torch.equal(weight, before[index])  # Adam moves the weights from where they were
        torch.testing.assert_close(gradient, there[index], rtol=1e-4, atol=1e-6)
        assert not torch.allclose(gradient, uphill[index], rtol=1e-2)


def test_without_sharpness_the_gradient_is_that_of_the_weights(
    first_step: list[tuple[Tensor, Tensor]],
) -> None:
    train(replace(CONFIG, epochs=1, batch_size=len(TRAIN)))
    model = initial()
    gradients = torch.autograd.grad(
        F.cross_entropy(model(to_unit(TRAIN.images)), TRAIN.labels), list(model.parameters())
    )
    by_shape = {gradient.shape: gradient for gradient in gradients}
    for weight, gradient in first_step:
        torch.testing.assert_close(gradient, by_shape[weight.shape], rtol=1e-4, atol=1e-6)


def test_the_climb_leaves_the_statistics_of_batch_normalisation_alone() -> None:
    config = replace(
        CONFIG, model="ResNet", dataset="cifar10", epochs=2, batch_size=4, sharpness=0.5
    )
    images = torch.randint(
        0, 256, (8, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    data = LabelledImages(images, torch.arange(8))
    state = weights(fit(config, data, data))
    counts = {int(value) for name, value in state.items() if name.endswith("num_batches_tracked")}
    assert counts == {4}  # one count a step: the climb's own pass is not counted


PRECISE = replace(
    CONFIG,
    model="ResNet",
    dataset="cifar10",
    epochs=2,
    batch_size=8,
    learning_rate=1e-3,
    augmentation="crop_flip",
    average=0.5,
    precise_bn=True,
)


@pytest.fixture(scope="module")
def precise() -> tuple[TrainResult, TrainResult]:
    """A training with precise batch normalisation, and the same without."""
    data = synthetic_colours(40)
    return fit(PRECISE, data, data), fit(replace(PRECISE, precise_bn=False), data, data)


def test_precise_statistics_are_those_of_the_unchanged_training_images(
    precise: tuple[TrainResult, TrainResult],
) -> None:
    """By hand, layer by layer: each layer's inputs are those that its batch sees when all before it
    normalise by it.
    """
    model = precise[0].model
    layers = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.BatchNorm2d)
    }
    found: dict[str, list[tuple[Tensor, Tensor]]] = {name: [] for name in layers}

    def note(name: str) -> Callable[[torch.nn.Module, tuple[Tensor]], None]:
        def hook(module: torch.nn.Module, inputs: tuple[Tensor]) -> None:
            found[name].append((inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3))))

        return hook

    copy = build_model(asdict(PRECISE))
    copy.load_state_dict(model.state_dict())
    for name, module in copy.named_modules():
        if name in layers:
            module.register_forward_pre_hook(note(name))
    copy.train()
    with torch.no_grad():
        for batch in synthetic_colours(40).images.split(PRECISE.batch_size):
            copy(to_unit(batch))
    for name, layer in layers.items():
        means, variances = (torch.stack(each).mean(0) for each in zip(*found[name]))
        torch.testing.assert_close(layer.running_mean, means, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(layer.running_var, variances, rtol=1e-3, atol=1e-4)


def test_precise_statistics_change_no_weight_and_no_record(
    precise: tuple[TrainResult, TrainResult],
) -> None:
    new, old = precise
    assert without_times(new.history) == without_times(old.history)
    assert dict(old.model.named_parameters()).keys() == dict(new.model.named_parameters()).keys()
    for name, value in new.model.named_parameters():
        assert torch.equal(value, old.model.get_parameter(name)), name
    assert not torch.equal(new.model.stem[1].running_mean, old.model.stem[1].running_mean)
    assert {
        module.momentum
        for module in new.model.modules()
        if isinstance(module, torch.nn.BatchNorm2d)
    } == {0.1}
    assert not any(module.training for module in new.model.modules())


def test_the_result_with_precise_statistics_is_that_of_the_network(
    precise: tuple[TrainResult, TrainResult],
) -> None:
    new, old = precise
    data = synthetic_colours(40)
    assert new.evaluation is not None
    wanted = evaluate(new.model, data.images, data.labels, prepare=to_unit)
    assert new.evaluation.loss == pytest.approx(wanted.loss, rel=1e-5)
    assert new.evaluation.loss != old.evaluation.loss
    assert old.evaluation.loss == old.history[-1].validation_loss


def test_precise_statistics_wait_for_the_end(
    tmp_path: Path, precise: tuple[TrainResult, TrainResult]
) -> None:
    """A stopped run keeps its running statistics, and a finished one that is asked again gives the
    same network.
    """
    data = synthetic_colours(40)
    stopped = fit(PRECISE, data, data, state_folder=tmp_path, **stop_in(2, 1))
    assert_same_weights(weights(stopped), safetensors.torch.load_file(tmp_path / epoch_file(1)))
    for _ in range(2):
        assert_same_weights(
            weights(fit(PRECISE, data, data, state_folder=tmp_path)), weights(precise[0])
        )


def test_precise_statistics_need_no_batch_normalisation(finished: TrainResult) -> None:
    assert_same_weights(weights(train(replace(CONFIG, precise_bn=True))), weights(finished))


def test_steps_that_fp16_skips_do_not_end_a_run_with_sharpness(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scaler = partial(
        torch.amp.GradScaler, init_scale=2.0**30
    )  # so large that the first gradients overflow
    monkeypatch.setattr(torch.amp, "GradScaler", scaler)
    history = train(replace(CONFIG, precision="fp16", sharpness=0.5, epochs=8)).history
    assert history[-1].validation_loss < history[0].validation_loss


@pytest.mark.parametrize("epsilon", [0.0, 30.0])
def test_adversarial_training_takes_the_worst_pictures_nearby(
    monkeypatch: pytest.MonkeyPatch, epsilon: float
) -> None:
    seen: list[dict] = []
    real = attacks.attack

    def attack(
        model: object, images: Tensor, labels: Tensor, radius: float, **settings: object
    ) -> object:
        found = real(model, images, labels, radius, **settings)
        seen.append(
            {
                "moved": float((found.adversarial - images).abs().max()),
                "most": float(images.max()),
                **settings,
            }
        )
        assert found.gradients.tolist() == [3] * len(images)
        return found

    monkeypatch.setattr(attacks, "attack", attack)
    config = replace(
        CONFIG, model="DigitNet", epochs=1, attack_epsilon=epsilon, attack_steps=3, dropout=0.0
    )
    train(config)
    assert len(seen) == (4 if epsilon else 0)
    for one in seen:
        assert 0 < one["moved"] <= epsilon
        assert one["most"] > 200  # grey values
        assert one["bounds"] == (0, 255)
    assert len({one["seed"] for one in seen}) == len(seen), (
        "every batch has its own starting points"
    )


def test_a_setting_that_is_new_does_not_lose_a_run(tmp_path: Path) -> None:
    """Only what differs from the defaults names a run's folder; the name is fixed here, lest states
    be orphaned.
    """
    assert run_folder("resnet", CONFIG, tmp_path).name == "resnet-81cc9502ef"


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


def test_steps_that_fp16_skips_do_not_end_an_averaged_run(monkeypatch: pytest.MonkeyPatch) -> None:
    scaler = partial(
        torch.amp.GradScaler, init_scale=2.0**30
    )  # so large that the first gradients overflow
    monkeypatch.setattr(torch.amp, "GradScaler", scaler)
    assert train(replace(CONFIG, precision="fp16", average=0.9)).complete


def test_write_whole_replaces_the_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("moment", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, error: BaseException
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*args: object) -> None:
        raise error

    monkeypatch.setattr(os if moment == "fsync" else Path, moment, fail)
    with pytest.raises(type(error)):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_the_new_content_is_on_the_disk_before_the_old_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, order = tmp_path / "file", []
    rename = Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: order.append("fsync"))
    monkeypatch.setattr(
        Path, "replace", lambda self, target: order.append("replace") or rename(self, target)
    )
    write_whole(path, b"new")
    assert order == ["fsync", "replace"]


def test_written_weights_can_be_read_back(tmp_path: Path) -> None:
    model = initial().to(memory_format=torch.channels_last)
    write_weights(tmp_path / "weights.safetensors", model)
    assert_same_weights(
        dict(model.state_dict()), safetensors.torch.load_file(tmp_path / "weights.safetensors")
    )
