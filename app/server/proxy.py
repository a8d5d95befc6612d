"""The proxy in front of several processes of the app: caddy, by the rules of deploy/Caddyfile."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.server.addresses import in_network
from app.server.listening import ALONE, in_link, is_unsaid, listens

ROOT = Path(__file__).resolve().parents[2]  # core's own comes with torch: 500 MB and a second
RULES = ROOT / "deploy" / "Caddyfile"
ALONE_NAMES = (ALONE, "127.0.0.1", "::1")  # those of the app's own config.toml
EVERY = ("0.0.0.0", "::")  # noqa: S104 - the addresses of all networks, to tell them from one
NO_CADDY = (
    "Expected the proxy caddy, found none: install it with `sudo apt-get install caddy` on Debian "
    "or Ubuntu, `brew install caddy` on macOS, `winget install CaddyServer.Caddy` on Windows; "
    "`make app` needs none."
)


@dataclass(frozen=True)
class Site:
    """Where the app is found.

    Attributes:
        host: the address that the proxy listens under.
        port: it listens on; of no meaning with a name.
        base: the path that the app lives below, without slashes around it; "" the root.
        name: a public name for which the proxy has a certificate; "" none.
    """

    host: str = ALONE
    port: int = 8501
    base: str = ""
    name: str = ""

    @property
    def path(self) -> str:
        """What stands before the paths of the app: nothing, or a slash and the base."""
        return f"/{self.base}" if self.base else ""

    @property
    def ports(self) -> tuple[int, ...]:
        """The proxy listens on."""
        return (80, 443) if self.name else (self.port,)

    @property
    def link(self) -> str:
        """Where a browser on this computer finds the app."""
        if self.name:
            return f"https://{self.name}{self.path}"
        host = ALONE if is_unsaid(self.host) or self.host in EVERY else in_link(self.host)
        return f"http://{host}:{self.port}{self.path}"

    @property
    def link_of_others(self) -> str:
        """Where the others in the network find it; "" where that is no other link."""
        own = in_network() if self.host in EVERY and not self.name else ""
        return f"http://{own}:{self.port}{self.path}" if own else ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names under which the app answers, where they are not those of its own configuration."""
        if self.name:
            return (self.name,)
        return () if is_unsaid(self.host) or self.host in ALONE_NAMES else ("*",)


def caddy() -> str:
    """The program; "" where there is none."""
    return shutil.which("caddy") or ""


def command(program: str) -> list[str]:
    """Start the proxy.

    Args:
        program: caddy.
    """
    return [program, "run", "--config", str(RULES), "--adapter", "caddyfile"]


def variables(site: Site, upstreams: Sequence[int], static: Path, own: Path) -> Mapping[str, str]:
    """What the rules are told; their own text says what each means.

    Args:
        site: where the app is found.
        upstreams: ports of this computer where a process of the app may be.
        static: the folder with Streamlit's files.
        own: a folder for what caddy writes of its configuration.
    """
    return os.environ | {
        "SITE": site.name or f"http://:{site.port}",
        "BIND": " ".join(addresses(site.host)),
        "UPSTREAMS": " ".join(f"127.0.0.1:{port}" for port in upstreams),
        "BASE": site.path,
        "STATIC": str(static),
        "COOKIE": f"cnn_process_{site.port}",
        "XDG_CONFIG_HOME": str(own),
    }


def addresses(host: str) -> list[str]:
    """All that a name of this computer means: browsers try IPv6 first under `localhost`.

    Args:
        host: a name or an address; an empty one is this computer's alone.
    """
    found = socket.getaddrinfo(ALONE if is_unsaid(host) else host, 0, type=socket.SOCK_STREAM)
    every = dict.fromkeys(str(address[0]) for *_, address in found)
    return [address for address in every if listens(address)]


def free_ports(count: int) -> list[int]:
    """Ports of this computer that nobody listens on.

    Args:
        count: how many.
    """
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
