"""Home and the chapter on convolution, run as Streamlit runs them: no exception, the right numbers,
and one sentence when a file is bad.
"""

import json
import threading
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from app.ui import blocks, heavy, results
from app.ui.beside.answers import LINE
from app.ui.packing import unpacked
from core import checkpoints, homework
from core.data.facts import SAMPLES, to_unit
from core.data.samples import load_samples
from core.explain import kernels
from core.json_files import json_bytes, sealed
from tests.app.chapters.opened import grids, open_chapter, texts

CARD = checkpoints.load_card("mnist_cnn")


SOBEL = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def test_home_shows_four_networks_from_their_cards():
    app = open_chapter("home")
    assert app.metric[0].value == f"{CARD['result']['validation_accuracy']:.2%}"
    assert "homework asks 90%" in texts(app)
    for facts in homework.NETWORKS.values():
        assert (f"**{facts.title}**" in texts(app)) == (facts.weights != "none")


def test_home_says_that_a_network_is_not_there(checkpoint_copy):
    (checkpoint_copy / "mnist_cnn.json").unlink()
    app = open_chapter("home")
    assert [error.value for error in app.error] == [
        f"The card {checkpoint_copy / 'mnist_cnn.json'} is missing: {blocks.REPAIR}"
    ]


def test_home_says_that_weights_are_damaged(checkpoint_copy):
    path = checkpoint_copy / "mnist_cnn.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    app = open_chapter("home")
    assert "mnist_cnn.safetensors are damaged" in app.error[0].value


def drawn(app: AppTest, title: str, index: int = 0) -> torch.Tensor:
    """The numbers of a grid that do not change from step to step."""
    found = next(one for one in grids(app, index)["grids"] if one["title"].startswith(title))
    return unpacked(found["values"]).reshape(found["rows"], found["columns"])


DIGIT = load_samples("mnist").images[:1, :, 9:19, 9:19].float()


PHOTO = "Photo ship (no. 1)"


def test_convolution_starts_with_a_digit_and_the_right_sum():
    app = open_chapter("convolution")
    expected = F.conv2d(DIGIT, SOBEL[None, None])[0, 0]
    torch.testing.assert_close(drawn(app, "Output"), expected)
    assert grids(app)["sentences"][0].endswith(f"= {float(expected[0, 0]):.0f}".replace("-", "−"))
    assert grids(app)["steps"] == 64
    assert "largest difference **0**" in texts(app)


def test_convolution_opens_from_a_link():
    app = open_chapter("convolution", stride="2", padding="1", kernel="Identity", step="5")
    assert "with Identity; kernel 3 × 3, stride 2, padding 1, dilation 1" in texts(app)
    assert (grids(app)["step"], grids(app)["steps"]) == (4, 25)


@pytest.mark.parametrize("step", ["999", "0", "-3", "x"])
def test_a_step_in_a_link_stays_within_the_output(step):
    assert 0 <= grids(open_chapter("convolution", stride="4", step=step))["step"] < 4


def test_a_pinned_step_is_kept_for_the_other_views():
    app = open_chapter("convolution")
    app.session_state["address"].values["convolution.step"] = 12  # as the callback does
    app.session_state["convolution.view"] = "Backward"
    app.run()
    assert grids(app)["step"] == 11
    assert (
        "torch's autograd for every output cell and for their sum: largest difference **0**"
        in texts(app)
    )


@pytest.mark.parametrize("layer", ["Convolution", "Max pooling"])
def test_every_offered_setting_has_an_output(layer):
    for stride in (1, 4):
        for padding in (0, 3):
            for dilation in (1, 3):
                app = open_chapter(
                    "convolution",
                    layer=layer,
                    stride=str(stride),
                    padding=str(padding),
                    dilation=str(dilation),
                )
                assert grids(app)["steps"] > 0


@pytest.mark.parametrize("border", ["zeros", "reflect", "replicate", "circular"])
def test_borders(border):
    app = open_chapter("convolution", padding="2", border=border)
    mode = "constant" if border == "zeros" else border
    torch.testing.assert_close(
        drawn(app, "Output"), F.conv2d(F.pad(DIGIT, (2,) * 4, mode=mode), SOBEL[None, None])[0, 0]
    )
    assert (f"padding 2 ({border})" in texts(app)) == (border != "zeros")


