"""app.ui.address: what a link says, and what is not understood."""

import math
import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from app.chapters.convolution.numbers import parse_matrix
from app.ui import address, link_sentences
from app.ui.address import Name, parameter
from core.explain import kernels

STRIDE = parameter("convolution", Name.STRIDE)
ALPHA = parameter("cam", Name.ALPHA)
WAVELENGTH = parameter("convolution", Name.WAVELENGTH)
BIAS = parameter("convolution", Name.BIAS)
VIEW = parameter("training", Name.VIEW)
RELU = parameter("convolution", Name.RELU)
KERNEL = parameter("convolution", Name.KERNEL)
FILTERS = parameter("convolution", Name.FILTERS)
GROUPS = parameter("convolution", Name.GROUPS)
PART = parameter("convolution", Name.PART)
NUMBERS = parameter("convolution", Name.NUMBERS)
NETWORK = parameter("training", Name.NETWORK)
IMAGES = parameter("training", Name.IMAGES)
RATE = parameter("training", Name.LEARNING_RATE)
MISTAKE = parameter("training", Name.MISTAKE)
FIT = parameter("cam", Name.FIT)
GRADIENTS = parameter("attack", Name.GRADIENTS)
ATTACK = parameter("attack", Name.ATTACK)
TARGET = parameter("attack", Name.TARGET)
DIGIT_CLASS = parameter("attack", Name.TRUE_CLASS)
ANGLE = parameter("convolution", Name.ANGLE)
STEP = parameter("convolution", Name.STEP)
STEM_FILTER = parameter("convolution", Name.STEM_FILTER)
CELL = parameter("networks", Name.CELL)
LOGIT = parameter("networks", Name.CLASS)
EPOCH = parameter("training", Name.EPOCH)
PRESETS = link_sentences.listed(kernels.NAMES)
TRAINING = "Curves, Epoch by epoch, Mistakes, Ingredients, Time to accuracy or Train it now"


@pytest.mark.parametrize("one", address.PARAMETERS, ids=lambda one: one.key)
def test_the_table_holds_together(one: address.Parameter) -> None:
    assert parameter(one.chapter, one.name, one.part) is one
    assert one.choices or one.kind != "choice"
    assert bool(one.expects) == (one.kind in ("text", "several") and not one.choices)
    assert (one.kind in ("integer", "number")) == (one.low < one.high)
    views = parameter(one.chapter, Name.VIEW).choices
    assert set(one.views) <= set(views)


def test_no_name_of_a_chapter_is_an_old_name_of_the_same_views() -> None:
    keys = [one.key for one in address.PARAMETERS]
    assert len(set(keys)) == len(keys)
    for one in address.PARAMETERS:
        assert one.name not in one.old


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(KeyError, match=r"training\.stride"):
        parameter("training", Name.STRIDE)


@pytest.mark.parametrize(
    ("about", "texts", "value"),
    [
        (STRIDE, ["3"], 3),
        (BIAS, ["-7.5"], -7.5),
        (BIAS, ["0.005"], 0.01),
        (BIAS, ["-0.005"], -0.01),
        (BIAS, ["999.999"], 1000),
        (ALPHA, [".5"], 0.5),
        (ALPHA, ["1."], 1),
        (ALPHA, ["0.995"], 1),
        (ALPHA, ["1e-5"], 0),
        (ALPHA, ["0.123456789012"], 0.12),
        (WAVELENGTH, ["2.345"], 2.35),
        (VIEW, ["Mistakes"], "Mistakes"),
        (RELU, ["false"], False),
        (FILTERS, ["Emboss", "Sharpen", "Emboss"], ["Emboss", "Sharpen"]),
        (FILTERS, ["Emboss", "Nope"], ["Emboss", "Nope"]),  # its control says which is not there
        (ATTACK, ["Task 2: targeted PGD"], "Task 2: targeted PGD"),
        (ATTACK, ["Task 2: into a target, PGD"], "Task 2: into a target, PGD"),
        (GROUPS, ["3, depthwise"], "3, depthwise"),
        (MISTAKE, ["cat-dog"], "cat-dog"),
    ],
)
def test_a_value_is_read(about: address.Parameter, texts: list[str], value: object) -> None:
    assert address.read(about, texts) == value


NUMBERS_OF_DIGITS = [one for one in address.PARAMETERS if one.kind == "number"]


@pytest.mark.parametrize("one", NUMBERS_OF_DIGITS, ids=lambda one: one.key)
def test_a_number_has_the_digits_that_its_control_shows(one: address.Parameter) -> None:
    middle = (one.low + one.high) / 2
    for asked in (middle + 0.126, middle + 0.005, middle + 1 / 3, one.high - 0.001, one.low, 2.675):
        if not one.low <= asked <= one.high:
            continue
        value = address.read(one, [f"{asked:.12g}"])
        assert value == one.rounded(value) == float(f"{value:.{one.decimals}f}")
        assert abs(value - asked) < 0.5001 * 10**-one.decimals
        text = address.text_of(value)
        assert isinstance(text, str)
        assert len(text.partition(".")[2]) <= one.decimals
        assert address.read(one, [text]) == value


