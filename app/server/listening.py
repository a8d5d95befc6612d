"""Whether the app can be had under an address, on a port and below a path: asked before the server
starts.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

FIRST, LAST = 1, 65_535
USUAL = 8_501
ALONE = "localhost"  # the address that other computers do not reach
LONGEST = 40  # characters of what was typed that are told
# Streamlit's own paths begin with these, and so can no other of the server's.
STREAMLITS = ("_stcore", "media", "component", "static")
PART = r"(?!\.\.?(?:/|\Z))[\w.~-]+"  # of a path; browsers leave out "." and ".." before they ask
BASE = re.compile(rf"({PART}(/{PART})*)?", re.ASCII)


@dataclass(frozen=True)
class Start:
    """How a person starts the app.

    Attributes:
        command: without options.
        host: what stands before an address.
        port: what stands before a port.
        base: what stands before the path that the app lives below; "": it takes none.
    """

    command: str
    host: str
    port: str
    base: str = ""


MAKE = Start("make app", "HOST=", "PORT=")
MAKE_SERVE = Start("make serve", "HOST=", "PORT=", "BASE_PATH=")
SERVE = Start("python -m app.serve", "--server.address ", "--server.port ", "--server.baseUrlPath ")


def is_unsaid(host: str) -> bool:
    """Whether this is no address: whoever says none wants the app for this computer alone, and a
    server would take it for every address that the computer has.
    """
    return not host.strip()


def listens(host: str) -> bool:
    """Whether a server of this computer can listen under an address.

    Args:
        host: a name or an address.
    """
    return not _obstacle(host, 0)


def in_link(host: str) -> str:
    """A name or an address of a computer as it stands in a link: one of IPv6 in brackets.

    Args:
        host: with brackets or without.
    """
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def host_refusal(text: str, start: Start = MAKE) -> str:
    """Why the app cannot listen under an address; "" where it can.

    Args:
        text: the address, as it was typed.
        start: how.
    """
    if is_unsaid(text):
        return ""
    reason = _obstacle(text, 0)
    if not reason:
        return ""
    return (
        f"Expected {start.host.rstrip(' =')} as a name or an address of this computer, got "
        f"{_shown(text)} ({reason}): `{start.command}` opens the app for this computer alone, "
        f"`{start.command} {start.host}0.0.0.0` for the others in the network, too."
    )


def port_refusal(text: str, start: Start = MAKE) -> str:
    """Why the app cannot listen on a port, with one that is free; "" where it can.

    Args:
        text: the port, as it was typed.
        start: how.
    """
    expected = f"Expected {start.port.rstrip(' =')}"
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        advice = _advice(USUAL, start)
        return f"{expected} as a number from {FIRST} to {LAST}, got {_shown(text)}: {advice}"
    port = int(text)
    if not FIRST <= port <= LAST:
        return f"{expected} from {FIRST} to {LAST}, got {port}: {_advice(USUAL, start)}"
    reason = _obstacle("", port) or _other_of_localhost(port)
    if not reason:
        return ""
    advice = _advice(port + 1 if port >= 1024 else USUAL, start)
    return f"Port {port} is not available ({reason}): {advice}"


def base_refusal(text: str, start: Start) -> str:
    """Why the app cannot live below a path; "" where it can.

    Args:
        text: the path, as it was typed; slashes around it mean nothing.
        start: how.
    """
    path = text.strip().strip("/")
    if path.partition("/")[0] in STREAMLITS:
        return (
            f"Expected {start.base.rstrip(' =')} to begin with another name than "
            f"{', '.join(STREAMLITS)}, which are the server's own, got {_shown(text)}: "
            f"`{start.command} {start.base}course`."
        )
    if BASE.fullmatch(path):
        return ""
    expected = f"Expected {start.base.rstrip(' =')} as in `{start.command} {start.base}course`"
    return f"{expected}, got {_shown(text)}."


def _shown(text: str) -> str:
    return repr(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")


def _advice(first: int, start: Start) -> str:
    ports = [*range(first, LAST + 1), *range(USUAL, first)]
    free = next((port for port in ports if not _obstacle("", port)), None)
    if free is None:
        return "no port is free."
    return f"`{start.command} {start.port}{free}` opens the app."


def _other_of_localhost(port: int) -> str:
    """Why another program's page may open in place of the app's: a browser looks for "localhost"
    under its address of IPv6 as well; "" where there is none.
    """
    try:
        with closing(socket.socket(socket.AF_INET6)) as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            own.bind(("::1", port))
            own.listen(1)
    except OSError as error:  # most others say that this computer has no IPv6
        return os.strerror(error.errno) if error.errno == errno.EADDRINUSE else ""
    return ""


def _obstacle(host: str, port: int) -> str:
    """Why no server can listen there; "" where one can.

    Args:
        host: a name or an address; "": every one that this computer has.
        port: 0: whichever is free.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET  # as the server decides it
    try:
        with closing(socket.socket(family)) as own:
            if sys.platform != "win32":  # what a server that has just ended leaves does not count
                own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            own.bind((host, port))
            own.listen(1)
    except OSError as error:
        return error.strerror or str(error)
    except ValueError:  # a name that is too long, or no text
        return "no computer can have that name"
    return ""


def main(arguments: Sequence[str]) -> int:
    """Say why `make app` cannot listen.

    Args:
        arguments: the address and the port.

    Returns:
        The exit code: 0 it can, 1 it cannot.
    """
    host, port = arguments
    sentence = host_refusal(host) or port_refusal(port)
    if sentence:
        sys.stderr.write(f"{sentence}\n")
    return 1 if sentence else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
