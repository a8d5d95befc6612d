"""docs/ as it is read, without building the site: links, length, navigation, the lecture's plan."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from core.lecture.reading import find, read
from tests.docs.test_paths import SPAN

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
EXAMPLES = [page for page in PAGES if page.parent.name == "examples" and page.stem != "index"]
GUIDES = [page for page in PAGES if page not in EXAMPLES]
SCREENS = 3  # of 1280 x 720 that a guide takes at most
LONGEST = 150  # lines of an example, which is looked up; it has headings
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ANCHOR = re.compile(r'<a id="([^"]+)">')
SITE = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
NAMED = re.compile(r"(?:[\w.-]+/)+[\w.-]+\.(?:py|md|toml|json|ipynb|js|yaml)")


def anchor(heading: str) -> str:
    """What the site and GitHub call a heading in links."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def dead_links(page: Path) -> list[str]:
    """Links of a page to files that are not there, or that the site does not hold."""
    found = []
    for link in LINK.findall(page.read_text("utf-8")):
        file, _, part = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        inside = target.is_relative_to(DOCS)
        there = target.is_file() and inside
        if not there or (part and part not in anchors(target)):
            found.append(link)
    return found


def anchors(page: Path) -> set[str]:
    """What a link to a part of a page may name."""
    text = page.read_text("utf-8")
    return {*map(anchor, HEADING.findall(text)), *ANCHOR.findall(text)}


def screens(text: str) -> float:
    """About how many windows of 1280 x 720 a guide fills on the site.

    The factors fit what Chromium showed of the 28 guides of November 2026; the largest one of them
    that was more than 1.3 windows was off by a quarter of a window.
    """
    rows = sum(line.startswith("|") for line in text.splitlines())
    return 0.48 + 0.034 * text.count("\n") + 0.032 * rows + len(text) / 10_000


def navigation(entry: object) -> list[str]:
    """Files in an entry of the navigation, in their order."""
    if isinstance(entry, str):
        return [entry]
    parts = entry.values() if isinstance(entry, dict) else entry
    return [file for part in parts for file in navigation(part)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_and_links_is_there(page: Path):
    assert dead_links(page) == []
    spans = [span for span in SPAN.findall(page.read_text("utf-8")) if NAMED.fullmatch(span)]
    assert [span for span in spans if not (ROOT / span).exists()] == []


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_a_guide_is_read_in_three_screens(page: Path):
    assert screens(page.read_text("utf-8")) <= SCREENS


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: page.stem)
def test_an_example_is_short_or_has_headings(page: Path):
    text = page.read_text("utf-8")
    assert text.count("\n") <= LONGEST
    assert len(re.findall(r"^## ", text, re.MULTILINE)) >= 2 or screens(text) <= 2


def test_a_long_guide_is_found():
    assert screens("One line of words.\n" * 80) > SCREENS


def test_every_page_is_in_the_navigation_once():
    listed = navigation(SITE["nav"])
    assert sorted(listed) == sorted(page.relative_to(DOCS).as_posix() for page in PAGES)


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path):
    page = DOCS / "index.md"
    assert dead_links(page) == []
    other = tmp_path / "page.md"
    other.write_text("[a](none.md) [b](https://example.org) [c](#none)")
    assert dead_links(other) == ["none.md", "#none"]


def test_the_guide_has_the_plan_and_the_misconceptions_of_the_lecture():
    text = (DOCS / "lecturers.md").read_text("utf-8")
    lecture = read(find("cnn_45_minutes"))
    begins: dict[str, float] = {}
    minutes = 0.0
    for state in lecture.states:
        begins.setdefault(state.link.partition("?")[0], minutes)
        minutes += state.minutes
    plan = [*begins.values(), minutes]
    rows = re.findall(r"^\| ([\d.]+) to ([\d.]+) \|", text, re.MULTILINE)
    assert [tuple(map(float, row)) for row in rows] == list(pairwise(plan))
    beliefs = dict(re.findall(r"^\| ([^|]+\.) \| ([^|]+) \|$", text, re.MULTILINE))
    held = {state.misconception: state.title for state in lecture.states}
    assert beliefs.items() <= held.items()
    assert len(beliefs) == 7
