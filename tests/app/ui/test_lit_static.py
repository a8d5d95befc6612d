"""The code for paper: by hand, equal to the layer at every step, and whole where it is not run."""

import xml.etree.ElementTree as ElementTree

import pytest
import torch

from app.chapters.convolution import im2col, running
from app.ui import layer_steps, lit_memory, lit_static
from app.ui.grids import CellGrid, Scene
from app.ui.lit_code import listing
from core.explain.convolution import Convolution, explain_convolution
from core.explain.tracing import recorded

IMAGE = torch.tensor([[[4.0, 7, 1], [6, 4, 8], [3, 4, 0]]])
KERNEL = torch.tensor([[[[1.0, 0], [0, -1]]]])
BY_HAND = """
            columns = slice(left, left + kernel_w * dilation_w, dilation_w)
            # → columns = slice(1, 3, 1)
            window = padded[..., rows, columns]  # (N, C_in, kh, kw)
            # → window = 1 × 1 × 2 × 2 float32
            #   7  1
            #   4  8
            window = torch.unflatten(window, -3, (groups, 1, c_in))
            # → window = 1 × 1 × 1 × 1 × 2 × 2 float32
            #   7  1
            #   4  8
            output[..., y, x] = (window * kernels).sum((-3, -2, -1)).flatten(-2)  # (N, C_out)
            # → output[..., y, x] = −1
"""


def loops(explained: Convolution) -> tuple[dict, dict]:
    picture = layer_steps.convolution(explained, 0, name="", alt="", filters=["one"])
    return running.loops(explained, 0, picture), picture.data(theme="light")


def written(moment: lit_static.Moment) -> str:
    """The code with what each line has made below it."""
    found = []
    for line in lit_static.lines(moment):
        text = "".join(text for _, text in line.words)
        indent = " " * (len(text) - len(text.lstrip()))
        found.append(text if line.ran else f"{text}  # not run")
        for one in line.made:
            first, *rest = one.lines()
            found += [f"{indent}# → {first}", *(f"{indent}#   {more}" for more in rest)]
    return "\n".join(found)


def test_the_steps_values_stand_below_their_lines() -> None:
    moment = lit_static.Moment(*loops(explain_convolution(IMAGE, KERNEL)), 1)
    text = written(moment)
    assert BY_HAND.rstrip() in text  # 7 · 1 − 8 · 1
    assert moment.title.startswith("conv2d_loops, step 2 of 4: Row 1, column 2: 7·1 + 1·0 +")
    compile(text, "<paper>", "exec")  # what is added is comments alone


def test_the_line_that_the_page_lights_is_lit() -> None:
    code, picture = loops(explain_convolution(IMAGE, KERNEL))
    (lit,) = [line for line in lit_static.lines(lit_static.Moment(code, picture, 2)) if line.lit]
    assert "".join(text for _, text in lit.words).strip().startswith("output[..., y, x] =")
    table = ElementTree.fromstring(lit_static.html(lit_static.Moment(code, picture, 2)))
    (row,) = [one for one in table.iter("tr") if one.get("class") == "lit"]
    assert "".join(row[2].itertext()) == "output[..., y, x] = 2"  # 6 · 1 − 4 · 1


def test_the_table_has_every_line_and_its_values() -> None:
    explained = explain_convolution(IMAGE, KERNEL)
    code, picture = loops(explained)
    for step in range(4):
        table = ElementTree.fromstring(lit_static.html(lit_static.Moment(code, picture, step)))
        rows = [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]
        lines = ["".join(text for _, text in one["words"]) for one in code["lines"]]
        assert [row[1] for row in rows] == lines
        window = next(row[2] for row in rows if row[1].lstrip().startswith("window = padded"))
        expected = explained.windows[0, :, step].tolist()
        assert [float(text) for text in window.split()[-4:]] == expected
        told = rows[-1][2].split()[-4:]
        assert [
            float(text.replace("−", "-")) for text in told
        ] == explained.output.flatten().tolist()


def test_numbers_that_only_the_picture_has_are_the_same(monkeypatch) -> None:
    explained = explain_convolution(IMAGE, KERNEL, padding=1)
    picture = im2col.unfolded(explained, 0, alt="")
    data = picture.data(theme="light")
    own = running.im2col(explained, 0, picture)
    monkeypatch.setattr(lit_memory, "ONCE", 0)
    lent = running.im2col(explained, 0, picture)
    assert None in [one["values"] for one in lent["memories"]]
    for step in (0, 7, 15):
        tables = [lit_static.html(lit_static.Moment(one, data, step)) for one in (own, lent)]
        assert tables[0] == tables[1]


def smaller(values: torch.Tensor) -> torch.Tensor:
    """For the test below."""
    if values.sum() < 0:
        values = -values
    return values / 1_000


def test_what_is_not_run_says_so_and_signs_are_no_markup() -> None:
    values = torch.tensor([1.0, 25.0])
    scene = Scene("", "", 90.0, 1, 1, [CellGrid("", 0, 0, 1, 2, 30.0, values=values)], [], [""])
    code = listing(recorded(smaller, lambda: smaller(values)), scene, {})
    picture = scene.data(theme="light")
    moment = lit_static.Moment(code, picture, 0)
    text = written(moment)
    assert "        values = -values  # not run\n" in text
    assert "# → return = 2 numbers, float32\n    #   0.001  0.025" in text
    table = lit_static.html(moment)
    assert '<tr class="idle">' in table
    assert "values.sum() &lt; 0" in table


def test_another_picture_and_a_step_that_is_not_there_are_refused() -> None:
    code, picture = loops(explain_convolution(IMAGE, KERNEL))
    with pytest.raises(ValueError, match="Expected the picture of conv2d_loops, got another"):
        lit_static.Moment(code | {"of": "another"}, picture, 0)
    with pytest.raises(ValueError, match="Expected a step from 0 to 3, got 4"):
        lit_static.Moment(code, picture, 4)
