"""app.title_pictures: what Home shows of each chapter is what the chapter shows."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from app import title_pictures as drawing
from app.ui import palette, title_pictures

INSIDE = re.compile(r"data:image/png;base64,([^\"]*)")
NEAR = 3.0  # grey values, a mean: another processor may round a sum in another way
PNG = io.BytesIO()
Image.new("L", (2, 2), 7).save(PNG, "PNG")
ONE = f'<image href="data:image/png;base64,{base64.b64encode(PNG.getvalue()).decode()}"/>'


def parts(picture: str) -> tuple[str, list[np.ndarray]]:
    """A picture without the pictures in it, and those."""
    inside = [Image.open(io.BytesIO(base64.b64decode(one))) for one in INSIDE.findall(picture)]
    return INSIDE.sub("", picture), [np.asarray(one.convert("RGBA"), float) for one in inside]


def differences(stored: str, drawn: str) -> list[str]:
    """What tells two pictures apart."""
    (text, images), (other_text, other_images) = parts(stored), parts(drawn)
    found = [] if text == other_text else ["what stands around the pictures"]
    if [one.shape for one in images] != [one.shape for one in other_images]:
        return [*found, "sizes"]
    means = (abs(one - other).mean() for one, other in zip(images, other_images))
    return found + [f"picture {index}" for index, mean in enumerate(means) if mean > NEAR]


def test_home_has_the_pictures_that_the_chapters_show_now():
    drawn = drawing.draw()
    stored = {name: title_pictures.file(name).read_text("utf-8") for name in drawn}
    found = {name: differences(stored[name], drawn[name]) for name in drawn}
    assert not any(found.values()), f"{found}: python -m app.title_pictures draws them again"
    assert sorted(title_pictures.file("x").parent.iterdir()) == sorted(
        map(title_pictures.file, drawn)
    )


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (ONE, []),
        (ONE.replace("<image", '<image x="1"'), ["what stands around the pictures"]),
        (re.sub(r"base64,[^\"]*", "base64,SAME", ONE), None),
    ],
)
def test_another_picture_is_told_from_the_stored_one(other, found):
    if found is None:
        darker = io.BytesIO()
        Image.new("L", (2, 2), 99).save(darker, "PNG")
        other = other.replace("SAME", base64.b64encode(darker.getvalue()).decode())
        found = ["picture 0"]
    assert differences(ONE, other) == found


def test_a_picture_takes_the_colours_of_the_theme():
    light, dark = (title_pictures.picture("training", theme)[0] for theme in ("light", "dark"))
    ink = {theme: colour.replace("#", "%23") for theme, colour in palette.INK.items()}
    assert ink["light"] in light
    assert ink["dark"] in dark
    assert ink["light"] not in dark


def test_a_picture_that_is_missing_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(title_pictures, "FOLDER", tmp_path)
    (tmp_path / "cam.svg").write_bytes(b"\xff")
    assert title_pictures.picture("training", "light") == ("", "")
    assert title_pictures.picture("cam", "light") == ("", "")
