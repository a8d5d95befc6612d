"""core.report: the homework's pictures hold what they say."""

import io

import matplotlib
import numpy as np
import torch
from matplotlib.figure import Figure
from PIL import Image

from core.report.figures import VALUES, cam_rows, interpolation_row

IMAGES = torch.randint(
    0, 256, (6, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
)
MAPS = torch.randn(6, 32, 32, generator=torch.Generator().manual_seed(1))


def drawn(figure: Figure) -> np.ndarray:
    file = io.BytesIO()
    figure.savefig(file, dpi=60)
    return np.array(Image.open(file))


def test_a_row_is_input_map_and_blend() -> None:
    figure = cam_rows(IMAGES, MAPS, [f"picture {n}" for n in range(6)], alpha=0.3)
    panels = [axis for axis in figure.axes if axis.images]
    shown = [axis for axis in panels if axis.get_title()]
    assert len(shown) == 18
    for n in range(6):
        photo, heat, both = shown[3 * n : 3 * n + 3]
        assert photo.get_title() == f"picture {n}"
        assert np.array_equal(photo.images[0].get_array(), IMAGES[n].permute(1, 2, 0).numpy())
        assert np.array_equal(heat.images[0].get_array(), MAPS[n].numpy())
        limit = float(MAPS[n].abs().max())
        assert heat.images[0].get_clim() == (-limit, limit)
        assert np.array_equal(both.images[0].get_array(), IMAGES[n].permute(1, 2, 0).numpy())
        assert np.array_equal(both.images[1].get_array(), MAPS[n].numpy())
        assert both.images[1].get_alpha() == 0.3
    assert drawn(figure).std() > 10


def test_white_is_zero() -> None:
    assert VALUES(0.5)[:3] == (1, 1, 1)
    assert matplotlib.colors.to_hex(VALUES(0.0)) == "#d55e00"
    assert matplotlib.colors.to_hex(VALUES(1.0)) == "#0072b2"


def test_interpolations_share_one_scale() -> None:
    figure = interpolation_row(
        IMAGES[0], [MAPS[0], 2 * MAPS[0]], ("one", "other"), name="a cat", alpha=0.5
    )
    limit = 2 * float(MAPS[0].abs().max())
    assert {axis.images[-1].get_clim() for axis in figure.axes} == {(-limit, limit)}
    assert [axis.get_title() for axis in figure.axes if axis.get_title()] == ["one", "other"]
    assert drawn(figure).std() > 10
