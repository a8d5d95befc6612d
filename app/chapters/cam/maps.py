"""The views that lay maps beside and over the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from app.chapters.cam.case import SIZE, Case
from app.chapters.cam.controls import ALPHA
from app.ui import bound, client, colours, crisp, literal, page_files, picture_files
from app.ui.address import Name
from app.ui.charts import signed
from app.ui.saveable import PixelFigure
from core import cam
from core.homework import NETWORKS, RESNET
from core.report.slide import Scale, slide

BLEND = "blend"  # the component in the session


def overlay(case: Case) -> None:
    """Input, map and blend; the opacity moves in the browser."""
    maps = case.upsampled()
    one = maps[case.setting.label][None]
    (heat,), scale, (low, high) = case.coloured(one, maps if case.setting.shared else one)
    drawn = Drawn(case, heat, (low, high), bound.value(Name.ALPHA, ALPHA))
    said = drawn.caption(scale)
    page_files.seen(drawn.figure(one[0], said))
    client.blend(
        {
            "photo": picture_files.data_url(case.picture.image),
            "map": picture_files.data_url(heat),
            "colours": picture_files.data_url(colours.scale(case.setting.colours)),
            "captions": [f"Input: {case.picture.name}", drawn.map_name, "Blend, alpha ALPHA"],
            "low": low,
            "high": high,
            "scale": scale,
            "alpha": drawn.alpha,
        },
        key=BLEND,
        version=bound.version(),
        on_move=_take_alpha,
    )
    left, *right = st.columns([58, 19, 23], gap="small", vertical_alignment="center")
    left.caption(literal.markdown(said))
    for column, download in zip(right, (drawn.offer_blend, drawn.offer_all)):
        with column:
            download()


def _take_alpha() -> None:
    bound.put(Name.ALPHA, float(client.moved_to(BLEND)))


@dataclass(frozen=True)
class Drawn:
    """What the view shows, to download.

    Attributes:
        case: what it is about.
        heat: (3 or 4, H, W) the coloured map.
        ends: the numbers at the ends of its scale.
        alpha: opacity of the map over the picture, in [0, 1].
    """

    case: Case
    heat: Tensor
    ends: tuple[str, str]
    alpha: float

    @property
    def map_name(self) -> str:
        """What the map is."""
        return f"Map of {self.case.name}, {self.case.setting.method}"

    @property
    def blend(self) -> Tensor:
        """(3, H, W) the map over the picture."""
        return cam.blend(self.case.picture.image, self.heat, self.alpha)

    def caption(self, scale: str) -> str:
        """Everything that made the pictures.

        Args:
            scale: of the colours.
        """
        setting = self.case.setting
        scale_of = "all classes" if setting.shared else "this map"
        return (
            f"{self.case.subject}; m{self.map_name[1:]}; {setting.colours}, {scale}, the scale "
            f"of {scale_of}; alpha {self.alpha:.2f}"
        )

    def figure(self, upsampled: Tensor, caption: str) -> PixelFigure:
        """What is saved of the three pictures, with the map as the network gave it.

        Args:
            upsampled: (H, W) the map as it is drawn.
            caption: below them.
        """
        h, w = self.case.map.shape
        numbers = {
            f"Input: {self.case.picture.name}": self.case.picture.image,
            f"Map of {self.case.name}, {h} × {w} numbers of the network": self.case.map,
            self.map_name: upsampled,
            f"Blend, alpha {self.alpha:.2f}": self.blend,
        }
        return PixelFigure("cam_map", "Input, map, blend", caption, numbers, 3, (BLEND,))

    def file_name(self, what: str) -> str:
        """Which network, picture and class a file shows."""
        case = self.case
        picture = "own_photo" if case.picture.index is None else f"picture_{case.picture.index}"
        network = "own_resnet" if case.network.file else RESNET
        return f"{network}_{picture}_{case.name}_{what}.png"

    def offer_blend(self) -> None:
        """The blend as a file, each pixel 16 x 16 large."""
        _download("This blend", self.blend_file, self.file_name("blend"))

    def blend_file(self) -> bytes:
        """The blend as a PNG file."""
        return picture_files.png(self.blend, times=16)

    def offer_all(self) -> None:
        """Input, map and blend as one picture, the homework's figure 5, drawn once it is wanted."""
        _download("All three", self.slide, self.file_name("cam"))

    def slide(self) -> bytes:
        """Input, map and blend side by side, with their names, for a slide."""
        case = self.case
        network = "Your own ResNet" if case.network.file else NETWORKS[RESNET].title
        title = f"{network}, {case.picture.name}: {case.name} "
        pictures = (
            ("Input", case.picture.image),
            (f"CAM of {case.name}", self.heat),
            (f"Blend, alpha {self.alpha:.2f}", self.blend),
        )
        scale = Scale(colours.scale(case.setting.colours), *self.ends)
        h, w = case.map.shape
        share = f"{float(case.probabilities[case.setting.label]):.1%}"
        return slide(title + share, pictures, scale, f"{h} × {w} numbers, {case.setting.method}")


def _download(label: str, data: Callable[[], bytes], file_name: str) -> None:
    """A file that is made when it is wanted."""
    st.download_button(
        label,
        data,
        file_name,
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
        f"**{name}**  \n{signed(logit)}, {share:.1%}"
        for name, logit, share in zip(
            case.classes, case.result.logits[0].tolist(), case.probabilities.tolist()
        )
    ]
    said = (
        f"{case.subject}; every class's map with its logit and probability; "
        f"{case.setting.method}; {case.setting.colours}, one scale: {scale}"
    )
    numbers = dict(zip(case.classes, maps))
    figure = PixelFigure("cam_classes", "All ten classes", said, numbers, 5)
    crisp.pictures_in_rows(pictures, captions, figure)
    st.caption(literal.markdown(said))


def interpolations(case: Case) -> None:
    """The same numbers drawn in four ways, and laid over the picture."""
    maps = torch.stack([cam.upsample(case.map, SIZE, method) for method in cam.METHODS])
    pictures, scale, _ = case.coloured(maps, maps)
    alpha = case.setting.alpha
    blends = torch.stack([cam.blend(case.picture.image, one, alpha) for one in pictures])
    h, w = case.map.shape
    said = (
        f"{case.subject}; map of {case.name}; {case.setting.colours}, {scale}; alpha "
        f"{alpha:.2f} below. The network gave {h} × {w} numbers: smoothness is drawn, not computed."
    )
    numbers = dict(zip(cam.METHODS, maps)) | {
        f"{method}, over the picture": one for method, one in zip(cam.METHODS, blends)
    }
    figure = PixelFigure("cam_methods", "Interpolations", said, numbers, len(cam.METHODS))
    captions = [*cam.METHODS, *[""] * len(blends)]
    crisp.pictures_in_rows([*pictures, *blends], captions, figure)
    st.caption(literal.markdown(said))
