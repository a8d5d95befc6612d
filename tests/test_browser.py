"""The real server in a real browser: pages open, steps step, numbers are right."""

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from conftest import synthetic_digits, write_idx
from PIL import Image
from playwright import sync_api as playwright

from app.ui import pictures
from core import checkpoints
from core.attacks import untargeted
from core.cam import blend, class_activation_maps, upsample
from core.datasets import load_samples, to_unit
from core.models import to_input

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = {
    "/": "Convolutional networks",
    "/convolution": "Convolution",
    "/training": "Training",
    "/cam": "Where does it look?",
    "/attack": "Fool the network",
}
HEROES = {
    "/cam": ".blend .stack",
    "/attack": "[class*=crisp_attack] img >> nth=2",
}  # the main picture, where it is no chart
SIZES = [(1280, 720), (1920, 1080)]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]


# The app and its trainings with a small MNIST of patterns: the table of facts gets its size and sums.
SMALL = """
import json, sys
from dataclasses import replace

sys.path.insert(0, {root!r})
from core import datasets

datasets.DATASETS["mnist"] = replace(datasets.DATASETS["mnist"], train_images={train}, test_images={test}, md5={sums})
"""
SMALL_APP = """
from app.ui import jobs
from streamlit.web import cli

jobs.COMMAND = (sys.executable, {trainer!r})
sys.exit(cli.main(["run", "app/Home.py", *sys.argv[1:]]))
"""
SMALL_TRAINER = """
import train_all

sys.exit(train_all.main())
"""


@contextmanager
def serving(log: Path, *command: str, **environment: str):
    """The app as a command starts it, on a free port; gives its address."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("The browser tests need chromium, and CI must not skip them.")
        pytest.skip("The browser tests need chromium: install it, on Debian with: sudo apt-get install chromium")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, *command, "--server.port", str(port)],
            cwd=ROOT, env=os.environ | environment, stdout=said, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            for _ in range(240):
                try:
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
                    break
                except OSError:
                    assert process.poll() is None, "the server ended"
                    time.sleep(0.25)
            yield address
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The app as `make app` starts it."""
    log = tmp_path_factory.mktemp("server") / "log"
    with serving(log, "-m", "streamlit", "run", "app/Home.py") as address:
        yield address


