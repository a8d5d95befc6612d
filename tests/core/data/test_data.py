"""core.data: the table of facts, loading, splitting, augmentation and the bundled samples."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torchvision import transforms
from torchvision.transforms import functional as TF

from core.data import augment
from core.data.augment import (
    crop_boxes,
    random_affine,
    random_crop_flip,
    random_shift,
    random_unsharp_mask,
    resize_crops,
)
from core.data.facts import ROOT, SAMPLES, DatasetError, LabelledImages, data_folder, facts, to_unit
from core.data.load import hold_out, load
from core.data.samples import load_samples
from tests.synthetic import synthetic_digits


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def numbered(count: int) -> LabelledImages:
    """Images whose every pixel and label is their number."""
    numbers = torch.arange(count)
    return LabelledImages(numbers.byte()[:, None, None, None].expand(-1, 1, 2, 2), numbers)


def contents(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def assert_is_sentence(message: str) -> None:
    assert "\n" not in message
    assert message[0].isupper()
    assert message.count(". ") == 0


@pytest.mark.parametrize(
    ("name", "shape", "train", "test", "first", "last"),
    [
        ("mnist", (1, 28, 28), 60_000, 10_000, "0", "9"),
        ("cifar10", (3, 32, 32), 50_000, 10_000, "airplane", "truck"),
    ],
)
def test_the_table_holds_the_facts(
    name: str, shape: tuple, train: int, test: int, first: str, last: str
) -> None:
    dataset = facts(name)
    assert (dataset.name, dataset.shape, dataset.train_images, dataset.test_images) == (
        name,
        shape,
        train,
        test,
    )
    assert (len(dataset.classes), dataset.classes[0], dataset.classes[-1]) == (10, first, last)


def test_cifar10_is_normalised_as_the_homework_says() -> None:
    assert facts("cifar10").mean == (0.485, 0.456, 0.406)
    assert facts("cifar10").std == (0.229, 0.224, 0.225)


def test_mnist_is_not_normalised() -> None:
    assert facts("mnist").mean is None
    assert facts("mnist").std is None


def test_an_unknown_data_set_is_refused() -> None:
    with pytest.raises(ValueError, match="Unknown data set 'svhn': expected one of mnist, cifar10"):
        facts("svhn")


def test_the_argument_names_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNN_DATA", "/variable")
    assert data_folder("/argument") == Path("/argument")


def test_the_variable_names_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNN_DATA", "/variable")
    assert data_folder() == Path("/variable")


@pytest.mark.parametrize("value", [None, ""])
def test_the_data_folder_is_in_the_repository_by_default(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv("CNN_DATA", raising=False)
    else:
        monkeypatch.setenv("CNN_DATA", value)
    assert data_folder() == ROOT / "data"


@pytest.mark.parametrize(("part", "count", "seed"), [("train", 300, 1), ("test", 100, 2)])
def test_load_returns_the_images_and_labels_of_a_part(
    tiny_mnist: Path, part: str, count: int, seed: int
) -> None:
    loaded, written = (
        load("mnist", part, tiny_mnist, download=False),
        synthetic_digits(count, seed=seed),
    )
    assert (loaded.images.dtype, loaded.labels.dtype, len(loaded)) == (
        torch.uint8,
        torch.int64,
        count,
    )
    assert torch.equal(loaded.images, written.images)
    assert torch.equal(loaded.labels, written.labels)


def test_load_refuses_an_unknown_part(tiny_mnist: Path) -> None:
    with pytest.raises(ValueError, match="Unknown part 'validation': expected 'train' or 'test'"):
        load("mnist", "validation", tiny_mnist, download=False)


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_missing_data_is_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match=r"is not in .*let it be fetched.*CNN_DATA") as caught:
        load(name, "train", tmp_path, download=False)
    assert_is_sentence(str(caught.value))
    assert contents(tmp_path) == []


def test_held_out_images_are_not_trained_on() -> None:
    train, held = hold_out(numbered(100), 30)
    assert (len(train), len(held)) == (70, 30)
    assert sorted([*train.labels.tolist(), *held.labels.tolist()]) == list(range(100))


def test_images_keep_their_labels_when_split() -> None:
    for part in hold_out(numbered(100), 30):
        assert torch.equal(part.images[:, 0, 0, 0].long(), part.labels)


def test_every_run_holds_out_the_same_images() -> None:
    assert torch.equal(hold_out(numbered(100), 30)[1].labels, hold_out(numbered(100), 30)[1].labels)


def test_another_seed_holds_out_other_images() -> None:
    assert not torch.equal(
        hold_out(numbered(100), 30, seed=0)[1].labels, hold_out(numbered(100), 30, seed=1)[1].labels
    )


@pytest.mark.parametrize("count", [-1, 0, 10, 11])
def test_a_split_without_a_side_is_refused(count: int) -> None:
    with pytest.raises(
        ValueError, match=f"Expected between 1 and 9 images to hold out, got {count}"
    ):
        hold_out(numbered(10), count)


def test_a_subset_keeps_images_and_labels_together() -> None:
    part = numbered(10).subset(torch.tensor([7, 2]))
    assert part.labels.tolist() == [7, 2]
    assert part.images[:, 0, 0, 0].tolist() == [7, 2]


def test_to_unit_equals_totensor() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    ours = to_unit(torch.from_numpy(pixels.copy())[None, None])
    assert torch.equal(ours[0], transforms.ToTensor()(Image.fromarray(pixels)))


def test_to_unit_leaves_its_input_alone() -> None:
    images = torch.full((1, 1, 2, 2), 255, dtype=torch.uint8)
    to_unit(images)
    assert images.unique().tolist() == [255]


def test_to_unit_refuses_floats() -> None:
    with pytest.raises(TypeError, match=r"Expected images as uint8, got torch\.float32"):
        to_unit(torch.zeros(1, 1, 2, 2))


def all_shifts(image: Tensor, limit: int, mode: str = "constant") -> list[list]:
    """Every picture that a shift of a one-channel picture can give, by NumPy's own padding."""
    h, w = image.shape
    padded = np.pad(image.numpy(), limit, mode=mode)
    steps = range(2 * limit + 1)
    return [
        padded[row : row + h, column : column + w].tolist() for row in steps for column in steps
    ]


