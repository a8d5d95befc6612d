"""core.foreign_text: names that others have written, to the letter."""

import unicodedata

import pytest

from core.foreign_text import LONGEST, quoted, shortened, visible


@pytest.mark.parametrize("length", [1, 39, 40, 41, 1_000])
def test_a_long_name_keeps_its_beginning_and_its_ending(length: int) -> None:
    name = f"{'a' * length}.safetensors"
    short = shortened(name)
    assert len(short) <= LONGEST
    assert short.endswith(".safetensors")
    assert short == name or "…" in short
    assert quoted(name) == f"“{short}”"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\nb", r"a\nb"),
        ("a\u202eb", r"a\u202eb"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\u3164\U000e0041\u180e", r"a\u3164\U000e0041\u180e"),
        ("\udcff", r"\udcff"),
        ("é ٣ 数 👩\u200d🔬 می\u200cخواهم a\u00a0b", "é ٣ 数 👩\u200d🔬 می\u200cخواهم a\u00a0b"),
    ],
)
def test_what_cannot_be_seen_is_written_and_nothing_else(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_no_character_obeys_or_turns_what_is_beside_it() -> None:
    joiners = {"\u200c", "\u200d"}  # which letters and pictures need
    for number in range(0x110000):
        kind = unicodedata.category(letter := chr(number))
        if kind in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(letter) in BIDIRECTIONAL:
            assert letter in joiners or visible(letter) != letter, f"{number:x}"


BIDIRECTIONAL = {"LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
