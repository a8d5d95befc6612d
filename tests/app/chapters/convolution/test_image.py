"""Where a picture of the convolution chapter comes from."""

import io
import json

import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from app.ui import images
from core.data.photos import read_picture
from core.data.samples import load_samples
from tests.app.chapters.opened import grids, open_chapter, texts


def gallery(app) -> dict:
    """What the browser gets of the small pictures."""
    every = [json.loads(one.proto.json or "{}") for one in app.get("bidi_component")]
    (found,) = [one for one in every if "pictures" in one]
    return found


@pytest.mark.parametrize(
    ("link", "picked", "title"),
    [
        ({}, "0", "Digit 7 (no. 0)"),
        ({"image": "3"}, "3", "Digit 0 (no. 3)"),
        ({"picture": "Digit 0 (no. 3)"}, "3", "Digit 0 (no. 3)"),
        ({"source": "Photos"}, "photo 0", "Photo cat (no. 0)"),
        ({"image": "photo 1"}, "photo 1", "Photo ship (no. 1)"),
    ],
)
def test_bundled_pictures_are_a_gallery(link, picked, title):
    data = gallery(open_chapter("convolution", **link))
    assert data["picked"] == picked
    titles = {one["name"]: one["title"] for one in data["pictures"]}
    assert titles[picked] == title
    assert len(titles) == len(load_samples("mnist").labels) == 20
    for one in data["pictures"]:
        assert images.test_png(*file_of(one["url"]))


def test_a_picture_of_another_source_is_left_out_of_the_link():
    app = open_chapter("convolution", source="Photos", image="3")
    assert "expected one of the bundled pictures, like “photo 19”, got “3”" in texts(app)
    assert gallery(app)["picked"] == "photo 0"


def test_a_drawing_is_a_picture():
    app = open_chapter("convolution", source="Draw")
    assert "Draw a digit in the panel on the left." in app.info[0].value
    digit = F.interpolate(load_samples("mnist").images[3:4].float(), 56)[0, 0].byte()
    app.session_state["convolution_pad"] = {"pixels": digit.flatten().tolist()}
    app.run()
    assert not app.exception
    assert "Cross-correlation of drawn digit, middle 10 × 10" in texts(app)
    assert grids(app)["steps"] == 64


def file_of(address: str) -> tuple[str, int]:
    """The data set and the index of a picture that a browser fetches."""
    dataset, file = address.split("/")[-2:]
    return dataset, int(file.removesuffix(".png"))


def png(image: torch.Tensor) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image.permute(1, 2, 0).numpy()).save(file, "PNG")
    return file.getvalue()


def test_a_photo_of_ones_own_is_a_picture_with_its_code():
    app = open_chapter("convolution", source="Own photo")
    assert "Choose a photo in the panel on the left." in app.info[0].value
    photo = torch.randint(0, 256, (3, 60, 40), generator=torch.Generator().manual_seed(1))
    file = png(photo.byte())
    app.file_uploader[0].set_value(("mine.png", file, "image/png")).run()
    assert not app.exception
    assert "Cross-correlation of own photo, middle 10 × 10" in texts(app)
    assert not app.code, "it is read when somebody wants to see it"
    app.session_state["same"] = True
    code = app.run().code[0].value
    names: dict = {}
    exec(code.split("\nours")[0], names)
    read = read_picture(file, 32, fit="crop")[None, :, 11:21, 11:21].float()
    assert torch.equal(names["images"], read)
    app.session_state["convolution.layer"] = "Max pooling"
    app.run()
    assert "Max pooling of own photo, middle 10 × 10, red" in texts(app)


def test_a_file_that_is_no_photo_is_a_sentence():
    app = open_chapter("convolution", source="Own photo")
    app.file_uploader[0].set_value(("mine.png", b"no photo", "image/png")).run()
    assert not app.exception
    assert len(app.warning) == 1
    assert "Choose a photo in the panel on the left." in app.info[0].value
