"""Predict: questions as pictures, and the page that asks them."""

import json
from dataclasses import replace

import pytest

from app.chapters.convolution import asked, predict
from app.ui.packing import unpacked
from core.explain.geometry import Geometry
from core.explain.questions.question import Option, SizedLayers
from core.explain.questions.sets import QUESTIONS, SETS, question
from tests.app.chapters.opened import grids, open_chapter, texts

ALL = [(name, index) for name in SETS for index in range(QUESTIONS)]


def data_of(found) -> dict:
    return asked.scene(found).data(theme="light")


@pytest.mark.parametrize(("name", "index"), ALL)
def test_a_question_does_not_show_its_answer(name, index):
    for seed in (1, 2, 3):
        found = question(name, seed, index)
        data = data_of(found)
        json.dumps(data, allow_nan=False)
        before = [one for one in data["grids"] if not one["appears"]]
        assert before[0]["title"].startswith(("Input", "Red", "")), "the picture comes first"
        if isinstance(found.subject, SizedLayers):
            assert not any(one["title"].startswith("Output") for one in before)
            assert sum(one["title"].startswith("Output") for one in data["grids"]) == 1
        elif found.pixel is None and found.unit == "number":
            (output,) = [one for one in before if one["step"] == "cell"]
            assert output["secret"]
            assert output["visited"]
            value = float(unpacked(output["values"])[found.step])
            assert value == found.options[found.right].value[0]
        else:
            assert not any(one["title"] == "Gradient" for one in before)


@pytest.mark.parametrize(("name", "index"), ALL)
def test_the_window_is_secret_where_finding_it_is_the_question(name, index):
    found = question(name, 4, index)
    windows = [one for one in data_of(found)["marks"] if one["style"] in ("window", "cells")]
    assert all(one["secret"] != found.shows_window for one in windows)


@pytest.mark.parametrize(("name", "index"), ALL)
def test_nothing_lies_over_another_or_beyond_the_picture(name, index):
    for seed in (1, 2, 3):
        data = data_of(question(name, seed, index))
        boxes = [
            (one["x"], one["y"], one["columns"] * one["width"], one["rows"] * one["height"])
            for one in data["grids"]
            if one["title"]  # those without lie behind or around another one
        ]
        for x, y, width, height in boxes:
            assert x + width <= data["width"] + 0.01
            assert y + height <= data["height"] + 0.01
        for at, (x, y, width, _) in enumerate(boxes):
            for left, top, _, tall in boxes[at + 1 :]:
                assert x + width < left or not top <= y < top + tall or left + 0.1 < x


SAID = {
    ("Ten ideas", 0): "·",
    ("Ten ideas", 1): "(bias)",
    ("Ten ideas", 4): "ReLU: max(0, ",
    ("Ten ideas", 5): " from red + ",
    ("Ten ideas", 8): "The framed cell gets ",
    ("Pool winner", 0): "max(",
    ("Output size", 0): " + 1 = ",
    ("Output size", 9): ", then ",
}


@pytest.mark.parametrize(("name", "index"), SAID)
def test_the_sum_is_written_out_and_ends_at_the_right_answer(name, index):
    found = question(name, 2, index)
    said = asked.said(found)
    assert SAID[name, index] in said
    assert "terms that are 0" not in said
    right = predict.written(found.options[found.right], found.unit).split(" × ")[0]
    assert said.rstrip(".").endswith(right)


@pytest.mark.parametrize(
    ("layer", "formula"),
    [
        (Geometry((6, 6), (3, 3), 2, 1, 1), "(6 + 2·1 − 3) / 2, rounded down, + 1 = 3"),
        (Geometry((7, 7), (3, 3), 2, 1, 1), "(7 + 2·1 − 3) / 2 + 1 = 4"),
        (
            Geometry((7, 5), (3, 3), 1, 0, 2),
            "7 − 2·(3 − 1) − 1 + 1 = 3 and 5 − 2·(3 − 1) − 1 + 1 = 1",
        ),
    ],
)
def test_the_output_size_by_hand(layer, formula):
    found = replace(question("Output size", 1, 0), subject=SizedLayers((layer,)))
    assert asked.said(found) == formula


def test_answers_as_they_are_offered():
    assert predict.written(Option((-3.0,), ""), "number") == "−3"
    assert predict.written(Option((0.25,), ""), "number") == "0.25"
    assert predict.written(Option((4.0, 3.0, 3.0), ""), "size") == "4 × 3 × 3"
    assert predict.written(Option((0.0, 1.0), ""), "cell") == "row 1, column 2"


def test_the_next_question_comes_along():
    app = open_chapter("convolution", view="Predict", question="4")
    data = grids(app)
    following = data["following"]
    assert following["quiz"]["text"] == question("Ten ideas", 1, 4).text
    assert "version" not in following, "it is shown with the version of the page"
    app.session_state["address"].values["convolution.question"] = 5  # as the component's callback
    app.run()
    data = grids(app)
    other = {name for name, value in following.items() if data[name] != value}
    assert other == {"quiz"}, "the very same picture, so that it is not drawn again"
    assert data["quiz"] == following["quiz"] | {"answers": {}}
    assert "following" not in grids(open_chapter("convolution", view="Predict", question="10"))


def test_the_page_opens_with_ten_ideas_and_no_panel():
    app = open_chapter("convolution", view="Predict")
    data = grids(app)
    found = question("Ten ideas", 1, 0)
    assert data["quiz"]["text"] == found.text
    assert data["quiz"]["right"] == found.right
    assert len(data["quiz"]["options"]) == 4
    assert data["puzzle"] is None
    assert not data["player"]
    assert data["step"] == found.step
    assert not app.sidebar.children, "an empty panel is closed"
    assert "Ten ideas, set no. 1, question 1 of 10" in texts(app)


def test_a_link_opens_a_question_of_a_set():
    app = open_chapter(
        "convolution", view="Predict", questions="Output size", set="7", question="3"
    )
    assert grids(app)["quiz"]["text"] == question("Output size", 7, 2).text
    assert "Output size, set no. 7, question 3 of 10" in texts(app)


def test_answers_stay_with_their_set():
    app = open_chapter("convolution", view="Predict", set="2")
    answers = {"0": {"option": 1, "right": True}}
    app.session_state["conv_grids answers"] = {"set": "Ten ideas 2", "answers": answers}
    app.run()
    assert grids(app)["quiz"]["answers"] == answers
    app.session_state["convolution.questions"] = "Pool winner"
    app.run()
    assert grids(app)["quiz"]["answers"] == {}


def test_the_layer_of_the_panel_is_still_asked_about():
    app = open_chapter("convolution", view="Predict")
    app.session_state["convolution.questions"] = "This layer"
    app.run()
    assert not app.exception
    data = grids(app)
    assert data["quiz"] is None
    assert len(data["puzzle"]["order"]) == 10
    assert app.query_params["questions"] == "This layer"
