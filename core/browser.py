"""Chromium, and the app on a free port: for what is measured, tested or looked at in a browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.data.facts import ROOT
from core.failures import Failure

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NO_CHROMIUM = "install chromium, on Debian with: sudo apt-get install chromium"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What matches once a page has run to its end.
READY = (
    "[data-testid=stApp][data-test-script-state=notRunning][data-test-connection-state=CONNECTED]"
)
APP = ("-m", "app.serve")


class ServerError(Failure, RuntimeError):
    """A server does not answer; the message is one sentence for a person."""


@contextmanager
def serving(
    command: Sequence[str] = APP,
    output: int | IO[str] = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """A server on a free port, stopped at the end; yields its address, see ``running``."""
    with running(command, output, environment) as (address, _process):
        yield address


@contextmanager
def running(
    command: Sequence[str] = APP,
    output: int | IO[str] = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
    *,
    root: Path = ROOT,
    port_option: str = "--server.port",
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server on a free port, stopped at the end.

    Args:
        command: Python's arguments that start it; the port is added.
        output: where what it prints goes.
        environment: variables to add to this process's own.
        root: of the copy of the project whose server it is.
        port_option: how the command is told its port.

    Yields:
        Its address, and its process.

    Raises:
        ServerError: it ended, or did not answer within 60 seconds.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *command, port_option, str(port)],
        cwd=root,
        env=os.environ | dict(environment or {}),
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        await_answer(process, address)
        yield address, process
    finally:
        process.terminate()
        process.wait(20)


def await_answer(process: subprocess.Popen[bytes], address: str) -> None:
    """Wait until a server answers.

    Raises:
        ServerError: it ended, or did not answer within a minute.
    """
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never by a proxy
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            raise ServerError(f"The server ended with exit code {process.returncode}.")
        try:
            direct.open(f"{address}/_stcore/health", timeout=5).close()
            return
        except OSError:
            time.sleep(0.25)
    raise ServerError(f"The server at {address} did not answer within 60 seconds.")
