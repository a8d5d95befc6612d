"""Markdown as the pages write it, with Streamlit's additions, as HTML. No streamlit here."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

# Icons of the pages' words that a plain sign says as well; the others only decorate.
SIGNS = {
    "check_circle": "✓",
    "cancel": "✗",
    "shield": "✓",
    "info": "ⓘ",
    "error": "⚠",
    "arrow_forward": "→",
    "arrow_back": "←",
}
_ICON = re.compile(r":material/(\w+):")
_COLOURED = re.compile(r":(?:small|red|blue|green|orange|gray|grey|violet)\[([^\[\]]*)\]")
_NAMESPACE = re.compile(r' xmlns(?::\w+)?="[^"]*"')


def _formula(text: str, options: dict[str, bool]) -> str:
    """MathML without its namespace: inside of HTML it needs none, and no host is named."""
    display = "block" if options.get("display_mode") else "inline"
    return _NAMESPACE.sub("", convert(text, display=display))


@lru_cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").enable("strikethrough")
    dollarmath_plugin(reader, allow_space=False, double_inline=True, renderer=_formula)
    # A link or a picture from elsewhere would name a host.
    return reader.disable(["link", "autolink", "image"])


def _plain(text: str) -> str:
    iconless = _ICON.sub(lambda found: SIGNS.get(found[1], ""), text)
    return _COLOURED.sub(r"\1", iconless)


def html(text: str) -> str:
    """Paragraphs, lists and formulas.

    Args:
        text: Markdown; HTML in it stays text.
    """
    return str(_reader().render(_plain(text))).strip()


def inline(text: str) -> str:
    """One line, such as a caption or a label, without a paragraph around it.

    Args:
        text: Markdown; HTML in it stays text.
    """
    return str(_reader().renderInline(_plain(text))).strip()


def attribute(text: str) -> str:
    """A text as the value of an attribute in double quotation marks."""
    return escape(text, quote=True)
