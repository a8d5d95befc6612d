"""The ResNet's view: every value in its pictures is the running network's, and it opens with every
setting.
"""

import io
import re

import pytest
import torch
from PIL import Image
from torch import Tensor

from app.chapters.networks import resnet, resnet_block, resnet_charts, resnet_picture
from app.chapters.networks.resnet_picture import Look
from app.ui.address import EXCITES, MAPS, NORM, WHOLE_NETWORK
from app.ui.charts import number
from app.ui.grids import Scene
from app.ui.packing import unpacked
from core import checkpoints
from core.checkpoints import results
from core.checkpoints.measured import LayerPictures
from core.data.facts import facts, to_unit
from core.data.samples import load_samples
from core.explain.normalised import ChannelNorm, channel_norm
from core.explain.residual import BLOCKS, LAYERS, costs, residual_steps, shortcut_share
from core.homework import CHANNELS_RESULT
from core.models import ResNet
from tests.app.chapters.opened import chart, grids, open_chapter, texts

CLASSES = facts("cifar10").classes


@pytest.fixture(scope="module")
def model() -> ResNet:
    network = checkpoints.load("cifar10_resnet").model
    assert isinstance(network, ResNet)
    return network.requires_grad_(False)


@pytest.fixture(scope="module")
def steps(model: ResNet) -> dict[str, Tensor]:
    """Of the bundled picture 3."""
    return residual_steps(model, to_unit(load_samples("cifar10").images[3:4]))


def drawn(data: dict) -> dict[str, Tensor]:
    """What each map that can be clicked shows."""
    return {
        grid["pick"]: unpacked(grid["values"]).reshape(grid["rows"], grid["columns"])
        for grid in data["grids"]
        if grid["pick"]
    }


def open_resnet(**parameters: str):
    return open_chapter("networks", view="ResNet", **parameters)


def test_the_whole_network_shows_its_maps_costs_and_probabilities(no_data, steps) -> None:
    data = grids(open_resnet(image="3", channel="70"))
    shown = drawn(data)
    assert set(shown) == {"stem.2"} | {
        f"{block}{part}" for block in BLOCKS for part in ("", ".main.4", ".shortcut.1")
    }
    for name, values in shown.items():
        assert torch.allclose(values, steps[name][0, 69 % steps[name].shape[1]]), name
    signs = [sign["text"] for sign in data["signs"]]
    assert {"1,856", "230,144", "919,040", "3,673,088", "5,130"} <= set(signs)
    assert 1_856 + 230_144 + 919_040 + 3_673_088 + 5_130 == 4_829_258
    assert data["sentences"][0].startswith("4,829,258 parameters")
    shares = [float(sign[:-1]) for sign in signs if re.fullmatch(r"\d+\.\d%", sign)]
    assert sum(shares) == pytest.approx(100, abs=0.2)
    probability = float(steps["fc"][0].softmax(0).max())
    assert any(sign.endswith(f" {probability:.0%}") for sign in signs)
    assert [sign for sign in signs if sign.startswith("channel")] == ["channel 6"] + [
        "channel 70"
    ] * 3


def scenes(model: ResNet, steps: dict[str, Tensor]) -> dict[str, Scene]:
    """The whole network, and every stage opened."""
    looks = {
        layer: Look({name: one[0] for name, one in steps.items()}, layer, 3, CLASSES)
        for layer in (WHOLE_NETWORK, "stem.2", *BLOCKS)
    }
    every = costs(model, steps)
    return {
        layer: resnet_block.opened(look, every, alt="")
        if layer != WHOLE_NETWORK
        else resnet_picture.overview(look, every, alt="")
        for layer, look in looks.items()
    }


def test_every_map_says_where_its_colours_end(model, steps) -> None:
    """In a number or in a printed scale; those that share a scale say it once, and a map of zeros
    has none.
    """
    for layer, scene in scenes(model, steps).items():
        said = [sign.text for sign in scene.signs if str(sign.text).startswith(("±", "all 0"))]
        printed = {grid.largest for grid in scene.grids if grid.legend}
        for grid in scene.grids:
            end = f"±{number(grid.largest)}" if grid.values.any() else "all 0"
            assert end in said or grid.largest in printed, layer
    assert len(said) == 5 + 7


