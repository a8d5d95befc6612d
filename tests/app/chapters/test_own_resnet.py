"""A ResNet of one's own in the chapters that look into one: CAM and Networks."""

import functools
import io

import pytest
import safetensors.torch
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from app.export.asked import file_of
from app.ui import own_resnet, resnets
from app.ui.cache import OwnFile
from core import checkpoints
from core.cam import class_activation_maps
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.models import ResNet
from tests.app.chapters.opened import grids, open_chapter, texts

SAMPLES = load_samples("cifar10")
EXPECTED = "A state dict of the homework's ResNet, as torch.save, Lightning or safetensors keeps it"
CAM_VIEWS = ("Map", "The sum", "All ten classes", "Interpolations", "Does it matter?")


@functools.cache
def network() -> ResNet:
    """Ours with its classes turned by one: what ours calls an airplane is its automobile."""
    model = ResNet().eval().requires_grad_(False)
    model.load_state_dict(checkpoints.load("cifar10_resnet").model.state_dict())
    model.fc.weight.copy_(model.fc.weight.roll(1, 0))
    model.fc.bias.copy_(model.fc.bias.roll(1, 0))
    return model


@functools.cache
def renamed() -> bytes:
    """Its file, with names of its own."""
    state = network().state_dict()
    names = {key: key.replace("block", "layer").replace("main", "left") for key in state}
    torch.save(
        {"model_state_dict": {names[key]: state[key] for key in state}}, file := io.BytesIO()
    )
    return file.getvalue()


def uploaded(app: AppTest, content: bytes, name: str = "mine.pt") -> AppTest:
    app.file_uploader[0].set_value((name, content, "application/octet-stream")).run()
    assert not app.exception
    return app


def open_own(chapter: str, content: bytes | None = None, **parameters: str) -> AppTest:
    if chapter == "networks":
        parameters = {"view": "ResNet"} | parameters
    app = open_chapter(chapter, network="Own", **parameters)
    assert EXPECTED in texts(app)
    assert "Choose a state dict in the panel on the left." in texts(app)
    return uploaded(app, renamed() if content is None else content)


@pytest.mark.parametrize("view", CAM_VIEWS)
def test_every_view_of_the_maps_is_about_ones_own_network(no_data, view: str) -> None:
    app = open_own("cam", view=view, image="3")
    result = class_activation_maps(network(), to_unit(SAMPLES.images[3:4]))
    shares = result.logits.softmax(1)[0]
    said = texts(app)
    assert f"Predicted **automobile** with {shares[1]:.1%}" in said
    assert ":material/cancel: wrong, it is airplane" in said
    assert "Your ResNet mine.pt (0% of the 20 bundled photos right) on test picture 3" in said
    assert "mine.pt: 4,829,258 parameters; of the 20 bundled photos it gets 0% right" in said
    assert "Pictures are normalised inside, with the homework's mean and std." in said
    assert "Its layers have names of their own: they are known by their shapes." in said
    if view == "The sum":
        mean, bias = float(result.maps[0, 1].mean()), float(result.bias[1])
        assert f"The mean of these 16 is **{mean:.2f}**".replace("-", "−") in said
        assert f"logit **{mean + bias:.2f}**".replace("-", "−") in said
    assert "How much better the map is" not in said, "that was measured with ours"


def test_the_line_that_runs_is_that_of_ones_own_network(no_data) -> None:
    app = open_own("cam", view="The sum", code="true")
    assert not app.error
    assert "Your ResNet mine.pt" in texts(app)


def test_the_network_is_kept_for_the_other_chapter_and_ours_comes_back(no_data) -> None:
    app = open_own("cam", image="3")
    app.switch_page("chapters/networks/page.py")
    app.query_params["view"] = "ResNet"
    app.query_params["network"] = "Own"
    app.run()
    assert "Your ResNet mine.pt" in texts(app)
    app.session_state["address"].values["networks.resnet.network"] = "Shipped"
    app.run()
    assert "Your ResNet" not in texts(app)
    assert "ResNet on test picture" in texts(app)


@pytest.mark.parametrize("parameters", [{}, {"layer": "block1"}, {"layer": "stem.0"}])
def test_the_picture_of_the_network_has_its_numbers(no_data, parameters: dict[str, str]) -> None:
    app = open_own("networks", image="3", **parameters)
    with torch.inference_mode():
        logits = network()(to_unit(SAMPLES.images[3:4]))[0]
    assert "Your ResNet mine.pt (0% of the 20 bundled photos right) on test picture 3" in texts(app)
    if not parameters:
        written = [sign["text"] for sign in grids(app)["signs"]]
        assert f"automobile {logits.softmax(0)[1]:.0%}" in written


