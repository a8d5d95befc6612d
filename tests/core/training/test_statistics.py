"""core.training.statistics: batch normalisation's statistics, measured anew."""

from dataclasses import replace
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from core.checkpoints.files import epoch_file
from core.data.facts import to_unit
from core.evaluation import evaluate
from core.models import build_model
from core.training import loop
from core.training.config import TrainingError
from core.training.loop import fit
from core.training.records import Progress, TrainResult
from core.training.statistics import frozen_statistics, measure_statistics, moments_of, pooled
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


def assert_statistics_are_those_of(model: nn.Module, images: Tensor) -> None:
    """By hand: each layer's statistics are those of what it is given, all images together."""
    seen: list[nn.Module] = []

    def check(layer: nn.Module, inputs: tuple[Tensor]) -> None:
        seen.append(layer)
        mean, variance = inputs[0].mean((0, 2, 3)), inputs[0].var((0, 2, 3))
        torch.testing.assert_close(layer.running_mean, mean, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(layer.running_var, variance, rtol=1e-3, atol=1e-4)

    layers = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    hooks = [layer.register_forward_pre_hook(check) for layer in layers]
    with torch.no_grad():
        model(images)
    for hook in hooks:
        hook.remove()
    assert len(seen) == len(layers) > 0


def test_precise_statistics_are_those_of_the_unchanged_training_images(
    precise: tuple[TrainResult, TrainResult],
) -> None:
    assert_statistics_are_those_of(precise[0].model, to_unit(synthetic_colours(40).images))


def test_precise_statistics_may_be_those_of_the_first_images_alone() -> None:
    data = synthetic_colours(40)
    few = fit(replace(PRECISE, epochs=1, precise_images=24), data, data)
    assert_statistics_are_those_of(few.model, to_unit(data.images[:24]))
    with pytest.raises(AssertionError):
        assert_statistics_are_those_of(few.model, to_unit(data.images))


@pytest.mark.parametrize("sizes", [(32, 1), (1, 32), (25, 8), (11, 11, 11), (33,)])
def test_batches_of_any_size_give_the_statistics_of_all_images(sizes: tuple[int, ...]) -> None:
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        model = build_model({"model": "ResNet"})
    images = to_unit(synthetic_colours(33).images)
    measure_statistics(model, iter(torch.split(images, list(sizes))))  # to be walked once only
    assert_statistics_are_those_of(model, images)


@given(
    sizes=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    offset=st.floats(-100, 100),
    seed=st.integers(0, 2**31),
)
def test_pooled_moments_are_those_of_all_numbers(
    sizes: list[int], offset: float, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(sum(sizes), 2, 3, 1, generator=generator) + offset
    found = pooled(map(moments_of, torch.split(features, sizes)))
    exact = features.double()
    assert found.count == 3 * sum(sizes)
    torch.testing.assert_close(found.mean, exact.mean((0, 2, 3)), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(found.variance, exact.var((0, 2, 3)), rtol=1e-3, atol=1e-3)


def test_the_statistics_that_cannot_be_finite_end_the_training(tmp_path: Path) -> None:
    """The weights are finite, but what they make of the images is not."""
    data = synthetic_colours(40)
    config = replace(PRECISE, epochs=1)

    def spoil(progress: Progress) -> None:
        if progress.record is not None:
            monkeypatch.setattr(loop, "measure_statistics", lambda model, *_: fill_nan(model))

    def fill_nan(model: nn.Module) -> None:
        model.stem[1].running_var.fill_(torch.nan)

    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        pytest.raises(TrainingError, match="weights are no longer finite after the last"),
    ):
        fit(config, data, data, state_folder=tmp_path, on_progress=spoil)
    again = fit(config, data, data, state_folder=tmp_path)  # the state itself was never harmed
    assert (again.resumed_from, again.complete) == (1, True)


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


def test_the_statistics_over_all_batches_by_hand() -> None:
    layer = nn.BatchNorm2d(1)
    layer.running_mean.fill_(9.0)
    model = nn.Sequential(layer, nn.Dropout(0.5)).train()
    batches = [torch.tensor([1.0, 3.0]).view(2, 1, 1, 1), torch.tensor([4.0, 8.0]).view(2, 1, 1, 1)]
    measure_statistics(model, batches)
    assert layer.running_mean.tolist() == [4.0]
    assert layer.running_var.tolist() == pytest.approx([26 / 3])  # (9 + 1 + 0 + 16) / (4 - 1)
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
