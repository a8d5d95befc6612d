"""Whatever stands in a link or is typed: the page lives, shows what it can, and says what it cannot
in one sentence.
"""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.chapters.yours.reports import VARIABLE
from app.ui import address
from app.ui.address import Parameter
from app.ui.number_field import UNREADABLE as NO_NUMBER
from core.data.facts import DATA_VARIABLE
from core.explain.questions.sets import SETS
from tests.app.test_links import (
    CASES,
    CHAPTERS,
    GABOR,
    NEED_ALL_IMAGES,
    OWN,
    OWN_KERNEL,
    PHOTO,
    RESNET,
    TASK_2,
    TESTED,
    own_networks,
    put,
    seen,
    visit,
)
from tests.core.checking.reports import a_report

NAMED = re.compile("The link's “(.*?)” is left out")
SAID = "The link's “"  # begins what the page says about the link that opened it


@pytest.fixture(scope="module", autouse=True)
def no_data(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATA_VARIABLE, str(tmp_path_factory.mktemp("none") / "data"))
        patch.setattr("app.ui.mine.networks", own_networks)
        patch.setenv(VARIABLE, str(a_report(tmp_path_factory.mktemp("reports"))))
        yield


# What stands for every kind of text that no parameter takes.
BAD: dict[str, str | list[str]] = {
    "empty": "",
    "twice": ["1", "2"],
    "not a number": "nan",
    "infinite": "inf",
    "beyond all floats": "1e999",
    "never ends": "1e999999999",
    "thousands of digits": "9" * 4_400,
    "10 kB": "x" * 10_000,
    "Arabic digit": "٣",
    "full-width digit": "３",
    "Greek": "λ",
    "markup": "<b>*x*</b> :red[$y$]",
    "percent signs": "%zz%ff\N{REPLACEMENT CHARACTER}",
    "NUL": "\x00",
    "out of range": "-777777",
}


def sentences(app: AppTest) -> list[str]:
    """What the page says about the link that opened it."""
    lines = "\n".join(one.value for one in app.markdown if SAID in one.value)
    return [line[line.index(SAID) :] for line in lines.split("\n") if line]


def shown(app: AppTest) -> list[tuple[str, str]]:
    """All that a page shows, but for what it says about its link and which opening this is."""
    opening = re.compile(r'"version": "[^"]*"|training_mistakes_[^"]*')
    return [(kind, opening.sub("", text)) for kind, text in seen(app) if SAID not in text]


def open_here(app: AppTest, chapter: str, link: dict[str, Any]) -> list[str]:
    """Open a link in the same session, coming from Home; returns what the page says about it."""
    app.switch_page("chapters/home.py").run()
    app.query_params.clear()
    app.switch_page(f"chapters/{chapter}/page.py")
    for name, text in link.items():
        app.query_params[name] = text
    app.run()
    assert not app.exception
    return sentences(app)


def is_named(parameter: Parameter, said: list[str]) -> bool:
    return any(f"“{parameter.name}”" in sentence for sentence in said)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_is_not_understood_counts_as_not_given_and_is_said(chapter: str) -> None:
    kinds, app = list(BAD.values()), visit(chapter, {})
    opened = ("view", "questions")  # the view, and of a view for the room what it asks about
    about = [one for one in TESTED if one.chapter == chapter and one.name not in opened]
    views = address.parameter(chapter, address.Name.VIEW).choices
    for turn, view in enumerate(views * 2):
        plain = {"view": view}
        if view == address.PREDICT:
            plain["questions"] = address.THIS_LAYER if turn < len(views) else "Pool winner"
        assert open_here(app, chapter, plain) == []
        usual, link = shown(app), dict(app.query_params)
        bad = {one.name: kinds[(index + turn) % len(kinds)] for index, one in enumerate(about)}
        said = open_here(app, chapter, plain | bad)
        waiting = {name: text for name, text in app.query_params.items() if name not in link}
        assert dict(app.query_params) == link | waiting
        assert shown(app) == usual
        drawn = app.session_state["address"].used
        for one in about:
            assert is_named(one, said) != (one.name in waiting), one.key
            assert one.name not in waiting or one.name not in drawn, one.key
        assert len(set(said)) == len(said)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_value_stands_in_the_address_or_is_said_to_be_left_out(chapter: str) -> None:
    app, text = visit(chapter, {}), "3.7"  # right for some, wrong for most
    for one in TESTED:
        if one.chapter != chapter or one.key in NEED_ALL_IMAGES:
            continue
        said = open_here(app, chapter, CASES[one.key][0] | {one.name: text})
        assert is_named(one, said) != (app.query_params.get(one.name) in (text, [text])), one.key
        assert len(said) == (one.name not in app.query_params)
        assert open_here(app, chapter, dict(app.query_params)) == []


