"""The code beside a picture: every number in it is the layer's, at every step, and lies in the cell
that the picture draws it in.
"""

import importlib.util
import inspect
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from app.chapters.convolution import backward, im2col, running
from app.ui import layer_steps
from app.ui.grids import Scene
from app.ui.highlighting import words
from app.ui.lit_values import runs
from core import conv
from core.explain.convolution import Convolution, explain_convolution
from core.explain.pooling import explain_pooling
from tests.app import lit

RANDOM = torch.Generator().manual_seed(0)
WITH_WEIGHTS = torch.randn(2, 3, 3, 3, generator=RANDOM)
PHOTO = torch.rand(3, 6, 5, generator=RANDOM)
LAYERS = {
    "plain": explain_convolution(PHOTO[:1], WITH_WEIGHTS[:1, :1]),
    "padded": explain_convolution(PHOTO, WITH_WEIGHTS, bias=torch.ones(2), padding=1, stride=2),
    "reflected": explain_convolution(PHOTO, WITH_WEIGHTS, padding=2, border="reflect"),
    "depthwise": explain_convolution(PHOTO, WITH_WEIGHTS.flatten(0, 1)[:3, None], groups=3),
    "dilated": explain_convolution(PHOTO, WITH_WEIGHTS[..., :2, :2], dilation=2, padding=1),
}
POOLED = explain_pooling(PHOTO[0], kernel_size=2, stride=1, padding=1)


def scene_of(explained: Convolution, index: int) -> Scene:
    names = [str(one) for one in range(len(explained.output))]
    return layer_steps.convolution(explained, index, name="", alt="", filters=names)


def shown(picture: Scene, cells: lit.Cells) -> list[float]:
    """The numbers in cells of a picture."""
    values = {grid: picture.grids[grid].values.flatten() for grid in cells}
    return [float(values[grid][cell]) for grid, inside in cells.items() for cell in inside]


