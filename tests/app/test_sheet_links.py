"""The states of the app that an exercise leads to: every name in them is understood."""

from urllib.parse import parse_qs

import pytest

from app.ui import address, yours_words
from app.ui.address import Name
from core.sheets import links
from core.sheets.exercise import written
from core.sheets.kinds import KINDS, LEVELS, make

NUMBER = "SSH5R-M5RZT-ZBBGU"


@pytest.mark.parametrize("kind", KINDS)
def test_the_app_takes_the_link_of_an_exercise(kind):
    for level in LEVELS:
        made = make(kind, "1", level)
        chapter, _, settings = made.link.partition("?")
        found, refused = address.values(chapter, parse_qs(settings))
        assert found
        assert not refused
        assert made.exact == (chapter == "convolution")
        if made.exact:
            rows = str(found[address.parameter(chapter, Name.NUMBERS).key]).split(";")
            numbers = [[float(one) for one in row.split()] for row in rows]
            assert [list(map(written, row)) for row in numbers] == [
                list(row) for row in made.grids[0].rows
            ]


def test_the_app_takes_the_link_of_a_sheet():
    chapter, _, settings = links.page("https://a.org", NUMBER).split("/")[-1].partition("?")
    found, refused = address.values(chapter, parse_qs(settings))
    assert not refused
    assert found == {"yours.view": yours_words.SHEET, "yours.sheet": NUMBER}
    assert chapter == links.CHAPTER
