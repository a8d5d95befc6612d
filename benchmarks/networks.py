"""The networks chapter in a real browser: picture to picture, pointer to lit map.

Run with: python -m benchmarks.networks. It starts the app, and needs chromium and playwright. All
take turns in one tab of one browser, on one server. Every time has its ratio to the emptiest
action of the same kind: a change of picture to a change that draws one sentence, a hover to the
next frame with nothing to paint. One frame of a screen with 60 Hz is 16.7 ms.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.browser import CHROMIUM, FLAGS, NO_CHROMIUM, READY, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

FRAME = 17  # milliseconds
# A view of the chapter to the picture that it draws and the milliseconds that a turn may take.
TURNS = {"Small CNN": ("small_cnn", 100), "ResNet": ("resnet", 200)}
ROUNDS, REST = 4, 600  # how often all take turns, and milliseconds of quiet between two actions

EMPTY = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const buttons = [...document.querySelectorAll("[class*=st-key-networks-source] button")];
  const said = () => document.querySelector("[class*=st-key-awaited] p");
  const start = performance.now();
  buttons.find((one) => one.innerText.trim() === "Draw one").click();
  while (!said() && performance.now() - start < 10_000) await frame();
  if (!said()) throw new Error("no sentence within 10 s");
  await frame();
  return performance.now() - start;
}"""
TURN = """async (root, key) => {
  const before = root.stage.picture.id, frame = () => new Promise(requestAnimationFrame);
  const start = performance.now();
  document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, composed: true}));
  const isOld = () => root.stage.picture.id === before;
  while (isOld() && performance.now() - start < 10_000) await frame();
  if (isOld()) throw new Error("no other picture within 10 s");
  await frame();
  return performance.now() - start;
}"""
HOVER = """async (root, [count, isEmpty]) => {
  const stage = root.stage, times = [], paint = stage.paint;
  const maps = stage.picture.grids.filter((one) => one.rows > 1 && one.columns > 1);
  const frame = () => new Promise(requestAnimationFrame);
  let painted = () => {};
  stage.paint = (...now) => { paint.apply(stage, now); painted(); };
  for (let at = 0; at < count; at++) {
    const grid = maps[(at * 5) % maps.length], cell = (at * 7 + 1) % (grid.rows * grid.columns);
    const box = stage.canvas.getBoundingClientRect();
    const clientX = box.left
      + (grid.x + (cell % grid.columns + 0.5) * grid.width) * stage.scale;
    const clientY = box.top
      + (grid.y + (Math.floor(cell / grid.columns) + 0.5) * grid.height) * stage.scale;
    await frame();
    await new Promise((done) => setTimeout(done, (at * 5) % 17));  // anywhere between two frames
    const nothing = new Promise((done) => setTimeout(() => done("nothing"), 300));
    const lit = isEmpty ? frame() : new Promise((done) => { painted = done; });
    const start = performance.now();
    const move = new PointerEvent("pointermove", {clientX, clientY, bubbles: true});
    if (!isEmpty) stage.canvas.dispatchEvent(move);
    const found = await Promise.race([lit, nothing]);  // a picture without links lights nothing
    if (found !== "nothing") times.push(performance.now() - start);
  }
  delete stage.paint;
  if (times.length < count / 4) throw new Error(`of ${count} hovers ${times.length} were painted`);
  return times;
}"""


def quiet(page: Page) -> None:
    """Wait until the page is at rest."""
    page.wait_for_selector(READY)
    page.wait_for_timeout(REST)


def visit(page: Page, address: str, view: str, picture: str) -> None:
    """Open a view with its picture drawn."""
    page.goto(f"{address}/networks?view={view.replace(' ', '+')}")
    page.locator(f"[class*=st-key-{picture}] .grids").wait_for()
    quiet(page)


def turns(page: Page, picture: str, count: int) -> list[float]:
    """Milliseconds from the key to the next picture, on and back in turn."""
    found = []
    root = page.locator(f"[class*=st-key-{picture}] .grids")
    for number in range(count):
        found.append(float(root.evaluate(TURN, ("ArrowRight", "ArrowLeft")[number % 2])))
        quiet(page)
    return found


def measure(page: Page, address: str, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of every action, in turns: what is empty first."""
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for view, (picture, _limit) in TURNS.items():
            visit(page, address, view, picture)
            root = page.locator(f"[class*=st-key-{picture}] .grids")
            for name, is_empty in (("frame", True), (f"{view}, hover", False)):
                found.setdefault(name, []).extend(root.evaluate(HOVER, [50, is_empty]))
            found.setdefault(f"{view}, next picture", []).extend(turns(page, picture, 4))
        visit(page, address, "Small CNN", TURNS["Small CNN"][0])
        found.setdefault("sentence", []).append(float(page.evaluate(EMPTY)))
    return found


def percentile_95(times: Sequence[float]) -> float:
    """The time that one in twenty is above."""
    return sorted(times)[int(0.95 * len(times))]


def rows(times: dict[str, list[float]]) -> list[tuple[str, float, float, float, str]]:
    """Name, median, 95th percentile, ratio of the medians to the emptiest action, and the limit.

    Args:
        times: of ``measure``.
    """
    empty = {name: statistics.median(times[name]) for name in ("frame", "sentence")}
    limits = {f"{view}, next picture": limit for view, (_, limit) in TURNS.items()}
    found = []
    for name, values in times.items():
        is_turn = name in limits or name == "sentence"
        middle, most = statistics.median(values), percentile_95(values)
        ratio = middle / empty["sentence" if is_turn else "frame"]
        measured, limit = (middle, limits[name]) if name in limits else (most, FRAME)
        verdict = "" if name in empty else f"{'yes' if measured <= limit else 'no'}, <= {limit}"
        found.append((name, middle, most, ratio, verdict))
    return found


def main() -> None:
    """Measure and print the table."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description="the networks chapter in a browser: milliseconds")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default: {ROUNDS}")
    rounds = parser.parse_args().rounds
    if rounds < 1:
        parser.error(f"expected --rounds of at least 1, got {rounds}")
    if CHROMIUM is None:
        sys.exit(f"This needs a browser: {NO_CHROMIUM}")
    with serving() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        for view, (picture, _) in TURNS.items():  # what is loaded once is loaded
            visit(page, address, view, picture)
        times = measure(page, address, rounds)
        browser.close()
    print("Milliseconds; a turn is held to its limit by its median, a hover by its p95.")
    print(f"{'':26}{'median':>9}{'p95':>9}{'ratio':>9}  within")
    for name, middle, most, ratio, verdict in rows(times):
        print(f"{name:26}{middle:9.1f}{most:9.1f}{ratio:9.2f}  {verdict}")


if __name__ == "__main__":
    main()
