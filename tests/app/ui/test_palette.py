"""app.ui.palette: a specification takes the theme's colours where it is drawn."""

import pytest

from app.ui import palette


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tokens_take_the_themes_colours(theme: str) -> None:
    spec = {"mark": {"color": "@ink"}, "range": ["@subject", "@A", "#fff"], "size": 3}
    assert palette.themed(spec, theme) == {
        "mark": {"color": palette.INK[theme]},
        "range": [palette.TOKENS["@subject"][theme], palette.TOKENS["@A"][theme], "#fff"],
        "size": 3,
    }
    assert spec["mark"] == {"color": "@ink"}


def test_an_unknown_token_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected a token, one of @ink, .*; got '@inc'"):
        palette.themed(["@inc"], "light")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_complete_specification_has_the_themes_type(theme: str) -> None:
    spec = palette.themed(palette.complete({"mark": "bar"}), theme)
    assert spec["config"]["axis"]["labelColor"] == palette.INK[theme]
    assert spec["mark"] == "bar"
    assert "@" not in str(spec["config"])


def test_a_view_without_a_width_takes_its_room_and_the_others_are_scaled_whole() -> None:
    fluid, fixed = palette.complete({"mark": "bar"}), palette.complete({"mark": "bar", "width": 9})
    row = palette.complete({"hconcat": [{"mark": "bar"}]})
    assert [palette.is_fluid(one) for one in (fluid, fixed, row)] == [True, False, False]
    assert fluid["autosize"]["type"] == "fit"
    assert "windowSize()" in fluid["params"][0]["expr"]
    assert fixed["autosize"]["type"] == row["autosize"]["type"] == "pad"
    assert fixed["params"][0]["expr"] == "18"


def test_no_type_in_a_chart_is_below_12_pixels() -> None:
    sizes = [
        value["expr"]
        for part in palette.CONFIG.values()
        if isinstance(part, dict)
        for name, value in part.items()
        if name.endswith("ontSize")
    ]
    assert len(sizes) >= 6
    for size in sizes:
        assert float(size.removesuffix(" * rem")) * palette.REM["least"] >= 12


def test_a_silent_specification_has_marks_that_are_not_heard() -> None:
    spec = {
        "datasets": {"a": [{"mark": "bar"}]},
        "hconcat": [{"mark": "bar"}, {"layer": [{"mark": {"type": "line", "size": 2}}]}],
    }
    assert palette.silent(spec) == {
        "datasets": {"a": [{"mark": "bar"}]},
        "hconcat": [
            {"mark": {"type": "bar", "aria": False}},
            {"layer": [{"mark": {"type": "line", "size": 2, "aria": False}}]},
        ],
    }
    assert spec["hconcat"][0] == {"mark": "bar"}
