"""The points of a chart on their way to the browser."""

from __future__ import annotations

import pyarrow as pa

from app.ui.palette import Spec


def in_columns(spec: Spec) -> Spec:
    """The specification with its points in Arrow's columns, as Streamlit sends them: left to it,
    they go through a data frame of pandas, which costs a page up to 10 ms.

    Args:
        spec: with lists of points under ``datasets`` and in its ``data``.
    """
    changed, data = dict(spec), spec.get("data")
    if isinstance(spec.get("datasets"), dict):
        changed["datasets"] = {name: _table(rows) for name, rows in spec["datasets"].items()}
    if isinstance(data, dict) and "values" in data:
        changed["data"] = data | {"values": _table(data["values"])}
    return changed


def _table(rows: object) -> object:
    """Points as a table; what is no list of points, or mixes kinds in one field, as it is."""
    if not (isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows)):
        return rows
    names = dict.fromkeys(name for row in rows for name in row)
    try:
        return pa.table({name: [row.get(name) for row in rows] for name in names})
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return rows
