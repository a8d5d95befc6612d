"""The static twin in Chromium: what its pages compute is what core computes, and they need nothing
but their folder.
"""

import functools
import http.server
import shutil
import threading

import pytest
import torch

from app.twin import build, folder
from core import attacks, checkpoints, homework
from core.data.samples import load_samples
from tests.app.twin.asking import attack_question, digits, files_of, layers_question

CLOSE = 1e-4
COMPARE = build.HERE.parents[1] / "tests" / "app" / "twin" / "compare.mjs"
ASK = """async (place) => {
  const { what, files, ...question } = await (await fetch(`${place}/question.json`)).json();
  const kinds = { Float32Array, Float64Array, Uint8Array };
  const numbers = {};
  for (const [name, kind] of Object.entries(files)) {
    numbers[name] = new kinds[kind](await (await fetch(`${place}/${name}.bin`)).arrayBuffer());
  }
  return (await import("./compare.js"))[what](globalThis.twin, question, numbers);
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    build.write(out)
    assert folder.faults(out) == []
    return out


@pytest.fixture(scope="module")
def address(site):
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(site))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(browser, address):
    """Opens a page of the site; it may ask its own folder alone, and complain of nothing."""
    page = browser.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))

    def opened(name, base=address):
        page.goto(f"{base}/{name}")
        page.wait_for_selector(".said:not(:empty)")
        return page

    yield opened
    page.close()
    assert complaints == []
    assert all(url.startswith((address, "file:", "data:")) for url in asked), asked


def test_1000_digits_and_attacks_are_what_core_gives(site, address, open_page):
    shutil.copyfile(COMPARE, site / "compare.js")
    page = open_page("draw.html")
    for name in (homework.MNIST_CNN, homework.MODEL_A, homework.MODEL_B):
        question, arrays = layers_question(name, digits(1000).images)
        place = site / name
        place.mkdir()
        files_of(place, question, **arrays)
        differences = page.evaluate(ASK, f"{address}/{name}")
        assert max(differences) <= CLOSE, f"{name}: {differences}"
    found, question, arrays = attack_question(
        homework.MODEL_A,
        digits(30),
        "improved",
        epsilon=20,
        gradients=20,
        dtype=torch.float32,
    )
    (site / "attack").mkdir()
    files_of(site / "attack", question, **arrays)
    rows = page.evaluate(ASK, f"{address}/attack")
    assert sum(row[0] <= CLOSE for row in rows) >= 28, "float32 may decide a sign otherwise"
    assert [row[2] for row in rows] == found.success.tolist()


def test_the_maps_follow_a_stroke_before_it_ends(open_page):
    page = open_page("draw.html")
    before = page.inner_text(".said")
    box = page.locator(".pad canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"]
    page.mouse.move(x, y + 30)
    page.mouse.down()
    page.mouse.move(x, y + 0.8 * box["height"], steps=8)
    page.wait_for_function(
        "text => document.querySelector('.said').textContent !== text", arg=before
    )
    assert page.inner_text(".said").startswith("The small CNN sees a 1")
    assert "Drawn digit" in page.inner_text(".caption")
    page.mouse.up()


def test_a_link_opens_its_attack_and_the_slider_makes_another(open_page):
    page = open_page("fool.html#network=B&attack=task3&target=8&digit=3&epsilon=60")
    assert "network B; Task 3" in page.inner_text(".caption")
    model = checkpoints.load(homework.MODEL_B).model
    image = load_samples("mnist").images[2:3]
    for epsilon in (60, 61):
        page.wait_for_function("text => location.hash.includes(text)", arg=f"epsilon={epsilon}")
        found = attacks.improved_targeted(
            model, image.float(), 8, float(epsilon), bounds=model.bounds
        )
        verdict = page.inner_text(".said")
        assert verdict.startswith("✕ Fooled" if bool(found.success[0]) else "✓ Holds"), verdict
        page.locator(".live_slider input").press("ArrowRight")


def test_own_numbers_are_convolved_and_a_fault_in_them_is_one_sentence(open_page):
    page = open_page("step.html#numbers=1+2+3%0A4+5+6%0A7+8+9&kernel=own&weights=1+0%0A0+-1")
    assert page.inner_text(".said").endswith("stride 1, padding 0, dilation 1; output 2 × 2")
    sentence = page.locator(".grids .sentence")
    assert sentence.inner_text() == "Row 1, column 1: 1·1 + 2·0 + 4·0 + 5·(−1) = −4"
    page.get_by_label("Stride").select_option("2")
    assert page.inner_text(".said").endswith("output 1 × 1")
    assert "stride=2" in page.url
    page.get_by_label("Numbers", exact=True).fill("1 2\n3 x")
    assert page.inner_text(".said") == (
        "“x” in row 2 of the picture is no number up to a million: type one like 2, -0.5 or 1/9."
    )


def test_every_page_opens_by_a_double_click(site, open_page):
    for page in build.PAGES:
        opened = open_page(f"{page.name}.html", base=site.as_uri())
        assert opened.title() == page.title
        assert opened.inner_text(".said")
