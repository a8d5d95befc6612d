"""The chapter on class activation maps, run as Streamlit runs it."""

import io

import pyarrow as arrow
import pytest
import streamlit as st
import torch
from PIL import Image
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from app.chapters.cam.case import Case
from app.chapters.cam.controls import MapSetting
from app.chapters.cam.maps import Drawn
from app.ui import colours, gallery, own_resnet
from app.ui.examples import examples
from app.ui.gallery import ChosenImage
from app.ui.link_words import THINGS
from app.ui.resnets import ChosenResNet
from core import checkpoints
from core.cam import CamResult, class_activation_maps, strongest_channels, upsample
from core.checkpoints import results
from core.data.facts import to_unit
from core.data.photos import READABLE, read_picture
from core.data.samples import load_samples
from tests.app.chapters.opened import open_chapter, texts

CAM_VIEWS = ("Map", "The sum", "All ten classes", "Interpolations", "Does it matter?")


def ours() -> ChosenResNet:
    return ChosenResNet(own_resnet.model_of(None), examples("cifar10_resnet"))


def cam_of(index: int) -> tuple[CamResult, int]:
    """The maps of a bundled picture, and the class that the network sees in it."""
    result = class_activation_maps(
        checkpoints.load("cifar10_resnet").model, to_unit(load_samples("cifar10").images)
    )
    one = CamResult(
        *(getattr(result, name)[index : index + 1] for name in ("maps", "logits", "features")),
        result.weight,
        result.bias,
    )
    return one, int(one.logits.argmax())


@pytest.mark.parametrize("view", CAM_VIEWS)
def test_every_view_of_the_maps_opens(no_data, view):
    app = open_chapter("cam", view=view, image="3")
    assert not app.error
    result, label = cam_of(3)
    name = checkpoints.load_card("cifar10_resnet")["classes"][label]
    assert f"Predicted **{name}** with {result.logits.softmax(1).max():.1%}" in texts(app)
    assert "test picture 3 (airplane)" in texts(app)


def test_the_caption_of_the_sum_names_the_scale_of_what_is_shown(no_data):
    result, label = cam_of(0)
    channels = strongest_channels(result, 0, label, 4)
    products, features, weight = (
        f"±{one.abs().max():.2f}" for one in (channels.products, channels.features, channels.weight)
    )
    said = texts(open_chapter("cam", view="The sum"))
    assert f"full colour at {products}, of the map at ±" in said
    beside_code = texts(open_chapter("cam", view="The sum", code="true"))
    assert f"full colour at {features}, of the weights at {weight}, of the map at ±" in beside_code


def test_the_sum_on_the_page_is_that_of_the_network(no_data):
    app = open_chapter("cam", view="The sum", **{"class": "ship"})
    result, _ = cam_of(0)
    mean, bias = float(result.maps[0, 8].mean()), float(result.bias[8])
    assert f"The mean of these 16 is **{mean:.2f}**".replace("-", "−") in texts(app)
    assert f"logit **{mean + bias:.2f}**".replace("-", "−") in texts(app)
    data = app.get("vega_lite_chart")[1].proto.data
    bars = arrow.ipc.open_stream(data.data).read_pandas()
    assert list(bars["share"]) == pytest.approx(result.logits[0].softmax(0).tolist(), abs=1e-5)


def test_a_map_may_share_its_scale_with_all_classes(no_data):
    result, label = cam_of(0)
    big = upsample(result.maps[0], 32, "nearest")
    for scale, values in (("this map", big[label]), ("all classes", big)):
        app = open_chapter("cam", interpolation="nearest", scale=scale)
        limit = f"{values.abs().max():.2f}"
        assert f"colours from −{limit} over 0 to +{limit}" in texts(app)


def test_the_map_is_clear_by_default_and_a_link_with_other_colours_is_not(no_data):
    app = open_chapter("cam")
    assert "Orange – clear at 0 – magenta, colours from −" in texts(app)
    app = open_chapter("cam", colours=colours.DIVERGING, alpha="0.3")
    assert "Orange – white at 0 – blue, colours from −" in texts(app)
    assert "alpha 0.30" in texts(app)


