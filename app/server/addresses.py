"""Under which address the others in the network reach this computer."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from ipaddress import ip_address

ELSEWHERE = "192.0.2.1"  # of RFC 5737: no computer has it, and nothing is sent there
ADDRESS_OF = 0x8915  # SIOCGIFADDR of Linux, which fills a structure of this shape
REQUEST = "16s24x"


def in_network() -> str:
    """This computer's address in its network; "" where it is in none.

    That is the one from which it would speak to the rest of the world; without a way there, as in a
    laptop's own hotspot, the first one that it has.
    """
    return next(filter(_is_reached, _found()), "")


def _found() -> Iterator[str]:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asked:
        with suppress(OSError):
            asked.connect((ELSEWHERE, 9))
            yield asked.getsockname()[0]
        for _, interface in socket.if_nameindex():
            with suppress(OSError):
                yield _of_interface(asked, interface)
    with suppress(OSError):
        yield from socket.gethostbyname_ex(socket.gethostname())[2]


def _of_interface(asked: socket.socket, name: str) -> str:
    """Raises OSError where an interface has none, or the system is asked otherwise."""
    if sys.platform != "linux":
        raise OSError("Expected Linux.")
    import fcntl

    filled = fcntl.ioctl(asked.fileno(), ADDRESS_OF, struct.pack(REQUEST, name.encode()[:15]))
    return socket.inet_ntoa(filled[20:24])


def _is_reached(address: str) -> bool:
    found = ip_address(address)
    return not (found.is_loopback or found.is_unspecified or found.is_link_local)
