"""A picture's number and the filters beside it never contradict each other."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pytest
import torch
from streamlit.testing.v1 import AppTest

from app.ui import images, networks
from app.ui.examples import Examples, bundled_pictures, examples
from app.ui.gallery import BUNDLED_PAGE, PAGE
from app.ui.gallery_chart import COLUMNS
from core.data.facts import DATA_VARIABLE, LabelledImages
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


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No data set: the bundled pictures alone."""
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "none"))


def label_of(chapter: str, index: float) -> str:
    """The name of its true class."""
    about = networks.card(CARDS[chapter])
    found = images.whole_test_set(about["config"]["dataset"])
    return str(about["classes"][int(found.labels[int(index)])])


def filters(app: AppTest, chapter: str) -> list[str]:
    return [app.selectbox(f"{chapter}.{name}").value for name in ("true_class", "predicted")]


def gallery_rows(app: AppTest) -> Any:
    """What the chart of the gallery draws."""
    (chart,) = [one for one in app.get("vega_lite_chart") if "gallery" in one.proto.id]
    return arrow.ipc.open_stream(chart.proto.data.data).read_pandas()


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


def told_apart(true_class: str) -> int:
    """A picture of that class which A gets right and B wrong."""
    labels = images.whole_test_set("mnist").labels
    right, wrong = (
        torch.tensor([int(one) for one in networks.card(name)["result"]["predictions"]]) == labels
        for name in (CARDS["attack"], "mnist_model_b")
    )
    return int((right & ~wrong & (labels == int(true_class))).nonzero()[0])


NETWORKS = ("B", "A", "Own", "B", "ResNet", "A", "M")
FILTERED = [
    {"predicted": "right"},
    {"predicted": "wrong", "network": "ResNet"},
    {"predicted": "wrong", "true_class": "3", "page": "2"},
]


@pytest.mark.parametrize("link", FILTERED, ids=str)
def test_after_another_network_picture_filters_and_address_still_fit(
    whole: None, link: dict[str, str]
) -> None:
    app = open_chapter("attack", **link)
    if link == FILTERED[0]:
        app.number_input("attack.image").set_value(told_apart("5")).run()
    for network in NETWORKS:
        app.session_state["attack.network"] = network
        app.run()
        assert not app.exception
        address = dict(app.query_params)
        again = open_chapter("attack", **address)
        assert "left out" not in texts(again)
        assert dict(again.query_params) == address
        if network != "Own":  # which waits for a file
            assert filters(again, "attack") == filters(app, "attack")


def test_another_network_lifts_the_filter_that_would_hide_the_picture(whole: None) -> None:
    index = told_apart("5")
    app = open_chapter("attack", image=f"{index}", true_class="5", predicted="right")
    app.session_state["attack.network"] = "B"
    app.run()
    assert filters(app, "attack") == ["5", "all"]
    assert f"test picture {index} (5)" in texts(app)
    labels = images.whole_test_set("mnist").labels
    page = int((labels[:index] == 5).sum()) // PAGE + 1
    assert app.query_params.get("page", "1") == f"{page}"


@pytest.mark.parametrize("chapter", CARDS)
def test_the_page_of_a_link_counts_among_filtered_pictures_too(whole: None, chapter: str) -> None:
    app = open_chapter(chapter, predicted="right", page="2")
    assert app.session_state[f"{chapter}.page"] == 2
    assert app.query_params["page"] == "2"
    app = open_chapter(chapter, predicted="wrong", true_class=label_of(chapter, 0), page="9999")
    assert "The link's “page” is left out: expected " in texts(app)
    assert "page" not in app.query_params


@pytest.mark.parametrize("dataset", ["mnist", "cifar10"])
def test_every_row_of_bundled_pictures_ends_with_a_mistake(dataset: str) -> None:
    found = bundled_pictures(dataset)
    mistakes = set(images.mistakes(dataset).test_indices)
    indices = found.indices.tolist()
    assert sorted(indices) == sorted({*range(20), *mistakes})
    for row in range(5):
        *first, last = indices[row * COLUMNS : (row + 1) * COLUMNS]
        assert first == [4 * row + index for index in range(4)]
        assert last in mistakes
    confusions = [(int(found.labels[int(index)]), indices[index]) for index in range(4, 25, 5)]
    assert len({true for true, _ in confusions}) >= 3, "not one confusion alone"
    for part in (images.samples(dataset), images.mistakes(dataset)):
        positions = [indices.index(index) for index in part.test_indices]
        assert torch.equal(found.images[positions], part.images)
        assert torch.equal(found.labels[positions], part.labels)


