"""A picture is saved as a drawing, as pixels, as numbers and as an animation of its steps; a chart
as the first three.
"""

import csv
import io
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.opened import visit, visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]
SVG = "{http://www.w3.org/2000/svg}"
OWN = (
    "/convolution?source=Numbers&numbers=1+2+3%0A4+5+6%0A7+8+9"
    "&kernel=Own+numbers&weights=1+0%0A0+2&step=2"
)


@pytest.fixture
def page(browser, server):
    with visitor(browser, server) as page:
        yield page


def saved(page, kind: str) -> Path:
    entry = page.locator(f"[data-save={kind}]")
    if not entry.is_visible():
        page.get_by_role("button", name="Save the picture").click()
    with page.expect_download() as download:
        entry.click()
    assert download.value.suggested_filename.endswith(f".{kind}")
    return Path(download.value.path())


def test_a_picture_is_saved_in_four_kinds(page, server):
    visit(page, server, OWN)
    canvas = page.locator(".grids canvas")
    expect(page.locator(".sentence")).to_contain_text("Row 1, column 2")

    drawing = saved(page, "svg").read_text("utf-8")
    root = ElementTree.fromstring(drawing)
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert {"9", "14"} <= set(texts)
    assert "Row 1, column 2" in root.find(f"{SVG}desc").text
    assert "src:url(data:font/woff2;base64," in root.find(f"{SVG}style").text
    assert "://" not in drawing.replace(SVG[1:-1], "")

    pixels = Image.open(saved(page, "png"))
    shown = canvas.bounding_box()
    assert pixels.width == pytest.approx(2 * shown["width"], rel=0.05)
    assert pixels.getpixel((0, 0)) == (255, 255, 255)

    lines = list(csv.DictReader(io.StringIO(saved(page, "csv").read_text("utf-8"))))
    inputs = [float(line["value"]) for line in lines if line["grid"].startswith("Input")]
    assert inputs == list(range(1, 10))
    outputs = [float(line["value"]) for line in lines if line["grid"].startswith("Output")]
    assert outputs == [11, 14], "what was not computed yet is not told"

    film = Image.open(saved(page, "webp"))
    assert film.n_frames == 4
    durations = []
    for frame in range(film.n_frames):
        film.seek(frame)
        film.load()
        durations.append(film.info["duration"])
    assert durations == [500, 500, 500, 2000]


def test_a_question_has_nothing_to_save(page, server):
    visit(page, server, "/convolution?view=Predict")
    page.locator(".grids canvas").wait_for()
    expect(page.locator(".save")).to_be_hidden()


def test_the_charts_of_a_page_are_saved(page, server):
    visit(page, server, "/training")
    shown = page.locator("[class*=hero_training_accuracy] svg.marks")
    shown.wait_for()
    page.get_by_role("button", name="Save the charts").click()
    rows = page.locator(".charts li")
    expect(rows).to_have_count(3)
    with page.expect_download() as download:
        rows.first.get_by_role("button", name="SVG").click()
    assert download.value.suggested_filename == "training-accuracy.svg"
    drawing = Path(download.value.path()).read_text("utf-8")
    root = ElementTree.fromstring(drawing)
    assert "homework asks 90%" in [one.text for one in root.iter(f"{SVG}text")]
    assert "currentColor" not in drawing
    assert "src:url(data:font/woff2;base64," in root.find(f"{SVG}style").text
    with page.expect_download() as download:
        rows.first.get_by_role("button", name="PNG").click()
    pixels = Image.open(download.value.path()).convert("RGB")
    assert pixels.width == pytest.approx(2 * shown.bounding_box()["width"], abs=2)
    assert len(pixels.getcolors(1 << 20)) > 10, "it is drawn"
    with page.expect_download() as download:
        page.get_by_role("button", name="All numbers (CSV in one ZIP)").click()
    with zipfile.ZipFile(download.value.path()) as packed:
        lines = packed.read("training_accuracy.csv").decode().splitlines()
    assert len(lines) > 30
