"""A lecture is given: the stage, the speaker's notes and a phone, each in a page of its own."""

import os
import re
import socket
import subprocess
import sys

import pytest
from playwright import sync_api as playwright

from benchmarks.browser import APP, CHROMIUM, FLAGS
from core.browser import await_answer
from core.lecture import reading
from tests.browser.opened import LOOK, PATIENCE, ROOT, SCREEN, context_of, hold_back

NAME = "cnn_45_minutes"
STATES = reading.read(reading.find(NAME)).states
ASKED = next(index for index, state in enumerate(STATES) if state.vote and state.vote.asked)
FRONT = "document.querySelector('iframe.front')"
SHOWN = f"""(title) => {{
  const front = {FRONT};
  const isSeen = front && getComputedStyle(front).visibility === "visible";
  return isSeen && front.isReady && front.title === title;
}}"""
# Whether a key has put another picture on the screen that was there already.
PRESS = f"""(key) => {{
  const before = {FRONT};
  before.contentWindow.dispatchEvent(new KeyboardEvent("keydown", {{ key }}));
  return {FRONT} !== before && {FRONT}.isReady;
}}"""
ALL_READY = "() => [...document.querySelectorAll('iframe')].every(({ isReady }) => isReady)"
QUIZ = f"""[...{FRONT}.contentDocument.querySelectorAll('*')]
  .map((one) => one.shadowRoot?.querySelector('.grids')?.stage?.quiz).find((one) => one?.data)"""
PREDICTED = next(
    index for index, one in enumerate(STATES) if one.vote and "view=Predict" in one.link
)
PHONE = {"width": 390, "height": 700}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]


def shows(stage, index):
    """Wait until the stage shows a state."""
    stage.wait_for_function(SHOWN, arg=STATES[index].title)


def reload(stage, notes):
    """The picture on the stage is another frame than before, which may not be ready."""
    stage.evaluate(f"{FRONT}.isOld = true")
    notes.get_by_role("button", name="Back to the last good state").click()
    stage.wait_for_function(f"() => {FRONT} && !{FRONT}.isOld")


def opened(context, address, errors):
    """A page that may have no error."""
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    return page


@pytest.fixture
def windows(browser, server):
    """The stage and the notes of a lecture that begins."""
    errors: list[str] = []
    stage = opened(browser, f"{server}/present?lecture={NAME}", errors)
    shows(stage, 0)
    notes = opened(browser, f"{server}/notes?{stage.url.partition('?')[2]}", errors)
    notes.locator("h1", has_text=STATES[0].title).wait_for()
    yield stage, notes
    stage.close()
    notes.close()
    assert errors == []


def test_both_windows_follow_each_other_and_the_room_votes(browser, server, windows):
    stage, notes = windows
    room = re.search(r"room=([A-Z]{4})$", stage.url)[1]
    assert notes.locator("#answer").inner_text() == STATES[0].answer
    for index in range(1, ASKED + 1):
        notes.keyboard.press("PageDown")
        shows(stage, index)
    phone = context_of(browser.browser, viewport=PHONE).new_page()
    phone.goto(f"{server}/vote?room={room.lower()}")
    phone.get_by_text("The next question comes here.").wait_for()
    stage.keyboard.press("PageDown")
    vote = STATES[ASKED].vote
    stage.locator("#vote h1", has_text=STATES[ASKED].ask).wait_for()
    phone.get_by_role("button", name=vote.choices[0]).click()
    stage.get_by_text("1 vote so far").wait_for()
    phone.get_by_role("button", name=vote.choices[vote.right]).click()
    phone.get_by_role("button", pressed=True, name=vote.choices[vote.right]).wait_for()
    assert stage.locator("#vote .bar").count() == 0, "no result while the room votes"
    phone.reload()
    phone.get_by_role("button", pressed=True, name=vote.choices[vote.right]).wait_for()
    notes.keyboard.press("PageDown")
    stage.locator("#vote li", has_text=vote.choices[vote.right]).get_by_text(
        "1", exact=True
    ).wait_for()
    assert STATES[ASKED].answer not in stage.content()
    phone.get_by_text("The vote is closed").wait_for()
    assert phone.get_by_role("button", disabled=True).count() == 4
    stage.keyboard.press("PageDown")
    stage.locator("#vote li.right", has_text=vote.choices[vote.right]).wait_for()
    stage.get_by_text(STATES[ASKED].answer).wait_for()
    assert not any(
        one in phone.content() for one in (STATES[ASKED].answer, *filter(None, vote.wrong))
    )
    stage.keyboard.press("PageUp")
    stage.locator("#vote:empty").wait_for(state="attached")
    phone.context.close()


