"""core.training.finite: a training that leaves the finite numbers says so and keeps its state."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from core.models import MnistCNN
from core.training import loop, resume
from core.training.computing import Computing
from core.training.config import TrainConfig, TrainingError
from core.training.finite import are_finite, check_loss, check_state
from core.training.loop import fit
from core.training.records import Progress
from core.training.resume import STATE_FILE
from core.training.state import new_state
from tests.core.training.runs import CONFIG, TRAIN, VALIDATION, train
from tests.synthetic import synthetic_colours

WILD = replace(
    CONFIG, epochs=2, learning_rate=1000.0, weight_decay=1000.0, schedule="constant", seed=0
)
KINDS: dict[str, TrainConfig] = {
    "the last step's weights": replace(WILD, batch_size=100),
    "within an epoch": WILD,
    "averaged": replace(WILD, average=0.9),
    "clipped": replace(WILD, gradient_clip=1.0),
    "sharpness": replace(WILD, sharpness=0.5),
    "bf16": replace(WILD, precision="bf16"),
    "attacked": replace(WILD, model="DigitNet", attack_epsilon=20.0, attack_steps=2),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_divergence_is_one_sentence_and_writes_nothing_that_is_not_finite(
    tmp_path: Path, kind: str
) -> None:
    seen: list[Progress] = []
    for _ in range(2):  # the same command stops there again, and says so
        with pytest.raises(TrainingError) as caught:
            fit(KINDS[kind], TRAIN, VALIDATION, state_folder=tmp_path, on_progress=seen.append)
        told = str(caught.value)
        assert told.count(".") - told.count("1e") <= 3
        assert "\n" not in told
        assert "finite" in told
        assert "lower the learning rate (now 1000) or the weight decay (now 1000)" in told
        assert "kept" in told
        assert "other settings begin a training of their own" in told
        assert {"learning_rate", "weight_decay"} <= set(caught.value.settings)
    assert all(math.isfinite(progress.loss) for progress in seen)
    for file in tmp_path.glob("*.safetensors"):
        assert are_finite(safetensors.torch.load_file(file).values()), file


def test_the_resnet_with_measured_statistics_diverges_in_one_sentence(tmp_path: Path) -> None:
    data = synthetic_colours(24)
    config = replace(WILD, model="ResNet", dataset="cifar10", batch_size=8, precise_bn=True)
    with pytest.raises(TrainingError, match="finite"):
        fit(config, data, data, state_folder=tmp_path)


def spoiled(what: str) -> TrainConfig:
    return replace(CONFIG, average=0.5 if what == "averaged" else 0.0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("what", ["model", "averaged", "moments"])
def test_a_number_that_is_not_finite_is_found_wherever_it_is(what: str, value: float) -> None:
    state = new_state(spoiled(what), Computing())
    check_state(state, "in epoch 1")
    state.optimizer.state[next(state.model.parameters())] = {"exp_avg": torch.zeros(2)}
    place = {
        "model": next(state.model.parameters()),
        "averaged": next(state.averaged.parameters()),
        "moments": next(iter(state.optimizer.state.values()))["exp_avg"],
    }[what]
    with torch.no_grad():
        place.flatten()[0] = value
    with pytest.raises(
        TrainingError,
        match=r"^The weights are no longer finite in epoch 1: lower the learning rate "
        r"\(now 0.005\); the state before the first epoch is kept",
    ):
        check_state(state, "in epoch 1")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_names_what_to_change(value: float) -> None:
    state = new_state(replace(CONFIG, precision="bf16"), Computing())
    check_loss(state, 1e30, "loss", "in epoch 1")
    with pytest.raises(
        TrainingError,
        match=r"lower the learning rate \(now 0.005\), or compute in fp32 \(now bf16\)",
    ):
        check_loss(state, value, "loss", "in epoch 1")


def test_the_last_finite_state_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second epoch's last step spoils the weights; no loss has seen it yet."""
    real = loop.training_step
    steps: list[int] = []

    def spoiling(state: object, *arguments: object) -> Tensor:
        steps.append(1)
        logits = real(state, *arguments)
        if len(steps) == 8:
            nn.init.constant_(state.model.fc2.bias, math.inf)
        return logits

    monkeypatch.setattr(loop, "training_step", spoiling)
    with pytest.raises(TrainingError, match=r"at the end of epoch 2: .*the state after epoch 1 is"):
        train(state_folder=tmp_path)
    monkeypatch.undo()
    rest = train(state_folder=tmp_path)
    assert (rest.resumed_from, rest.complete) == (1, True)
    assert isinstance(rest.model, MnistCNN)


def test_a_state_that_an_earlier_version_spoiled_is_refused(tmp_path: Path) -> None:
    train(replace(CONFIG, epochs=1), state_folder=tmp_path)
    path = tmp_path / STATE_FILE
    with safetensors.safe_open(str(path), framework="pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    tensors["model.fc2.bias"][0] = math.nan
    metadata["sha256"] = resume._sha256(tensors)
    safetensors.torch.save_file(tensors, path, metadata)
    with pytest.raises(TrainingError, match=r"holds numbers that are not finite.*begin anew"):
        train(replace(CONFIG, epochs=1), state_folder=tmp_path)
    assert json.loads(metadata["history"])