def test_a_map_of_zeros_says_so_and_has_no_scale(model, steps) -> None:
    once = {name: one[0] for name, one in steps.items()}
    silent = int((once["block3"].amax((1, 2)) == 0).nonzero()[0])
    for channel in (silent, 3):
        look = Look(once, WHOLE_NETWORK, channel, CLASSES)
        scene = resnet_picture.overview(look, costs(model, steps), alt="")
        zeros = sum(not grid.values.any() for grid in scene.grids)
        assert zeros > 0 or channel != silent
        said = [sign.text for sign in scene.signs]
        assert said.count("all 0") == zeros
        assert "±1" not in said


def test_a_mean_is_named_by_its_channel_and_not_by_where_it_is_drawn(model, steps) -> None:
    scene = scenes(model, steps)[WHOLE_NETWORK]
    (pool,) = [one for one in scene.links if one.text.startswith("Mean of a map of block 3")]
    assert list(pool.names) == [f"channel {number}" for number in range(1, 513)]


def test_no_link_comes_near_a_text_under_a_map(model, steps) -> None:
    """With letters of 12 pixels at 1280, half as wide as high."""
    scene = scenes(model, steps)[WHOLE_NETWORK]
    signs = [sign for sign in scene.signs if sign.align == "left" and sign.y > 60]
    share = torch.linspace(0, 1, 50)[:, None]
    for link in scene.links:
        target = scene.grids[link.grid]
        end = torch.tensor([target.x, target.y + target.rows * (target.height or target.width) / 2])
        for source in (scene.grids[index] for index in link.sources):
            height = source.rows * source.width
            start = torch.tensor([source.x + source.columns * source.width, source.y + height / 2])
            curve = start + (end - start) * torch.cat([share, 3 * share**2 - 2 * share**3], 1)
            for sign in signs:
                right = sign.x + 0.42 * 17 * len(str(sign.text)) + 4
                inside = (curve[:, 0] > sign.x) & (curve[:, 0] < right)
                near = (curve[:, 1] - sign.y).abs() < 10
                assert not bool((inside & near).any()), sign.text


@pytest.mark.parametrize("block", BLOCKS)
def test_an_open_block_shows_every_step_of_it(no_data, steps, block: str) -> None:
    app = open_resnet(image="3", channel="9", layer=f"{block}.main.2")
    data = grids(app)
    for name in (name for name in LAYERS if name.startswith(block)):
        assert torch.allclose(drawn(data)[name], steps[name][0, 8]), name
    equation = [grid for grid in data["grids"] if grid["width"] * grid["columns"] > 150]
    assert len({grid["largest"] for grid in equation}) == 1, "one scale"
    assert equation[0]["legend"]
    share = shortcut_share(steps[f"{block}.main.4"][0], steps[f"{block}.shortcut.1"][0])
    assert f"shortcut's share is {share.share:.0%}" in texts(app).replace("−", "-")


def test_the_open_stem_shows_its_steps(no_data, steps) -> None:
    data = grids(open_resnet(image="3", channel="5", layer="stem.0"))
    for part in range(3):
        assert torch.allclose(drawn(data)[f"stem.{part}"], steps[f"stem.{part}"][0, 4])


def test_an_output_of_zeros_has_no_share() -> None:
    closed = {"block1.main.4": -torch.ones(2, 3, 3), "block1.shortcut.1": torch.zeros(2, 3, 3)}
    assert resnet_charts.shares_line(closed, "block1", 1) == (
        "Channel 2: the output is 0 everywhere, so nothing of either comes out. "
        "The whole block gives 0 everywhere."
    )


