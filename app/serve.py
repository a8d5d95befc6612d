"""Start the app as `make app` does: python -m app.serve, with the options of `streamlit run`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.server.listening import (
    ALONE,
    SERVE,
    base_refusal,
    host_refusal,
    in_link,
    is_unsaid,
    port_refusal,
)
from app.server.outputs import keep_open
from app.ui.heap import share_heaps

HOME = Path(__file__).resolve().parent / "Home.py"


def checked(arguments: Sequence[str]) -> list[str]:
    """The options of `streamlit run` with an address under which the app listens as it promises.

    Args:
        arguments: the options as they were typed.

    Returns:
        The same; where they name an empty address, the one of this computer alone behind it.

    Raises:
        SystemExit: no server can listen like that; one sentence says why.
    """
    from streamlit.web import cli

    # resilient: what is wrong with other options is said when they are read in earnest
    read = cli.main_run.make_context("streamlit", [*arguments], resilient_parsing=True).params
    host, port = read.get("server_address"), read.get("server_port")
    refused = host_refusal(host or "", SERVE)
    refused = refused or base_refusal(read.get("server_baseUrlPath") or "", SERVE)
    if not refused and port is not None:
        refused = port_refusal(str(port), SERVE)
    if refused:
        sys.exit(refused)
    alone = ["--server.address", ALONE] if host is not None and is_unsaid(host) else []
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [*arguments[:end], *alone, *arguments[end:]]


def name_addresses() -> None:
    """Before the server starts: every address that it prints or opens can be opened.

    Streamlit writes one of IPv6 without its brackets. A Streamlit that is built otherwise prints
    what it prints.
    """
    with suppress(ImportError, AttributeError):
        from streamlit.web.server import server_util

        usual = server_util.get_url
        server_util.get_url = lambda host_ip: usual(in_link(host_ip))


def ask_nobody() -> None:
    """Before the server starts: it asks no service of the internet for its own address.

    Streamlit does so to print it where the server listens under every address, and, up to two
    seconds long for all visitors, whenever a page of another site tries to connect.
    """
    from streamlit import net_util

    net_util.get_external_ip = lambda: None


def main(arguments: Sequence[str]) -> None:
    """Serve the app until it is stopped.

    Args:
        arguments: options of `streamlit run`.
    """
    keep_open()
    share_heaps()
    from streamlit.web import cli  # keeps the streams that it finds

    from app.ui.beside import early

    options = checked(arguments)
    name_addresses()
    ask_nobody()
    early.start()
    for number in (signal.SIGINT, signal.SIGTERM):  # the server gives it back when it has stopped
        signal.signal(number, lambda *_: sys.exit(0))
    cli.main(["run", str(HOME), *options], prog_name="streamlit")


if __name__ == "__main__":
    main(sys.argv[1:])
