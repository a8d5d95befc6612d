"""A link to a page is a link to what it shows: each control of each view is set, the address is
opened in a new session, and pictures, charts, captions and controls are compared.
"""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.ui import address
from app.ui.address import ATTACK_VIEWS, CAM_VIEWS, TRAINING_VIEWS
from tests.app.chapters.opened import open_chapter

RESNET = {"network": "cifar10_resnet"}
# (chapter, link that is open, name of the control, what it is set to)
CASES: list[tuple[str, dict[str, str], str, Any]] = [
    *(("training", {}, "view", view) for view in TRAINING_VIEWS[1:]),
    *(("training", {"view": view}, "network", "cifar10_resnet") for view in TRAINING_VIEWS),
    ("training", {"view": "Epoch by epoch"}, "epoch", 3),
    ("training", {"view": "Epoch by epoch", **RESNET}, "epoch", 1),
    ("training", {"view": "Mistakes", "mistake": "7-7"}, "page", 2),
    ("training", {"view": "Train it now"}, "images", 1_000),
    ("training", {"view": "Train it now"}, "learning_rate", 0.1),
    ("training", {"view": "Train it now"}, "epochs", 7),
    *(("cam", {}, "view", view) for view in CAM_VIEWS[1:]),
    *(("cam", {"view": view}, "image", 7) for view in CAM_VIEWS),
    *(("cam", {"view": view}, "class", "dog") for view in CAM_VIEWS),
    *(("cam", {"view": view}, "interpolation", "nearest") for view in CAM_VIEWS),
    ("cam", {}, "source", "Own photo"),
    ("cam", {"source": "Own photo"}, "fit", "Pad it"),
    ("cam", {}, "true_class", "frog"),
    ("cam", {"true_class": "frog"}, "predicted", "wrong"),
    ("cam", {}, "page", 3),
    ("cam", {}, "colours", "Viridis"),
    ("cam", {}, "scale", "all classes"),
    *(("attack", {}, "view", view) for view in ATTACK_VIEWS[1:]),
    *(("attack", {"view": view}, "image", 3) for view in ATTACK_VIEWS),
    *(("attack", {"view": view}, "network", "B") for view in ATTACK_VIEWS),
    *(("attack", {"view": view}, "gradients", 5) for view in ATTACK_VIEWS[:3]),
    ("attack", {}, "network", "Own"),
    ("attack", {}, "source", "Draw one"),
    ("attack", {}, "true_class", "3"),
    ("attack", {"true_class": "5"}, "predicted", "wrong"),
    ("attack", {}, "page", 2),
    ("attack", {}, "attack", "Task 2: targeted PGD"),
    ("attack", {"attack": "Task 2: targeted PGD"}, "target", "3"),
    ("attack", {"attack": "MI-FGSM"}, "gradients", 2),
    ("attack", {"view": "Step by step"}, "step", 1),
    ("attack", {}, "logits", True),
    ("attack", {"view": "Findings"}, "curves", "Controls"),
    ("attack", {"view": "Findings"}, "only_right", True),
]
# Set by a component in the browser or a click in a chart, not by a control.
COMPONENTS: list[tuple[str, dict[str, str], str, str, dict[str, Any]]] = [
    ("training", {"view": "Mistakes"}, "mistake", "training_mistakes", {"true": "7"}),
    ("cam", {}, "alpha", "blend", {"alpha": 0.25}),
    ("attack", {}, "epsilon", "attack_epsilon", {"value": 40}),
]


@pytest.fixture(autouse=True)
def whole_data_sets(monkeypatch):
    """Test images as far as the bundled ones go: repeated, so that galleries have pages."""
    from app.ui import images
    from core.data.facts import LabelledImages

    def repeated(name: str) -> LabelledImages:
        bundled = images.samples(name)
        return LabelledImages(bundled.images.repeat(500, 1, 1, 1), bundled.labels.repeat(500))

    monkeypatch.setattr(images, "whole_test_set", repeated)
    monkeypatch.setattr("app.chapters.training.live.is_present", lambda name, folder: True)


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
    app.run()
    assert not app.exception
    assert app.query_params[name] == str(address.text_of(value))
    assert shows(app) != before, "the control does nothing"
    assert shows(opened_again(app, chapter)) == shows(app)


@pytest.mark.parametrize(("chapter", "link", "name", "key", "state"), COMPONENTS)
def test_a_link_holds_what_was_set_in_the_browser(
    chapter: str, link: dict[str, str], name: str, key: str, state: dict[str, Any]
) -> None:
    app = open_chapter(chapter, **link)
    before = shows(app)
    if name == "mistake":
        state = {"selection": {"cell": [{"true": "7", "predicted": "7"}]}}
    app.session_state[key] = state
    app.run()
    assert not app.exception
    assert name in app.query_params
    again = shows(opened_again(app, chapter))
    assert shows(app)["caption"] == again["caption"]
    assert shows(app)["markdown"] == again["markdown"]
    assert shows(app) != before


def test_every_name_of_these_chapters_has_a_case() -> None:
    tried = {(chapter, name) for chapter, _, name, *_ in [*CASES, *COMPONENTS]}
    assert tried == {
        (one.chapter, one.name.value)
        for one in address.PARAMETERS
        if one.chapter in ("training", "cam", "attack")
    }


@pytest.mark.parametrize(
    ("chapter", "old", "new"),
    [
        ("training", {"network": "ResNet on CIFAR-10", "rate": "0.1"}, RESNET),
        ("training", {"view": "Train it now", "rate": "0.1"}, {"view": "Train it now"}),
        ("cam", {"show": "The sum", "number": "7"}, {"view": "The sum", "image": "7"}),
        ("cam", {"from": "Own photo"}, {"source": "Own photo"}),
        ("cam", {"verdict": "wrong"}, {"predicted": "wrong"}),
        ("attack", {"page": "Findings", "first_right": "true"}, {"view": "Findings"}),
        ("attack", {"model": "B", "digit": "3", "eps": "40"}, {"network": "B", "image": "3"}),
        ("attack", {"input": "Draw one"}, {"source": "Draw one"}),
        ("attack", {"digit_class": "3", "digit_verdict": "right"}, {"true_class": "3"}),
    ],
)
def test_links_of_earlier_versions_open_what_they_showed(
    chapter: str, old: dict[str, str], new: dict[str, str]
) -> None:
    app = open_chapter(chapter, **old)
    for name, value in new.items():
        assert app.query_params[name] == value
    assert not set(app.query_params) & (set(old) - set(new) - {"network", "page"})
    assert shows(opened_again(app, chapter)) == shows(app)


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
