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
    visit(page, server, "/attack?eps=999")
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
