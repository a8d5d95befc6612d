"""All of core on a device that is not the CPU: nothing is made on the wrong one, and no float64
there, which MPS has not.
"""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from core import attacks, cam, faithfulness, masking, robustness
from core.attacks import FGSM, IMPROVED, MI_FGSM, PGD
from core.evaluation import evaluate, success_rates
from core.explain.kernels import as_fractions
from core.models import DigitNet, ResNet
from core.overlay import METHODS, blend, upsample
from core.report.colours import signed_colours
from core.training.computing import Computing
from core.training.loop import fit
from tests.core.training.runs import CONFIG, TRAIN, VALIDATION
from tests.far import Far, far_device


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Iterator[torch.device]:
    with far_device(monkeypatch) as device:
        yield device


def digits(device: torch.device) -> tuple[nn.Module, Tensor, Tensor]:
    torch.manual_seed(0)
    model = DigitNet().eval().to(device)
    images = torch.randint(0, 256, (4, 1, 28, 28), generator=torch.Generator().manual_seed(0))
    return model, images.float().to(device), torch.tensor([0, 1, 2, 3]).to(device)


def photos(device: torch.device) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    return ResNet().eval().to(device), images.to(device)


def test_the_device_tells_what_a_gpu_would(far: torch.device) -> None:
    here, there = torch.ones(2), torch.ones(2).to(far)
    assert isinstance(there, Far)
    assert (there + there).tolist() == [2.0, 2.0]
    with pytest.raises(RuntimeError, match="same device"):
        there + here
    with pytest.raises(RuntimeError, match="same device"):
        torch.cat([there, here])
    with pytest.raises(TypeError, match="no float64"):
        there.double()
    assert there.cpu().double().tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "method", [PGD, FGSM, MI_FGSM, IMPROVED], ids=lambda method: str(method)[:40]
)
@pytest.mark.parametrize("whole", [False, True])
def test_attacks(far: torch.device, method: attacks.Method, whole: bool) -> None:
    model, images, labels = digits(far)
    settings = {"bounds": (0.0, 255.0), "max_gradients": 3, "whole": whole, "method": method}
    found = attacks.attack(model, images, labels, 20.0, **settings)
    near = attacks.attack(*digits(torch.device("cpu")), 20.0, **settings)
    assert found.adversarial.device == far
    assert torch.equal(found.adversarial.cpu(), near.adversarial)
    assert torch.equal(found.success.cpu(), near.success)


def test_attacks_by_name(far: torch.device) -> None:
    model, images, labels = digits(far)
    settings = {"bounds": (0.0, 255.0), "max_gradients": 2}
    attacks.untargeted(model, images, labels, 8.0, **settings)
    attacks.targeted(model, images, 8, 8.0, **settings)
    attacks.improved_targeted(model, images, 8, 8.0, **settings)


def test_class_activation_maps(far: torch.device) -> None:
    model, images = photos(far)
    found = cam.class_activation_maps(model, images)
    assert found.maps.device == far
    cam.strongest_channels(found, 0, 3, 5)
    cam.grad_cam(model, images, 3)
    cam.grad_cam(model, images, torch.tensor([1, 2]).to(far))
    for method in METHODS:
        assert upsample(found.maps[:, 0], (32, 32), method).device == far
    colours = torch.zeros(3, 4, 4, dtype=torch.uint8).to(far)
    assert blend(colours, colours, 0.5).device == far


@pytest.mark.parametrize("insert", [False, True])
def test_maps_put_to_the_test(far: torch.device, insert: bool) -> None:
    model, images = photos(far)
    fill = torch.zeros(3).to(far)
    labels = torch.tensor([1, 2]).to(far)
    found = faithfulness.compare(
        model, images, labels, fill=fill, insert=insert, draws=(1, 1), method="nearest"
    )
    near = faithfulness.compare(
        *photos(torch.device("cpu")),
        labels.cpu(),
        fill=fill.cpu(),
        insert=insert,
        draws=(1, 1),
        method="nearest",
    )
    for ranking, curves in near.items():
        torch.testing.assert_close(found[ranking].cpu(), curves, rtol=1e-4, atol=1e-5)


def test_rankings_are_made_where_they_are_needed(far: torch.device) -> None:
    assert faithfulness.random_pixels(1, (2, 2), draws=1, device=far).device == far
    cells = torch.rand(1, 2, 2).to(far)
    assert faithfulness.shuffled_cells(cells, (4, 4), "nearest", draws=2).device == far


def test_evaluation(far: torch.device) -> None:
    model, images, labels = digits(far)
    found = evaluate(model, images, labels, prepare=lambda batch: batch)
    assert found.predictions.device.type == "cpu"

    def attack(model: nn.Module, images: Tensor, labels: Tensor, epsilon: float) -> Tensor:
        return attacks.untargeted(
            model, images, labels, epsilon, bounds=(0.0, 255.0), max_gradients=1
        ).success

    (row,) = success_rates({"A": model}, {"one": attack}, images, labels, [8.0])
    assert row.inputs == 4


def test_robustness(far: torch.device) -> None:
    model, images, labels = digits(far)
    bounds, task = (0.0, 255.0), robustness.Task(PGD, max_gradients=2)
    assert robustness.rate("one", task, "A", model, images, labels, 8.0, bounds).inputs == 4
    robustness.transfer_rate(task, model, model, images, labels, 8.0, bounds)
    robustness.breaking_epsilons(model, images, labels, bounds=bounds, max_gradients=1, levels=2)
    assert len(list(masking.masking_checks(model, images, labels, bounds, other=model))) == 7


def test_numbers_as_colours_and_as_fractions(far: torch.device) -> None:
    values = torch.tensor([[-1.0, 0.0, 0.5]])
    there = values.to(far).requires_grad_()
    assert torch.equal(signed_colours(there, 1.0), signed_colours(values, 1.0))
    found = as_fractions(there.detach())
    assert found is not None
    assert (found.numerators / found.denominator).tolist() == values.tolist()


def test_training(far: torch.device) -> None:
    result = fit(
        CONFIG, TRAIN.subset(slice(64)), VALIDATION.subset(slice(20)), computing=Computing(far)
    )
    assert result.complete
    assert len(result.history) == CONFIG.epochs
