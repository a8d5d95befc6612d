"""What a page says about the link that opened it, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.opened import visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]
SAID = "The link's “{}” is left out"


def test_a_sentence_goes_with_a_touch_of_a_part_that_runs_by_itself(page, server):
    visit(page, server, "/Attack?eps=999")  # in capitals it is the same chapter
    said = page.get_by_text(SAID.format("eps"))
    expect(said).to_be_visible()
    page.get_by_role("slider", name="Epsilon").press("ArrowRight")
    expect(said).to_be_hidden()
    page.wait_for_url("**epsilon=25")
    expect(page.get_by_text("Adversarial, epsilon 25")).to_be_visible()


def test_a_name_without_a_value_leaves_the_address_too(page, server):
    visit(page, server, "/convolution?stride&padding=1")
    expect(page.get_by_text(SAID.format("stride"))).to_be_visible()
    page.wait_for_url(server + "/convolution?padding=1")


def test_an_address_that_leads_nowhere_opens_home_with_a_sentence_and_nothing_before_it(
    page, server
):
    visit(page, server, "/convolution?stride=2")
    visit(page, server, "/attack/x")
    expect(page.get_by_text("This app has no page “attack/x”: choose “Home”, ")).to_be_visible()
    page.wait_for_url(server + "/")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.go_back()
    page.wait_for_url(server + "/convolution?stride=2")
