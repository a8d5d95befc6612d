"""Where a sheet leads: the page of the class's app that checks its answers.

What stands in the link are the names of the app's own links, which `core` does not import; the
tests hold that the app takes them.
"""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode, urlsplit

from core.foreign_text import quoted
from core.sheets.number import FIRST_DAY, LAST_DAY

CHAPTER, VIEW = "yours", "Check a sheet"
LONGEST = 100  # characters of an app's address: the QR code must be read from paper
NOW, NEVER = "now", "never"


def checked_address(text: str) -> str:
    """The address of an app without a slash at its end; "" stays "".

    Raises:
        ValueError: no browser opens it.
    """
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or {"?", "#"} & {*text} or not text.isascii() or "".join(text.split()) != text:
        raise ValueError(
            f"Expected the address of the app, such as https://cnn.example.org, got {quoted(text)}."
        )
    if len(text) > LONGEST:
        raise ValueError(
            f"Expected an address of at most {LONGEST} characters, whose QR code can be read from "
            f"paper, got {len(text)}."
        )
    return text.rstrip("/")


def page(address: str, number: str) -> str:
    """The link that opens a sheet in the app; "" where the app has no address.

    Args:
        address: of the app, as ``checked_address`` gives it.
        number: of the sheet, as it is written.
    """
    settings = urlencode({"view": VIEW, "sheet": number})
    return f"{address}/{CHAPTER}?{settings}" if address else ""


def solution_day(text: str) -> tuple[date | None, bool]:
    """From when solutions are shown, as ``SheetNumber`` has it.

    Args:
        text: "now", "never", or a day such as 2026-12-24.

    Returns:
        The first day, None without one; whether they are never shown.

    Raises:
        ValueError: it is none of these, or no number of a sheet holds that day.
    """
    if text in (NOW, NEVER):
        return None, text == NEVER
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(
            f"Expected {NOW}, {NEVER} or a day from {FIRST_DAY} to {LAST_DAY}, got {quoted(text)}."
        )
    return day, False