@pytest.mark.parametrize("name", ["Viridis", colours.CLEAR])
def test_what_can_be_downloaded_is_what_is_shown(no_data, name):
    result, label = cam_of(3)
    image = load_samples("cifar10").images[3]
    setting = MapSetting(label, "nearest", name, shared=False)
    picture, network = ChosenImage(image, "picture 3", 0, 3), ours()
    case = Case(picture, result, setting, list(THINGS), network)
    one = case.upsampled()[label]
    (heat,), _, ends = case.coloured(one[None], one[None])
    drawn = Drawn(case, heat, ends, 0.25)
    opacity = 0.25
    if name == colours.CLEAR:
        opacity = 0.25 * (255 * one.abs() / one.abs().max()).double().round() / 255
    right = (1 - opacity) * image.double() + opacity * heat[:3].double()
    assert torch.equal(drawn.blend, right.round().byte())
    assert drawn.file_name("cam") == "cifar10_resnet_picture_3_airplane_cam.png"
    about = Image.open(io.BytesIO(drawn.slide())).info["Description"]
    share = f"{result.logits.softmax(1)[0, label]:.1%}"
    assert about == (
        f"ResNet on CIFAR-10, picture 3: airplane {share}: Input, CAM of airplane, "
        "Blend, alpha 0.25; 4 × 4 numbers, nearest"
    )


def test_a_clicked_picture_is_shown(no_data):
    app = open_chapter("cam")
    app.session_state["address"].values["cam.image"] = 7  # as the click's callback does
    app.run()
    assert app.number_input("cam.image").value == 7
    assert "test picture 7 (frog)" in texts(app)


def a_photo() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (300, 200), (10, 200, 30)).save(file, "JPEG")
    return file.getvalue()


def test_an_own_photo_is_asked_for_read_and_refused(no_data):
    app = open_chapter("cam", **{"from": "Own photo"})
    assert "Choose a photo in the panel on the left." in texts(app)
    assert "up to 20 MB and 50 million pixels (progressive JPEG 40, WebP and AVIF 16)" in texts(app)
    app.file_uploader[0].set_value(("text.png", b"only text", "image/png")).run()
    assert not app.exception
    assert f"The file is no {READABLE} picture" in texts(app)
    assert "Choose a photo in the panel on the left." in texts(app)
    app.file_uploader[0].set_value(("garden.jpg", a_photo(), "image/jpeg")).run()
    assert not app.exception
    assert "own photo" in texts(app)


def in_use(app) -> list[str]:
    return [one.value.removeprefix("In use: ") for one in app.text]


def test_a_photo_is_read_once_and_again_in_another_shape(no_data, monkeypatch):
    read: list[str] = []

    def counted(content: bytes, size: int, *, fit: str):
        read.append(fit)
        return read_picture(content, size, fit=fit)

    monkeypatch.setattr(gallery, "read_picture", counted)
    app = open_chapter("cam", **{"from": "Own photo"})
    app.file_uploader[0].set_value(("garden.jpg", a_photo(), "image/jpeg")).run()
    app.run()
    assert "own photo" in texts(app)
    assert read == ["crop"]
    app.session_state["address"].values["cam.fit"] = "Pad it"
    app.run()
    assert read == ["crop", "pad"]


