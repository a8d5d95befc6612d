"""app.server.kept: what a browser keeps is compressed once, and nothing else can be read."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest

from app.server import kept
from app.server.kept import Kept

SCRIPT = b"const text = 'text';" * 1000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as Streamlit has it, and a file beside it."""
    (tmp_path / "static" / "js").mkdir(parents=True)
    (tmp_path / "static" / "js" / "index.abc.js").write_bytes(SCRIPT)
    (tmp_path / "static" / "font.woff2").write_bytes(SCRIPT)
    (tmp_path / "secret.js").write_bytes(b"secret")
    return tmp_path


def ask(server: Kept, *paths: str, method: str = "GET", accepts: bytes = b"gzip, br") -> list:
    """The answers to requests that come at the same time: headers and body; None: passed on."""

    async def one(path: str) -> Any:
        messages: list[dict[str, Any]] = []

        async def send(message: Any) -> None:
            messages.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(b"accept-encoding", accepts)],
        }
        await server(scope, None, send)  # type: ignore[arg-type]
        return (dict(messages[0]["headers"]), messages[1]["body"]) if messages else None

    async def all_of_them() -> list:
        return await asyncio.gather(*map(one, paths))

    return asyncio.run(all_of_them())


async def passed_on(scope: object, receive: object, send: object) -> None:
    """The app behind it; it answers nothing here."""


def test_a_script_comes_compressed_and_stays_with_the_browser(folder: Path) -> None:
    ((headers, body),) = ask(Kept(passed_on, str(folder)), "/static/js/index.abc.js")
    assert gzip.decompress(body) == SCRIPT
    assert len(body) < len(SCRIPT) / 20
    assert headers[b"content-encoding"] == b"gzip"
    assert headers[b"content-length"] == f"{len(body)}".encode()
    assert (
        headers[b"content-type"].endswith(b"javascript")
        or b"javascript" in headers[b"content-type"]
    )
    assert headers[b"cache-control"] == b"public, immutable, max-age=31536000"


@pytest.mark.parametrize(
    ("path", "accepts"), [("/static/js/index.abc.js", b"br"), ("/static/font.woff2", b"gzip")]
)
def test_what_need_not_be_compressed_comes_as_it_is(
    folder: Path, path: str, accepts: bytes
) -> None:
    ((headers, body),) = ask(Kept(passed_on, str(folder)), path, accepts=accepts)
    assert body == SCRIPT
    assert b"content-encoding" not in headers


def test_a_head_request_has_the_length_and_no_body(folder: Path) -> None:
    server = Kept(passed_on, str(folder))
    ((headers, body),) = ask(server, "/static/js/index.abc.js", method="HEAD")
    assert body == b""
    assert int(headers[b"content-length"]) > 0


@pytest.mark.parametrize(
    "path",
    [
        *("/static/../secret.js", "/static/js/../../secret.js", "/secret.js", "/static/none.js"),
        *("/static", "/static/", "/static/js", "/attack", "/", "//static/js/index.abc.js"),
    ],
)
def test_any_other_path_is_passed_on(folder: Path, path: str) -> None:
    assert ask(Kept(passed_on, str(folder)), path) == [None]
    assert ask(Kept(passed_on, str(folder)), "/static/js/index.abc.js", method="POST") == [None]


def test_a_class_that_asks_at_once_has_a_file_compressed_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    usual = kept._body
    monkeypatch.setattr(
        kept,
        "_body",
        lambda path, make, *, zipped: (read.append(path), usual(path, make, zipped=zipped))[1],
    )
    server = Kept(passed_on, str(folder))
    answers = ask(server, *["/static/js/index.abc.js"] * 50)
    assert len({body for _, body in answers}) == len(read) == 1


def test_below_a_base_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept.config, "get_option", lambda name: "/course/")
    server = Kept(passed_on, str(folder))
    found, other = ask(server, "/course/static/js/index.abc.js", "/static/js/index.abc.js")
    assert found is not None
    assert other is None