def test_a_sentence_about_the_link_goes_with_the_next_action() -> None:
    app = visit("convolution", {"stride": "9"})
    (sentence,) = sentences(app)
    assert sentence == (
        "The link's “stride” is left out: expected a whole number from 1 to 4, got “9”."
    )
    assert sentence in [one.value.removeprefix(":material/link_off: ") for one in app.markdown]
    put(app, address.parameter("convolution", address.Name.PADDING), 1)
    assert sentences(app) == []
    assert dict(app.query_params) == {"padding": "1"}


def test_several_sentences_about_the_link_are_folded_away() -> None:
    app = visit("convolution", {"stride": "9", "kernel": "Nonsense"})
    assert len(sentences(app)) == 2
    assert "The link's “kernel” and “stride” are left out" in [one.label for one in app.expander]


def test_a_value_that_waits_for_its_control_is_looked_at_when_that_is_drawn() -> None:
    app = visit(
        "convolution", {"layer": "Max pooling"} | {"kernel": "Learned 99 of 99", "stride": "3"}
    )
    assert sentences(app) == []
    put(app, address.parameter("convolution", address.Name.LAYER), "Convolution")
    assert (
        "expected the name of a kernel, like Sharpen, got “Learned 99 of 99”" in sentences(app)[0]
    )
    assert dict(app.query_params) == {"stride": "3"}


# A link in the words of an earlier version; what the page says of it.
OLD = [
    (
        "convolution",
        {"picture": "Nonsense"},
        "“picture” is left out: expected the number of a digit, a photo like “photo 1” or “Own "
        "numbers”, got “Nonsense”",
    ),
    (
        "attack",
        {"digit": "999"},
        "“digit” is left out: expected the number of a bundled picture, like 7 or 9664, got",
    ),
    (
        "attack",
        {"model": ""},
        "“model” is left out: expected A, B, M, ResNet, Own, Mine or Mine 2, got nothing",
    ),
    ("cam", {"show": "x"}, "“show” is left out: expected “Map”, “The sum”, “All ten classes”, "),
]


@pytest.mark.parametrize(("chapter", "link", "said"), OLD)
def test_a_sentence_is_in_the_words_of_the_link(
    chapter: str, link: dict[str, str], said: str
) -> None:
    (sentence,) = sentences(visit(chapter, link))
    assert said in sentence.replace("\\", "")


# What can be judged without the page is said at once, whichever view is open.
AT_ONCE = [
    ("convolution", {"groups": "7"}),
    ("convolution", {"angle": "7"}),
    ("convolution", {"layer": "Max pooling", "kernel": "Nope"}),
    ("convolution", {"layer": "Max pooling", "filters": "Nope"}),
    ("networks", {"cell": "a-b"}),
    ("networks", {"class": "11"}),
    ("convolution", {"numbers": "abc"}),
    ("convolution", {"numbers": "1e999"}),
    ("convolution", {"view": "Predict", "numbers": "1 2\n3"}),
    ("convolution", {"weights": "1e999"}),
    ("convolution", {"layer": "Max pooling", "weights": "1 2 3 4 5 6 7 8"}),
    ("networks", {"image": "Nope"}),
    ("training", {"mistake": "x-y"}),
    ("training", {"view": "Mistakes", "epoch": "-1"}),
    ("training", {"learning_rate_2": "2"}),
    ("training", {"compare": "Everything"}),
    ("attack", {"true_class": "x"}),
    ("attack", {"target": "x"}),
    ("attack", {"step": "x"}),
    ("attack", {"epsilon": "12", "eps": "13"}),
    ("cam", {"image": "1", "number": "2"}),
]


@pytest.mark.parametrize(("chapter", "link"), AT_ONCE)
def test_what_can_be_judged_without_the_page_is_said_at_once(
    chapter: str, link: dict[str, str]
) -> None:
    app, name = visit(chapter, link), list(link)[-1]
    (sentence,) = sentences(app)
    assert sentence.startswith(f"The link's “{name}” is left out: ")
    assert name not in app.query_params


