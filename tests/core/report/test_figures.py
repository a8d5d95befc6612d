"""core.report.figures and colours: the homework's plots and pictures hold what they say."""

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from core import checkpoints, homework
from core.checkpoints import results
from core.evaluation import wilson_interval
from core.overlay import blend
from core.report import figures
from core.report.colours import VALUES, signed_colours
from core.report.document import Sheet, pdf_bytes
from core.report.environment import own_settings
from core.report.figures import CamRow
from tests.core.report.rendered import rendered
from tests.core.report.seen import overlapping, placed, texts

IMAGES = torch.randint(
    0, 256, (6, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
)
MAPS = torch.randn(6, 32, 32, generator=torch.Generator().manual_seed(1))
ROWS = [CamRow(f"picture {n}", *pair) for n, pair in enumerate(zip(IMAGES, MAPS))]
DOTS = 300


@own_settings()
def cam_page(alpha: float, rows: list[CamRow] = ROWS[:3]) -> Figure:
    sheet = Sheet("maps")
    figures.draw_cam_rows(sheet, rows, alpha=alpha)
    return sheet.figures[0]


def pictures(page: Figure) -> list[np.ndarray]:
    """(h, w, 3) of each drawn picture, one value for each of its own cells."""
    found = [one.artist.get_array() for one in placed(page) if not one.text]
    return [array[4::8, 4::8] for array in found if array.shape[:2] == (256, 256)]


def cells_on_paper(page: Figure, size: int = 32) -> list[np.ndarray]:
    """(size, size, 3) of each square picture, read at the middle of its cells in the PDF's page."""
    drawn = rendered(pdf_bytes([page]), 0, dots_per_inch=DOTS).astype(float)
    found = []
    for one in placed(page):
        if one.text or abs(one.box.width - one.box.height) > 0.01:
            continue
        steps = (np.arange(size) + 0.5) / size
        columns = ((one.box.x0 + steps * one.box.width) * DOTS).astype(int)
        rows = ((page.get_size_inches()[1] - one.box.y1 + steps * one.box.height) * DOTS).astype(
            int
        )
        found.append(drawn[rows][:, columns])
    return found


def implied_alpha(photo: np.ndarray, colours: np.ndarray, both: np.ndarray) -> float:
    """The opacity of the colours over the photo that fits best."""
    difference = colours - photo
    return float(((both - photo) * difference).sum() / (difference**2).sum())


@pytest.mark.parametrize("alpha", [0.0, 0.25, 0.5, 0.8, 1.0])
def test_the_blend_on_paper_has_the_opacity_that_is_printed(alpha: float) -> None:
    page = cam_page(alpha)
    assert f"blend, alpha {alpha:g}" in texts(page)
    found = cells_on_paper(page)
    assert len(found) == 9
    for row in range(3):
        photo, colours, both = found[3 * row : 3 * row + 3]
        assert np.abs(photo - IMAGES[row].permute(1, 2, 0).numpy()).max() <= 1
        assert implied_alpha(photo, colours, both) == pytest.approx(alpha, abs=0.005)


def test_a_row_is_input_map_and_blend() -> None:
    found = pictures(cam_page(0.3))
    assert len(found) == 9
    for n in range(3):
        colours = signed_colours(MAPS[n], float(MAPS[n].abs().max()))
        for drawn, right in zip(
            found[3 * n :], (IMAGES[n], colours, blend(IMAGES[n], colours, 0.3))
        ):
            assert np.array_equal(drawn, right.permute(1, 2, 0).numpy())


def test_each_row_prints_its_own_scale() -> None:
    page = cam_page(0.5)
    for n in range(3):
        assert f"+{float(MAPS[n].abs().max()):.3g}" in texts(page)
    assert overlapping(page) == []


def test_white_is_zero() -> None:
    assert VALUES(0.5)[:3] == (1, 1, 1)
    assert matplotlib.colors.to_hex(VALUES(0.0)) == "#d55e00"
    assert matplotlib.colors.to_hex(VALUES(1.0)) == "#0072b2"
    found = signed_colours(torch.tensor([[-2.0, 0.0, 2.0, 9.0]]), 2.0)
    assert found.permute(1, 2, 0).tolist() == [
        [[213, 94, 0], [255, 255, 255], [0, 114, 178], [0, 114, 178]]
    ]


def test_interpolations_share_one_scale() -> None:
    with own_settings():
        sheet = Sheet("interpolations")
        maps = {"one": MAPS[0], "other": 2 * MAPS[0]}
        figures.draw_interpolations(sheet, IMAGES[0], maps, alpha=0.5)
    limit = 2 * float(MAPS[0].abs().max())
    found = pictures(sheet.figures[0])
    for drawn, values in zip((found[0], found[2]), maps.values()):
        right = signed_colours(values, limit)
        assert np.array_equal(drawn, right.permute(1, 2, 0).numpy())
    assert {"one", "other", f"+{limit:.3g}"} <= set(texts(sheet.figures[0]))


def test_the_curves_are_those_of_the_cards() -> None:
    card = checkpoints.load_card("mnist_cnn")
    with own_settings():
        sheet = Sheet("training")
        figures.draw_training(sheet, [card])
    for axes, what in zip(sheet.figures[0].axes, ("loss", "accuracy")):
        lines = {line.get_label(): list(line.get_ydata()) for line in axes.lines}
        for part, key in (("validation", "validation"), ("training", "train")):
            right = [record[f"{key}_{what}"] for record in card["history"]]
            assert lines[f"{card['title']}: {part}"] == right
    asked = homework.NETWORKS["mnist_cnn"].homework_accuracy
    assert list(sheet.figures[0].axes[1].lines[-1].get_ydata()) == [asked, asked]


def test_the_rates_are_those_that_were_measured_with_their_intervals() -> None:
    rows = figures.rows_of(results.load("mnist_attacks"), homework.THIRD, "B")
    axes = Figure().subplots()
    figures.draw_rates(axes, rows)
    [container] = axes.containers
    line, _, [bars] = container
    assert list(line.get_ydata()) == [row["successes"] / row["inputs"] for row in rows]
    for row, ends in zip(rows, bars.get_segments()):
        right = wilson_interval(row["successes"], row["inputs"])
        assert ends[:, 1].tolist() == pytest.approx(right, abs=1e-12)