def test_halves_are_rounded_away_from_zero_and_zero_has_no_sign() -> None:
    assert [BIAS.rounded(value) for value in (0.005, 2.675, -0.005, 1e300)] == [
        0.01,
        2.68,
        -0.01,
        1e300,
    ]
    assert address.text_of(BIAS.rounded(-0.001)) == "0"
    assert [STRIDE.rounded(3), KERNEL.rounded("0.005"), BIAS.rounded(None)] == [3, "0.005", None]


@pytest.mark.parametrize(
    ("about", "texts", "reason"),
    [
        (STRIDE, [], "expected one value, got 0"),
        (STRIDE, ["1", "2"], "expected one value, got 2"),
        (STRIDE, [""], "expected a whole number from 1 to 4, got nothing"),
        (STRIDE, ["1" * 99], "expected a whole number from 1 to 4, got 99 characters"),
        (STRIDE, ["5"], "expected a whole number from 1 to 4, got “5”"),
        (STRIDE, ["2.0"], "expected a whole number from 1 to 4, got “2.0”"),
        (STRIDE, ["٣"], "expected a whole number from 1 to 4, got “٣”"),
        (BIAS, ["nan"], "expected a number from -1000 to 1000, got “nan”"),
        (BIAS, ["inf"], "expected a number from -1000 to 1000, got “inf”"),
        (BIAS, ["."], "expected a number from -1000 to 1000, got “.”"),
        (BIAS, ["1000.001"], "expected a number from -1000 to 1000, got “1000.001”"),
        (BIAS, ["1e99"], "expected a number from -1000 to 1000, got “1e99”"),
        (RELU, ["yes"], "expected true or false, got “yes”"),
        (VIEW, ["Steps"], f"expected {TRAINING}, got “Steps”"),
        (KERNEL, [""], "expected the name of a kernel, like Sharpen, got nothing"),
        (FILTERS, ["Emboss", ""], f"expected {PRESETS}, got nothing"),
        (FILTERS, ["x" * 61], f"expected {PRESETS}, got 61 characters"),
        (GROUPS, ["7"], "expected “1” or “3, depthwise”, got “7”"),
        (PART, ["x"], "expected “Detail, 10 × 10” or “Whole, 28 × 28”, got “x”"),
        (NUMBERS, [""], "expected rows of numbers, up to 20,000 characters, got nothing"),
        (NETWORK, [""], "expected Small CNN on MNIST or ResNet on CIFAR-10, got nothing"),
        (IMAGES, [""], "expected “1,000”, “8,000”, “10,000” or “60,000”, got nothing"),
        (RATE, [""], "expected a number from 0.0001 to 1, got nothing"),
        (MISTAKE, [""], "expected a true and a predicted class, like 3-5 or cat-dog, got nothing"),
        (FIT, [""], "expected Crop it or Pad it, got nothing"),
        (MISTAKE, ["x-y"], "expected a true and a predicted class, like 3-5 or cat-dog, got “x-y”"),
        (
            MISTAKE,
            ["3-cat"],
            "expected a true and a predicted class, like 3-5 or cat-dog, got “3-cat”",
        ),
        (KERNEL, ["Nope"], "expected the name of a kernel, like Sharpen, got “Nope”"),
        (FILTERS, ["Nope", "No"], f"expected {PRESETS}, got “Nope”"),
        (NUMBERS, ["abc"], "expected rows of numbers, up to 20,000 characters, got “abc”"),
        (
            CELL,
            ["a-b"],
            "expected a layer and a cell in it, like pool2-4-7-6 or hidden-37, got “a-b”",
        ),
        (LOGIT, ["11"], "expected predicted, 0, 1, 2, 3, 4, 5, 6, 7, 8 or 9, got “11”"),
        (ANGLE, ["7"], "expected 0, 15, 30, 45, 60, 75, 90, 105, 120, 135, 150 or 165, got “7”"),
        (DIGIT_CLASS, ["wrong"], "expected a class, like 8 or cat, or “all”, got “wrong”"),
        (TARGET, ["x"], "expected a class, like 8 or cat, got “x”"),
        (EPOCH, ["-1"], "expected a whole number from 0 on, got “-1”"),
        (STEP, ["0"], "expected a whole number from 1 on, got “0”"),
        (STEM_FILTER, ["Infinity"], "expected a whole number from 1 on, got “Infinity”"),
        (
            ATTACK,
            ["Task 2"],
            "expected “Task 1: into any other class”, “Task 2: into a target, PGD”, “Task 3: into "
            "a target, improved”, “FGSM, one step”, “PGD, cross-entropy” or “MI-FGSM”, got “Task "
            "2”",
        ),
        (GRADIENTS, ["3"], "expected 1, 2, 5, 10, 20, 50 or 100, got “3”"),
        (GRADIENTS, ["nan"], "expected 1, 2, 5, 10, 20, 50 or 100, got “nan”"),
    ],
)
def test_what_is_not_understood_is_said(
    about: address.Parameter, texts: list[str], reason: str
) -> None:
    with pytest.raises(ValueError, match=r"is left out") as error:
        address.read(about, texts)
    assert str(error.value) == f"The link's “{about.name}” is left out: {reason}."