def test_borders_are_offered_only_with_a_padding_they_fit():
    app = open_chapter(
        "convolution", picture="Own numbers", kernel="Own numbers", padding="2", border="reflect"
    )
    assert app.selectbox("convolution.border").options == [
        "zeros",
        "reflect",
        "replicate",
        "circular",
    ]
    app.text_area("convolution.weights").set_value("1").run()
    app.text_area("convolution.numbers").set_value("1 2 3\n4 5 6").run()
    assert app.selectbox("convolution.border").options == ["zeros", "replicate", "circular"]
    assert app.session_state["convolution.border"] == "zeros"
    assert "convolution.border" not in {box.key for box in open_chapter("convolution").selectbox}


def test_relu_bias_and_the_flipped_kernel():
    app = open_chapter("convolution", relu="true", flip="true", bias="-7.5", kernel="Emboss")
    kernel = kernels.preset("Emboss").flip(0, 1)
    expected = F.conv2d(DIGIT, kernel[None, None], torch.tensor([-7.5]))[0, 0].relu()
    torch.testing.assert_close(drawn(app, "Output"), expected)
    torch.testing.assert_close(drawn(app, "× Kernel, flipped"), kernel)
    assert "Convolution of digit 7 (no. 0), middle 10 × 10 with Emboss" in texts(app)
    assert "kernel flipped, ReLU" in texts(app)
    assert "Cross-correlation of" in texts(open_chapter("convolution"))


@pytest.mark.parametrize("name", kernels.NAMES)
def test_every_preset_is_applied(name):
    app = open_chapter("convolution", kernel=name)
    expected = F.conv2d(DIGIT, kernels.preset(name)[None, None])[0, 0]
    torch.testing.assert_close(drawn(app, "Output"), expected, rtol=1e-4, atol=1e-3)


def test_sizes_angle_and_wavelength():
    app = open_chapter(
        "convolution",
        kernel="Gabor",
        kernel_height="7",
        kernel_width="4",
        angle="45",
        wavelength="3",
        wave="imaginary",
        padding="3",
    )
    kernel = kernels.gabor((7, 4), angle=45, wavelength=3, part="imaginary")
    torch.testing.assert_close(drawn(app, "× Kernel"), kernel)
    torch.testing.assert_close(
        drawn(app, "Output"),
        F.conv2d(DIGIT, kernel[None, None], padding=3)[0, 0],
        rtol=1e-4,
        atol=1e-3,
    )


def test_several_filters_and_the_one_that_is_shown():
    app = open_chapter("convolution")
    app.multiselect("convolution.filters").set_value(["Sharpen", "Emboss"]).run()
    picks = [one["pick"] for one in grids(app)["grids"] if one["pick"]]
    assert picks == ["filter 1", "filter 2", "filter 3"]
    app.session_state["convolution.filter"] = 3
    app.run()
    torch.testing.assert_close(drawn(app, "× Kernel"), kernels.preset("Emboss"))
    assert "with Emboss" in texts(app)
    app.selectbox("convolution.kernel").set_value(
        "Emboss"
    ).run()  # what is the kernel is no further filter
    assert [one["pick"] for one in grids(app)["grids"] if one["pick"]] == ["filter 1", "filter 2"]
    app.selectbox("convolution.kernel").set_value("Gabor").run()
    app.selectbox("convolution.kernel_height").set_value(5).run()  # the others are 3 × 3
    assert not [one for one in grids(app)["grids"] if one["pick"]]


def test_a_photo_has_three_channels():
    app = open_chapter("convolution", picture=PHOTO)
    photo = load_samples("cifar10").images[1:2, :, 11:21, 11:21].float()
    expected = F.conv2d(photo, SOBEL.expand(1, 3, 3, 3))[0, 0]
    torch.testing.assert_close(drawn(app, "Output"), expected)
    assert [one["title"] for one in grids(app)["grids"][:3]] == ["Red", "Green", "Blue"]
    app.session_state["convolution.groups"] = 3
    app.run()
    assert (
        "on red, filter 1 of 3; kernel 3 × 3, stride 1, padding 0, dilation 1, 3 groups"
        in texts(app)
    )
    torch.testing.assert_close(
        drawn(app, "Output"), F.conv2d(photo[:, :1], SOBEL[None, None])[0, 0]
    )


def test_own_slices_for_every_channel():
    app = open_chapter("convolution", picture=PHOTO, kernel="Own numbers")
    app.text_area("convolution.weights").set_value("1\n\n2\n\n-3").run()
    photo = load_samples("cifar10").images[1, :, 11:21, 11:21].float()
    torch.testing.assert_close(drawn(app, "Output"), photo[0] + 2 * photo[1] - 3 * photo[2])
    app.text_area("convolution.weights").set_value("1\n\n2").run()
    assert app.warning[0].value.startswith("The kernel has 2 blocks of rows")


