"""What a room is asked while one class's map is on the screen: whose another map is."""

from __future__ import annotations

from app.chapters.cam.case import Case
from app.ui import colours, picture_files
from app.ui.live_questions import Asked
from core.explain.questions.whose_map import whose_map


def whose_map_of(case: Case) -> Asked | None:
    """The question with the map that it is about, in the colours of the one on the screen; None
    where too few classes are clearly others.
    """
    setting = case.setting
    result, label = case.result, case.picture.label
    found = whose_map(result.logits[0], result.bias, case.classes, setting.label, label)
    if found is None:
        return None
    other, question = found
    maps = case.upsampled()
    low, high = colours.limits(maps, setting.colours)
    return question, picture_files.data_url(
        colours.coloured(maps[other], low, high, setting.colours)
    )
