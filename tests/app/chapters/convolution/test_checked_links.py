"""A link of a check opens the chapter at its case and cell, and shows the output that is right."""

from dataclasses import replace
from random import Random
from urllib.parse import parse_qs, urlsplit

import pytest

from app.ui import address
from core.checking.cases import conv_questions, draw_conv, pool_questions
from core.checking.links import PAGE, link
from core.checking.parts.conv import expected as convolved
from core.checking.parts.pool import expected as pooled
from tests.app.chapters.opened import grids, open_chapter

CONV, POOL = conv_questions(3, "conv"), pool_questions(3)


def names(text: str) -> dict[str, list[str]]:
    parts = urlsplit(text)
    assert parts.path == PAGE
    return parse_qs(parts.query, strict_parsing=True)


@pytest.mark.parametrize("question", [*CONV, *POOL], ids=lambda one: one.name)
def test_the_vocabulary_of_links_takes_every_name(question) -> None:
    for setting in question.settings:
        text = link(setting, None, 1)
        found, refused = address.values(PAGE, names(text))
        assert refused == []
        assert len(found) >= len(names(text))


@pytest.mark.parametrize(
    ("questions", "name", "index", "cell", "step"),
    [
        (CONV, "stride and padding", 0, (0, 0, 1, 2), 5),
        (CONV, "bias", 1, (0, 2, 1, 1), 5),
        (CONV, "several filters", 1, (0, 1, 1, 2), 0),  # two channels: its one window
        (POOL, "windows that overlap", 1, (0, 0, 1, 1), 3),
    ],
)
def test_the_page_shows_the_right_output_at_the_cell(questions, name, index, cell, step) -> None:
    setting = next(one for one in questions if one.name == name).settings[index]
    output = (convolved if questions is CONV else pooled)(setting)
    text = link(setting, cell, output.shape[-1])
    app = open_chapter(PAGE, **{key: value for key, (value,) in names(text).items()})
    page = grids(app)
    written = f"{float(output[cell]):g}".replace("-", "−")
    assert page["step"] == step
    sentence, *_ = page["sentences"][step].split(";")  # behind it the average of a pooling
    assert sentence.endswith(f"= {written}")
    assert not app.warning


def test_a_setting_that_the_chapter_does_not_have_has_no_link() -> None:
    setting = CONV[0].settings[0]
    for other in (replace(setting, stride=5), replace(setting, padding=4)):
        assert link(other, None, 1) == ""
    assert link(replace(POOL[0].settings[0], kernel_size=5), None, 1) == ""
    wide = draw_conv(Random(0), (5, 6), 3, channels=3)
    assert link(wide, (0, 0, 0, 0), 4) == ""
