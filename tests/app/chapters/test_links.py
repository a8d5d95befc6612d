"""A link to a page is a link to what it shows, with all test images and the data to train on; what
needs neither is in tests/app/test_links.py.
"""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.ui import address
from tests.app.chapters.opened import open_chapter

# (chapter, link that is open, name of the control, what it is set to)
CASES: list[tuple[str, dict[str, str], str, Any]] = [
    ("training", {"view": "Mistakes", "mistake": "7-7"}, "page", 2),
    ("training", {"view": "Train it now"}, "images", 1_000),
    ("training", {"view": "Train it now"}, "learning_rate", 0.1),
    ("training", {"view": "Train it now"}, "epochs", 7),
    ("cam", {}, "true_class", "frog"),
    ("cam", {"true_class": "frog"}, "predicted", "wrong"),
    ("cam", {}, "page", 3),
    ("attack", {"view": "Step by step"}, "gradients", 5),
    ("attack", {"view": "All epsilons"}, "gradients", 5),
    ("attack", {"attack": "MI-FGSM"}, "gradients", 2),
    ("attack", {"true_class": "5"}, "predicted", "wrong"),
    ("attack", {}, "page", 2),
]
# Set by a component in the browser or a click in a chart, not by a control.
COMPONENTS: list[tuple[str, dict[str, str], str, Any]] = [
    ("training", {"view": "Mistakes", "mistake": "3-3"}, "mistake", "7-7"),
    ("training", {"view": "Mistakes", "mistake": "3-3"}, "image", 158),
    ("cam", {}, "alpha", 0.25),
    ("attack", {}, "epsilon", 40),
]


@pytest.fixture(autouse=True)
def whole_data_sets(monkeypatch):
    """Test images as far as the bundled ones go: repeated, so that galleries have pages."""
    from app.ui import images
    from core.data.facts import LabelledImages

    def repeated(name: str) -> LabelledImages:
        bundled = images.samples(name)
        return LabelledImages(bundled.images.repeat(500, 1, 1, 1), bundled.labels.repeat(500))

    monkeypatch.setattr("app.ui.memory.secrets.token_hex", lambda _: "")  # all sessions the same
    monkeypatch.setattr(images, "whole_test_set", repeated)
    for module in ("live", "live_setting"):
        monkeypatch.setattr(f"app.chapters.training.{module}.is_present", lambda *_: True)


def shows(app: AppTest) -> dict[str, list[str]]:
    """All that a visitor sees, as far as the server sends it."""
    kinds = ("markdown", "caption", "info", "warning", "error", "metric")
    seen = {kind: [str(one.value) for one in app.get(kind)] for kind in kinds}
    seen["charts"] = [
        f"{one.proto.spec}{one.proto.data.data}{[data.data.data for data in one.proto.datasets]}"
        for one in app.get("vega_lite_chart")
    ]
    seen["images"] = [
        f"{image.url}{image.caption}" for one in app.image for image in one.proto.imgs
    ]
    seen["components"] = [one.proto.json for one in app.get("bidi_component")]
    controls = ("selectbox", "slider", "select_slider", "number_input", "toggle")
    seen["controls"] = [f"{one.key}={one.value}" for kind in controls for one in app.get(kind)]
    seen["choices"] = [f"{one.key}={one.value}" for one in app.get("button_group")]
    return seen


def opened_again(app: AppTest, chapter: str) -> AppTest:
    return open_chapter(chapter, **app.query_params)


@pytest.mark.parametrize(("chapter", "link", "name", "value"), CASES)
def test_a_link_to_a_page_is_a_link_to_what_it_shows(
    chapter: str, link: dict[str, str], name: str, value: Any
) -> None:
    app = open_chapter(chapter, **link)
    before = shows(app)
    app.session_state[f"{chapter}.{name}"] = value
    if name in ("true_class", "predicted"):
        app.session_state[f"{chapter}_gallery_searched"] = True  # as the control's callback does
    app.run()
    assert not app.exception
    assert app.query_params[name] == str(address.text_of(value))
    assert shows(app) != before, "the control does nothing"
    assert shows(opened_again(app, chapter)) == shows(app)


@pytest.mark.parametrize(("chapter", "link", "name", "value"), COMPONENTS)
def test_a_link_holds_what_was_set_in_the_browser(
    chapter: str, link: dict[str, str], name: str, value: Any
) -> None:
    app = open_chapter(chapter, **link)
    before = shows(app)
    app.session_state["address"].values[f"{chapter}.{name}"] = value  # as the callback does
    app.run()
    assert not app.exception
    assert name in app.query_params
    again = shows(opened_again(app, chapter))
    assert shows(app)["caption"] == again["caption"]
    assert shows(app)["markdown"] == again["markdown"]
    assert shows(app) != before


def test_a_page_that_does_not_exist_is_said() -> None:
    app = open_chapter("training", view="Mistakes", mistake="7-7", page="9999")
    (said,) = [text for text in shows(app)["markdown"] if "“page” is left out" in text]
    assert "expected a whole number from 1 to " in said
    assert said.endswith("got “9999”.")
    assert "page" not in app.query_params


@pytest.mark.parametrize(
    ("chapter", "link"),
    [
        ("training", {"view": "x", "network": "x", "epoch": "x", "mistake": "x-y"}),
        ("training", {"view": "Mistakes", "mistake": "cat-dog", "page": "99"}),
        ("training", {"view": "Epoch by epoch", "epoch": "999"}),
        ("cam", {"alpha": "2", "image": "-1", "class": "x", "page": "0"}),
        ("attack", {"epsilon": "129", "gradients": "3", "target": "x", "page": "9999"}),
    ],
)
def test_what_is_not_understood_leaves_the_address(chapter: str, link: dict[str, str]) -> None:
    app = open_chapter(chapter, **link)
    assert set(app.query_params) <= {"view"}
    assert not app.error
