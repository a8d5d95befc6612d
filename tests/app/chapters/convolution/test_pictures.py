"""The convolution chapter's pictures: what is packed for the browser is what core computes, at
every step.
"""

import json
import math

import pytest
import torch
import torch.nn.functional as F

from app.chapters.convolution import backward, code, im2col, predict
from app.chapters.convolution.image import SourceImage
from app.chapters.convolution.setting import Setting
from app.ui import arithmetic, layer_steps
from app.ui.charts import number
from app.ui.grids import CellGrid, Mark, Puzzle, Scene
from app.ui.layer_layout import short_names
from app.ui.packing import floats, integers, unpacked
from core.data.samples import load_samples
from core.explain import kernels
from core.explain.convolution import explain_convolution
from core.explain.geometry import Geometry
from core.explain.pooling import explain_pooling

PICTURE = torch.arange(16.0).reshape(1, 4, 4) - 5
KERNEL = torch.tensor([[[[0.5, 0.0], [0.0, -1.0]]]])
FRAME = 1.9  # half of a cell's frame, in a picture's units
RGB = torch.randn(3, 6, 5, generator=torch.Generator().manual_seed(0))
THREE = torch.randn(2, 3, 3, 3, generator=torch.Generator().manual_seed(1))


def grid(picture: Scene, title: str) -> tuple[int, CellGrid]:
    return next(
        (index, one) for index, one in enumerate(picture.grids) if one.title.startswith(title)
    )


def numbers(picture: Scene, title: str, step: int) -> torch.Tensor:
    """What a grid shows at a step, read as the component reads it."""
    data = picture.data(theme="light")
    one = data["grids"][grid(picture, title)[0]]
    count = one["rows"] * one["columns"]
    if one["values"] is not None:
        return unpacked(one["values"])
    if one["each"] is not None:
        return unpacked(one["each"]).reshape(data["steps"], count)[step]
    packed = data["marks"][one["from"]]["cells"]
    if isinstance(packed, int):  # an earlier mark's
        packed = data["marks"][packed]["cells"]
    cells = unpacked(packed, whole=True).reshape(data["steps"], -1)[step]
    if one["spread"] is None:
        return unpacked(data["grids"][data["marks"][one["from"]]["grid"]]["values"])[cells]
    values = torch.zeros(count)
    for cell, value in zip(
        cells.tolist(), unpacked(one["spread"]).reshape(data["steps"], -1)[step].tolist()
    ):
        if cell >= 0:
            values[cell] = value
    return values


def close(one: torch.Tensor, other: torch.Tensor) -> None:
    torch.testing.assert_close(one, other.flatten().float(), rtol=0, atol=1e-5)


def test_numbers_are_packed_and_unpacked():
    values = torch.tensor([1.5, -math.inf, 0.1])
    assert torch.equal(unpacked(floats(values)), values)
    assert unpacked(integers(torch.tensor([3, -1])), whole=True).tolist() == [3, -1]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"padding": 1, "stride": 2},
        {"padding": 1, "border": "reflect", "dilation": 2},
        {"relu": True, "flipped": True},
    ],
)
def test_every_step_of_a_convolution(settings):
    bias = torch.tensor([1.0])
    explained = explain_convolution(PICTURE, KERNEL, bias=bias, **settings)
    picture = layer_steps.convolution(explained, 0, name="Own", alt="what it shows")
    weight = KERNEL.flip(2, 3) if settings.get("flipped") else KERNEL
    close(numbers(picture, "× Kernel", 0), weight)
    close(numbers(picture, "Output", 0), explained.output)
    close(numbers(picture, "Input", 0), explained.padded)
    for step in range(picture.steps):
        window = explained.windows[0, :, step]
        close(numbers(picture, "Window", step), window)
        close(numbers(picture, "= Products", step), window * weight.flatten())
    assert len(picture.sentences) == picture.steps
    assert {mark.cells.shape[0] for mark in picture.marks} == {picture.steps}


