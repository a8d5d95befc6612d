"""What carries the message of a page is seen without scrolling, on a laptop and on a projector: the
pictures, the verdict, the sum and the caption.
"""

import os
import urllib.parse

import pytest
from playwright import sync_api as playwright

from benchmarks.browser import CHROMIUM, FLAGS, NO_CHROMIUM, serving
from tests.browser.opened import visit

SIZES = [(1280, 720), (1920, 1080)]
TASK_3 = "Task 3: improved targeted"
# Where the lowest of them ends, with its first words.
LOWEST = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  const told = "[data-testid=stCaptionContainer], [data-testid=stMarkdownContainer] p, " +
    "svg.marks, canvas, img, .sentence";
  const all = (root) => [...root.querySelectorAll("*")].flatMap((one) => {
    return one.shadowRoot ? [one, ...all(one.shadowRoot)] : [one];
  });
  const ends = all(main).filter((one) => one.matches(told) && !one.closest("details"))
    .map((one) => [one.getBoundingClientRect(), one.textContent.slice(0, 60) || one.tagName])
    .filter(([box]) => box.width > 1 && box.height > 1)
    .map(([box, text]) => [Math.round(box.bottom), text]);
  return ends.sort(([one], [other]) => other - one)[0];
}"""
VIEWS = [
    ("attack", {}),
    ("attack", {"network": "M"}),
    ("attack", {"network": "ResNet"}),
    ("attack", {"network": "M", "attack": TASK_3, "epsilon": "60"}),
    ("attack", {"image": "2", "epsilon": "13"}),
    ("attack", {"network": "M", "logits": "true"}),
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]


@pytest.fixture(scope="module")
def page():
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("The browser tests need chromium, and CI must not skip them.")
        pytest.skip(f"The browser tests need a browser: {NO_CHROMIUM}")
    with serving() as address, playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = chromium.new_page(base_url=address)
        page.set_default_timeout(60_000)
        yield page
        chromium.close()


@pytest.mark.parametrize(("chapter", "settings"), VIEWS)
def test_all_that_is_told_stands_above_the_fold(page, chapter, settings):
    visit(page, "", f"/{chapter}?{urllib.parse.urlencode(settings)}")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)  # the pictures take their size
        end, text = page.evaluate(LOWEST)
        assert end <= height, f"{text} ends at {end} of {width} x {height}"


@pytest.mark.parametrize("width", [1280, 1920])
def test_the_networks_to_attack_stand_in_one_row(page, width):
    page.set_viewport_size({"width": width, "height": 720})
    visit(page, "", "/attack")
    buttons = page.get_by_role("radiogroup", name="Network").get_by_role("radio")
    tops = buttons.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().top)")
    assert len(tops) == 5
    assert len(set(tops)) == 1
