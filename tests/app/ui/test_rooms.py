"""app.ui.rooms: what stands in a row grows with its type."""

import ast
from pathlib import Path

from app.ui import rooms

APP = Path(__file__).resolve().parents[3] / "app"
IN_PIXELS = {"picture.shape[2]", "width"}  # a picture in true size, and what passes it on


def test_no_width_on_a_page_is_one_in_pixels() -> None:
    widths = {
        ast.unparse(keyword.value)
        for file in APP.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).split(".")[0] in ("st", "widgets", "blocks", "column", "line")
        for keyword in call.keywords
        if keyword.arg == "width"
    }
    assert widths - IN_PIXELS == {"'content'", "'stretch'", "'large'"}  # the last is a dialog's


def test_every_room_has_its_width() -> None:
    for name, width in rooms.WIDTHS.items():
        assert f"[class*=st-key-room_{name}]) {{flex: none; width: {width}rem" in rooms.STYLE


def test_a_field_for_several_lines_grows_with_its_type() -> None:
    assert "textarea {min-height: 5.9rem}" in rooms.STYLE


def test_a_field_for_a_number_has_its_buttons() -> None:
    assert rooms.WIDTHS["number"] > 7.5  # rem, in Streamlit's own source