def test_channels_and_filters():
    explained = explain_convolution(RGB, THREE, padding=1)
    picture = layer_steps.convolution(explained, 1, name="Own", alt="")
    assert [one.title for one in picture.grids[:3]] == ["Red", "Green", "Blue"]
    assert [one.pick for one in picture.grids[-2:]] == ["filter 1", "filter 2"]
    assert [one.title for one in picture.grids[-2:]] == ["Filter 1", "▸ Filter 2"]
    names = ("Horizontal edges (Sobel)", "Blur (box)")
    named = layer_steps.convolution(explained, 1, name="Own", alt="", filters=names)
    assert [one.title for one in named.grids[-2:]] == ["Horizontal edges", "▸ Blur (box)"]
    assert named.width > picture.width, "the longer names have their room"
    assert short_names(["Sharpen on red", "Sharpen on green"]) == ["on red", "on green"]
    assert short_names(["Sharpen on red", "Emboss on red"]) == ["Sharpen on red", "Emboss on red"]
    assert short_names(["All edges (Laplace)"]) == ["All edges"]
    products = [one for one in picture.grids if one.title == "= Products"]
    for channel, one in enumerate(products):
        torch.testing.assert_close(one.each, explained.products(1)[channel].T)
    sums = [sign for sign in picture.signs if not isinstance(sign.text, str)]
    total = explained.partial_sums(1)[:, 7]
    assert sums[0].text[7] == f"Σ {number(float(total[0]))}"
    value = float(explained.output[1].flatten()[7])
    assert sums[-1].text[7].endswith(number(value))
    assert picture.sentences[7].endswith(f"≈ {number(value)}")


def test_a_depthwise_filter_says_what_it_does_not_see():
    explained = explain_convolution(RGB, THREE[:1, 0][:, None].expand(3, 1, 3, 3), groups=3)
    picture = layer_steps.convolution(explained, 2, name="Own", alt="")
    titles = [one.title for one in picture.grids[:3]]
    assert titles == ["Red, not seen", "Green, not seen", "Blue"]
    assert {mark.grid for mark in picture.marks if mark.feeds} == {2}


def test_sentences_write_every_number():
    explained = explain_convolution(PICTURE, KERNEL, bias=torch.tensor([-0.5]))
    assert arithmetic.sums(explained, 0)[0] == (
        "Row 1, column 1: (−5)·0.50 + (−4)·0 + (−1)·0 + 0·(−1) − 0.50 (bias) = −3"
    )
    relu = explain_convolution(PICTURE, KERNEL, bias=torch.tensor([-0.5]), relu=True)
    assert arithmetic.sums(relu, 0)[0].endswith("= −3, ReLU: max(0, −3) = 0")


def test_a_long_sum_leaves_out_what_is_zero():
    picture, weight = torch.zeros(1, 4, 4), torch.ones(1, 1, 4, 4)
    assert arithmetic.sums(explain_convolution(picture, weight), 0) == [
        "Row 1, column 1: all 16 products are 0: 0"
    ]
    picture[0, 1, 2] = 3.0
    assert arithmetic.sums(explain_convolution(picture, weight), 0) == [
        "Row 1, column 1: 3·1 + 15 terms that are 0 = 3"
    ]
    full = arithmetic.sums(explain_convolution(torch.ones(1, 4, 4), weight), 0)
    assert full == ["Row 1, column 1: sum of the 16 products = 16"]


def test_a_rounded_sum_says_so():
    explained = explain_convolution(torch.ones(1, 1, 1), torch.full((1, 1, 1, 1), 1 / 16))
    assert arithmetic.sums(explained, 0)[0].endswith("1·1/16 ≈ 0.06")


def last_signs(sentences):
    return ["≈" if "≈" in one.split(": ", 1)[1] else "=" for one in sentences]


@pytest.mark.parametrize("name", [kernels.GAUSS, kernels.BOX, *kernels.FIXED])
@pytest.mark.parametrize("channels", [1, 3])
def test_only_a_rounded_sum_has_an_about(name, channels):
    picture = load_samples("cifar10").images[1, :channels, 11:21, 11:21].float()
    weight = kernels.preset(name)
    explained = explain_convolution(picture, weight.expand(1, channels, 3, 3))
    whole = {kernels.GAUSS: 16, kernels.BOX: 9}.get(name, 1)
    windows = F.unfold(picture[None], 3)[0].long()
    numerators = (weight * whole).round().long().flatten().repeat(channels)
    sums = (windows * numerators[:, None]).sum(0)  # whole numbers, so exact
    exact = [int(one) * 100 % whole == 0 for one in sums]
    assert last_signs(arithmetic.sums(explained, 0)) == ["=" if one else "≈" for one in exact]
    assert any(exact)


