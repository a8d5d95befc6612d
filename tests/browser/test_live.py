"""Trainings in a real browser: two in one chart, kept over a reload; and epochs that are played."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.drawing import LAPTOP, below_the_fold
from tests.browser.opened import context_of, settle, visit, visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]
LIVE = "/training?view=Train+it+now&compare=Learning+rate&images=1000&epochs=3"
LINES = "[class*=live_accuracy] svg.marks .mark-line path"  # of what ships, and of the runs
DONE = re.compile(r"\d\d% in \d+ s")
SVG = "document.querySelector('[class*=training_confusion] svg.marks')"


def test_two_trainings_are_this_visitors_and_open_in_other_chapters(browser, small_server):
    with context_of(browser.browser) as context, visitor(context, small_server) as page:
        visit(page, small_server, LIVE)
        lines = page.locator(LINES)
        expect(lines).to_have_count(1)
        page.get_by_role("button", name="Train the small CNN twice").click()
        expect(lines.nth(2)).to_be_attached()  # a flat one is nothing to be seen
        page.reload()  # while they run
        settle(page)
        expect(page.get_by_text(DONE)).to_have_count(2)
        expect(lines).to_have_count(5)
        assert lines.nth(1).get_attribute("d") != lines.nth(2).get_attribute("d")
        assert below_the_fold(page, LAPTOP) == []
        page.reload()  # when they are done
        settle(page)
        expect(lines).to_have_count(5)
        with context_of(browser.browser) as others, visitor(others, small_server) as other:
            visit(other, small_server, LIVE)
            expect(other.locator(LINES)).to_have_count(1)
            visit(other, small_server, "/networks?network=Mine+2")
            other.get_by_text("in the browser that trained it").wait_for()
        page.get_by_role("link", name="Maps").nth(1).click()
        page.wait_for_url("**/networks?network=Mine+2")
        page.get_by_text("Mine 2, a small CNN (Adam, rate 0.1, batch 64)").wait_for()


def test_epochs_are_played_and_stopped_by_space_without_a_new_chart(page, server):
    visit(page, server, "/training?view=Epoch+by+epoch&epoch=0")
    page.get_by_text("before training, with random weights").wait_for()
    page.wait_for_function(SVG)
    page.evaluate(f"window.drawn = {SVG}")
    page.wait_for_function("window.pageKeys?.turners.size")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_text(re.compile("after epoch [3-9]:")).wait_for()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Play").wait_for()
    assert page.evaluate(f"window.drawn === {SVG}"), "other numbers in the same picture"
    page.wait_for_function("[...pageKeys.turners].every((root) => !root.turner.isWaiting)")
    settle(page)
    stopped = page.url
    page.wait_for_timeout(1500)
    assert page.url == stopped
