"""What stands in the page that the server sends, since the page's own style comes with its first
run, up to a second later: the size of its type, so that the first thing that is drawn has it, and
what is said while the server is away, where Streamlit tells visitors to restart it in a terminal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.ui import palette, present_style

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

END, APP = b"</head>", b'<div id="root">'  # of Streamlit's page
AWAY = "The connection is lost; the page comes back by itself as soon as the app runs again."
_STATE = "data-test-connection-state"
_THERE = f"[{_STATE}=CONNECTED], [{_STATE}=DISCONNECTED_FOREVER]"  # from the latter none comes back
_DIALOG = f"body:has([data-testid=stApp]:not({_THERE})) [data-testid=stDialog] section[role=dialog]"
# Streamlit's style, which names the same size for `html`, comes later and weighs less.
STYLE = f"""<style>
:root {{font-size: {palette.REM_CSS}}}
{_DIALOG} > h2, {_DIALOG} > div > * {{display: none}}
{_DIALOG} > div {{padding: 2rem 4.5rem 2rem 2rem}}
{_DIALOG} > div::before {{content: "{AWAY}"; font-size: 1.25rem}}
{present_style.STYLE}
</style>
<script>{present_style.SCRIPT}</script>""".encode()


@dataclass(frozen=True)
class Head:
    """Adds the style to Streamlit's page, and passes on all else.

    Attributes:
        app: that answers.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and asks_for_page(scope):
            # what is compressed could not be added to
            headers = [one for one in scope["headers"] if one[0] != b"accept-encoding"]
            scope, send = {**scope, "headers": headers}, _Answer(send).send
        await self.app(scope, receive, send)


def asks_for_page(scope: Scope) -> bool:
    """Whether a request is one of a browser that opens a page."""
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


@dataclass
class _Answer:
    """An answer on its way: a page is kept back until all of it is there."""

    out: Send
    start: Message | None = None
    parts: list[bytes] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self.start = message
            return
        if self.start is None:
            await self.out(message)
            return
        self.parts.append(message.get("body", b""))
        if message.get("more_body"):
            return
        start, body = styled(self.start, b"".join(self.parts))
        await self.out(start)
        await self.out({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    kind = dict(start["headers"]).get(b"content-type", b"")
    return bool(start["status"] == 200 and kind.startswith(b"text/html"))


def styled(start: Message, body: bytes) -> tuple[Message, bytes]:
    """Streamlit's page with the style, without what a browser would know the page without it by;
    any other as it is.

    Args:
        start: of the answer.
        body: the whole page.
    """
    if END not in body or APP not in body:
        return start, body
    body = body.replace(END, STYLE + END, 1)
    headers = [
        (name, f"{len(body)}".encode() if name == b"content-length" else value)
        for name, value in start["headers"]
        if name not in (b"etag", b"last-modified")
    ]
    return {**start, "headers": headers}, body