def test_a_shift_moves_whole_pixels_and_fills_with_black() -> None:
    image = torch.tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]], dtype=torch.uint8)
    moved = random_shift(image.expand(400, 1, 3, 3), seeded(), limit=1)
    seen = {str(picture.tolist()) for picture in moved[:, 0]}
    assert seen == {str(picture) for picture in all_shifts(image, 1)}
    assert str([[0, 0, 0], [0, 1, 2], [0, 4, 5]]) in seen  # down and to the right by one


def test_a_mirrored_shift_shows_the_pixels_beside_the_border_again() -> None:
    image = torch.tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]], dtype=torch.uint8)
    moved = random_shift(image.expand(2_000, 1, 3, 3), seeded(), limit=2, padding_mode="reflect")
    seen = {str(picture.tolist()) for picture in moved[:, 0]}
    assert seen == {str(picture) for picture in all_shifts(image, 2, "reflect")}
    assert str([[5, 4, 5], [2, 1, 2], [5, 4, 5]]) in seen  # down and to the right by one


def test_both_ways_to_fill_a_border_move_the_inside_alike() -> None:
    images = torch.randint(1, 256, (50, 3, 8, 6), generator=seeded(), dtype=torch.uint8)
    filled = random_shift(images, seeded(3), limit=4)
    mirrored = random_shift(images, seeded(3), limit=4, padding_mode="reflect")
    assert torch.equal(filled[filled > 0], mirrored[filled > 0])
    assert (mirrored > 0).all()


def test_an_image_smaller_than_the_shift_is_not_mirrored() -> None:
    with pytest.raises(ValueError, match=r"a limit below the image's 3 pixels .*, got 3\."):
        random_shift(torch.ones(2, 1, 5, 3), seeded(), limit=3, padding_mode="reflect")