def test_exact_values_of_a_gauss_have_no_about():
    window = torch.tensor([[[4.0, 10, 8], [20, 15, 0], [4, 0, 16]]])
    weight = kernels.preset(kernels.GAUSS)[None, None]
    said = arithmetic.sums(explain_convolution(window, weight), 0)[0]
    assert said.endswith(" = 9.50")
    more = arithmetic.sums(explain_convolution(window, weight, bias=torch.tensor([1.5])), 0)[0]
    assert more.endswith("+ 1.50 (bias) = 11")
    assert "4·1/16 + 10·2/16 + 8·1/16 + 20·2/16 + 15·4/16" in said


def test_numbers_as_typed_are_exact():
    weight = torch.tensor([[[[0.1, 0.2], [0.3, 0.35]]]])
    said = arithmetic.sums(explain_convolution(torch.ones(1, 2, 2), weight), 0)[0]
    assert said.endswith("1·0.10 + 1·0.20 + 1·0.30 + 1·0.35 = 0.95")
    learned = torch.tensor([[[[0.123456]]]])
    assert (
        "1·0.12 ≈ 0.12" in arithmetic.sums(explain_convolution(torch.ones(1, 1, 1), learned), 0)[0]
    )


def test_rounded_terms_of_an_exact_sum_say_so():
    picture = torch.tensor([53.0, 53.0, 70.0]).reshape(3, 1, 1)
    weight = torch.full((1, 3, 1, 1), 1 / 16)
    assert arithmetic.sums(explain_convolution(picture, weight), 0)[0].endswith(
        "3.31 from red + 3.31 from green + 4.38 from blue, each rounded, = 11"
    )


def test_three_channels_of_a_blur_go_beyond_grey():
    photo = load_samples("cifar10").images[1, :, 11:21, 11:21].float()
    weight = kernels.preset(kernels.GAUSS).expand(1, 3, 3, 3)
    explained = explain_convolution(photo, weight)
    beyond = explained.output[0].flatten() > 255
    assert beyond.any()
    for said, is_beyond in zip(arithmetic.sums(explained, 0), beyond.tolist()):
        assert said.endswith("; above 255, since 3 channels add up") == is_beyond
    dark = explain_convolution(photo / 255, weight)
    assert not any("255" in one for one in arithmetic.sums(dark, 0)), "these are no grey values"


def test_a_bias_alone_is_no_sum_of_channels():
    """Above 255 because of the bias, not of the channels."""
    dark = torch.zeros(3, 4, 4)
    dark[:, 0, 0] = 2.0
    weight = torch.ones(1, 3, 3, 3) / 9
    explained = explain_convolution(dark, weight, bias=torch.tensor([300.0]))
    for said in arithmetic.sums(explained, 0):
        assert "channels add up" not in said


def test_products_that_are_not_written_out_are_not_rounded():
    explained = explain_convolution(torch.full((1, 4, 4), 0.125), torch.ones(1, 1, 4, 4))
    (said,) = arithmetic.sums(explained, 0)
    assert said == "Row 1, column 1: sum of the 16 products = 2"


def test_titles_name_the_relu_and_the_flipped_kernel():
    settings = {"bias": torch.tensor([1.0]), "relu": True, "flipped": True}
    explained = explain_convolution(PICTURE, KERNEL, **settings)
    unfolded = im2col.unfolded(explained, 0, alt="")
    assert grid(unfolded, "ReLU(Kernel × matrix + bias) = output, flattened")
    assert grid(unfolded, "Output 3 × 3, after ReLU")
    assert grid(unfolded, "Flipped")
    back = backward.convolution(explained, 0, explained.input_gradients(0), alt="")
    assert grid(back, "Kernel, flipped")
    assert grid(back, "Gradient, flipped kernel")
    assert any("into the flipped kernel goes the window" in line for line in back.sentences)


def test_averages_have_an_about_where_they_are_rounded():
    picture = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 10]])
    said = arithmetic.maxima(explain_pooling(picture, kernel_size=3, stride=1))
    assert said[0].endswith("average ≈ 5.11")
    said = arithmetic.maxima(explain_pooling(picture, kernel_size=2, stride=1))
    assert [one.split("average ")[1] for one in said] == ["3", "4", "6", "7.25"]


