"""The button that saves a page: what it asks for, and what it says."""

from dataclasses import replace

import pytest

from app.export.links import LinkError
from app.ui import heavy, own_things, saving
from app.ui.address import Name
from app.ui.memory import Memory
from app.ui.own_things import OwnThing
from app.ui.uploads import Upload
from tests.app.chapters.opened import open_chapter, texts


def told(link: str, own: tuple) -> bytes:
    """In place of the file itself, which tests/app/export holds: what is asked for."""
    if "epsilon=77" in link:
        raise LinkError("The page shows an error: there is none.")
    return f"{link} {own}".encode()


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    monkeypatch.setattr(saving, "FILE", heavy.question(told))


def buttons(app) -> list[str]:
    return [one.proto.label for one in app.get("download_button")]


def test_where_there_is_nothing_to_save_there_is_no_button():
    assert "Save this page" not in buttons(open_chapter("home"))
    assert "Save this page" not in buttons(open_chapter("convolution", source="Own photo"))


def test_the_file_is_that_of_the_page_as_it_is_when_it_is_asked_for():
    app = open_chapter("attack", epsilon="24")
    page = saving.Page("attack", app.session_state["address"], {})
    assert page.file() == b"/attack ()"
    memory: Memory = page.memory
    memory.texts[Name.EPSILON] = ["40"]
    memory.texts[Name.VIEW] = ["Live"]
    page = replace(page, own={"pad": OwnThing("pad", "", b"\x01")})
    assert page.file() == rb"/attack?view=Live&epsilon=40 (('pad', '', b'\x01'),)"
    assert page.name == "attack_live.html"
    memory.texts[Name.EPSILON] = ["77"]
    with pytest.raises(LinkError, match="shows an error"):
        page.file()


def test_a_drawn_digit_and_a_file_are_taken_along():
    app = open_chapter("attack", source="Draw one")
    assert "Save this page" not in buttons(app)
    app.session_state["attack_pad"] = {"pixels": [9] * 56**2}
    app.run()
    found = app.session_state[own_things.KEY]["attack_pixels"]
    assert (found.name, found.content) == ("", bytes([9]) * 56**2)
    assert own_things.as_kept(found) == [9] * 56**2
    assert own_things.as_kept(OwnThing("a", "b.png", b"c")) == Upload(b"c", "b.png")
    app.download_button(key=f"{saving.BUTTON} attack").click().run()
    assert "\n6 kB" in texts(app)