@pytest.mark.parametrize(
    ("chapter", "link", "view", "expected"),
    [
        ("networks", {"cell": "9-9-9-9"}, "One number", address.CELL),
        ("training", {"epoch": "99"}, "Epoch by epoch", "a whole number from 0 to 30"),
        ("attack", {"step": "77"}, "Step by step", "a whole number from 0 to "),
    ],
)
def test_what_depends_on_a_view_is_said_there(
    chapter: str, link: dict[str, str], view: str, expected: str
) -> None:
    app = visit(chapter, link)
    assert sentences(app) == []
    put(app, address.parameter(chapter, address.Name.VIEW), view)
    (sentence,) = sentences(app)
    assert f"expected {expected}" in sentence
    assert sentence.endswith(f"got “{next(iter(link.values()))}”.")


def test_of_several_names_those_that_are_offered_stay() -> None:
    app = visit("convolution", {"filters": ["Emboss", "Nope"]})
    (sentence,) = sentences(app)
    assert sentence.startswith("The link's “filters=Nope” is left out: expected up to 3 of ")
    assert sentence.endswith("got “Nope”.")
    assert app.query_params["filters"] == "Emboss"
    assert sentences(app.run()) == []


NOT_THERE = [
    (
        "training",
        {"view": "Mistakes", "mistake": "cat-dog"},
        "mistake",
        "a true and a predicted class out of 0, 1, 2, 3, 4, 5, 6, 7, 8 or 9, like ",
    ),
    ("convolution", {"step": "65"}, "step", "a whole number from 1 to 64"),
    ("convolution", {"step": "99999"}, "step", "a whole number from 1 to 64"),
    ("networks", {"view": "One number", "cell": "9-9-9-9"}, "cell", address.CELL),
    ("training", {"view": "Mistakes", "page": "9999"}, "page", "1, the only page"),
    (
        "training",
        {"view": "Epoch by epoch", "epoch": "999"},
        "epoch",
        "a whole number from 0 to 30",
    ),
    ("cam", {"page": "500"}, "page", "a whole number from 1 to 4"),
    ("attack", {"gradients": "3"}, "gradients", "1, 2, 5, 10, 20, 50 or 100"),
    ("attack", TASK_2 | {"target": "7"}, "target", "0, 1, 2, 3, 4, 5, 6, 8 or 9"),
    ("convolution", {"filters": "Sharpen", "filter": "7"}, "filter", "1 or 2"),
    (
        "convolution",
        {"padding": "3", "layer": "Max pooling", "pool_padding": "2"},
        "pool_padding",
        "0 or 1",
    ),
]


@pytest.mark.parametrize(("chapter", "link", "name", "expected"), NOT_THERE)
def test_what_is_not_there_is_said_with_what_is(
    chapter: str, link: dict[str, str], name: str, expected: str
) -> None:
    app = visit(chapter, link)
    (sentence,) = sentences(app)
    assert sentence.startswith(f"The link's “{name}” is left out: expected {expected}")
    assert sentence.endswith(f"got “{link[name]}”.")
    assert name not in app.query_params


@pytest.mark.parametrize(
    ("kernel", "picture", "needed"),
    [
        ("ResNet stem", {}, "needs three channels, got one channel: choose a photo"),
        ("Learned 1 of 3", PHOTO, "needs one channel, got three channels: choose a digit"),
    ],
)
def test_a_kernel_for_other_pictures_is_one(
    kernel: str, picture: dict[str, str], needed: str
) -> None:
    (sentence,) = sentences(visit("convolution", picture | {"kernel": kernel}))
    assert sentence == f"The link's “kernel” is left out: “{kernel}” {needed}."


def test_a_number_that_is_rounded_stands_in_the_line_over_several_sentences() -> None:
    app = visit("convolution", {"bias": "1e-9", "stride": "9"})
    said = "The link's “bias” and “stride” are left out or rounded"
    assert said in [one.label for one in app.expander]
    assert dict(app.query_params) == {}


@pytest.mark.parametrize("name", ["true_class", "predicted"])
def test_where_nothing_can_be_searched_that_is_said(name: str) -> None:
    app = visit("cam", {name: "wrong" if name == "predicted" else "ship"})
    (sentence,) = sentences(app)
    assert sentence.startswith(f"The link's “{name}” is left out: only all test pictures")
    assert dict(app.query_params) == {}
    assert sentences(visit("cam", {name: "all"})) == []


