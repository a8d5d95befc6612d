"""What a browser fetches: many requests on one connection that stays open."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

XSRF = "_streamlit_xsrf"  # the cookie whose content an upload has to name


@dataclass
class Fetched:
    """An answer.

    Attributes:
        status: 200 is good.
        headers: names in lower case.
        body: as it came over the wire, compressed or not.
    """

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Connection:
    """One connection to a server.

    Attributes:
        host: name and port.
        reader: what comes; ``writer``: what goes.
        cookies: what the server has set.
    """

    host: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    cookies: dict[str, str]

    @classmethod
    async def open(cls, host: str) -> Connection:
        """Connect.

        Raises:
            OSError: nobody listens, or the line is full.
        """
        name, port = host.rsplit(":", 1)
        return cls(host, *await asyncio.open_connection(name, int(port)), {})

    async def fetch(
        self, path: str, *, method: str = "GET", body: bytes = b"", kind: str = ""
    ) -> Fetched:
        """One request and its answer.

        Args:
            path: begins with "/".
            method: "GET" or "PUT".
            body: what is sent.
            kind: the content type of that.
        """
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.host}",
            f"Origin: http://{self.host}",
            "Accept: text/html,*/*",
            "Accept-Encoding: gzip, zstd",
            f"Content-Length: {len(body)}",
        ]
        if self.cookies:
            lines.append("Cookie: " + self.cookie_line())
        if kind:
            lines.append(f"Content-Type: {kind}")
        if XSRF in self.cookies:
            lines.append(f"X-Xsrftoken: {self.cookies[XSRF]}")
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        return await self._answer()

    def cookie_line(self) -> str:
        """The cookies as a header has them."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    async def _answer(self) -> Fetched:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for name, _, value in (line.partition(": ") for line in head[1:] if line):
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
            headers[name.lower()] = value
        if headers.get("transfer-encoding") == "chunked":
            body = await self._chunks()
        else:
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Fetched(int(head[0].split()[1]), headers, body)

    async def _chunks(self) -> bytes:
        parts = []
        while size := int(await self.reader.readline(), 16):
            parts.append(await self.reader.readexactly(size))
            await self.reader.readline()
        await self.reader.readline()
        return b"".join(parts)

    def close(self) -> None:
        """Hang up."""
        self.writer.close()
