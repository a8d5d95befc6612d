"""Whether the app can listen on a port: asked by `make app` before the server starts."""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence

FIRST, LAST = 1, 65_535
USUAL = 8_501


def refusal(text: str) -> str:
    """Why the app cannot listen on a port, with one that is free; "" where it can.

    Args:
        text: the port, as it was typed.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        return f"Expected PORT as a number from {FIRST} to {LAST}, got {shown!r}: {_advice(USUAL)}"
    port = int(text)
    if not FIRST <= port <= LAST:
        return f"Expected PORT from {FIRST} to {LAST}, got {port}: {_advice(USUAL)}"
    reason = _obstacle(port)
    if not reason:
        return ""
    advice = _advice(port + 1 if port >= 1024 else USUAL)
    return f"Port {port} is not available ({reason}): {advice}"


def _advice(first: int) -> str:
    ports = [*range(first, LAST + 1), *range(USUAL, first)]
    free = next((port for port in ports if not _obstacle(port)), None)
    return "no port is free." if free is None else f"`make app PORT={free}` opens the app."


def _obstacle(port: int) -> str:
    """Why no server can listen there; "" where one can."""
    with socket.socket() as own:
        if sys.platform != "win32":  # what a server that has just ended leaves does not count
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            own.bind(("", port))
            own.listen(1)
        except OSError as error:
            return error.strerror or str(error)
    return ""


def main(arguments: Sequence[str]) -> int:
    """Say why the app cannot listen on a port.

    Args:
        arguments: the port.

    Returns:
        The exit code: 0 it can, 1 it cannot.
    """
    sentence = refusal(arguments[0] if arguments else "")
    if sentence:
        sys.stderr.write(f"{sentence}\n")
    return 1 if sentence else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
