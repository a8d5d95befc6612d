"""The components that run in the browser, mounted from Python; their code is in app/components."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

COMPONENTS = Path(__file__).resolve().parents[1] / "components"


def _register(name: str) -> Any:  # noqa: ANN401 - streamlit's own
    html, css, js = ((COMPONENTS / name / f"{name}.{kind}").read_text("utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component(name, html=html, css=css, js=js)


_blend = _register("blend")


def blend(data: dict[str, Any], *, key: str) -> float:
    """A photo, a map and the map over the photo, with a slider for its opacity; see app/components/blend.

    Returns:
        The opacity when the slider was last let go, in [0, 1].
    """
    state = _blend(data=data, key=key, default={"alpha": data["alpha"]}, on_alpha_change=lambda: None)
    return float(state["alpha"])
