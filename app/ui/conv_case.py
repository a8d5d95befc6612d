"""The layer that the convolution chapter shows, as its sidebar sets it."""

from __future__ import annotations

from dataclasses import dataclass

from app.ui import conv_code, conv_controls
from app.ui.conv_controls import POOLING, Filters
from core.explain import Convolution, Geometry, Pooling, explain_convolution, explain_pooling


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
    """The sidebar: layer, picture, kernel, setting. None when something typed does not fit (the sidebar says what)."""
    kind = conv_controls.pick_layer()
    picture = conv_controls.pick_picture()
    if picture is None:
        return None
    size = (picture.values.shape[1], picture.values.shape[2])
    if kind == POOLING:
        picture = conv_controls.pick_channel(picture)
        geometry = conv_controls.pick_pool(size)
        if geometry is None:
            return None
        pooled = explain_pooling(picture.values[0], kernel_size=geometry.kernel[0], stride=geometry.stride,
                                 padding=geometry.padding, dilation=geometry.dilation)  # fmt: skip
        caption = f"Max pooling of {picture.name}; {conv_controls.Setting(geometry).line()}"
        return Shown(pooled, None, 0, caption, conv_code.pooling(picture, geometry))
    filters = conv_controls.pick_filters(len(picture.values))
    if filters is None:
        return None
    kernel = (filters.weight.shape[2], filters.weight.shape[3])
    setting = conv_controls.pick_setting(size, kernel, channels=len(picture.values))
    if setting is None:
        return None
    filters = conv_controls.grouped(filters, setting.groups)
    place = conv_controls.pick_filter(filters.names)
    values, code = conv_controls.as_seen(picture, filters)
    geometry = setting.geometry
    explained = explain_convolution(
        values, filters.weight, bias=filters.bias, stride=geometry.stride, padding=geometry.padding,
        dilation=geometry.dilation, border=setting.border, groups=setting.groups, relu=setting.relu,
        flipped=setting.flipped,
    )  # fmt: skip
    caption = f"{'Convolution' if setting.flipped else 'Cross-correlation'} of {picture.name} with "
    caption += f"{filters.names[place]}; {setting.line()}"
    if filters.learned:
        caption += "; pixels as the network sees them"
    return Shown(explained, filters, place, caption, conv_code.convolution(code, filters.weight, filters.bias, setting))
