"""A picture's number and the filters beside it never contradict each other."""

from __future__ import annotations

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app.ui import images, networks
from app.ui.gallery import PAGE
from core.data.facts import LabelledImages
from tests.app.chapters.opened import open_chapter, texts

CARDS = {"cam": "cifar10_resnet", "attack": "mnist_model_a"}


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole test sets: each label is what the network predicts, but for every tenth picture."""

    def test_set(name: str) -> LabelledImages:
        card = next(
            one for one in CARDS.values() if networks.card(one)["config"]["dataset"] == name
        )
        labels = torch.tensor([int(one) for one in networks.card(card)["result"]["predictions"]])
        labels[::10] = (labels[::10] + 1) % 10
        shape = (len(labels), 1, 28, 28) if name == "mnist" else (len(labels), 3, 32, 32)
        return LabelledImages(torch.zeros(shape, dtype=torch.uint8), labels)

    monkeypatch.setattr(images, "whole_test_set", test_set)


def label_of(chapter: str, index: int) -> str:
    """The name of its true class."""
    about = networks.card(CARDS[chapter])
    found = images.whole_test_set(about["config"]["dataset"])
    return str(about["classes"][int(found.labels[index])])


def filters(app: AppTest, chapter: str) -> list[str]:
    return [app.selectbox(f"{chapter}.{name}").value for name in ("true_class", "predicted")]


@pytest.mark.parametrize("chapter", CARDS)
@pytest.mark.parametrize(("typed", "index"), [(99999, 9999), (7, 7), (0, 0), (-4, 0)])
def test_a_typed_number_lifts_the_filters_that_hide_it(
    whole: None, chapter: str, typed: int, index: int
) -> None:
    classes = networks.card(CARDS[chapter])["classes"]
    other = next(one for one in classes[2:] if one != label_of(chapter, index))
    app = open_chapter(chapter, true_class=str(other), predicted="right")
    assert filters(app, chapter) == [other, "right"]
    shown = app.number_input(f"{chapter}.image").value
    assert label_of(chapter, shown) == other, "the first of these"
    app.number_input(f"{chapter}.image").set_value(typed).run()
    assert not app.exception
    right = index % 10 != 0
    assert filters(app, chapter) == ["all", "right" if right else "all"]
    assert f"test picture {index} ({label_of(chapter, index)})" in texts(app)
    position = index - index // 10 - 1 if right else index  # among those that are searched
    assert app.session_state[f"{chapter}.page"] == position // PAGE + 1
    assert "left out" not in texts(app), "it was no link"


@pytest.mark.parametrize("chapter", CARDS)
def test_a_typed_number_that_fits_leaves_the_filters(whole: None, chapter: str) -> None:
    app = open_chapter(chapter, predicted="wrong")
    app.number_input(f"{chapter}.image").set_value(9990).run()
    assert filters(app, chapter) == ["all", "wrong"]
    assert "test picture 9990" in texts(app)


@pytest.mark.parametrize("chapter", CARDS)
def test_the_number_of_a_link_lifts_the_filters_that_hide_it(whole: None, chapter: str) -> None:
    app = open_chapter(chapter, image="3", predicted="wrong")
    assert filters(app, chapter) == ["all", "all"]
    assert "test picture 3 (" in texts(app)
    said = "The link's “predicted” is left out: test picture 3, which the link asks for, is not "
    assert said + "among “wrong”" in texts(app)
    assert "predicted" not in app.query_params
    app = open_chapter(chapter, image="20", predicted="wrong")
    assert filters(app, chapter) == ["all", "wrong"]
    assert "test picture 20 (" in texts(app)


def test_a_filter_that_is_chosen_later_picks_its_first_picture(whole: None) -> None:
    app = open_chapter("attack", image="3")
    app.selectbox("attack.predicted").set_value("wrong").run()
    assert filters(app, "attack") == ["all", "wrong"]
    assert "test picture 0 (" in texts(app)


def test_another_network_says_that_the_picture_is_not_among_these(whole: None) -> None:
    app = open_chapter("attack", image="20", predicted="wrong")
    assert "is none of these" not in texts(app)
    app.session_state["address"].values["attack.image"] = 21  # as no control would have it
    app.run()
    assert "Test picture 21 is none of these." in texts(app)


@pytest.mark.parametrize("chapter", CARDS)
def test_the_page_of_a_link_counts_among_filtered_pictures_too(whole: None, chapter: str) -> None:
    app = open_chapter(chapter, predicted="right", page="2")
    assert app.session_state[f"{chapter}.page"] == 2
    assert app.query_params["page"] == "2"
    app = open_chapter(chapter, predicted="wrong", true_class=label_of(chapter, 0), page="9999")
    assert "The link's “page” is left out: expected " in texts(app)
    assert "page" not in app.query_params
