"""The app in a real browser: a server of its own, a visitor, and when a page is at rest."""

import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright import sync_api as playwright

from benchmarks.browser import CHROMIUM, FLAGS, NO_CHROMIUM, READY
from benchmarks.browser import serving as browser_server
from tests.synthetic import synthetic_digits, write_idx

ROOT = Path(__file__).resolve().parents[2]

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
from app.ui import jobs
from streamlit.web import cli

jobs.COMMAND = (sys.executable, {trainer!r})
sys.exit(cli.main(["run", "app/Home.py", *sys.argv[1:]]))
"""
SMALL_TRAINER = """
import train_all

sys.exit(train_all.main())
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
def own_page():
    """A page in a browser and over a server of its own."""
    need_chromium()
    with browser_server() as address, playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = chromium.new_page(base_url=address)
        page.set_default_timeout(60_000)
        yield page
        chromium.close()


@contextmanager
def serving(log: Path, *command: str, **environment: str):
    """The app as a command starts it, on a free port; gives its address."""
    need_chromium()
    with log.open("w") as output, browser_server(command, output, environment) as address:
        yield address


@contextmanager
def visitor(browser, server):
    """A page of a browser's session of its own, that asks no other host for anything."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(60_000)
    outside = []
    page.on(
        "request",
        lambda request: outside.append(request.url) if is_outside(request.url, server) else None,
    )
    page.on("pageerror", lambda error: outside.append(f"script error: {error}"))
    yield page
    assert outside == [], "a page asked another host for something, or its script failed"
    page.close()


def is_outside(url: str, server: str) -> bool:
    return not url.startswith((server, server.replace("http", "ws"), "data:", "blob:"))


def visit(page, server: str, path: str) -> None:
    page.goto(server + path)
    settle(page)


def settle(page) -> None:
    page.wait_for_selector(READY)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
    assert page.locator("[data-testid=stException]").count() == 0
