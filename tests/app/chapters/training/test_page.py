"""The training chapter, run as Streamlit runs it."""

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app.ui import client
from core import checkpoints, homework
from core.checkpoints import results
from core.data.samples import load_mistakes, load_samples
from core.json_files import json_bytes, sealed
from core.models import to_input
from tests.app.chapters.opened import chart, chart_rows, open_chapter, texts

RESNET = homework.NETWORKS["cifar10_resnet"].title  # a link holds what the switch says


@pytest.mark.parametrize("name", ["mnist_cnn", "cifar10_resnet"])
def test_training_shows_the_cards_numbers(name):
    card = checkpoints.load_card(name)
    app = open_chapter("training", network=homework.NETWORKS[name].title)
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Validation accuracy"] == f"{card['result']['validation_accuracy']:.2%}"
    assert metrics["Homework asks"] == f"{card['homework_accuracy']:.0%}"
    assert metrics["Epochs"] == str(card["result"]["epochs"])
    assert metrics["Parameters"] == f"{card['parameters']:,}"
    assert len(app.get("vega_lite_chart")) == 3


def with_a_plain_run(folder: Path) -> dict:
    """The ResNet's card a second time, as the plain run's, with an accuracy of its own."""
    card = json.loads((folder / "cifar10_resnet.json").read_text())
    card |= {
        "name": "cifar10_resnet_plain",
        "title": homework.NETWORKS["cifar10_resnet_plain"].title,
        "weights": None,
        "epoch_weights": {},
    }
    card["config"] |= {"schedule": "constant", "learning_rate": 1e-3}
    card["result"]["validation_accuracy"] = 0.1234
    (folder / "cifar10_resnet_plain.json").write_bytes(json_bytes(sealed(card)))
    return card


def test_training_lays_the_plain_run_over_the_other(checkpoint_copy):
    with_a_plain_run(checkpoint_copy)
    app = open_chapter("training", network=RESNET)
    assert {metric.label: metric.value for metric in app.metric}["With plain Adam"] == "12.34%"
    lines = [
        f"{run}: {part}"
        for run in ("200 epochs", "30 epochs", "plain Adam")
        for part in ("training", "validation")
    ]
    assert chart(app)["layer"][0]["encoding"]["color"]["scale"]["domain"] == lines
    assert {row["rate"] for row in chart_rows(app, 2) if row["run"] == "plain Adam"} == {1e-3}


def test_runs_of_far_apart_lengths_have_a_logarithmic_axis():
    app = open_chapter("training", network=RESNET)
    for index in range(3):
        axis = chart(app, index)["layer"][0]["encoding"]["x"]
        assert axis["scale"] == {"type": "log", "domain": [1, 200], "nice": False, "clamp": True}
        assert axis["axis"]["values"] == [1, 2, 5, 10, 20, 50, 100, 200]
    app = open_chapter("training")
    assert chart(app)["layer"][0]["encoding"]["x"]["scale"] == {"domain": [0, 30], "nice": False}


def test_training_without_the_other_runs_cards_shows_the_first_alone(checkpoint_copy):
    for name in ("cifar10_resnet_plain", "cifar10_resnet_short"):
        (checkpoint_copy / f"{name}.json").unlink()
    app = open_chapter("training", network=RESNET)
    assert not any(metric.label.startswith("With") for metric in app.metric)
    assert chart(app)["layer"][0]["encoding"]["color"]["scale"]["domain"] == [
        "training",
        "validation",
    ]


@pytest.mark.parametrize("name", ["mnist_cnn", "cifar10_resnet"])
def test_training_epoch_slider_shows_that_epoch(name):
    card = checkpoints.load_card(name)
    app = open_chapter("training", network=homework.NETWORKS[name].title, view="Epoch by epoch")
    app.slider("training.epoch").set_value(1).run()
    assert not app.exception
    assert (
        f"after epoch 1: validation accuracy {card['history'][0]['validation_accuracy']:.2%}"
        in texts(app)
    )
    matrix = card["history"][0]["confusion"]
    assert chart_rows(app, -1)[3]["share"] == pytest.approx(matrix[3][3] / sum(matrix[3]))


