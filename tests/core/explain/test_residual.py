"""core.explain.residual, .normalised and .exciting, held against the running network."""

import pytest
import torch
from torch import Tensor, nn

from core import checkpoints
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.explain.exciting import RANKED, channel_means, most_exciting
from core.explain.normalised import channel_norm
from core.explain.residual import (
    BLOCKS,
    CHANNELS,
    LAYERS,
    Cost,
    before_norm,
    block_input,
    cost_of,
    costs,
    norm_of,
    residual_steps,
    shortcut_share,
    stage_of,
)
from core.models import ResNet, parameter_count


@pytest.fixture(scope="module")
def model() -> ResNet:
    network = checkpoints.load("cifar10_resnet").model
    assert isinstance(network, ResNet)
    return network.requires_grad_(False)


@pytest.fixture(scope="module")
def images() -> Tensor:
    return to_unit(load_samples("cifar10").images[:5])


def hooked(model: ResNet, images: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """What enters and what leaves every module."""
    entered: dict[str, Tensor] = {}
    left: dict[str, Tensor] = {}

    def take(name: str):
        def hook(_module, inputs, output):
            entered[name], left[name] = inputs[0], output

        return hook

    hooks = [module.register_forward_hook(take(name)) for name, module in model.named_modules()]
    model(images)
    for hook in hooks:
        hook.remove()
    return entered, left


def test_every_step_is_the_hooks(model: ResNet, images: Tensor) -> None:
    steps = residual_steps(model, images)
    entered, left = hooked(model, images)
    modules = {name for name in left if name not in ("", "stem")} - {
        f"{block}.{path}" for block in BLOCKS for path in ("main", "shortcut")
    }
    assert set(steps) == modules | {"input"} | {f"{block}.sum" for block in BLOCKS}
    for name in modules:
        assert torch.equal(steps[name], left[name]), name
    assert torch.equal(steps["input"], images)
    for block in BLOCKS:
        assert torch.equal(steps[block_input(block)], entered[block])
        assert torch.equal(steps[f"{block}.sum"], left[f"{block}.main"] + left[f"{block}.shortcut"])


def test_layers_are_the_steps_with_their_channels(model: ResNet, images: Tensor) -> None:
    steps = residual_steps(model, images)
    assert list(steps)[2:-2] == list(LAYERS)
    for name in LAYERS:
        assert steps[name].shape[1] == CHANNELS[stage_of(name)]
        norm = norm_of(name)
        assert isinstance(model.get_submodule(norm), nn.BatchNorm2d)
        assert isinstance(model.get_submodule(before_norm(norm)), nn.Conv2d)
        assert stage_of(norm) == stage_of(name)
    named = {name: norm_of(f"block2.{name}") for name in ("main.0", "main.2", "main.3", "sum")}
    assert list(named.values()) == [f"block2.main.{number}" for number in (1, 1, 4, 4)]
    assert norm_of("block2") == "block2.main.4"
    assert norm_of("block2.shortcut.0") == "block2.shortcut.1"


def test_costs_add_up_to_the_network(model: ResNet, images: Tensor) -> None:
    all_costs = costs(model, residual_steps(model, images))
    whole = sum(all_costs.values(), Cost(0, 0))
    assert whole.parameters == sum(one.numel() for one in model.parameters()) == 4_829_258
    stages = [cost_of(all_costs, stage) for stage in ("stem", *BLOCKS, "fc")]
    assert sum(stages, Cost(0, 0)) == whole
    # By hand: 32 · 32 cells, 64 channels, 3 · 3 · 3 weights for each.
    assert cost_of(all_costs, "stem") == Cost(64 * 27 + 2 * 64, 32 * 32 * 64 * 27)
    assert cost_of(all_costs, "block1.shortcut") == Cost(128 * 64 + 256, 16 * 16 * 128 * 64)
    assert cost_of(all_costs, "block1").parameters == parameter_count(model.block1)
    assert all_costs["fc"] == Cost(5130, 5120)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_shares_add_up_to_the_output(model: ResNet, images: Tensor, block: str) -> None:
    steps = {name: one[0] for name, one in residual_steps(model, images).items()}
    main, shortcut, output = (
        steps[name] for name in (f"{block}.main.4", f"{block}.shortcut.1", block)
    )
    whole = shortcut_share(main, shortcut)
    assert whole.output == pytest.approx(float(output.double().sum()), rel=1e-5)
    assert whole.opened == int((output > 0).sum())
    assert whole.share == pytest.approx(
        float(shortcut[output > 0].double().sum() / output.double().sum()), rel=1e-5
    )
    for channel in (0, 7, 127):
        one = shortcut_share(main[channel], shortcut[channel])
        assert one.output == pytest.approx(float(output[channel].double().sum()), abs=1e-4)


def test_a_share_by_hand_and_none_of_an_output_of_zeros() -> None:
    main = torch.tensor([[3.0, -1.0], [2.0, -5.0]])
    shortcut = torch.tensor([[1.0, 2.0], [-2.5, 1.0]])
    share = shortcut_share(main, shortcut)  # open: 3 + 1 and -1 + 2
    assert (share.opened, share.cells, share.main, share.shortcut) == (2, 4, 2.0, 3.0)
    assert share.share == pytest.approx(0.6)
    closed = shortcut_share(-main.abs(), torch.zeros(2, 2))
    assert (closed.opened, closed.output, closed.share) == (0, 0.0, None)


def test_a_channel_norm_is_the_layers(model: ResNet, images: Tensor) -> None:
    entered, left = hooked(model, images)
    for name, layer in model.named_modules():
        if isinstance(layer, nn.BatchNorm2d):
            for channel in (0, 3, layer.num_features - 1):
                after = channel_norm(layer, channel)(entered[name][:, channel])
                torch.testing.assert_close(after, left[name][:, channel], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("missing", ["track_running_stats", "affine"])
def test_a_norm_without_its_numbers_is_refused(missing: str) -> None:
    layer = nn.BatchNorm2d(2, **{missing: False})
    with pytest.raises(ValueError, match="Expected a batch normalisation with running statistics"):
        channel_norm(layer, 0)


def test_the_most_exciting_pictures(model: ResNet, images: Tensor) -> None:
    assert sum(RANKED.values()) == 2 * 64 + 6 * (128 + 256 + 512)
    parts = [channel_means(model, part) for part in (images[:2], images[2:])]
    found = most_exciting(parts, 3)
    _, left = hooked(model, images)
    assert found.keys() == RANKED.keys()
    for name, channels in RANKED.items():
        assert found[name].indices.shape == (channels, 3)
        if name in left:
            means = left[name].mean((2, 3))
            values, _ = means.sort(0, descending=True)
            torch.testing.assert_close(found[name].means, values[:3].T)
            torch.testing.assert_close(means.T.gather(1, found[name].indices), values[:3].T)


def test_a_convolution_excites_as_its_batch_norm_does(model: ResNet, images: Tensor) -> None:
    entered, left = hooked(model, images)
    turned = 0
    for name, layer in model.named_modules():
        if isinstance(layer, nn.BatchNorm2d):
            keeps = layer.weight > 0
            before, after = (one[name].mean((2, 3)) for one in (entered, left))
            highest = torch.where(keeps, before.argmax(0), before.argmin(0))
            assert torch.equal(highest, after.argmax(0)), "what RANKED says"
            turned += int((~keeps).sum())
    assert turned, "the shipped network has such channels"


def test_equal_ones_keep_their_order_and_none_is_refused() -> None:
    found = most_exciting([{"layer": torch.zeros(4, 1)}], 9)
    assert found["layer"].indices.tolist() == [[0, 1, 2, 3]]
    with pytest.raises(ValueError, match=r"Expected pictures, got none\."):
        most_exciting([])