def test_a_border_is_filled_in_one_of_two_ways() -> None:
    with pytest.raises(ValueError, match="Expected padding_mode constant or reflect, got 'edge'"):
        random_shift(torch.ones(2, 1, 5, 5), seeded(), padding_mode="edge")


def test_a_shift_moves_all_channels_alike() -> None:
    image = torch.arange(16).reshape(1, 1, 4, 4)
    moved = random_shift(torch.cat([image, image + 100], 1).expand(50, 2, 4, 4), seeded())
    inside = moved[:, 1] > 0
    assert torch.equal(moved[:, 0][inside] + 100, moved[:, 1][inside])


def test_a_mask_of_no_amount_and_an_even_image_change_nothing() -> None:
    images = torch.randint(0, 256, (5, 3, 8, 6), generator=seeded(), dtype=torch.uint8)
    assert torch.equal(random_unsharp_mask(images, seeded(), amount=0.0), images)
    even = torch.full((5, 3, 8, 6), 77, dtype=torch.uint8)
    assert torch.equal(random_unsharp_mask(even, seeded(), amount=5.0), even)


def test_a_mask_sharpens_each_image_by_its_own_amount() -> None:
    images = torch.full((300, 1, 5, 5), 100, dtype=torch.uint8)
    images[:, :, 2, 2] = 116  # smooth: 104, beside it 102, at its corners 101
    found = random_unsharp_mask(images, seeded(3), amount=2.0)
    amounts = 2 * torch.rand(300, generator=seeded(3))
    for (row, column), before, smooth in (
        ((2, 2), 116, 104),
        ((2, 1), 100, 102),
        ((1, 1), 100, 101),
    ):
        expected = (before + amounts * (before - smooth)).round()
        assert torch.equal(found[:, 0, row, column].float(), expected)
    assert found[:, 0, 2, 2].min() < 120
    assert found[:, 0, 2, 2].max() > 136


def test_what_a_mask_makes_too_dark_or_too_bright_stays_a_grey_value() -> None:
    images = torch.zeros(50, 1, 4, 4, dtype=torch.uint8)
    images[..., 2:] = 255
    found = random_unsharp_mask(images, seeded(), amount=50.0)
    assert torch.equal(found, images)


def test_a_mask_gives_enlarged_crops_the_power_of_images_as_they_are() -> None:
    images = load_samples("cifar10").images
    crops = random_crop_flip(images, seeded())
    sharp = random_unsharp_mask(crops, seeded(), amount=1.0)
    wave = torch.fft.fftfreq(32)
    band = (wave[:, None].hypot(wave) > 0.25) & (wave[:, None].hypot(wave) < 0.55)
    whole, blurred, again = (
        float(torch.fft.fft2(one.float().mean(1)).abs().square().mean(0)[band].mean())
        for one in (images, crops, sharp)
    )
    assert blurred / whole < 0.8
    assert 0.85 < again / whole < 1.2


