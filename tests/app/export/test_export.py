"""A page as one file: its numbers are the page's, and what is foreign in it stays text."""

import base64
import gzip
import json
import re
import xml.etree.ElementTree as ElementTree
from html import escape

import pytest

from app.export import answers, document, elements, links, marked, opening
from app.ui import chart_style
from app.ui.own_things import OwnThing
from core.data.facts import ROOT
from tests.app.chapters.opened import grids, open_chapter
from tests.app.export.packed import mounted

STEPS = links.Link("convolution", {"view": ["Steps"]})
FOREIGN = re.compile(r"https?:|//[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)


@pytest.fixture(scope="module")
def steps():
    return document.saved(STEPS)


def test_the_numbers_are_those_of_the_page(steps):
    app = open_chapter("convolution", view="Steps")
    (saved,) = (one["data"] for one in mounted(steps) if one["name"] == "grids")
    assert saved == grids(app) | {"version": elements.VERSION, "isSaved": True}
    assert marked.html(app.caption[0].value) in steps
    assert document.saved(STEPS) == steps, "the same bytes, whoever saves it"


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


def test_a_setting_says_what_its_control_says():
    for link, name, said in (
        (links.Link("networks", {"view": ["Shape by shape"]}), "Network", "Small CNN on MNIST"),
        (links.Link("cam", {"view": ["Map"]}), "Network", "Our ResNet"),
        (links.Link("attack", {"view": ["Findings"]}), "Curves", "Tasks"),
    ):
        assert f"<dt>{name}</dt><dd>{said}</dd>" in document.saved(link)


def test_a_picture_does_not_speak_of_clicks_that_nobody_answers():
    link = links.Link("networks", {})
    (picture,) = (one["data"] for one in mounted(document.saved(link)) if one["name"] == "grids")
    assert "Click for the sum" in json.dumps(grids(open_chapter("networks")))
    assert "plus the bias" in json.dumps(picture)
    assert "lick" not in json.dumps([picture["links"], picture["sentences"]])


def test_a_chart_is_as_high_as_in_the_lowest_window():
    html = document.saved(links.Link("cam", {"view": ["The sum"]}))
    heights = [float(found[1]) for found in re.finditer(r'viewBox="0 0 [\d.]+ ([\d.]+)"', html)]
    assert chart_style.least_height("hero_cam_bars_fluid") == pytest.approx(0.22 * 40)
    assert 150 < min(heights) < 240


def test_what_is_foreign_stays_text():
    name = "</script><img src=x onerror=alert(1)>[a](http://evil.example)"
    assert "<img" not in marked.html(name)
    assert "<a" not in marked.html(name)
    letters = document.packed({"name": name})
    assert letters.isascii()
    assert "<" not in letters
    assert json.loads(gzip.decompress(base64.b64decode(letters))) == {"name": name}


def test_a_formula_is_drawn_without_a_script():
    assert marked.html("Size $\\frac{1}{2}$").startswith('<p>Size <span class="math inline"><math')


def test_a_slider_of_epsilon_has_33_stops_and_keeps_the_links_own():
    for value, stops in ((24, range(0, 129, 4)), (25, range(1, 129, 4))):
        page = elements.Page([{"name": "live_slider", "data": {"value": value, "high": 128}}])
        kept = answers.live(links.Link("attack", {}), page)
        assert kept is not None
        assert (kept.values, page.mounted[0]["data"]["low"]) == (stops, stops[0])
    assert len(range(0, 129, 4)) == 33


def test_own_pictures_and_the_name_of_their_file_are_in_the_file():
    name = "</script><b>.png"
    photo = OwnThing("cam_photo", name, (ROOT / "samples/cifar10_00_3.png").read_bytes())
    file = document.saved(links.read("cam?view=Map&source=Own photo"), [photo])
    (blend,) = (one["data"] for one in mounted(file) if one["name"] == "blend")
    assert blend["captions"][0] == "Input: own photo"
    assert f"<dt>In use</dt><dd>{escape(name)}</dd>" in file
    assert "<b>" not in file


def test_own_numbers_are_in_the_file():
    file = document.saved(links.read("convolution?image=Own+numbers&numbers=7+7;8+123"))
    assert "<dt>Numbers, a row a line</dt>" in file
    (scene,) = (one["data"] for one in mounted(file) if one["name"] == "grids")
    assert scene["grids"][0]["largest"] == 123


def test_what_the_page_would_leave_out_is_told():
    with pytest.raises(links.LinkError, match="“image” is left out: expected"):
        opening.opened(links.read("cam?image=99999"))
    with pytest.raises(links.LinkError, match=r"shows something, got /cam\?source=Own\+photo"):
        opening.opened(links.read("cam?source=Own+photo"))


@pytest.mark.parametrize(
    ("chapter", "values", "name", "told"),
    [
        (
            "convolution",
            {"view": ["Steps"], "step": ["12"]},
            "conv2d_loops, step 12 of 64: Row 2, column 4: 66",
            "output[..., y, x] = 1",
        ),
        (
            "cam",
            {"view": ["The sum"]},
            "class_activation_maps, step 1 of 16: Row 1,",
            "return.maps =",
        ),
        ("attack", {"view": ["Step by step"]}, "step: Row ", "return[0] ="),
    ],
)
def test_the_code_stands_in_the_file_for_paper(chapter, values, name, told):
    link = links.Link(chapter, values | {"code": ["true"]})
    file = document.saved(link)
    (table,) = re.findall(r'<div class="paper">(<table class="lit-code">.*?</table>)', file, re.S)
    rows = [*ElementTree.fromstring(table).iter("tr")]
    assert f"<caption>{name}" in table
    lit = ["".join(row[2].itertext()) for row in rows if row.get("class") == "lit"]
    assert told in lit[-1]
    data = {one["name"]: one["data"] for one in mounted(file)}
    assert data["code"]["of"] == data["grids"]["id"]
    assert len(rows) == len(data["code"]["lines"])
    assert FOREIGN.findall(file) == []
    assert len(file.encode()) <= document.LIMITS[chapter]
    assert document.saved(link) == file, "the same bytes, whoever saves it"
