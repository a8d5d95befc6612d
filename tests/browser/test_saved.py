"""Saved pages, opened from the disk without a network."""

import json

import pytest
from playwright import sync_api as playwright

from app.export import document, links

LINKS = {
    "steps": "convolution?view=Steps",
    "predict": "convolution?view=Predict",
    "map": "cam?view=Map",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    for name, link in LINKS.items():
        (folder / f"{name}.html").write_text(document.saved(links.read(link)), "utf-8")
    return folder


@pytest.fixture
def saved(browser, files):
    page, said = browser.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda one: said.append(one.url) if one.url.startswith("http") else None)

    def show(name: str) -> playwright.Page:
        page.goto((files / f"{name}.html").as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield show
    page.close()
    assert said == [], "a saved page asked for something, or said something in the console"


def test_hover_keys_and_play_work_in_a_file(saved):
    page = saved("steps")
    playwright.expect(page.locator(".sentence")).to_contain_text("Row 1, column 1")
    page.keyboard.press("ArrowRight")
    playwright.expect(page.locator(".sentence")).to_contain_text("Row 1, column 2")
    page.locator("[data-do=play]").click()
    playwright.expect(page.locator("output")).to_contain_text("4 / 64")
    page.locator("[data-do=play]").click()
    before = page.locator(".sentence").text_content()
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 0.15 * box["width"], box["y"] + 0.8 * box["height"])
    playwright.expect(page.locator(".sentence")).not_to_have_text(before)


def test_questions_are_answered_and_followed_by_the_next_one(saved):
    page = saved("predict")
    first = page.locator(".question").text_content()
    page.locator("[data-do=choose1]").click()
    playwright.expect(page.locator(".standing")).to_contain_text("of 1")
    for number in (2, 3):  # the third is none that the page has brought along
        page.locator("[data-do=next]").click()
        playwright.expect(page.locator(".standing")).to_contain_text(f"Question {number} of 10")
        playwright.expect(page.locator(".caption")).to_contain_text(f"question {number} of 10")
        if number == 2:
            page.locator("[data-do=choose2]").click()
    assert page.locator(".question").text_content() != first


def test_the_opacity_of_a_map_moves_with_what_is_said_of_it(saved):
    page = saved("map")
    page.locator("input[type=range]").fill("0.8")
    assert page.locator(".over").evaluate("image => image.style.opacity") == "0.8"
    playwright.expect(page.locator(".caption")).to_contain_text("alpha 0.80")


def test_a_file_may_not_ask_for_anything(saved):
    page = saved("map")
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert policy.startswith("default-src 'none'; img-src data:")
    data = json.loads(page.locator("#mounted").text_content())
    assert {one["name"] for one in data} == {"blend", "keys"}
