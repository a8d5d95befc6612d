"""What a room is asked while one class's map is on the screen: whose another map is."""

from __future__ import annotations

from dataclasses import replace

from app.chapters.cam.case import Case
from app.ui import colours, picture_files
from app.ui.address import CAM_VIEWS
from app.ui.live_questions import Asked, AskedPicture
from core.explain.questions.whose_map import whose_map

SUM = CAM_VIEWS[1]  # it draws the network's own numbers, in the colours of all values
HUES = {colours.CLEAR: ("Orange", "magenta"), colours.DIVERGING: ("Orange", "blue")}


def whose_map_of(case: Case, view: str) -> Asked | None:
    """The question with the map that it is about, drawn as the view draws its own; None where too
    few classes are clearly others.

    Args:
        case: that is on the screen.
        view: of the chapter.
    """
    result, label = case.result, case.picture.label
    found = whose_map(result.logits[0], result.bias, case.classes, case.setting.label, label)
    if found is None:
        return None
    other, question = found
    if view == SUM:
        as_drawn = replace(case.setting, colours=colours.DIVERGING, method="nearest")
        case = replace(case, setting=as_drawn)
    maps = case.upsampled()
    one = maps[other][None]
    (drawn,), scale, ends = case.coloured(one, maps if case.setting.shared else one)
    return question, AskedPicture(picture_files.data_url(drawn), _caption(case, scale, ends))


def _caption(case: Case, scale: str, ends: tuple[str, str]) -> str:
    """What the colours stand for, with the ends of the scale: "Orange against −9, ..."."""
    hues = HUES.get(case.setting.colours)
    if hues is None:
        return f"C{scale[1:]}"
    (low, high), (against, supports) = hues, ends
    return f"{low} {against}, {high} {supports}"
