"""core.training.averaging: the moving average of the weights."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch
from torch import nn

from core.training import parallel
from core.training.averaging import steps_taken, update_average
from core.training.records import Progress, TrainResult
from core.training.resume import STATE_FILE
from tests.core.training.runs import CONFIG, are_equal, assert_same_weights, initial, train, weights


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


def test_steps_that_fp16_skips_do_not_end_an_averaged_run(monkeypatch: pytest.MonkeyPatch) -> None:
    scaler = partial(
        torch.amp.GradScaler, init_scale=2.0**30
    )  # so large that the first gradients overflow
    monkeypatch.setattr(torch.amp, "GradScaler", scaler)
    assert train(replace(CONFIG, precision="fp16", average=0.9)).complete


@pytest.mark.parametrize(
    ("step", "decay"),
    [(0, 1 / 10), (8, 9 / 18), (1_000, 0.75)],  # (1 + step) / (10 + step), at most 0.75
)
def test_the_average_moves_by_the_formula(step: int, decay: float) -> None:
    average, model = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    with torch.no_grad():
        average.weight.copy_(torch.tensor([1.0, 2.0]))
        model.weight.copy_(torch.tensor([3.0, -2.0]))
    model.running_mean.fill_(5.0)
    model.num_batches_tracked.fill_(7)
    update_average(average, model, 0.75, torch.tensor(step))
    expected = torch.tensor([decay + (1 - decay) * 3, 2 * decay - 2 * (1 - decay)])
    torch.testing.assert_close(average.weight.detach(), expected)
    torch.testing.assert_close(average.running_mean, torch.full((2,), 5 * (1 - decay)))
    assert int(average.num_batches_tracked) == 7  # a count is no mean
    assert model.weight.tolist() == [3.0, -2.0]


def test_adams_steps_are_counted() -> None:
    model = nn.Linear(1, 1)
    adam = torch.optim.Adam(model.parameters())
    counts = [int(steps_taken(adam))]
    for _ in range(2):
        model(torch.ones(1, 1)).sum().backward()
        adam.step()
        counts.append(int(steps_taken(adam)))
    assert counts == [0, 1, 2]