@pytest.fixture(scope="module")
def small_server(tmp_path_factory):
    """The app with a small MNIST to train on."""
    folder = tmp_path_factory.mktemp("small")
    sizes = {"train": 12_000, "test": 500}
    images = {part: synthetic_digits(count, seed) for seed, (part, count) in enumerate(sizes.items())}
    begin = SMALL.format(root=str(ROOT), sums=write_idx(folder / "data", **images), **sizes)
    app, trainer = folder / "app.py", folder / "trainer.py"
    app.write_text(begin + SMALL_APP.format(trainer=str(trainer)))
    trainer.write_text(begin + SMALL_TRAINER)
    with serving(folder / "log", str(app), CNN_DATA=str(folder / "data")) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def visitor(browser, server):
    """A page of a browser's session of its own, that asks no other host for anything."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(60_000)
    outside = []
    page.on("request", lambda request: outside.append(request.url) if is_outside(request.url, server) else None)
    page.on("pageerror", lambda error: outside.append(f"script error: {error}"))
    yield page
    assert outside == [], "a page asked another host for something, or its script failed"
    page.close()


@pytest.fixture
def page(browser, server):
    with visitor(browser, server) as page:
        yield page


def is_outside(url: str, server: str) -> bool:
    return not url.startswith((server, server.replace("http", "ws"), "data:", "blob:"))


def visit(page, server: str, path: str) -> None:
    page.goto(server + path)
    settle(page)


def settle(page) -> None:
    page.wait_for_selector(
        "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
    )
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
    assert page.locator("[data-testid=stException]").count() == 0


def sobel(step: int) -> str:
    """The number that the first page of the convolution must show at a step, from torch."""
    digit = load_samples("mnist").images[0, :, 9:19, 9:19].float()
    kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    value = float(F.conv2d(digit, kernel[None, None])[0].flatten()[step - 1])
    return (f"{value:.0f}" if value == round(value) else f"{value:.2f}").replace("-", "−")


def shown_sum(page, step: int) -> str:
    row, column = divmod(step - 1, 8)
    line = page.locator("[class*=st-key-sum]", has_text=f"Row {row + 1}, column {column + 1}:")
    line.wait_for()
    return line.inner_text().rsplit("= ", 1)[1].strip()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("path", PAGES)
def test_page_opens_complete(page, server, path, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    visit(page, server, path)
    page.get_by_role("heading", name=re.compile(PAGES[path])).wait_for()
    if path != "/":
        hero = page.locator(HEROES.get(path, "[data-testid=stMain] svg.marks >> visible=true")).first
        hero.wait_for()
        box = hero.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= size[1], "the main picture lies below the fold"
        assert box["x"] + box["width"] <= size[0]
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], "the page scrolls sideways"


def test_convolution_by_click_and_key(page, server):
    visit(page, server, "/convolution")
    assert shown_sum(page, 1) == sobel(1)
    page.get_by_role("button", name="Forward").click()
    assert shown_sum(page, 2) == sobel(2)
    page.keyboard.press("ArrowRight")
    assert shown_sum(page, 3) == sobel(3)
    page.keyboard.press("ArrowLeft")
    assert shown_sum(page, 2) == sobel(2)
    page.get_by_role("button", name="Last").click()
    assert shown_sum(page, 64) == sobel(64)
    page.get_by_role("button", name="First").click()
    assert shown_sum(page, 1) == sobel(1)
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(8):
        slider.press("ArrowRight")
    assert shown_sum(page, 9) == sobel(9)


def test_convolution_picture_holds_the_output_so_far(page, server):
    visit(page, server, "/convolution?step=12")
    assert shown_sum(page, 12) == sobel(12)
    cells = page.locator("[class*=st-key-hero_stepper] svg.marks text").all_text_contents()
    for step in range(1, 13):
        assert sobel(step) in cells
    assert sum(text == "Output 8 × 8" for text in cells) == 1


def test_link_restores_the_setting_and_the_address_keeps_it(page, server):
    visit(page, server, "/convolution?kernel=Sharpen&stride=2&step=5")
    page.get_by_text("with Sharpen; kernel 3 × 3, stride 2, padding 0, dilation 1; step 5 of 16").wait_for()
    page.get_by_role("button", name="Forward").click()
    page.wait_for_url("**step=6**")
    assert "kernel=Sharpen" in page.url


def test_chapters_are_reached_from_home(page, server):
    visit(page, server, "/")
    page.locator("[data-testid=stMain]").get_by_role("link", name="Training").click()
    page.wait_for_url("**/training")
    settle(page)
    accuracy = checkpoints.load_card("mnist_cnn")["result"]["validation_accuracy"]
    page.locator("[data-testid=stMetricValue]", has_text=f"{accuracy:.2%}").first.wait_for()


def test_training_epoch_slider(page, server):
    card = checkpoints.load_card("mnist_cnn")
    visit(page, server, "/training")
    page.get_by_role("tab", name="Epoch by epoch").click()
    slider = page.get_by_role("slider", name="After epoch")
    slider.focus()
    slider.press("Home")
    record = card["history"][0]
    page.get_by_text(f"after epoch 1: validation accuracy {record['validation_accuracy']:.2%}").wait_for()
    page.locator(
        "[class*=training_confusion] svg.marks text", has_text=re.compile(f"^{record['confusion'][0][0]}$")
    ).wait_for()


def test_training_tooltip_and_legend(page, server):
    card = checkpoints.load_card("mnist_cnn")
    visit(page, server, "/training")
    chart = page.locator("[class*=training_accuracy] svg.marks")
    chart.wait_for()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.98, box["y"] + box["height"] * 0.4)
    last = card["history"][-1]
    tooltip = page.locator("#vg-tooltip-element")
    tooltip.wait_for()
    assert f"{last['epoch']}" in tooltip.inner_text()
    chart.get_by_text("training", exact=True).click()
    page.wait_for_function(
        """() => [...document.querySelectorAll('[class*=training_accuracy] svg.marks .mark-line path')]
                 .some(path => Number(getComputedStyle(path).opacity) < 0.2)"""
    )


def test_training_lays_two_runs_over_each_other(page, server):
    visit(page, server, "/training?network=ResNet+on+CIFAR-10")
    for name, label in (("cifar10_resnet", "Validation accuracy"), ("cifar10_resnet_plain", "With plain Adam")):
        accuracy = checkpoints.load_card(name)["result"]["validation_accuracy"]
        page.get_by_test_id("stMetric").filter(has_text=label).filter(has_text=f"{accuracy:.2%}").wait_for()
    legend = page.locator("[class*=training_accuracy] svg.marks")
    for line in ("recipe: validation", "plain Adam: validation"):
        legend.get_by_text(line, exact=True).wait_for()


def test_a_click_on_a_mistake_shows_its_pictures(page, server):
    card = checkpoints.load_card("cifar10_resnet")
    names = card["classes"]
    count = card["result"]["confusion"][names.index("ship")][names.index("airplane")]
    visit(page, server, "/training?network=ResNet+on+CIFAR-10&view=Mistakes")
    page.locator("[class*=training_mistakes] path[aria-label^='predicted: airplane; true class: ship']").last.click()
    page.get_by_text(f"True class ship, predicted airplane: {count:,} of 1,000 pictures").wait_for()


def start_training(page, server: str, epochs: int, images: str) -> None:
    visit(page, server, f"/training?view=Train+it+now&epochs={epochs}&images={images}")
    page.get_by_role("button", name="Train the small CNN now").click()


def test_a_training_grows_in_the_page_and_stops_no_other(browser, small_server):
    with visitor(browser, small_server) as one, visitor(browser, small_server) as other:
        start_training(one, small_server, epochs=20, images="60000")
        one.get_by_text("after epoch").or_(one.get_by_text(re.compile("Epoch [2-9] of 20"))).first.wait_for()
        start_training(other, small_server, epochs=6, images="10000")
        other.get_by_text(re.compile("Epoch [1-6] of 6")).wait_for()
        one.get_by_role("button", name="Stop").click()
        one.get_by_text(re.compile("Stopped: validation accuracy .* after epoch")).wait_for()
        one.get_by_role("button", name="Train the small CNN now").wait_for()
        other.get_by_text(re.compile("Done in .* after epoch 6; 10,000 images")).wait_for()
        other.get_by_text("Validated on 500 test images").wait_for()
        for quantity in ("loss", "accuracy"):
            other.locator(f"[class*=live_{quantity}] svg.marks .mark-line path").first.wait_for()


def shown_blend(page, size: int = 32) -> torch.Tensor:
    """The blend's pixels as the screen has them, one from the middle of each: (3, size, size)."""
    picture = Image.open(io.BytesIO(page.locator(".blend .stack").screenshot())).convert("RGB")
    width, height = picture.size
    middle = [(place + 0.5) / size for place in range(size)]
    pixels = [[picture.getpixel((int(x * width), int(y * height))) for x in middle] for y in middle]
    return torch.tensor(pixels).permute(2, 0, 1)


