"""What the page says of its filters, and keeps, when other ones are chosen."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.chapters.opened import grids, open_chapter

LEARNED = "Learned 2 of 3"


def choose(app: AppTest, kernel: str) -> None:
    app.selectbox("convolution.kernel").set_value(kernel).run()
    assert not app.exception


def left_behind(app: AppTest) -> list[str]:
    return [one.value for one in app.caption if one.value.startswith("The numbers of ")]


def test_what_numbers_of_ones_own_leave_behind_of_a_network_is_said() -> None:
    app = open_chapter("convolution", kernel=LEARNED)
    assert left_behind(app) == []
    choose(app, "Own numbers")
    (said,) = left_behind(app)
    assert said.startswith(
        "The numbers of Learned 2 of 3, rounded to four digits, without its bias −0.01. "
    )
    assert "Its network scales the pixels first" in said
    choose(app, "Sharpen")
    choose(app, "Own numbers")
    assert left_behind(app) == []
    choose(app, "Gabor")
    choose(app, "Own numbers")
    assert left_behind(app) == ["The numbers of Gabor, rounded to four digits."]


def test_the_fractions_of_a_kernel_stay_when_its_numbers_become_ones_own() -> None:
    app = open_chapter("convolution", kernel="Blur (box)")
    before = grids(app)["sentences"]
    choose(app, "Own numbers")
    assert app.text_area("convolution.weights").value == "\n".join(["1/9 1/9 1/9"] * 3)
    assert grids(app)["sentences"] == before
    assert left_behind(app) == []
    link = {name: "".join(value) for name, value in app.query_params.items()}
    again = open_chapter("convolution", **link)
    assert grids(again)["sentences"] == before


def test_of_a_filter_without_a_bias_none_is_named() -> None:
    app = open_chapter("convolution", image="photo 1", kernel="ResNet stem")
    choose(app, "Own numbers")
    assert left_behind(app)[0].startswith(
        "The numbers of ResNet stem, filter 1, rounded to four digits. Its "
    )


@pytest.mark.parametrize(
    ("others", "shown"),
    [
        (["Emboss"], "Emboss"),  # one before it goes
        (["Sharpen", "Identity", "Emboss"], "Emboss"),  # one comes before it
        (["Sharpen"], "Sobel"),  # it goes itself: the first
        ([], "Sobel"),
    ],
)
def test_the_filter_shown_stays_when_others_come_or_go(others: list[str], shown: str) -> None:
    app = open_chapter("convolution", filters="Sharpen", filter="1")
    app.multiselect("convolution.filters").set_value(["Sharpen", "Emboss"]).run()
    app.button_group("convolution.filter").set_value(3).run()
    app.multiselect("convolution.filters").set_value(others).run()
    assert not app.exception
    (caption,) = [one.value for one in app.caption if one.value.startswith("Cross-correlation")]
    assert shown in caption
    number = app.query_params.get("filter", ["1"])
    assert [*number] == ([f"{others.index(shown) + 2}"] if shown in others else ["1"])


def test_a_pad_says_what_becomes_of_the_drawing() -> None:
    app = open_chapter("attack", source="Draw one")
    assert "Scaled and centred as MNIST's digits are." in [one.value for one in app.caption]


PHOTO = "photo 1"


def test_the_kernel_of_a_photo_is_none_of_a_digit() -> None:
    """One block for each channel is no kernel of three times the height."""
    app = open_chapter("convolution", image=PHOTO, kernel="ResNet stem")
    choose(app, "Own numbers")
    assert left_behind(app)
    app.button_group("convolution.source").set_value("Digits").run()
    assert not app.exception
    (box,) = app.warning
    assert "The kernel has 3 blocks of rows: type one, without an empty line" in box.value
    assert "The picture has -1 0 1 / -2 0 2 / -1 0 1." in box.value
    assert left_behind(app) == []  # another kernel is drawn


def test_numbers_that_are_edited_are_no_longer_those_of_the_network() -> None:
    app = open_chapter("convolution", kernel=LEARNED)
    choose(app, "Own numbers")
    assert left_behind(app)
    app.text_area("convolution.weights").set_value("1 0\n0 1").run()
    assert left_behind(app) == []


def test_a_depthwise_layer_says_which_filters_it_uses() -> None:
    link = {"image": PHOTO, "kernel": "Sharpen", "filters": "Emboss"}
    said = [
        [one.value for one in app.caption if one.value.startswith("The first filter is used")]
        for app in (
            open_chapter("convolution", **link),
            open_chapter("convolution", **link, groups="3"),
            open_chapter("convolution", image=PHOTO, kernel="Sharpen", groups="3"),
        )
    ]
    assert [len(one) for one in said] == [0, 1, 0]


def test_the_gradients_into_the_channels_have_one_scale_whose_numbers_stand_there() -> None:
    weights = "9 0\n0 9\n\n0.1 0\n0 0.1\n\n1 0\n0 0"
    link = {"image": PHOTO, "kernel": "Own numbers", "weights": weights}
    app = open_chapter("convolution", **link, view="Backward", all_cells="true")
    drawn = [one for one in grids(app)["grids"] if one["title"].startswith("Gradient, ")]
    assert len(drawn) == 3
    assert {one["largest"] for one in drawn} == {18}  # of the first: two windows' 9
    assert [one["legend"] for one in drawn] == [False, False, True]
