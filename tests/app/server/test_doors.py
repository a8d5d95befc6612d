"""app.server.doors: what a browser gets where Streamlit would leave its page empty."""

import asyncio
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from starlette.responses import Response
from streamlit.web.server.starlette import starlette_websocket

from app.server import doors
from app.server.head import STYLE, styled
from benchmarks.browser import serving

FOREIGN = "evil.example"
ALLOWED = ["localhost", "127.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("path", "base", "there"),
    [
        ("/attack/x", "", "../attack%2Fx"),
        ("/a/b/c/", "", "../../../a%2Fb%2Fc"),
        ("/a%20b/%3Cx%3E", "", "../a%20b%2F%3Cx%3E"),
        ("/course/attack/x", "course", "../attack%2Fx"),
        ("/course/attack/x", "/course/", "../attack%2Fx"),
        *[(path, "", "") for path in ("", "/", "/attack", "/attack/", "/attack%2Fx", "x/y")],
        *[("/course/attack", "course", ""), ("/other/attack/x", "course", "")],
        *[("/media/1.pdf", "", ""), ("/_stcore/health", "", ""), ("/static/js/x.js", "", "")],
    ],
)
def test_a_path_of_several_parts_leads_to_one_of_one_part(path: str, base: str, there: str) -> None:
    assert doors.in_one_part(path, base) == there


def test_a_name_that_is_refused_is_said_with_those_that_are_not() -> None:
    assert doors.no_name("<b>\x00:8501", ALLOWED) == (
        "This app does not answer under the name “<b>\\x00”, so that no other site can pass "
        "for it: open it under localhost, 127.0.0.1 or [::1], or ask whoever set it up to allow "
        "that name as its README says."
    )


def test_what_is_no_request_is_passed_on() -> None:
    passed = []

    async def app(scope: object, receive: object, send: object) -> None:
        passed.append(scope)

    scope = {"type": "websocket"}
    asyncio.run(doors.Doors(app)(scope, None, None))
    assert passed == [scope]


@pytest.mark.parametrize("base", ["course", "/a/b/"])
@pytest.mark.parametrize("accept", ["text/html,*/*", "*/*"])
def test_the_root_leads_to_the_path_that_the_app_lives_below(
    monkeypatch: pytest.MonkeyPatch, base: str, accept: str
) -> None:
    status, headers, _ = ask(monkeypatch, base, "/", accept)
    assert (status, headers["location"]) == (302, f"/{base.strip('/')}/?k=4")


@pytest.mark.parametrize("path", ["/attack", "/cours", "/coursex/y", "/Course", "/%3Cb%3E"])
def test_a_path_beside_the_app_has_a_sentence_and_a_link(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    status, _, page = ask(monkeypatch, "course", path, "text/html")
    assert status == 404
    said = path.replace("%3C", "&lt;").replace("%3E", "&gt;")
    assert f"<p>Nothing is here under “{said}”: this app is at <a href=" in page
    assert '<a href="/course/">/course/</a>.</p>' in page


@pytest.mark.parametrize(
    ("base", "path", "accept"),
    [
        *[("course", path, "text/html") for path in ("/course", "/course/", "/course/attack")],
        *[("course", "/%63ourse/cam", "text/html"), ("course", "/attack", "*/*")],
        *[("", path, "text/html") for path in ("/", "/attack")],
    ],
)
def test_what_is_the_apps_own_or_no_page_is_passed_on(
    monkeypatch: pytest.MonkeyPatch, base: str, path: str, accept: str
) -> None:
    assert ask(monkeypatch, base, path, accept)[0] == 204


def ask(
    monkeypatch: pytest.MonkeyPatch, base: str, path: str, accept: str
) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of the answer where the app lives below a path; its own is 204."""
    monkeypatch.setattr(doors.config, "get_option", {"server.baseUrlPath": base}.get)
    monkeypatch.setattr(starlette_websocket, "is_host_allowed", lambda host: True)
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": unquote(path), "query_string": b"k=4"}
    scope |= {"raw_path": path.encode(), "headers": [(b"accept", accept.encode())]}
    asyncio.run(doors.Doors(Response(status_code=204))(scope, None, send))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[1]["body"].decode()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with serving() as address:
        yield address


def test_a_page_has_the_size_of_its_type_before_its_first_run(server: str) -> None:
    page = answer(f"{server}/attack", "text/html", "localhost")[2]
    assert page.count(STYLE.decode()) == 1
    assert page.index(STYLE.decode()) < page.index("</head>")
    script = re.search(r'src="\.(/static/js/[^"]+)"', page)[1]
    assert STYLE.decode() not in answer(server + script, "*/*", "localhost")[2]


@pytest.mark.parametrize("body", [b"<head></head>", b'<div id="root">', b""])
def test_what_is_no_page_of_streamlits_is_passed_on(body: bytes) -> None:
    start = {"status": 200, "headers": [(b"content-length", b"7"), (b"etag", b"x")]}
    assert styled(start, body) == (start, body)


def answer(address: str, accept: str, host: str) -> tuple[int, str, str]:
    """Status, address in the end and text of the server's answer."""
    request = urllib.request.Request(address, headers={"Accept": accept, "Host": host})
    try:
        with urllib.request.urlopen(request, timeout=30) as found:
            return found.status, found.url, found.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.url, error.read().decode()


@pytest.mark.parametrize(
    ("path", "accept", "host", "status", "there", "text"),
    [
        ("/attack", "text/html", "localhost", 200, "/attack", "<title>Streamlit</title>"),
        ("/attack/x?a=1", "text/html,*/*", "localhost", 200, "/attack%2Fx?a=1", "<title>Streamlit"),
        ("/attack/x", "*/*", "localhost", 200, "/attack/x", "<title>Streamlit</title>"),
        ("/attack/x", "text/html", FOREIGN, 403, "/attack/x", f"the name “{FOREIGN}”, so that"),
        ("/", "text/html", "a<b>", 403, "/", "a&lt;b&gt;"),
        ("/_stcore/health", "*/*", FOREIGN, 200, "/_stcore/health", "ok"),
    ],
)
def test_the_server_answers_so(
    server: str, path: str, accept: str, host: str, status: int, there: str, text: str
) -> None:
    found = answer(server + path, accept, host)
    assert found[:2] == (status, server + there)
    assert text in found[2]
