"""What a browser loads beside a page when it has never been there."""

from __future__ import annotations

import sys

from benchmarks.browser import CHROMIUM, FLAGS, NO_CHROMIUM, READY

QUIET = 1500  # milliseconds after which nothing more is loaded


def of_first_visit(address: str) -> list[str]:
    """Paths of what chromium loads for a page, in its order; pictures of the page are not among
    them, since every visitor has others.

    Args:
        address: of the page.
    """
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        sys.exit(f"This needs a browser: {NO_CHROMIUM}")
    host = "/".join(address.split("/")[:3])
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page()
        loaded: list[str] = []
        page.on("requestfinished", lambda request: loaded.append(request.url))
        page.goto(address)
        page.wait_for_selector(READY)
        page.wait_for_timeout(QUIET)
        browser.close()
    paths = [one.removeprefix(host) for one in loaded if one.startswith(f"{host}/static/")]
    return list(dict.fromkeys(paths))
