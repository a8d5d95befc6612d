"""app.ui.address: what a link says, and what is not understood."""

import time

import pytest

from app.ui import address, link_sentences
from app.ui.address import Name, parameter

STRIDE = parameter("convolution", Name.STRIDE)
BIAS = parameter("convolution", Name.BIAS)
VIEW = parameter("training", Name.VIEW)
RELU = parameter("convolution", Name.RELU)
KERNEL = parameter("convolution", Name.KERNEL)
FILTERS = parameter("convolution", Name.FILTERS)


@pytest.mark.parametrize("one", address.PARAMETERS, ids=lambda one: one.key)
def test_the_table_holds_together(one: address.Parameter) -> None:
    assert parameter(one.chapter, one.name, one.part) is one
    assert (one.kind == "choice") == bool(one.choices)
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
        (BIAS, ["1e-05"], 1e-05),
        (VIEW, ["Mistakes"], "Mistakes"),
        (RELU, ["false"], False),
        (FILTERS, ["Emboss", "Sharpen", "Emboss"], ["Emboss", "Sharpen"]),
    ],
)
def test_a_value_is_read(about: address.Parameter, texts: list[str], value: object) -> None:
    assert address.read(about, texts) == value


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
        (BIAS, ["1e99"], "expected a number from -1000 to 1000, got “1e99”"),
        (RELU, ["yes"], "expected true or false, got “yes”"),
        (VIEW, ["Steps"], "expected Curves, Epoch by epoch, Mistakes or Train it now, got “Steps”"),
        (KERNEL, [""], "expected 1 to 60 characters, got nothing"),
        (FILTERS, ["Emboss", ""], "expected 1 to 60 characters, got nothing"),
        (FILTERS, ["x" * 61], "expected 1 to 60 characters, got 61 characters"),
    ],
)
def test_what_is_not_understood_is_said(
    about: address.Parameter, texts: list[str], reason: str
) -> None:
    with pytest.raises(ValueError, match=r"is left out") as error:
        address.read(about, texts)
    assert str(error.value) == f"The link's “{about.name}” is left out: {reason}."


BAD = ("", "nan", "inf", "1e999", "9" * 4_400, "x" * 10_000, "٣", "３", "<b>x</b>", "\x00", "-7e7")


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
    assert all(f"“{about.name}”" in sentence and len(sentence) < 200 for sentence in refused)
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
    ],
)
def test_what_a_control_does_not_offer_is_said(
    asked: object, fitted: object, missing: str | None
) -> None:
    sentence = link_sentences.not_offered(KERNEL, asked, fitted)
    expected = f"The link's “kernel” is left out: “{missing}” is not offered here."
    assert sentence == (None if missing is None else expected)


@pytest.mark.parametrize("name", ["foo", "utm_source", "fbclid", "lang", "", "\x00", "x" * 10_000])
def test_a_foreign_name_is_none_of_our_business(name: str) -> None:
    assert address.unknown("convolution", [name]) == {}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("strid", "the name of the setting is stride"),
        ("Stride", "the name of the setting is stride"),
        ("kernel_heigth", "the name of the setting is kernel_height"),
        ("epsilon", "this page has no such setting"),
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


def test_a_name_that_once_meant_something_else() -> None:
    for text, key in (("Findings", "attack.view"), ("2", "attack.page")):
        found, refused = address.values("attack", {"page": [text]})
        assert list(found) == [key]
        assert refused == []
