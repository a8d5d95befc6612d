"""core.models: the homework's networks have its sizes, its layers, its initialisation and its
normalisation.
"""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torchvision import transforms

from core import checkpoints, conv, pool
from core.data.facts import facts, to_unit
from core.data.samples import load_samples
from core.models import (
    MODELS,
    DigitNet,
    MnistCNN,
    Normalize,
    ResidualBlock,
    ResNet,
    Saturated,
    bounds_of,
    build_model,
    parameter_count,
    to_input,
)


def seeded(build: Callable[[], nn.Module], seed: int = 0) -> nn.Module:
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        return build()


def random_images(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def resnet() -> ResNet:
    return seeded(ResNet).eval()


@pytest.fixture
def cnn() -> MnistCNN:
    return seeded(MnistCNN)


class TorchCNN(nn.Module):
    """The homework's figure 1 with torch's own layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 3, padding=1)
        self.conv2 = nn.Conv2d(3, 6, 3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.fc1 = nn.Linear(294, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, images: Tensor) -> Tensor:
        features = self.pool(self.conv1(images).relu())
        features = self.pool(self.conv2(features).relu())
        return self.fc2(self.fc1(features.flatten(1)).relu())


def shapes_of(model: nn.Module, images: Tensor, names: list[str]) -> list[tuple[int, ...]]:
    """Output shapes of the named modules, without the batch."""
    found: dict[str, tuple[int, ...]] = {}
    modules = dict(model.named_modules())
    handles = [
        modules[name].register_forward_hook(
            lambda module, inputs, output, name=name: found.update({name: tuple(output.shape[1:])})
        )
        for name in names
    ]
    with torch.no_grad():
        model(images)
    for handle in handles:
        handle.remove()
    return [found[name] for name in names]


@pytest.mark.parametrize(
    ("build", "name"), [(MnistCNN, "mnist"), (DigitNet, "mnist"), (ResNet, "cifar10")]
)
def test_the_networks_take_their_data_sets_images(build: type[nn.Module], name: str) -> None:
    assert build.image_shape == facts(name).shape
    assert build().eval()(torch.zeros(1, *build.image_shape)).shape == (1, len(facts(name).classes))


@pytest.mark.parametrize(("build", "count"), [(MnistCNN, 39_248), (ResNet, 4_829_258)])
def test_the_networks_have_the_homeworks_number_of_parameters(
    build: type[nn.Module], count: int
) -> None:
    assert parameter_count(build()) == count


def test_the_cnn_has_the_homeworks_shapes(cnn: MnistCNN) -> None:
    assert shapes_of(cnn, random_images(2, 1, 28, 28), ["conv1", "conv2", "fc1", "fc2"]) == [
        (3, 28, 28),
        (6, 14, 14),
        (128,),
        (10,),
    ]


def test_the_cnn_pools_to_the_homeworks_shapes(cnn: MnistCNN) -> None:
    seen = []
    cnn.pool.register_forward_hook(lambda module, inputs, output: seen.append(tuple(output.shape)))
    cnn(random_images(2, 1, 28, 28))
    assert seen == [(2, 3, 14, 14), (2, 6, 7, 7)]


def test_the_resnet_has_the_homeworks_shapes(resnet: ResNet) -> None:
    assert shapes_of(
        resnet, random_images(2, 3, 32, 32), ["stem", "block1", "block2", "block3", "pool", "fc"]
    ) == [
        (64, 32, 32),
        (128, 16, 16),
        (256, 8, 8),
        (512, 4, 4),
        (512, 1, 1),
        (10,),
    ]


@pytest.mark.parametrize(
    ("name", "channels"), [("block1", (64, 128)), ("block2", (128, 256)), ("block3", (256, 512))]
)
def test_a_block_has_the_homeworks_layers(
    resnet: ResNet, name: str, channels: tuple[int, int]
) -> None:
    block, (c_in, c_out) = getattr(resnet, name), channels
    assert isinstance(block, ResidualBlock)
    convolutions = [module for module in block.modules() if isinstance(module, nn.Conv2d)]
    assert [(c.in_channels, c.out_channels, c.kernel_size, c.stride) for c in convolutions] == [
        (c_in, c_out, (3, 3), (2, 2)),
        (c_out, c_out, (3, 3), (1, 1)),
        (c_in, c_out, (1, 1), (2, 2)),
    ]
    kinds = [type(module).__name__ for module in (*block.main, *block.shortcut)]
    assert kinds == [
        "Conv2d",
        "BatchNorm2d",
        "ReLU",
        "Conv2d",
        "BatchNorm2d",
        "Conv2d",
        "BatchNorm2d",
    ]


def test_a_block_adds_before_its_last_relu() -> None:
    block = seeded(lambda: ResidualBlock(4, 8)).eval()
    features = random_images(2, 4, 6, 6) - 0.5
    with torch.no_grad():
        wanted = torch.relu(block.main(features) + block.shortcut(features))
        assert torch.equal(block(features), wanted)
        assert bool((wanted == 0).any())  # so the ReLU after the sum does something


def test_no_convolution_of_the_resnet_has_a_bias(resnet: ResNet) -> None:
    assert all(module.bias is None for module in resnet.modules() if isinstance(module, nn.Conv2d))


def test_the_resnet_is_initialised_as_he_et_al_say() -> None:
    model = seeded(ResNet, seed=3)
    layers = {
        name: layer
        for name, layer in model.named_modules()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    }
    assert len(layers) == 11
    for name, layer in layers.items():
        weight = layer.weight.detach()
        fan_in = weight[0].numel()
        deviations = 5 / weight.numel() ** 0.5  # five standard errors
        assert float(weight.std()) * (fan_in / 2) ** 0.5 == pytest.approx(1, abs=deviations), name
        assert float(weight.mean()) * (fan_in / 2) ** 0.5 == pytest.approx(0, abs=deviations), name
        assert float((weight.abs() * (fan_in / 2) ** 0.5 > 2).float().mean()) == pytest.approx(
            0.0455, abs=0.02
        ), name


def test_the_resnets_linear_layer_starts_without_bias(resnet: ResNet) -> None:
    assert resnet.fc.bias.abs().max() == 0


def test_features_and_head_make_the_logits(resnet: ResNet) -> None:
    images = random_images(3, 3, 32, 32)
    with torch.no_grad():
        features = resnet.forward_features(images)
        assert features.shape == (3, 512, 4, 4)
        assert torch.equal(resnet.forward_head(features), resnet(images))


def test_the_head_is_the_mean_of_the_maps_times_the_weight(resnet: ResNet) -> None:
    features = random_images(2, 512, 4, 4)
    with torch.no_grad():
        wanted = (
            features.double().mean((2, 3)) @ resnet.fc.weight.double().T + resnet.fc.bias.double()
        )
        torch.testing.assert_close(
            resnet.forward_head(features).double(), wanted, rtol=0, atol=1e-5
        )


def test_normalize_equals_the_homeworks_transforms() -> None:
    dataset = facts("cifar10")
    homework = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize(dataset.mean, dataset.std)]
    )
    pictures = load_samples("cifar10").images
    ours = Normalize(dataset.mean, dataset.std)(to_unit(pictures))
    theirs = torch.stack(
        [homework(Image.fromarray(picture.permute(1, 2, 0).numpy())) for picture in pictures]
    )
    torch.testing.assert_close(
        ours, theirs, rtol=0, atol=3e-7
    )  # half a unit in the last place at most


def test_normalize_is_the_resnets_first_layer(resnet: ResNet) -> None:
    dataset = facts("cifar10")
    images = random_images(1, 3, 32, 32)
    seen = []
    handle = resnet.stem.register_forward_hook(
        lambda module, inputs, output: seen.append(inputs[0])
    )
    with torch.no_grad():
        resnet(images)
    handle.remove()
    wanted = (images.numpy() - np.array(dataset.mean).reshape(3, 1, 1)) / np.array(
        dataset.std
    ).reshape(3, 1, 1)
    np.testing.assert_allclose(seen[0].numpy(), wanted, atol=1e-6)


def test_normalize_adds_nothing_to_the_state_dict() -> None:
    assert len(Normalize((0.5,), (0.2,)).state_dict()) == 0


def test_normalize_moves_with_its_model() -> None:
    assert (
        Normalize((0.5,), (0.2,)).double()(torch.ones(1, 1, 1, 1, dtype=torch.float64)).dtype
        == torch.float64
    )


@pytest.mark.parametrize(
    ("mean", "std"), [((0.5,), (0.1, 0.2)), ((0.5,), (0.0,)), ((0.5,), (-1.0,)), ((), ())]
)
def test_normalize_refuses_what_it_cannot_divide_by(mean: tuple, std: tuple) -> None:
    with pytest.raises(
        ValueError, match="Expected one mean and one positive std per channel, got mean="
    ):
        Normalize(mean, std)


def test_the_cnn_starts_with_torchs_own_weights() -> None:
    ours, theirs = seeded(MnistCNN, 5).state_dict(), seeded(TorchCNN, 5).state_dict()
    assert list(ours) == list(theirs)
    for name, value in theirs.items():
        assert torch.equal(ours[name], value), name


def test_a_state_dict_of_torchs_layers_fits_the_cnn(cnn: MnistCNN) -> None:
    torchs, images = seeded(TorchCNN, 6), random_images(4, 1, 28, 28)
    cnn.load_state_dict(torchs.state_dict())
    torch.testing.assert_close(cnn(images), torchs(images), rtol=0, atol=1e-5)


def test_a_state_dict_of_the_cnn_fits_torchs_layers(cnn: MnistCNN) -> None:
    torchs, images = seeded(TorchCNN, 6), random_images(4, 1, 28, 28)
    torchs.load_state_dict(cnn.state_dict())
    torch.testing.assert_close(cnn(images), torchs(images), rtol=0, atol=1e-5)


def test_the_cnns_gradients_are_torchs() -> None:
    ours, theirs = seeded(MnistCNN, 7).double(), seeded(TorchCNN, 7).double()
    images, labels = random_images(4, 1, 28, 28).double(), torch.tensor([0, 3, 5, 9])
    for model in (ours, theirs):
        nn.functional.cross_entropy(model(images), labels).backward()
    for (name, parameter), wanted in zip(ours.named_parameters(), theirs.parameters()):
        torch.testing.assert_close(parameter.grad, wanted.grad, rtol=0, atol=1e-10, msg=name)


class Operations(TorchDispatchMode):
    """Writes down every operation that torch really runs, also those in the backward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(
        self, func: object, types: object, args: tuple = (), kwargs: dict | None = None
    ) -> object:
        self.names.add(str(func))
        return func(*args, **(kwargs or {}))


def ready_made_operations(model: nn.Module) -> set[str]:
    """Convolutions and poolings among the operations of one training step."""
    with Operations() as operations:
        nn.functional.cross_entropy(
            model(random_images(3, 1, 28, 28)), torch.tensor([1, 2, 3])
        ).backward()
    assert len(operations.names) > 10
    return {name for name in operations.names if "conv" in name or "pool" in name}


def test_a_training_step_of_the_cnn_runs_no_ready_made_layer(cnn: MnistCNN) -> None:
    assert ready_made_operations(cnn) == set()


def test_a_ready_made_layer_would_be_seen() -> None:
    names = "\n".join(ready_made_operations(TorchCNN()))
    for operation in (
        "aten.convolution.",
        "aten.convolution_backward",
        "aten.max_pool2d_with_indices.",
    ):
        assert operation in names


def test_the_cnn_is_made_of_our_layers(cnn: MnistCNN) -> None:
    kinds = [type(module) for module in cnn.children()]
    assert kinds == [conv.Conv2d, conv.Conv2d, pool.MaxPool2d, nn.Linear, nn.Linear]
    for module in cnn.modules():
        for base in type(module).__mro__:
            assert not base.__module__.startswith(
                ("torch.nn.modules.conv", "torch.nn.modules.pooling")
            )


@pytest.mark.parametrize("name", MODELS)
def test_a_configuration_builds_its_network(name: str) -> None:
    assert type(build_model({"model": name, "seed": 3})) is MODELS[name]


@pytest.mark.parametrize(
    "config", [{}, {"model": "AlexNet"}, {"model": None}, {"model": "mnistcnn"}]
)
def test_an_unknown_network_is_refused(config: dict) -> None:
    with pytest.raises(
        ValueError, match=r"Unknown model .* in the configuration: expected one of MnistCNN, ResNet"
    ):
        build_model(config)


@pytest.mark.parametrize(("build", "shape"), [(MnistCNN, (1, 28, 28)), (ResNet, (3, 32, 32))])
def test_an_empty_batch_gives_empty_logits(build: type[nn.Module], shape: tuple[int, ...]) -> None:
    with torch.no_grad():
        assert build().eval()(torch.zeros(0, *shape)).shape == (0, 10)


def test_digit_net_is_the_homeworks_table() -> None:
    model = DigitNet()
    assert parameter_count(model) == 21_840
    assert {name.split(".")[0] for name in model.state_dict()} == {"conv1", "conv2", "fc1", "fc2"}
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    assert shapes["conv1.weight"] == (10, 1, 5, 5)
    assert shapes["conv2.weight"] == (20, 10, 5, 5)
    assert shapes["fc1.weight"] == (50, 320)
    assert shapes["fc2.weight"] == (10, 50)
    assert model(torch.zeros(3, 1, 28, 28)).shape == (3, 10)


def test_digit_net_is_the_same_from_torchs_layers() -> None:
    model = DigitNet().eval()
    theirs = nn.Sequential(
        nn.Conv2d(1, 10, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(10, 20, 5),
        nn.Dropout2d(),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(320, 50),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(50, 10),
    ).eval()
    theirs.load_state_dict(dict(zip(theirs.state_dict(), model.state_dict().values())))
    images = torch.randint(
        0, 256, (4, 1, 28, 28), generator=torch.Generator().manual_seed(0)
    ).float()
    torch.testing.assert_close(model(images), theirs(images), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_digit_net_drops_in_training_as_it_is_told(dropout: float) -> None:
    model = build_model({"model": "DigitNet", "dropout": dropout}).train()
    images = torch.rand(2, 1, 28, 28) * 255
    same = torch.equal(model(images), model(images))
    assert same is (dropout == 0)
    assert torch.equal(model.eval()(images), model(images))


def test_saturated_logits_decide_the_same_and_hide_the_gradient() -> None:
    model = checkpoints.load("mnist_model_a").model
    hidden = Saturated(model)
    samples = load_samples("mnist")
    images = to_input(hidden, samples.images)
    assert torch.equal(hidden(images).argmax(1), model(images).argmax(1))
    right = model(images).argmax(1) == samples.labels
    leaf = images[right].requires_grad_(True)
    (gradient,) = torch.autograd.grad(
        F.cross_entropy(hidden(leaf), samples.labels[right], reduction="sum"), leaf
    )
    assert float(gradient.abs().max()) == 0
    assert bounds_of(hidden) == (0, 255)


def test_a_network_gets_its_own_range() -> None:
    stored = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    assert torch.equal(to_input(DigitNet(), stored), stored.float())
    assert torch.equal(to_input(MnistCNN(), stored), to_unit(stored))
    shifted = nn.Identity()
    shifted.bounds = (-1.0, 1.0)
    assert to_input(shifted, stored).flatten()[[0, 255]].tolist() == [-1, 1]
