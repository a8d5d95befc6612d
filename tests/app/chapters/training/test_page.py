"""The training chapter, run as Streamlit runs it."""

import json
import time
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import torch
from streamlit.testing.v1 import AppTest

from app.chapters.training import live
from app.ui import client
from core import checkpoints, homework
from core.data.facts import DATA_VARIABLE
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
        "recipe: training",
        "recipe: validation",
        "plain Adam: training",
        "plain Adam: validation",
    ]
    assert chart(app)["layer"][0]["encoding"]["color"]["scale"]["domain"] == lines
    assert {row["rate"] for row in chart_rows(app, 2) if row["run"] == "plain Adam"} == {1e-3}


def test_training_without_the_plain_runs_card_shows_the_other_alone(checkpoint_copy):
    (checkpoint_copy / "cifar10_resnet_plain.json").unlink(missing_ok=True)
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
    assert turn == {"at": 1, "count": 4, "thing": "picture", "sequence": True}


def test_a_picture_that_is_right_is_said_to_be(no_data):
    app = open_chapter("training", network=RESNET, view="Mistakes", mistake="cat-cat")
    assert ":material/check_circle: Predicted **cat**, 85.1%" in texts(app)
    assert "True class **cat**, 8" not in texts(app)


def test_a_cell_without_a_picture_says_so(no_data):
    app = open_chapter("training", network=RESNET, view="Mistakes", mistake="airplane-dog")
    assert "True class **airplane**, predicted **dog**: 0 of 1,000 pictures" in texts(app)
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


def choices(app: AppTest, key: str) -> list[str]:
    (found,) = [one for one in app.get("button_group") if one.key == f"training.{key}"]
    return list(found.options)


def test_training_now_takes_the_bundled_digits_where_no_data_are(no_data):
    app = open_chapter("training", view="Train it now")
    assert app.button("start_training").label == "Train the small CNN now"
    assert choices(app, "images") == ["1,000", "8,000"]
    assert (
        "Trains on 8,000 of the 10,000 training digits of MNIST that ship with this app, "
        "validates on 2,000 others of them."
    ) in texts(app)
    assert app.expander[0].label == "Train on all 60,000"
    assert "the button below downloads it there" in app.expander[0].info[0].value
    assert str(no_data) in texts(app)
    assert "train_all" not in texts(app)
    assert app.button("download_mnist")
    app = open_chapter("training", view="Train it now", images="60000")
    assert "expected “1,000” or “8,000”, got “60000”" in texts(app)


def test_training_now_offers_its_settings_where_the_data_are(tiny_mnist, monkeypatch):
    monkeypatch.setenv(DATA_VARIABLE, str(tiny_mnist))
    app = open_chapter("training", view="Train it now")
    assert app.button("start_training").label == "Train the small CNN now"
    assert app.slider("training.epochs").value == 5
    assert not app.get("button_group")[0].disabled
    assert choices(app, "images") == ["1,000", "8,000", "10,000", "60,000"]
    assert "Trains on all 300 training images of MNIST, validates on all 100 test" in texts(app)
    assert "ship with this app" not in texts(app)
    assert not [one for one in app.expander if "all" in one.label]
    app = open_chapter("training", view="Train it now", images="8000")
    assert "that ship with this app" in texts(app), "the same curve on every computer"


@pytest.mark.parametrize(
    ("setting", "arguments", "said"),
    [
        (
            live.Setting(8_000, 5, 0.01, bundled=True),
            "--epochs 5 --lr 0.01 --limit 8000 --set bundled=True --held-out 2000",
            "Trains on 8,000 of the 10,000 training digits of MNIST that ship with this app, "
            "validates on 2,000 others of them.",
        ),
        (
            live.Setting(1_000, 2, 0.1, bundled=False),
            "--epochs 2 --lr 0.1 --limit 1000",
            "Trains on the first 1,000 of 60,000 training images of MNIST, validates on the first "
            "1,000 of 10,000 test images.",
        ),
    ],
)
def test_a_training_says_what_it_trains_on(setting, arguments, said):
    assert " ".join(setting.arguments) == f"mnist --no-download --device cpu {arguments}"
    assert setting.data() == said


def test_a_training_on_the_bundled_digits_is_watched_to_its_end(no_data, monkeypatch):
    short = live.Setting(1_000, 1, 0.01, bundled=True)
    monkeypatch.setattr(live, "pick_setting", lambda *, runs: short)
    app = open_chapter("training", view="Train it now")
    app.button("start_training").click().run()
    deadline = time.monotonic() + 60
    while app.session_state[live.JOB].is_active and time.monotonic() < deadline:
        time.sleep(0.1)
    app.run()
    assert not app.exception
    assert "Done in " in texts(app)
    assert "validates on 1,000 others of them. Training is measured before each step" in texts(app)
    rows = chart_rows(app, 0)
    assert {row["line"] for row in rows} == {"training", "validation"}
    assert len(rows) >= 3, "several steps of one epoch"
    assert rows[0]["epoch"] < 1


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
