"""A link to a page is a link to what it shows, for every control of every view of every chapter."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from streamlit.runtime.scriptrunner_utils.exceptions import StopException
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest

from app.chapters.yours.reports import VARIABLE
from app.ui import address, bound
from app.ui.address import PARAMETERS, Parameter
from app.ui.memory import Drawn, Memory
from app.ui.mine import Own
from core import checkpoints, homework
from core.checkpoints.files import epoch_file
from core.data.facts import DATA_VARIABLE
from tests.core.checking.reports import a_report

HOME = str(Path(__file__).resolve().parents[2] / "app" / "Home.py")
CHAPTERS = sorted({one.chapter for one in PARAMETERS})
VALUED = (  # elements that hold a value that a visitor chooses
    "button_group",
    "checkbox",
    "multiselect",
    "number_input",
    "pagination",
    "radio",
    "select_slider",
    "selectbox",
    "slider",
    "tab_container",
    "text_area",
    "text_input",
    "toggle",
)
OWN = {"source": "Numbers"}
OWN_KERNEL = {"kernel": "Own numbers"}
PHOTO = {"source": "Photos", "image": "photo 1"}
RESNET = {"view": "ResNet"}
POOLING = {"layer": "Max pooling"}
GABOR = {"kernel": "Gabor"}
TASK_2 = {"attack": "Task 2: targeted PGD"}
MISTAKES = {"view": "Mistakes"}
TRAIN = {"view": "Train it now"}
OWN_RUNS = TRAIN | {"compare": "Own"}
SHEET = {"view": "Check a sheet", "sheet": "SSH5R-M5RZT-ZBBGU"}
ANSWER = "answer "  # begins the key of a field for one: that is nobody else's business

# Session key of a parameter: what the page needs for its control to be there, and another value.
CASES: dict[str, tuple[dict[str, str], Any]] = {
    "convolution.view": ({}, "Backward"),
    "convolution.layer": ({}, "Max pooling"),
    "convolution.source": ({}, "Photos"),
    "convolution.image": ({}, "3"),
    "convolution.fit": ({"source": "Own photo"}, "Pad it"),
    "convolution.part": ({}, "Whole, 28 × 28"),
    "convolution.seed": (OWN, 3),
    "convolution.numbers": (OWN, "1 2 3 4\n5 6 7 8\n-1 0 1 2.5\n1/3 0 0 1"),
    "convolution.kernel": ({}, "Sharpen"),
    "convolution.weights": (OWN_KERNEL, "1 -1\n0.25 2"),
    "convolution.bias": ({}, -7.5),
    "convolution.filters": ({}, ["Sharpen", "Emboss"]),
    "convolution.filter": ({"filters": "Sharpen"}, 2),
    "convolution.stem_filter": (PHOTO | {"kernel": "ResNet stem"}, 20),
    "convolution.kernel_height": (GABOR, 5),
    "convolution.kernel_width": (GABOR, 4),
    "convolution.angle": (GABOR, 45),
    "convolution.wavelength": (GABOR, 2.5),
    "convolution.wave": (GABOR, "imaginary"),
    "convolution.stride": ({}, 3),
    "convolution.padding": ({}, 2),
    "convolution.dilation": ({}, 2),
    "convolution.border": ({"padding": "1"}, "circular"),
    "convolution.groups": (PHOTO, 3),
    "convolution.relu": ({}, True),
    "convolution.flip": ({}, True),
    "convolution.pool_size": (POOLING, 3),
    "convolution.pool_stride": (POOLING, 1),
    "convolution.pool_padding": (POOLING, 1),
    "convolution.pool_dilation": (POOLING, 2),
    "convolution.channel": (POOLING | PHOTO, "Blue"),
    "convolution.step": ({}, 12),
    "convolution.puzzle": ({"view": "Predict", "questions": "This layer"}, 7),
    "convolution.questions": ({"view": "Predict"}, "Pool winner"),
    "convolution.set": ({"view": "Predict"}, 12),
    "convolution.question": ({"view": "Predict"}, 4),
    "convolution.all_cells": ({"view": "Backward"}, True),
    "convolution.code": ({}, True),
    "networks.view": ({}, "One number"),
    "networks.small.network": ({}, "Mine"),
    "networks.network": ({"view": "Shape by shape"}, "cifar10_resnet"),
    "networks.question": ({"view": "Shape by shape"}, 4),
    "networks.source": ({"view": "One number"}, "Draw one"),
    "networks.image": ({"view": "One number"}, 4),
    "networks.class": ({"view": "One number"}, "3"),
    "networks.cell": ({"view": "One number"}, "6-0-7-0"),
    "networks.resnet.network": (RESNET, "Own"),
    "networks.resnet.source": (RESNET, "Own photo"),
    "networks.resnet.image": (RESNET, 3),
    "networks.true_class": (RESNET, "ship"),
    "networks.predicted": (RESNET, "wrong"),
    "networks.page": (RESNET, 2),
    "networks.fit": (RESNET | {"source": "Own photo"}, "Pad it"),
    "networks.layer": (RESNET, "block2.main.4"),
    "networks.channel": (RESNET, 7),
    "networks.detail": (RESNET | {"layer": "block1"}, "Excites most"),
    "training.view": ({}, "Epoch by epoch"),
    "training.network": ({}, "cifar10_resnet"),
    "training.epoch": ({"view": "Epoch by epoch"}, 2),
    "training.mistake": (MISTAKES, "3-3"),
    "training.page": (MISTAKES | {"mistake": "3-3"}, 2),
    "training.image": (MISTAKES, 740),
    "training.images": (TRAIN, 1_000),
    "training.learning_rate": (TRAIN, 0.1),
    "training.epochs": (TRAIN, 2),
    "training.code": (TRAIN, True),
    "training.ingredients.epochs": ({"view": "Ingredients"}, 30),
    "training.compare": (TRAIN, "Momentum"),
    "training.optimizer": (OWN_RUNS, "SGD"),
    "training.optimizer_2": (OWN_RUNS, "SGD, momentum 0.9"),
    "training.learning_rate_2": (OWN_RUNS, 0.0123),
    "training.batch_size": (OWN_RUNS, 16),
    "training.batch_size_2": (OWN_RUNS, 512),
    "cam.view": ({}, "The sum"),
    "cam.network": ({}, "Own"),
    "cam.source": ({}, "Own photo"),
    "cam.image": ({}, 3),
    "cam.true_class": ({}, "ship"),
    "cam.predicted": ({}, "wrong"),
    "cam.page": ({}, 2),
    "cam.fit": ({"source": "Own photo"}, "Pad it"),
    "cam.class": ({}, "ship"),
    "cam.interpolation": ({}, "nearest"),
    "cam.colours": ({}, "Viridis"),
    "cam.scale": ({}, "all classes"),
    "cam.alpha": ({}, 0.25),
    "cam.code": ({"view": "The sum"}, True),
    "attack.view": ({}, "Step by step"),
    "attack.source": ({}, "Draw one"),
    "attack.image": ({}, 3),
    "attack.true_class": ({}, "5"),
    "attack.predicted": ({}, "wrong"),
    "attack.page": ({}, 2),
    "attack.network": ({}, "B"),
    "attack.attack": ({}, "MI-FGSM"),
    "attack.target": (TASK_2, "3"),
    "attack.gradients": ({}, 5),
    "attack.epsilon": ({}, 64),
    "attack.step": ({"view": "Step by step"}, 1),
    "attack.logits": ({}, True),
    "attack.code": ({"view": "Step by step"}, True),
    "attack.curves": ({"view": "Findings"}, "Controls"),
    "attack.only_right": ({"view": "Findings"}, True),
    "yours.view": ({}, "Curves"),
    "yours.part": ({}, "pool_layer"),
    "yours.question": ({}, 2),
    "yours.step": ({}, 4),
    "yours.network": ({"view": "Curves"}, "cifar10_resnet"),
    "yours.sheet": ({"view": "Check a sheet"}, "URQVK-H5RZT-ZBB7Z"),
    "yours.exercises.question": (SHEET, 3),
}
# What no widget of Streamlit's holds, but a component or a chart.
COMPONENTS = {
    "convolution.seed",
    "convolution.step",
    "convolution.question",
    "networks.question",
    "convolution.image",
    "networks.cell",
    "training.mistake",
    "training.image",
    "cam.alpha",
    "attack.epsilon",
    "yours.step",
}
# Only with all test images there are a search for classes, and pages of mistakes.
NEED_ALL_IMAGES = {
    f"{chapter}.{name}"
    for chapter in ("networks", "cam", "attack")
    for name in ("true_class", "predicted")
} | {"training.page"}
TESTED = [one for one in PARAMETERS if one.chapter in CHAPTERS]


def own_networks() -> dict[str, Own]:
    """In place of what a visitor has trained."""
    weights = checkpoints.epochs_path("mnist_cnn") / epoch_file(5)
    return {"Mine": Own("trained for 5 epochs", weights.read_bytes(), 0.9)}


@pytest.fixture(scope="module", autouse=True)
def no_data(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATA_VARIABLE, str(tmp_path_factory.mktemp("none") / "data"))
        patch.setattr("app.ui.memory.secrets.token_hex", lambda _: "")  # all sessions the same
        patch.setattr("app.ui.mine.networks", own_networks)
        patch.setenv(VARIABLE, str(a_report(tmp_path_factory.mktemp("reports"))))
        yield


def visit(chapter: str, link: dict[str, Any]) -> AppTest:
    """A visitor of one's own who opens a link."""
    app = AppTest.from_file(HOME, default_timeout=60).run()
    app.switch_page(f"chapters/{chapter}/page.py")
    for name, text in link.items():
        app.query_params[name] = text
    app.run()
    assert not app.exception
    return app