@pytest.mark.parametrize("name", ["mnist_cnn", "cifar10_resnet"])
def test_epoch_0_is_the_untrained_network(name):
    found = results.load(homework.UNTRAINED[name])
    title = homework.NETWORKS[name].title
    app = open_chapter("training", network=title, view="Epoch by epoch", epoch="0")
    slider = app.slider("training.epoch")
    epochs = checkpoints.load_card(name)["result"]["epochs"]
    assert (slider.value, slider.min, slider.max) == (0, 0, epochs)
    assert f"validation accuracy {found['validation_accuracy']:.2%} (chance: 10%)" in texts(app)
    assert app.metric[0].label == "Final validation accuracy", "not that of the epoch on the slider"
    assert chart_rows(app, -1)[3]["share"] == pytest.approx(
        found["confusion"][3][3] / sum(found["confusion"][3])
    )
    before = [chart(app, index) for index in (-1, -2)]
    slider.set_value(1).run()
    assert [chart(app, index) for index in (-1, -2)] == before, "only its numbers change"


def test_epoch_0_of_other_weights_is_a_sentence_and_a_missing_one_is_not_offered(checkpoint_copy):
    path = results.path(homework.UNTRAINED["mnist_cnn"], checkpoint_copy)
    found = json.loads(path.read_text()) | {"initial": "0" * 64}
    path.write_bytes(json_bytes(sealed(found)))
    app = open_chapter("training", view="Epoch by epoch", epoch="0")
    assert "is of other initial weights than those that mnist_cnn was trained" in app.error[0].value
    assert "train_all" not in app.error[0].value
    path.unlink()
    app = open_chapter("training", view="Epoch by epoch", epoch="0")
    assert app.slider("training.epoch").min == 1
    assert "expected a whole number from 1 to 30, got “0”" in texts(app)
    assert not app.error


def links(app: AppTest) -> dict[str, dict[str, str]]:
    """Page to what the link to it says."""
    return {
        link.proto.page: dict(parse_qsl(link.proto.query_string))
        for link in app.get("page_link")
        if link.proto.query_string
    }


@pytest.mark.parametrize(("name", "attacked"), [("mnist_cnn", "A"), ("cifar10_resnet", "ResNet")])
def test_mistakes_opens_on_one_without_the_data_set(no_data, name, attacked):
    card = checkpoints.load_card(name)
    found = load_mistakes(card["config"]["dataset"], name)
    index, label = found.test_indices[0], int(found.labels[0])
    predicted = int(card["result"]["predictions"][index])
    app = open_chapter("training", network=name, view="Mistakes")
    (outlined,) = chart(app)["params"][0]["value"]
    names = card["classes"]
    assert (outlined["true"], outlined["predicted"]) == (names[label], names[predicted])
    model = checkpoints.load(name).model
    with torch.no_grad():
        seen = model(to_input(model, found.images[:1]))[0].softmax(0)
    assert f"Predicted **{names[predicted]}**, {seen[predicted]:.1%}" in texts(app)
    assert f"True class **{names[label]}**, {seen[label]:.1%}" in texts(app)
    captions = [image.caption for one in app.image for image in one.proto.imgs]
    assert captions[0] == f"Test picture {index}"
    there = links(app)
    assert there["attack"]["image"] == f"{index}"
    assert there["attack"]["network"] == attacked
    if name == "cifar10_resnet":
        assert captions[1].startswith(f"Map of {names[predicted]}, ±")
        assert there["cam"] == {"image": f"{index}"}
    else:
        assert len(captions) == 1
        assert "cam" not in there
    assert "is not in" not in "".join(str(one.value) for one in app.markdown)


@pytest.mark.parametrize("name", ["mnist_cnn", "cifar10_resnet"])
def test_the_links_of_a_mistake_open_the_very_picture(no_data, name):
    found = links(open_chapter("training", network=name, view="Mistakes"))
    for chapter, link in found.items():
        app = open_chapter(chapter, **link)
        assert f"test picture {link['image']} (" in texts(app)
        assert "left out" not in texts(app)
        assert "Nothing to do" not in texts(app)
    app = open_chapter("attack", **found["attack"])
    assert f", target {found['attack']['target']}, at most 100 gradients" in texts(app)