def test_a_refused_photo_leaves_the_last_good_one_in_use(no_data, monkeypatch):
    removed: list[str] = []
    monkeypatch.setattr(
        MemoryUploadedFileManager, "remove_file", lambda _, visit, file: removed.append(file)
    )
    app = open_chapter("cam", **{"from": "Own photo"})
    app.file_uploader[0].set_value(("garden.jpg", a_photo(), "image/jpeg")).run()
    assert len(removed) == 1  # Streamlit keeps it no longer
    assert app.file_uploader[0].value is None  # it is in use, and can be removed there alone
    assert in_use(app) == ["garden.jpg"]
    app.file_uploader[0].set_value(("9000.png", b"only text", "image/png")).run()
    assert not app.exception
    assert f"The file is no {READABLE} picture" in texts(app)
    assert "own photo; map of" in texts(app)
    assert in_use(app) == ["garden.jpg"]
    app.switch_page("chapters/home.py").run()
    app.switch_page("chapters/cam/page.py").run()
    assert in_use(app) == ["garden.jpg"]
    assert not app.warning
    assert "own photo; map of" in texts(app)


def test_a_file_that_was_refused_is_taken_out_and_one_in_use_removed(no_data):
    app = open_chapter("cam", **{"from": "Own photo"})
    app.file_uploader[0].set_value(("garden.jpg", a_photo(), "image/jpeg")).run()
    app.file_uploader[0].set_value(("9000.png", b"only text", "image/png")).run()
    app.file_uploader[0].set_value(None).run()
    assert not app.warning
    assert in_use(app) == ["garden.jpg"]
    app.file_uploader[0].set_value(("9000.png", b"only text", "image/png")).run()
    app.file_uploader[0].set_value(("park.jpg", a_photo(), "image/jpeg")).run()
    assert not app.warning
    assert in_use(app) == ["park.jpg"]
    app.file_uploader[0].set_value(("9000.png", b"only text", "image/png")).run()
    next(one for one in app.button if one.label == "Remove it").click().run()
    assert in_use(app) == []
    assert "Choose a photo in the panel on the left." in texts(app)
    assert not app.warning  # of a file that is listed no longer
    assert app.file_uploader[0].value is None


def test_a_photo_is_known_by_its_bytes_whatever_its_ending(no_data):
    app = open_chapter("cam", **{"from": "Own photo"})
    assert not list(app.file_uploader[0].proto.type)  # no ending is refused, and none is offered
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99
    for ending in (".jpg", ".HEIC", ".jfif", ".txt", ""):
        app.file_uploader[0].set_value((f"IMG_1{ending}", heic, "image/heic")).run()
        assert "The file is a HEIC photo, which cannot be read: save it as a JPEG" in texts(app)
        app.file_uploader[0].set_value((f"2{ending}", a_photo(), "image/jpeg")).run()
        assert not app.exception
        assert "own photo" in texts(app)


def test_the_maps_without_the_network(checkpoint_copy):
    (checkpoint_copy / "cifar10_resnet.safetensors").unlink()
    app = open_chapter("cam")
    assert "cifar10_resnet.safetensors are missing" in app.error[0].value


@pytest.mark.parametrize("view", CAM_VIEWS)
@pytest.mark.parametrize("factor", [1e35, 1e38])
def test_every_view_lives_with_extreme_weights(no_data, monkeypatch, view, factor):
    network = checkpoints.load("cifar10_resnet").model.requires_grad_(False)
    network.fc.weight *= factor
    monkeypatch.setattr("app.ui.networks.model", lambda name: network)
    st.cache_resource.clear()
    app = open_chapter("cam", view=view)
    st.cache_resource.clear()
    told = "The network gives numbers that are not finite (NaN or infinite): it has no map."
    assert [box.value for box in app.error] == ([told] if factor > 1e36 else [])
    assert "nan%" not in texts(app)


def test_the_maps_without_their_result(checkpoint_copy, no_data):
    (checkpoint_copy / "cifar10_resnet_cam.json").unlink()
    app = open_chapter("cam", view="Does it matter?")
    assert "whoever set this app up can repair it" in app.error[0].value
    assert len(app.get("vega_lite_chart")) == 3, "the picture's own curves are still there"


def test_the_shipped_result_is_that_of_the_shipped_network():
    measured = results.load("cifar10_resnet_cam")
    assert measured["network"] == checkpoints.load_card("cifar10_resnet")["weights"]["sha256"]
