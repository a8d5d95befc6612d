"""What is read in charts has enough contrast in both themes: 7 to 1, on coloured cells 4.5 to 1."""

import tomllib
from pathlib import Path

import pytest

from app.chapters.training import matrix_charts
from app.ui import palette

ROOT = Path(__file__).resolve().parents[3]
THEMES = ("light", "dark")
CONFIG = tomllib.loads((ROOT / "app/.streamlit/config.toml").read_text("utf-8"))["theme"]


def test_contrast_is_that_of_the_guidelines() -> None:
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert palette.mixed("#000000", "#ffffff", 0.5) == "#808080"


@pytest.mark.parametrize("theme", THEMES)
def test_the_palette_and_the_page_agree(theme: str) -> None:
    assert CONFIG[theme]["backgroundColor"] == palette.PAPER[theme]
    assert CONFIG[theme]["textColor"] == palette.INK[theme]


@pytest.mark.parametrize("theme", THEMES)
def test_links_frames_and_hatching_are_seen_on_the_page(theme: str) -> None:
    assert palette.contrast(palette.LINE[theme], palette.PAPER[theme]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("place", ["backgroundColor", "secondaryBackgroundColor"])
def test_titles_labels_and_legends_are_readable(theme: str, place: str) -> None:
    config = palette.themed(palette.CONFIG, theme)
    colours = {
        config[part][name]
        for part, name in (
            ("title", "color"),
            ("axis", "labelColor"),
            ("axis", "titleColor"),
            ("legend", "labelColor"),
            ("legend", "titleColor"),
            ("text", "color"),
        )
    }
    for colour in colours:
        assert palette.contrast(colour, CONFIG[theme][place]) >= 7


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("hue", ["@compared", "@subject"])
def test_a_count_of_the_confusion_matrix_is_readable_on_every_colour(theme: str, hue: str) -> None:
    ink, paper = palette.INK[theme], palette.PAPER[theme]
    cell = palette.mixed(paper, palette.TOKENS[hue][theme], palette.UNDER_INK)
    assert palette.contrast(ink, cell) >= 7
    spec = matrix_charts.confusion([[9, 1], [0, 9]], ["a", "b"])
    assert hue in {layer["encoding"]["color"]["value"] for layer in spec["layer"][:2]}
    for layer in spec["layer"][:2]:
        assert max(layer["encoding"]["opacity"]["scale"]["range"]) == palette.UNDER_INK


@pytest.mark.parametrize("colours", [palette.VALUES, palette.WEIGHTS])
def test_a_number_is_readable_on_every_colour_of_its_scale(colours: tuple[str, str, str]) -> None:
    for end in (colours[0], colours[2]):
        for percent in range(101):
            share = percent / 100
            white = share > palette.dark_from(end)
            text = palette.ON_DARK if white else palette.ON_LIGHT
            assert palette.contrast(text, palette.mixed(colours[1], end, share)) >= 4.5
