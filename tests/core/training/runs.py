"""Small trainings that several tests share."""

from dataclasses import asdict

import torch
from torch import Tensor

from core.models import MnistCNN
from core.training.config import TrainConfig
from core.training.loop import fit
from core.training.records import EpochRecord, Progress, TrainResult
from tests.synthetic import synthetic_digits

CONFIG = TrainConfig(model="MnistCNN", dataset="mnist", epochs=3, batch_size=64, learning_rate=5e-3)
TRAIN = synthetic_digits(200, seed=1)  # 4 steps an epoch, the last one smaller
VALIDATION = synthetic_digits(80, seed=2)


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
