"""Dead ReLUs of the small CNN: counted, and proved for the first layer."""

import pytest
import torch

from core import checkpoints
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.explain.dead import count_firing, largest_sum
from core.models import MnistCNN

DIGITS = load_samples("mnist").images


@pytest.fixture(scope="module")
def model() -> MnistCNN:
    return checkpoints.load("mnist_cnn").model


def test_every_relu_is_counted_as_hooks_see_it(model):
    seen = {}
    for name in ("conv1", "conv2", "fc1"):
        module = model.get_submodule(name)
        module.register_forward_hook(lambda _m, _i, out, name=name: seen.update({name: out}))
    fresh = checkpoints.load("mnist_cnn").model
    model(to_unit(DIGITS))
    found = count_firing(fresh, DIGITS, batch_size=7)
    assert found.pictures == len(DIGITS) == 20
    for layer, name in ((1, "conv1"), (3, "conv2"), (5, "fc1")):
        right = (seen[name].flatten(2) if seen[name].dim() > 2 else seen[name][..., None]) > 0
        assert found.counts[layer].tolist() == right.any(2).sum(0).tolist()


def test_the_shipped_network_has_dead_channels():
    found = count_firing(checkpoints.load("mnist_cnn").model, DIGITS)
    assert [found.dead(layer) for layer in range(5)] == [[], [0], [0], [2], [2]]
    assert found.dead(6) == [], "logits have no ReLU"


def test_a_unit_with_a_low_bias_is_dead_and_one_without_is_not():
    torch.manual_seed(0)
    network = MnistCNN().eval()
    with torch.no_grad():
        network.fc1.bias.fill_(1000.0)
        network.fc1.bias[[3, 100]] = -1000.0
    assert count_firing(network, DIGITS).dead(5) == [3, 100]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"images": DIGITS[:0]}, ValueError, "at least one image, got none"),
        ({"images": DIGITS.float()}, TypeError, "Expected images as uint8"),
        ({"images": DIGITS[:, :, :20]}, ValueError, r"Expected images \(N, 1, 28, 28\)"),
        ({"batch_size": 0}, ValueError, "Expected a batch size above 0, got 0"),
    ],
)
def test_what_cannot_be_counted_is_refused(model, change, error, message):
    given = {"images": DIGITS, "batch_size": 5} | change
    with pytest.raises(error, match=message):
        count_firing(model, given["images"], batch_size=given["batch_size"])


def test_the_largest_sum_is_reached_by_the_best_picture_and_by_no_other(model):
    weight, bias = model.conv1.weight.detach(), model.conv1.bias.detach()
    best = largest_sum(weight, bias)
    pictures = (weight > 0).float()  # 1 where a weight helps, else 0
    reached = (weight * pictures).sum((1, 2, 3)) + bias
    torch.testing.assert_close(best, reached)
    drawn = torch.rand(200, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert (model.conv1(drawn).amax((0, 2, 3)) <= best + 1e-6).all()
    assert best[0] < 0 < best[1], "the first channel is dead whatever the picture shows"
