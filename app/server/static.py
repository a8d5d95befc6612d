"""Streamlit's own scripts, styles and fonts, sent compressed and from memory.

Streamlit sends them as they are, since compressing them for every visitor costs more than it saves:
each is compressed once here, when it is first asked for. A class of 200 loads 5 MB each otherwise.
"""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from streamlit import config, file_util

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

YEAR = 365 * 24 * 60 * 60  # seconds; a name has the hash of its content
PACKED = {".woff2", ".woff", ".png", ".jpg", ".gif", ".webp"}  # what is compressed already
LEVEL = 9


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
class Static:
    """Answers requests for hashed files below ``static/``, and passes on all others.

    Attributes:
        app: that answers all others.
        folder: with the files; "": Streamlit's own.
    """

    app: ASGIApp
    folder: str = ""
    _bodies: dict[tuple[str, bool], asyncio.Task[Body]] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = _below(scope) if scope["type"] == "http" else ""
        file = self._files.get(path)
        if file is None or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        body = await self._body(path, file, zipped=_takes_gzip(scope))
        headers = list(body.headers)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        content = body.content if scope["method"] == "GET" else b""
        await send({"type": "http.response.body", "body": content})

    @cached_property
    def _files(self) -> dict[str, Path]:
        """Path below ``static/`` to the file: no other name leads to any file."""
        root = Path(self.folder or file_util.get_static_dir()) / "static"
        every = (path for path in root.rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix(): path for path in every}

    async def _body(self, path: str, file: Path, *, zipped: bool) -> Body:
        """The file, read and compressed once, whoever asks meanwhile."""
        zipped = zipped and file.suffix not in PACKED
        task = self._bodies.get((path, zipped))
        if task is None or (task.done() and task.exception() is not None):
            task = asyncio.create_task(asyncio.to_thread(_read, file, zipped=zipped))
            self._bodies[path, zipped] = task
        return await asyncio.shield(task)


def _read(file: Path, *, zipped: bool) -> Body:
    content = file.read_bytes()
    if zipped:
        content = gzip.compress(content, LEVEL, mtime=0)
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
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


def _below(scope: Scope) -> str:
    """The path below ``static/``; "" for any other."""
    base = (config.get_option("server.baseUrlPath") or "").strip("/")
    before = f"/{base}/static/" if base else "/static/"
    path = str(scope["path"])
    return path.removeprefix(before) if path.startswith(before) else ""


def _takes_gzip(scope: Scope) -> bool:
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept-encoding")
    return b"gzip" in accepted
