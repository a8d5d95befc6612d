"""What a person typed or named, shown to the letter: the one way from such a text into Markdown.

Streamlit reads every label, caption and box as Markdown with additions of its own: colours
(``:red[2]``), icons (``:material/home:``), emoji (``:cat:``), formulas (``$x$``), arrows, links.
"""

from __future__ import annotations

import re

LONGEST = 40  # characters of a name or an entry that are shown
_PART = ":small[]"  # shows nothing, and parts a text where Streamlit would read a whole
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)
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


def visible(text: str) -> str:
    """A text in which what cannot be seen is written as Python writes it."""
    return _INVISIBLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def _parted(found: re.Match[str]) -> str:
    escape = "\\" if found[2] else ""  # of a colon
    return f"{escape}{found[0]}{_PART}"


def shortened(text: str, most: int = LONGEST) -> str:
    """A text of at most so many characters: its beginning and its end, where a file's ending is."""
    if len(text) <= most:
        return text
    end = most // 3
    return f"{text[: most - end - 1]}…{text[-end:]}"


def quoted(text: str, most: int = LONGEST) -> str:
    """A text in quotation marks, shortened, for a sentence."""
    return f"“{shortened(text, most)}”"
