"""core.training.sizes: how large the images are when, and a network that takes them all."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.data.facts import LabelledImages
from core.models import ResNet
from core.training import sizes
from core.training.config import TrainConfig
from core.training.loop import fit
from core.training.sizes import WholeMaps, image_size_at, shrunk
from tests.core.training.runs import CONFIG, assert_same_weights, stop_in, weights

GROWING = TrainConfig(
    model="ResNet",
    dataset="cifar10",
    epochs=2,
    batch_size=8,
    learning_rate=1e-3,
    first_size=16,
    full_size_from=0.75,
)


def pictures(count: int, seed: int) -> LabelledImages:
    random = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, 3, 32, 32), generator=random).byte()
    return LabelledImages(images, torch.arange(count) % 10)


@pytest.mark.parametrize(
    ("done", "size"), [(0.0, 16), (0.37, 16), (0.38, 24), (0.74, 24), (0.75, 32), (0.99, 32)]
)
def test_the_images_grow_by_steps_of_eight(done: float, size: int) -> None:
    assert image_size_at(GROWING, done, 32) == size


def test_images_have_their_own_size_unless_asked_for() -> None:
    assert image_size_at(replace(GROWING, first_size=0), 0.0, 32) == 32
    assert image_size_at(replace(GROWING, first_size=48), 0.0, 32) == 32
    assert CONFIG.first_size == 0


def test_a_pixel_of_a_smaller_image_is_an_average() -> None:
    image = torch.zeros(1, 1, 32, 32)
    image[:, :, :, 16:] = 1
    smaller = shrunk(image, 16)
    assert smaller.shape == (1, 1, 16, 16)
    assert smaller.mean() == pytest.approx(0.5)
    assert smaller[0, 0, 8, 6] == 0
    assert smaller[0, 0, 8, 9] == 1
    assert shrunk(image, 32) is image


def test_for_whole_images_it_is_the_network_itself() -> None:
    model, images = ResNet().eval(), torch.rand(2, 3, 32, 32)
    assert torch.equal(WholeMaps(model)(images), model(images))


@pytest.mark.parametrize("size", [16, 24])
def test_of_smaller_images_the_whole_map_is_averaged(size: int) -> None:
    model, images = ResNet().eval(), torch.rand(2, 3, size, size)
    maps = model.forward_features(images)
    assert maps.shape == (2, 512, size // 8, size // 8)
    expected = maps.sum((2, 3)) / (size // 8) ** 2 @ model.fc.weight.T + model.fc.bias
    torch.testing.assert_close(WholeMaps(model)(images), expected)


def test_a_training_sees_the_sizes_in_turn_and_goes_on_where_it_was_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    whole = sizes.WholeMaps.forward

    def forward(self: WholeMaps, images: torch.Tensor) -> torch.Tensor:
        seen.append(images.shape[-1])
        return whole(self, images)

    monkeypatch.setattr(sizes.WholeMaps, "forward", forward)
    train, validation = pictures(16, seed=1), pictures(4, seed=2)
    once = fit(GROWING, train, validation)
    assert seen == [16, 16, 24, 32]
    fit(GROWING, train, validation, state_folder=tmp_path, **stop_in(2, 1))
    again = fit(GROWING, train, validation, state_folder=tmp_path)
    assert again.resumed_from == 1
    assert_same_weights(weights(again), weights(once))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"first_size": 20}, "first_size to be a multiple of 8, got 20"),
        ({"model": "DigitNet"}, "first_size with the ResNet, .* got DigitNet"),
    ],
)
def test_sizes_that_no_network_takes_are_refused(settings: dict, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        replace(GROWING, **settings)
