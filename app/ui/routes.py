"""Which page an address opens: its chapter in letters of any case, or Home with a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.ui.link_sentences import listed
from core.foreign_text import quoted

HOME = "Home"


def find(pages: Mapping[str, str]) -> str:
    """Before ``st.navigation``: let it open a page that there is.

    Streamlit takes a name to the letter, and stands in front of the app with a message of its own
    where it knows none.

    Args:
        pages: name in the address to title.

    Returns:
        A sentence about an address that leads nowhere; else "".
    """
    context = get_script_run_ctx()
    asked = context.pages_manager.intended_page_name if context else None
    if context is None or not asked or asked in pages:
        return ""
    name = asked.lower()
    context.pages_manager.set_script_intent("", name if name in pages else "")
    return "" if name in pages else no_page(asked, pages)


def no_page(asked: str, pages: Mapping[str, str]) -> str:
    """A sentence about an address that leads nowhere.

    Args:
        asked: as it stands in the address.
        pages: name in the address to title.
    """
    return f"This app has no page {quoted(asked)}: choose {listed([HOME, *pages.values()])}."
