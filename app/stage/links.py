"""Links to the windows of a lecture, and the one with which phones come to the vote."""

from __future__ import annotations

from app.server.addresses import in_network
from app.server.listening import in_link

LOCAL = ("localhost", "127.0.0.1", "[::1]", "0.0.0.0", "[::]")  # noqa: S104 - names, not bound to


def link_of_vote(
    host: str, scheme: str, base: str, allowed: tuple[str, ...], code: str, own: str = ""
) -> str:
    """The link that phones open.

    Args:
        host: under which the stage was opened, with its port.
        scheme: of the stage's link.
        base: of the whole app, without slashes around it.
        allowed: names under which the app answers.
        code: of the room.
        own: this computer's address in its network; "" for none.

    Returns:
        "" where no other computer reaches the app.
    """
    name, port = _split(host)
    if name in LOCAL:
        others = [in_link(one) for one in allowed if in_link(one) not in LOCAL and "*" not in one]
        others += [own] if own and "*" in allowed else []
        if not others:
            return ""
        name = others[0]
    before = f"/{base}" if base else ""
    return f"{scheme}://{name}{port}{before}/vote?room={code}"


def _split(host: str) -> tuple[str, str]:
    """A name, and its port with the colon."""
    name, colon, port = host.rpartition(":")
    return (name, colon + port) if port.isdecimal() and colon else (host, "")


def link_here(host: str, scheme: str, code: str) -> str:
    """As ``link_of_vote``, with this server's own settings."""
    from streamlit import config

    allowed = tuple(config.get_option("server.allowedHosts") or ())
    scheme = scheme.replace("ws", "http")
    is_needed = "*" in allowed and _split(host)[0] in LOCAL
    own = in_network() if is_needed else ""
    return link_of_vote(host, scheme, base_path(), allowed, code, own)


def base_path() -> str:
    """What this server's addresses begin with, without slashes around it."""
    from streamlit import config

    return (config.get_option("server.baseUrlPath") or "").strip("/")


def address(page: str) -> str:
    """Where a page beside those of the app is, from whichever page it is linked.

    Args:
        page: below the path that the app lives below, such as present?lecture=NAME.
    """
    base = base_path()
    return f"/{base}/{page}" if base else f"/{page}"
