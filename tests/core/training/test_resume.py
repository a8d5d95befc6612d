"""core.training.resume: a run that was killed goes on bit for bit; a state that does not fit is
refused.
"""

import hashlib
import json
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch
import torch.nn.functional as F
from torch import nn

from core.checkpoints.files import epoch_file
from core.data.facts import to_unit
from core.evaluation import evaluate
from core.training.config import TrainingError
from core.training.records import Progress, TrainResult
from core.training.resume import STATE_FILE, run_folder
from core.training.schedule import learning_rate_at
from tests.core.training.runs import (
    CONFIG,
    TRAIN,
    VALIDATION,
    are_equal,
    assert_same_weights,
    initial,
    stop_in,
    train,
    weights,
    without_times,
)

VARIANTS = {
    "plain": {},
    "constant rate": {"schedule": "constant"},
    "averaged and smoothed": {"average": 0.99, "label_smoothing": 0.1},
    "channels last": {"channels_last": True},
    "shifted": {"augmentation": "shift"},
    "clipped and decayed": {"gradient_clip": 0.5, "weight_decay": 0.05},
    "bf16": {"precision": "bf16", "average": 0.9},
    "sharpness": {"sharpness": 0.5},
    "mixed": {"cutmix": 0.5, "mixup": 0.25},
    "descent": {"optimizer": "sgd", "average": 0.9},
    "momentum": {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.01},
    "adversarial": {"model": "DigitNet", "attack_epsilon": 20.0, "attack_steps": 2},
}


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
    files = [safetensors.torch.load_file(tmp_path / epoch_file(epoch)) for epoch in range(4)]
    assert_same_weights(dict(initial().state_dict()), files[0])
    assert_same_weights(weights(finished), files[3])
    assert not are_equal(files[1], files[2])


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
def state(tmp_path: Path) -> Path:
    """The state file of a run that was ended in its second epoch."""
    train(state_folder=tmp_path, **stop_in(2, 1))
    return tmp_path / STATE_FILE


def rewrite(path: Path, metadata: dict | None = None, drop: str = "") -> None:
    """Write a state file again with other metadata, or without the tensors whose names begin with
    ``drop``.
    """
    with safetensors.safe_open(str(path), framework="pt") as file:
        old, names = dict(file.metadata()), list(file.keys())
        tensors = {
            name: file.get_tensor(name) for name in names if not drop or not name.startswith(drop)
        }
    safetensors.torch.save_file(tensors, path, old | (metadata or {}))


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
        TrainingError, match=r"The state .*state.safetensors cannot be used .*begin anew\."
    ) as caught:
        train(state_folder=state.parent)
    assert "\n" not in str(caught.value)
    assert caught.value.settings == ("fresh",)


def test_a_state_of_other_settings_is_refused(state: Path) -> None:
    with pytest.raises(TrainingError, match="it was written with other settings"):
        train(replace(CONFIG, learning_rate=1e-3), state_folder=state.parent)


def test_other_settings_have_another_folder(tmp_path: Path) -> None:
    assert run_folder("x", CONFIG, tmp_path) == run_folder("x", replace(CONFIG), tmp_path)
    assert run_folder("x", CONFIG, tmp_path) != run_folder("x", replace(CONFIG, seed=1), tmp_path)


def test_a_setting_that_is_new_does_not_lose_a_run(tmp_path: Path) -> None:
    """Only what differs from the defaults names a run's folder; the name is fixed here, lest states
    be orphaned.
    """
    assert run_folder("resnet", CONFIG, tmp_path).name == "resnet-81cc9502ef"


def epoch_by_hand() -> tuple[nn.Module, torch.optim.Adam]:
    """The first epoch of CONFIG as a student writes it."""
    model = initial()
    adam = torch.optim.Adam(model.parameters())
    generator = torch.Generator().manual_seed(CONFIG.seed * 100_003 + 1)
    order = torch.randperm(len(TRAIN), generator=generator)
    for step, index in enumerate(order.split(CONFIG.batch_size)):
        adam.param_groups[0]["lr"] = learning_rate_at(CONFIG, step, 12)
        loss = F.cross_entropy(model(to_unit(TRAIN.images[index])), TRAIN.labels[index])
        adam.zero_grad()
        loss.backward()
        adam.step()
    return model, adam


def test_a_state_of_an_earlier_version_goes_on_bit_for_bit(
    tmp_path: Path, finished: TrainResult
) -> None:
    """The file is written here tensor by tensor, as it was before there was core.training."""
    model, adam = epoch_by_hand()
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        for moment in ("step", "exp_avg", "exp_avg_sq"):
            tensors[f"adam.{name}.{moment}"] = adam.state[parameter][moment]
    total = hashlib.sha256()
    for name, value in sorted(tensors.items()):
        total.update(name.encode() + value.detach().numpy().tobytes())
    metadata = {
        "sha256": total.hexdigest(),
        "config": json.dumps(asdict(CONFIG)),
        "history": json.dumps([asdict(finished.history[0])]),
        "scaler": "{}",
    }
    safetensors.torch.save_file(tensors, tmp_path / STATE_FILE, metadata)
    rest = train(state_folder=tmp_path)
    assert rest.resumed_from == 1
    assert_same_weights(weights(rest), weights(finished))
    assert without_times(rest.history) == without_times(finished.history)


def test_a_state_holds_what_earlier_versions_look_for(tmp_path: Path) -> None:
    config = replace(CONFIG, epochs=1, average=0.9)
    train(config, state_folder=tmp_path)
    with safetensors.safe_open(str(tmp_path / STATE_FILE), framework="pt") as file:
        names, metadata = set(file.keys()), file.metadata()
    model = initial()
    moments = ("step", "exp_avg", "exp_avg_sq")
    assert names == {
        *(f"{kind}.{name}" for kind in ("model", "averaged") for name in model.state_dict()),
        *(f"adam.{name}.{moment}" for name, _ in model.named_parameters() for moment in moments),
    }
    assert set(metadata) == {"sha256", "config", "history", "scaler"}
    assert json.loads(metadata["config"]) == json.loads(json.dumps(asdict(config)))


def test_a_state_from_before_adams_first_step_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """fp16's scaler skips every step of the first epoch, so that there are no moments."""
    monkeypatch.setattr(torch.amp, "GradScaler", partial(torch.amp.GradScaler, init_scale=2.0**40))
    config = replace(CONFIG, precision="fp16", average=0.9, batch_size=200)
    whole = train(config)
    train(config, state_folder=tmp_path, **stop_in(2, 1))
    content = safetensors.torch.load_file(tmp_path / STATE_FILE)
    assert not any(name.startswith("adam.") for name in content)
    assert_same_weights(weights(train(config, state_folder=tmp_path)), weights(whole))