def put(app: AppTest, parameter: Parameter, value: object) -> None:
    """Set a control as its visitor does."""
    if parameter.key in COMPONENTS:
        app.session_state["address"].values[parameter.key] = value  # as its callback does
    else:
        app.session_state[parameter.key] = value
    app.run()
    assert not app.exception


def seen(app: AppTest) -> list[tuple[str, str]]:
    """All that a page shows: sentences, pictures, charts, and what its controls stand at."""
    found = [
        (kind, str(element.value))
        for kind in ("markdown", "caption", "info", "warning", "metric", "code", "error")
        for element in app.get(kind)
    ]
    found += [("scene", one.proto.json) for one in app.get("bidi_component")]
    found += [("chart", one.proto.spec) for one in app.get("vega_lite_chart")]
    found += [("images", str(one.proto)) for one in app.get("imgs")]
    found += [(key, str(app.session_state[key])) for key in sorted(controls(app))]
    return found


def controls(app: AppTest) -> set[str]:
    """Session keys of all controls with a value that a page shows, but for those of answers."""
    keys = {getattr(one, "key", None) for kind in VALUED for one in app.get(kind)}
    return {key for key in keys if key and not key.startswith(ANSWER)}


def same(app: AppTest, chapter: str) -> None:
    """The page is what its link opens for somebody else."""
    link = dict(app.query_params)
    other = visit(chapter, link)
    assert seen(other) == seen(app)
    assert dict(other.query_params) == link