def test_the_stems_kernels_see_the_normalized_picture():
    app = open_chapter("convolution", picture=PHOTO, kernel="ResNet stem", stem_filter="20")
    model = checkpoints.load("cifar10_resnet").model
    photo = to_unit(load_samples("cifar10").images[1:2])[:, :, 11:21, 11:21]
    expected = F.conv2d(model.normalize(photo), model.stem[0].weight[19:20].float())[0, 0].detach()
    torch.testing.assert_close(drawn(app, "Output"), expected, rtol=1e-4, atol=1e-4)
    assert "with ResNet stem, filter 20" in texts(app)


def test_learned_kernels_are_those_of_the_checkpoint():
    app = open_chapter("convolution", kernel="Learned 2 of 3")
    layer = checkpoints.load("mnist_cnn").model.conv1
    expected = F.conv2d(DIGIT / 255, layer.weight, layer.bias)[0, 1].detach()
    torch.testing.assert_close(drawn(app, "Output"), expected)
    assert "(bias)" in grids(app)["sentences"][0]


def test_own_numbers_and_own_kernel():
    app = open_chapter("convolution", picture="Own numbers", kernel="Own numbers")
    app.text_area("convolution.weights").set_value("1 1/2").run()
    app.text_area("convolution.numbers").set_value("1 2\n3 4").run()
    assert grids(app)["sentences"][0] == "Row 1, column 1: 1·1 + 2·0.50 = 2"
    assert "largest difference **0**" in texts(app)


def test_own_kernel_starts_with_the_one_shown_before():
    app = open_chapter("convolution", kernel="Sharpen")
    app.selectbox("convolution.kernel").set_value("Own numbers").run()
    assert app.text_area("convolution.weights").value == "0 -1 0\n-1 5 -1\n0 -1 0"
    app.selectbox("convolution.kernel").set_value("Identity").run()
    app.selectbox("convolution.kernel").set_value("Own numbers").run()
    assert app.text_area("convolution.weights").value == "0 0 0\n0 1 0\n0 0 0"


@pytest.mark.parametrize(
    ("kernel", "sentence"),
    [
        ("1 a", "“a” in row 1 of the kernel is not a number"),
        ("1 2\n3", "Row 2 of the kernel has 1 number and row 1 has 2"),
        ("", "The kernel is empty"),
    ],
)
def test_kernel_text_that_is_no_numbers(kernel, sentence):
    app = open_chapter("convolution", kernel="Own numbers")
    app.text_area("convolution.weights").set_value(kernel).run()
    assert not app.exception
    assert app.warning[0].value.startswith(sentence)
    assert len(app.warning) == 1
    app.text_area("convolution.weights").set_value("1").run()  # mended: the picture is back
    assert not app.warning
    assert grids(app)["steps"] == 100


def test_kernel_larger_than_the_picture():
    app = open_chapter("convolution", picture="Own numbers", kernel="Own numbers")
    app.text_area("convolution.numbers").set_value("1").run()
    app.text_area("convolution.weights").set_value("\n".join(["1 1 1 1 1 1 1"] * 7)).run()
    assert grids(app)["steps"] == 1  # padding 3 makes it fit, and is what is offered
    assert app.session_state["convolution.padding"] == 3
    app.text_area("convolution.weights").set_value("1 1 1 1 1 1 1").run()
    assert not app.exception


def test_new_numbers_are_drawn():
    app = open_chapter("convolution", picture="Own numbers")
    before = app.text_area("convolution.numbers").value
    app.button("draw").click().run()
    assert app.text_area("convolution.numbers").value != before


def test_pooling_shows_maxima_and_averages():
    app = open_chapter("convolution", layer="Max pooling", step="3")
    torch.testing.assert_close(drawn(app, "Maximum"), F.max_pool2d(DIGIT, 2)[0, 0])
    torch.testing.assert_close(drawn(app, "Average"), F.avg_pool2d(DIGIT, 2)[0, 0])
    assert "stride 2" in texts(app)
    assert grids(app)["step"] == 2


