"""core.cam: maps that add up to the logits, on any network of that kind; upsampling on the pixel
grid; blends.
"""

import copy
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import Tensor, nn
from torchcam.methods import CAM

from core import cam, checkpoints
from core.cam import (
    METHODS,
    blend,
    class_activation_maps,
    evidence_opacity,
    grad_cam,
    strongest_channels,
    upsample,
)
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.models import ResNet


class Small(nn.Module):
    """Ends in average pooling and a linear layer, as the ResNet does; other sizes, another number
    of classes.
    """

    def __init__(self, *, bias: bool = True, pool: nn.Module | None = None) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(2, 7, 3, stride=2), nn.BatchNorm2d(7), nn.ReLU())
        self.pool = pool or nn.AdaptiveAvgPool2d(1)
        self.last = nn.Linear(7, 4, bias=bias)

    def forward_features(self, images: Tensor) -> Tensor:
        return self.body(images)

    def forward_head(self, features: Tensor) -> Tensor:
        return self.last(self.pool(features).flatten(1))

    def forward(self, images: Tensor) -> Tensor:
        return self.forward_head(self.forward_features(images))


def small(**settings: object) -> Small:
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        model = Small(**settings)
        model(torch.randn(8, 2, 12, 15))  # running statistics that are not 0 and 1
    return model


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.rand(5, 2, 12, 15, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def trained() -> ResNet:
    return checkpoints.load("cifar10_resnet").model


@pytest.fixture(scope="module")
def photos() -> Tensor:
    return to_unit(load_samples("cifar10").images)


def test_a_map_by_hand() -> None:
    features = torch.tensor([[[1.0, 0.0], [2.0, 4.0]], [[3.0, 1.0], [0.0, 2.0]]])[
        None
    ]  # (1, 2, 2, 2)
    model = nn.Sequential(nn.Flatten(), nn.Linear(2, 3))
    model.forward_features = lambda images: features
    model.forward_head = lambda features: model[1](features.mean((2, 3)))
    with torch.no_grad():
        model[1].weight.copy_(torch.tensor([[1.0, 0.0], [2.0, -1.0], [0.0, -0.5]]))
        model[1].bias.copy_(torch.tensor([0.5, 0.0, 1.0]))
    result = class_activation_maps(model, torch.zeros(1, 1, 2, 2))
    assert result.maps[0, 1].tolist() == [[-1.0, -1.0], [4.0, 6.0]]
    assert result.maps[0, 2].tolist() == [[-1.5, -0.5], [0.0, -1.0]]
    assert result.logits[0].tolist() == [7 / 4 + 0.5, 2.0, -0.75 + 1.0]


@pytest.mark.parametrize("bias", [True, False])
def test_mean_of_the_map_plus_bias_is_the_logit(images: Tensor, bias: bool) -> None:
    model = small(bias=bias).eval()
    result = class_activation_maps(model, images)
    assert result.maps.shape == (5, 4, 5, 7)
    torch.testing.assert_close(
        result.maps.mean((2, 3)) + result.bias, result.logits, rtol=1e-5, atol=1e-6
    )
    torch.testing.assert_close(result.logits, model(images).detach(), rtol=1e-5, atol=1e-6)


def test_the_shipped_networks_maps_add_up(trained: ResNet, photos: Tensor) -> None:
    result = class_activation_maps(trained, photos)
    assert result.maps.shape == (20, 10, 4, 4)
    with torch.no_grad():
        logits = trained(photos)
    torch.testing.assert_close(
        result.maps.mean((2, 3)) + trained.fc.bias, logits, rtol=1e-5, atol=1e-5
    )
    assert (result.maps < 0).any(), "the maps are raw and signed"


def test_the_maps_are_torchcams_before_its_scaling(trained: ResNet, photos: Tensor) -> None:
    ours = class_activation_maps(trained, photos).maps
    model = ResNet().eval()
    model.load_state_dict(trained.state_dict())
    with CAM(model, "block3", "fc", input_shape=(3, 32, 32)) as extractor:
        with torch.no_grad():
            model(photos)
        for label in (3, 8):
            (theirs,) = extractor(class_idx=label, normalized=False)
            torch.testing.assert_close(theirs, ours[:, label], rtol=1e-4, atol=1e-5)


def test_the_maps_add_up_in_half_precision_too(trained: ResNet, photos: Tensor) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        result = class_activation_maps(trained, photos)
    assert result.maps.dtype == torch.float32
    torch.testing.assert_close(
        result.maps.mean((2, 3)) + trained.fc.bias, result.logits, rtol=1e-5, atol=1e-5
    )
    full = class_activation_maps(trained, photos).logits
    torch.testing.assert_close(result.logits, full, rtol=0.05, atol=0.1)
    assert not torch.equal(result.logits, full)


DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_maps_add_up_in_every_dtype(
    trained: ResNet, photos: Tensor, dtype: torch.dtype
) -> None:
    model, images = copy.deepcopy(trained).to(dtype), photos[:4].to(dtype)
    result = class_activation_maps(model, images)
    sums = torch.float64 if dtype == torch.float64 else torch.float32
    assert result.maps.dtype == result.logits.dtype == sums
    tight = 100 * torch.finfo(sums).eps
    torch.testing.assert_close(
        result.maps.mean((2, 3)) + result.bias, result.logits, rtol=tight, atol=tight
    )
    with torch.no_grad():
        logits = model(images).to(sums)
    scale = (result.weight.abs() @ result.features.abs().mean((2, 3)).T).max()
    limit = 4 * torch.finfo(dtype).eps * float(scale)
    torch.testing.assert_close(result.logits, logits, rtol=0, atol=limit)
    gradient_maps = grad_cam(model, images, 5)
    assert gradient_maps.dtype == sums
    torch.testing.assert_close(gradient_maps, result.maps[:, 5].relu() / 16, rtol=0, atol=limit / 4)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("seed", range(3))
def test_another_pooling_is_refused_in_every_dtype(dtype: torch.dtype, seed: int) -> None:
    images = torch.rand(5, 2, 12, 15, generator=torch.Generator().manual_seed(seed)).to(dtype)
    assert class_activation_maps(small().to(dtype), images).maps.shape == (5, 4, 5, 7)
    with pytest.raises(ValueError, match="forward_head gives other logits"):
        class_activation_maps(small(pool=nn.AdaptiveMaxPool2d(1)).to(dtype), images)


class Plain(nn.Module):
    """What a student writes: features and a forward, and no method for the head."""

    def __init__(self, pool: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.conv, self.last, self.pool = nn.Conv2d(2, 7, 3), nn.Linear(7, 4), pool

    def forward_features(self, images: Tensor) -> Tensor:
        return self.conv(images)

    def forward(self, images: Tensor) -> Tensor:
        return self.last(self.pool(self.forward_features(images)))


def test_the_logits_are_those_of_a_forward_without_a_head(images: Tensor) -> None:
    model = Plain(lambda features: features.mean((2, 3)))
    result = class_activation_maps(model, images)
    torch.testing.assert_close(result.logits, model(images).detach(), rtol=1e-5, atol=1e-6)
    assert class_activation_maps(model, images[:0]).maps.shape == (0, 4, 10, 13)
    with torch.autocast("cpu", torch.bfloat16):
        assert class_activation_maps(model, images).maps.shape == (5, 4, 10, 13)


@pytest.mark.parametrize(
    "pool", [lambda f: f.amax((2, 3)), lambda f: f[..., 0, 0], lambda f: f.mean((2, 3)).relu()]
)
def test_a_forward_that_does_not_pool_the_mean_is_refused(
    images: Tensor, pool: Callable[[Tensor], Tensor]
) -> None:
    with pytest.raises(ValueError, match=r"layer, got one whose forward gives other logits of ma"):
        class_activation_maps(Plain(pool), images)


@pytest.mark.parametrize("function", [class_activation_maps, lambda *given: grad_cam(*given, 5)])
@pytest.mark.parametrize("size", [(64, 64), (48, 48), (40, 40), (16, 16), (1, 1), (32, 64)])
def test_a_picture_of_another_size_is_refused_with_the_reason(
    trained: ResNet, function: Callable[..., object], size: tuple[int, int]
) -> None:
    with pytest.raises(ValueError, match=r"images \(N, 3, 32, 32\), got .* pools the whole map"):
        function(trained, torch.rand(1, 3, *size))


@pytest.mark.parametrize("function", [class_activation_maps, lambda *given: grad_cam(*given, 5)])
@pytest.mark.parametrize("size", [32, 64])
def test_a_picture_of_other_channels_is_refused_with_the_reason(
    trained: ResNet, function: Callable[..., object], size: int
) -> None:
    with pytest.raises(
        ValueError, match=r"images \(N, 3, 32, 32\), got .*: ResNet takes 3 channels"
    ):
        function(trained, torch.rand(1, 1, size, size))


@pytest.mark.parametrize("side", [64, 48, 33, 16, 9])
def test_any_size_is_right_where_the_pooling_covers_the_whole_map(side: int) -> None:
    model, images = small().eval(), torch.rand(2, 2, side, side)
    result = class_activation_maps(model, images)
    torch.testing.assert_close(result.logits, model(images).detach(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("side", "reason"),
    [
        (32, "forward_head does not take .* in torch.float32"),  # 2 x 2 windows: too many features
        (24, r"other logits of maps \(11, 11\)"),  # the last cells are in no window
        (9, "forward_head does not take"),  # no window fits
        (2, "forward_features does not take"),
    ],
)
def test_a_pooling_that_covers_a_part_of_the_map_is_refused(side: int, reason: str) -> None:
    torch.manual_seed(0)
    model = small()
    model.pool = nn.AvgPool2d(7)
    with pytest.raises(ValueError, match=reason):
        class_activation_maps(model, torch.rand(2, 2, side, side))


def test_no_picture_has_no_map(trained: ResNet) -> None:
    nothing = torch.zeros(0, 3, 32, 32)
    assert class_activation_maps(trained, nothing).maps.shape == (0, 10, 4, 4)
    assert grad_cam(trained, nothing, 5).shape == (0, 4, 4)


def test_images_of_another_dtype_than_the_models_are_refused(
    trained: ResNet, photos: Tensor
) -> None:
    for function in (class_activation_maps, lambda *given: grad_cam(*given, 5)):
        with pytest.raises(ValueError, match=r"does not take \(1, 3, 32, 32\) in torch.float64"):
            function(trained, photos[:1].double())


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_given_back_unchanged(images: Tensor, training: bool) -> None:
    model = small().train(training)
    model.body[1].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    first = class_activation_maps(model, images)
    grad_cam(model, images, 0)
    assert model.training is training
    assert not model.body[1].training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not first.maps.requires_grad
    assert torch.equal(class_activation_maps(model.eval(), images).maps, first.maps), (
        "computed in eval mode"
    )


def test_grad_cam_is_cam_where_it_is_positive_up_to_the_size_of_the_map(
    trained: ResNet, photos: Tensor
) -> None:
    maps = class_activation_maps(trained, photos).maps
    labels = load_samples("cifar10").labels
    theirs = grad_cam(trained, photos, labels)
    torch.testing.assert_close(
        theirs, maps[torch.arange(20), labels].relu() / 16, rtol=1e-4, atol=1e-6
    )
    torch.testing.assert_close(
        grad_cam(trained, photos, 5), maps[:, 5].relu() / 16, rtol=1e-4, atol=1e-6
    )


def test_grad_cam_by_hand() -> None:
    """A head that is not linear: logit_0 = mean(f)^2, so alpha = 2 mean(f) / (h w)."""
    features = torch.tensor([[[[1.0, 3.0]]]])
    model = nn.Identity()
    model.forward_features = lambda images: features
    model.forward_head = lambda f: f.mean((2, 3)).square()
    assert grad_cam(model, torch.zeros(1, 1, 1, 2), 0).tolist() == [[[2.0, 6.0]]]


def test_the_strongest_channels_and_the_rest_add_up_to_the_logit(images: Tensor) -> None:
    result = class_activation_maps(small(), images)
    for count in (0, 3, 7):
        found = strongest_channels(result, 2, 1, count)
        assert float(found.shares.sum()) + found.rest + float(result.bias[1]) == pytest.approx(
            float(result.logits[2, 1]), abs=1e-5
        )
        assert torch.equal(found.products, found.weight[:, None, None] * found.features)
        assert torch.equal(found.features, result.features[2, found.index])
    sizes = strongest_channels(result, 2, 1, 7).shares.abs()
    assert torch.equal(sizes, sizes.sort(descending=True).values)


@pytest.mark.parametrize(
    ("picture", "label", "count"), [(5, 0, 1), (-1, 0, 1), (0, 4, 1), (0, 0, 8)]
)
def test_a_channel_that_is_not_there_is_refused(
    images: Tensor, picture: int, label: int, count: int
) -> None:
    with pytest.raises(ValueError, match=r"Expected (picture|label|count) from 0 to"):
        strongest_channels(class_activation_maps(small(), images), picture, label, count)


def test_a_last_layer_can_be_named(images: Tensor) -> None:
    model = small()
    model.other = nn.Linear(2, 2)
    with pytest.raises(ValueError, match="one linear layer, got 2: name the last one with linear="):
        class_activation_maps(model, images)
    assert class_activation_maps(model, images, linear=model.last).maps.shape == (5, 4, 5, 7)
    with pytest.raises(ValueError, match="Expected 2 features for the linear layer, got 7"):
        class_activation_maps(model, images, linear=model.other)


def test_a_network_without_average_pooling_is_refused(images: Tensor) -> None:
    with pytest.raises(ValueError, match="ends in average pooling over the whole map"):
        class_activation_maps(small(pool=nn.AdaptiveMaxPool2d(1)), images)


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (
            torch.zeros(1, 2, 12, 12, dtype=torch.uint8),
            TypeError,
            "images as floats, got torch.uint8",
        ),
        ([[1.0]], TypeError, r"got a list: write torch.tensor\(images\)"),
        (torch.zeros(2, 12, 12), ValueError, r"\(N, channels, H, W\), got the shape \(2, 12, 12\)"),
    ],
)
def test_bad_images_are_refused(bad: object, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        class_activation_maps(small(), bad)
    with pytest.raises(error, match=message):
        grad_cam(small(), bad, 0)


def test_a_model_without_the_methods_is_refused(images: Tensor) -> None:
    with pytest.raises(TypeError, match="the method forward_features, got Linear"):
        class_activation_maps(nn.Linear(2, 2), images)
    with pytest.raises(TypeError, match="the method forward_head, got Linear"):
        grad_cam(nn.Linear(2, 2), images, 0)


@pytest.mark.parametrize("label", [4, -1, torch.tensor([0, 1, 2, 3, 9])])
def test_a_class_that_is_not_there_is_refused(images: Tensor, label: object) -> None:
    with pytest.raises(ValueError, match="Expected labels from 0 to 3"):
        grad_cam(small(), images, label)


def test_a_label_for_each_image_is_needed(images: Tensor) -> None:
    with pytest.raises(ValueError, match=r"one label for each of 5 images, got shape \(2,\)"):
        grad_cam(small(), images, torch.tensor([0, 1]))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("cell", [(0, 0), (1, 2), (3, 3), (2, 0)])
def test_a_one_hot_map_lands_on_its_own_block(method: str, cell: tuple[int, int]) -> None:
    cells = torch.zeros(4, 4)
    cells[cell] = 1
    big = upsample(cells, 32, method)
    top, left = cell[0] * 8, cell[1] * 8
    row, column = divmod(int(big.argmax()), 32)
    assert top <= row < top + 8
    assert left <= column < left + 8
    if all(0 < place < 3 for place in cell):  # away from the border it is centred
        block = big[top : top + 8, left : left + 8]
        torch.testing.assert_close(block, block.flip(0), rtol=0, atol=0.03)
        torch.testing.assert_close(block, block.flip(1), rtol=0, atol=0.03)


@pytest.mark.parametrize("method", METHODS)
def test_upsampling_turns_with_the_map(method: str) -> None:
    cells = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    big = upsample(cells, 12, method)
    assert big.shape == (2, 3, 12, 12)
    assert big.dtype == torch.float64
    for turn in (lambda x: x.flip(-1), lambda x: x.flip(-2), lambda x: x.mT):
        torch.testing.assert_close(
            upsample(turn(cells).contiguous(), 12, method), turn(big), rtol=1e-9, atol=1e-9
        )


@pytest.mark.parametrize("method", METHODS)
def test_a_flat_map_stays_flat_and_sizes_may_differ(method: str) -> None:
    big = upsample(torch.full((3, 5), 2.5), (7, 20), method)
    assert big.shape == (7, 20)
    torch.testing.assert_close(big, torch.full((7, 20), 2.5))


def test_nearest_repeats_and_the_spline_goes_through_every_number() -> None:
    cells = torch.randn(4, 4, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    assert torch.equal(
        upsample(cells, 32, "nearest"), cells.repeat_interleave(8, 0).repeat_interleave(8, 1)
    )
    torch.testing.assert_close(
        upsample(cells, 12, "spline")[1::3, 1::3], cells, rtol=1e-9, atol=1e-9
    )
    torch.testing.assert_close(
        upsample(cells, 32, "bilinear"), F.interpolate(cells[None, None], 32, mode="bilinear")[0, 0]
    )


@pytest.mark.parametrize(
    ("maps", "size", "method", "error", "message"),
    [
        (
            torch.zeros(4, 4),
            32,
            "lanczos",
            ValueError,
            "nearest, bilinear, bicubic, spline, got 'lanczos'",
        ),
        (
            torch.zeros(4, 4, dtype=torch.long),
            32,
            "nearest",
            TypeError,
            "Expected maps as floats, got torch.int64",
        ),
        ([[0.0]], 32, "nearest", TypeError, r"got a list: write torch.tensor\(maps\)"),
        (torch.zeros(4), 32, "nearest", ValueError, "Expected maps"),
        (torch.zeros(0, 4), 32, "nearest", ValueError, "Expected maps"),
        (torch.zeros(4, 4), (32, 0), "nearest", ValueError, "a size above 0"),
        (torch.zeros(4, 4), (32, 32, 1), "nearest", ValueError, r"one number or \(H, W\), got"),
        (torch.zeros(4, 4), 32.0, "nearest", TypeError, "size as a whole number, got float 32.0"),
    ],
)
def test_bad_maps_are_refused(
    maps: object, size: object, method: str, error: type, message: str
) -> None:
    with pytest.raises(error, match=message):
        upsample(maps, size, method)


@pytest.mark.parametrize("method", METHODS)
def test_a_size_of_numpy_and_no_picture_at_all_are_taken(method: str) -> None:
    maps = torch.arange(16.0).reshape(1, 4, 4)
    for size in (np.int64(8), torch.tensor(8), (np.int32(8), 8), [8, 8]):
        assert torch.equal(upsample(maps, size, method), upsample(maps, (8, 8), method))
    assert upsample(maps[:0], 8, method).shape == (0, 8, 8)


def test_a_blend_is_what_its_alpha_says() -> None:
    generator = torch.Generator().manual_seed(0)
    photo, colours = (
        torch.randint(0, 256, (3, 8, 8), dtype=torch.uint8, generator=generator) for _ in range(2)
    )
    assert torch.equal(blend(photo, colours, 0), photo)
    assert torch.equal(blend(photo, colours, 1), colours)
    mixed = blend(
        torch.tensor([100], dtype=torch.uint8), torch.tensor([200], dtype=torch.uint8), 0.25
    )
    assert mixed.tolist() == [125]


def test_a_blend_under_an_opacity_is_what_numpy_and_matplotlib_make_of_it() -> None:
    random = np.random.default_rng(0)
    photo = random.integers(0, 256, (3, 8, 8)).astype(np.uint8)
    heat = random.integers(0, 256, (4, 8, 8)).astype(np.uint8)
    heat[3, 0] = 0
    over = 0.7 * heat[3] / 255
    right = (1 - over) * photo + over * heat[:3]
    found = blend(torch.tensor(photo), torch.tensor(heat), 0.7).numpy()
    assert np.array_equal(found, np.round(right))
    assert np.array_equal(found[:, 0], photo[:, 0]), "what is clear is the photo"
    figure = Figure(figsize=(1, 1), dpi=8)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(photo.transpose(1, 2, 0), interpolation="none")
    axes.imshow(heat.transpose(1, 2, 0), interpolation="none", alpha=0.7)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())[..., :3].transpose(2, 0, 1)
    assert np.abs(drawn.astype(int) - found).max() <= 2


def test_evidence_is_opaque_and_none_is_clear() -> None:
    values = torch.tensor([[-4.0, -1.0, 0.0], [0.5, 2.0, 9.0]])
    right = np.minimum(np.abs(values.numpy()) / 2, 1)
    assert np.array_equal(evidence_opacity(values, 2).numpy(), right)
    assert evidence_opacity(values, 2).tolist() == [[1, 0.5, 0], [0.25, 1, 1]]


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan, math.inf])
def test_a_limit_that_is_no_number_above_0_is_refused(limit: float) -> None:
    with pytest.raises(ValueError, match="Expected a limit above 0, got"):
        evidence_opacity(torch.ones(2, 2), limit)


