"""The steps of an epoch, how long they take, and the training that shows it."""

from dataclasses import replace

import pytest
import torch

from benchmarks import step_rates
from benchmarks.step_rates import Rates, measured_steps, medians, seconds_per_epoch, steps_by_size
from core import homework
from core.data.facts import LabelledImages
from core.training.config import TrainConfig
from core.training.recipes import RECIPES
from core.training.sizes import image_size_at

GROWING = replace(
    RECIPES[homework.SHORT_RESNET],
    epochs=5,
    first_size=16,
    full_size_from=0.7,
    precise_bn=False,
    held_out=5_000,
)
RATES = Rates({16: 900.0, 24: 450.0, 32: 300.0}, statistics=1_500.0)


def test_an_epoch_has_as_many_steps_of_a_size_as_its_training() -> None:
    epochs = steps_by_size(GROWING)
    assert len(epochs) == 5
    assert [epoch.total() for epoch in epochs] == [352] * 5
    assert dict(epochs[0]) == {16: 352}
    assert set(epochs[1]) == {16, 24}
    assert dict(epochs[4]) == {32: 352}


def test_an_epoch_takes_as_long_as_its_steps() -> None:
    seconds = seconds_per_epoch(GROWING, Rates(RATES.steps))
    assert seconds[0] == pytest.approx(50)
    assert seconds[4] == pytest.approx(150)
    assert 50 < seconds[1] < 100


def test_an_epoch_of_a_training_that_holds_none_out_has_all_images() -> None:
    whole = replace(GROWING, held_out=0)
    assert seconds_per_epoch(whole, Rates(RATES.steps))[4] == pytest.approx(50_000 / 300)
    assert steps_by_size(whole)[0].total() == 391


def test_the_last_epoch_has_the_time_of_the_statistics() -> None:
    precise = replace(GROWING, precise_bn=True)
    assert seconds_per_epoch(precise, RATES)[4] == pytest.approx(150 + 30)
    few = replace(precise, precise_images=1_500)
    assert seconds_per_epoch(few, RATES)[4] == pytest.approx(150 + 1)
    assert seconds_per_epoch(precise, RATES)[3] == seconds_per_epoch(GROWING, RATES)[3]
    assert seconds_per_epoch(GROWING, RATES)[4] == pytest.approx(150)


@pytest.mark.parametrize("first", [0, 8, 16, 24])
def test_the_second_epoch_of_a_size_has_images_of_that_size_alone(first: int) -> None:
    options, sizes = measured_steps(replace(GROWING, first_size=first))
    values = dict(word.split("=") for word in options if "=" in word)
    epochs = int(options[options.index("--epochs") + 1])
    config = replace(
        GROWING,
        epochs=epochs,
        first_size=int(values.get("first_size", 0)),
        full_size_from=float(values.get("full_size_from", 1)),
    )
    seen = [
        {image_size_at(config, (epoch + step / 20) / epochs, 32) for step in range(20)}
        for epoch in range(epochs)
    ]
    assert seen[1::2] == [{size} for size in sizes]


def test_a_rate_is_that_of_the_second_epoch_of_its_size(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    lines = [f'{{"event": "epoch", "images_per_second": {rate}}}' for rate in (1, 900, 2, 300)]
    monkeypatch.setattr(step_rates, "run", lambda command: "\n".join(lines))
    rates = step_rates.step_rates([], [16, 32], tmp_path, 64)  # type: ignore[arg-type]
    assert rates == Rates({16: 900.0, 32: 300.0})


def test_the_rate_of_the_statistics_is_measured() -> None:
    config = TrainConfig(
        model="MnistCNN", dataset="mnist", epochs=1, batch_size=4, learning_rate=1e-3
    )
    images = torch.randint(0, 256, (8, 1, 28, 28)).byte()
    assert step_rates.statistics_rate(config, LabelledImages(images, torch.arange(8))) > 0


def test_a_median_is_that_of_each_rate() -> None:
    turns = [Rates({16: 1.0, 32: 9.0}), Rates({16: 5.0, 32: 2.0}, 7.0), Rates({16: 3.0, 32: 4.0})]
    assert medians(turns) == Rates({16: 3.0, 32: 4.0}, 7.0)
    assert medians(turns[:1]).statistics is None
