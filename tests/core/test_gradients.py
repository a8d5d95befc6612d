"""core.gradients: what takes gradients works under torch.inference_mode as anywhere else."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from core import attacks
from core.attacks import FGSM, IMPROVED, PGD, attack
from core.cam import class_activation_maps, grad_cam
from core.checkpoints.foreign import fit_to_pictures
from core.evaluation import UncomputableError
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


@pytest.mark.parametrize("name", TAKING)
def test_what_comes_out_hangs_on_nothing_that_the_caller_computed(name: str) -> None:
    """Every tutorial's ``images.requires_grad_()`` before the attack."""
    torch.manual_seed(0)
    usual = TAKING[name](*given())
    images, photos, labels = given()
    torch.manual_seed(0)
    found = TAKING[name](images.requires_grad_(), photos.requires_grad_(), labels)
    assert images.grad is None
    if isinstance(usual, Tensor):
        assert not found.requires_grad
        assert torch.equal(found, usual)
    else:
        assert found == usual


def test_noise_and_explained_outputs_hang_on_nothing_either() -> None:
    images = given()[0].requires_grad_()
    assert not attacks.random_signs(images, 0.1).requires_grad
    assert not explain_convolution(images[0], KERNEL.clone().requires_grad_()).output.requires_grad
    assert not explain_pooling(images[0, 0], kernel_size=2, stride=2).output.requires_grad


class Cut(nn.Module):
    """A network that leaves autograd somewhere on the way."""

    def __init__(self, cut: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.cut, self.inner = cut, ResNet().eval()

    def forward_features(self, images: Tensor) -> Tensor:
        return self.inner.forward_features(images)

    def forward_head(self, features: Tensor) -> Tensor:
        return self.inner.forward_head(self.cut(features))

    def forward(self, images: Tensor) -> Tensor:
        return self.inner(self.cut(images))


CUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "detached": Tensor.detach,
    "whole numbers": lambda values: (values * 255).byte().float(),
    "no_grad": torch.no_grad()(lambda values: values * 1),
}
ASKED: dict[str, tuple[str, Ask]] = {
    "attack": ("images", lambda cut, photos, labels: attack(cut, photos, labels, 0.1, method=PGD)),
    "masking": (
        "images",
        lambda cut, photos, labels: list(masking_checks(cut, photos, labels, UNIT)),
    ),
    "grad_cam": ("features", lambda cut, photos, labels: grad_cam(cut, photos, labels)),
}


@pytest.mark.parametrize("where", CUTS)
@pytest.mark.parametrize("name", ASKED)
def test_a_network_that_passes_no_gradient_on_is_named(name: str, where: str) -> None:
    what, ask = ASKED[name]
    photos, model = given()[1], Cut(CUTS[where])
    labels = model(photos).argmax(1)
    with pytest.raises(
        UncomputableError, match=f"passes a gradient on to its {what}, got one that"
    ):
        ask(model, photos, labels)


def test_a_network_of_fixed_weights_that_is_cut_is_named() -> None:
    """There neither the pictures nor the weights take a gradient."""
    photos, model = given()[1], Cut(Tensor.detach).requires_grad_(False)
    with pytest.raises(UncomputableError, match="passes a gradient on to its images"):
        attack(model, photos, model(photos).argmax(1), 0.1, method=PGD)
