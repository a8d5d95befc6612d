"""What a link says about the screen: whether it is presented, and which controls stay."""

import pytest

from app.ui import address, screen
from app.ui.memory import Memory
from app.ui.next_link import next_link

SETTINGS = address.parameters("convolution")


def test_a_link_that_is_presented_is_understood_on_every_page():
    for chapter in ("home", "convolution", "networks", "training", "cam", "attack"):
        assert address.values(chapter, {"present": ["1"]}) == ({}, [])
    link = {"present": ["1"], "controls": ["stride, padding"], "stride": ["2"]}
    assert address.values("convolution", link) == ({"convolution.stride": 2}, [])


def test_the_address_goes_on_saying_it_and_drops_what_is_wrong():
    memory = Memory(chapter="convolution")
    before = {"present": ["1"], "controls": ["stride,foo", "padding,stride"], "from": ["mail"]}
    controls = ["stride,padding"]
    assert next_link(memory, before) == {"from": ["mail"], "present": ["1"], "controls": controls}
    assert next_link(memory, {"present": ["yes"], "controls": ["foo"]}) == {}


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"present": ["2"]}, "The link's “present” is left out: expected 1, got “2”."),
        ({"present": [""]}, "The link's “present” is left out: expected 1, got nothing."),
        ({"present": ["1", "1"]}, "The link's “present” is left out: expected 1, got “1” and “1”."),
        (
            {"controls": ["stride,epsilon"]},
            "The link's “controls=epsilon” is left out: expected names of this page's settings, "
            "like all_cells, got “epsilon”.",
        ),
        (
            {"controls": [""]},
            "The link's “controls” is left out: expected names of this page's settings, "
            "like all_cells, got nothing.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(link, sentence):
    assert list(screen.refused(link, SETTINGS).values()) == [sentence]


def test_a_page_without_controls_says_so():
    (sentence,) = screen.refused({"controls": ["stride"]}, ()).values()
    assert "of which this one has none, got “stride”" in sentence