@pytest.mark.parametrize("alpha", [-0.1, 1.1, math.nan])
def test_an_alpha_out_of_range_is_refused(alpha: float) -> None:
    picture = torch.zeros(3, 2, 2, dtype=torch.uint8)
    with pytest.raises(ValueError, match="Expected alpha from 0 to 1"):
        blend(picture, picture, alpha)


def test_pictures_that_do_not_fit_are_not_blended() -> None:
    picture = torch.zeros(3, 2, 2, dtype=torch.uint8)
    with pytest.raises(ValueError, match="pictures of one shape"):
        blend(picture, picture[:1], 0.5)
    with pytest.raises(ValueError, match="pictures of one shape"):
        blend(picture, torch.zeros(4, 2, 3, dtype=torch.uint8), 0.5)
    with pytest.raises(TypeError, match=r"colours as uint8, got torch\.float32"):
        blend(picture, picture.float(), 0.5)


def test_nothing_is_scaled_behind_the_back(images: Tensor) -> None:
    model = small()
    maps = class_activation_maps(model, images).maps
    with torch.no_grad():
        model.last.weight *= 3
    torch.testing.assert_close(class_activation_maps(model, images).maps, 3 * maps)
    assert cam.METHODS == ("nearest", "bilinear", "bicubic", "spline")
