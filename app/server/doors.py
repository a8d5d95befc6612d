"""What a browser gets where Streamlit would leave its page empty, before any page of the app runs.

Streamlit serves the same page under every name and every path. It then waits for ever where the
name is refused, and finds none of its scripts where the path has several parts. Where the app lives
below a path, it answers all others with two words.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from streamlit import config

from app.server.head import asks_for_page
from app.server.listening import STREAMLITS, in_link
from app.ui.link_sentences import listed
from core.foreign_text import quoted, visible

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

NO_PAGES = (*(f"{name}/" for name in STREAMLITS), "app/static/")  # where Streamlit's paths begin
PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>CNN explainer</title>
<style>
  body {{font: 1.5rem/1.5 sans-serif; max-width: 34em; margin: 15vh auto; padding: 0 1em}}
</style>
<p>{}</p>
</html>
"""


@dataclass(frozen=True)
class Doors:
    """Answers those requests for a page that Streamlit would leave empty, and passes on all others.

    Attributes:
        app: that answers all others.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        answer = self.app
        if scope["type"] == "http":
            answer = self._answer(scope)
        await answer(scope, receive, send)

    def _answer(self, scope: Scope) -> ASGIApp:
        from starlette.requests import Request
        from starlette.responses import HTMLResponse, RedirectResponse
        from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

        request, is_page = Request(scope), asks_for_page(scope)
        host = request.headers.get("host", "")
        if is_page and not is_host_allowed(host):
            sentence = no_name(host, config.get_option("server.allowedHosts"))
            return HTMLResponse(PAGE.format(html.escape(sentence)), 403)
        path = scope.get("raw_path", b"").decode("latin-1").partition("?")[0]
        base = (config.get_option("server.baseUrlPath") or "").strip("/")
        query = f"?{request.url.query}" if request.url.query else ""
        if base and path == "/":
            return RedirectResponse(f"/{base}/{query}", 302)
        if not is_page:
            return self.app
        if is_beside(path, base):
            return HTMLResponse(PAGE.format(no_app(path, base)), 404)
        there = in_one_part(path, base)
        return RedirectResponse(there + query) if there else self.app


def no_name(host: str, names: Sequence[str]) -> str:
    """A sentence about a name under which the app does not answer.

    Args:
        host: of the request, with its port.
        names: under which it answers.
    """
    name = re.sub(r":\d+$", "", visible(host))
    return (
        f"This app does not answer under the name {quoted(name)}, so that no other site "
        f"can pass for it: open it under {listed([in_link(one) for one in names])}, or ask whoever "
        "set it up to allow that name as its README says."
    )


def is_beside(path: str, base: str) -> bool:
    """Whether a path is not the app's, which lives below another one.

    Args:
        path: as it stands in the request.
        base: of the whole app, without slashes around it; "": every path is the app's.
    """
    return bool(base) and not f"{unquote(path)}/".startswith(f"/{base}/")


def no_app(path: str, base: str) -> str:
    """A sentence, in HTML, about a path where the app is not, with a link to where it is.

    Args:
        path: as it stands in the request.
        base: that the app lives below, without slashes around it.
    """
    link = html.escape(f"/{base}/")
    return (
        f"Nothing is here under {html.escape(quoted(visible(unquote(path))))}: "
        f'this app is at <a href="{link}">{link}</a>.'
    )


def in_one_part(path: str, base: str = "") -> str:
    """Where the app says that it has no such page: the same path as a name without a slash.

    Args:
        path: as it stands in the request.
        base: of the whole app, without slashes around it.

    Returns:
        An address relative to the path; "" where this has no several parts.
    """
    before = f"/{base.strip('/')}/" if base.strip("/") else "/"
    rest = path.removeprefix(before) if path.startswith(before) else ""
    if "/" not in rest.strip("/") or rest.startswith(NO_PAGES):
        return ""
    return "../" * rest.count("/") + quote(unquote(rest.strip("/")), safe="")
