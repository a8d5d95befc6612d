"""core.report.slide: the pictures on it are those that were given, its type is large, nothing
overlaps.
"""

import io

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from core.overlay import blend
from core.report import slide as module
from core.report.slide import DOTS, TYPE, WIDTH, Scale, on_white, slide
from tests.core.report.seen import overlapping, placed

RANDOM = torch.Generator().manual_seed(0)
PHOTO = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8, generator=RANDOM)
HEAT = torch.randint(0, 256, (4, 32, 32), dtype=torch.uint8, generator=RANDOM)
PICTURES = (("Input", PHOTO), ("CAM of cat", HEAT), ("Blend", blend(PHOTO, HEAT, 0.5)))
SCALE = Scale(HEAT[:, :1], "against −6.24", "+6.24 for")
LONG = "CAM of a class with a name that goes on and on and on until nobody reads it"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that were written, to be asked what stands where."""
    found: list[Figure] = []

    def keep(figure: Figure, **about: object) -> bytes:
        found.append(figure)
        return b""

    monkeypatch.setattr(module, "png_bytes", keep)
    return found


def test_the_pictures_are_those_that_were_given() -> None:
    file = Image.open(io.BytesIO(slide("Title", PICTURES, SCALE, "note")))
    assert file.info["Description"] == "Title: Input, CAM of cat, Blend; note"
    assert file.width == round(WIDTH * DOTS) - 1
    pixels = np.array(file.convert("RGB")).astype(int)
    for _, picture in PICTURES:
        right = on_white(picture).permute(1, 2, 0).numpy().astype(int)
        assert contains(pixels, right), "every cell stands on the slide, sharp"


def contains(pixels: np.ndarray, picture: np.ndarray) -> bool:
    """Whether some square of the slide has the picture's cells in its cells' middles."""
    side = (WIDTH - 2 * module.MARGIN - 2 * module.GAP) / 3 * DOTS
    steps = ((np.arange(len(picture)) + 0.5) * side / len(picture)).astype(int)
    for index in range(3):
        left = int(module.MARGIN * DOTS + index * (side + module.GAP * DOTS))
        for top in range(int(0.8 * DOTS), int(1.4 * DOTS)):
            found = pixels[top + steps][:, left + steps]
            if np.abs(found - picture).max() <= 2:
                return True
    return False


def test_what_is_clear_is_white() -> None:
    heat = torch.tensor([200, 0, 200, 0], dtype=torch.uint8).reshape(4, 1, 1)
    assert on_white(heat).flatten().tolist() == [255, 255, 255]
    assert on_white(PHOTO).equal(PHOTO)


@pytest.mark.parametrize("title", ["Short", "A title that is much too long for a line " * 2])
def test_its_type_is_large_and_nothing_overlaps(drawn: list[Figure], title: str) -> None:
    slide(title, (PICTURES[0], (LONG, HEAT), PICTURES[2]), SCALE, "4 × 4 numbers, bilinear")
    [figure] = drawn
    assert overlapping(figure) == []
    everything = placed(figure)
    width, height = figure.get_size_inches()
    for one in everything:
        assert 0 <= one.box.x0 <= one.box.x1 <= width, one
        assert 0 <= one.box.y0 <= one.box.y1 <= height, one
    sizes = [one.artist.get_fontsize() for one in everything if one.text]
    assert min(sizes) >= TYPE