@pytest.mark.parametrize(
    ("images", "amount", "told"),
    [
        (torch.ones(2, 1, 1, 5, dtype=torch.uint8), 1.0, "2 x 2 pixels or more"),
        (torch.ones(2, 1, 5, 5, dtype=torch.uint8), -0.5, "from 0 on, got -0.5"),
        (torch.ones(2, 1, 5, 5, dtype=torch.uint8), float("nan"), "from 0 on, got nan"),
        (torch.ones(2, 1, 5, 5, dtype=torch.uint8), float("inf"), "from 0 on, got inf"),
    ],
)
def test_a_mask_that_cannot_be_is_one_sentence(images: Tensor, amount: float, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        random_unsharp_mask(images, seeded(), amount=amount)


def test_an_affine_change_of_nothing_is_the_image() -> None:
    images = torch.randint(0, 256, (5, 1, 28, 28), generator=seeded(), dtype=torch.uint8)
    assert torch.equal(random_affine(images, seeded(), degrees=0, stretch=0, limit=0), images)


def test_an_affine_change_moves_at_most_its_limit() -> None:
    images = torch.zeros(200, 1, 28, 28, dtype=torch.uint8)
    images[:, :, 13:15, 13:15] = 255  # centre of mass (13.5, 13.5)
    moved = random_affine(images, seeded(), degrees=0, stretch=0, limit=2).double()[:, 0]
    index = torch.arange(28.0, dtype=torch.float64)
    columns = (moved.sum(1) * index).sum(1) / moved.sum((1, 2)) - 13.5
    assert columns.abs().max() <= 2.01
    assert columns.abs().max() > 1.8
    assert columns.min() < -1.5


def test_an_affine_change_turns() -> None:
    images = torch.zeros(100, 1, 28, 28, dtype=torch.uint8)
    images[:, :, 4:24, 13:15] = 255  # an upright bar
    turned = random_affine(images, seeded(), degrees=30, stretch=0, limit=0)[:, 0].double()
    index = torch.arange(28.0, dtype=torch.float64)
    top, bottom = (
        (turned[:, r] * index).sum(1) / turned[:, r].sum(1).clamp(min=1) for r in (8, 19)
    )
    angles = torch.rad2deg(torch.atan((top - bottom) / 11))
    assert 25 < angles.max() <= 31
    assert -31 <= angles.min() < -25


def test_an_affine_change_repeats_with_its_seed() -> None:
    images = torch.randint(0, 256, (5, 1, 28, 28), generator=seeded(), dtype=torch.uint8)
    assert torch.equal(random_affine(images, seeded(3)), random_affine(images, seeded(3)))
    assert not torch.equal(random_affine(images, seeded(3)), random_affine(images, seeded(4)))
    assert random_affine(images, seeded()).dtype == torch.uint8


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_a_shift_keeps_shape_and_type(dtype: torch.dtype) -> None:
    moved = random_shift(torch.ones(5, 3, 6, 4, dtype=dtype), seeded())
    assert (moved.shape, moved.dtype) == ((5, 3, 6, 4), dtype)


def test_no_limit_means_no_shift() -> None:
    images = torch.rand(5, 1, 4, 4)
    assert torch.equal(random_shift(images, seeded(), limit=0), images)


def test_a_shift_repeats_with_its_generator() -> None:
    images = torch.rand(20, 1, 6, 6)
    assert torch.equal(random_shift(images, seeded(3)), random_shift(images, seeded(3)))
    assert not torch.equal(random_shift(images, seeded(3)), random_shift(images, seeded(4)))


DRAWS = 4_000


@pytest.fixture(scope="module")
def boxes() -> tuple[np.ndarray, np.ndarray]:
    """Boxes drawn by us and by torchvision: (DRAWS, 4) top, left, height, width each."""
    ours = crop_boxes(DRAWS, 32, 32, seeded(1)).numpy()
    image = torch.zeros(3, 32, 32)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(2)
        draw = transforms.RandomResizedCrop.get_params
        theirs = np.array(
            [draw(image, scale=[0.8, 1.0], ratio=[3 / 4, 4 / 3]) for _ in range(DRAWS)]
        )
    return ours, theirs


QUANTITIES = {
    "area": lambda box: box[:, 2] * box[:, 3],
    "ratio": lambda box: box[:, 3] / box[:, 2],
    "height": lambda box: box[:, 2],
    "width": lambda box: box[:, 3],
    "top": lambda box: box[:, 0],
    "left": lambda box: box[:, 1],
    "bottom": lambda box: box[:, 0] + box[:, 2],
    "right": lambda box: box[:, 1] + box[:, 3],
}


def largest_gap(one: np.ndarray, other: np.ndarray) -> float:
    """Kolmogorov and Smirnov's statistic: the largest distance of two distribution functions."""
    values = np.union1d(one, other)
    return float(
        np.abs(
            np.searchsorted(np.sort(one), values, side="right") / len(one)
            - np.searchsorted(np.sort(other), values, side="right") / len(other)
        ).max()
    )


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_crop_boxes_are_distributed_as_torchvisions(
    boxes: tuple[np.ndarray, np.ndarray], quantity: str
) -> None:
    measure = QUANTITIES[quantity]
    limit = 1.95 * (2 / DRAWS) ** 0.5  # exceeded once in a thousand times by equal distributions
    assert largest_gap(measure(boxes[0]), measure(boxes[1])) < limit


def test_other_crop_boxes_would_be_told_apart(boxes: tuple[np.ndarray, np.ndarray]) -> None:
    wider = boxes[0] + np.array([0, 0, 0, 1])
    assert (
        largest_gap(QUANTITIES["area"](wider), QUANTITIES["area"](boxes[1]))
        > 1.95 * (2 / DRAWS) ** 0.5
    )


def test_crop_boxes_lie_inside_the_image(boxes: tuple[np.ndarray, np.ndarray]) -> None:
    top, left, height, width = boxes[0].T
    assert min(top.min(), left.min()) >= 0
    assert min(height.min(), width.min()) >= 1
    assert max((top + height).max(), (left + width).max()) <= 32


def test_crop_boxes_refuse_images_that_are_not_square() -> None:
    with pytest.raises(ValueError, match="Expected square images, got 32 x 28"):
        crop_boxes(1, 32, 28, seeded())


def test_resized_crops_equal_pils() -> None:
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (60, 32, 32, 3), dtype=np.uint8)
    cuts = crop_boxes(60, 32, 32, seeded(5))
    ours = resize_crops(torch.from_numpy(pictures).permute(0, 3, 1, 2), cuts)
    for picture, cut, result in zip(pictures, cuts.tolist(), ours):
        wanted = TF.resized_crop(
            Image.fromarray(picture), *cut, [32, 32], TF.InterpolationMode.BILINEAR
        )
        difference = result.permute(1, 2, 0).int() - torch.from_numpy(np.array(wanted)).int()
        assert difference.abs().max() <= 1


