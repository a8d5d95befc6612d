"""How often an attack succeeds, counted in a few pictures, and how somebody counts who is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from core.explain.questions.question import Option

Row = tuple[int, int, int]  # the true class, what the network says before, and after


def accuracies(rows: Sequence[Row]) -> list[Option]:
    """Share that is classified right before the attack, then wrong answers."""
    right, count = sum(label == before for label, before, _ in rows), len(rows)
    after = sum(label == last for label, _, last in rows)
    return [
        Option((right / count,), f"{right} / {count}"),
        Option((after / count,), "looked at the classes after the attack"),
        Option((1 - right / count,), "counted those that are wrong"),
        Option((float(right),), "gave the number, not the share"),
    ]


def success_rates(rows: Sequence[Row]) -> list[Option]:
    """Share of all pictures that are another class after the attack, then wrong answers."""
    count = len(rows)
    broken = sum(label != last for label, _, last in rows)
    changed = sum(before != last for _, before, last in rows)
    return [
        Option((broken / count,), f"{broken} / {count}"),
        Option((_of_right(rows),), "counted those alone that were right before"),
        Option((changed / count,), "counted those that have changed: compare with the true class"),
        Option((1 - broken / count,), "counted those that withstand"),
        Option((float(broken),), "gave the number, not the share"),
    ]


def success_rates_right(rows: Sequence[Row]) -> list[Option]:
    """The same of those that were right before, then wrong answers."""
    count = len(rows)
    right = [row for row in rows if row[0] == row[1]]
    broken = [row for row in right if row[0] != row[2]]
    every = sum(label != last for label, _, last in rows)
    few = max(1, len(right))
    return [
        Option((_of_right(rows),), f"{len(broken)} / {len(right)}"),
        Option((len(broken) / count,), "divided by all pictures"),
        Option((every / count,), "counted those too that were wrong before"),
        Option((every / few,), "counted those too that were wrong before, but divided less"),
        Option((1 - _of_right(rows),), "counted those that withstand"),
        Option((float(len(broken)),), "gave the number, not the share"),
    ]


def target_rates(rows: Sequence[Row], target: int) -> list[Option]:
    """Share of all pictures that become the target, then wrong answers."""
    count = len(rows)
    hits = sum(last == target for _, _, last in rows)
    broken = sum(label != last for label, _, last in rows)
    return [
        Option((hits / count,), f"{hits} / {count}"),
        Option((broken / count,), "counted any other class: only the target counts"),
        Option((1 - hits / count,), "counted those that withstand"),
        Option((float(hits),), "gave the number, not the share"),
    ]


def _of_right(rows: Sequence[Row]) -> float:
    right = [row for row in rows if row[0] == row[1]]
    return sum(label != last for label, _, last in right) / max(1, len(right))
