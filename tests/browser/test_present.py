"""A page that is presented to a room: every view fills the screen with nothing below the fold, its
type is 1.4 times as large, no menu and no control is seen but those that the link names; and the
keys that enter it, leave it and make the screen black ask the server for nothing.
"""

import pytest

from tests.browser.drawing import (
    HOOKS,
    LAPTOP,
    PROJECTOR,
    READABLE,
    below_the_fold,
    faults,
    resize,
)
from tests.browser.opened import settle, visit, visitor
from tests.browser.test_keys import CHAPTERS, EVERY, open_view

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]
LARGER = 1.4
FULL = 0.65  # of a screen's height, where a picture is as wide as it
REMS = {LAPTOP: 18, PROJECTOR: 24}  # CSS pixels of a page that is not presented
# What only who sits at the computer needs.
AWAY = """() => [...document.querySelectorAll(`[data-testid=stHeader], [data-testid=stSidebar],
  [data-testid=stExpander], [data-testid=stPageLink], [data-testid=stDownloadButton],
  [data-testid=stSelectbox], [data-testid=stButtonGroup], [data-testid=stNumberInput],
  [data-testid=stCaptionContainer], .st-key-title`)].filter((one) => one.checkVisibility())
  .filter((one) => !one.closest("[data-testid=stImage]"))
  .map((one) => one.dataset.testid + one.textContent.slice(0, 40))"""
# Buttons of the panel that end beside what holds them.
CUT = """() => [...document.querySelectorAll("[data-testid=stSidebar] button")]
  .filter((one) => one.checkVisibility() && one.closest("[data-testid=stButtonGroup]"))
  .filter((one) => one.getBoundingClientRect().right
    > one.closest("[data-testid=stElementContainer]").parentElement.getBoundingClientRect().right)
  .map((one) => one.textContent)"""
# Of the player beside the panel.
ROWS = """() => {
  const { shadowRoot } = [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
    .find(({ shadowRoot }) => shadowRoot?.querySelector(".bar.play:not([hidden])"));
  const parts = [...shadowRoot.querySelectorAll(".bar.play > :not([hidden])")];
  const boxes = parts.map((one) => one.getBoundingClientRect()).filter(({ height }) => height);
  const [first] = boxes;
  return 1 + boxes.filter(({ top }) => top > first.bottom).length;
}"""
OVER = "document.querySelector('[data-testid=stMain]').scrollHeight - innerHeight"
REM = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
# The end of what is seen, as a share of the window's height.
FILLED = """() => {
  const content = document.querySelector(
    "[data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock]");
  return content.getBoundingClientRect().height / innerHeight;
}"""
SHAPES = "/networks?view=Shape+by+shape&network=cifar10_resnet&question=6"
MORE = (
    "/networks?view=ResNet&layer=block2.main.4",
    SHAPES,
    "/training?network=cifar10_resnet&view=Epoch+by+epoch",
    "/convolution?image=photo+1&kernel_height=7&kernel_width=7&kernel=Blur+(Gauss)",
)


@pytest.fixture(scope="module")
def shown(browser, server):
    with visitor(browser, server) as page:
        page.add_init_script(HOOKS)
        yield page


def small_pictures(page) -> list[str]:
    """Texts in pictures that are not 1.4 times the least that others may have."""
    return [
        f"{text['text']} has {text['type']:.1f} pixels"
        for picture in page.evaluate("drawnText()")
        for text in picture["texts"]
        if picture["kind"] == "cells" and text["type"] < LARGER * READABLE - 0.05
    ]


def wrong(page, window) -> list[str]:
    """What is wrong with the view that is open, in a window."""
    resize(page, window, quiet=250 if window == LAPTOP else 60)  # where text is looked at, too
    found = below_the_fold(page, window)
    if window == LAPTOP:  # a projector's page is the same, in larger type
        found += [*faults(page), *page.evaluate(AWAY), *small_pictures(page)]
    over, rem, filled = (page.evaluate(about) for about in (OVER, REM, FILLED))
    if over > 0:
        found.append(f"{over} pixels below the fold")
    if abs(rem - LARGER * REMS[window]) > 0.1:
        found.append(f"a rem of {rem}")
    if filled < FULL:
        found.append(f"{filled:.0%} of the height are filled")
    return found


def both(page, here) -> list[str]:
    """The same in both windows, first in the one that it has."""
    windows = (LAPTOP, PROJECTOR) if here == LAPTOP else (PROJECTOR, LAPTOP)
    return [f"{window.width}: {one}" for window in windows for one in wrong(page, window)]


