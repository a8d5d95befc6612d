"""One server, one browser and one page for all tests of a process that need no other.

A page that is used again loads in 1.0 s, a new one in 2.2 s: its scripts are compiled already.
"""

import pytest
from playwright import sync_api as playwright

from app.chapters.yours.reports import VARIABLE
from benchmarks.browser import APP, CHROMIUM, FLAGS
from tests.browser.opened import (
    PATIENCE,
    SCREEN,
    context_of,
    need_chromium,
    serving,
    small_app,
    watched,
)
from tests.core.checking.reports import a_report

playwright.expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The app as `make app` starts it."""
    folder = tmp_path_factory.mktemp("server")
    reports = a_report(tmp_path_factory.mktemp("reports"))
    more = {"CNN_STATE": str(folder), VARIABLE: str(reports)}
    with serving(folder / "log", *APP, **more) as address:
        yield address


@pytest.fixture(scope="session")
def small_server(tmp_path_factory):
    """The app with a small MNIST to train on."""
    folder = tmp_path_factory.mktemp("small")
    app = small_app(folder, train=12_000, test=500)
    with serving(folder / "log", str(app), CNN_DATA=str(folder / "data")) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """A browser that keeps what it loaded for all its pages."""
    need_chromium()
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield context_of(chromium, viewport=SCREEN)
        chromium.close()


@pytest.fixture(scope="session")
def tab(browser):
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def page(tab, server):
    """The page, as a new one would be."""
    tab.goto("about:blank")
    tab.set_viewport_size(SCREEN)
    tab.emulate_media(color_scheme="light")
    tab.mouse.up()
    tab.mouse.move(0, 0)
    tab.bring_to_front()
    with watched(tab, server):
        yield tab
