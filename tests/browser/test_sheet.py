"""A sheet is checked by keyboard alone: its number, its answers, the next exercise."""

import pytest
from playwright.sync_api import expect

from core.sheets.exercise import written
from core.sheets.number import SheetNumber, encode
from tests.browser.opened import visit

NUMBER = SheetNumber(7, 1, ("cell", "rate"), never=True)

pytestmark = pytest.mark.browser


def test_a_sheet_is_checked_without_a_pointer(page, server):
    first, _ = NUMBER.exercises()
    size, cell = first.blanks[:2]
    mistake = cell.mistakes[0]
    visit(page, server, "/yours?view=Check+a+sheet")
    field = page.get_by_label("Number of your sheet")
    field.focus()
    page.keyboard.type(encode(NUMBER).lower())
    page.keyboard.press("Enter")
    answer = page.get_by_label(f"a: {size.text}")
    expect(answer).to_be_visible()
    expect(page).to_have_url(f"{server}/yours?view=Check+a+sheet&sheet={encode(NUMBER)}")
    for _ in range(4):  # past the exercises and the link
        page.keyboard.press("Tab")
        if answer.evaluate("(one) => one === document.activeElement"):
            break
    page.keyboard.type(written(size.right))
    page.keyboard.press("Tab")
    page.keyboard.type(written(mistake.value[0]))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("1 of 3 answers are right, 1 still empty")
    told = page.get_by_test_id("stMarkdownContainer")
    expect(told.filter(has_text=f"{written(size.right)} is right")).to_be_visible()
    expect(
        told.filter(has_text=f"is wrong; the mistake behind it: {mistake.reason}")
    ).to_be_visible()
    expect(page.get_by_label(f"b: {cell.text}")).to_be_focused()  # to be mended at once
