"""core.checkpoints.foreign_resnet: a person's own ResNet is read whatever its layers are called, or
refused in one sentence.
"""

import io
import random
from collections.abc import Callable

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from core import checkpoints
from core.cam import class_activation_maps
from core.checkpoints.filling import fill
from core.checkpoints.foreign import ForeignError, read_digit_net
from core.checkpoints.foreign_resnet import LARGEST_RESNET, ReadResNet, pair_norms, read_resnet
from core.data.facts import CIFAR10_MEAN, CIFAR10_STD, to_unit
from core.data.samples import load_samples
from core.models import ResNet

OURS = checkpoints.load("cifar10_resnet").model.requires_grad_(False)
STATE = OURS.state_dict()
IMAGES = to_unit(load_samples("cifar10").images)[:8]
LOGITS = OURS(IMAGES)
BLOCKS = ("block1", "block2", "block3")
# What a homework may call our layers.
THEIRS = {"stem.0": "conv1.0", "stem.1": "conv1.1", "fc": "classifier"}
for number, block in enumerate(BLOCKS, start=1):
    for part, name in (
        *(("main.0", "conv1"), ("main.1", "bn1"), ("main.3", "conv2"), ("main.4", "bn2")),
        *(("shortcut.0", "downsample.0"), ("shortcut.1", "downsample.1")),
    ):
        THEIRS[f"{block}.{part}"] = f"layer{number}.{name}"


def saved(what: object) -> bytes:
    torch.save(what, file := io.BytesIO())
    return file.getvalue()


def read(what: object, name: str = "mine.pt") -> ReadResNet:
    return read_resnet(saved(what), name, IMAGES)


def refusal(what: object) -> str:
    with pytest.raises(ForeignError) as caught:
        read(what)
    return str(caught.value)


def called(names: dict[str, str]) -> dict[str, Tensor]:
    """Our weights under other names of their layers."""
    found = {}
    for key, value in STATE.items():
        layer, _, part = key.rpartition(".")
        found[f"{names[layer]}.{part}"] = value
    return found


@pytest.mark.parametrize(
    "what",
    [
        STATE,
        {"model_state_dict": STATE, "epoch": 30},
        {"state_dict": STATE},
        {f"module.{key}": value for key, value in STATE.items()},
        {f"_orig_mod.{key}": value for key, value in STATE.items()},
        {key: value.double() for key, value in STATE.items()},
        {key: value for key, value in STATE.items() if "num_batches" not in key},
        STATE
        | {
            "normalize.mean": torch.tensor(CIFAR10_MEAN),
            "normalize.std": torch.tensor(CIFAR10_STD),
        },
        OURS,
    ],
)
def test_our_names_are_read_in_every_wrapping(what: object) -> None:
    found = read(what)
    assert not found.is_renamed
    assert not found.model.training
    assert not any(one.requires_grad for one in found.model.parameters())
    assert torch.equal(found.model(IMAGES), LOGITS)


def test_half_precision_is_read_and_adds_up() -> None:
    found = read({key: value.half() for key, value in STATE.items()}).model
    assert {one.dtype for one in found.parameters()} == {torch.float32}
    torch.testing.assert_close(found(IMAGES), LOGITS, rtol=1e-2, atol=1e-2)
    result = class_activation_maps(found, IMAGES)
    torch.testing.assert_close(result.maps.mean((2, 3)) + result.bias, result.logits)


def shuffled(state: dict[str, Tensor]) -> dict[str, Tensor]:
    keys = list(state)
    random.Random(0).shuffle(keys)
    return {key: state[key] for key in keys}


@pytest.mark.parametrize("order", [dict, shuffled, lambda state: dict(reversed(state.items()))])
@pytest.mark.parametrize("prefix", ["", "module.", "net.model."])
def test_other_names_are_known_by_their_shapes(
    order: Callable[[dict[str, Tensor]], dict[str, Tensor]], prefix: str
) -> None:
    theirs = {f"{prefix}{key}": value for key, value in order(called(THEIRS)).items()}
    found = read({"model": theirs, "loss": 0.3})
    assert found.is_renamed
    assert found.weights.entry == "model"
    assert found.weights.called["stem.0.weight"] == f"{prefix}conv1.0.weight"
    assert torch.equal(found.model(IMAGES), LOGITS)


def test_safetensors_have_no_order_and_are_read_all_the_same() -> None:
    names = {layer: f"{'zyxwvutsrqponmlkjihgfedcba'[index]}" for index, layer in enumerate(THEIRS)}
    theirs = {key: value for key, value in called(names).items() if "num_batches" not in key}
    found = read_resnet(safetensors.torch.save(theirs), "mine.safetensors", IMAGES)
    assert found.is_renamed
    assert torch.equal(found.model(IMAGES), LOGITS)


