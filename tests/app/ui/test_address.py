"""app.ui.address: what a link says, and what is not understood."""

import pytest

from app.ui import address
from app.ui.address import Name, parameter

STRIDE = parameter("convolution", Name.STRIDE)
BIAS = parameter("convolution", Name.BIAS)
VIEW = parameter("training", Name.VIEW)
RELU = parameter("convolution", Name.RELU)
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
    ("about", "texts", "sentence"),
    [
        (STRIDE, [], "Expected stride once in the link; got it 0 times."),
        (STRIDE, ["1", "2"], "Expected stride once in the link; got it 2 times."),
        (STRIDE, [""], "Expected stride to have 1 to 60 characters; got 0."),
        (STRIDE, ["1" * 99], "Expected stride to have 1 to 60 characters; got 99."),
        (STRIDE, ["5"], "Expected stride to be a whole number from 1 to 4; got '5'."),
        (STRIDE, ["2.0"], "Expected stride to be a whole number from 1 to 4; got '2.0'."),
        (STRIDE, ["٣"], "Expected stride to be a whole number from 1 to 4; got '٣'."),
        (BIAS, ["nan"], "Expected bias to be a number from -1000 to 1000; got 'nan'."),
        (BIAS, ["inf"], "Expected bias to be a number from -1000 to 1000; got 'inf'."),
        (RELU, ["yes"], "Expected relu to be true or false; got 'yes'."),
        (
            VIEW,
            ["Steps"],
            "Expected view to be Curves or Epoch by epoch or Mistakes or Train it now; "
            "got 'Steps'.",
        ),
        (FILTERS, ["Emboss", ""], "Expected filters to be names; got ['Emboss', '']."),
        (FILTERS, ["x" * 61], f"Expected filters to be names; got ['{'x' * 58}…."),
    ],
)
def test_what_is_not_understood_is_said(
    about: address.Parameter, texts: list[str], sentence: str
) -> None:
    with pytest.raises(ValueError, match=r"^Expected") as error:
        address.read(about, texts)
    assert str(error.value) == sentence


def test_a_link_gives_values_by_session_key_and_sentences() -> None:
    found, refused = address.values(
        "convolution", {"look": ["Predict"], "view": ["x"], "stride": ["9"], "foreign": ["1"]}
    )
    assert found == {"convolution.view": "Predict"}
    assert [sentence.split(";")[0] for sentence in refused] == [
        "Expected view to be Steps or Predict or im2col or Backward or Network",
        "Expected stride to be a whole number from 1 to 4",
    ]


def test_a_name_that_once_meant_something_else() -> None:
    for text, key in (("Findings", "attack.view"), ("2", "attack.page")):
        found, refused = address.values("attack", {"page": [text]})
        assert list(found) == [key]
        assert refused == []