IMAGE = "image"  # of the convolution chapter: every view has one


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_setting_that_the_open_view_does_not_use_waits_for_the_view_that_does(
    chapter: str,
) -> None:
    views = address.parameter(chapter, address.Name.VIEW)
    app = visit(chapter, {})
    for one in TESTED:
        needs, value = CASES[one.key]
        named = [rival for rival in TESTED if rival.name in (one.name, *needs) and rival.views]
        there = {view for rival in named if rival.chapter == chapter for view in rival.views}
        elsewhere = [view for view in views.choices if one.views and view not in there]
        waits = elsewhere and one.key not in NEED_ALL_IMAGES
        if one.chapter != chapter or not waits or IMAGE in (one.name, *needs):
            continue
        text = address.text_of(value)
        ours = {one.name: text} | needs | {"view": one.views[0]}
        assert open_here(app, chapter, ours | {"view": elsewhere[0]}) == [], one.key
        assert app.query_params[one.name] in (text, [text]), one.key
        put(app, views, one.views[0])
        assert sentences(app) == []
        assert app.query_params[one.name] in (text, [text])


# What else a chapter may show, so that other settings have no control.
SHOWN: dict[str, list[dict[str, str]]] = {
    "convolution": [
        {"layer": "Convolution", "source": "Digits", "questions": "This layer"},
        {"layer": "Convolution", "source": "Photos", "kernel": "ResNet stem"},
        {"source": "Own photo"},
    ],
    "networks": [{"source": "Test digit", "layer": "stem.0"}],
    "training": [{"compare": "Own"}],
    "cam": [{"source": "Own photo"}],
    "attack": [{"attack": "FGSM, one step"}, {"network": "ResNet"}],
    "yours": [{"part": "mnist"}, {"part": "conv_layer"}, {"sheet": "SSH5R-M5RZT-ZBBGU"}],
}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_part_of_a_link_vanishes_without_a_sentence(chapter: str) -> None:
    """In every view, for every layer and source of a picture: a setting is used or waits for its
    control, and stands in the address, or is said to be left out.
    """
    app = visit(chapter, {})
    every = {
        one.name: address.text_of(CASES[one.key][1]) for one in TESTED if one.chapter == chapter
    }
    for view in address.parameter(chapter, address.Name.VIEW).choices:
        for more in ({}, *SHOWN[chapter]):
            said = open_here(app, chapter, every | more | {"view": view})
            named = {found[1] for found in map(NAMED.match, said) if found}
            usual = {"view", "step", *more}  # may be what the page shows without a link
            assert every.keys() - app.query_params - named <= usual, (view, more)
            link = dict(app.query_params)
            assert open_here(app, chapter, link) == [], (view, more)
            assert dict(app.query_params) == link


def test_numbers_of_a_link_wait_for_their_kernel_and_are_not_lost_to_another() -> None:
    link = {"kernel": "Sharpen", "weights": "1 -1\n0.25 2", "numbers": "1 2\n3 4"}
    app = visit("convolution", link)
    assert dict(app.query_params) == link
    app.selectbox("convolution.kernel").set_value("Own numbers").run()
    assert app.text_area("convolution.weights").value == link["weights"]
    assert dict(app.query_params) == link | {"kernel": "Own numbers"}


def test_a_kernel_of_three_channels_waits_for_a_photo() -> None:
    link = {"weights": "\n\n".join(["1 2 3\n4 5 6\n7 8 9"] * 3)}
    app = visit("convolution", link)
    assert sentences(app) == []
    assert dict(app.query_params) == link


def test_a_setting_that_waits_does_not_change_what_a_link_asks_about() -> None:
    """Without a word a link to Predict with a layer is about that layer, as in earlier versions."""
    link = {"view": "Predict", "questions": next(iter(SETS)), "stride": "2"}
    app = visit("convolution", link)
    assert dict(app.query_params) == link
    assert shown(visit("convolution", link)) == shown(app)
    assert app.session_state["convolution.questions"] == link["questions"]