def test_pooling_of_a_photo_takes_one_channel():
    app = open_chapter("convolution", layer="Max pooling", picture=PHOTO, pool_channel="Blue")
    photo = load_samples("cifar10").images[1:2, 2:, 11:21, 11:21].float()
    torch.testing.assert_close(drawn(app, "Maximum"), F.max_pool2d(photo, 2)[0, 0])
    assert "blue" in texts(app)


@pytest.mark.parametrize(("picture", "said"), [("Digit 7 (no. 0)", "Whole"), (PHOTO, "Middle")])
def test_the_whole_of_a_photo_is_its_middle(picture: str, said: str):
    app = open_chapter("convolution", picture=picture, part="Whole, 28 × 28")
    assert app.button_group("convolution.part").options[0] == f"{said}, 28 × 28"
    assert app.query_params["part"] == "Whole, 28 × 28"


@pytest.mark.parametrize("layer", ["Convolution", "Max pooling"])
@pytest.mark.parametrize("picture", ["Digit 7 (no. 0)", PHOTO])
@pytest.mark.parametrize("look", ["Steps", "Predict", "im2col", "Backward", "Network"])
def test_every_view_of_every_layer(layer, picture, look):
    for more in (
        {},
        {"relu": "true", "padding": "1", "border": "circular", "groups": "3, depthwise"},
        {"all_cells": "true"},
    ):
        app = open_chapter(
            "convolution", layer=layer, picture=picture, look=look, part="Whole, 28 × 28", **more
        )
        if layer == "Max pooling" and look == "im2col":
            assert "choose Convolution on the left" in app.info[0].value
        else:
            assert grids(app)["grids"]


def test_backward_sums_over_all_cells():
    app = open_chapter("convolution", look="Backward", all_cells="true")
    digit = DIGIT.clone().requires_grad_()
    F.conv2d(digit, SOBEL[None, None]).sum().backward()
    torch.testing.assert_close(drawn(app, "Gradient into the input"), digit.grad[0, 0])
    assert "for their sum: largest difference **0**" in texts(app)


def test_the_sum_over_all_cells_shows_where_a_relu_blocks():
    app = open_chapter("convolution", look="Backward", all_cells="true", relu="true")
    digit = DIGIT.clone().requires_grad_()
    sums = F.conv2d(digit, SOBEL[None, None])
    sums.relu().sum().backward()
    torch.testing.assert_close(drawn(app, "Gradient into the input"), digit.grad[0, 0])
    open_cells = (sums.detach()[0, 0] > 0).float()
    assert 0 < open_cells.sum() < open_cells.numel()
    torch.testing.assert_close(drawn(app, "Gradient past the ReLU"), open_cells)
    assert "lets those through whose sum is above 0" in grids(app)["sentences"][0]


def test_a_puzzle_keeps_its_tally_and_another_starts_anew():
    app = open_chapter("convolution", look="Predict", puzzle="5")
    assert app.session_state["convolution.questions"] == "This layer", "of an earlier version"
    first = grids(app)["puzzle"]
    assert (
        grids(open_chapter("convolution", look="Predict", puzzle="5"))["puzzle"]["order"]
        == first["order"]
    )
    app.session_state["convolution tally"] = {
        "puzzle": 5,
        "right": 2,
        "asked": 3,
    }  # as the component's callback does
    app.session_state["convolution.view"] = "Steps"
    app.run()
    app.session_state["convolution.view"] = "Predict"
    app.run()
    assert grids(app)["puzzle"]["tally"] == {"right": 2, "asked": 3}
    app.number_input("convolution.puzzle").set_value(6).run()
    assert grids(app)["puzzle"]["tally"] == {}
    assert grids(app)["puzzle"]["order"] != first["order"]


def test_network_follows_a_cell_back_and_forth():
    app = open_chapter("networks", view="One number", cell="6-0-7-0")
    assert grids(app)["sentences"][0].startswith("Logit of 7: ")
    names = []
    for _ in range(6):
        app.button("way_before").click().run()
        assert not app.exception
        names.append(grids(app)["sentences"][0].split(",")[0])
    assert names == ["Hidden", "Pool 2", "Conv 2 + ReLU", "Pool 1", "Conv 1 + ReLU", "Input"]
    assert app.button("way_before").disabled
    assert "".join(app.query_params["cell"]).startswith("input-")
    app.button("way_after").click().run()
    assert grids(app)["sentences"][0].startswith("Conv 1")
    logits = (
        checkpoints.load("mnist_cnn").model(to_unit(load_samples("mnist").images[:1])).softmax(1)
    )
    assert f"Predicted **7** with {float(logits[0, 7].detach()):.1%}" in texts(app)


