"""The file of the page's own font. No streamlit here."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

UPRIGHT = "SourceSansVF-Upright*.woff2"  # of all weights


def font_file() -> Path | None:
    """The font that Streamlit brings for ``palette.FONT``; None where this version has none."""
    spec = find_spec("streamlit")
    if spec is None or spec.origin is None:
        return None
    media = Path(spec.origin).parent / "static" / "static" / "media"
    return min(media.glob(UPRIGHT), default=None)