def test_a_word_of_two_views_is_the_open_ones() -> None:
    app = visit("networks", RESNET | {"image": "3"})
    put(app, address.parameter("networks", address.Name.IMAGE, address.RESNET_PART), 0)
    assert dict(app.query_params) == RESNET
    (sentence,) = open_here(app, "networks", RESNET | {"source": "Draw one"})
    assert "“source” is left out: expected Test pictures or Own photo, got" in sentence
    assert dict(app.query_params) == RESNET


def test_an_empty_name_is_said_and_leaves_the_address() -> None:
    app = visit("convolution", {"": "=", " ": "1", "foo": "1", "stride": ""})
    assert dict(app.query_params) == {"foo": "1"}
    assert [sentence.partition(" is left out: ")[2] for sentence in sentences(app)] == [
        "expected a whole number from 1 to 4, got nothing.",
        "expected the name of a setting, got nothing.",
        "expected the name of a setting, got “ ”.",
    ]


def test_foreign_names_stay_and_misspelt_ones_are_said() -> None:
    link = {"utm_source": "mail", "foo": "1", "strid": "2", "epsilon": "3", "Padding": "1"}
    app = visit("convolution", link)
    assert dict(app.query_params) == {"utm_source": "mail", "foo": "1"}
    assert [sentence.partition(" is left out: ")[2] for sentence in sentences(app)] == [
        "the name of the setting is stride.",
        "this page has no such setting.",
        "the name of the setting is padding.",
    ]
    assert sentences(visit("training", {"stride": "2"})) != []


def test_a_link_of_thousands_of_foreign_names_opens() -> None:
    app = visit("convolution", {f"strid{number}": "1" for number in range(900)} | {"stride": "2"})
    assert app.query_params["stride"] == "2"


ROWS = "\n".join([" ".join(["-1234.5678"] * 28)] * 28)


def test_a_link_that_is_too_long_for_most_servers_is_said_to_be() -> None:
    app = visit("convolution", OWN)
    assert not [one for one in app.markdown if "too long" in one.value]
    put(app, address.parameter("convolution", address.Name.NUMBERS), ROWS)
    (said,) = [one.value for one in app.markdown if "too long" in one.value]
    assert re.search(r"8,7\d\d of 8,000 characters: shorten “numbers”", said)
    put(app, address.parameter("convolution", address.Name.STRIDE), 2)
    assert [one for one in app.markdown if "too long" in one.value], "it is still too long"


def scenes(app: AppTest) -> list[str]:
    """The pictures in the browser."""
    return [text for kind, text in shown(app) if kind == "scene"]


TYPED = [("numbers", OWN, "1 2 3\n4 5 6\n7 8 9"), ("weights", OWN_KERNEL, "1 -1\n0.25 2")]
UNREADABLE = ["1 *2* 3", "1 [2](http://x)", "1 :red[2]", "1 $x$ $y$", "", "1 2\n3", "9" * 30_000]


@pytest.mark.parametrize("text", UNREADABLE, ids=lambda text: text[:20])
@pytest.mark.parametrize(("name", "needs", "good"), TYPED)
def test_the_last_good_picture_stays_beside_what_cannot_be_read(
    name: str, needs: dict[str, str], good: str, text: str
) -> None:
    app = visit("convolution", needs | {name: good})
    before = scenes(app)
    link, (field,) = dict(app.query_params), app.text_area
    field.set_value(text).run()
    assert not app.exception
    assert field.value == text, "nothing that was typed is lost"
    assert scenes(app) == before
    assert dict(app.query_params) == link
    assert len(app.warning) == 1
    app.session_state["convolution.padding"] = 1
    app.run()
    assert len(app.warning) == 1
    assert app.query_params[name] == good
    field.set_value(good).run()
    assert not app.warning


def test_without_a_good_text_before_the_picture_is_the_first_one() -> None:
    usual = visit("convolution", OWN)
    app = visit("convolution", OWN)
    app.text_area[0].set_value("1 a").run()
    assert scenes(app) == scenes(usual)


DIGITS = [
    ("convolution", {"bias": "0.005"}, "bias", "0.01", "bias 0.01"),
    ("convolution", {"bias": "-0.001"}, "bias", None, "stride 1"),
    ("convolution", {"bias": "999.999"}, "bias", "1000", "bias 1000"),
    ("convolution", GABOR | {"wavelength": "2.345"}, "wavelength", "2.35", "wavelength 2.35"),
    ("cam", {"alpha": "0.995"}, "alpha", "1", "alpha 1.00"),
    ("cam", {"alpha": "1e-5"}, "alpha", "0", "alpha 0.00"),
]