BAD = ("", "nan", "inf", "1e999", "9" * 4_400, "x" * 10_000, "٣", "３", "<b>x</b>", "\x00", "-7e7")
ANYTHING = re.compile(r"expected 1 to [\d,]+ characters")  # says nothing of what there is


@pytest.mark.parametrize("about", address.PARAMETERS, ids=lambda one: one.key)
def test_whatever_stands_in_a_link_is_read_or_refused_at_once(about: address.Parameter) -> None:
    begin, refused = time.perf_counter(), []
    for texts in [[text] for text in BAD] + [["1", "2"], ["x"] * 1_000, []]:
        try:
            value = address.read(about, texts)
        except ValueError as error:
            refused.append(str(error))
        else:
            assert about.kind in ("text", "several")
            assert address.text_of(value) in (*texts, list(dict.fromkeys(texts)))
    assert all(f"“{about.name}”" in sentence and len(sentence) < 270 for sentence in refused)
    assert not any(ANYTHING.search(sentence) for sentence in refused)
    assert all(choice in refused[0] for choice in about.titles or about.choices)
    assert about.expects in refused[0]
    assert about.kind in ("text", "several") or len(refused) == len(BAD) + 3
    assert time.perf_counter() - begin < 1


def test_a_link_gives_values_by_session_key_and_sentences() -> None:
    found, refused = address.values(
        "convolution", {"look": ["Predict"], "view": ["x"], "stride": ["9"], "foreign": ["1"]}
    )
    assert found == {"convolution.view": "Predict"}
    assert [sentence.split(",")[0] for sentence in refused] == [
        "The link's “view” is left out: expected Steps",
        "The link's “stride” is left out: expected a whole number from 1 to 4",
    ]


@pytest.mark.parametrize(
    ("asked", "fitted", "missing"),
    [
        ("x", "x", None),
        ("photo", 1, None),
        ("x", None, "x"),
        (3, 3, None),
        (3.0, 3, None),
        (999, 64, "999"),
        (999, None, "999"),
        (["a", "b"], ["a", "b"], None),
        (["a", "b"], ["a"], "b"),
        (["a"], None, "a"),
        (["a", "b", "c"], ["b"], "a” and “c"),
    ],
)
def test_what_a_control_does_not_offer_is_said(
    asked: object, fitted: object, missing: str | None
) -> None:
    sentence = link_sentences.not_offered(KERNEL, asked, fitted)
    are = "are" if missing and " and " in missing else "is"
    expected = f"The link's “kernel” is left out: “{missing}” {are} not offered here."
    assert sentence == (None if missing is None else expected)


@pytest.mark.parametrize("name", ["foo", "utm_source", "fbclid", "lang", "\x00", "x" * 10_000])
def test_a_foreign_name_is_none_of_our_business(name: str) -> None:
    assert address.unknown("convolution", [name]) == {}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("strid", "the name of the setting is stride"),
        ("Stride", "the name of the setting is stride"),
        ("kernel_heigth", "the name of the setting is kernel_height"),
        ("epsilon", "this page has no such setting"),
        ("", "expected the name of a setting, got nothing"),
        ("  ", "expected the name of a setting, got “  ”"),
    ],
)
def test_a_misspelt_name_is_said(name: str, reason: str) -> None:
    assert address.unknown("convolution", ["stride", name]) == {
        name: f"The link's “{name}” is left out: {reason}."
    }


def test_a_long_link_is_said_to_be_too_long_before_it_is_shared() -> None:
    page = "http://localhost:8501/convolution"
    room = link_sentences.LONGEST_LINK - len(page) - len("?numbers=")
    assert link_sentences.too_long({"numbers": ["1" * room]}, page) is None
    assert link_sentences.too_long({"numbers": ["1" * (room + 1)], "stride": ["2"]}, page) == (
        "The link is too long for most servers, 8,010 of 8,000 characters: "
        "shorten “numbers” (fewer rows or digits)."
    )
    foreign = link_sentences.too_long({"stride": ["2"], "foo": ["\n" * 3_000]}, page)
    assert foreign is not None
    assert foreign.endswith("leave out “foo”.")