def test_another_mistake_of_the_cell_is_looked_at_by_a_click_and_by_a_link(no_data):
    app = open_chapter("training", network=RESNET, view="Mistakes")
    gallery = json.loads(app.get("vega_lite_chart")[1].proto.spec)
    assert gallery["width"] == 10 * 50
    app.session_state["address"].values["training.image"] = 356  # as the click's callback does
    app.run()
    assert "Test picture 356" in [one.proto.imgs[0].caption for one in app.image]
    assert app.query_params["image"] == "356"
    app = open_chapter("training", network=RESNET, view="Mistakes", image="0")
    assert "expected the number of one of these pictures, like 61, got “0”" in texts(app)
    app = open_chapter("training", network=RESNET, view="Mistakes", mistake="dog-cat", image="158")
    assert links(app)["attack"]["image"] == "158"


def test_keys_go_through_the_mistakes_of_a_page(no_data, monkeypatch):
    declared = []
    monkeypatch.setattr(client, "turned", lambda data, key, take: declared.append((key, data)))
    open_chapter("training", network=RESNET, view="Mistakes", image="356")
    (turn,) = [data for key, data in declared if key == "keys_training.image"]
    assert (turn["at"], turn["count"]) == (1, 4)
    assert (turn["thing"], turn["sequence"]) == ("picture", True)


def test_a_picture_that_is_right_is_said_to_be(no_data):
    app = open_chapter("training", network=RESNET, view="Mistakes", mistake="cat-cat")
    assert ":material/check_circle: Predicted **cat**, 94.5%" in texts(app)
    assert "True class **cat**, 8" not in texts(app)


def test_a_cell_without_a_picture_says_so(no_data):
    app = open_chapter("training", network=RESNET, view="Mistakes", mistake="airplane-deer")
    assert "True class **airplane**, predicted **deer**: 0 of 1,000 pictures" in texts(app)
    assert not app.image
    assert not app.expander[0].label.startswith("Show all")


def test_mistakes_of_a_run_that_keeps_no_weights_are_shown_without_its_probabilities(
    no_data, checkpoint_copy
):
    (checkpoint_copy / "cifar10_resnet.json").unlink()
    app = open_chapter("training", network=RESNET, view="Mistakes")
    assert not app.error
    assert not app.image


def test_a_clicked_cell_shows_its_pictures_and_says_what_is_missing(no_data):
    app = open_chapter("training", network=RESNET, view="Mistakes")
    app.session_state["address"].values["training.mistake"] = "cat-cat"  # as the click does
    app.run()
    assert not app.exception
    card = checkpoints.load_card("cifar10_resnet")
    count = card["result"]["confusion"][3][3]
    assert f"True class **cat**, predicted **cat**: {count:,} of 1,000 pictures" in texts(app)
    bundled = load_samples("cifar10")
    here = [
        index
        for label, index in zip(bundled.labels.tolist(), bundled.test_indices)
        if label == 3 and card["result"]["predictions"][index] == "3"
    ]
    assert app.expander[0].label == f"Show all {count:,}"
    said = app.expander[0].info[0].value
    assert f"Of these pictures {len(here)} are among the 60 bundled ones" in said
    assert "the button below downloads it there" in said
    assert "train_all" not in texts(app)
    assert app.button("download_cifar10").label == "Download CIFAR-10, 170 MB"


def test_a_cell_of_the_other_networks_matrix_is_forgotten(no_data):
    app = open_chapter("training", view="Mistakes")
    app.session_state["address"].values["training.mistake"] = "cat-dog"
    app.run()
    assert not app.exception
    assert "True class **" in texts(app)


def test_training_without_a_card(checkpoint_copy):
    (checkpoint_copy / "mnist_cnn.json").write_text("{")
    app = open_chapter("training")
    assert "mnist_cnn.json is damaged (not readable as JSON)" in app.error[0].value
    assert not app.metric


def test_training_without_one_epochs_weights(checkpoint_copy):
    (checkpoint_copy / "mnist_cnn_epochs" / "epoch_000.safetensors").unlink()
    app = open_chapter("training", view="Epoch by epoch")
    assert "epoch_000.safetensors are missing" in app.error[0].value
    assert app.metric
    assert len(app.get("vega_lite_chart")) == 2  # all but the kernels
