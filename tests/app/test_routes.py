"""Which page an address opens."""

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from app.ui import literal, routes
from core.foreign_text import quoted
from tests.app.test_links import HOME, visit

HOME_PAGE = "Convolutional networks, step by step"
PAGES = {"convolution": "Convolution", "cam": "Where does it look?"}


def opened(monkeypatch: pytest.MonkeyPatch, name: str, link: dict[str, str]) -> AppTest:
    """The app as a browser opens it whose address ends in a name."""
    real, app = PagesManager.set_script_intent, AppTest.from_file(HOME, default_timeout=60)

    def asked(manager: PagesManager, page_hash: str, _name: str) -> None:
        real(manager, page_hash, name)
        monkeypatch.setattr(PagesManager, "set_script_intent", real)

    monkeypatch.setattr(PagesManager, "set_script_intent", asked)
    for key, text in link.items():
        app.query_params[key] = text
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("name", ["attack", "Attack", "ATTACK"])
def test_letters_of_another_case_open_the_chapter(monkeypatch, name: str) -> None:
    link = {"epsilon": "64", "model": "B"}
    app = opened(monkeypatch, name, link)
    assert app.header[0].value == "Fool the network"
    assert dict(app.query_params) == dict(visit("attack", link).query_params)
    assert not [one for one in app.markdown if "has no page" in one.value]


@pytest.mark.parametrize(
    "name", ["nosuch", "attack/x", "attack.html", "attac", "home", ":red[*x*]", "π" * 99]
)
def test_an_unknown_address_opens_home_and_is_said(monkeypatch, name: str) -> None:
    app = opened(monkeypatch, name, {})
    assert app.header[0].value == HOME_PAGE
    (said,) = [one.value for one in app.markdown if "has no page" in one.value]
    assert literal.markdown(f"This app has no page {quoted(name)}: choose “Home”, ") in said
    app.run()
    assert not [one for one in app.markdown if "has no page" in one.value]


def test_the_sentence_says_what_there_is() -> None:
    assert routes.no_page("x", PAGES) == (
        "This app has no page “x”: choose “Home”, “Convolution” or “Where does it look?”."
    )


def test_without_a_page_that_runs_there_is_nothing_to_find() -> None:
    assert routes.find(PAGES) == ""
