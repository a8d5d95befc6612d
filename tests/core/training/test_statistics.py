"""core.training.statistics: batch normalisation's statistics, measured anew."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from core.checkpoints.files import epoch_file
from core.data.facts import to_unit
from core.evaluation import evaluate
from core.models import build_model
from core.training.config import TrainResult
from core.training.loop import fit
from core.training.statistics import frozen_statistics, measure_statistics
from tests.core.training.runs import (
    CONFIG,
    assert_same_weights,
    stop_in,
    train,
    weights,
    without_times,
)
from tests.synthetic import synthetic_colours

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


def test_the_mean_over_all_batches_by_hand() -> None:
    layer = nn.BatchNorm2d(1)
    layer.running_mean.fill_(9.0)
    model = nn.Sequential(layer, nn.Dropout(0.5)).train()
    batches = [torch.tensor([1.0, 3.0]).view(2, 1, 1, 1), torch.tensor([4.0, 8.0]).view(2, 1, 1, 1)]
    measure_statistics(model, batches)
    assert layer.running_mean.tolist() == [4.0]  # of 2 and 6
    assert layer.running_var.tolist() == [5.0]  # of 2 and 8
    assert layer.momentum == 0.1
    assert not any(module.training for module in model.modules())
    assert layer.weight.grad is None


def test_frozen_statistics_stay_and_each_batch_is_normalised_by_its_own() -> None:
    layer = nn.BatchNorm2d(1)
    images = torch.tensor([1.0, 3.0]).view(2, 1, 1, 1)
    with frozen_statistics(layer):
        assert layer(images).flatten().tolist() == pytest.approx([-1.0, 1.0], abs=1e-4)
    assert (layer.running_mean.item(), layer.running_var.item()) == (0.0, 1.0)
    assert int(layer.num_batches_tracked) == 0
    assert layer.track_running_stats
