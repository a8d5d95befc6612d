"""A chapter as Streamlit runs it, and what it shows."""

import json
from pathlib import Path

import pyarrow as arrow
from streamlit.testing.v1 import AppTest

HOME = str(Path(__file__).resolve().parents[3] / "app" / "Home.py")


def open_chapter(name: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(HOME, default_timeout=60).run()
    if name != "home":
        app.switch_page(f"chapters/{name}/page.py")
        for key, value in parameters.items():
            app.query_params[key] = value
        app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(
        str(element.value)
        for kind in ("markdown", "caption", "error", "warning", "info", "metric")
        for element in app.get(kind)
    )


def grids(app: AppTest, index: int = 0) -> dict:
    """What the browser gets to draw."""
    every = [json.loads(one.proto.json or "{}") for one in app.get("bidi_component")]
    return [data for data in every if "at" not in data][index]  # not what keys turn


def chart_rows(app: AppTest, index: int) -> list[dict]:
    (data,) = app.get("vega_lite_chart")[index].proto.datasets
    return arrow.ipc.open_stream(data.data.data).read_pandas().to_dict("records")


def chart(app: AppTest, index: int = 0) -> dict:
    return json.loads(app.get("vega_lite_chart")[index].proto.spec)
