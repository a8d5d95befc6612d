"""app.chapters.networks.shapes: the picture of a question tells no more than the room knows."""

import pytest

from app.chapters.networks import shapes
from app.ui.quiz import Quiz
from core.explain.questions.network import layers_of, questions_of
from core.models import MnistCNN, ResNet
from tests.app.chapters.opened import grids, open_chapter


@pytest.mark.parametrize("model", [MnistCNN(), ResNet()], ids=["small", "resnet"])
def test_the_shape_is_told_once_it_is_known(model):
    layers = layers_of(model, model.image_shape)
    for question in questions_of(layers):
        quiz = Quiz("name", 0, 1, "text", [], question.right, 0, "")
        drawn = shapes.scene(layers, question, quiz)
        _, after = drawn.grids
        asks_shape = question.about == "shape"
        assert after.appears == asks_shape
        known = [sign.text for sign in drawn.signs if not sign.secret]
        here = [sign for sign in drawn.signs if sign.bold and sign.size == 17]
        assert ("?" in [sign.text for sign in here]) == asks_shape
        assert shapes.title(layers[question.layer].name) in known
        assert all(0 <= sign.x < drawn.width for sign in drawn.signs)


@pytest.mark.parametrize("name", ["mnist_cnn", "cifar10_resnet"])
def test_what_stands_behind_a_verdict_is_a_sentence(name):
    layers, questions = shapes._prepared(name)
    for index, question in enumerate(questions):
        said = shapes._packed(name, layers, questions, index)["quiz"]["said"]
        assert not said[0].islower()
        assert said.endswith(".")
        assert said[0].isascii() or not said[0].isalpha(), "a sign such as γ has no capital here"
        assert not any(option.reason.startswith("that ") for option in question.options)


def test_a_question_is_opened_by_its_link():
    app = open_chapter("networks", view="Shape by shape", question="2")
    asked = grids(app)["quiz"]
    assert asked["text"].endswith("how many numbers does it learn?")
    assert asked["count"] == 12
    assert "30" in [option["text"] for option in asked["options"]]
    assert "question 2 of 12" in app.caption[0].value