@pytest.mark.parametrize(("chapter", "link", "name", "text", "caption"), DIGITS)
def test_field_caption_and_address_have_the_same_number(
    chapter: str, link: dict[str, str], name: str, text: str | None, caption: str
) -> None:
    app = visit(chapter, link)
    assert sentences(app) == [
        f"The link's “{name}” is rounded to {text or 0}: expected up to 2 digits after the point, "
        f"got “{link[name]}”."
    ]
    assert app.query_params.get(name) == text
    assert any(caption in one.value.replace("−", "-") for one in app.caption)
    key = f"{chapter}.{name}"
    if key in app.session_state:
        assert app.session_state[key] == float(text or 0)


@pytest.mark.parametrize(
    ("typed", "value"), [(0.005, 0.01), (0.126, 0.13), (-0.001, 0), (1e30, 1e3)]
)
def test_a_typed_number_is_rounded_to_what_its_field_shows(typed: float, value: float) -> None:
    app = visit("convolution", {})
    app.number_input("convolution.bias").set_value(typed).run()
    assert not app.exception
    assert app.number_input("convolution.bias").value == value
    assert app.query_params.get("bias") == (f"{value:g}" if value else None)
    assert scenes(app) == scenes(visit("convolution", {"bias": f"{value:g}"}))


# (chapter, link, name, what is typed, what is used, what was expected; "" where nothing is said)
WHOLE = "a whole number from {} to {}"
TYPED_NUMBERS = [
    ("convolution", {"view": "Predict"}, "set", 1e20, 9999, WHOLE.format(1, 9999)),
    ("convolution", {"view": "Predict"}, "set", -1e20, 1, WHOLE.format(1, 9999)),
    ("convolution", {"view": "Predict"}, "set", 1e3, 1000, ""),
    ("convolution", {"view": "Predict"}, "set", 3.5, 4, WHOLE.format(1, 9999)),
    ("convolution", {"view": "Predict"}, "set", 9999.4, 9999, WHOLE.format(1, 9999)),
    ("convolution", {}, "bias", 0.004, 0, "up to 2 digits after the point"),
    ("convolution", {}, "bias", 1001.0, 1000, "a number from -1000 to 1000"),
    ("convolution", {}, "bias", 2.5, 2.5, ""),
    ("convolution", {}, "bias", NO_NUMBER, 0, "a number from -1000 to 1000"),
    ("networks", {"view": "ResNet"}, "channel", 512.5, 512, WHOLE.format(1, 512)),
    ("networks", {"view": "ResNet"}, "channel", 1e2, 100, ""),
]


@pytest.mark.parametrize(("chapter", "link", "name", "typed", "used", "expected"), TYPED_NUMBERS)
def test_where_another_number_is_used_than_was_typed_that_is_said_beside_the_field(
    chapter: str, link: dict[str, str], name: str, typed: float, used: float, expected: str
) -> None:
    app = visit(chapter, link)
    for _ in range(2):  # the same again is said again
        app.number_input(f"{chapter}.{name}").set_value(typed).run()
        assert not app.exception
        assert app.number_input(f"{chapter}.{name}").value == used
        assert app.query_params.get(name) == (f"{used:g}" if used not in (0, 1) else None)
        got = "no number" if typed == NO_NUMBER else f"{typed:g}".replace("e+", "e")
        said = [f"Expected {expected}, got {got}: {used:g} is used."] if expected else []
        assert said_of_numbers(app) == said
    app.number_input(f"{chapter}.{name}").set_value(2).run()
    assert said_of_numbers(app) == []
    opened = visit(chapter, link | {name: "2"})
    assert scenes(app) == scenes(opened)


def said_of_numbers(app: AppTest) -> list[str]:
    found = [re.search("said_of_a_number[^>]*>(.*)</p>", one.proto.body) for one in app.get("html")]
    return [html.unescape(one[1]) for one in found if one]


def test_an_emptied_number_is_the_default_again() -> None:
    app = visit("convolution", {"bias": "2.5"})
    app.number_input("convolution.bias").set_value(None).run()
    assert not app.exception
    assert app.number_input("convolution.bias").value == 0
    assert dict(app.query_params) == {}