def test_a_kernel_of_fractions_shows_whole_numbers_that_add_up():
    weight = kernels.preset(kernels.GAUSS)[None, None]
    explained = explain_convolution(torch.ones(1, 4, 4), weight)
    total = explained.gradients(0)
    for picture in (
        layer_steps.convolution(explained, 0, name="Own", alt=""),
        backward.convolution(explained, 0, explained.input_gradients(0), alt=""),
        backward.convolution(explained, 0, total, alt=""),
    ):
        _, one = next(
            (index, one)
            for index, one in enumerate(picture.grids)
            if one.title.endswith("Kernel / 16")
        )
        data = one.data(one.values)
        assert (data["denominator"], data["longest"]) == (16, 2)
        assert sum(round(value * 16) for value in one.values.flatten().tolist()) == 16
    _, column = grid(im2col.unfolded(explained, 0, alt=""), "× 1/16")
    assert column.denominator == 16
    sobel = layer_steps.convolution(
        explain_convolution(PICTURE, kernels.preset("Sharpen")[None, None]), 0, name="", alt=""
    )
    assert grid(sobel, "× Kernel")[1].denominator is None


def test_a_poolings_winner_and_ties():
    pooled = explain_pooling(
        torch.tensor([[1.0, 9.0, 9.0], [9.0, 2.0, 0.0]]), kernel_size=2, stride=1
    )
    picture = layer_steps.pooling(pooled, alt="")
    marks = {(mark.grid, mark.style): mark.cells.tolist() for mark in picture.marks}
    assert marks[0, "winner"] == [[1], [1]]
    assert marks[0, "tie"] == [[-1, -1, 3, -1], [-1, 2, -1, -1]]
    assert marks[1, "winner"] == [[1], [0]]
    assert picture.sentences == [
        "Row 1, column 1: max(1, 9, 9, 2) = 9; 2 cells tie, the first in reading order wins; "
        "average 5.25",
        "Row 1, column 2: max(9, 9, 2, 0) = 9; 2 cells tie, the first in reading order wins; "
        "average 5",
    ]
    close(numbers(picture, "Average", 0), F.avg_pool2d(pooled.picture[None, None], 2, 1))
    dilated = explain_pooling(PICTURE[0], kernel_size=2, stride=1, dilation=2)
    assert not [
        one for one in layer_steps.pooling(dilated, alt="").grids if one.title.startswith("Average")
    ]


@pytest.mark.parametrize(
    "settings", [{}, {"padding": 1, "stride": 2}, {"padding": 1, "border": "circular"}]
)
def test_the_unfolded_matrix_times_the_kernel_is_the_output(settings):
    bias = torch.tensor([0.5, -1.0])
    explained = explain_convolution(RGB, THREE, bias=bias, **settings)
    picture = im2col.unfolded(explained, 1, alt="")
    index, matrix = grid(picture, "Unfolded")
    product = (
        numbers(picture, "Kernel", 0)
        @ numbers(picture, "Unfolded", 0).reshape(matrix.rows, matrix.columns)
        - 1.0
    )
    close(product, numbers(picture, "Output", 0))
    assert (matrix.rows, matrix.columns) == (27, picture.steps)
    column = next(mark for mark in picture.marks if mark.grid == index)
    assert column.style == "column"


def test_memory_is_counted():
    line = im2col.memory_line(explain_convolution(torch.rand(1, 10, 10), torch.rand(1, 1, 3, 3)))
    assert "100 numbers, unfolded they are 576: **5.76 ×**" in line
    assert "2.40 ×" in line  # 3 · 10 · 8 / 100


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"padding": 1, "border": "reflect"},
        {"padding": 1, "border": "circular"},
        {"padding": 2, "border": "replicate", "dilation": 2},
        {"relu": True},
    ],
)
@pytest.mark.parametrize("source", ["grey", "rgb"])
def test_every_gradient_is_autograds(settings, source):
    picture_, weight = (RGB[:1], THREE[:, :1]) if source == "grey" else (RGB, THREE)
    explained = explain_convolution(picture_, weight, **settings)
    picture = backward.convolution(explained, 0, explained.input_gradients(0), alt="")
    names = (
        ("Gradient into the input",)
        if source == "grey"
        else ("Gradient, red", "Gradient, green", "Gradient, blue")
    )
    for step in range(picture.steps):
        right = explained.gradients(0, step)
        for channel, name in enumerate(names):
            close(numbers(picture, name, step), right.images[channel])
        close(numbers(picture, "Gradient into the kernel", step), right.weight[0])
        close(numbers(picture, "Window", step), explained.windows[0, :, step])
        output = torch.zeros(picture.steps)
        output[step] = 1
        close(numbers(picture, "Gradient from the output", step), output)
    total = explained.gradients(0)
    summed = backward.convolution(explained, 0, total, alt="")
    close(numbers(summed, names[-1], 0), total.images[-1])
    assert not summed.player


