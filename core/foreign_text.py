"""Texts that others have written, names of files, entries and folders, as a sentence holds them."""

from __future__ import annotations

import re

LONGEST = 40  # characters of a name or an entry that are shown
# Control characters, changes of direction, fillers, tags and halves of characters.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """A text in which what cannot be seen is as Python writes it, ``\\n`` or ``\\u202e``."""
    return _INVISIBLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def shortened(text: str, most: int = LONGEST) -> str:
    """A text of at most so many characters: its beginning and its end, where a file's ending is."""
    if len(text) <= most:
        return text
    end = most // 3
    return f"{text[: most - end - 1]}…{text[-end:]}"


def quoted(text: str, most: int = LONGEST) -> str:
    """A text in quotation marks, shortened, for a sentence."""
    return f"“{shortened(text, most)}”"
