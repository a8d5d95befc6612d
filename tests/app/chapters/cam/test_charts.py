"""Charts of the chapter on class activation maps: the numbers in the specifications, the colours in
the pictures.
"""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from app.chapters.cam import charts
from app.ui import colours, palette, picture_files
from app.ui.charts import signed
from core import checkpoints
from core.cam import CamResult, blend, class_activation_maps, strongest_channels, upsample
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.faithfulness import RANKINGS, SHARES

GENERATOR = torch.Generator().manual_seed(0)
FEATURES = torch.rand(1, 6, 4, 4, generator=GENERATOR)
WEIGHT = torch.randn(3, 6, generator=GENERATOR)
MAPS = torch.einsum("kc,nchw->nkhw", WEIGHT, FEATURES)
RESULT = CamResult(MAPS, MAPS.mean((2, 3)), FEATURES, WEIGHT, torch.zeros(3))


def test_the_sum_holds_the_products_and_the_map() -> None:
    channels = strongest_channels(RESULT, 0, 1, 3)
    spec = charts.channel_sum(channels, MAPS[0, 1], of=6)
    assert [cell["value"] for cell in spec["datasets"]["map"]] == MAPS[0, 1].flatten().tolist()
    most = float(channels.products.abs().max())
    for index in range(3):
        tile, *below = spec["hconcat"][index]["vconcat"]
        assert tile["title"]["text"] == f"Channel {int(channels.index[index]) + 1}, weighted"
        cells = tile["layer"][0]
        values = [cell["value"] for cell in spec["datasets"][cells["data"]["name"]]]
        assert values == channels.products[index].flatten().tolist()
        assert cells["encoding"]["color"]["scale"]["domain"] == [-most, 0, most], (
            "all tiles share one scale"
        )
        weight, share = (float(one[index]) for one in (channels.weight, channels.shares))
        assert [text["data"]["values"][0]["text"] for text in below] == [
            f"weight {signed(weight, 3)}",
            f"adds {signed(share, 3)}",
        ]
    texts = [view["data"]["values"][0]["text"] for view in spec["hconcat"][3]["vconcat"]]
    assert texts == ["+ 3 others", f"add {signed(channels.rest)}"]


def test_the_sum_line_does_the_arithmetic() -> None:
    line = charts.sum_line(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), -0.25, 0.5)
    assert line.startswith("The mean of these 4 is **2.50**; 2.50 − 0.25 (bias) = logit **2.25**; ")
    assert "≈ logit **1.01**" in charts.sum_line(torch.full((2, 2), 1.004), 0.004, 0.5)
    assert "gives **50.0%**" in line
    assert "Every number is negative" not in line


def test_a_map_that_is_negative_everywhere_is_said_to_be() -> None:
    assert "Every number is negative" in charts.sum_line(torch.full((4, 4), -0.01), 0.5, 0.1)


def test_the_bars_mark_the_class_of_the_map() -> None:
    spec = charts.probabilities([0.2, 0.7, 0.1], ["cat", "dog", "frog"], marked=1)
    rows = spec["data"]["values"]
    assert [(row["class"], row["text"], row["marked"]) for row in rows] == [
        ("cat", "20.0%", False),
        ("dog", "70.0%", True),
        ("frog", "10.0%", False),
    ]
    assert spec["encoding"]["y"]["scale"]["domain"] == [0, 1]


def test_the_curves_hold_every_ranking() -> None:
    curves = {name: [index / 10 for index in range(len(SHARES))] for name in RANKINGS}
    spec = charts.pixel_curves(curves, SHARES, title="t", axis="a")
    assert len(spec["data"]["values"]) == 3 * len(SHARES)
    assert spec["encoding"]["color"]["scale"]["domain"] == list(RANKINGS)


def test_the_areas_line_counts_for_the_map() -> None:
    low, high = [0.2] * len(SHARES), [0.7] * len(SHARES)
    result = {
        "validated_on": "the test images",
        "pictures": 1234,
        "method": "bilinear",
        "deletion": {RANKINGS[0]: low, RANKINGS[1]: high, RANKINGS[2]: low},
        "insertion": {RANKINGS[0]: high, RANKINGS[1]: low, RANKINGS[2]: high},
    }
    line = charts.areas_line(result)
    assert "mean over 1,234 test pictures, each with the map of the class that" in line
    assert "sees, bilinear: " in line
    assert f"against {RANKINGS[1]} **+0.50** deleted, **+0.50** inserted" in line


