"""Success rates beside each other: task 3 and task 2, real numbers and grey values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core import homework
from core.report import figures
from core.report.document import Sheet

Measured = Mapping[str, Any]
Rates = Mapping[tuple[str, str, float], float]  # attack, network, epsilon


def gain(measured: Measured, model: str, epsilon: float) -> float:
    """What task 3 gains over task 2, in points of a hundred: the difference of the two rates as
    they are printed, with two decimals.
    """
    rates = homework.shares(measured)
    second, third = (
        round(100 * rates[task, model, epsilon], 2) for task in (homework.SECOND, homework.THIRD)
    )
    return third - second


def improvement(measured: Measured, model: str) -> str:
    """Where task 3 gains most over task 2 on one network, and by how much."""
    rates = homework.shares(measured)
    epsilon = max(measured["epsilons"], key=lambda one: (gain(measured, model, one), -one))
    second, third = (rates[task, model, epsilon] for task in homework.TASKS[1:])
    return (
        f"on model {model} most at epsilon {epsilon:g}, from {second:.2%} to {third:.2%} "
        f"({gain(measured, model, epsilon):+.2f} points)"
    )


def losses(measured: Measured) -> str:
    """Where task 3 reaches fewer pictures than task 2, on the networks of the homework."""
    found, most = [], 0
    for model in homework.ATTACKED:
        pairs = zip(*(figures.rows_of(measured, task, model) for task in homework.TASKS[1:]))
        fewer = {
            second["epsilon"]: second["successes"] - third["successes"]
            for second, third in pairs
            if third["successes"] < second["successes"]
        }
        if fewer:
            found.append(f"on model {model} at epsilon {_listed(fewer)}")
            most = max(most, *fewer.values())
    if not found:
        return "At no epsilon does task 3 reach fewer pictures than task 2."
    count = figures.rows_of(measured, homework.THIRD, "A")[0]["inputs"]
    return (
        f"Task 3 reaches fewer pictures than task 2 {', '.join(found)}: at most {most} of "
        f"{count:,}. Each is one search with few gradients, and finds what the other may miss."
    )


def _listed(epsilons: Iterable[float]) -> str:
    *first, last = (f"{epsilon:g}" for epsilon in epsilons)
    return f"{', '.join(first)} and {last}" if first else last


def stored_rates(measured: Measured) -> list[tuple[str, ...]]:
    """Where the success is another one once the pictures are rounded to grey values: a row an
    epsilon, a cell for each network and task, with both rates; none where it was not counted.
    """
    found = []
    for epsilon in measured["epsilons"]:
        cells = [
            _both(row)
            for model in homework.ATTACKED
            for task in homework.TASKS
            for row in figures.rows_of(measured, task, model)
            if row["epsilon"] == epsilon
        ]
        if any(cells):
            found.append((f"{epsilon:g}", *(cell or "–" for cell in cells)))
    return found


def _both(row: Mapping[str, Any]) -> str:
    stored = row.get("successes_stored")
    if stored is None or stored == row["successes"]:
        return ""
    real, rounded = (100 * count / row["inputs"] for count in (row["successes"], stored))
    return f"{real:.2f} / {rounded:.2f}"


def stored_table(sheet: Sheet, measured: Measured) -> None:
    """The success on real-valued pictures beside that on rounded ones, where the two differ."""
    rows = stored_rates(measured)
    if not rows:
        return
    sheet.heading("Real numbers / rounded to grey values, in %, where the two differ", keep=1)
    sheet.text(
        "The attacks compute with real numbers; a file, a screen or a printed page holds whole "
        "grey values. The second number counts the same pictures, rounded and within epsilon."
    )
    names = [f"{model}, task {n}" for model in homework.ATTACKED for n in (1, 2, 3)]
    edges = (0, *(-(sheet.width - 1.02 * (5 - column)) for column in range(6)))
    sheet.table(("epsilon", *names), rows, edges, 8)


def rates_table(sheet: Sheet, measured: Measured) -> None:
    """Task 2 beside task 3 at every epsilon, on each network of the homework."""
    rates = homework.shares(measured)
    tasks = homework.TASKS[1:]
    head = [
        "epsilon",
        *(f"{model}, {name}" for model in "AB" for name in ("task 2", "task 3", "gain")),
    ]
    rows = []
    for epsilon in measured["epsilons"]:
        cells = [f"{epsilon:g}"]
        for model in homework.ATTACKED:
            second, third = (rates[task, model, epsilon] for task in tasks)
            points = f"{gain(measured, model, epsilon):+.2f}".replace("-", "−")
            cells += [f"{second:.2%}", f"{third:.2%}", points]
        rows.append(cells)
    sheet.table(head, rows, (0, -1.5, -2.5, -3.4, -4.5, -5.5, -sheet.width))
