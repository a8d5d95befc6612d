"""The report is the same whatever its user's settings, fonts and environment variables are."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.environment import import_scipy, variables
from core.training.parallel import threads

SANS, MONO = "report sans", "report mono"  # no other font has these names
FONTS = {
    "DejaVuSans.ttf": SANS,
    "DejaVuSans-Bold.ttf": SANS,
    "DejaVuSansMono.ttf": MONO,
    "DejaVuSansMono-Bold.ttf": MONO,
}  # matplotlib's own files
SETTINGS: dict[str, Any] = {
    "font.family": [SANS],
    "font.size": 9,
    "text.parse_math": False,  # a "$" is a "$"
    "text.hinting": "no_hinting",  # a line is as wide in a picture as it is in the PDF
    "pdf.fonttype": 42,  # text stays text
    "image.composite_image": False,  # or the PDF applies an opacity twice
    "image.interpolation": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#555555",
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.framealpha": 1,
}
_LOCK = threading.RLock()  # matplotlib's settings belong to the process


def import_drawing() -> None:
    """Import matplotlib and scipy, whatever the environment says: settings of matplotlib that
    cannot be read, or a date that is no number, end their import.

    matplotlib reads its settings in the working directory, then in the file that MATPLOTLIBRC
    names.
    """
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return  # who imports matplotlib says so
    folder = Path(spec.origin).parent / "mpl-data"
    away = contextlib.chdir(folder) if Path("matplotlibrc").exists() else contextlib.nullcontext()
    own = variables(MATPLOTLIBRC=str(folder / "matplotlibrc"), MPLBACKEND=None)
    with own, away:
        import matplotlib  # noqa: F401
    import_scipy()


@contextlib.contextmanager
def own_settings() -> Iterator[None]:
    """Draw and write with matplotlib's defaults, ``SETTINGS`` and matplotlib's own fonts alone, and
    compute with one thread, so that every sum is added up in one order.
    """
    import matplotlib

    defaults = matplotlib.rcParamsDefault
    settings: dict[Any, Any] = {name: defaults[name] for name in defaults if name != "backend"}
    settings |= SETTINGS
    with _LOCK, variables(SOURCE_DATE_EPOCH=None), matplotlib.rc_context(settings), threads(1):
        _register_fonts()
        yield


@cache
def _register_fonts() -> None:
    import matplotlib
    from matplotlib import font_manager

    manager, folder = font_manager.fontManager, Path(matplotlib.get_data_path(), "fonts", "ttf")
    for file, family in FONTS.items():
        manager.addfont(folder / file)
        manager.ttflist[-1] = replace(manager.ttflist[-1], name=family)