def test_every_name_has_its_case() -> None:
    assert set(CASES) == {one.key for one in PARAMETERS}


@pytest.mark.parametrize(
    "parameter", [one for one in TESTED if one.key not in NEED_ALL_IMAGES], ids=lambda one: one.key
)
def test_a_control_stands_in_the_link(parameter: Parameter) -> None:
    needs, value = CASES[parameter.key]
    app = visit(parameter.chapter, needs)
    before = seen(app)
    assert parameter.key in COMPONENTS or parameter.key in app.session_state, "it is not there"
    put(app, parameter, value)
    assert seen(app) != before
    text = address.text_of(value)
    assert app.query_params.get(parameter.name) in (text, text[0] if len(text) == 1 else None)
    assert address.read(parameter, [text] if isinstance(text, str) else text) == (
        value if parameter.kind != "text" else text
    )
    assert controls(app) <= {one.key for one in PARAMETERS}
    same(app, parameter.chapter)


VIEWS = [(one.chapter, view) for one in TESTED if one.name == "view" for view in one.choices]


@pytest.mark.parametrize(("chapter", "view"), VIEWS)
def test_every_control_of_a_view_has_a_name_in_the_address(chapter: str, view: str) -> None:
    assert controls(visit(chapter, {"view": view})) <= {one.key for one in PARAMETERS}


