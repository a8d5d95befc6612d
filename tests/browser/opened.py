"""The app in a real browser: a server of its own, a visitor, and when a page is at rest."""

import os
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError

from benchmarks.browser import CHROMIUM, NO_CHROMIUM, READY
from benchmarks.browser import serving as browser_server
from tests.synthetic import synthetic_digits, write_idx

ROOT = Path(__file__).resolve().parents[2]
SCREEN = {"width": 1280, "height": 720}
RESTING = 6  # frames without a run
SEVERAL = 20  # times that something is tried
LOOK = 50  # milliseconds between two looks at what a test waits for by itself
PATIENCE = 100_000  # milliseconds for anything that a page is to show: CI's machine is busy
AT_REST = """([ready, frames]) => {
  const seen = (selector) => document.querySelector(selector);
  const isAtRest = seen(ready) && !seen("[data-testid=stSkeleton]");
  globalThis.restingFrames = isAtRest ? globalThis.restingFrames + 1 : 0;
  return globalThis.restingFrames >= frames;
}"""

# The app and its trainings with a small MNIST of patterns: the table of facts gets its size and
# sums.
SMALL = """
import json, sys
from dataclasses import replace

sys.path.insert(0, {root!r})
from core.data import facts

known = facts.DATASETS["mnist"]
facts.DATASETS["mnist"] = replace(known, train_images={train}, test_images={test}, md5={sums})
"""
SMALL_APP = """
from app.ui import jobs, spares
from streamlit.web import cli

jobs.COMMAND = (sys.executable, {trainer!r})
spares.COMMAND = (sys.executable, {trainer!r}, "wait")
sys.exit(cli.main(["run", "app/Home.py", *sys.argv[1:]]))
"""
SMALL_TRAINER = """
import train_all
from commands import waiting

sys.exit(waiting.wait() if sys.argv[1:] == ["wait"] else train_all.main())
"""


def small_app(folder: Path, *, train: int, test: int) -> Path:
    """The app with so many synthetic digits in place of MNIST; they are written into "data"."""
    sizes = {"train": train, "test": test}
    images = {
        part: synthetic_digits(count, seed) for seed, (part, count) in enumerate(sizes.items())
    }
    begin = SMALL.format(root=str(ROOT), sums=write_idx(folder / "data", **images), **sizes)
    app, trainer = folder / "app.py", folder / "trainer.py"
    app.write_text(begin + SMALL_APP.format(trainer=str(trainer)))
    trainer.write_text(begin + SMALL_TRAINER)
    return app


def need_chromium() -> None:
    """Skip the test where there is no browser; in CI that is a failure."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("The browser tests need chromium, and CI must not skip them.")
        pytest.skip(f"The browser tests need a browser: {NO_CHROMIUM}")


@contextmanager
def serving(log: Path, *command: str, **environment: str):
    """The app as a command starts it, on a free port; gives its address. Whatever it did, it has
    not complained that something was drawn where no page runs.
    """
    need_chromium()
    environment = {"CNN_STATE": str(log.parent / "visits")} | environment
    with log.open("w") as output, browser_server(command, output, environment) as address:
        yield address
    assert "missing ScriptRunContext" not in log.read_text()


def context_of(chromium, **options):
    """Pages with cookies and a storage of their own, as patient as all others."""
    context = chromium.new_context(**options)
    context.set_default_timeout(PATIENCE)
    return context


@contextmanager
def visitor(browser, server):
    """A page of its own."""
    page = browser.new_page()
    with watched(page, server):
        yield page
    page.close()


@contextmanager
def watched(page, server):
    """While it is open the page asks no other host for anything, and no script of it fails."""
    outside = []

    def asked(request) -> None:
        if is_outside(request.url, server):
            outside.append(request.url)

    def failed(error) -> None:
        outside.append(f"script error: {error}")

    page.on("request", asked)
    page.on("pageerror", failed)
    yield
    page.remove_listener("request", asked)
    page.remove_listener("pageerror", failed)
    assert outside == [], f"a page asked another host, or its script failed: {outside}"


def is_outside(url: str, server: str) -> bool:
    return not url.startswith((server, server.replace("http", "ws"), "data:", "blob:"))


def visit(page, server: str, path: str) -> None:
    page.goto(server + path)
    settle(page)


def hold_back(page, pattern: str):
    """What a page fetches there does not come before the function that this gives is called."""
    held, through = [], []

    def take(route) -> None:
        route.continue_() if through else held.append(route)

    def let_through() -> None:
        through.append(True)
        for route in held:
            route.continue_()

    page.route(pattern, take)
    return let_through


def drawn(root):
    """A picture of grids once there is something in it."""
    root.wait_for()
    for _ in range(PATIENCE // LOOK):
        if root.evaluate("root => root.stage?.lit !== undefined"):
            return root
        root.page.wait_for_timeout(LOOK)
    raise AssertionError("the picture was not drawn")


def choose(page, name: str, option: str) -> None:
    """Of a box with a list. What is scrolled closes the list, and playwright scrolls to a box that
    has moved while it was about to click there.
    """
    box = page.get_by_role("combobox", name=name)
    choice = page.get_by_role("option", name=option, exact=True)
    for _ in range(SEVERAL):
        if box.get_attribute("aria-expanded") != "true":
            box.click()
        with suppress(TimeoutError):
            choice.click(timeout=PATIENCE / SEVERAL)
            return
    raise AssertionError(f"the list of {name} does not stay open")


def settle(page) -> None:
    """Wait until the page is at rest for some frames: between a run that is called off and the one
    that was asked for meanwhile it seems to be.
    """
    page.evaluate("globalThis.restingFrames = 0")
    page.wait_for_function(AT_REST, arg=[READY, RESTING])
    assert page.locator("[data-testid=stException]").count() == 0
