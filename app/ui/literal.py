"""What a person typed or named, shown to the letter: the one way from such a text into Markdown.

Streamlit reads every label, caption and box as Markdown with additions of its own: colours
(``:red[2]``), icons (``:material/home:``), emoji (``:cat:``), formulas (``$x$``), arrows, links.
"""

from __future__ import annotations

import re

from core.foreign_text import visible

_PART = ":small[]"  # shows nothing, and parts a text where Streamlit would read a whole
_RUN_OF_SPACES = re.compile(" (?= )")
_MARKUP = re.compile(r"[\\`*\[\]{}<>&$~|]|(?<![^\W_])_|_(?![^\W_])")
_BEGINNING = re.compile(r"^([#+\-=])|^(\d+)([.)])")
# Colons, the address of a page or of a person, and arrows: read after all else, escaped or not.
_LATE = re.compile(r"(\\?[-<>~])(?=\\?[-=>])|(:)(?=\S)|(@)|(www)(?=\.)", re.IGNORECASE)


def markdown(text: object) -> str:
    """A text as Markdown that shows it to the letter.

    What cannot be seen (control characters, changes of direction) is shown as Python writes it,
    ``\\n`` or ``\\u202e``.

    Args:
        text: of any origin: an error, the name of a file, what was typed.

    Returns:
        Markdown without line breaks.
    """
    spaced = _RUN_OF_SPACES.sub("\N{NO-BREAK SPACE}", visible(str(text)))
    parted = _LATE.sub(_parted, _MARKUP.sub(r"\\\g<0>", spaced))
    return _BEGINNING.sub(lambda found: rf"{found[2] or ''}\{found[1] or found[3]}", parted)


def _parted(found: re.Match[str]) -> str:
    escape = "\\" if found[2] else ""  # of a colon
    return f"{escape}{found[0]}{_PART}"
