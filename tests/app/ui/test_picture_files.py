"""Pictures as files: an animation with its caption."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageFont

from app.ui import picture_files
from app.ui.font_file import font_file

PICTURES = torch.arange(3 * 28 * 28, dtype=torch.uint8).view(3, 1, 28, 28)
NAMES = ["After step 0", "After step 1", "After step 2"]


def frames(says: str) -> list[np.ndarray]:
    film = Image.open(io.BytesIO(picture_files.film([*PICTURES], NAMES, says)))
    found = []
    for index in range(film.n_frames):
        film.seek(index)
        found.append(np.asarray(film.convert("L")))
    return found


def test_a_film_shows_every_picture_above_its_name_and_the_caption() -> None:
    plain, told = frames(""), frames("Network A, trained plainly; " * 6)
    assert len(told) == 3
    side = 28 * (picture_files.FILM // 28)
    for picture, without, with_caption in zip(PICTURES, plain, told):
        whole = np.repeat(np.repeat(picture[0].numpy(), side // 28, 0), side // 28, 1)
        assert np.array_equal(with_caption[:side], whole)
        end = side + picture_files.BELOW
        assert np.array_equal(with_caption[:end], without[:end])
        assert (with_caption[end:] < 128).any(), "the caption is written"
        assert (with_caption[:, -picture_files.EDGE // 2 :][end:] == 255).all(), "inside the edge"
    rows = (len(told[0]) - len(plain[0])) / picture_files.ROW
    assert rows == int(rows) > 1


def test_the_font_is_that_of_the_page_or_one_that_is_always_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert font_file() is not None
    own = picture_files._font(18)
    assert isinstance(own, ImageFont.FreeTypeFont)
    assert str(own.getname()[0]).startswith("Source")
    picture_files._font.cache_clear()
    monkeypatch.setattr(picture_files, "font_file", lambda: None)
    assert picture_files._font(18) is not own
    picture_files._font.cache_clear()
    assert frames("a caption")
    picture_files._font.cache_clear()
