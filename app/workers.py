"""Several processes of the app behind a proxy, as in `make serve`: python -m app.workers."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

import click

from app.server import proxy
from app.server.listening import MAKE_SERVE, base_refusal, host_refusal, port_refusal
from app.server.outputs import keep_open
from app.server.workers import Service

MOST = 64  # processes: each has some 700 MB
DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)?", re.I)


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
        return f"Expected DOMAIN as in `make serve DOMAIN=cnn.example.org`, got {domain[:40]!r}."
    return host_refusal(address, MAKE_SERVE) or _taken(port, domain)


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


@click.command()
@click.option("--workers", default="2", help="How many processes.")
@click.option("--address", default="localhost", help="Listen under this address.")
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
    base, domain = base_path.strip().strip("/"), domain.strip()
    refused = refusal(workers.strip(), address, port, base, domain)
    program = proxy.caddy()
    if refused or not program:
        sys.exit(refused or proxy.NO_CADDY)
    site = proxy.Site(address.strip(), int(port) if not domain else 443, base, domain)
    with tempfile.TemporaryDirectory(prefix="cnn-explainer-") as folder:
        sys.exit(asyncio.run(_serve(site, int(workers), Path(folder), program)))


async def _serve(site: proxy.Site, count: int, folder: Path, program: str) -> int:
    return await Service(site, count, folder, program, click.echo).run()


if __name__ == "__main__":
    main()
