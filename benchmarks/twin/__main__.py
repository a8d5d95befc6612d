"""The static site in a real browser against core: layers, maps of classes, adversarial pictures.

Run with: python -m benchmarks.twin. It writes the site, and needs chromium and playwright. Digits
are MNIST's first training images, which ship. The site computes in float64: the first figures of an
attack are against core in float64, those called "the app" against core in float32, which may decide
the sign of a tiny gradient otherwise and then makes another picture.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from benchmarks.browser import CHROMIUM, FLAGS, NO_CHROMIUM
from benchmarks.twin import questions
from benchmarks.twin.questions import CNN, Attack, Question
from benchmarks.twin.served import answer, served
from core.data.facts import ROOT, LabelledImages
from core.data.samples import load_training_digits

if TYPE_CHECKING:
    from playwright.sync_api import Page

CLOSE = 1e-4
# At these about half of the digits are fooled, so that no attack ends at once.
EPSILONS = {"A": 12.0, "B": 56.0, "M": 12.0}
OFFERED = "() => Object.values(twin.ATTACKS).map(({title, method, targeted, gradients}) => "
OFFERED += "({title, method, targeted: Boolean(targeted), gradients}))"


@dataclass(frozen=True)
class Agreement:
    """How far an attack of the site and one of core agree.

    Attributes:
        equal: pictures that are the same to ``CLOSE``.
        successes: pictures on which both succeed, or both fail.
        fooled: pictures on which core succeeds.
        count: of pictures.
    """

    equal: int
    successes: int
    fooled: int
    count: int

    @classmethod
    def of(cls, rows: list[list[Any]], expected: list[bool]) -> Agreement:
        """From what ``compare.mjs`` answers, and core's successes."""
        equal = sum(row[0] <= CLOSE for row in rows)
        same = sum(row[2] == success for row, success in zip(rows, expected, strict=True))
        return cls(equal, same, sum(expected), len(rows))

    def __str__(self) -> str:
        """As the table has it."""
        return f"{self.equal:6} {self.successes:9}"


def compare_networks(page: Page, site: Path, digits: LabelledImages) -> None:
    """Ask the site for layers and maps, and print each figure as it is found."""

    def ask(question: Question) -> Any:  # noqa: ANN401 - what a page answers
        return answer(page, site, question)

    print(f"{len(digits.labels):,} digits, largest difference from core in float32:")
    for name in (*questions.NETWORKS, "M"):
        found = max(ask(questions.layers_of(name, digits.images)))
        what = "every layer" if name == CNN else "logits"
        if name == "M":
            what = "logits / 10,000"
            found /= 1e4
        print(f"  {name:4}{what:20}{found:.1e}  {verdict(found)}", flush=True)
    found = ask(questions.maps_of(digits.images))
    print(f"  {CNN:4}{'maps of 10 classes':20}{found:.1e}  {verdict(found)}", flush=True)


def compare_attacks(page: Page, site: Path, digits: LabelledImages, only: str) -> None:
    """Likewise for the attacks whose title has some text."""
    print(f"{len(digits.labels):,} digits, of which pictures are equal to {CLOSE}, and successes:")
    print(f"{'':34}{'fooled':>8}  {'equal successes':>16}  {'the app: equal successes':>24}")
    for title, name, exact, single, seconds in attacked(page, site, digits, only):
        line = f"  {name} {title:30}{exact.fooled:8}  {exact}  {'':8}{single}"
        print(f"{line}  {1000 * seconds / exact.count:5.0f} ms each", flush=True)


def attacked(
    page: Page, site: Path, digits: LabelledImages, only: str
) -> Iterator[tuple[str, str, Agreement, Agreement, float]]:
    """Every attack that is meant, on every network, in float64 and in float32; with the seconds
    that the site took for the latter.
    """
    for offered in page.evaluate(OFFERED):
        title = offered.pop("title")
        if only not in title:
            continue
        for name, epsilon in EPSILONS.items():
            attack = Attack(epsilon=epsilon, **offered)
            found, seconds = [], 0.0
            for dtype in (torch.float64, torch.float32):
                expected, question = questions.attack_of(name, digits, attack, dtype)
                start = time.perf_counter()
                rows = answer(page, site, question)
                seconds = time.perf_counter() - start
                found.append(Agreement.of(rows, expected.success.tolist()))
            yield title, name, *found, seconds


def verdict(difference: float) -> str:
    """Whether a difference is within what is promised."""
    return f"{'yes' if difference <= CLOSE else 'no'}, <= {CLOSE}"


def main() -> None:
    """Write the site, ask it, and print the figures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description="the static site against core, in a browser")
    parser.add_argument("--digits", type=int, default=1000, help="of the layers; default: 1000")
    parser.add_argument("--attacked", type=int, default=1000, help="of attacks; default: 1000")
    parser.add_argument("--only", default="", help="the attacks whose title has this text")
    given = parser.parse_args()
    if min(given.digits, given.attacked) < 1:
        parser.error("expected --digits and --attacked of at least 1")
    if CHROMIUM is None:
        sys.exit(f"This needs a browser: {NO_CHROMIUM}")
    every = load_training_digits()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        site = Path(folder)
        command = [sys.executable, "train_all.py", "site", "--out", folder]
        subprocess.run(command, cwd=ROOT, check=True)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        with served(site) as address:
            page = browser.new_page()
            page.goto(f"{address}/draw.html")
            compare_networks(page, site, every.subset(slice(given.digits)))
            compare_attacks(page, site, every.subset(slice(given.attacked)), given.only)
        browser.close()


if __name__ == "__main__":
    main()
