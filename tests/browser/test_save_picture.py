"""A picture is saved as a drawing, as pixels, as numbers and as an animation of its steps; a chart
as the first three; pictures made of pixels likewise.
"""

import csv
import io
import re
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect

from core import checkpoints
from core.cam import class_activation_maps
from core.data.facts import to_unit
from core.data.samples import load_samples
from tests.browser.opened import visit, visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]
SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
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


def parsed(drawing: str) -> ElementTree.Element:
    """A drawing that brings all with it, and is right in programs that have another font, which set
    it closer or wider then, or know a link by its old name alone.
    """
    root = ElementTree.fromstring(drawing)
    assert "://" not in drawing.replace(SVG[1:-1], "").replace(LINK[1:-1], "")
    assert "src:url(data:font/woff2;base64," in root.find(f"{SVG}style").text
    for image in root.iter(f"{SVG}image"):
        assert image.get(f"{LINK}href").startswith("data:image/png;base64,")
    lines = [one for one in root.iter(f"{SVG}text") if one.text and not len(one)]
    assert all(float(one.get("textLength")) > 0 for one in lines)
    assert {one.get("lengthAdjust") for one in lines} == {"spacingAndGlyphs"}
    return root


def test_a_picture_is_saved_in_four_kinds(page, server):
    visit(page, server, OWN)
    canvas = page.locator(".grids canvas")
    expect(page.locator(".sentence")).to_contain_text("Row 1, column 2")

    root = parsed(saved(page, "svg").read_text("utf-8"))
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert {"9", "14"} <= set(texts)
    assert "Row 1, column 2" in root.find(f"{SVG}desc").text

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
    rows = page.locator(".rows li")
    expect(rows).to_have_count(3)
    with page.expect_download() as download:
        rows.first.get_by_role("button", name="SVG").click()
    assert download.value.suggested_filename == "training-accuracy.svg"
    drawing = Path(download.value.path()).read_text("utf-8")
    root = parsed(drawing)
    assert "homework asks 90%" in words(root)
    caption = page.locator("[data-testid=stCaptionContainer]").first.inner_text()
    said = root.find(f"{SVG}desc").text
    assert caption in said
    assert said.endswith(words(root)[-1])
    assert "currentColor" not in drawing
    with page.expect_download() as download:
        rows.first.get_by_role("button", name="PNG").click()
    pixels = Image.open(download.value.path()).convert("RGB")
    assert pixels.width == pytest.approx(2 * shown.bounding_box()["width"], abs=2)
    assert len(pixels.getcolors(1 << 20)) > 10, "it is drawn"
    with page.expect_download() as download:
        page.get_by_role("button", name="All numbers (CSV in one ZIP)").click()
    with zipfile.ZipFile(download.value.path()) as packed:
        lines = packed.read("training-accuracy.csv").decode().splitlines()
    assert len(lines) > 30


def test_a_saved_chart_has_the_legend_that_stands_beside_it_on_the_page(page, server):
    visit(page, server, "/training?network=cifar10_resnet")
    page.locator("[class*=hero_training_rate] svg.marks").wait_for()
    page.get_by_role("button", name="Save the charts").click()
    rows = page.locator(".rows li")
    parts = ("200 epochs: training", "plain Adam: validation")
    for row, names in ((1, parts), (2, ("200 epochs", "plain Adam"))):
        root = ElementTree.parse(download(page, rows.nth(row), "SVG")).getroot()
        assert set(names) <= set(words(root))
        samples = {one.get("stroke") for one in root.iterfind(f"{SVG}g[@transform]/{SVG}line")}
        assert len(samples) >= 3, "a colour a run"


def download(page, row, kind: str) -> Path:
    """A file of the menu's row."""
    with page.expect_download() as found:
        row.get_by_role("button", name=kind).click()
    assert found.value.suggested_filename.endswith(f".{kind.lower()}")
    return Path(found.value.path())


def numbers(page) -> list[dict[str, str]]:
    """Of the only figure of a page."""
    with page.expect_download() as found:
        page.get_by_role("button", name="Numbers (CSV)").click()
    return list(csv.DictReader(io.StringIO(Path(found.value.path()).read_text("utf-8"))))


def words(root: ElementTree.Element) -> list[str]:
    return [one.text for one in root.iter(f"{SVG}text")]


