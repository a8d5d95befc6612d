"""The layer that the convolution chapter shows, as its sidebar sets it."""

from __future__ import annotations

from dataclasses import dataclass

from app.chapters.convolution import code, controls
from app.chapters.convolution.controls import POOLING, Filters
from core.explain.convolution import Convolution, explain_convolution
from core.explain.geometry import Geometry
from core.explain.pooling import Pooling, explain_pooling


@dataclass(frozen=True)
class Shown:
    """A layer applied to its picture, with the words and the code that go with it."""

    layer: Convolution | Pooling
    filters: Filters | None
    place: int
    caption: str
    code: str

    @property
    def geometry(self) -> Geometry:
        """Of the layer."""
        return self.layer.geometry


def choose() -> Shown | None:
    """The sidebar: layer, picture, kernel, setting. None when something typed does not fit (the
    sidebar says what).
    """
    kind = controls.pick_layer()
    picture = controls.pick_picture()
    if picture is None:
        return None
    size = (picture.values.shape[1], picture.values.shape[2])
    if kind == POOLING:
        picture = controls.pick_channel(picture)
        geometry = controls.pick_pool(size)
        if geometry is None:
            return None
        pooled = explain_pooling(
            picture.values[0],
            kernel_size=geometry.kernel[0],
            stride=geometry.stride,
            padding=geometry.padding,
            dilation=geometry.dilation,
        )
        caption = f"Max pooling of {picture.name}; {controls.Setting(geometry).line()}"
        return Shown(pooled, None, 0, caption, code.pooling(picture, geometry))
    filters = controls.pick_filters(len(picture.values))
    if filters is None:
        return None
    kernel = (filters.weight.shape[2], filters.weight.shape[3])
    setting = controls.pick_setting(size, kernel, channels=len(picture.values))
    if setting is None:
        return None
    filters = controls.grouped(filters, setting.groups)
    place = controls.pick_filter(filters.names)
    values, expression = controls.as_seen(picture, filters)
    geometry = setting.geometry
    explained = explain_convolution(
        values,
        filters.weight,
        bias=filters.bias,
        stride=geometry.stride,
        padding=geometry.padding,
        dilation=geometry.dilation,
        border=setting.border,
        groups=setting.groups,
        relu=setting.relu,
        flipped=setting.flipped,
    )
    caption = f"{'Convolution' if setting.flipped else 'Cross-correlation'} of {picture.name} with "
    caption += f"{filters.names[place]}; {setting.line()}"
    if filters.learned:
        caption += "; pixels as the network sees them"
    return Shown(
        explained,
        filters,
        place,
        caption,
        code.convolution(expression, filters.weight, filters.bias, setting),
    )