def test_a_crop_of_the_whole_image_changes_nothing() -> None:
    images = torch.randint(0, 256, (4, 3, 8, 8), dtype=torch.uint8, generator=seeded())
    assert torch.equal(resize_crops(images, torch.tensor([[0, 0, 8, 8]] * 4)), images)


def test_half_of_the_crops_are_flipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augment, "resize_crops", lambda images, boxes: images)
    image = torch.arange(48, dtype=torch.uint8).reshape(1, 3, 4, 4)
    result = random_crop_flip(image.expand(2_000, 3, 4, 4), seeded(2))
    flipped = (result == image.flip(3)).flatten(1).all(1)
    unflipped = (result == image).flatten(1).all(1)
    assert bool((flipped ^ unflipped).all())
    assert 0.46 < float(flipped.float().mean()) < 0.54


def test_crop_flip_keeps_shape_and_type_and_repeats() -> None:
    images = torch.randint(0, 256, (6, 3, 32, 32), dtype=torch.uint8, generator=seeded())
    first, again = random_crop_flip(images, seeded(7)), random_crop_flip(images, seeded(7))
    assert (first.shape, first.dtype) == (images.shape, torch.uint8)
    assert torch.equal(first, again)
    assert not torch.equal(first, random_crop_flip(images, seeded(8)))


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """A copy of the bundled pictures that a test may damage."""
    return Path(shutil.copytree(SAMPLES, tmp_path / "samples"))


def edit_listing(folder: Path, change: object) -> None:
    listing = folder / "samples.json"
    content = json.loads(listing.read_text("utf-8"))
    change(content)
    listing.write_text(json.dumps(content))


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_twenty_pictures_of_each_data_set_are_bundled(name: str) -> None:
    samples = load_samples(name)
    assert samples.images.shape == (20, *facts(name).shape)
    assert (samples.images.dtype, samples.labels.dtype) == (torch.uint8, torch.int64)
    assert samples.test_indices == tuple(range(20))


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("mnist", [7, 2, 1, 0, 4, 1, 4, 9, 5, 9, 0, 6, 9, 0, 1, 5, 9, 7, 3, 4]),
        ("cifar10", [3, 8, 8, 0, 6, 6, 1, 6, 3, 1, 0, 9, 5, 7, 9, 8, 5, 7, 8, 6]),
    ],
)
def test_the_bundled_labels_are_those_of_the_first_test_images(
    name: str, labels: list[int]
) -> None:
    assert load_samples(name).labels.tolist() == labels