def test_the_first_row_of_maps_has_a_picture_that_is_wrong(bundled: None) -> None:
    app = open_chapter("cam")
    names = list(gallery_rows(app)["name"])
    assert len(names) == BUNDLED_PAGE
    assert names[COLUMNS - 1] == "61: cat, predicted dog"
    app = open_chapter("cam", image="61")
    assert ":material/cancel: wrong, it is cat" in texts(app)


@pytest.mark.parametrize("chapter", CARDS)
def test_all_test_pictures_begin_with_the_bundled_ones_and_each_has_one_page(
    whole: None, chapter: str
) -> None:
    dataset = networks.card(CARDS[chapter])["config"]["dataset"]
    bundled = bundled_pictures(dataset).indices.tolist()
    order = examples(CARDS[chapter]).order.tolist()
    assert order[: len(bundled)] == bundled
    assert order[len(bundled) :] == sorted({*range(10_000)} - {*bundled})
    app = open_chapter(chapter)
    assert gallery_rows(app)["number"].tolist() == bundled[:PAGE]
    for typed in (bundled[4], bundled[-1], 20, 9999):
        app.number_input(f"{chapter}.image").set_value(typed).run()
        assert f"test picture {typed} (" in texts(app)
        again = open_chapter(chapter, **app.query_params)
        for one in (app, again):
            assert one.session_state[f"{chapter}.page"] == order.index(typed) // PAGE + 1
            assert typed in gallery_rows(one)["number"].tolist()
            assert filters(one, chapter) == ["all", "all"]
    app.selectbox(f"{chapter}.predicted").set_value("wrong").run()
    assert gallery_rows(app)["number"].tolist() == list(range(0, 10 * PAGE, 10)), "by number"


@pytest.mark.parametrize("chapter", CARDS)
def test_a_step_goes_on_to_the_next_bundled_picture(bundled: None, chapter: str) -> None:
    dataset = networks.card(CARDS[chapter])["config"]["dataset"]
    numbers = sorted(bundled_pictures(dataset).indices.tolist())
    app = open_chapter(chapter, image="18")
    for typed, shown in (
        (19, 19),
        (20, numbers[20]),
        (numbers[20] + 1, numbers[21]),
        (numbers[21] - 1, numbers[20]),
        (numbers[20] - 1, 19),
        (99_999, numbers[-1]),
        (-4, 0),
    ):
        app.number_input(f"{chapter}.image").set_value(typed).run()
        assert not app.exception
        assert app.number_input(f"{chapter}.image").value == shown
        assert f"test picture {shown} (" in texts(app)
        position = bundled_pictures(dataset).indices.tolist().index(shown)
        assert app.session_state[f"{chapter}.page"] == position // BUNDLED_PAGE + 1


@pytest.mark.parametrize("chapter", CARDS)
def test_a_link_opens_the_page_of_its_bundled_picture(bundled: None, chapter: str) -> None:
    dataset = networks.card(CARDS[chapter])["config"]["dataset"]
    indices = bundled_pictures(dataset).indices.tolist()
    app = open_chapter(chapter, image=f"{indices[-1]}")
    assert app.session_state[f"{chapter}.page"] == 4
    app = open_chapter(chapter, image=f"{indices[-1]}", page="2")
    assert app.session_state[f"{chapter}.page"] == 2, "the link says so"
    missing = next(one for one, two in pairwise(sorted(indices)) if two - one > 1) + 1
    app = open_chapter(chapter, image=f"{missing}")
    said = f"expected the number of a bundled picture, like 7 or {max(indices)}, got “{missing}”"
    assert said in texts(app)
    assert "test picture 0 (" in texts(app)


def test_a_picture_that_the_other_data_set_has_not_gives_way_to_the_first(bundled: None) -> None:
    app = open_chapter("attack", network="ResNet", image="61")
    assert "test picture 61 (cat)" in texts(app)
    app.session_state["attack.network"] = "A"
    app.run()
    assert not app.exception
    assert app.number_input("attack.image").value == 0
    app = open_chapter("attack", network="ResNet", image="5")
    app.session_state["attack.network"] = "A"
    app.run()
    assert app.number_input("attack.image").value == 5


@pytest.mark.parametrize("chapter", CARDS)
def test_the_wrong_pictures_of_a_row_are_marked_and_the_mark_is_explained(
    bundled: None, chapter: str
) -> None:
    app = open_chapter(chapter)
    card = networks.card(CARDS[chapter])
    rows = gallery_rows(app)
    labels = dict(zip(*(bundled_of(card).indices.tolist(), bundled_of(card).labels.tolist())))
    for number, mark in zip(rows["number"], rows["mark"]):
        right = int(card["result"]["predictions"][number]) == labels[number]
        assert mark == ("" if right else "✕")
    assert "✕" in set(rows["mark"])
    assert "✕ wrong" in [one.value for one in app.caption]


def bundled_of(card: dict[str, Any]) -> Examples:
    return bundled_pictures(card["config"]["dataset"])
