"""What a browser fetches once and keeps: Streamlit's own scripts, styles and fonts, those of our
components, and the pictures of galleries; compressed and from memory.

Streamlit sends its files as they are, since compressing them for every visitor costs more than it
saves: each is compressed once here, when it is first asked for. A class of 200 loads 5 MB each
otherwise.
"""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit import config, file_util

from app.server.assets import COMPRESSIBLE, compressed
from app.ui import fetched

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

YEAR = 365 * 24 * 60 * 60  # seconds; a name has the hash of its content
MOST = 4000  # answers that are kept
Read = Callable[[], bytes]


@dataclass(frozen=True)
class Body:
    """A file as it is sent.

    Attributes:
        content: compressed or not.
        headers: of the answer.
    """

    content: bytes
    headers: tuple[tuple[bytes, bytes], ...]


@dataclass
class Kept:
    """Answers requests for what never changes under its name, and passes on all others.

    Attributes:
        app: that answers all others.
        folder: that has ``static/``; "": Streamlit's own.
    """

    app: ASGIApp
    folder: str = ""
    _bodies: dict[tuple[str, bool], asyncio.Task[Body]] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        asked = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        path = _below_base(scope) if asked else ""
        read = self._find(path) if path else None
        if read is None:
            await self.app(scope, receive, send)
            return
        body = await self._body(path, read, zipped=_takes_gzip(scope))
        headers = list(body.headers)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        content = body.content if scope["method"] == "GET" else b""
        await send({"type": "http.response.body", "body": content})

    def _find(self, path: str) -> Read | None:
        """What reads the file of a path; no path but those that are listed leads to any file."""
        file = self._files.get(path)
        return file.read_bytes if file is not None else fetched.find(path)

    @cached_property
    def _files(self) -> dict[str, Path]:
        root = Path(self.folder or file_util.get_static_dir())
        every = (path for path in (root / "static").rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix(): path for path in every}

    async def _body(self, path: str, read: Read, *, zipped: bool) -> Body:
        """The file, read and compressed once, whoever asks meanwhile."""
        zipped = zipped and Path(path).suffix in COMPRESSIBLE
        task = self._bodies.get((path, zipped))
        if task is None or (task.done() and task.exception() is not None):
            while len(self._bodies) >= MOST:
                self._bodies.pop(next(iter(self._bodies)))
            make = partial(_body, path, read, zipped=zipped)
            task = self._bodies[path, zipped] = asyncio.create_task(asyncio.to_thread(make))
        return await asyncio.shield(task)


def _body(path: str, read: Read, *, zipped: bool) -> Body:
    content = compressed(read()) if zipped else read()
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    headers = {
        "content-type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "content-length": str(len(content)),
        "cache-control": f"public, immutable, max-age={YEAR}",
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
    }
    if zipped:
        headers["content-encoding"] = "gzip"
    return Body(content, tuple((name.encode(), text.encode()) for name, text in headers.items()))


def _below_base(scope: Scope) -> str:
    """The path below the base path of the app, without the slash; "" for any other."""
    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    before = f"/{base}/" if base else "/"
    path = str(scope["path"])
    return path.removeprefix(before) if path.startswith(before) else ""


def _takes_gzip(scope: Scope) -> bool:
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept-encoding")
    return b"gzip" in accepted
