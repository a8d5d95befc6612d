"""A colour means one thing in the whole app, is seen, and is told apart by colour-blind eyes."""

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest

from app.ui import palette
from app.ui.meanings import MEANINGS, ZERO
from core.report import colours, figures

ROOT = Path(__file__).resolve().parents[3]
CONFIG = tomllib.loads((ROOT / "app/.streamlit/config.toml").read_text("utf-8"))["theme"]
THEMES = ("light", "dark")
CELLS = ("negative", "positive", "negative_weight", "positive_weight")  # mixed with white
BESIDE = [
    ("negative", "positive"),
    ("negative_weight", "positive_weight"),
    ("subject", "compared"),
    *itertools.combinations("ABM", 2),
]
# Linear red, green and blue as somebody sees them; severity 1, Machado, Oliveira, Fernandes,
# "A physiologically-based model for simulation of color vision deficiency", 2009.
EYES = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def seen(colour: str, eye: str) -> np.ndarray:
    """CIELAB of "#rrggbb" as somebody sees it."""
    share = np.array(list(bytes.fromhex(colour[1:]))) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    red, green, blue = (EYES[eye] @ linear).clip(0, 1)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, other: str, eye: str = "usual") -> float:
    return float(np.linalg.norm(seen(one, eye) - seen(other, eye)))


def test_a_distance_is_that_of_cielab() -> None:
    assert distance("#000000", "#ffffff") == pytest.approx(100, abs=0.1)
    assert seen("#ff0000", "usual") == pytest.approx([53.2, 80.1, 67.2], abs=0.1)


@pytest.mark.parametrize("theme", THEMES)
def test_no_two_meanings_share_a_colour(theme: str) -> None:
    for (first, one), (second, other) in itertools.combinations(MEANINGS.items(), 2):
        apart = distance(getattr(one, theme), getattr(other, theme))
        assert apart >= 15, f"{first} and {second}"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("pair", BESIDE)
def test_what_stands_side_by_side_is_told_apart(theme: str, eye: str, pair: tuple) -> None:
    one, other = (getattr(MEANINGS[name], theme) for name in pair)
    assert distance(one, other, eye) >= 19


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", [name for name in MEANINGS if name not in CELLS])
def test_a_line_and_a_bar_stand_out_from_their_ground(theme: str, name: str) -> None:
    colour = palette.TOKENS[f"@{name}"][theme]
    for place in ("backgroundColor", "secondaryBackgroundColor"):
        assert palette.contrast(colour, CONFIG[theme][place]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_a_number_in_a_bar_is_readable_and_a_control_has_the_colour_of_the_chosen(theme) -> None:
    bar, text = (palette.TOKENS[name][theme] for name in ("@compared", "@on_compared"))
    assert palette.contrast(bar, text) >= 4.5
    assert CONFIG[theme]["primaryColor"] == getattr(MEANINGS["chosen"], theme)


def test_no_other_file_has_a_hue_of_its_own() -> None:
    hues = {one for meaning in MEANINGS.values() for one in (meaning.light, meaning.dark)}
    for file in (ROOT / "app").rglob("*.py"):
        if file.name != "meanings.py":
            text = file.read_text("utf-8").lower()
            assert not [hue for hue in hues if hue.lower() in text], file


def test_the_reports_colours_mean_the_same() -> None:
    light = {name: meaning.light for name, meaning in MEANINGS.items()}
    assert {name: light[name] for name in figures.SERIES} == figures.SERIES
    assert (light["subject"], light["compared"]) == figures.RUNS
    assert (light["negative"], ZERO, light["positive"]) == colours.COLOURS