@pytest.mark.parametrize("chapter", CHAPTERS)
@given(data=some.data())
@settings(
    max_examples=6,
    phases=(Phase.explicit, Phase.generate),  # a page a step: shrinking takes minutes
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_settings_together_stand_in_the_link(chapter: str, data: some.DataObject) -> None:
    about = [one for one in TESTED if one.chapter == chapter and one.key not in NEED_ALL_IMAGES]
    chosen = data.draw(some.lists(some.sampled_from(about), max_size=5, unique=True))
    app = visit(chapter, {name: text for one in chosen for name, text in CASES[one.key][0].items()})
    for one in chosen:
        used = app.session_state["address"].used
        if one.name in used if one.key in COMPONENTS else one.key in app.session_state:
            put(app, one, CASES[one.key][1])
    same(app, chapter)


class Written(dict[str, Any]):
    """Session key to the value that a control had last, while it takes the place of
    ``bound.write``; and of each, which defaults it had, each with a link.
    """

    def __init__(self) -> None:
        self.defaults: dict[str, dict[str, tuple[Any, dict[str, Any]]]] = {}
        self.link: dict[str, Any] = {}
        self.real, self.opens = bound.write, False

    def __call__(self, about: Parameter, value: Any, default: Any, **more: Any) -> None:
        self[about.key] = value
        self.defaults.setdefault(about.key, {}).setdefault(str(default), (default, self.link))
        self.real(about, value, default, **more)

    def open(self, app: AppTest, link: dict[str, Any]) -> None:
        """Open a link in the same session, as the browser's Back does."""
        self.link, self.opens = link, True
        app.query_params.clear()
        for name, text in link.items():
            app.query_params[name] = text
        app.run()
        assert not app.exception
        self.opens = False


# Chapter to links that make defaults others than those of the first page, with CASES' own.
OTHERWISE: dict[str, list[dict[str, str]]] = {
    "convolution": [{"kernel": "Learned 1 of 3"}, {"source": "Numbers", "seed": "3"}],
    "networks": [RESNET | {"image": "378"}],
    "training": [{"view": "Mistakes", "network": "cifar10_resnet"}],
    "cam": [{"image": "378"}],
    "attack": [
        {"image": "9664"},
        TASK_2 | {"image": "8408"},
        {"view": "Step by step", "attack": "FGSM, one step"},
        {"view": "Step by step", "epsilon": "2"},
    ],
    "yours": [{"part": "pool_layer"}],
}
DEPENDENT = {  # defaults that are another one there
    "convolution": {"bias", "image", "numbers", "pool_stride"},
    "networks": {"page"},
    "training": {"image", "mistake"},
    "cam": {"page"},
    "attack": {"gradients", "page", "step", "target"},
    "yours": set(),
}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_value_survives_a_reload_whatever_its_default_depends_on(
    chapter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, app = Written(), visit(chapter, {})
    monkeypatch.setattr(bound, "write", written)
    monkeypatch.setattr(bound, "_came_back", lambda: written.opens)
    about = {one.key: one for one in TESTED if one.chapter == chapter}
    links = [
        needs | {one.name: address.text_of(value)}
        for one in about.values()
        for needs, value in [CASES[one.key]]
    ]
    for link in links + OTHERWISE[chapter]:
        written.open(app, link)
    dependent = {key: found for key, found in written.defaults.items() if len(found) > 1}
    assert {about[key].name for key in dependent} >= DEPENDENT[chapter]
    for key, defaults in dependent.items():
        found = list(defaults.values())[:3]
        values = [default for default, _ in found] + [CASES[key][1]]
        for link, value in itertools.product((link for _, link in found), values):
            written.open(app, link)
            drawn = app.session_state["address"].drawn.get(key)
            if drawn and isinstance(value, str) and value not in (drawn.offered or [value]):
                continue
            put(app, about[key], value)
            chosen = written[key]
            written.open(app, dict(app.query_params))
            assert written[key] == chosen, (key, value, link)


@pytest.mark.parametrize(
    ("chapter", "view", "name", "value", "caption", "elsewhere"),
    [
        ("attack", "Step by step", "epsilon", 8, "epsilon 8 of 255", "Live"),
        ("cam", "Interpolations", "alpha", 0.25, "alpha 0.25", "Map"),
    ],
)
def test_what_a_caption_names_has_a_control_in_each_view_that_uses_it(
    chapter: str, view: str, name: str, value: float, caption: str, elsewhere: str
) -> None:
    app = visit(chapter, {"view": view})
    app.slider(f"{chapter}.{name}").set_value(value).run()
    assert not app.exception
    assert app.query_params[name] == f"{value}"
    assert any(caption in one.value for one in app.caption)
    same(app, chapter)
    put(app, address.parameter(chapter, address.Name.VIEW), elsewhere)
    assert any(caption in one.value for one in app.caption)
    app.session_state["address"].values[f"{chapter}.{name}"] = 0  # as the component there does
    app.run()
    put(app, address.parameter(chapter, address.Name.VIEW), view)
    assert app.slider(f"{chapter}.{name}").value == 0
    assert app.query_params[name] == "0"


OLD = {
    "convolution": [
        ({"look": "Backward"}, {"view": "Backward"}),
        ({"picture": "Photo ship (no. 1)"}, PHOTO),
        ({"image": "photo 1"}, PHOTO),
        (
            {"image": "Own numbers", "numbers": "1 2 3;4 5 6;7 8 9"},
            OWN | {"numbers": "1 2 3;4 5 6;7 8 9"},
        ),
        ({"image": "Own numbers", "seed": "4"}, OWN | {"seed": "4"}),
        ({"groups": "3, depthwise"} | PHOTO, {"groups": "3"} | PHOTO),
        ({"size": "3"} | POOLING, {"pool_size": "3"} | POOLING),
        (
            {"look": "Predict", "puzzle": "7"},
            {"view": "Predict", "questions": "This layer", "puzzle": "7"},
        ),
        (
            {"view": "Predict", "picture": "Photo ship (no. 1)"},
            {"view": "Predict", "questions": "This layer"} | PHOTO,
        ),
        ({"pool_channel": "Blue"} | POOLING | PHOTO, {"channel": "Blue"} | POOLING | PHOTO),
    ],
    "networks": [
        (
            {"view": "One number", "way_digit": "Digit 4 (no. 4)", "way_logit": "3"},
            {"view": "One number", "image": "4", "class": "3"},
        ),
    ],
    "training": [
        ({"network": homework.NETWORKS["cifar10_resnet"].title}, {"network": "cifar10_resnet"}),
        (
            {"view": "Train it now", "rate": "0.1"},
            {"view": "Train it now", "learning_rate": "0.1"},
        ),
    ],
    "cam": [({"number": "3", "show": "The sum"}, {"image": "3", "view": "The sum"})],
    "attack": [
        (
            {"eps": "12", "model": "M", "digit": "5"},
            {"epsilon": "12", "network": "M", "image": "5"},
        ),
        ({"page": "Findings"}, {"view": "Findings"}),
    ],
    "yours": [],
}


@pytest.mark.parametrize(
    ("chapter", "old", "new"),
    [(chapter, *pair) for chapter in CHAPTERS for pair in OLD[chapter]],
)
def test_an_old_link_opens_what_it_showed(
    chapter: str, old: dict[str, str], new: dict[str, str]
) -> None:
    app = visit(chapter, old)
    assert dict(app.query_params) == new
    assert seen(app) == seen(visit(chapter, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            {"look": "Network", "way_digit": "Digit 4 (no. 4)", "cell": "6-0-7-0", "stride": "3"},
            {"image": "4", "cell": "6-0-7-0"},
        ),
        ({"view": "Network", "source": "Draw one"}, {"source": "Draw one"}),
    ],
)
def test_a_link_to_a_view_that_has_moved_opens_it(old: dict[str, str], new: dict[str, str]) -> None:
    app = visit("convolution", old)
    assert dict(app.query_params) == {"view": "One number"} | new
    assert seen(app) == seen(visit("networks", {"view": "One number"} | new))


STEM = {"kernel": "ResNet stem", "stem_filter": "5", "stride": "2"}
# Chapter, settings, the source that waits for its visitor, and the one before.
WAITING = [
    ("convolution", {"stride": "2", "kernel": "Sharpen", "step": "12"}, "Own photo", "Digits"),
    ("convolution", STEM | {"source": "Photos"}, "Own photo", "Photos"),
    ("convolution", OWN | {"numbers": "1 2 3\n4 5 6\n7 8 9"}, "Draw", "Numbers"),
    ("convolution", {"view": "Predict", "questions": "This layer"} | OWN, "Draw", "Numbers"),
    (
        "attack",
        {"attack": "PGD, cross-entropy", "gradients": "1", "network": "B"},
        "Draw one",
        "Test pictures",
    ),
    ("attack", {"epsilon": "3", "image": "7"}, "Draw one", "Test pictures"),
    ("cam", {"class": "ship", "view": "The sum"}, "Own photo", "Test pictures"),
    ("networks", {"layer": "block1", "channel": "7"} | RESNET, "Own photo", "Test pictures"),
    ("networks", {"view": "One number", "cell": "6-0-7-0"}, "Draw one", "Test digit"),
]


@pytest.mark.parametrize(("chapter", "link", "waits", "before"), WAITING)
def test_what_was_chosen_stays_in_the_link_while_the_page_waits(
    chapter: str, link: dict[str, str], waits: str, before: str
) -> None:
    part = address.RESNET_PART if link.items() >= RESNET.items() else ""
    source = address.parameter(chapter, address.Name.SOURCE, part)
    app = visit(chapter, link)
    assert dict(app.query_params) == link
    put(app, source, waits)
    waiting = dict(app.query_params)
    assert waiting == link | {"source": waits}
    again = visit(chapter, waiting)
    assert dict(again.query_params) == waiting
    put(again, source, before)
    assert dict(again.query_params) == link
    same(again, chapter)


def test_what_waits_is_what_was_drawn_and_of_this_view() -> None:
    app = visit("convolution", OWN | {"numbers": "1 2\n3 4", "stride": "2"})
    app.text_area("convolution.numbers").set_value("1 a").run()
    put(app, address.parameter("convolution", address.Name.VIEW), "Backward")
    app.session_state["convolution.all_cells"] = True
    app.run()
    put(app, address.parameter("convolution", address.Name.VIEW), "Steps")
    put(app, address.parameter("convolution", address.Name.SOURCE), "Own photo")
    held = {"source": "Own photo", "numbers": "1 2\n3 4", "stride": "2"}
    assert dict(app.query_params) == held, "not what could not be read, nor what is of Backward"
    put(app, address.parameter("convolution", address.Name.SOURCE), "Digits")
    put(app, address.parameter("convolution", address.Name.SOURCE), "Own photo")
    assert dict(app.query_params) == held
    put(app, address.parameter("convolution", address.Name.VIEW), "Predict")
    assert dict(app.query_params) == {"view": "Predict"}


def test_new_numbers_stand_in_the_link() -> None:
    app = visit("convolution", OWN)
    before = app.text_area("convolution.numbers").value
    app.button("draw").click().run()
    assert app.query_params["seed"] == "1"
    assert "numbers" not in app.query_params
    assert app.text_area("convolution.numbers").value != before
    same(app, "convolution")


def test_a_word_of_two_chapters_has_a_value_in_each() -> None:
    app = visit("convolution", {"view": "Backward", "stride": "2"})
    app.switch_page("chapters/training/page.py").run()
    assert not app.exception
    app.query_params.clear()
    app.switch_page("chapters/convolution/page.py").run()
    assert app.query_params == {"view": "Backward", "stride": "2"}


def test_the_browsers_back_shows_what_the_address_says(monkeypatch) -> None:
    app = visit("convolution", {"stride": "2"})
    app.session_state["convolution.stride"] = 3
    app.run()
    assert app.query_params == {"stride": "3"}
    monkeypatch.setattr("app.ui.bound._came_back", lambda: True)
    app.query_params["stride"] = "2"
    app.run()
    assert "stride 2" in app.caption[0].value + app.caption[-1].value
    app.query_params.clear()
    app.run()
    assert app.query_params == {}
    assert "stride 1" in app.caption[0].value + app.caption[-1].value


def test_a_control_that_is_touched_counts_more_than_an_address_that_came_late() -> None:
    app = visit("convolution", {})
    app.session_state["convolution.stride"] = 2
    app.run()
    app.query_params.clear()  # sent before the browser had the answer
    app.session_state["convolution.padding"] = 1
    app.run()
    assert app.query_params == {"stride": "2", "padding": "1"}


def test_an_address_that_came_late_is_no_link() -> None:
    app = visit("convolution", {"stride": "2"})
    app.query_params.clear()  # no control was touched: a component's answer, say
    app.run()
    assert app.query_params == {"stride": "2"}


def test_the_address_is_told_in_every_run_since_one_answer_may_be_lost(monkeypatch) -> None:
    app = visit("attack", {})
    told = []
    real = QueryParams.from_dict

    def from_dict(params: QueryParams, link: Any) -> None:
        told.append(link)
        real(params, link)

    monkeypatch.setattr(QueryParams, "from_dict", from_dict)
    app.session_state["attack.network"] = "B"
    app.run()
    app.run()
    assert told == [{"network": ["B"]}] * 2


def test_a_run_that_is_called_off_late_does_not_end_the_next(monkeypatch) -> None:
    memory, written = Memory(), []
    monkeypatch.setattr(bound, "_memory", lambda: memory)
    monkeypatch.setattr(bound, "_state", dict)
    monkeypatch.setattr(bound, "_write_link", written.append)
    late = bound.page("home")
    late.__enter__()
    with bound.page("home"):
        with pytest.raises(StopException):
            late.gen.throw(StopException())
        assert memory.run is not None
        assert written == []
    assert memory.run is None
    assert written == [memory]


def test_a_touch_that_takes_the_one_before_back_is_heard(monkeypatch) -> None:
    """Two quick clicks: the run of the first is called off before it draws the control."""
    key = "convolution.dilation"
    memory, state = Memory(chapter="convolution"), {key: 1}
    memory.drawn[key] = Drawn(value=1, default=1, offered=(1, 2))
    monkeypatch.setattr(bound, "_memory", lambda: memory)
    monkeypatch.setattr(bound, "_state", lambda: state)
    monkeypatch.setattr(bound, "_write_link", lambda memory: None)
    for touched in (2, 1):
        state[key] = touched
        run = bound.page("convolution")
        run.__enter__()
        assert memory.values[key] == touched
        with pytest.raises(StopException):
            run.gen.throw(StopException())


def test_a_control_that_is_heard_late_belongs_to_the_chapter_that_drew_it(monkeypatch) -> None:
    memory = Memory(chapter="attack")
    monkeypatch.setattr(bound, "_memory", lambda: memory)
    late = bound.callback(lambda value: bound.put(address.Name.EPSILON, value))
    memory.chapter = "convolution"
    late(98)
    assert memory.values == {"attack.epsilon": 98}
    assert memory.chapter == "convolution"


def test_a_part_that_sets_what_is_drawn_elsewhere_runs_with_the_whole_page(monkeypatch) -> None:
    memory, runs = Memory(chapter="networks"), []

    def rerun() -> None:
        raise StopException

    monkeypatch.setattr(bound, "_memory", lambda: memory)
    monkeypatch.setattr(bound, "_state", dict)
    monkeypatch.setattr(bound, "_write_link", lambda memory: None)
    monkeypatch.setattr(bound.st, "fragment", lambda function: function)
    monkeypatch.setattr(bound.st, "rerun", rerun)

    @bound.fragment
    def part() -> None:
        runs.append(bound.value(address.Name.IMAGE, 0))

    with bound.page("networks"):
        part()
    bound.put(address.Name.IMAGE, 3)
    part()
    assert runs == [0, 3], "its own value"
    bound.put(address.Name.VIEW, address.ONE_NUMBER)
    with pytest.raises(StopException):
        part()
    with bound.page("networks"):
        part()
    part()
    assert runs == [0, 3, 3, 3], "the page has heard of it"


@pytest.mark.parametrize(
    "path", sorted(Path(HOME).parent.rglob("*.py")), ids=lambda path: path.stem
)
def test_every_handler_of_a_control_belongs_to_its_chapter(path: Path) -> None:
    calls = re.findall(r"on_(?:change|click|select)=(.{0,20})", path.read_text("utf-8"))
    free = ("bound.callback(", '"ignore"', '"rerun"', "partial(_take", "partial(_remove")
    free += ("_stop,", "_start,", "searched", "on_change")
    assert all(call.startswith(free) for call in calls)


def test_back_to_another_chapter_shows_it_as_its_address_says(monkeypatch) -> None:
    app = visit("convolution", {"stride": "2"})
    app.switch_page("chapters/training/page.py").run()
    monkeypatch.setattr("app.ui.bound._came_back", lambda: True)
    app.query_params.clear()
    app.switch_page("chapters/convolution/page.py").run()
    assert app.query_params == {}
    assert app.session_state["convolution.stride"] == 1


def back(app: AppTest, link: dict[str, str]) -> AppTest:
    """The browser's Back to an address."""
    app.query_params.clear()
    app.query_params.update(link)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.ui.bound._came_back", lambda: True)
        return app.run()


@pytest.mark.parametrize(
    ("link", "key"),
    [({"source": "Numbers"}, "numbers"), ({"kernel": "Own numbers"}, "weights")],
)
@pytest.mark.parametrize("readable", ["", "1 2 3\n4 5 6\n7 8 9"])
def test_back_finds_what_was_typed_and_cannot_be_read(
    link: dict[str, str], key: str, readable: str
) -> None:
    """The picture and the address are those of the last text that could be read."""
    other, field = "5 5 5\n5 5 5\n5 5 5", f"convolution.{key}"
    app = visit("convolution", link)
    first = app.session_state[field]
    for text in (readable or first, "1 2 oops"):
        drawn_then(app, {field: text})
    before, caption = dict(app.query_params), app.caption[0].value
    assert before == link | ({key: readable} if readable else {})
    app.switch_page("chapters/training/page.py").run()
    app.switch_page("chapters/convolution/page.py")
    for _ in range(2):
        back(app, before)
        assert app.session_state[field] == "1 2 oops"
        assert "The picture keeps the numbers of before." in app.warning[0].value
        assert (app.query_params, app.caption[0].value) == (before, caption)
        back(app, link | {key: other})
        assert app.session_state[field] == other
        assert not app.warning
    drawn_then(app, {field: "6 6 6\n6 6 6\n6 6 6"})  # mended
    assert back(app, before).session_state[field] == (readable or first)


def test_what_another_source_does_not_offer_is_there_again_with_its_own() -> None:
    link = {"source": "Photos", "image": "photo 3", "kernel": "ResNet stem"}
    app = visit("convolution", link)
    source, image = "convolution.source", address.parameter("convolution", address.Name.IMAGE)
    assert drawn_then(app, {source: "Digits"}).query_params == {}
    assert drawn_then(app, {source: "Numbers"}).query_params == {"source": "Numbers"}
    assert drawn_then(app, {source: "Photos"}).query_params == link
    drawn_then(app, {source: "Digits"})
    put(app, image, "4")
    put(app, address.parameter("convolution", address.Name.KERNEL), "Sharpen")
    assert drawn_then(app, {source: "Photos"}).query_params == link | {"kernel": "Sharpen"}
    put(app, image, "photo 0")  # which is the first one
    assert drawn_then(app, {source: "Digits"}).query_params["image"] == "4"
    assert "image" not in drawn_then(app, {source: "Photos"}).query_params
    assert back(app, {"source": "Digits"}).query_params == {}


def test_a_target_of_another_network_is_there_again_with_its_own() -> None:
    app = visit("attack", {"network": "ResNet", "image": "61"} | TASK_2 | {"target": "ship"})
    begun = dict(app.query_params)
    drawn_then(app, {"attack.network": "A"})
    assert not {"image", "target"} & set(app.query_params)
    assert drawn_then(app, {"attack.network": "ResNet"}).query_params == begun


def drawn_then(app: AppTest, reported: dict[str, Any]) -> AppTest:
    """A message of the browser with these values."""
    for key, value in reported.items():
        app.session_state[key] = value
    return app.run()


@pytest.mark.parametrize(
    ("reported", "stride"),
    [
        ({"convolution.pool_dilation": 2, "convolution.pool_stride": 2}, 3),  # sent before
        ({"convolution.pool_dilation": 2, "convolution.pool_stride": 4}, 4),  # chosen since
        ({"convolution.pool_stride": 2}, 2),
        ({}, 3),
    ],
)
def test_a_message_from_before_the_answer_undoes_nothing(
    reported: dict[str, Any], stride: int
) -> None:
    """Another kernel size sets the stride; what the browser still had is no choice of anybody."""
    app = visit("convolution", {"layer": "Max pooling"})
    app.session_state["address"].values["convolution.pool_size"] = 3
    app.run()
    assert app.session_state["convolution.pool_stride"] == 3
    drawn_then(app, reported)
    assert app.session_state["convolution.pool_stride"] == stride
    assert app.query_params.get("pool_stride") == (None if stride == 3 else str(stride))
    drawn_then(app, {})
    assert app.session_state["convolution.pool_stride"] == stride