def test_a_bundled_digit_is_light_on_black() -> None:
    images = load_samples("mnist").images
    assert int(images[:, :, 0].max()) == 0  # the first row is background
    assert int(images.flatten(1).max(1).values.min()) > 200


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_a_bundled_picture_is_what_pil_shows(name: str) -> None:
    samples = load_samples(name)
    for image, file in zip(samples.images, samples.files):
        assert torch.equal(image, TF.pil_to_tensor(Image.open(SAMPLES / file)))


def test_every_bundled_picture_has_its_licence_beside_it() -> None:
    assert "MIT" in (SAMPLES / "LICENSE-foolbox").read_text("utf-8")


def assert_restorable(caught: pytest.ExceptionInfo[DatasetError], path: Path) -> None:
    assert_is_sentence(str(caught.value))
    assert str(path) in str(caught.value)
    assert "copy it there again" in str(caught.value)


def test_a_missing_picture_is_named(samples: Path) -> None:
    (samples / "mnist_03_0.png").unlink()
    with pytest.raises(DatasetError, match="is missing") as caught:
        load_samples("mnist", samples)
    assert_restorable(caught, samples / "mnist_03_0.png")


def test_a_damaged_picture_is_named(samples: Path) -> None:
    path = samples / "cifar10_02_8.png"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DatasetError, match="is damaged") as caught:
        load_samples("cifar10", samples)
    assert_restorable(caught, path)


def test_a_damaged_picture_leaves_the_other_data_set_alone(samples: Path) -> None:
    (samples / "cifar10_02_8.png").write_bytes(b"")
    assert len(load_samples("mnist", samples).images) == 20


def test_a_missing_listing_is_named(samples: Path) -> None:
    (samples / "samples.json").unlink()
    with pytest.raises(DatasetError, match=r"The list of bundled pictures .* is missing") as caught:
        load_samples("mnist", samples)
    assert_restorable(caught, samples / "samples.json")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"pictures": 3}',
        '{"pictures": [3]}',
        '{"pictures": [{"dataset": "mnist"}]}',
        "ÿ",
        "[" * 200_000,
        '{"pictures": ' * 5_000,
        "[" * 500 + "]" * 500,
        '{"pictures": [{"dataset": "mnist", "label": 1e999}]}',
        '{"pictures": [{"dataset": "mnist", "label": ' + "9" * 5000 + "}]}",
    ],
)
def test_a_listing_that_cannot_be_read_is_named(samples: Path, content: str) -> None:
    (samples / "samples.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(
        DatasetError, match=r"The list of bundled pictures .* cannot be read"
    ) as caught:
        load_samples("mnist", samples)
    assert_restorable(caught, samples / "samples.json")


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["pictures"].clear(),
        lambda content: content["pictures"][0].update(label=10),
        lambda content: content["pictures"][0].update(label=-1),
        lambda content: content["pictures"][0].update(test_index=10_000),
        lambda content: content["pictures"][0].update(test_index=-1),
    ],
    ids=["no rows", "label too large", "label negative", "index too large", "index negative"],
)
def test_a_listing_with_wrong_rows_is_named(samples: Path, change: object) -> None:
    edit_listing(samples, change)
    with pytest.raises(DatasetError, match=r"The list of bundled pictures .* is damaged") as caught:
        load_samples("mnist", samples)
    assert_restorable(caught, samples / "samples.json")


def test_samples_of_an_unknown_data_set_are_refused() -> None:
    with pytest.raises(ValueError, match="Unknown data set 'svhn'"):
        load_samples("svhn")
