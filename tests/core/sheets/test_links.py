"""core.sheets.links: what a class's app may be called, and from when solutions are shown."""

from datetime import date

import pytest

from core.sheets.links import LONGEST, checked_address, page, solution_day


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("https://cnn.example.org/", "https://cnn.example.org"),
        ("http://10.0.0.2:8501/class", "http://10.0.0.2:8501/class"),
        ("", ""),
    ],
)
def test_an_address_is_taken_without_its_last_slash(typed, taken):
    assert checked_address(typed) == taken


@pytest.mark.parametrize(
    "typed",
    [
        *("cnn.example.org", "ftp://a.org", "https://", "https://a.org/?x=1", "https://a b.org"),
        *(
            "https://a.org/#",
            "https://a.org/?",
            "https://a.org#b",
            "javascript:alert(1)",
            "https://a.org:99999",
            "https://ä.org",
        ),
    ],
)
def test_what_is_no_address_is_said(typed):
    with pytest.raises(ValueError, match="Expected the address of the app, such as https://"):
        checked_address(typed)


def test_an_address_that_is_too_long_for_paper_is_said():
    with pytest.raises(ValueError, match="at most 100 characters"):
        checked_address(f"https://{'a' * LONGEST}.org")


def test_a_sheet_has_a_link_only_where_the_app_has_an_address():
    assert page("", "22222-33333-44444") == ""
    assert page("https://a.org", "22222-33333-44444") == (
        "https://a.org/yours?view=Check+a+sheet&sheet=22222-33333-44444"
    )


def test_solutions_are_shown_now_never_or_from_a_day_on():
    assert solution_day("now") == (None, False)
    assert solution_day("never") == (None, True)
    assert solution_day("2026-12-24") == (date(2026, 12, 24), False)


@pytest.mark.parametrize("typed", ["", "24.12.2026", "2025-12-31", "2090-01-01", "Never"])
def test_what_is_no_day_is_said(typed):
    with pytest.raises(ValueError, match="Expected now, never or a day from 2026-01-01 to"):
        solution_day(typed)
