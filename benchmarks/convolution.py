"""The convolution chapter in a real browser: pointer to highlight, frames while it plays, setting
to picture, weight.

Run with: python -m benchmarks.convolution. It starts the app, and needs chromium and playwright.
One frame of a screen with 60 Hz is 16.7 ms: no highlight can be seen sooner than its next frame.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import urllib.parse
from typing import TYPE_CHECKING

from benchmarks.browser import CHROMIUM, FLAGS, NO_CHROMIUM, READY, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, WebSocket

WHOLE = {"part": "Whole, 28 × 28"}
CASES = {
    "10 x 10, kernel 3": {},
    "28 x 28, kernel 5": {
        **WHOLE,
        "kernel": "Blur (Gauss)",
        "kernel_height": "5",
        "kernel_width": "5",
        "padding": "2",
    },
    "28 x 28, 3 channels, kernel 7": {
        **WHOLE,
        "image": "Photo ship (no. 1)",
        "kernel": "Gabor",
        "kernel_height": "7",
        "kernel_width": "7",
        "padding": "3",
    },
}
HOVERS, CHANGES, SECONDS = 100, 12, 4

HOVER = """async (root, count) => {
  const stage = root.stage, times = [];
  const grid = stage.picture.grids.find((one) => one.step === "cell");
  const frame = () => new Promise(requestAnimationFrame);
  for (let at = 0; at < count; at++) {
    const cell = (at * 7 + 1) % grid.count, box = stage.canvas.getBoundingClientRect();
    const point = {clientX: box.left
                     + (grid.x + (cell % grid.columns + 0.5) * grid.width) * stage.scale,
                   clientY: box.top
                     + (grid.y + (Math.floor(cell / grid.columns) + 0.5) * grid.height)
                     * stage.scale};
    await frame();
    await new Promise((done) => setTimeout(done, (at * 5) % 17));  // anywhere between two frames
    const start = performance.now();
    stage.canvas.dispatchEvent(new PointerEvent("pointermove", {...point, bubbles: true}));
    while (stage.lit !== cell) await frame();
    times.push(performance.now() - start);
  }
  return times;
}"""
PLAY = """async (root, seconds) => {
  const stage = root.stage, gaps = [], costs = [], paint = stage.paint.bind(stage);
  let last = null;
  root.querySelector("select").value = "0.25";
  stage.act("first");
  stage.paint = (now) => {
    const start = performance.now();
    paint(now);
    costs.push(performance.now() - start);
    if (last !== null) gaps.push(now - last);
    last = now;
  };
  stage.player.play();
  stage.draw();
  await new Promise((done) => setTimeout(done, 1000 * seconds));
  stage.player.stop();
  delete stage.paint;
  return [gaps, costs];
}"""
CHANGE = """async (root, text) => {
  const before = root.stage.picture.id, frame = () => new Promise(requestAnimationFrame);
  const buttons = [...document.querySelectorAll("[class*=st-key-convolution-stride] button")];
  const start = performance.now();
  buttons.find((one) => one.innerText.trim() === text).click();
  while (root.stage.picture.id === before) await frame();
  await frame();
  return performance.now() - start;
}"""


def measure(browser: Browser, address: str, settings: dict[str, str]) -> dict[str, float]:
    """All figures of one setting, in milliseconds, frames a second and kilobytes."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    received: list[int] = []
    sent: list[int] = []
    loaded: list[int] = []

    def watch(channel: WebSocket) -> None:
        channel.on("framereceived", lambda frame: received.append(len(frame)))
        channel.on("framesent", lambda frame: sent.append(len(frame)))

    page.on("websocket", watch)
    page.on("response", lambda answer: loaded.append(int(answer.headers.get("content-length", 0))))
    page.goto(f"{address}/convolution?{urllib.parse.urlencode(settings)}")
    page.wait_for_selector(READY)
    root = page.locator(".grids")
    root.wait_for()
    page.wait_for_timeout(1500)
    weight, pages, before = sum(received), sum(loaded), len(sent)
    hovers = sorted(root.evaluate(HOVER, HOVERS))
    gaps, costs = root.evaluate(PLAY, SECONDS)
    messages = len(sent) - before
    changes = []
    for number in range(CHANGES):
        changes.append(root.evaluate(CHANGE, "12"[(number + 1) % 2]))
        page.wait_for_timeout(400)
    page.close()
    return {
        "hover": statistics.median(hovers),
        "hover p95": hovers[int(0.95 * len(hovers))],
        "frames/s": 1000 * len(gaps) / sum(gaps),
        "longest gap": max(gaps),
        "paint": statistics.median(costs),
        "messages": messages,
        "setting": statistics.median(changes),
        "page kB": pages / 1000,
        "data kB": weight / 1000,
    }


def main() -> None:
    """Measure every case and print the table."""
    from playwright.sync_api import sync_playwright

    argparse.ArgumentParser(
        description=__doc__, prog="python -m benchmarks.convolution"
    ).parse_args()
    if CHROMIUM is None:
        sys.exit(f"This needs a browser: {NO_CHROMIUM}")
    print(
        "Milliseconds from pointer to painted highlight and from a changed stride to the new "
        "picture."
    )
    with serving() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for number, (name, settings) in enumerate(CASES.items()):
            found = measure(browser, address, settings)
            if number == 0:
                print(" " * 30, *(f"{key:>11}" for key in found))
            print(f"{name:30}", *(f"{value:11.1f}" for value in found.values()), flush=True)
        browser.close()


if __name__ == "__main__":
    main()