def test_the_gradient_of_a_pooling_goes_to_the_winners():
    pooled = explain_pooling(PICTURE[0] * -1, kernel_size=2, stride=1, padding=1)
    picture = backward.pooling(pooled, False, alt="")
    total = sum(numbers(picture, "Gradient into the input", step) for step in range(picture.steps))
    close(total, pooled.gradients())
    close(
        numbers(backward.pooling(pooled, True, alt=""), "Gradient into the input", 0),
        pooled.gradients(),
    )


def test_nothing_wins_a_window_of_padding_alone():
    pooled = explain_pooling(PICTURE[0][:2, :3], kernel_size=2, stride=1, padding=1, dilation=3)
    assert pooled.output.flatten().tolist() == [-math.inf, -math.inf]
    alone = "the window sees padding alone, so"
    steps = layer_steps.pooling(pooled, alt="")
    assert steps.sentences[1] == f"Row 1, column 2: {alone} its maximum is −∞"
    back = backward.pooling(pooled, False, alt="")
    assert back.sentences[0] == f"Row 1, column 1: {alone} no gradient goes back."
    close(numbers(back, "Gradient into the input", 0), torch.zeros(2, 3))
    for picture in (steps, back):
        for mark in picture.marks:
            if mark.style == "winner":
                assert mark.cells.tolist() == [[-1], [-1]]


def test_a_puzzle_is_the_same_for_the_same_seed():
    picture = layer_steps.pooling(explain_pooling(PICTURE[0], kernel_size=2, stride=1), alt="")
    full = torch.zeros(9).bool()
    one, again, other = (
        predict.puzzle(picture, seed, {}, what="what", empty=full) for seed in (1, 1, 2)
    )
    assert one.puzzle is not None
    assert one.puzzle.order == again.puzzle.order
    assert one.puzzle.order != other.puzzle.order
    assert sorted(one.puzzle.order) == list(range(9)), "no more questions than cells"
    data = one.data(theme="dark")
    assert not data["player"]
    tally = {"right": 1, "asked": 2}
    answered = predict.puzzle(picture, 1, tally, what="what", empty=full).data(theme="dark")
    assert data["id"] == answered["id"], "an answer is no other picture"
    assert data["id"] != other.data(theme="dark")["id"]
    assert answered["puzzle"]["tally"] == {"right": 1, "asked": 2}
    hidden = {entry["title"].split(" ")[0] for entry in data["grids"] if entry["secret"]}
    assert hidden == {"Maximum", "Average"}


def test_a_puzzle_asks_for_no_empty_window_while_there_are_others():
    picture = torch.zeros(1, 6, 6)
    picture[0, 5, 5] = 1
    layer = explain_convolution(picture, torch.ones(1, 1, 2, 2))
    empty = predict.empty_windows(layer, 0)
    assert empty.sum() == 24, "of 25 windows one has the 1"
    scene = layer_steps.convolution(layer, 0, name="", alt="")
    for seed in range(1, 5):
        asked = predict.puzzle(scene, seed, {}, what="", empty=empty).puzzle
        assert asked.order == [24]
        everything = predict.puzzle(scene, seed, {}, what="", empty=torch.ones(25).bool()).puzzle
        assert len(everything.order) == 10, "all are empty: that may be the point"
    pooled = explain_pooling(picture[0], kernel_size=2, stride=2, padding=1)
    assert predict.empty_windows(pooled, 0).sum() == 15


def test_cells_that_were_asked_for_before_stay_in_their_order():
    layer = explain_convolution(PICTURE, torch.ones(1, len(PICTURE), 2, 2))
    scene = layer_steps.convolution(layer, 0, name="", alt="")
    empty = torch.zeros(layer.geometry.steps).bool()
    before = predict.puzzle(scene, 3, {}, what="", empty=empty).puzzle.order
    empty[before[1]] = True
    after = predict.puzzle(scene, 3, {}, what="", empty=empty).puzzle.order
    assert after == [*before[:1], *before[2:]], "no cell was left to take its place"