def assert_drawn(data: dict[str, Any], variable: dict, step: int, picture: Scene) -> None:
    """The picture has the variable's numbers in its cells."""
    cells = lit.cells(data, variable, step)
    numbers = lit.numbers(data, variable, step)
    assert cells
    assert shown(picture, cells) == pytest.approx(numbers.tolist(), abs=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_the_loops_say_what_the_layer_computes_at_every_step(name: str) -> None:
    explained = LAYERS[name]
    index = len(explained.output) - 1
    picture = scene_of(explained, index)
    data = running.loops(explained, index, picture)
    window = lit.made(data, "window = padded", "window")
    written = lit.made(data, "output[..., y, x]", "output[..., y, x]")
    x = lit.made(data, "for x", "x")
    (after,) = [grid for grid, one in enumerate(picture.grids) if one.step == "cell"]
    for step in range(explained.geometry.steps):
        assert_drawn(data, window, step, picture)
        expected = explained.windows[..., step].flatten()
        assert torch.equal(lit.numbers(data, window, step), expected)
        assert lit.cells(data, written, step)[after] == [step]
        assert lit.said(x, step) == str(step % explained.geometry.output[1])
    kernels = lit.made(data, "kernels", "kernels")
    expected = explained.weight[index].flatten()
    found = lit.numbers(data, kernels, 0)
    assert torch.equal(found if len(found) == len(expected) else found[-len(expected) :], expected)
    returned = lit.made(data, "return", "return")
    assert_drawn(data, returned, 0, picture)
    assert lit.cells(data, returned, 0)[after] == list(range(explained.geometry.steps))


@pytest.mark.parametrize("name", LAYERS)
def test_im2col_says_the_column_of_every_step(name: str) -> None:
    explained = LAYERS[name]
    index = len(explained.output) - 1
    picture = im2col.unfolded(explained, index, alt="")
    data = running.im2col(explained, index, picture)
    columns = lit.made(data, "columns = unfold", "columns")
    product = lit.made(data, "output = kernels", "output")
    channels = list(explained.channels(index))
    for step in range(explained.geometry.steps):
        expected = explained.windows[channels, :, step].flatten()
        assert torch.equal(lit.numbers(data, columns, step), expected)
        assert_drawn(data, columns, step, picture)
        sums = explained.sums[index].flatten()[step] - explained.bias[index]
        assert lit.numbers(data, product, step).tolist() == pytest.approx([float(sums)], abs=1e-5)
        assert {step} == {cell for one in lit.cells(data, product, step).values() for cell in one}
    given = data["variables"][lit.statement(data, "def")["makes"][0]]
    assert_drawn(data, given, 3, picture)


def test_a_pooling_and_its_gradient_are_said_at_every_step() -> None:
    picture = layer_steps.pooling(POOLED, alt="")
    data = running.pooling(POOLED, picture)
    window = lit.made(data, "window = padded", "window")
    written = lit.made(data, "output[..., y, x]", "output[..., y, x]")
    for step in range(POOLED.geometry.steps):
        assert torch.equal(lit.numbers(data, window, step), POOLED.windows[:, step])
        assert_drawn(data, written, step, picture)
    for everything in (True, False):
        scene = backward.pooling(POOLED, everything, alt="")
        data = running.pooling_backward(POOLED, everything, scene)
        assert data["cycles"] is not everything
        summed = lit.made(data, "grad_input = grad_input.scatter", "grad_input")
        given = lit.made(data, "def", "grad_output")
        winners = lit.made(data, "winners", "winners")
        gradients: Tensor = POOLED.gradients().flatten()
        for step in range(POOLED.geometry.steps):
            won = int(lit.numbers(data, winners, step))
            assert lit.cells(data, summed, step) == {1: [won]}
            expected = float(gradients[won]) if everything else 1.0
            assert lit.numbers(data, summed, step).tolist() == [expected]
            assert lit.numbers(data, given, step).tolist() == [1]
            assert float(PHOTO[0].flatten()[won]) == float(POOLED.output.flatten()[step])


def test_another_line_in_the_function_is_another_page(tmp_path: Path, monkeypatch) -> None:
    explained = LAYERS["plain"]
    picture = scene_of(explained, 0)
    before = running.loops(explained, 0, picture)
    line = "            window = padded[..., rows, columns]  # (N, C_in, kh, kw)\n"
    text = inspect.getsource(conv).replace(line, f"{line}            window = window + 1\n", 1)
    path = tmp_path / "changed_conv.py"
    path.write_text(text)
    about = importlib.util.spec_from_file_location("changed_conv", path)
    changed = importlib.util.module_from_spec(about)
    about.loader.exec_module(changed)
    monkeypatch.setattr(conv, "conv2d_loops", changed.conv2d_loops)
    data = running.loops(explained, 0, picture)
    assert len(data["lines"]) == len(before["lines"]) + 1
    added = lit.made(data, "window = window + 1", "window")
    for step in range(explained.geometry.steps):
        expected = explained.windows[..., step].flatten() + 1
        assert torch.equal(lit.numbers(data, added, step), expected)
    old, new = (lit.made(one, "return", "return") for one in (before, data))
    more = lit.numbers(data, new, 0) - lit.numbers(before, old, 0)
    assert torch.allclose(more, explained.weight.sum(), atol=1e-5)
    assert data["id"] != before["id"]


def test_a_whole_digit_brings_some_kilobytes() -> None:
    explained = explain_convolution(torch.rand(1, 28, 28), WITH_WEIGHTS[:1, :1], padding=1)
    picture = scene_of(explained, 0)
    size = len(json.dumps(running.loops(explained, 0, picture), separators=(",", ":")))
    assert size < 40_000 < len(json.dumps(picture.data(theme="light")))


def test_the_matrix_of_a_photo_is_not_sent_twice(monkeypatch) -> None:
    weight = torch.randn(1, 3, 7, 7, generator=RANDOM)
    explained = explain_convolution(torch.rand(3, 32, 32), weight, padding=3)
    picture = im2col.unfolded(explained, 0, alt="")
    sent = running.im2col(explained, 0, picture)
    assert len(json.dumps(sent, separators=(",", ":"))) < 120_000
    data = lit.with_picture(sent, picture)
    columns = lit.made(data, "columns = unfold", "columns")
    assert data["memories"][columns["memory"]] not in sent["memories"]
    for step in (0, 500, 1023):
        expected = explained.windows[..., step].flatten()
        assert torch.equal(lit.numbers(data, columns, step), expected)
    unfold = conv.unfold
    monkeypatch.setattr(conv, "unfold", lambda *about: unfold(*about) + 1)
    other = running.im2col(explained, 0, picture)
    assert other["id"] != sent["id"]
    columns = lit.made(other, "columns = unfold", "columns")
    assert torch.equal(lit.numbers(other, columns, 500), explained.windows[..., 500].flatten() + 1)


def test_runs_are_whole_numbers_again() -> None:
    generator = torch.Generator().manual_seed(1)
    for series in ([], [5], [0, 0, 1, 3, 5, 4], list(range(20))):
        assert lit.expanded(runs(series)) == series
    drawn = torch.randint(-3, 3, (200,), generator=generator).tolist()
    assert lit.expanded(runs(drawn)) == drawn
    assert runs([4, 6, 8, 8]) == [4, 2, 3, 8, 0, 1]


def test_words_are_the_lines_again_and_say_what_they_are() -> None:
    lines = inspect.getsource(conv.conv2d_loops).splitlines()
    found = words(lines)
    assert ["".join(text for _, text in line) for line in found] == lines
    kinds = {(kind, text) for line in found for kind, text in line}
    assert {("keyword", "for"), ("builtin", "range"), ("comment", "# (N, C_in, kh, kw)")} <= kinds
    assert ("builtin", "sum") not in kinds  # a method
    assert {("number", "3"), ("keyword", "def")} <= kinds
