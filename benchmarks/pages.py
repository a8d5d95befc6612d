"""How long one person waits, in a real browser: slider to picture in the attack chapter, tabs,
chapters.

Run with: python -m benchmarks.pages. It starts the app, and needs chromium and playwright. Every
time is from the touch to the frame in which what was asked for is there, in milliseconds, beside
what is aimed at. One frame of a screen with 60 Hz is 16.7 ms.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from benchmarks.browser import CHROMIUM, FLAGS, NO_CHROMIUM, READY, serving

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

TIMES, REST = 15, 500  # of each action, and milliseconds of quiet between two
FEWEST = 5  # of the first ones are not counted: each draws something that is kept
NETWORKS = {"A": "A", "B": "B", "ResNet": "ResNet"}
PICTURE_AIM, SWITCH_AIM = 90, 150
TABS = {
    "convolution": ("im2col", "Steps"),
    "training": ("Epoch by epoch", "Curves"),
    "cam": ("All ten classes", "Map"),
    "attack": ("Findings", "Live"),
}
CHAPTERS = {
    "4 Where does it look?": "Where does it look?",
    "5 Fool the network": "Fool the network",
}
MOVE = """async (slider, step) => {
  const frame = () => new Promise(requestAnimationFrame);
  const said = () => [...document.querySelectorAll("[class*=st-key-crisp_attack] img")]
    .map((one) => one.src).join();
  const before = said(), start = performance.now();
  slider.value = Number(slider.value) + step;
  slider.dispatchEvent(new Event("input", {bubbles: true}));
  while (said() === before) await frame();
  const loaded = (one) => one.complete && one.naturalWidth;
  while (![...document.querySelectorAll("[class*=st-key-crisp_attack] img")].every(loaded)) {
    await frame();
  }
  await frame();
  return performance.now() - start;
}"""
# A quick run may be drawn at once, so that the page is never seen to run: its new content says so.
SWITCH = """async (button, heading) => {
  const frame = () => new Promise(requestAnimationFrame);
  const app = document.querySelector("[data-testid=stApp]");
  let began = false;
  const running = () => app.dataset.testScriptState === "running";
  const watch = new MutationObserver((found) => {
    began ||= running() || found.some((one) => one.addedNodes.length);
  });
  const there = () => !heading
    || [...document.querySelectorAll("h2")].some((one) => one.innerText.trim() === heading);
  const start = performance.now();
  watch.observe(app, {attributeFilter: ["data-test-script-state"]});
  const content = document.querySelector("[data-testid=stMainBlockContainer]");
  watch.observe(content, {childList: true, subtree: true});
  button.click();
  while (!began || running() || !there()) await frame();
  await frame();
  watch.disconnect();
  return performance.now() - start;
}"""


def repeated(page: Page, act: Callable[[int], float]) -> list[float]:
    """An action again and again, without the first ones."""
    found = []
    for number in range(TIMES + FEWEST):
        found.append(act(number))
        page.wait_for_timeout(REST)
    return found[FEWEST:]


def sliders(page: Page, address: str) -> None:
    """A step of epsilon to the new picture, on each network."""
    for name, network in NETWORKS.items():
        page.goto(f"{address}/attack?network={network}&epsilon=20")
        page.wait_for_selector(READY)
        page.wait_for_timeout(REST)
        slider = page.locator("[class*=st-key-attack_epsilon] input[type=range]")

        def move(number: int, slider: Locator = slider) -> float:
            return float(slider.evaluate(MOVE, 1))

        report(f"epsilon to picture, {name}", repeated(page, move), PICTURE_AIM)


def tabs(page: Page, address: str) -> None:
    """Another view of the same chapter, to the end of its run."""
    for chapter, names in TABS.items():
        page.goto(f"{address}/{chapter}")
        page.wait_for_selector(READY)
        page.wait_for_timeout(REST)

        def switch(number: int, names: Sequence[str] = names) -> float:
            tab = page.locator("[class*=st-key-views] button", has_text=names[number % 2]).first
            return float(tab.evaluate(SWITCH, ""))

        report(f"tab, {chapter}", repeated(page, switch), SWITCH_AIM)


def chapters(page: Page, address: str) -> None:
    """Another chapter, to the end of its run."""
    page.goto(f"{address}/cam")
    page.wait_for_selector(READY)
    names = list(CHAPTERS)

    def switch(number: int) -> float:
        name = names[(number + 1) % 2]
        link = page.locator("[data-testid=stTopNavLink]", has_text=name).first
        return float(link.evaluate(SWITCH, CHAPTERS[name]))

    report("chapter, CAM and attack", repeated(page, switch), SWITCH_AIM)


def report(name: str, times: Sequence[float], aim: float) -> None:
    """One row of the table."""
    ordered = sorted(times)
    print(
        f"{name:32} median {statistics.median(times):6.0f}  p95 "
        f"{ordered[int(0.95 * len(ordered))]:6.0f}  aim {aim:4}",
        flush=True,
    )


def main() -> None:
    """Measure everything and print the table."""
    from playwright.sync_api import sync_playwright

    argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.pages").parse_args()
    if CHROMIUM is None:
        sys.exit(f"This needs a browser: {NO_CHROMIUM}")
    with serving() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        for measure in (sliders, tabs, chapters):
            measure(page, address)
        browser.close()


if __name__ == "__main__":
    main()