@pytest.mark.parametrize("name", colours.COLOUR_MAPS)
def test_colours_run_from_the_low_end_to_the_high_end(name: str) -> None:
    ends = colours.coloured(torch.tensor([[-2.0, 4.0]]), -2.0, 4.0, name)
    scale = colours.scale(name)
    assert ends.shape == (4 if name == colours.CLEAR else 3, 1, 2)
    assert torch.equal(ends[:, 0, 0], scale[:, 0, 0])
    assert torch.equal(ends[:, 0, 1], scale[:, 0, -1])


def test_white_is_exactly_zero_on_the_diverging_map() -> None:
    low, high = colours.limits(torch.tensor([[-1.0, 3.0]]), colours.DIVERGING)
    assert (low, high) == (-3.0, 3.0)
    assert (
        colours.coloured(torch.zeros(1, 1), low, high, colours.DIVERGING).flatten().tolist()
        == [255] * 3
    )
    assert colours.limits(torch.tensor([[-1.0, 3.0]]), "Viridis") == (-1.0, 3.0)
    assert colours.limits(torch.full((2, 2), 5.0), "Viridis") == (4.0, 6.0)
    assert colours.limits(torch.zeros(2, 2), colours.DIVERGING) == (-1.0, 1.0)


def test_by_default_evidence_is_coloured_and_none_is_clear() -> None:
    assert next(iter(colours.COLOUR_MAPS)) == colours.CLEAR
    values = torch.tensor([[-3.0, -0.75, 0.0, 1.0, 3.0]])
    low, high = colours.limits(values, colours.CLEAR)
    assert (low, high) == (-3.0, 3.0)
    found = colours.coloured(values, low, high, colours.CLEAR)[:, 0].T.numpy()
    opacity = np.round(255 * np.abs(values[0].numpy()) / 3)
    assert np.array_equal(found[:, 3], opacity)
    assert opacity[2] == 0
    against, speaks = ([*bytes.fromhex(colour[1:])] for colour in palette.EVIDENCE)
    assert found[:2, :3].tolist() == [against] * 2
    assert found[3:, :3].tolist() == [speaks] * 2


def shifted(picture: np.ndarray, other: np.ndarray, seen_by: np.ndarray) -> np.ndarray:
    """(H, W) how far two pictures are apart in CIELAB, for eyes with a matrix of linear RGB."""
    return np.linalg.norm(lab(picture, seen_by) - lab(other, seen_by), axis=-1)


def lab(picture: np.ndarray, seen_by: np.ndarray) -> np.ndarray:
    """(3, H, W) of grey values as CIELAB, white point D65: (H, W, 3)."""
    share = picture.transpose(1, 2, 0) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.clip(linear @ seen_by.T, 0, 1) @ np.array(to_xyz).T / (0.9505, 1, 1.089)
    x, y, z = np.moveaxis(np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 4 / 29), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


# Of linear RGB, from Machado et al., "A Physiologically-based Model for Simulation of Color Vision
# Deficiency", 2009, of full severity.
EYES = {
    "usual": np.eye(3),
    "no red": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.0039, -0.0481, 1.052]]
    ),
    "no green": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.0118, 0.0429, 0.9689]]
    ),
}


@pytest.mark.parametrize("eyes", EYES)
def test_the_default_colours_stand_out_on_every_bundled_picture(eyes: str) -> None:
    images = load_samples("cifar10").images
    model = checkpoints.load("cifar10_resnet").model
    result = class_activation_maps(model, to_unit(images))
    maps = upsample(result.maps[range(len(images)), result.logits.argmax(1)], 32, "bilinear")
    for image, one in zip(images, maps):
        heat = colours.coloured(one, *colours.limits(one, colours.CLEAR), colours.CLEAR)
        both = blend(image, heat, 0.5).numpy()
        moved = shifted(both, image.numpy(), EYES[eyes])
        strong, none = (one > 0.7 * one.max()).numpy(), (one.abs() < 0.02 * one.max()).numpy()
        assert np.median(moved[strong]) > 15, "evidence is seen"
        assert np.all(moved[none] < 4), "where there is none, the picture is kept"


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_png_holds_every_pixel(channels: int) -> None:
    picture = torch.randint(0, 256, (channels, 5, 7), dtype=torch.uint8, generator=GENERATOR)
    head, data = picture_files.data_url(picture).split(",")
    assert head == "data:image/png;base64"
    read = np.array(Image.open(io.BytesIO(base64.b64decode(data)))).reshape(5, 7, channels)
    assert np.array_equal(read, picture.permute(1, 2, 0).numpy())
    grown = np.array(Image.open(io.BytesIO(picture_files.png(picture, times=3)))).reshape(
        15, 21, channels
    )
    assert np.array_equal(grown[1::3, 1::3], read)