def right_blend(name: str, alpha: float, place: int = 0) -> torch.Tensor:
    """What core makes of a bundled picture, the map of a class, bilinear, on its own scale."""
    samples, loaded = load_samples("cifar10"), checkpoints.load("cifar10_resnet")
    label = loaded.card["classes"].index(name)
    maps = class_activation_maps(loaded.model, to_unit(samples.images[place : place + 1])).maps
    heat = upsample(maps[0, label], 32, "bilinear")
    ends = pictures.limits(heat, pictures.DIVERGING)
    return blend(samples.images[place], pictures.coloured(heat, *ends, pictures.DIVERGING), alpha).long()


def assert_shows(page, name: str, alpha: float, place: int = 0) -> None:
    right = right_blend(name, alpha, place)
    for _ in range(50):  # the component draws a moment after the page is ready
        difference = (shown_blend(page) - right).abs().max()
        if difference <= 2:
            return
        page.wait_for_timeout(100)
    assert difference <= 2


def test_the_blend_follows_alpha_in_the_browser_and_the_class(page, server):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    visit(page, server, "/cam")
    predicted = "cat"
    assert_shows(page, predicted, 0.5)
    slider = page.get_by_role("slider", name="Opacity of the map, alpha")
    before = len(sent)
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2, steps=8)
    alpha = float(page.locator(".blend output").inner_text())
    assert alpha > 0.7
    assert_shows(page, predicted, alpha)
    assert len(sent) == before, "nothing is sent while the slider moves"
    page.mouse.up()
    page.get_by_text(f"alpha {alpha:.2f}", exact=False).first.wait_for()
    page.wait_for_url(f"**alpha={alpha:g}*")
    for key, end in (("Home", 0.0), ("End", 1.0)):
        slider.press(key)
        assert_shows(page, predicted, end)
    settle(page)
    page.get_by_role("combobox", name="Class of the map").click()
    page.get_by_role("option", name="dog", exact=True).click()
    page.get_by_text("Map of dog, bilinear").first.wait_for()
    assert_shows(page, "dog", 1.0)


def test_a_clicked_picture_is_looked_at_and_its_blend_can_be_kept(page, server):
    visit(page, server, "/cam?class=frog&alpha=0.3")
    page.locator("[class*=cam_gallery] path[aria-label^='7: frog']").last.click()
    page.get_by_text("Input: test picture 7 (frog)").wait_for()
    page.wait_for_url("**number=7**")
    assert_shows(page, "frog", 0.3, place=7)
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="This blend").click()
    kept = torch.from_numpy(np.array(Image.open(download.value.path()))).permute(2, 0, 1)
    assert torch.equal(kept[:, 8::16, 8::16].long(), right_blend("frog", 0.3, place=7))