def test_a_vote_takes_nobody_s_place_and_focus(browser, server, windows):
    """In the speaker's list of states, and among the answers on the phone."""
    stage, notes = windows
    notes.locator("#states button", has_text=STATES[ASKED].title).click()
    shows(stage, ASKED)
    stage.keyboard.press("v")
    stage.locator("#vote h1").wait_for()
    last = notes.locator("#states button").last
    last.scroll_into_view_if_needed()
    last.focus()
    top = notes.evaluate("document.querySelector('#states').scrollTop")
    phone = context_of(browser.browser, viewport=PHONE).new_page()
    phone.goto(f"{server}/vote?{stage.url.partition('?')[2]}")
    first = phone.get_by_role("button", name=STATES[ASKED].vote.choices[0])
    first.focus()
    phone.keyboard.press("Enter")
    phone.get_by_role("button", pressed=True).wait_for()
    playwright.expect(first).to_be_focused()
    stage.get_by_text("1 vote so far").wait_for()
    notes.get_by_text("1 vote:").wait_for()
    playwright.expect(last).to_be_focused()
    assert notes.evaluate("document.querySelector('#states').scrollTop") == top
    phone.context.close()


def test_keys_show_the_next_picture_at_once_whatever_has_the_focus(windows):
    stage, notes = windows
    playwright.expect(stage.locator("iframe")).to_have_count(3)
    stage.wait_for_function(ALL_READY)
    assert stage.evaluate(PRESS, "PageDown")
    assert stage.evaluate(PRESS, "PageUp")
    shows(stage, 0)
    stage.keyboard.press("b")
    playwright.expect(stage.locator("#dark")).to_be_visible()
    notes.get_by_text("The screen is dark").wait_for()
    notes.keyboard.press("b")
    playwright.expect(stage.locator("#dark")).to_be_hidden()
    frame = stage.frame_locator("iframe.front")
    frame.get_by_role("button", name="Play").click()
    stage.keyboard.press("PageDown")
    shows(stage, 1)
    reload(stage, notes)
    shows(stage, 1)
    notes.locator("#asks", has_text="the next cell; then: output size").wait_for()
    for question, window in (("what comes out at row", stage), ("And with stride 2", notes)):
        window.keyboard.press("l")
        stage.locator("#vote h1", has_text=question).wait_for()
        window.keyboard.press("l")
        stage.locator("#vote:empty").wait_for(state="attached")
    notes.locator("#states button", has_text=STATES[3].title).click()
    shows(stage, 3)
    frame.get_by_role("button", name="Reveal").click()  # Back undoes nothing inside a picture
    stage.evaluate("history.back()")
    shows(stage, 2)
    stage.keyboard.press("Escape")
    stage.wait_for_url(lambda url: "/convolution" in url and "present" not in url)


@pytest.mark.parametrize("asking", ["stage", "notes"])
def test_a_picture_that_is_on_its_way_is_asked_when_it_is_there(windows, asking):
    stage, notes = windows
    notes.keyboard.press("PageDown")
    shows(stage, 1)
    notes.locator("#asks", has_text="the next cell; then: output size").wait_for()
    let_through = hold_back(stage, "**/kept/grids.*.js")
    reload(stage, notes)
    stage.wait_for_function(f"() => {FRONT}.isReady")
    {"stage": stage, "notes": notes}[asking].keyboard.press("l")
    notes.get_by_text("L: the stage is told to ask; its window must be open.").wait_for()
    assert stage.locator("#vote h1").count() == 0
    let_through()
    stage.locator("#vote h1", has_text="what comes out at row").wait_for()


