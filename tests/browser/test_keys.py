"""A lecture with the two keys of a page-turner, and keys that work whatever has the focus."""

import re
import time

import pytest
from playwright.sync_api import expect

from app.ui import address, yours_words
from tests.browser.opened import choose, settle, visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]
CHAPTERS = {
    "convolution": address.LAYER_VIEWS,
    "networks": address.NETWORK_VIEWS,
    "training": address.TRAINING_VIEWS,
    "cam": address.CAM_VIEWS,
    "attack": address.ATTACK_VIEWS,
    "yours": yours_words.VIEWS,
}
EVERY = [("home", ""), *((name, view) for name, views in CHAPTERS.items() for view in views)]
HERE = """window.pageKeys?.views?.isConnected && !pageKeys.isLeaving
  && !pageKeys.views.turner.isWaiting"""
AT = "pageKeys.views.turner.data.at"
LONG = 3  # presses until the rest of a sequence is skipped
SLOWEST = 120  # seconds; keys are not counted while a busy server draws what the last one asked for
STEP = "[class*=st-key-conv_grids] .grids"


def open_view(page) -> int:
    """Number of the view that is open, out of all chapters'."""
    page.wait_for_function(HERE)
    return int(page.evaluate(AT))


def go(page, server: str, path: str) -> None:
    visit(page, server, path)
    open_view(page)


def lit(page) -> str:
    return str(page.locator(".st-key-views [aria-checked=true]").first.inner_text())


def press(page, key: str) -> int:
    page.keyboard.press(key)
    return open_view(page)


def test_a_lecture_is_given_with_page_down_alone_and_goes_back_with_page_up(page, server):
    go(page, server, "/")
    seen, presses, since = [0], 0, time.monotonic()
    while seen[-1] < len(EVERY) - 1:
        here = press(page, "PageDown")
        presses += 1
        if here == seen[-1]:
            assert time.monotonic() - since < SLOWEST, f"{EVERY[here]} has no end"
            if presses >= LONG:
                page.keyboard.press("End")  # what is on the way is many steps
                page.wait_for_timeout(100)  # nobody presses faster
            continue
        seen.append(here)
        settle(page)
        presses, since = 0, time.monotonic()
        assert page.url.removeprefix(server).startswith(f"/{EVERY[here][0]}")
        assert lit(page) == EVERY[here][1]
    assert seen == list(range(len(EVERY)))
    press(page, "PageDown")
    assert open_view(page) == len(EVERY) - 1, "after the end nothing follows"
    go(page, server, "/training")
    assert press(page, "PageUp") == EVERY.index(("networks", "Shape by shape"))
    assert page.url == f"{server}/networks?view=Shape+by+shape"
    page.go_back()
    page.wait_for_url(f"{server}/training")


def test_keys_work_whatever_has_the_focus_and_none_counts_twice(page, server):
    go(page, server, "/convolution?questions=This+layer")
    root = page.locator(STEP)
    root.wait_for()

    def is_at(step: int) -> None:
        assert root.evaluate("root => root.stage.step") == step

    kernel = page.get_by_role("combobox", name="Kernel")
    choose(page, "Kernel", "Sharpen")
    page.wait_for_url("**kernel=Sharpen**")
    settle(page)
    for key, step in (
        ("ArrowRight", 1),
        ("PageDown", 2),
        ("End", 63),
        ("Home", 0),
        ("PageDown", 1),
    ):
        page.keyboard.press(key)
        is_at(step)
    expect(kernel).to_have_value("Sharpen")
    page.get_by_role("radio", name="Convolution").click()
    page.keyboard.press("ArrowRight")
    is_at(2)
    root.get_by_role("slider", name="Step").focus()  # as Tab does: the slider's own arrow
    page.keyboard.press("ArrowRight")
    is_at(3)
    page.keyboard.press("PageDown")
    is_at(4)
    page.keyboard.press("Space")
    assert root.evaluate("root => root.stage.playing")
    page.keyboard.press("Space")
    assert not root.evaluate("root => root.stage.playing")
    page.keyboard.press("Home")
    assert press(page, "Shift+PageDown") == EVERY.index(("convolution", "Predict"))


def test_question_mark_lists_the_keys_and_streamlits_own_do_nothing(page, server):
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    go(page, server, "/attack")
    page.get_by_role("slider", name="Epsilon").wait_for()
    page.wait_for_timeout(300)
    before = len(sent)
    for key in ("r", "c", "Shift+R", "Shift+C"):
        page.keyboard.press(key)
    page.wait_for_timeout(500)
    assert len(sent) == before, "a key of Streamlit's was heard"
    assert page.get_by_role("dialog").count() == 0
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    dialog.get_by_text("epsilon 8 up and down").wait_for()
    page.keyboard.press("PageDown")  # closes the list, and no more
    dialog.wait_for(state="hidden")
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.wait_for_function("!pageKeys.dialog().open")  # the browser closes it some time later
    settle(page)
    slider = page.get_by_role("slider", name="Epsilon")
    for key, epsilon in (
        ("ArrowRight", "25"),
        ("PageDown", "33"),
        ("PageUp", "25"),
        ("End", "128"),
    ):
        page.keyboard.press(key)
        expect(slider).to_have_value(epsilon)
    page.locator("[data-testid=stCaptionContainer]", has_text="epsilon 128 of 255").first.wait_for()


def test_arrows_turn_the_epoch_and_the_picture(page, server):
    go(page, server, "/training?view=Epoch+by+epoch&epoch=3")
    for key, epoch in (("ArrowRight", 4), ("ArrowRight", 5), ("ArrowLeft", 4)):
        page.keyboard.press(key)
        page.get_by_text(re.compile(f"after epoch {epoch}\\b")).first.wait_for()
    page.keyboard.press("Home")
    page.get_by_text("before training, with random weights").wait_for()
    page.keyboard.press("PageDown")
    page.wait_for_url("**epoch=1**")
    settle(page)
    go(page, server, "/cam")
    first = page.get_by_role("spinbutton", name="Test picture").input_value()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**image=*")
    settle(page)
    expect(page.get_by_role("spinbutton", name="Test picture")).to_have_value(str(int(first) + 1))


def test_a_field_has_the_number_that_is_used_of_what_was_typed(page, server):
    go(page, server, "/networks?view=ResNet")
    field, said = page.get_by_role("spinbutton", name="Channel"), page.get_by_role("alert")
    for text, used, words in (
        ("1e2", "100", None),
        ("99999999999999999999", "512", "got 1e20: 512 is used"),
        ("1e", "1", "got no number: 1 is used"),
        ("12", "12", None),
        ("1e999", "1", "got no number: 1 is used"),
    ):
        field.press("Control+a")
        page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(field).to_have_value(used)
        expect(said.filter(has_text=words or "is used")).to_have_count(int(bool(words)))
    field.press("Control+a")
    page.keyboard.type("-")
    page.locator("h2").first.click()  # what is typed counts where the field is left, too
    expect(said.filter(has_text="got no number: 1 is used")).to_be_visible()