@pytest.mark.parametrize(
    ("main", "shortcut", "said"),
    [
        (10.746, -4.05, "F(x) +10.75 and shortcut −4.05 make ≈ +6.70"),
        (10.745, -4.054, "make ≈ +6.69"),
        (10.5, -4.25, "F(x) +10.50 and shortcut −4.25 make +6.25"),
        (10.5, -4.25, "share is −68%**: it takes away. All 1 channels"),
        (-4.25, 10.5, "share is 168%**: F(x) takes away. All 1 channels"),
        (1.0, 3.0, "share is 75%**. All 1 channels"),
        (150.4, 0.4, "F(x) +150 and shortcut +0.40 make ≈ +151"),
    ],
)
def test_a_sum_of_rounded_numbers_says_so(main: float, shortcut: float, said: str) -> None:
    steps = {"block1.main.4": torch.full((1, 1, 1), main)}
    steps["block1.shortcut.1"] = torch.full((1, 1, 1), shortcut)
    assert said in resnet_charts.shares_line(steps, "block1", 0)


@pytest.mark.parametrize("detail", [MAPS, NORM, EXCITES])
@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_has_its_norm_and_its_name(layer: str, detail: str, model, steps) -> None:
    look = Look({name: one[0] for name, one in steps.items()}, layer, 3, CLASSES)
    scene = resnet_block.opened(look, costs(model, steps), alt="alt", maps=detail == MAPS)
    assert scene.data(theme="light")["alt"] == "alt"
    assert resnet_picture.title(layer).split(",")[0] in ("Stem", "Block 1", "Block 2", "Block 3")
    heights = [grid.y + grid.rows * (grid.height or grid.width) for grid in scene.grids]
    assert max(heights) <= scene.height


def test_the_formula_has_the_layers_numbers(no_data, model, steps) -> None:
    app = open_resnet(image="3", channel="9", layer="block1.main.4", detail=NORM)
    norm = channel_norm(model.block1.main[4], 8)
    for value in (norm.gamma, norm.mean, norm.variance, norm.beta):
        assert f"{abs(value):#.3g}" in texts(app)
    assert "+ 0.00001)" in texts(app)
    specs = [chart(app, index) for index in range(len(app.get("vega_lite_chart")))]
    titles = [spec["title"]["text"] for spec in specs if "title" in spec]
    mean, beta = (f"{value:#.3g}".replace("-", "−") for value in (norm.mean, norm.beta))
    assert titles == [
        f"Before batch norm; dashed: mean {mean}",
        f"After batch norm; dashed: β {beta}",
    ]


def test_both_histograms_count_every_cell() -> None:
    norm = ChannelNorm(1.0, 4.0, 2.0, -3.0, 1e-5)
    values, bundled = torch.randn(8, 8), torch.randn(5, 8, 8) * 3
    specs = resnet_charts.histograms(values, bundled, norm)
    before, after = (view["data"]["values"] for view in specs)
    for rows in (before, after):
        for kind in ("this picture", "bundled pictures"):
            assert sum(row["share"] for row in rows if row["kind"] == kind) == pytest.approx(1)
    assert [row["share"] for row in before] == pytest.approx(
        [row["share"] for row in after], abs=0.05
    )
    both = torch.cat([values.flatten(), bundled.flatten()])
    assert min(row["low"] for row in after) == pytest.approx(float(norm(both.min())), rel=1e-4)
    equal = resnet_charts.histograms(torch.zeros(4, 4), torch.zeros(1, 4, 4), norm)
    assert sum(row["share"] for row in equal[0]["data"]["values"]) == pytest.approx(2)


@pytest.mark.parametrize("layer", ["block2", "block2.main.3"])
def test_the_most_exciting_bundled_pictures(no_data, model, layer: str) -> None:
    app = open_resnet(layer=layer, channel="4", detail=EXCITES)
    every = residual_steps(model, to_unit(load_samples("cifar10").images))
    means = every["block2" if layer == "block2" else "block2.main.4"][:, 3].mean((1, 2))
    values, order = means.sort(descending=True)
    captions = [one.caption for images in app.image for one in images.proto.imgs]
    assert len(captions) == 9
    for caption, value in zip(captions, values.tolist()):
        assert f"**{value:+.2f}**".replace("-", "−") in caption
    assert f"Their numbers: {', '.join(map(str, order[:9].tolist()))}." in texts(app)
    assert "Of the 20 bundled pictures" in texts(app)
    assert ("keeps the order" in texts(app)) == (layer != "block2")