def test_many_keys_at_once_leave_both_windows_together(windows):
    stage, notes = windows
    for key in ["v"] * 12 + ["b"] * 10 + ["PageDown", "PageUp"] * 8 + ["PageDown"] * 10:
        stage.keyboard.press(key)
    for _ in range(PATIENCE // LOOK):
        here = notes.locator("h1").inner_text()
        if stage.evaluate(SHOWN, here.partition(": ")[2]):
            break
        stage.wait_for_timeout(LOOK)
    assert stage.locator("#words").inner_text() == notes.locator("#words").inner_text() == ""
    notes.locator("#states button", has_text=STATES[2].title).click()
    shows(stage, 2)


def test_a_picture_does_not_answer_what_the_room_votes_on(windows):
    stage, notes = windows
    notes.locator("#states button", has_text=STATES[PREDICTED].title).click()
    shows(stage, PREDICTED)
    secret = f"() => {QUIZ}.secret"
    stage.wait_for_function(f"() => Boolean({QUIZ})")
    stage.keyboard.press("v")
    stage.locator("#vote h1").wait_for()
    stage.keyboard.press("2")
    stage.mouse.click(200, 400)
    assert stage.evaluate(secret)
    options = stage.frame_locator("iframe.front").locator(".options")
    playwright.expect(options).to_be_hidden()
    stage.keyboard.press("v")
    stage.locator("#vote:empty").wait_for(state="attached")
    playwright.expect(options).to_be_visible()
    stage.keyboard.press("2")
    stage.wait_for_function(f"() => !{QUIZ}.secret")


def test_a_window_without_the_key_is_told_so(browser, server, windows):
    stage, _ = windows
    stranger = context_of(browser.browser).new_page()
    for name in ("notes", "present"):
        stranger.goto(f"{server}/{name}?{stage.url.partition('?')[2]}")
        stranger.get_by_text("This window does not have the key").wait_for()
        assert STATES[0].answer not in stranger.content()
    stranger.goto(f"{server}/present?lecture=none")
    stranger.get_by_text("is no lecture").wait_for()
    stranger.goto(f"{server}/vote")
    stranger.get_by_label("The four letters on the screen").fill("zzzz")
    stranger.get_by_role("button", name="Join").click()
    stranger.get_by_text("No lecture has the code “ZZZZ”").wait_for()
    stranger.context.close()


class Killable:
    """A server on one port, killed and started again with what it has written."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address, self.folder = f"http://127.0.0.1:{self.port}", folder
        self.start()

    def start(self):
        command = [sys.executable, *APP, "--server.port", str(self.port)]
        environment = os.environ | {"CNN_STATE": str(self.folder)}
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        await_answer(self.process, self.address)

    def kill(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def killable(tmp_path):
    """A server that may be killed."""
    server = Killable(tmp_path)
    yield server
    server.kill()


def test_a_killed_server_and_a_killed_browser_are_back_on_the_same_state(
    browser, killable, tmp_path
):
    def launch():
        return browser.browser.browser_type.launch_persistent_context(
            tmp_path / "profile", executable_path=CHROMIUM, args=list(FLAGS), viewport=SCREEN
        )

    context = launch()
    stage = context.pages[0]
    stage.goto(f"{killable.address}/present?lecture={NAME}")
    shows(stage, 0)
    stage.keyboard.press("PageDown")
    shows(stage, 1)
    playwright.expect(stage.locator("iframe")).to_have_count(4)
    killable.kill()
    stage.keyboard.press("PageUp")
    shows(stage, 0)  # it is there already
    killable.start()
    notes = opened(context, stage.url.replace("/present?", "/notes?"), [])
    notes.locator("h1", has_text=STATES[0].title).wait_for()
    shows(stage, 0)  # where the room was
    stage.keyboard.press("PageDown")
    shows(stage, 1)
    address = stage.url
    context.close()
    context = launch()
    stage = context.pages[0]
    stage.goto(address)
    shows(stage, 1)
    context.close()


def test_a_stage_without_the_app_turns_the_pages_that_are_here(browser, killable):
    context = context_of(browser.browser)
    stage = opened(context, f"{killable.address}/present?lecture={NAME}", [])
    playwright.expect(stage.locator("iframe")).to_have_count(3)
    stage.wait_for_function(ALL_READY)
    killable.kill()
    for index in (1, 2):
        stage.keyboard.press("PageDown")
        shows(stage, index)
    stage.keyboard.press("PageDown")
    silent = stage.get_by_text("The app does not answer; the next page comes as soon as it does.")
    silent.wait_for()
    shows(stage, 2)
    killable.start()
    playwright.expect(silent).to_have_count(0)
    notes = opened(context, stage.url.replace("/present?", "/notes?"), [])
    notes.locator("h1", has_text=STATES[2].title).wait_for()
    shows(stage, 2)
    stage.keyboard.press("PageDown")
    shows(stage, 3)
    context.close()