def test_an_own_photo_is_looked_at(page, server, tmp_path):
    file = tmp_path / "frog.png"
    Image.fromarray(load_samples("cifar10").images[7].permute(1, 2, 0).numpy()).save(file)
    visit(page, server, "/cam?from=Own+photo&class=frog&alpha=0")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Input: own photo").wait_for()
    page.get_by_text(re.compile("Predicted frog with")).wait_for()
    assert (shown_blend(page) - load_samples("cifar10").images[7]).abs().max() <= 2


def shown_adversarial(page) -> torch.Tensor:
    """The third picture as the browser got it, (H, W) grey values."""
    source = page.locator("[class*=crisp_attack] img").nth(2).get_attribute("src")
    content = page.request.get(source if source.startswith("http") else page.url.split("/attack")[0] + source).body()
    return torch.from_numpy(np.array(Image.open(io.BytesIO(content)).convert("L")).astype(np.int64))


def right_adversarial(epsilon: int) -> torch.Tensor:
    model = checkpoints.load("mnist_model_a").model
    samples = load_samples("mnist")
    images = to_input(model, samples.images[:1])
    return untargeted(model, images, samples.labels[:1], epsilon, bounds=(0, 255)).adversarial[0, 0].round().long()


def test_the_adversarial_picture_follows_the_slider_while_it_is_dragged(page, server):
    visit(page, server, "/attack")
    slider = page.get_by_role("slider", name="Epsilon")
    page.get_by_text("Adversarial, epsilon 24").wait_for()
    assert torch.equal(shown_adversarial(page), right_adversarial(24))
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 24 / 128, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in (0.3, 0.4, 0.5):  # the button stays down
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2, steps=4)
        value = int(slider.evaluate("slider => slider.value"))
        page.get_by_text(f"Adversarial, epsilon {value}", exact=True).wait_for()
    page.mouse.up()
    slider.press("Home")
    page.get_by_text("Adversarial, epsilon 0", exact=True).wait_for()
    page.get_by_text("Holds: the network sees 7").wait_for()
    settle(page)
    assert torch.equal(shown_adversarial(page), load_samples("mnist").images[0, 0].long())


def test_a_digit_drawn_with_the_mouse_is_attacked(page, server):
    visit(page, server, "/attack?input=Draw+one")
    pad = page.locator("canvas").first
    box = pad.bounding_box()
    for x, y in ((0.5, 0.15), (0.5, 0.85)):
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=6)
        page.mouse.down()
    page.mouse.up()
    page.get_by_text("drawn digit; model A").wait_for()
    page.get_by_role("slider", name="Epsilon").press("Home")
    page.get_by_text("Holds: the network sees 1").wait_for()
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("Draw a digit in the panel on the left.").wait_for()


def test_kernel_text_that_is_no_number_keeps_the_page(page, server):
    visit(page, server, "/convolution?kernel=Own+numbers")
    area = page.get_by_label("Weights, a row a line")
    area.fill("1 x")
    area.press("Control+Enter")
    page.get_by_text("“x” in row 1 of the kernel is not a number").wait_for()
    area.fill("0 1")
    area.press("Control+Enter")
    page.get_by_text("kernel 1 × 2, stride 1").wait_for()
    settle(page)


def test_a_link_to_a_pooling_shows_what_was_seen(page, server):
    visit(page, server, "/convolution?stride=3")
    page.get_by_text("Max pooling", exact=True).click()
    page.get_by_text("kernel 2 × 2, stride 2").wait_for()
    page.get_by_label("Kernel size").get_by_text("3", exact=True).click()
    page.get_by_text("kernel 3 × 3, stride 3").wait_for()
    page.wait_for_url("**size=3**")
    caption = page.get_by_text("Max pooling of digit").inner_text()
    page.goto(page.url)
    settle(page)
    page.get_by_text(caption).wait_for()


def test_charts_stay_readable_when_the_theme_changes(page, server):
    visit(page, server, "/convolution")
    title = page.locator("[class*=hero_stepper] .role-title-text text").first
    title.wait_for()
    light = title.evaluate("node => getComputedStyle(node).fill")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        """light => getComputedStyle(document.querySelector('[class*=hero_stepper] .role-title-text text')).fill
                    !== light""",
        arg=light,
    )
