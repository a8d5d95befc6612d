"""Several processes of the app behind a proxy, as in `make serve`: python -m app.workers."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from ipaddress import ip_address
from pathlib import Path

import click

from app.server import proxy
from app.server.listening import MAKE_SERVE, base_refusal, host_refusal, is_unsaid, port_refusal
from app.server.outputs import keep_open
from app.server.workers import Service

MOST = 64  # processes: each has some 700 MB
LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# What ends in a number is an address to browsers, and certificates are for names.
DOMAIN = re.compile(rf"(({LABEL}\.)+(?!\d){LABEL})?", re.ASCII | re.IGNORECASE)


def refusal(workers: str, address: str, port: str, base: str, domain: str) -> str:
    """Why the app cannot be served like that; "" where it can.

    Args:
        workers: how many processes.
        address: to listen under.
        port: to listen on.
        base: the path that the app lives below.
        domain: its public name.
    """
    if not (workers.isascii() and workers.isdecimal() and 1 <= int(workers[:9]) <= MOST):
        told = repr(workers[:40])
        return f"Expected WORKERS as a number from 1 to {MOST}, got {told}: `make serve WORKERS=2`."
    refused = base_refusal(base, MAKE_SERVE)
    if refused:
        return refused
    if not DOMAIN.fullmatch(domain):
        told = f"Expected DOMAIN as in `make serve DOMAIN=cnn.example.org`, got {domain[:40]!r}"
        return f"{told}: `make serve HOST=0.0.0.0` needs no name."
    return host_refusal(address, MAKE_SERVE) or _unreached(address, domain) or _taken(port, domain)


def _unreached(address: str, domain: str) -> str:
    """A public name leads visitors, and who gives out its certificate, to this computer from
    outside; without an address it has every one.
    """
    if not domain or is_unsaid(address):
        return ""
    if not all(ip_address(one).is_loopback for one in proxy.addresses(address)):
        return ""
    return (
        f"Expected HOST as an address that visitors of DOMAIN reach, got {address!r}, "
        f"which is this computer's alone: `make serve DOMAIN={domain}` takes every one it has."
    )


def located(address: str, port: str, base: str, domain: str) -> proxy.Site:
    """Where the app is found.

    Args:
        address: to listen under; without one this computer's own, with a domain every one.
        port: to listen on; of no meaning with a domain.
        base: the path that the app lives below.
        domain: its public name.
    """
    if domain:
        return proxy.Site(address or proxy.EVERY[0], 443, base, domain)
    return proxy.Site(address, int(port), base)


def _taken(port: str, domain: str) -> str:
    if not domain:
        return port_refusal(port, MAKE_SERVE)
    for needed in ("80", "443"):
        refused = port_refusal(needed, MAKE_SERVE).partition(": ")[0]
        if refused:
            return (
                f"{refused}, and DOMAIN needs it: let that port be free, and be allowed to use it."
            )
    return ""


@click.command(help="Serve the app with several processes behind a proxy until it is stopped.")
@click.option("--workers", default="2", help="How many processes.")
@click.option(
    "--address",
    default="",
    help="Listen under this address; without one under this computer's own, "
    "with a domain under every one.",
)
@click.option("--port", default="8501", help="Listen on this port.")
@click.option("--base-path", default="", help="The path that the app lives below.")
@click.option("--domain", default="", help="A public name; the proxy fetches its certificate.")
def main(workers: str, address: str, port: str, base_path: str, domain: str) -> None:
    """Serve the app with several processes behind a proxy until it is stopped.

    Args:
        workers: how many processes.
        address: to listen under.
        port: to listen on.
        base_path: the path that the app lives below.
        domain: its public name.
    """
    keep_open()
    address, domain = address.strip(), domain.strip()
    base = base_path.strip().strip("/")
    refused = refusal(workers.strip(), address, port, base, domain)
    program = proxy.caddy()
    if refused or not program:
        sys.exit(refused or proxy.NO_CADDY)
    site = located(address, port, base, domain)
    with tempfile.TemporaryDirectory(prefix="cnn-explainer-") as folder:
        sys.exit(asyncio.run(_serve(site, int(workers), Path(folder), program)))


async def _serve(site: proxy.Site, count: int, folder: Path, program: str) -> int:
    return await Service(site, count, folder, program, click.echo).run()


if __name__ == "__main__":
    main()
