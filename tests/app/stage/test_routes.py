"""app.stage.routes, app.stage.links: the three windows' pages, and how a phone comes to them."""

import asyncio
import re
from typing import Any

import pytest
from starlette.applications import Starlette
from streamlit import config

from app.stage import links
from app.stage.links import link_of_vote
from app.stage.routes import PAGES, WINDOWS, routes

MOST = 10_000  # bytes that a phone loads


def get(path: str, host: str = "hall.example:8501") -> tuple[int, dict[str, str], bytes]:
    """What the routes answer."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    there, _, query = path.partition("?")
    scope = {
        **{"type": "http", "method": "GET", "path": there, "raw_path": there.encode()},
        **{"query_string": query.encode(), "headers": [(b"host", host.encode())]},
        **{"scheme": "http", "server": ("127.0.0.1", 8501), "root_path": ""},
    }
    asyncio.run(Starlette(routes=routes())(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(one.get("body", b"") for one in sent[1:])


@pytest.mark.parametrize("base", ["", "course"])
@pytest.mark.parametrize("name", WINDOWS)
def test_each_window_has_a_page_of_its_own_files(
    name: str, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "get_option", {"server.baseUrlPath": f"/{base}/"}.get)
    before = f"/{base}" if base else ""
    status, headers, page = get(f"{before}/{name}")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert headers["content-security-policy"].startswith("default-src 'self'")
    for file in re.findall(r'(?:src|href)="([^"]+)"', page.decode()):
        assert get(f"{before}/{file}")[0] == 200


def test_a_phone_loads_one_small_file_that_asks_for_no_other() -> None:
    page = (PAGES / "vote.html").read_text("utf-8")
    assert len(page.encode()) <= MOST
    assert not re.search(r"\bsrc=|\bhref=|@import|url\(|cookie", page)


@pytest.mark.parametrize("name", ["none.js", "..%2froutes.py", "present.html", "README"])
def test_nothing_else_is_given_out(name: str) -> None:
    assert get(f"/stage/{name}")[0] == 404


@pytest.mark.parametrize(
    ("host", "base", "allowed", "link"),
    [
        ("hall.example:8501", "", (), "http://hall.example:8501/vote?room=ABCD"),
        ("hall.example", "course", (), "http://hall.example/course/vote?room=ABCD"),
        (
            "localhost:8501",
            "",
            ("localhost", "192.168.0.7"),
            "http://192.168.0.7:8501/vote?room=ABCD",
        ),
        ("localhost:8501", "", ("::1", "fe80::1"), "http://[fe80::1]:8501/vote?room=ABCD"),
        ("[::1]:8501", "", ("hall",), "http://hall:8501/vote?room=ABCD"),
        ("[::1]", "", ("hall",), "http://hall/vote?room=ABCD"),
        ("localhost:8501", "", ("localhost", "127.0.0.1", "::1"), ""),
        ("127.0.0.1:8501", "", ("*.example.org",), ""),
    ],
)
def test_phones_are_led_to_where_they_reach_the_app(
    host: str, base: str, allowed: tuple[str, ...], link: str
) -> None:
    assert link_of_vote(host, "http", base, allowed, "ABCD") == link


@pytest.mark.parametrize(
    ("host", "allowed", "own", "link"),
    [
        ("localhost:8501", ("*",), "10.42.0.1", "http://10.42.0.1:8501/vote?room=ABCD"),
        ("localhost:8501", ("*",), "", ""),
        ("localhost:8501", ("localhost",), "10.42.0.1", ""),
        ("hall:8501", ("*",), "10.42.0.1", "http://hall:8501/vote?room=ABCD"),
    ],
)
def test_a_stage_on_this_computer_leads_phones_to_its_address_in_the_network(
    host: str, allowed: tuple[str, ...], own: str, link: str
) -> None:
    assert link_of_vote(host, "http", "", allowed, "ABCD", own) == link


def test_the_code_is_a_picture_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    status, headers, picture = get("/stage/qr.svg?room=ABCD")
    assert (status, headers["content-type"]) == (200, "image/svg+xml")
    assert picture.startswith(b"<?xml")
    assert get("/stage/qr.svg?room=WXYZ")[2] != picture
    assert get("/stage/qr.svg?room=ABCD", "localhost")[0] == 404


@pytest.mark.parametrize("room", ["", "x" * 5000, "%3Cscript%3E", "%00", "%F0%9F%98%80"])
def test_a_wrong_code_is_a_picture_too(room: str) -> None:
    assert get(f"/stage/qr.svg?room={room}")[0] == 200


def test_a_link_that_is_too_long_for_a_picture_is_none() -> None:
    assert get("/stage/qr.svg?room=A", "h" * 600)[0] == 404


def test_the_server_s_own_names_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"server.baseUrlPath": "a", "server.allowedHosts": ["localhost", "10.0.0.9"]}
    monkeypatch.setattr(config, "get_option", options.get)
    assert links.link_here("localhost:1", "wss", "ABCD") == "https://10.0.0.9:1/a/vote?room=ABCD"