def test_map_and_blend_are_saved_with_their_scale_and_caption(page, server):
    visit(page, server, "/cam?image=7&class=frog&alpha=0.3")
    page.get_by_role("button", name="Save the pictures").click()
    row = page.locator(".rows li")
    expect(row).to_have_count(1)
    root = parsed(download(page, row, "SVG").read_text("utf-8"))
    assert words(root)[:3] == [
        "Input: test picture 7 (frog)",
        "Map of frog, bilinear",
        "Blend, alpha 0.30",
    ]
    caption = root.find(f"{SVG}desc").text
    assert caption.endswith("the scale of this map; alpha 0.30")
    assert " ".join(words(root)[5:]) == caption
    assert [one.get("opacity") for one in root.iter(f"{SVG}image")] == ["1", "1", "1", "0.3", None]

    pixels = np.array(Image.open(download(page, row, "PNG")).convert("RGB")).astype(int)
    image = load_samples("cifar10").images[7].permute(1, 2, 0).numpy()
    first = next(root.iter(f"{SVG}image"))
    left, top, side = (2 * float(first.get(name)) for name in ("x", "y", "width"))
    middles = side / 32 * (np.arange(32) + 0.5)
    rows, columns = (top + middles).astype(int), (left + middles).astype(int)
    assert np.abs(pixels[rows][:, columns] - image).max() <= 2

    lines = numbers(page)
    own = [line for line in lines if line["picture"].startswith("Input")]
    assert [int(own[33]["red"]), int(own[33]["blue"])] == [image[1, 1, 0], image[1, 1, 2]]
    raw = [float(line["value"]) for line in lines if "numbers of the network" in line["picture"]]
    assert raw == pytest.approx(frog_map(7).flatten().tolist(), abs=1e-4)


def frog_map(place: int) -> torch.Tensor:
    """(4, 4) of a bundled photo."""
    images = to_unit(load_samples("cifar10").images[place : place + 1])
    return class_activation_maps(checkpoints.load("cifar10_resnet").model, images).maps[0, 6]


def test_what_is_saved_of_an_attack_is_what_its_slider_shows(page, server):
    visit(page, server, "/attack?epsilon=8")
    page.get_by_text("Adversarial, epsilon 8", exact=True).wait_for()
    slider = page.get_by_role("slider", name="Epsilon").first
    slider.press("ArrowRight")
    page.get_by_text("Adversarial, epsilon 9", exact=True).wait_for()
    page.wait_for_url("**epsilon=9**")
    page.get_by_role("button", name="Save the pictures").click()
    row = page.locator(".rows li").first
    root = ElementTree.fromstring(download(page, row, "SVG").read_text("utf-8"))
    assert words(root)[2] == "Adversarial, epsilon 9"
    assert {"darker, −9", "no change", "brighter, +9"} <= {*words(root)}
    sentence = "; epsilon 9 of 255; the network sees 7, 100.0%, after the attack 7, "
    assert sentence in root.find(f"{SVG}desc").text
    with page.expect_download() as found:
        page.get_by_role("button", name="All numbers (CSV in one ZIP)").click()
    with zipfile.ZipFile(found.value.path()) as packed:
        text = packed.read("attack-pictures.csv").decode()
        read = packed.read("README.txt").decode()
    assert "; epsilon 9 of 255; the network sees 7" in read
    assert "the page's link: /attack?epsilon=9\n" in read
    lines = [*csv.DictReader(io.StringIO(text))]
    changes = [int(line["grey"]) for line in lines if line["picture"] == "Perturbation"]
    assert len(changes) == 28 * 28
    assert max(map(abs, changes)) == 9


def test_the_menu_offers_what_stands_there_when_the_code_takes_its_place(page, server):
    visit(page, server, "/attack?view=Step+by+step&code=true")
    menu = page.get_by_role("button", name="Save the pictures")
    page.locator(".code .line").first.wait_for()
    expect(menu).to_be_hidden()
    page.keyboard.press("c")
    menu.click()
    expect(page.locator(".rows li")).to_have_count(2)
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(menu).to_be_hidden()


def test_the_steps_of_an_attack_are_an_animation(page, server):
    visit(page, server, "/attack?view=Step+by+step")
    shown = page.get_by_text(re.compile(r"^After step \d+:"))
    shown.wait_for()
    page.get_by_role("button", name="Save the pictures").click()
    with page.expect_download() as found:
        page.get_by_role("button", name="All steps (animated WebP)").click()
    assert found.value.suggested_filename == "attack-steps.webp"
    last = int(re.match(r"After step (\d+):", shown.inner_text())[1])
    with Image.open(found.value.path()) as film:
        assert film.n_frames == last + 1 > 2
