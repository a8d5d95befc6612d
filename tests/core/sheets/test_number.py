"""core.sheets.number: what is typed from paper comes back, and a slip is noticed."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sheets.kinds import KINDS, MIX, MOST
from core.sheets.number import (
    ALPHABET,
    FIRST_DAY,
    LAST_DAY,
    STUDENTS,
    NumberError,
    SheetNumber,
    checked_kinds,
    decode,
    encode,
    student_code,
)

NUMBERS = st.builds(
    SheetNumber,
    st.integers(0, STUDENTS - 1),
    st.integers(1, 3),
    st.sets(st.sampled_from(list(KINDS)), min_size=1, max_size=MOST).map(list).map(checked_kinds),
    st.none() | st.dates(FIRST_DAY, LAST_DAY),
)
EXAMPLE = SheetNumber(student_code(2026, "Jürgen Groß"), 2, checked_kinds(MIX))


@settings(max_examples=40, deadline=None)
@given(NUMBERS)
def test_a_number_comes_back_as_it_is_typed(number):
    text = encode(number)
    assert len(text) == 17
    assert decode(text) == decode(text.lower().replace("-", " ")) == number


def test_a_number_says_never():
    number = SheetNumber(5, 1, ("cell",), never=True)
    assert decode(encode(number)) == number
    assert not number.is_open(date(2037, 1, 1))


def test_solutions_wait_for_their_day():
    number = SheetNumber(5, 1, ("cell",), date(2026, 12, 24))
    assert not number.is_open(date(2026, 12, 23))
    assert number.is_open(date(2026, 12, 24))
    assert SheetNumber(5, 1, ("cell",)).is_open(date(2000, 1, 1))


def test_every_wrong_digit_and_every_swap_is_noticed():
    typed = encode(EXAMPLE).replace("-", "")
    wrong = [typed[:at] + one + typed[at + 1 :] for at in range(15) for one in ALPHABET]
    for at in range(14):
        wrong.append(typed[:at] + typed[at + 1] + typed[at] + typed[at + 2 :])
    for text in {*wrong} - {typed}:
        with pytest.raises(NumberError, match="slip"):
            decode(text)


def test_a_slip_says_which_check_fails_and_where_it_is():
    typed = encode(EXAMPLE).replace("-", "")
    for place in range(1, 15):
        wrong = "Z" if typed[place - 1] != "Z" else "Y"
        with pytest.raises(NumberError, match=f"Compare character {place}, “{wrong}”") as found:
            decode(typed[: place - 1] + wrong + typed[place:])
        checks = "the last two characters" if place <= 13 else "the 14th character"
        assert f": {checks}, which" in str(found.value)
    with pytest.raises(NumberError, match=r"the 15th character.* Compare the whole number"):
        decode(typed[:2] + typed[3] + typed[2] + typed[4:])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "got 0"),
        ("23456", "got 5"),
        ("O" * 15, "no “O”"),
        ("2" * 16, "got 16"),
        ("é", "no “É”"),
    ],
)
def test_what_is_no_number_is_said(text, said):
    with pytest.raises(NumberError, match=said):
        decode(text)


def test_numbers_depend_on_seed_and_student_alone():
    codes = {student_code(seed, name) for seed in range(3) for name in ("Ada", "ada", "Émilie")}
    assert len(codes) == 9
    assert len({student_code(2026, str(one)) for one in range(3000)}) == 3000


@pytest.mark.parametrize("kinds", [(), tuple(KINDS)[: MOST + 1], ("hat",)])
def test_kinds_that_fit_no_page_are_said(kinds):
    with pytest.raises(ValueError, match="Expected"):
        checked_kinds(kinds)


@pytest.mark.parametrize("after", [date(2025, 12, 31), date(2090, 1, 1)])
def test_a_day_out_of_range_is_said(after):
    with pytest.raises(ValueError, match="Expected a day"):
        encode(SheetNumber(5, 1, ("cell",), after))
