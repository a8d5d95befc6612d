"""One server and one browser for the tests of a module."""

import pytest
from playwright import sync_api as playwright

from benchmarks.browser import APP, CHROMIUM, FLAGS
from tests.browser.opened import serving, small_app, visitor


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The app as `make app` starts it."""
    log = tmp_path_factory.mktemp("server") / "log"
    with serving(log, *APP) as address:
        yield address


@pytest.fixture(scope="module")
def small_server(tmp_path_factory):
    """The app with a small MNIST to train on."""
    folder = tmp_path_factory.mktemp("small")
    app = small_app(folder, train=12_000, test=500)
    with serving(folder / "log", str(app), CNN_DATA=str(folder / "data")) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, server):
    with visitor(browser, server) as page:
        yield page