@pytest.mark.parametrize("detail", ["Batch norm", "Excites most"])
def test_details_are_of_ones_own_network_and_the_bundled_pictures(no_data, detail: str) -> None:
    doubled = ResNet().eval().requires_grad_(False)
    doubled.load_state_dict(network().state_dict())
    doubled.block1.main[4].weight *= 2
    doubled.block1.main[4].bias *= 2
    content = safetensors.torch.save(doubled.state_dict())
    app = open_own("networks", content, layer="block1.main.4", channel="4", detail=detail)
    assert not app.error
    said = texts(app)
    if detail == "Batch norm":
        assert f"{abs(float(doubled.block1.main[4].weight[3])):#.3g}" in said
    else:
        assert "Of the 20 bundled pictures these have the largest mean" in said


def test_with_the_test_set_ones_own_network_has_the_bundled_pictures_alone(monkeypatch) -> None:
    file = OwnFile(renamed(), "mine.pt", "digest of a test")
    assert own_resnet.predictions(file).shape == (60,)
    ours = own_resnet.bundled_pictures("cifar10")
    right = int((own_resnet.predictions(file) == (ours.labels + 1) % 10).sum())
    assert right == 20, "those that ours gets right"


def test_an_own_photo_runs_through_ones_own_network(no_data) -> None:
    app = open_own("cam", source="Own photo")
    assert "Choose a photo in the panel on the left." in texts(app)
    Image.new("RGB", (40, 40), (10, 200, 30)).save(file := io.BytesIO(), "PNG")
    app.file_uploader[1].set_value(("garden.png", file.getvalue(), "image/png")).run()
    assert not app.exception
    assert "Your ResNet mine.pt (0% of the 20 bundled photos right) on own photo" in texts(app)


def saved(state: object) -> bytes:
    torch.save(state, file := io.BytesIO())
    return file.getvalue()


def changed(key: str, value: float) -> bytes:
    state = network().state_dict()
    return saved(state | {key: torch.full_like(state[key], value)})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            lambda: saved(checkpoints.load("mnist_cnn").model.state_dict()),
            "bad.pt is of MnistCNN's architecture, not of ResNet's: choose a state dict of ResNet.",
        ),
        (lambda: renamed()[:200_000], "bad.pt cannot be read as a state dict (it is damaged"),
        (
            lambda: changed("fc.bias", float("nan")),
            "holds fc.bias with numbers that are not finite",
        ),
        (
            lambda: saved({"a.weight": torch.zeros(3)}),
            "bad.pt is not of ResNet's architecture: block1.main.0.weight should be "
            "(128, 64, 3, 3) and is absent: choose a state dict of ResNet.",
        ),
    ],
)
@pytest.mark.parametrize("chapter", ["cam", "networks"])
def test_a_refused_file_is_one_sentence_and_the_page_stays(
    no_data, chapter: str, content, message: str
) -> None:
    app = open_own(chapter, image="3")
    uploaded(app, content(), "bad.pt")
    (box,) = app.warning
    assert message in box.value.replace(r"\_", "_").replace("\\", "").replace(":small[]", "")
    assert "Your ResNet mine.pt" in texts(app), "the one before is in use"
    app.button("resnet_weights remove").click().run()
    assert not app.warning
    assert resnets.FILE not in app.session_state, "it is not kept"
    assert "Choose a state dict in the panel on the left." in texts(app)


@pytest.mark.parametrize(("chapter", "said"), [("cam", "no map"), ("networks", "cannot be drawn")])
def test_numbers_without_end_are_one_box(no_data, chapter: str, said: str) -> None:
    app = open_own(chapter, changed("block2.main.1.running_var", -5.0))
    assert [said in box.value for box in app.error] == [True]


@pytest.mark.parametrize(("scale", "key"), [(1e30, "fc.weight"), (0.0, "fc.weight")])
def test_extreme_weights_end_in_a_page(no_data, scale: float, key: str) -> None:
    state = network().state_dict()
    for view in CAM_VIEWS:
        app = open_own("cam", saved(state | {key: state[key] * scale}), view=view)
        assert len(app.error) <= 1
        assert "nan" not in texts(app)


def test_a_link_that_asks_for_another_network_is_told(no_data) -> None:
    app = open_chapter("cam", network="A")
    assert "The link's “network” is left out: expected Shipped or Own, got “A”" in texts(app)


def test_the_name_of_a_file_is_shown_to_the_letter(no_data) -> None:
    app = open_chapter("cam", network="Own")
    uploaded(app, renamed(), "*my* :red[net] <b>.pt")
    assert r"\*my\*" in texts(app)
    assert "<b>" not in texts(app)


def test_a_saved_page_takes_the_network_along(no_data) -> None:
    own = ((resnets.WEIGHTS, "mine.pt", renamed()),)
    page = file_of("cam?network=Own&image=3", own).decode()
    assert "Your ResNet mine.pt (0% of the 20 bundled photos right)" in page
    assert "automobile" in page
    assert len(page) < 400_000
