"""The views that lay maps beside and over the picture."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Tensor

from app.chapters.cam.case import SIZE, Case
from app.ui import blocks, bound, client, colours
from app.ui.address import Name
from app.ui.charts import signed
from core import cam

ALPHA = 0.5  # opacity of the map at first
BLEND = "blend"  # the component in the session


def overlay(case: Case) -> None:
    """Input, map and blend; the opacity moves in the browser."""
    maps = case.upsampled()
    one = maps[case.setting.label][None]
    (heat,), scale, (low, high) = case.coloured(one, maps if case.setting.shared else one)
    about = f"ap of {case.name}, {case.setting.method}"
    alpha = bound.value(Name.ALPHA, ALPHA)
    client.blend(
        {
            "photo": colours.data_url(case.picture.image),
            "map": colours.data_url(heat),
            "colours": colours.data_url(colours.scale(case.setting.colours)),
            "captions": [f"Input: {case.picture.name}", f"M{about}", "Blend, alpha ALPHA"],
            "low": low,
            "high": high,
            "scale": scale,
            "alpha": alpha,
        },
        key=BLEND,
        version=bound.version(),
        on_move=_take_alpha,
    )
    left, right = st.columns([78, 22], vertical_alignment="center")
    left.caption(
        f"{case.picture.name}; m{about}; {case.setting.colours}, {scale}, the scale of "
        f"{'all classes' if case.setting.shared else 'this map'}; alpha {alpha:.2f}"
    )
    with right:
        download(case, heat, alpha)


def _take_alpha() -> None:
    bound.put(Name.ALPHA, float(client.moved_to(BLEND)))


def download(case: Case, heat: Tensor, alpha: float) -> None:
    """The blend as a file, each pixel 16 x 16 large."""
    st.download_button(
        "This blend",
        colours.png(cam.blend(case.picture.image, heat, alpha), times=16),
        f"blend_{case.name}_{alpha:.2f}.png",
        "image/png",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )


def every_class(case: Case) -> None:
    """All maps on one scale, so that a wrong class looks as weak as it is."""
    maps = case.upsampled()
    pictures, scale, _ = case.coloured(maps, maps)
    captions = [
        f"**{name}** {signed(logit)}, {share:.1%}"
        for name, logit, share in zip(
            case.classes, case.result.logits[0].tolist(), case.probabilities.tolist()
        )
    ]
    blocks.pictures_in_rows(pictures, captions, columns=5, key="classes")
    st.caption(
        f"{case.picture.name}; every class's map with its logit and probability; "
        f"{case.setting.method}; {case.setting.colours}, one scale: {scale}"
    )


def interpolations(case: Case) -> None:
    """The same numbers drawn in four ways, and laid over the picture."""
    maps = torch.stack([cam.upsample(case.map, SIZE, method) for method in cam.METHODS])
    pictures, scale, _ = case.coloured(maps, maps)
    alpha = bound.value(Name.ALPHA, ALPHA)
    blends = torch.stack([cam.blend(case.picture.image, one, alpha) for one in pictures])
    captions = [*cam.METHODS, *[""] * len(blends)]
    blocks.pictures_in_rows(torch.cat([pictures, blends]), captions, columns=4, key="methods")
    h, w = case.map.shape
    st.caption(
        f"{case.picture.name}; map of {case.name}; {case.setting.colours}, {scale}; alpha "
        f"{alpha:.2f} below. The network gave {h} × {w} numbers: smoothness is drawn, not computed."
    )