def test_batch_norms_before_training_keep_their_order() -> None:
    model = ResNet().eval()
    norms = [block.main[1] for block in (model.block1, model.block2, model.block3)]
    pair_norms(model, IMAGES)
    assert norms == [block.main[1] for block in (model.block1, model.block2, model.block3)]


def test_swapped_batch_norms_find_their_convolutions() -> None:
    model = ResNet().eval()
    model.load_state_dict(STATE)
    for block in (model.block1, model.block3):
        block.main[1], block.shortcut[1] = block.shortcut[1], block.main[1]
    assert not torch.allclose(model(IMAGES), LOGITS, atol=1)
    pair_norms(model, IMAGES)
    assert torch.equal(model(IMAGES), LOGITS)


def without(end: str) -> dict[str, Tensor]:
    return {key: value for key, value in STATE.items() if not key.endswith(end)}


CNN, DIGITS = checkpoints.load("mnist_cnn").model, checkpoints.load("mnist_model_a").model


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (
            CNN.state_dict(),
            "mine.pt is of MnistCNN's architecture, not of ResNet's: choose a state",
        ),
        (
            DIGITS.state_dict(),
            "is of DigitNet's architecture, not of ResNet's: choose a state dict",
        ),
        (
            nn.Linear(3, 4).state_dict(),
            "mine.pt is not of ResNet's architecture: block1.main.0.weight should be "
            "(128, 64, 3, 3) and is absent: choose a state dict of ResNet.",
        ),
        (
            STATE | {"fc.weight": torch.zeros(100, 512), "fc.bias": torch.zeros(100)},
            "fc.bias should be (10,) and is (100,)",
        ),
        (
            called(THEIRS) | {"conv1.0.bias": torch.zeros(64)},
            "conv1.0.bias should be absent and is (64,)",
        ),
        (STATE | {"normalize.mean": torch.ones(3)}, "normalize.mean should be absent and is (3,)"),
        (without("running_mean"), "block1.main.1.running_mean should be (128,) and is absent"),
        (
            called(THEIRS) | {"layer1.bn1.weight": torch.full((128,), float("nan"))},
            "mine.pt holds layer1.bn1.weight with numbers that are not finite in float32: train",
        ),
        (
            STATE | {"fc.bias": torch.full((10,), 1e300, dtype=torch.float64)},
            "mine.pt holds fc.bias with numbers that are not finite in float32",
        ),
        (
            STATE | {"fc.bias": torch.zeros(10, dtype=torch.int64)},
            "fc.bias, which should be a dense tensor of float32",
        ),
        ([1, 2], "mine.pt holds a list, no state dict"),
    ],
)
def test_what_does_not_fit_is_one_sentence(what: object, message: str) -> None:
    told = refusal(what)
    assert message in told
    assert len(told) < 250


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (saved(STATE)[:3_000_000], "mine.pt cannot be read as a state dict (it is damaged"),
        (b"", "mine.pt cannot be read as a state dict (the file is empty)"),
        (
            b"\0" * (LARGEST_RESNET + 1),
            "The file has a little more than 60 MB, and at most 60 MB are read: a state dict of "
            "this network has 19.3 MB.",
        ),
    ],
)
def test_what_cannot_be_read_is_one_sentence(content: bytes, message: str) -> None:
    with pytest.raises(ForeignError) as caught:
        read_resnet(content, "mine.pt", IMAGES)
    assert message in str(caught.value)


def test_a_checkpoint_with_adams_moments_is_not_too_large() -> None:
    model = ResNet()
    adam = torch.optim.Adam(model.parameters())
    model(IMAGES[:1]).sum().backward()
    adam.step()
    content = saved({"model": model.state_dict(), "optimizer": adam.state_dict()})
    assert len(content) < LARGEST_RESNET
    found = read_resnet(content, "mine.pt", IMAGES)
    assert found.weights.entry == "model"
    assert torch.equal(found.model.fc.weight, model.fc.weight)


def test_a_refused_file_leaves_the_network_as_it_was() -> None:
    model = ResNet()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    bad = STATE | {"fc.bias": torch.full((10,), float("inf"))}
    with pytest.raises(ForeignError):
        fill(model, saved(bad), "mine.pt")
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_a_resnet_where_a_digit_net_belongs_is_named() -> None:
    with pytest.raises(ForeignError, match="is of ResNet's architecture, not of DigitNet's"):
        read_digit_net(saved(STATE), "mine.pt")


def test_names_of_a_digit_net_are_not_guessed() -> None:
    state = {f"a{key}b": value for key, value in DIGITS.state_dict().items()}
    with pytest.raises(ForeignError, match="choose a state dict of DigitNet"):
        read_digit_net(saved(state | {"more": torch.zeros(1)}), "mine.pt")