def test_every_view_fills_the_screen_and_stays_presented_from_the_first_to_the_last(shown, server):
    page, window, found = shown, LAPTOP, {}
    visit(page, server, "/convolution?present=1")
    for number, (chapter, view) in list(enumerate(EVERY))[1:]:
        while open_view(page) < number:
            page.keyboard.press("Shift+PageDown")
            settle(page)
        found[chapter, view] = both(page, window)
        if "present=1" not in page.url:
            found[chapter, view].append(page.url)
        window = PROJECTOR if window == LAPTOP else LAPTOP
    found["yours", "Check a sheet"] = [
        one for one in found["yours", "Check a sheet"] if "of the height are filled" not in one
    ]  # without a number it is a field and a sentence
    assert len(found) == sum(map(len, CHAPTERS.values()))
    assert {view: about for view, about in found.items() if about} == {}


@pytest.mark.parametrize("link", MORE)
def test_what_a_view_opens_fills_it_too(shown, server, link):
    visit(shown, server, f"{link}&present=1")
    if link == SHAPES:
        shown.locator(".standing", has_text="Question 6").wait_for()
        shown.keyboard.press("1")
        shown.locator(".options [data-state=right]").wait_for()
    assert wrong(shown, LAPTOP) == []


def sent(page) -> list[object]:
    """What the browser tells the server from now on."""
    messages: list[object] = []
    page.on("websocket", lambda one: one.on("framesent", lambda told: messages.append(told)))
    return messages


def screen(page) -> tuple[bool, bool, bool]:
    """Whether the page is presented, says so in its address, and is black."""
    page.wait_for_timeout(50)
    presented, black = page.evaluate(
        "['present', 'blank'].map((name) => name in document.documentElement.dataset)"
    )
    return presented, "present=1" in page.url, black


def test_three_keys_present_the_page_and_ask_the_server_for_nothing(page, server):
    messages = sent(page)
    visit(page, server, "/convolution?stride=2")
    open_view(page)
    page.wait_for_timeout(700)  # what follows a connection, see app/components/history
    before = len(messages)
    assert screen(page) == (False, False, False)
    for key, seen in [
        ("b", (False, False, False)),
        ("p", (True, True, False)),
        ("b", (True, True, True)),
        ("ArrowRight", (True, True, True)),
        ("PageDown", (True, True, False)),
        ("Escape", (False, False, False)),
        ("P", (True, True, False)),
    ]:
        page.keyboard.press(key)
        assert screen(page) == seen, key
    assert len(messages) == before
    assert page.locator(".grids output").first.inner_text() == "1 / 16", "a black page turned"
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**step=2**")
    assert screen(page) == (True, True, False), "after a setting"
    page.go_back()
    settle(page)
    assert screen(page) == (True, True, False), "after Back"
    page.keyboard.press("Escape")
    assert screen(page) == (False, False, False)


def test_the_link_names_the_controls_that_stay(page, server):
    visit(page, server, "/convolution?present=1&controls=stride,padding,foo")
    open_view(page)
    page.get_by_text("“controls=foo” is left out").wait_for()
    assert "controls=stride%2Cpadding" in page.url
    assert page.evaluate(CUT) == [], "every choice is seen whole beside the picture"
    assert page.evaluate(ROWS) == 1, "all of the player stands in one row"
    shown = page.locator("[data-testid=stSidebar] [data-testid=stMarkdownContainer]:visible")
    assert shown.all_inner_texts() == ["Stride", *"1234", "Padding", *"0123"]
    visit(page, server, "/training?present=1&controls=network")
    open_view(page)
    buttons = page.locator("[data-testid=stMain] [data-testid=stButtonGroup]:visible")
    assert buttons.count() == 1
    buttons.get_by_text("ResNet on CIFAR-10").click()
    page.wait_for_url("**network=cifar10_resnet**")
    assert "present=1&controls=network" in page.url


def test_on_the_stage_of_a_lecture_its_keys_are_the_stages(page, server):
    body = """<!doctype html><html data-stage><body style="margin: 0"><iframe style="border: 0"
      width="1280" height="720" src="/convolution?present=1"></iframe>"""
    page.route("**/a_stage", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(f"{server}/a_stage")
    frame = page.frames[1]
    frame.wait_for_selector(".st-key-conv_grids")
    output = frame.locator(".grids output").first
    output.wait_for()
    frame.locator("canvas").first.click(position={"x": 5, "y": 2})
    frame.wait_for_function("window.pageKeys?.views?.isConnected")
    for key in ("Escape", "b", "PageDown", "PageUp"):
        page.keyboard.press(key)
    assert output.inner_text() == "1 / 64"
    assert frame.evaluate("({ ...document.documentElement.dataset })") == {"present": ""}
    page.keyboard.press("ArrowRight")
    frame.wait_for_function(
        "[...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')]"
        ".some(({ shadowRoot }) => shadowRoot?.querySelector('output')?.textContent === '2 / 64')"
    )