def test_data_is_json_and_a_grid_without_numbers_is_refused():
    pooled = explain_pooling(PICTURE[0], kernel_size=2, stride=2, padding=1)
    json.dumps(layer_steps.pooling(pooled, alt="").data(theme="light"), allow_nan=False)
    blank = Scene("", "", 1, 1, 1, [CellGrid("", 0, 0, 1, 1, 1)], [], [""])
    with pytest.raises(ValueError, match="values, each or source, got none"):
        blank.data(theme="light")
    loop = Scene(
        "",
        "",
        1,
        1,
        1,
        [CellGrid("", 0, 0, 1, 1, 1, source=0)],
        [Mark(0, torch.zeros(1, 1).long())],
        [""],
    )
    with pytest.raises(ValueError, match="the marked grid to have values, got none"):
        loop.data(theme="light")
    assert Puzzle([1], "PLACE").tally == {}


IMAGES = 'load_samples("mnist").images[3:4, :, 9:19, 9:19].float()'
PHOTO = 'load_samples("cifar10").images[1:2, :, 11:21, 11:21].float()'


@pytest.mark.parametrize(
    "source",
    [
        IMAGES,
        PHOTO,
        f'load("cifar10_resnet").model.normalize({PHOTO} / 255)',
        "torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.5]]]])",
    ],
)
@pytest.mark.parametrize(
    "setting",
    [
        Setting(Geometry((0, 0), (3, 3), 1, 0, 1)),
        Setting(Geometry((0, 0), (3, 2), 2, 1, 1), border="reflect", relu=True, flipped=True),
        Setting(Geometry((0, 0), (3, 3), 1, 2, 2), border="circular"),
    ],
)
def test_the_shown_code_gives_the_shown_output(source, setting, capsys):
    names: dict[str, torch.Tensor] = {}
    head = (
        "import torch\nfrom core.data.samples import load_samples\nfrom core.checkpoints "
        "import load\n"
    )
    exec(f"{head}picture = {source}", names)
    picture = names["picture"][0].detach()
    generator = torch.Generator().manual_seed(2)
    groups = len(picture)
    weight = torch.randn(groups, 1, *setting.geometry.kernel, generator=generator)
    bias = torch.randn(groups, generator=generator)
    geometry = Geometry(
        tuple(picture.shape[1:]),
        *[getattr(setting.geometry, name) for name in ("kernel", "stride", "padding", "dilation")],
    )
    used = Setting(geometry, setting.border, groups, setting.relu, setting.flipped)
    explained = explain_convolution(
        picture,
        weight,
        bias=bias,
        stride=geometry.stride,
        padding=geometry.padding,
        dilation=geometry.dilation,
        border=used.border,
        groups=groups,
        relu=used.relu,
        flipped=used.flipped,
    )
    exec(code.convolution(source, weight, bias, used), names)
    assert torch.equal(names["ours"][0].detach(), explained.output)
    said = float(capsys.readouterr().out)
    assert said == pytest.approx(explained.torch_difference, abs=1e-9, rel=1e-3)


def test_the_shown_code_of_a_pooling(capsys):
    geometry = Geometry((10, 10), (3, 3), 2, 1, 1)
    source = SourceImage("digit", load_samples("mnist").images[3, :, 9:19, 9:19].float(), IMAGES)
    names: dict[str, torch.Tensor] = {}
    exec(code.pooling(source, geometry), names)
    pooled = explain_pooling(source.values[0], kernel_size=3, stride=2, padding=1)
    assert torch.equal(names["ours"][0, 0], pooled.output)
    assert float(capsys.readouterr().out) == 0


def test_a_settings_line_names_all():
    setting = Setting(Geometry((9, 9), (3, 2), 1, 2, 1), "reflect", 3, True, True)
    assert setting.line() == (
        "kernel 3 × 2, stride 1, padding 2 (reflect), dilation 1, 3 groups, kernel flipped, ReLU"
    )


@pytest.mark.parametrize("picture", [PICTURE, RGB], ids=["grey", "colours"])
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (5, 2), (2, 5)])
def test_no_edge_of_a_picture_is_cut(picture, size):
    weight = torch.ones(1, len(picture), *size)
    explained = explain_convolution(F.pad(picture, (2, 2, 2, 2)), weight)
    data = layer_steps.convolution(explained, 0, name="ones", alt="").data(theme="light")
    for one in data["grids"]:
        assert one["x"] + one["columns"] * one["width"] + FRAME <= data["width"], one["title"]
        assert one["y"] + one["rows"] * one["height"] + FRAME <= data["height"], one["title"]
