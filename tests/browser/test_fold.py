"""What carries the message of a page is seen without scrolling, on a laptop and on a projector: the
pictures, the verdict, the sum and the caption. No text is cut, runs into another or is too small.

The same of every view, in more windows: tests/browser/test_access.py. Here are the fullest ones.
"""

import urllib.parse

import pytest

from tests.browser.drawing import HOOKS, LAPTOP, PROJECTOR, below_the_fold, faults, resize
from tests.browser.opened import visit, visitor

SEVEN = {"kernel_height": "7", "kernel_width": "7"}
BLUR = {"kernel": "Blur (Gauss)", **SEVEN}
LONG = ";".join(["-9999.99 " * 13] * 13)
TASK_3 = "Task 3: improved targeted"
# Characters in the longest line of a caption.
LONGEST = """() => {
  const lines = (caption) => {
    const [range, counts] = [document.createRange(), {}];
    const walk = document.createTreeWalker(caption, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      for (let index = 0; index < node.length; index++) {
        range.setStart(node, index);
        range.setEnd(node, index + 1);
        const line = Math.round(range.getBoundingClientRect().bottom / 8);
        counts[line] = (counts[line] ?? 0) + 1;
      }
    }
    return Object.values(counts);
  };
  const captions = document.querySelectorAll(
    "[data-testid=stMain] [data-testid=stCaptionContainer] p");
  return Math.max(0, ...[...captions].flatMap(lines));
}"""
READ_AT_ONCE = 118  # characters of a line, of which the eye still finds the next one
VIEWS = [
    ("attack", {"network": "M"}),
    ("attack", {"network": "M", "attack": TASK_3, "epsilon": "60"}),
    ("attack", {"image": "2", "epsilon": "13"}),
    ("attack", {"image": "99999"}),  # with a line about the link
    ("attack", {"network": "M", "logits": "true"}),
    ("attack", {"view": "Findings", "only_right": "true"}),
    ("attack", {"view": "Findings", "only_right": "true", "curves": "Networks"}),
    ("attack", {"view": "Step by step", "network": "M", "attack": "PGD, cross-entropy"}),
    ("networks", {"view": "Shape by shape", "question": "6", "network": "cifar10_resnet"}),
    ("networks", {"view": "One number", "cell": "3-4-5-5"}),
    ("networks", {"view": "One number", "cell": "5-0-0-4"}),
    ("networks", {"view": "One number", "cell": "1-0-10-10"}),
    ("convolution", {"view": "Backward", "kernel": "Learned 1 of 3"}),
    ("convolution", {"view": "Predict", "image": "photo 1"}),
    ("convolution", {"view": "Predict", "question": "6"}),
    ("convolution", {"view": "Predict", "questions": "Pool winner", "question": "5"}),
    ("convolution", {"view": "im2col", "kernel": "Learned 1 of 3"}),
    ("training", {"network": "cifar10_resnet", "view": "Epoch by epoch", "epoch": "30"}),
    ("training", {"view": "Ingredients"}),
    ("training", {"view": "Time to accuracy"}),
    ("cam", {"view": "The sum", "image": "3"}),
    ("convolution", {"view": "Backward", "all_cells": "true", "image": "photo 1", **BLUR}),
    ("convolution", {"view": "im2col", "image": "photo 1", "kernel": "Blur (Gauss)"}),
    ("convolution", {"image": "photo 1", **BLUR, "filters": "Identity"}),
    ("convolution", {"image": "Own numbers", "numbers": LONG}),
    ("convolution", {"layer": "Max pooling", "image": "Own numbers", "numbers": LONG}),
    ("networks", {"view": "One number", "cell": "3-2-6-6", "image": "3"}),
    ("networks", {"view": "One number", "cell": "0-0-3-3"}),
    ("convolution", {"image": "photo 1", "kernel": "ResNet stem"}),
    ("convolution", {"image": "photo 1", "groups": "3"}),
    ("convolution", {"image": "photo 1", "layer": "Max pooling"}),
    ("convolution", {"image": "Own numbers", "numbers": "-1234.5678 9999 0.001"}),
    ("convolution", {"part": "Whole, 28 × 28", "kernel": "Gabor", **SEVEN}),
    ("convolution", {"view": "Predict", "part": "Whole, 28 × 28"}),
    ("convolution", {"view": "Predict", "question": "3"}),
    ("convolution", {"view": "Predict", "question": "8"}),
    ("yours", {"part": "pool_layer"}),
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]


@pytest.fixture(scope="module")
def page(browser, server):
    with visitor(browser, server) as page:
        page.add_init_script(HOOKS)
        yield page


def both_windows(page):
    """Give a page both windows in turn, first the one that it was opened in."""
    opened = page.evaluate("innerWidth")
    for window in sorted((LAPTOP, PROJECTOR), key=lambda one: one.width != opened):
        resize(page, window)
        yield window


@pytest.mark.parametrize(("chapter", "settings"), VIEWS)
def test_all_that_is_told_stands_above_the_fold_and_has_its_room(page, server, chapter, settings):
    visit(page, server, f"/{chapter}?{urllib.parse.urlencode(settings)}")
    for window in both_windows(page):
        assert below_the_fold(page, window) == []
        assert faults(page) == [], window
        assert window == LAPTOP or page.evaluate(LONGEST) <= READ_AT_ONCE


def test_home_has_its_pictures_and_the_lectures_above_the_fold(page, server):
    visit(page, server, "/")
    for window in both_windows(page):
        boxes = page.locator("[class*=st-key-card_], [class*=st-key-lectures]")
        bottoms = boxes.evaluate_all("all => all.map((one) => one.getBoundingClientRect().bottom)")
        assert len(bottoms) == 6
        assert max(bottoms) <= window.height
        widths = page.locator("[class*=st-key-card_] img").evaluate_all(
            "(all) => all.map((one) => one.complete && one.naturalWidth && one.clientWidth)"
        )
        assert len(widths) == 5
        assert min(widths) > window.width / 8
        assert faults(page) == [], window


@pytest.mark.parametrize(("questions", "question"), [("Ten ideas", 2), ("Pool winner", 3)])
def test_the_reason_of_an_answer_stands_above_the_fold(page, server, questions, question):
    visit(page, server, f"/convolution?view=Predict&questions={questions}&question={question}")
    page.locator(".standing", has_text=f"Question {question} of 10").wait_for()
    page.keyboard.press("1")
    page.locator(".sentence", has_text="Row ").wait_for()
    for window in both_windows(page):
        assert below_the_fold(page, window) == []
        inner = page.locator(".options button").evaluate_all(
            "(all) => all.map((one) => one.scrollHeight - one.clientHeight)"
        )
        assert max(inner) <= 0, "an answer is cut"


def test_relu_and_the_flipped_kernel_stand_above_the_fold(page, server):
    for link in ("/convolution", "/convolution?image=photo+1", "/convolution?source=Numbers"):
        visit(page, server, link)
        resize(page, LAPTOP)
        for name in ("ReLU", "Flip kernel"):
            box = page.locator("[data-testid=stSidebar]").get_by_text(name).bounding_box()
            assert box["y"] + box["height"] <= 720, f"{name} of {link}"


@pytest.mark.parametrize("cell", ["1-0-10-10", "3-2-6-6", "5-0-0-4"])
def test_what_the_panel_says_of_a_cell_is_seen_whole(page, server, cell):
    visit(page, server, f"/networks?view=One+number&cell={cell}")
    resize(page, LAPTOP)
    caption = page.locator("[data-testid=stSidebar] [data-testid=stCaptionContainer] p").last
    box = caption.bounding_box()
    assert box["y"] + box["height"] <= 720
