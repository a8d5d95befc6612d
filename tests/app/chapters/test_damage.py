"""A damaged card or result is one box on the page concerned; the rest of it, and the other pages,
live.
"""

import re
from pathlib import Path

import pytest

from core import checkpoints
from tests.app.chapters.opened import open_chapter, texts

COMMAND = re.compile(r"`|git |python |train_all|--\w")
BRACKETS = b"[" * 200_000
RESULT = checkpoints.load_card("cifar10_resnet")["result"]


def flipped(content: bytes, index: int = 712, bits: int = 16) -> bytes:
    return content[:index] + bytes([content[index] ^ bits]) + content[index + 1 :]


@pytest.mark.parametrize("damage", [lambda content: BRACKETS, flipped], ids=["brackets", "a flip"])
@pytest.mark.parametrize(
    ("file", "chapter", "parameters", "lives"),
    [
        ("mnist_cnn.json", "home", {}, f"{RESULT['validation_accuracy']:.2%}"),
        ("mnist_cnn.json", "training", {}, "When has it learned enough?"),
        ("mnist_attacks.json", "attack", {"view": "Findings"}, "Fool"),
        ("mnist_attacks.json", "attack", {}, "Fooled"),
        ("cifar10_resnet_cam.json", "cam", {"view": "Does it matter?"}, "shuffled cells"),
        ("cifar10_resnet.json", "networks", {"view": "ResNet"}, "How does it see?"),
    ],
)
@pytest.mark.usefixtures("no_data")
def test_damage_is_one_box(
    checkpoint_copy: Path, damage, file: str, chapter: str, parameters: dict, lives: str
) -> None:
    path = checkpoint_copy / file
    path.write_bytes(damage(path.read_bytes()))
    app = open_chapter(chapter, **parameters)
    assert not app.exception
    boxes = [box.value for box in app.error]
    assert len(boxes) == 1
    assert f"{path} is damaged (" in boxes[0]
    assert "whoever set this app up" in boxes[0]
    assert not COMMAND.search(boxes[0])
    assert lives in texts(app) + " ".join(header.value for header in app.header)


@pytest.mark.parametrize("chapter", ["convolution", "networks", "cam", "attack"])
@pytest.mark.usefixtures("no_data")
def test_the_other_pages_live(checkpoint_copy: Path, chapter: str) -> None:
    for file in ("mnist_cnn.json", "cifar10_resnet_plain.json"):
        (checkpoint_copy / file).write_bytes(BRACKETS)
    app = open_chapter(chapter)
    assert not app.exception
    assert [box.value for box in app.error if "mnist_cnn" not in box.value] == []


def test_a_report_that_cannot_be_made_is_not_offered(checkpoint_copy: Path) -> None:
    assert not open_chapter("home").get("download_button")[0].proto.disabled
    path = checkpoint_copy / "mnist_attacks.json"
    path.write_bytes(flipped(path.read_bytes()))
    app = open_chapter("home")
    (button,) = app.get("download_button")
    assert button.proto.disabled
    assert f"{path} is damaged" in button.proto.help
    assert not app.error


@pytest.mark.parametrize(
    "chapter", ["home", "convolution", "networks", "training", "cam", "attack"]
)
@pytest.mark.usefixtures("no_data")
def test_a_list_of_bundled_pictures_full_of_brackets_is_one_sentence(
    samples_copy: Path, chapter: str
) -> None:
    (samples_copy / "samples.json").write_bytes(BRACKETS)
    app = open_chapter(chapter)
    assert not app.exception
    told = {box.value for box in app.error}
    assert len(told) <= 1
    assert all("samples.json cannot be read: whoever set this app up" in one for one in told)
    if chapter == "attack":
        assert told


@pytest.mark.parametrize(
    ("file", "chapter", "parameters"),
    [
        ("cifar10_0061_3.png", "cam", {}),
        ("mnist_0447_4.png", "attack", {}),
        ("mnist_0447_4.png", "training", {"view": "Mistakes"}),
        ("mnist_train.png", "training", {"view": "Train it now"}),
    ],
)
@pytest.mark.usefixtures("no_data")
def test_a_damaged_bundled_picture_is_one_sentence(
    samples_copy: Path, file: str, chapter: str, parameters: dict
) -> None:
    path = samples_copy / file
    path.write_bytes(flipped(path.read_bytes(), index=-30))
    app = open_chapter(chapter, **parameters)
    assert not app.exception
    (box,) = [one.value for one in app.error]
    assert f"{path} is damaged (its SHA-256 differs): whoever set this app up" in box
    assert not COMMAND.search(box)