def test_a_negative_gamma_turns_the_order_of_the_pictures_around(no_data, model) -> None:
    """However small it is."""
    gammas = model.block1.shortcut[1].weight.detach()
    smallest = gammas.masked_fill(gammas >= 0, -9).argmax()
    for channel in (int(gammas.argmin()), int(smallest)):
        app = open_resnet(layer="block1.shortcut.0", channel=str(channel + 1), detail=EXCITES)
        gamma = f"{float(gammas[channel]):.2g}".replace("-", "−")
        assert float(gamma.replace("−", "-")) < 0
        assert f"with a gamma of {gamma}, turns the order around" in texts(app)


def test_with_the_test_set_they_are_those_of_the_result(monkeypatch) -> None:
    bundled = load_samples("cifar10")
    monkeypatch.setattr(resnet.images, "whole_test_set", lambda name: bundled)
    monkeypatch.setattr(type(bundled), "__len__", lambda samples: 10_000, raising=False)
    ranked = resnet._ranked("block3", None)
    card = results.load(CHANNELS_RESULT)
    kept = LayerPictures(**card["layers"]["block3"]).unpacked()
    assert torch.equal(ranked.found.indices, kept.indices)
    assert ranked.among == "the test images (10,000)"
    monkeypatch.setitem(resnet.networks.card("cifar10_resnet")["weights"], "sha256", "0" * 64)
    assert resnet._ranked("block3", None).among == "the 20 bundled pictures"


def test_a_click_opens_a_block_and_a_channel_beyond_the_last_is_the_last(no_data) -> None:
    app = open_resnet(channel="300")
    app.session_state["address"].values["networks.layer"] = "block1"  # as the click does
    app.run()
    assert app.selectbox("networks.layer").value == "block1"
    assert app.number_input("networks.channel").value <= 128
    assert not app.exception


def test_an_own_photo_runs_through(no_data) -> None:
    app = open_resnet(source="Own photo", layer="block1")
    assert "Choose a photo in the panel on the left." in texts(app)
    file = io.BytesIO()
    Image.new("RGB", (300, 200), (10, 200, 30)).save(file, "JPEG")
    app.file_uploader[0].set_value(("garden.jpg", file.getvalue(), "image/jpeg")).run()
    assert not app.exception
    assert "ResNet on own photo, channel 1" in texts(app)


def test_numbers_without_end_are_one_box(no_data, monkeypatch, model) -> None:
    network = checkpoints.load("cifar10_resnet").model.requires_grad_(False)
    network.fc.weight *= 1e39
    monkeypatch.setattr("app.ui.networks.model", lambda name: network)
    app = open_resnet()
    assert ["its maps cannot be drawn" in box.value for box in app.error] == [True]


@pytest.mark.parametrize("file", ["cifar10_resnet.json", "cifar10_resnet.safetensors"])
def test_a_damaged_network_is_one_box(checkpoint_copy, no_data, file: str) -> None:
    path = checkpoint_copy / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)
    app = open_resnet(layer="block1")
    (box,) = app.error
    assert "cifar10_resnet" in box.value
    assert "whoever set this app up" in box.value


def test_a_damaged_result_is_one_box_where_it_is_needed(checkpoint_copy, monkeypatch) -> None:
    bundled = load_samples("cifar10")
    path = checkpoint_copy / f"{CHANNELS_RESULT}.json"
    path.write_bytes(path.read_bytes()[:1000])
    with monkeypatch.context() as patch:
        patch.setattr(resnet.images, "whole_test_set", lambda name: bundled)
        with pytest.raises(checkpoints.CheckpointError, match="is damaged"):
            resnet._ranked("block3", None)
    app = open_resnet(layer="block1")
    assert not app.error
