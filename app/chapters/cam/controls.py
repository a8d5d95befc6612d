"""Pickers of the chapter on class activation maps: a picture, and how its map is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.ui import widgets
from app.ui.address import CAM_VIEWS, PREDICTED, Name
from app.ui.colours import COLOUR_MAPS
from core.cam import METHODS, Method

SHARED = "all classes"
ALPHA = 0.5  # opacity of the map at first
# The settings that change what a view shows.
USED = dict(
    zip(
        CAM_VIEWS,
        (
            {Name.CLASS, Name.INTERPOLATION, Name.COLOURS, Name.SCALE},
            {Name.CLASS},
            {Name.INTERPOLATION, Name.COLOURS},
            {Name.CLASS, Name.COLOURS, Name.ALPHA},
            {Name.CLASS, Name.INTERPOLATION},
        ),
    )
)


@dataclass(frozen=True)
class MapSetting:
    """How a map is made and drawn.

    Attributes:
        label: the class.
        method: of the upsampling.
        colours: name of the colour map.
        shared: one scale over the maps of all classes, instead of this map's own.
        alpha: opacity of the map, where a view has no picture in which it is moved.
    """

    label: int
    method: Method
    colours: str
    shared: bool
    alpha: float = ALPHA


def pick_setting(view: str, classes: Sequence[str], predicted: int) -> MapSetting:
    """The class (the predicted one by default), the upsampling, the colours, their scale and their
    opacity: those that the view uses.
    """
    used = USED[view]
    method: Method = "bilinear"
    name, colours, shared, alpha = PREDICTED, next(iter(COLOUR_MAPS)), False, ALPHA
    if Name.CLASS in used:
        name = widgets.select(Name.CLASS, "Class of the map", [PREDICTED, *classes])
    if Name.INTERPOLATION in used:
        method = widgets.select(Name.INTERPOLATION, "Interpolation", METHODS, default=method)
    if Name.COLOURS in used:
        colours = widgets.select(Name.COLOURS, "Colours", tuple(COLOUR_MAPS))
    if Name.SCALE in used:
        shared = widgets.choice(Name.SCALE, "Scale of", labelled=True, wrap=True) == SHARED
    if Name.ALPHA in used:
        alpha = widgets.slider(Name.ALPHA, "Alpha of the map", 0.0, 1.0, default=ALPHA, step=0.05)
    label = predicted if name == PREDICTED else classes.index(name)
    return MapSetting(label, method, colours, shared, alpha)
