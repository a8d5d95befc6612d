"""Home as a title page: the chapters' pictures, the lectures, and the room that votes."""

import time
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from streamlit import config

from app.stage import rooms_open
from app.stage.store import FILE, Store
from app.ui import title_pictures
from app.ui.visit_folders import state_folder
from core import glossary
from core.lecture import reading
from tests.app.chapters.opened import open_chapter, texts
from tests.app.stage.a_lecture import TOML

CODE = "cnn_45_minutes"


def links(app) -> list[str]:
    return [one.proto.url for one in app.get("link_button")]


def test_home_shows_what_each_chapter_shows():
    app = open_chapter("home")
    shown = [image.proto.imgs[0].url for image in app.get("image")]
    names = ("convolution", "networks", "training", "cam", "attack")
    assert shown == [title_pictures.picture(name, "light")[0] for name in names]
    assert [one.proto.page for one in app.get("page_link")][: len(names)] == list(names)


def test_home_goes_on_without_the_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(title_pictures, "FOLDER", tmp_path)
    app = open_chapter("home")
    assert not app.get("image")
    assert len(app.metric) == 4


def test_home_opens_the_glossary():
    app = open_chapter("home")
    every = glossary.as_list(glossary.terms(), "/")
    assert every not in texts(app)
    app.button(key="glossary").click().run()
    assert every in texts(app)
    assert "[Stride](/convolution?stride=2)" in every


@pytest.mark.parametrize(("base", "before"), [("", ""), ("a/course", "/a/course")])
def test_home_gives_the_lectures_that_there_are(base, before, tmp_path, monkeypatch):
    (tmp_path / "Über uns & co.toml").write_text(TOML.replace("A short one", "Short *one*"))
    monkeypatch.setenv(reading.VARIABLE, str(tmp_path / "Über uns & co.toml"))
    usual = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", base)
    try:
        app = open_chapter("home")
    finally:
        config.set_option("server.baseUrlPath", usual)
    assert links(app) == [
        f"{before}/present?lecture={name}" for name in ("%C3%9Cber%20uns%20%26%20co", CODE)
    ]
    assert r"**Short \*one\***, 3 pictures, 6 minutes" in texts(app)


def test_a_broken_lecture_is_one_sentence_with_its_line_and_the_page_goes_on(tmp_path, monkeypatch):
    (tmp_path / "broken.toml").write_text(TOML.replace("minutes = 6", 'minutes = "six"'))
    monkeypatch.setenv(reading.VARIABLE, str(tmp_path / "broken.toml"))
    app = open_chapter("home")
    (said,) = app.warning
    assert said.value.startswith("broken.toml, line 3:")
    assert links(app) == [f"/present?lecture={CODE}"]
    assert len(app.metric) == 4


@pytest.fixture
def store(monkeypatch):
    """The file of a test's own lectures, at a server that phones reach."""
    found = Store(state_folder() / FILE)
    monkeypatch.setattr(rooms_open, "store", lambda: found)
    monkeypatch.setattr(rooms_open, "here", lambda: ("hall.example:8501", "http"))
    yield found
    found.close()


def votes(app) -> list[str]:
    return [one.proto.body for one in app.get("html") if "stage/qr.svg" in one.proto.body]


def test_home_shows_the_code_of_the_room_that_was_touched_last(store):
    store.create(CODE)
    room = store.create(CODE)
    (shown,) = votes(open_chapter("home"))
    assert f'src="/stage/qr.svg?room={room.code}"' in shown
    assert f"<b>{room.code}</b>:<br>hall.example:8501/vote" in shown
    assert room.key not in shown


def test_a_room_is_shown_only_while_it_is_in_use_and_phones_reach_it(store, monkeypatch):
    assert rooms_open.latest() is None
    room = store.create(CODE)
    assert urlsplit(rooms_open.latest().link).query == f"room={room.code}"
    monkeypatch.setattr(rooms_open, "here", lambda: ("localhost:8501", "http"))
    monkeypatch.setattr(rooms_open, "link_here", lambda *_: "")
    assert rooms_open.latest() is None
    late = time.time() + rooms_open.RECENT + 60
    monkeypatch.setattr(rooms_open.time, "time", lambda: late)
    assert store.latest(late - rooms_open.RECENT) is None
    store.change(room.code, lambda one: replace(one, index=1))
    assert store.latest(late - rooms_open.RECENT).index == 1


def test_home_goes_on_where_the_file_of_the_lectures_is_none(monkeypatch):
    folder = state_folder()
    (folder / FILE).write_bytes(b"no database" * 100)
    broken = Store(folder / FILE)
    monkeypatch.setattr(rooms_open, "store", lambda: broken)
    app = open_chapter("home")
    assert not votes(app)
    assert len(app.metric) == 4
