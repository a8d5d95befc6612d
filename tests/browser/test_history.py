"""Back, a drag, a restarted server: the page, its controls and its address agree."""

import re
import socket
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect

from app.server.head import AWAY
from benchmarks.browser import APP, await_answer
from tests.browser.opened import LOOK, PATIENCE, ROOT, drawn, hold_back, settle, visit, visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # playwright's own transport, at its end
]
PLACE = """(root, cell) => {
  const stage = root.stage, box = stage.canvas.getBoundingClientRect();
  const grid = stage.picture.grids.find((one) => one.title.startsWith("Output"));
  return [box.left + (grid.x + (cell % grid.columns + 0.5) * grid.width) * stage.scale,
          box.top + (grid.y + (Math.floor(cell / grid.columns) + 0.5) * grid.height) * stage.scale];
}"""
IS_NEW = """(version) => [...document.querySelectorAll(".st-key-attack_epsilon *")]
  .some((one) => one.shadowRoot && one.shadowRoot.querySelector("input")?.version !== version)"""


@pytest.fixture
def page(browser, server):
    """A new page: a browser keeps 50 entries, and those of earlier tests are not counted."""
    with visitor(browser, server) as page:
        yield page


def says(page, words: str) -> None:
    """Wait until the caption under the picture says so."""
    page.locator("[data-testid=stCaptionContainer]", has_text=re.compile(words)).first.wait_for()


def agrees(page, slider) -> None:
    """Slider and caption come to the same epsilon; either may be the later one."""
    for _ in range(PATIENCE // LOOK):
        said = re.compile(rf"epsilon {slider.input_value()} of 255")
        if page.locator("[data-testid=stCaptionContainer]", has_text=said).count():
            return
        page.wait_for_timeout(LOOK)
    raise AssertionError(f"the slider says {slider.input_value()}, the caption does not")


def drag(page, slider, *values: int, largest: int = 128) -> None:
    box = slider.bounding_box()
    for index, value in enumerate(values):
        at = box["x"] + box["width"] * value / largest, box["y"] + box["height"] / 2
        page.mouse.move(*at)
        page.wait_for_timeout(60)
        if index == 0:
            page.mouse.down()
    page.mouse.up()


def test_a_drag_is_one_entry_and_back_undoes_it(page, server):
    visit(page, server, "/")
    page.get_by_role("link", name="Fool the network").first.click()
    page.wait_for_url("**/attack")
    settle(page)
    slider = page.locator(".live input")
    slider.wait_for()
    before = page.evaluate("history.length")
    drag(page, slider, 24, *range(24, 65, 2))
    page.wait_for_url(re.compile("epsilon=64"))  # where the drag ends
    assert page.evaluate("history.length") == before + 1
    page.go_back()
    says(page, "epsilon 24 of 255")
    page.wait_for_url("**/attack")
    expect(slider).to_have_value("24")
    page.go_forward()
    page.wait_for_url(re.compile("epsilon=64"))  # where the drag ends
    last = page.url.partition("epsilon=")[2]
    says(page, f"epsilon {last} of 255")
    expect(slider).to_have_value(last)


def test_alpha_is_one_entry_too(page, server):
    visit(page, server, "/cam")
    slider = page.locator(".blend input")
    slider.wait_for()
    before = page.evaluate("history.length")
    for percent in (20, 40, 80):
        drag(page, slider, 50, percent, largest=100)
        page.wait_for_url(re.compile(f"alpha={slider.input_value()}$"))
    assert page.evaluate("history.length") == before + 1
    page.go_back()
    says(page, r"alpha 0\.50")
    expect(slider).to_have_value("0.5")


def test_a_drag_that_begins_before_the_history_is_watched_is_an_entry(page, server):
    let_through = hold_back(page, "**/kept/history.*.js")
    visit(page, server, "/cam")
    slider = page.locator(".blend input")
    slider.wait_for()
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 5, box["y"] + box["height"] / 2)
    page.mouse.down()
    let_through()
    page.wait_for_function("Boolean(history.acts)")
    page.mouse.up()
    page.wait_for_url(re.compile("alpha="))
    page.go_back()
    says(page, r"alpha 0\.50")
    expect(slider).to_have_value("0.5")


def test_back_goes_to_the_step_that_was_pinned_before(page, server):
    visit(page, server, "/convolution")
    root = drawn(page.locator("[class*=st-key-conv_grids] .grids"))
    for cell in (7, 23):
        page.mouse.click(*root.evaluate(PLACE, cell))
        page.wait_for_url(f"**step={cell + 1}")
        settle(page)
    page.mouse.move(5, 400)
    page.go_back()
    page.wait_for_url("**step=8")
    root.locator("output", has_text="8 / 64").wait_for()
    page.mouse.click(*root.evaluate(PLACE, 23))  # the same cell again is heard again
    page.wait_for_url("**step=24")


def test_back_to_a_chapter_with_settings_shows_them_at_the_first_press(page, server):
    visit(page, server, "/convolution?kernel=Sharpen&stride=2")
    says(page, "with Sharpen; kernel 3 × 3, stride 2")
    page.get_by_role("link", name="Training").first.click()
    page.wait_for_url("**/training")
    settle(page)
    page.go_back()
    says(page, "with Sharpen; kernel 3 × 3, stride 2")
    page.wait_for_url("**/convolution?kernel=Sharpen&stride=2")
    expect(page.get_by_role("combobox", name="Kernel")).to_have_value("Sharpen")