@pytest.mark.parametrize("cell", ["", "9-0-0-0", "4-7-0-0", "x", "1-2", "3-0-99-0"])
def test_a_cell_in_a_link_that_is_none(cell):
    app = open_chapter("networks", view="One number", cell=cell)
    assert grids(app)["sentences"][0].startswith("Pool 2, channel 4, row 6, column 4")


def test_network_with_a_drawn_digit():
    app = open_chapter("networks", view="One number", way_from="Draw one")
    assert "Draw a digit" in app.info[0].value
    digit = F.interpolate(load_samples("mnist").images[3:4].float(), 56)[0, 0].to(torch.uint8)
    app.session_state["way_pad"] = {"pixels": digit.flatten().tolist()}
    app.run()
    assert not app.exception
    assert "Predicted **0**" in texts(app)
    assert "drawn digit" in texts(app)


def test_convolution_without_the_trained_network(checkpoint_copy):
    (checkpoint_copy / "mnist_cnn.safetensors").unlink()
    app = open_chapter("convolution")
    assert "mnist_cnn.safetensors are missing" in app.error[0].value
    assert not any("Learned" in option for option in app.selectbox("convolution.kernel").options)
    assert grids(app)["steps"] == 64
    app = open_chapter("networks", view="One number")
    assert "mnist_cnn.safetensors are missing" in app.error[0].value


def test_convolution_without_the_bundled_pictures(samples_copy):
    (samples_copy / "mnist_03_0.png").unlink()
    app = open_chapter("convolution")
    assert "mnist_03_0.png is missing: whoever set this app up can repair it" in app.error[0].value
    assert "choose Numbers in the panel on the left" in app.info[0].value
    app.session_state["convolution.source"] = "Numbers"
    app.run()
    assert grids(app)["steps"] == 16
    assert not app.error


def test_a_pooling_steps_by_its_kernel_whatever_the_convolution_did():
    app = open_chapter("convolution")
    app.session_state["convolution.stride"] = 3
    app.session_state["convolution.layer"] = "Max pooling"
    app.run()
    assert "kernel 2 × 2, stride 2" in texts(app)
    app.session_state["convolution.layer"] = "Convolution"
    app.run()
    assert "kernel 3 × 3, stride 3" in texts(app)


def test_both_sides_of_an_uneven_output_have_their_formula():
    app = open_chapter("convolution", kernel="Own numbers", weights="1 0 0 0 -1")
    formula = next(element.value for element in app.markdown if "Output size" in element.value)
    assert "+ 1 = 10" in formula
    assert "+ 1 = 6" in formula


def test_a_new_training_shows_without_a_restart(checkpoint_copy):
    open_chapter("home")
    card = json.loads((checkpoint_copy / "mnist_cnn.json").read_text())
    card["result"]["validation_accuracy"] = 0.5
    (checkpoint_copy / "mnist_cnn.json").write_bytes(json_bytes(sealed(card)))
    app = open_chapter("home")
    assert app.metric[0].value == "50.00%"
    assert ":material/cancel: missed" in texts(app)


def test_sample_folder_is_the_bundled_one():
    assert SAMPLES.name == "samples"


def test_home_offers_the_report(checkpoint_copy):
    app = open_chapter("home")
    assert any("report" in button.label for button in app.get("download_button"))


HALF_SEEN = threading.Event()


def small_report() -> Iterator[tuple[float, bytes]]:
    yield 0.5, b""
    HALF_SEEN.wait(60)
    yield 1.0, b"%PDF-"


def test_who_asks_for_the_report_reads_the_place_in_the_line(monkeypatch):
    monkeypatch.setattr(results, "REPORT", lambda _folder: heavy.question(small_report)())
    before = [LINE.join() for _ in range(LINE.places)]
    said = []

    def progress(_bar, share, text):
        said.append((share, text))
        if share:
            HALF_SEEN.set()
        if text.startswith("Waits"):
            for turn in before:
                LINE.leave(turn)

    monkeypatch.setattr(DeltaGenerator, "progress", progress)
    app = open_chapter("home")
    assert said == [], "nobody has asked"
    app.download_button("report").click().run()
    assert not app.exception
    assert (0.0, "Waits: 1st in the queue") in said
    assert said[-1] == (0.5, "Drawing the report …")
    assert app.download_button("report").proto.url, "the file is there, and stays with the page"
    assert not app.download_button("report").proto.deferred_file_id
