"""The homework's pictures, drawn with matplotlib."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from torch import Tensor

VALUES = LinearSegmentedColormap.from_list(
    "values", ("#D55E00", "#FFFFFF", "#0072B2"), N=257
)  # negative, zero, positive


def cam_rows(images: Tensor, maps: Tensor, names: Sequence[str], *, alpha: float) -> Figure:
    """Rows of input, class activation map and their blend (the homework's figure 5).

    Args:
        images: (N, 3, H, W) uint8.
        maps: (N, H, W) upsampled, raw and signed; each row has its own symmetric scale, printed beside it.
        names: one line for each row.
        alpha: of ``imshow``.

    Returns:
        The figure.
    """
    figure = Figure(figsize=(7.2, 2.2 * len(images)), layout="constrained")
    rows = figure.subplots(len(images), 3, squeeze=False)
    for row, image, one, name in zip(rows, images, maps, names):
        limit = float(one.abs().max()) or 1.0
        photo = image.permute(1, 2, 0).numpy()
        for axis, title in zip(row, (name, "class activation map", f"blend, alpha {alpha:g}")):
            axis.set_axis_off()
            axis.set_title(title, fontsize=9)
        row[0].imshow(photo)
        drawn = row[1].imshow(one.numpy(), cmap=VALUES, vmin=-limit, vmax=limit)
        row[2].imshow(photo)
        row[2].imshow(one.numpy(), cmap=VALUES, vmin=-limit, vmax=limit, alpha=alpha)
        figure.colorbar(drawn, ax=row[1], shrink=0.9, ticks=[-limit, 0, limit], format="%.1f")
    return figure


def interpolation_row(
    image: Tensor, maps: Sequence[Tensor], methods: Sequence[str], *, name: str, alpha: float
) -> Figure:
    """One picture under the same map, upsampled in several ways (the homework's figure 6), on one scale.

    Args:
        image: (3, H, W) uint8.
        maps: (H, W) each.
        methods: their names.
        name: of the picture and the class.
        alpha: of ``imshow``.

    Returns:
        The figure.
    """
    figure = Figure(figsize=(2.4 * len(maps), 4.9), layout="constrained")
    figure.suptitle(name, fontsize=10)
    limit = max(float(one.abs().max()) for one in maps) or 1.0
    columns = figure.subplots(2, len(maps), squeeze=False).T
    for (above, below), one, method in zip(columns, maps, methods):
        above.set_title(method, fontsize=9)
        above.imshow(one.numpy(), cmap=VALUES, vmin=-limit, vmax=limit)
        below.imshow(image.permute(1, 2, 0).numpy())
        below.imshow(one.numpy(), cmap=VALUES, vmin=-limit, vmax=limit, alpha=alpha)
        for axis in (above, below):
            axis.set_axis_off()
    return figure