@pytest.mark.parametrize(
    ("link", "name", "words"),
    [
        ("/attack?network=B", "Home", "network B, hardened"),
        ("/attack?view=Step+by+step", "Convolution", "After step"),
        ("/training?view=Epoch+by+epoch&epoch=3", "Home", "after epoch 3"),
    ],
)
def test_the_first_click_after_a_link_loses_nothing(page, server, link, name, words):
    visit(page, server, link)
    says(page, words)
    page.get_by_role("link", name=name).first.click()
    page.wait_for_url("**/" if name == "Home" else f"**/{name.lower()}")
    settle(page)
    page.go_back()
    page.wait_for_url(f"**{link}")
    says(page, words)


def test_what_is_set_for_a_training_is_there_again(browser, small_server):
    link = "/training?view=Train+it+now&images=1000"
    with visitor(browser, small_server) as page:
        visit(page, small_server, link)
        for _ in range(2):
            page.get_by_role("link", name="Home").first.click()
            page.get_by_role("heading", name="step by step").wait_for()
            page.go_back()
            page.wait_for_url(f"**{link}")
            page.get_by_role("radio", name="Train it now", checked=True).wait_for()
            page.get_by_role("radio", name="1,000", exact=True, checked=True).wait_for()


def test_back_leaves_a_link_that_was_cleaned_at_the_first_press(page, server):
    visit(page, server, "/training")
    visit(page, server, "/attack?eps=12&stride=&model=M")
    says(page, "epsilon 12 of 255")
    page.wait_for_url("**/attack?network=M&epsilon=12")
    page.wait_for_function("Boolean(history.acts)")  # the component is there
    page.go_back()
    page.wait_for_url("**/training")


def test_a_drag_that_the_next_page_interrupts_harms_neither(page, server):
    visit(page, server, "/attack")
    slider = page.locator(".live input")
    slider.wait_for()
    drag(page, slider, 24, *range(24, 100, 8))
    page.get_by_role("link", name="Convolution").first.click()
    page.wait_for_url("**/convolution")
    settle(page)
    page.get_by_role("radiogroup", name="Stride").get_by_role("radio", name="3").click()
    page.wait_for_url("**/convolution?stride=3")
    settle(page)
    page.get_by_role("link", name="Fool the network").first.click()
    page.wait_for_url("**/attack?epsilon=*")
    settle(page)
    slider.wait_for()
    epsilon = page.url.rsplit("=")[-1]
    expect(slider).to_have_value(epsilon)
    says(page, f"epsilon {epsilon} of 255")


def started(port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, *APP, "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    await_answer(process, f"http://127.0.0.1:{port}")
    return process


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_first_move_after_a_restart_counts(browser):
    port = free_port()
    page = browser.new_page()
    process = started(port)
    try:
        visit(page, f"http://127.0.0.1:{port}", "/cam")
        slider = page.locator(".blend input")
        slider.wait_for()
        version = slider.evaluate("slider => slider.version")
        process.kill()
        process.wait()
        drag(page, slider, 50, 88, largest=100)  # nobody hears it yet
        moved = slider.input_value()
        process = started(port)
        until = time.monotonic() + 100
        while slider.evaluate("slider => slider.version") == version:
            state = page.get_by_test_id("stApp").get_attribute("data-test-connection-state")
            assert time.monotonic() < until, f"the page does not come back; it is {state}"
            page.wait_for_timeout(100)
        settle(page)
        page.wait_for_url(re.compile(f"alpha={moved}$"))
        expect(slider).to_have_value(moved)
        drag(page, slider, 50, 30, largest=100)
        page.wait_for_url(re.compile(f"alpha={slider.input_value()}$"))
        assert slider.input_value() not in {"0.5", moved}
    finally:
        page.close()
        process.kill()
        process.wait()


def says_that_it_is_away(page):
    """To visitors, who have no terminal to restart it in, as Streamlit's own words have it."""
    dialog = page.locator("[data-testid=stDialog] section")
    dialog.wait_for()
    assert dialog.inner_text() == ""
    body = dialog.locator("> div")
    assert body.evaluate("body => getComputedStyle(body, '::before').content") == f'"{AWAY}"'


def test_a_server_that_was_away_is_heard_again_without_a_reload(browser):
    port = free_port()
    page = browser.new_page()
    process = started(port)
    try:
        page.goto(f"http://127.0.0.1:{port}/attack")
        settle(page)
        slider = page.locator(".live input")
        slider.wait_for()
        drag(page, slider, 24, 30, 36)
        version = slider.evaluate("slider => slider.version")
        process.kill()
        process.wait()
        drag(page, slider, 36, 60, 99)
        says_that_it_is_away(page)
        process = started(port)
        page.wait_for_function(IS_NEW, arg=version)
        settle(page)
        agrees(page, slider)
        drag(page, slider, 60, 70, 80)
        last = int(slider.input_value())
        assert abs(last - 80) <= 2, "a pixel is about one grey value"
        page.wait_for_url(f"**epsilon={last}")
        says(page, f"epsilon {last} of 255")
    finally:
        page.close()
        process.kill()
        process.wait()
