"""Where stage, notes and phones find their pages, beside those of the app."""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from app.stage.hub import Hub
from app.stage.links import address, link_here
from app.stage.live import Live
from app.stage.store import store
from app.ui.font_file import font_file

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.websockets import WebSocket

PAGES = Path(__file__).parent / "pages"
WINDOWS = ("present", "notes", "vote")
LONGEST = 500  # characters of a link in a code
FONT = """@font-face {{
  font-family: "Source Sans"; font-weight: 100 900; src: url(../static/media/{}) format("woff2");
}}
"""
# A page shows nothing but its own files, and frames of the app around which it stands.
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"


@cache
def live() -> Live:
    """This process's talk with windows."""
    return Live(Hub(store()))


@cache
def files() -> Mapping[str, bytes]:
    """What the pages are made of: name to content."""
    found = {path.name: path.read_bytes() for path in PAGES.iterdir() if path.is_file()}
    return {**found, "font.css": font().encode()}


def font() -> str:
    """The style that has the app's own font, where this Streamlit brings it."""
    path = font_file()
    return FONT.format(path.name) if path else ""


def page(name: str) -> Response:
    """A file of the pages."""
    from starlette.responses import Response

    kind = mimetypes.guess_type(name)[0] or "text/plain"
    script = "" if name != "vote.html" else "; script-src 'self' 'unsafe-inline'"
    headers = {
        "cache-control": "no-cache",
        "content-security-policy": POLICY + script,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
    }
    return Response(files()[name], media_type=kind, headers=headers)


def routes() -> list[BaseRoute]:
    """The routes of the three windows, below the path that the app lives below."""
    from starlette.routing import Route, WebSocketRoute

    before = address("").rstrip("/")
    windows = [Route(f"{before}/{name}", _window(name)) for name in WINDOWS]
    return [
        *windows,
        WebSocketRoute(f"{before}/stage/live", _talk),
        Route(f"{before}/stage/qr.svg", _qr),
        Route(f"{before}/stage/{{name}}", _file),
    ]


def _window(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return page(f"{name}.html")

    return answer


async def _file(request: Request) -> Response:
    from starlette.responses import PlainTextResponse

    name = request.path_params["name"]
    if name not in files() or name.endswith(".html"):
        return PlainTextResponse("Nothing is here.", 404)
    return page(name)


async def _qr(request: Request) -> Response:
    import segno
    from starlette.responses import PlainTextResponse, Response

    code = request.query_params.get("room", "")[:20]
    link = link_here(request.headers.get("host", ""), request.url.scheme, quote(code))
    if not link or len(link) > LONGEST:
        return PlainTextResponse("No other computer reaches this app.", 404)
    out = BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="svg", scale=8, border=3)
    return Response(out.getvalue(), media_type="image/svg+xml")


async def _talk(socket: WebSocket) -> None:
    await live().talk(socket)
