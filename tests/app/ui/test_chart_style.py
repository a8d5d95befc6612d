"""How charts get their room, and the one type of page, charts and canvases."""

import re
import tomllib
from pathlib import Path

from app.ui import chart_style, palette

ROOT = Path(__file__).resolve().parents[3]
CONFIG = tomllib.loads((ROOT / "app/.streamlit/config.toml").read_text("utf-8"))["theme"]
COMPONENTS = ROOT / "app/components"
STYLE = chart_style.STYLE


def test_only_a_fluid_chart_has_a_height_of_its_own() -> None:
    assert chart_style.key_of("attack_bars", fluid=True) == "hero_attack_bars_fluid"
    assert chart_style.key_of("cam_sum", fluid=False) == "hero_cam_sum"
    usual = r"height: calc\(max\(([\d.]+)rem, ([\d.]+) \* \(100vh - ([\d.]+)rem\)\)"
    rules = re.findall(rf"{usual} - (?:\2|0) \* var\(--said, 0rem\)\)", STYLE)
    assert len(rules) == len(chart_style.HEIGHTS) + 1  # and that of what is scaled
    for least, share, around in (map(float, rule) for rule in rules):
        assert least > 6
        assert abs(least - share * (720 / palette.REM["least"] - around)) < 0.01


def test_the_rem_of_the_page_is_that_of_the_charts() -> None:
    for number in palette.REM.values():
        assert f"{number:g}" in palette.REM_CSS.replace("0.016667", f"{0.016667:g}")
        assert f"{number:g}" in palette.FLUID_REM.replace("0.016667", f"{0.016667:g}")
    styles = [file.read_text("utf-8") for file in (ROOT / "app/ui").glob("*_style.py")]
    assert sum(text.count("html {{font-size: {palette.REM_CSS}}}") for text in styles) == 1
    width, height = 1280 * palette.REM["width"], 720 * palette.REM["height"]
    assert palette.REM["base"] + min(width, height) <= palette.REM["least"] + 0.01


def test_one_family_and_one_weight_of_headings() -> None:
    assert CONFIG["font"] == "sans-serif"  # which Streamlit draws in its own Source Sans
    assert palette.FONT.startswith('"Source Sans"')
    assert palette.CONFIG["font"] == palette.FONT
    assert set(CONFIG["headingFontWeights"]) == {palette.HEADING}
    code = [file.read_text("utf-8") for file in COMPONENTS.rglob("*") if file.is_file()]
    weights = set(re.findall(r"(?:font-weight: |`|weight: |\? )(\d00)\b", "\n".join(code)))
    assert weights == {"400", str(palette.HEADING)}
    families = set(re.findall(r"font-family: ([^;]*);", "\n".join(code)))
    assert families == {"var(--st-font)", "var(--st-code-font, monospace)"}  # text, and code
