"""A page as one file: its numbers are the page's, and what is foreign in it stays text."""

import json
import re

import pytest

from app.export import answers, document, elements, links, marked
from tests.app.chapters.opened import grids, open_chapter

STEPS = links.Link("convolution", {"view": ["Steps"]})
FOREIGN = re.compile(r"https?:|//[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)


@pytest.fixture(scope="module")
def steps():
    return document.saved(STEPS)


def mounted(file: str) -> list[dict]:
    found = re.search(r'<script type="application/json" id="mounted">(.*?)</script>', file, re.S)
    assert found
    return json.loads(found[1])


def test_the_numbers_are_those_of_the_page(steps):
    app = open_chapter("convolution", view="Steps")
    (saved,) = (one["data"] for one in mounted(steps) if one["name"] == "grids")
    assert saved == grids(app) | {"version": elements.VERSION}
    assert marked.html(app.caption[0].value) in steps


def test_a_file_has_its_link_its_settings_and_the_version_and_names_no_host(steps):
    assert "<code>/convolution?view=Steps</code>" in steps
    assert "<dt>Kernel</dt><dd>Vertical edges (Sobel)</dd>" in steps
    assert f"CNN explainer {document.version()}" in steps
    assert FOREIGN.findall(steps) == []
    assert len(steps.encode()) <= document.LIMITS["convolution"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("training", "Expected a link to convolution, networks, cam or attack, such as"),
        ("http://[a/attack", "Expected a link such as attack?view=Live, got “http://[a/attack”."),
        ("attack?view=Lvie", "The link's “view” is left out: expected “Live”"),
        ("attack?epsilon=many", "The link's “epsilon” is left out"),
    ],
)
def test_a_link_that_opens_no_page_is_told_in_the_apps_words(text, sentence):
    with pytest.raises(links.LinkError, match=re.escape(sentence)):
        links.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "attack?view=Live&epsilon=24",
        "/attack?view=Live&epsilon=24",
        "http://a/attack?view=Live&epsilon=24",
    ],
)
def test_a_link_is_read_with_and_without_its_server(text):
    assert links.read(text).text == "/attack?view=Live&epsilon=24"


def test_every_view_of_four_chapters_can_be_saved():
    assert [link.chapter for link in links.views()].count("attack") == 5
    assert len(links.views()) == 18


def test_what_is_foreign_stays_text():
    name = "</script><img src=x onerror=alert(1)>[a](http://evil.example)"
    assert "<img" not in marked.html(name)
    assert "<a" not in marked.html(name)
    assert "</script>" not in document._json({"name": name})
    assert json.loads(document._json({"name": name})) == {"name": name}


def test_a_formula_is_drawn_without_a_script():
    assert marked.html("Size $\\frac{1}{2}$").startswith('<p>Size <span class="math inline"><math')


def test_a_slider_of_epsilon_has_33_stops_and_keeps_the_links_own():
    for value, stops in ((24, range(0, 129, 4)), (25, range(1, 129, 4))):
        page = elements.Page([{"name": "live_slider", "data": {"value": value, "high": 128}}])
        kept = answers.live(links.Link("attack", {}), page)
        assert kept is not None
        assert (kept.values, page.mounted[0]["data"]["low"]) == (stops, stops[0])
    assert len(range(0, 129, 4)) == 33
