"""The view of whether the network minds when what the map calls important is deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from app.chapters.cam import charts
from app.chapters.cam.case import NETWORK, Case
from app.ui import blocks
from app.ui.cache import cached
from app.ui.networks import model, model_files
from app.ui.results import result
from core.cam import Method
from core.data.facts import facts, to_unit
from core.faithfulness import SHARES, compare

MEASURED = "cifar10_resnet_cam"


@dataclass(frozen=True)
class PixelCurves:
    """The probability of a class while pixels are deleted and inserted: name of a ranking to its
    curve.
    """

    deletion: dict[str, list[float]]
    insertion: dict[str, list[float]]


def view(case: Case) -> None:
    """Delete what the map calls important, and look whether the network minds."""
    setting = case.setting
    curves = pixel_curves(NETWORK, case.picture.image, setting.label, setting.method)
    left, right = st.columns(2, gap="large")
    with left:
        chart("deleted", f"Deleted: {case.name} should fall fast", curves.deletion)
    with right:
        chart("inserted", f"Inserted: {case.name} should rise fast", curves.insertion)
    st.caption(
        f"{case.picture.name}; map of {case.name}, {setting.method}; a deleted pixel takes the "
        "data set's mean colour. Scattered holes disturb a network more than one hole of the same "
        "area: compare with shuffled cells."
    )
    with blocks.or_error():
        st.markdown(charts.areas_line(result(MEASURED)))


def chart(done: str, title: str, curves: Mapping[str, Sequence[float]]) -> None:
    """The probability over the share of pixels that are "deleted" or "inserted"."""
    axis = f"share of pixels {done}"
    blocks.chart(
        charts.pixel_curves(curves, SHARES, title=title, axis=axis),
        key=f"cam_{done}",
        alt=f"{title}: probability over the {axis}",
    )


@cached(
    lambda name, image, label, method: model_files(name),
    most=200,
    spinner="Deleting and inserting pixels …",
)
def pixel_curves(name: str, image: Tensor, label: int, method: Method) -> PixelCurves:
    """Delete and insert the pixels of one picture by its map, by the map's shuffled cells, and at
    random.

    Args:
        name: of the network.
        image: (3, H, W) uint8.
        label: the class.
        method: of the upsampling.
    """
    images, labels = to_unit(image[None]), torch.tensor([label])
    fill = torch.tensor(facts("cifar10").mean)

    def curves(insert: bool) -> dict[str, list[float]]:
        found = compare(model(name), images, labels, fill=fill, method=method, insert=insert)
        return {ranking: curve[0].tolist() for ranking, curve in found.items()}

    return PixelCurves(deletion=curves(False), insertion=curves(True))
