"""core.training.principal: first kernels that are the principal components of patches."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from core.models import ResNet, to_input
from core.training.computing import Computing
from core.training.loop import fit
from core.training.principal import begin_with_principal_kernels, principal_kernels
from core.training.state import new_state
from tests.core.training.runs import CONFIG, assert_same_weights, stop_in, weights
from tests.core.training.test_sizes import GROWING, pictures

BEGUN = replace(GROWING, first_size=0, average=0.9, principal_kernels=True)


def test_two_pixels_that_go_together_by_hand() -> None:
    """Patches of one pixel, channels (a, b): (0, 0), (1, 1), (2, 2), (1, 1) and mean (1, 1)."""
    image = torch.tensor([[[[0.0, 1.0, 2.0, 1.0]], [[0.0, 1.0, 2.0, 1.0]]]])
    kernels = principal_kernels(image, 1)
    assert kernels.shape == (4, 2, 1, 1)
    together, apart = kernels[0].flatten(), kernels[1].flatten()
    assert torch.allclose(together.abs(), torch.tensor([1.0, 1.0]))  # √2 · (1, 1) / √2
    assert together[0] == pytest.approx(float(together[1]))
    assert apart[0] == pytest.approx(-float(apart[1]))
    assert torch.equal(kernels[2:], -kernels[:2])


def test_their_outputs_are_uncorrelated_and_each_varies_less_than_the_one_before() -> None:
    random = torch.Generator().manual_seed(0)
    images = F.avg_pool2d(torch.rand(6, 3, 18, 18, generator=random), 3, stride=1)
    kernels = principal_kernels(images, 3)
    assert kernels.shape == (54, 3, 3, 3)
    outputs = F.conv2d(images.double(), kernels[:27].double()).transpose(0, 1).flatten(1)
    covariance = torch.cov(outputs)
    variances = covariance.diagonal()
    assert torch.allclose(covariance, torch.diag(variances), atol=1e-6 * float(variances[0]))
    assert (variances[1:] <= variances[:-1] + 1e-9).all()
    assert torch.allclose(kernels.flatten(1).norm(dim=1), torch.tensor(2.0).sqrt().expand(54))


def test_they_are_as_long_as_random_kernels_are_on_average() -> None:
    torch.manual_seed(0)
    random = ResNet().stem[0].weight.detach().flatten(1)
    assert float(random.norm(dim=1).square().mean()) == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_training_begins_with_them_and_with_all_else_at_random(average: float) -> None:
    config = replace(BEGUN, average=average)
    train, state = pictures(12, 0), new_state(config, Computing())
    before = {name: value.clone() for name, value in state.model.state_dict().items()}
    begin_with_principal_kernels(state, train)
    name, after = "stem.0.weight", state.model.state_dict()
    expected = principal_kernels(state.model.normalize(to_input(state.model, train.images)), 3)
    assert torch.equal(after[name][:54], expected)
    assert torch.equal(after[name][54:], before[name][54:])
    assert all(torch.equal(after[one], before[one]) for one in before if one != name)
    averaged = state.averaged.state_dict()
    assert all(torch.equal(after[one], averaged[one]) for one in averaged)


def test_a_run_that_was_ended_ends_with_the_same_weights(tmp_path: Path) -> None:
    train = pictures(16, 1)
    whole = fit(BEGUN, train, train)
    fit(BEGUN, train, train, state_folder=tmp_path, **stop_in(2, 1))
    resumed = fit(BEGUN, train, train, state_folder=tmp_path)
    assert resumed.resumed_from == 1
    assert_same_weights(weights(resumed), weights(whole))
    plain = fit(replace(BEGUN, principal_kernels=False), train, train)
    assert not torch.equal(plain.model.stem[0].weight, whole.model.stem[0].weight)


@pytest.mark.parametrize(
    ("images", "size", "error"),
    [
        (torch.zeros(2, 3, 4, 4, dtype=torch.uint8), 3, TypeError),
        (torch.zeros(3, 4, 4), 3, ValueError),
        (torch.zeros(0, 3, 4, 4), 3, ValueError),
        (torch.zeros(2, 3, 4, 4), 5, ValueError),
        (torch.zeros(2, 3, 4, 4), 0, ValueError),
    ],
)
def test_what_has_no_such_patches_is_refused(
    images: torch.Tensor, size: int, error: type[Exception]
) -> None:
    with pytest.raises(error, match="Expected images"):
        principal_kernels(images, size)


def test_another_network_has_none() -> None:
    with pytest.raises(ValueError, match=r"principal_kernels with the ResNet, .* got MnistCNN"):
        replace(CONFIG, principal_kernels=True)
    with pytest.raises(TypeError, match="Expected a ResNet, got a MnistCNN"):
        begin_with_principal_kernels(new_state(CONFIG, Computing()), pictures(4, 0))
