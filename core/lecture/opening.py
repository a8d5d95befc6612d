"""Opens the states of a lecture in a browser, as the stage does, and says what is wrong there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.browser import CHROMIUM, FLAGS, NO_CHROMIUM, READY
from core.failures import Failure
from core.foreign_text import quoted, visible
from core.lecture.states import State

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTH, HEIGHT = 1280, 720  # CSS pixels of the smallest projector that a lecture has to fit
PATIENCE = 60_000  # milliseconds
PICTURES = 1_000  # milliseconds that charts and components take to draw once the page has run
NO_PLAYWRIGHT = "A lecture is looked at in a browser, which playwright drives"
NO_BROWSER = "A lecture is looked at in a browser, and there is none"
# What is said of a link that is not as it should be, and what is said to be wrong. Icons are words
# there, in a font that draws them.
SAID = """() => {
  const shown = (one) => one.innerText.replace(/^(link_off|error|edit|warning)\\s*/, "").trim();
  const around = (icon) => icon.closest("summary, [data-testid=stMarkdownContainer]");
  const icons = [...document.querySelectorAll("[data-testid=stIconMaterial], [role=img]")];
  const isRefusal = (icon) => icon.textContent.trim() === "link_off"
    || icon.getAttribute("aria-label")?.startsWith("link_off");
  const all = (name) => [...document.querySelectorAll(`[data-testid=${name}]`)];
  return {
    refused: icons.filter(isRefusal).map(around).filter(Boolean).map(shown),
    errors: [...all("stAlertContentError"), ...all("stAlertContentWarning")].map(shown),
    exceptions: all("stException").map(shown),
    dialogs: [...document.querySelectorAll("[role=dialog]")].map(shown),
  };
}"""
# The lowest of what is seen of the page: where it ends, and its first words.
LOWEST = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  const seen = "p, li, code, canvas, img, svg.marks, button, input, summary, .sentence";
  const all = (root) => [...root.querySelectorAll("*")].flatMap((one) => {
    return one.shadowRoot ? [one, ...all(one.shadowRoot)] : [one];
  });
  const words = (one) => {
    const copy = one.cloneNode(true);
    for (const icon of copy.querySelectorAll("[data-testid=stIconMaterial]")) icon.remove();
    return copy.textContent.trim() || one.getAttribute("aria-label") || one.localName;
  };
  const isShown = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const ends = all(main).filter((one) => one.matches(seen) && isShown(one))
    .map((one) => [one.getBoundingClientRect(), words(one)])
    .filter(([box]) => box.width > 1 && box.height > 1)
    .map(([box, text]) => [Math.round(box.bottom), text.slice(0, 200)]);
  return ends.sort(([one], [other]) => other - one)[0] ?? [0, ""];
}"""


@dataclass(frozen=True)
class Opened:
    """A state as the browser shows it.

    Attributes:
        picture: of the window, a PNG file.
        faults: what is wrong, a sentence each; none where all is well.
    """

    picture: bytes
    faults: tuple[str, ...]


@contextmanager
def browsing() -> Iterator[Page]:
    """A page of a browser in the light theme, closed at the end.

    Raises:
        Failure: playwright or a browser is missing, or the browser does not start.
    """
    try:
        from playwright import sync_api
    except ImportError as error:
        raise Failure(NO_PLAYWRIGHT, repair="pip install playwright") from error
    if CHROMIUM is None:
        raise Failure(NO_BROWSER, repair=NO_CHROMIUM)
    with sync_api.sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        except sync_api.Error as error:
            reason = _told(error.message.splitlines()[0])
            raise Failure(f"The browser {CHROMIUM} does not start ({reason})") from error
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.set_default_timeout(PATIENCE)
        yield page
        browser.close()


def present_link(state: State) -> str:
    """The link of a state as the stage opens it, with the controls that stay visible."""
    controls = f"&controls={','.join(state.controls)}" if state.controls else ""
    return f"/{state.link}{'&' if '?' in state.link else '?'}present=1{controls}"


def open_state(page: Page, address: str, state: State) -> Opened:
    """Open a state and look at it.

    Args:
        page: of ``browsing``.
        address: of the server.
        state: of a lecture.
    """
    return open_link(page, address, present_link(state), fold=True)


def open_link(page: Page, address: str, link: str, *, fold: bool = False) -> Opened:
    """Open a view of the app and look at it.

    Args:
        page: of ``browsing``.
        address: of the server.
        link: to the view, from the slash on.
        fold: whether what ends below the window is a fault.
    """
    from playwright.sync_api import Error

    failed: list[str] = []

    def take(error: Error) -> None:
        failed.append(f"a script of the page failed: {_told(error.message)}")

    page.on("pageerror", take)
    try:
        page.goto("about:blank")
        page.goto(address + link)
        page.wait_for_selector(READY, state="attached")
        page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')")
        page.wait_for_timeout(PICTURES)
        below = _below(page) if fold else []
        return Opened(page.screenshot(), (*_said(page), *below, *failed))
    except Error as error:
        reason = _told(error.message.splitlines()[0])
        return Opened(b"", (*failed, f"the page does not open: {reason}"))
    finally:
        page.remove_listener("pageerror", take)


def _said(page: Page) -> list[str]:
    """What the page itself says that is wrong."""
    said = page.evaluate(SAID)
    return [
        *(f"the link is not taken as it is: {_told(text)}" for text in said["refused"]),
        *(f"the page says: {_told(text)}" for text in said["errors"]),
        *(f"the page fails: {_told(text)}" for text in said["exceptions"]),
        *(f"a dialog lies over the page: {_told(text)}" for text in said["dialogs"]),
    ]


def _below(page: Page) -> list[str]:
    end, text = page.evaluate(LOWEST)
    if end <= HEIGHT:
        return []
    return [
        f"{quoted(_told(text))} ends {end - HEIGHT} pixels below a window of {WIDTH} × {HEIGHT}"
    ]


def _told(text: str) -> str:
    """What a page says, in one line."""
    return visible(re.sub(r"\s+", " ", text).strip())[:200]
