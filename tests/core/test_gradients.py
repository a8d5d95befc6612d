"""core.gradients: what takes gradients works under torch.inference_mode as anywhere else."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from core import attacks
from core.attacks import FGSM, IMPROVED, PGD, attack
from core.cam import class_activation_maps, grad_cam
from core.checkpoints.foreign import fit_to_pictures
from core.explain.convolution import explain_convolution
from core.explain.pooling import explain_pooling
from core.explain.trace import trace
from core.gradients import takes_gradients
from core.masking import masking_checks
from core.models import DigitNet, MnistCNN, ResNet
from core.robustness import Task, breaking_epsilons, transfer_rate
from core.training.loop import fit
from tests.core.training.runs import CONFIG, TRAIN, VALIDATION

torch.manual_seed(0)
A, OWN = DigitNet().eval(), DigitNet().eval()
CNN, RESNET = MnistCNN().eval(), ResNet().eval()
UNIT = (0.0, 1.0)
Ask = Callable[[Tensor, Tensor, Tensor], object]
KERNEL, BIAS = torch.ones(2, 1, 3, 3), torch.zeros(2)
TAKING: dict[str, Ask] = {
    "attack": lambda images, _, labels: attack(A, images, labels, 0.1, method=PGD).adversarial,
    "whole": lambda images, _, labels: (
        attack(A, images, labels, 0.1, method=IMPROVED, whole=True).success
    ),
    "targeted": lambda images, _, labels: attacks.targeted(A, images, labels, 0.1).trace.score,
    "breaking": lambda images, _, labels: breaking_epsilons(A, images, labels, levels=3),
    "transfer": lambda images, _, labels: transfer_rate(
        Task(FGSM, max_gradients=1), A, A, images, labels, 0.1, UNIT
    ),
    "masking": lambda images, _, labels: list(masking_checks(A, images, labels, UNIT)),
    "cam": lambda _, photos, __: class_activation_maps(RESNET, photos).maps,
    "grad_cam": lambda _, photos, labels: grad_cam(RESNET, photos, labels),
    "trace": lambda images, _, __: trace(CNN, images[0]).shares[0],
    "fit": lambda images, _, labels: fit_to_pictures(OWN, images * 255, labels).words,
    "convolution": lambda images, _, __: explain_convolution(
        images[0], weight=KERNEL, bias=BIAS
    ).input_gradients(0),
    "pooling": lambda images, _, __: explain_pooling(
        images[0, 0], kernel_size=2, stride=2
    ).gradients(),
}


def given() -> tuple[Tensor, Tensor, Tensor]:
    """Digits, photographs, and labels that an attack has to leave."""
    drawn = torch.Generator().manual_seed(0)
    digits = torch.rand(2, 1, 28, 28, generator=drawn)
    with torch.no_grad():
        labels = A(digits).argmax(1)
    return digits, torch.rand(2, 3, 32, 32, generator=drawn), labels


@pytest.mark.parametrize("name", TAKING)
def test_gradients_are_taken_in_inference_mode(name: str) -> None:
    torch.manual_seed(0)
    usual = TAKING[name](*given())
    torch.manual_seed(0)
    with torch.inference_mode():
        found = TAKING[name](*given())
        assert torch.is_inference_mode_enabled()
    if isinstance(usual, Tensor):
        assert torch.equal(found, usual)
    else:
        assert found == usual


def test_pictures_that_were_made_in_inference_mode_are_taken_outside() -> None:
    with torch.inference_mode():
        digits, photos, labels = given()
    assert attack(A, digits, labels, 0.1, method=PGD).gradients.max() > 0
    assert grad_cam(RESNET, photos, labels).shape == (2, 4, 4)
    assert digits.is_inference()


def test_a_network_is_trained_in_inference_mode() -> None:
    with torch.inference_mode():
        assert fit(CONFIG, TRAIN.subset(slice(64)), VALIDATION.subset(slice(20))).complete


def test_weights_that_take_no_gradients_are_named() -> None:
    with torch.inference_mode():
        model = DigitNet().eval()
    digits, _, labels = given()
    with pytest.raises(ValueError, match=r"whose conv1.weight was made under torch.inference_mode"):
        attack(model, digits, labels, 0.1, method=PGD)


def test_elsewhere_the_caller_decides_whether_gradients_are_taken() -> None:
    asked = takes_gradients(torch.is_grad_enabled)
    assert asked()
    with torch.no_grad():
        assert not asked()
    with torch.inference_mode():
        assert not asked()
