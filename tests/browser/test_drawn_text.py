"""What is written in a picture is what it shows: numbers of small grids, answers, every pixel.
Whether text has its room is looked at in tests/browser/test_fold.py and test_access.py.
"""

import urllib.parse

import pytest

from benchmarks.browser import READY
from tests.browser.drawing import HOOKS, cut, faults, small, touching
from tests.browser.opened import visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]


@pytest.fixture(scope="module")
def page(browser, server):
    with visitor(browser, server) as page:
        page.add_init_script(HOOKS)
        yield page


NUMBERS = [
    ({"kernel": "Learned 1 of 3"}, "0.45 −0.18 0.27 0.89"),
    ({"kernel": "Blur (Gauss)"}, "2.13 14.19"),
    ({"kernel": "Gabor"}, "0.91 148"),
    ({"kernel": "Gabor", "kernel_height": "5", "kernel_width": "5"}, "−.45 −101"),
    ({"kernel": "Blur (box)", "kernel_height": "5", "kernel_width": "2"}, "0.10 11.40 27.7"),
    ({"kernel": "Own numbers", "weights": "100.5 2;-3 4.25"}, "101 4.25 −3"),
    ({"kernel": "Own numbers", "weights": "0.25 .5;1.5 2"}, "0.25 28.5"),
    ({"view": "Backward", "kernel": "Learned 1 of 3"}, "−.18 −0.18"),
    ({"view": "Backward", "image": "photo 1", "kernel": "ResNet stem"}, "0.07 −0.03 0.02"),
    ({"view": "Network", "cell": "3-4-5-5"}, "−.51 −.19 0.49"),
]


@pytest.mark.parametrize(("settings", "expected"), NUMBERS)
def test_a_small_grid_has_its_numbers_on_a_projector(page, server, settings, expected):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{server}/convolution?{urllib.parse.urlencode(settings)}")
    page.wait_for_selector(READY)
    page.wait_for_function("drawnText().length > 0")
    page.evaluate("settledSize()")
    written = {one["text"] for one in page.evaluate("drawnText()")[-1]["texts"]}
    assert set(expected.split()) <= written
    assert faults(page) == []


@pytest.mark.parametrize("part", ["Whole, 28 × 28", "Detail, 10 × 10"])
@pytest.mark.parametrize("padding", ["0", "1"])
def test_the_answer_that_the_room_was_asked_for_is_written(page, server, part, padding):
    page.set_viewport_size({"width": 1280, "height": 720})
    settings = {"view": "Predict", "image": "photo 1", "part": part, "padding": padding}
    page.goto(f"{server}/convolution?{urllib.parse.urlencode(settings)}")
    page.wait_for_selector(READY)
    page.get_by_role("button", name="Reveal").click()
    answer = page.locator(".sentence", has_text="=")
    answer.wait_for()
    page.evaluate("settledSize()")
    sum_ = answer.inner_text().split("=")[-1].split(";")[0].strip()
    texts = page.evaluate("drawnText()")[-1]["texts"]
    output = next(one for one in texts if one["text"].startswith("Output"))["box"][0]
    right = [one["text"] for one in texts if one["box"][0] >= output]
    assert right.count(sum_) == 1, "in its cell; the scale below ends at another number"
    assert f"Σ of all: {sum_}" in right
    assert faults(page) == []


def test_what_is_cut_touches_or_is_small_is_seen():
    texts = [
        {"text": text, "box": [left, 0, left + 20, 10]} for text, left in (("1", 0), ("2", 21))
    ]
    picture = {"name": "one", "size": [40, 10], "texts": texts}
    assert cut(picture) == ["2 is cut in one"]
    assert touching(picture) == ["1 touches 2 in one"]
    texts[1]["box"] = [23, 0, 40, 10]
    assert cut(picture) == touching(picture) == []
    texts[0]["type"], texts[1]["type"] = 12, 11.4
    assert small(picture) == ["2 has 11.4 pixels in one"]


def test_a_broken_word_and_a_page_that_slides_are_seen(page):
    page.goto("about:blank")
    held = "width: 60px; overflow: auto; font: 18px monospace; overflow-wrap: anywhere"
    main = f"<div data-testid=stMain style='{held}'>{{}}</div>"
    page.set_content(main.format("a fine automobile"))
    assert [one for one in faults(page) if "automobile" in one] == [
        "automobile is broken on the page"
    ]
    page.set_content(main.format("a fine <code>automobile</code><p style='width: 70px'>a</p>"))
    assert faults(page) == ["the page is 10 pixels wider than its window"]


PICTURES = "[data-testid=stImage] img"


@pytest.mark.parametrize("view", ["Live", "Step by step", "All epsilons"])
def test_every_pixel_of_a_picture_is_seen_in_its_corners_too(page, server, view):
    page.goto(f"{server}/attack?{urllib.parse.urlencode({'view': view})}")
    page.wait_for_selector(READY)
    page.wait_for_selector(PICTURES)
    style = "(all) => all.map((one) => getComputedStyle(one).borderRadius)"
    assert set(page.locator(PICTURES).evaluate_all(style)) == {"0px"}