@pytest.mark.parametrize("one", address.PARAMETERS, ids=lambda one: one.key)
def test_a_sentence_has_the_name_that_the_link_has(one: address.Parameter) -> None:
    for name in (one.name, *one.old):
        _, refused = address.values(one.chapter, {name: [""]})
        assert [sentence.partition(" is left out")[0] for sentence in refused] == [
            f"The link's “{name}”"
        ]
    link = {key: ["1"] for key in one.old}
    assert address.called(one.chapter, link).get(one.name) == (one.old[-1] if one.old else None)
    assert one.name not in address.called(one.chapter, link | {one.name.value: ["1"]})


def test_a_sentence_of_today_is_said_in_the_words_of_the_link() -> None:
    sentence = link_sentences.left_out("image", "“image” is left out: x")
    assert link_sentences.as_called(sentence, {"image": "digit"}) == (
        "The link's “digit” is left out: “image” is left out: x."
    )
    for called in ({}, {"stride": "s"}):
        assert link_sentences.as_called(sentence, called) == sentence
    assert link_sentences.as_called("Another one.", {"image": "digit"}) == "Another one."


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (["a", "b"], "The link's “a” and “b” are left out"),
        (["a", "b", "c", "d"], "The link's “a”, “b”, “c” and “d” are left out"),
        ([*"abcde"], "The link's “a”, “b”, “c” and 2 more settings are left out"),
    ],
)
def test_several_settings_are_named_in_one_line(names: list[str], line: str) -> None:
    sentences = [link_sentences.left_out(name, "x") for name in names]
    assert link_sentences.several_left_out(sentences) == line


@pytest.mark.parametrize(
    ("low", "high", "whole", "words"),
    [
        (1, 3, True, "a whole number from 1 to 3"),
        (0.0, 0.5, False, "a number from 0 to 0.5"),
        (1, 1, True, "1"),
        (1, math.inf, True, "a whole number from 1 on"),
    ],
)
def test_a_range_in_words(low: float, high: float, whole: bool, words: str) -> None:
    assert link_sentences.in_range(low, high, whole=whole) == words


def test_a_long_list_is_described_instead() -> None:
    assert link_sentences.offered(KERNEL, ["a", "b"]) == "a or b"
    assert link_sentences.offered(KERNEL, ["a"] * 99) == KERNEL.expects


@pytest.mark.parametrize(
    ("chapter", "link", "found", "left_out", "used"),
    [
        ("attack", {"epsilon": ["12"], "eps": ["13"]}, {"attack.epsilon": 12}, "eps", "epsilon"),
        ("cam", {"number": ["2"], "image": ["1"]}, {"cam.image": 1}, "number", "image"),
        ("cam", {"number": ["2"], "image": ["x"]}, {"cam.image": 2}, None, ""),
        ("attack", {"view": ["Live"], "page": ["x"]}, {"attack.view": "Live"}, "page", None),
        ("attack", {"view": ["Live"], "page": ["2"]}, {"attack.page": 2}, None, ""),
    ],
)
def test_of_two_names_of_one_setting_the_second_is_said_to_be_left_out(
    chapter: str, link: dict[str, list[str]], found: dict[str, object], left_out: str, used: str
) -> None:
    values, refused = address.values(chapter, link)
    assert found.items() <= values.items()
    if left_out and used:
        reason = f"it is the same setting as “{used}”, which the link has too"
        assert refused == [f"The link's “{left_out}” is left out: {reason}."]
    elif left_out:
        assert [
            f"“{left_out}”" in sentence and "whole number" in sentence for sentence in refused
        ] == [True]


def test_a_name_that_once_meant_something_else() -> None:
    for text, key in (("Findings", "attack.view"), ("2", "attack.page")):
        found, refused = address.values("attack", {"page": [text]})
        assert list(found) == [key]
        assert refused == []


TYPED = some.text(
    "0159 \t\n\r\x0b\x0c\x1c\x85\xa0\u2003\u2009\u3000.,;/_eE+-−", min_size=1, max_size=30
)


@given(text=TYPED)
@example(text="1\xa02\u20093")
def test_rows_that_a_field_takes_may_stand_in_a_link(text: str) -> None:
    try:
        parse_matrix(text, what="picture", largest=28)
    except ValueError:
        return
    for name in (Name.NUMBERS, Name.WEIGHTS):
        assert parameter("convolution", name).may_be(text)


@pytest.mark.timeout(30)  # a pattern that reads a text twice needs hours
@pytest.mark.parametrize("unit", ["9", "9 ", "-", "Digit (no. 1", "cat-"])
def test_any_text_of_a_link_is_read_once(unit: str) -> None:
    text = unit * 1_000_000 + "x"
    patterns = [one for one in address.PARAMETERS if one.pattern]
    assert patterns
    assert not any(one.may_be(text) for one in patterns)
