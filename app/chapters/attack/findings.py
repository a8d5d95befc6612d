"""The view of what was measured over many pictures: success curves, the homework's questions."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from app.chapters.attack import charts, controls
from app.ui import blocks
from app.ui.link_words import ATTACK_TITLES, network_name
from app.ui.results import result
from core import homework

MEASURED = "mnist_attacks"
TRANSFER = "transfer"
CURVES = {
    attack: name
    for attack, title in ATTACK_TITLES.items()
    for name in homework.EVALUATED
    if homework.TITLES[name] == title
}  # attacks of the controls to the name of what was measured
KINDS = {
    "Tasks": homework.TASKS,
    "Controls": (homework.PLAIN, homework.NOISE, TRANSFER),
}
NETWORKS = "Networks"  # one chart for each network, with a line for each task
TITLES = homework.TITLES | {TRANSFER: "Transfer"}


@blocks.or_error()
def view() -> None:
    """The homework's questions, each with the curve that answers it."""
    measured = result(MEASURED)
    kind, first_right = controls.pick_curves()
    if kind == NETWORKS:
        network_charts(measured, first_right)
    else:
        success_charts({name: rows_of(measured, name) for name in KINDS[kind]}, first_right)
    with st.container(key="findings"):
        st.markdown(sentences(measured, kind, first_right))
    st.caption(caption(measured, kind, first_right))


def sentences(measured: Mapping[str, Any], kind: str, first_right: bool) -> str:
    """What the curves of one kind show, as Markdown, over the pictures that they count.

    Args:
        measured: as ``train_all.py attack-curves`` keeps it.
        kind: of the curves.
        first_right: whether only pictures count that are right without an attack.
    """
    if kind == controls.CONTROLS:
        return controls_shown(measured)
    if kind == NETWORKS:
        gain = improvement(measured, first_right=first_right)
        first = answers(measured, first_right=first_right).split("\n\n")[0]  # A against B
        return f"**What task 3 improves over task 2:** {gain}\n\n{first}"
    return answers(measured, first_right=first_right)


def caption(measured: Mapping[str, Any], kind: str, first_right: bool) -> str:
    """Over what the curves of one kind were measured."""
    counted = (
        "Over those that the network gets right without an attack, of"
        if first_right
        else "Over all of"
    )
    made = (
        "transfer: made on the other of A and B, by task 1"
        if kind == controls.CONTROLS
        else "tasks 2 and 3: each of its ones into an 8"
    )
    return (
        f"{counted} {measured['images']:,} test pictures, fractions of grey values allowed"
        f"{rounded(measured, KINDS.get(kind, homework.TASKS))}; bands "
        f"are Wilson's 95% intervals; M decides as A does; {made}"
    )


def rounded(measured: Mapping[str, Any], attacks: Collection[str]) -> str:
    """Where the success differs most once the pictures are rounded to the grey values that a file
    holds, as the inside of a caption; empty where that was not counted or nothing differs.

    Args:
        measured: as ``train_all.py attack-curves`` keeps it.
        attacks: of its rates.
    """
    shares = [
        (row, row["successes"] / row["inputs"], row["successes_stored"] / row["inputs"])
        for row in measured["rates"]
        if row["attack"] in attacks and row.get("successes_stored") is not None
    ]
    if not shares:
        return ""
    row, exact, stored = max(shares, key=lambda one: abs(one[1] - one[2]))
    if exact == stored:
        return ""
    return (
        f" (whole ones differ most in {TITLES[row['attack']].partition(':')[0]} on {row['model']} "
        f"at epsilon {row['epsilon']:g}: {stored:.2%} of {row['inputs']:,}, not {exact:.2%})"
    )


def controls_shown(measured: Mapping[str, Any]) -> str:
    """What plain PGD, random signs and transfer show, with the measured numbers, as Markdown.

    Args:
        measured: as ``train_all.py attack-curves`` keeps it.
    """
    rates, at = homework.shares(measured), max(measured["epsilons"])
    plain, noise, clean = (
        {model: f"{rates[task, model, epsilon]:.2%}" for model in ("A", "B", "M")}
        for task, epsilon in ((homework.PLAIN, at), (homework.NOISE, at), (homework.FIRST, 0))
    )
    moved = {pair: f"{one[-1]:.2%}" for pair, one in measured["transfer"].items()}
    return "\n\n".join(
        (
            f"**{TITLES[homework.PLAIN]}:** at epsilon {at} it fools {network_name('A')}, on "
            f"{plain['A']} of the pictures and M on {plain['M']}, yet M is A with its logits "
            f"multiplied. Task 1 fools M on {rates[homework.FIRST, 'M', at]:.2%}: M hides its "
            "gradient and is not robust.",
            f"**{TITLES[homework.NOISE]}:** noise of the same size, without any gradient. At "
            f"epsilon {at} A gets {noise['A']} wrong and B {noise['B']}; without an attack "
            f"{clean['A']} and {clean['B']}.",
            f"**{TITLES[TRANSFER]}:** at epsilon {at} B gets {moved['AB']} of the pictures wrong "
            f"that were made on A, and A {moved['BA']} of those made on B.",
        )
    )


def success_charts(curves: Mapping[str, list[dict[str, Any]]], first_right: bool) -> None:
    """Three curves side by side."""
    columns = enumerate(st.columns(3, gap="medium"), 1)
    for (index, column), (name, rows) in zip(columns, curves.items()):
        spec = charts.rates(
            rows,
            epsilon=math.nan,
            breaking=None,
            first_right=first_right,
            most=80,
        )
        spec["title"] = TITLES[name]
        with column:
            blocks.chart(
                spec, key=f"attack_task_{index}", alt=f"{TITLES[name]}: success over epsilon"
            )


def network_charts(measured: Mapping[str, Any], first_right: bool) -> None:
    """The three tasks of one network in one chart, the networks side by side."""
    names = [*homework.ATTACKED, *homework.MASKED]
    for column, model in zip(st.columns(len(names), gap="medium"), names):
        rows = {
            homework.TITLES[task]: [row for row in rows_of(measured, task) if row["model"] == model]
            for task in homework.TASKS
        }
        spec = charts.tasks(model, rows, first_right=first_right)
        spec["title"] = f"Network {network_name(model)}"
        with column:
            alt = f"network {network_name(model)}: success of the three tasks over epsilon"
            blocks.chart(spec, key=f"attack_model_{model}", alt=alt)


def improvement(measured: Mapping[str, Any], *, first_right: bool = False) -> str:
    """Where task 3 is furthest ahead of task 2 on each attacked network, in a sentence.

    Args:
        measured: as ``train_all.py attack-curves`` keeps it.
        first_right: count only pictures that are classified right without an attack.
    """
    rates = homework.shares(measured, first_right=first_right)
    parts = []
    for model in homework.ATTACKED:
        gains = {
            epsilon: rates[homework.THIRD, model, epsilon] - rates[homework.SECOND, model, epsilon]
            for task, name, epsilon in rates
            if (task, name) == (homework.SECOND, model)
        }
        best = max(gains, key=lambda epsilon: gains[epsilon])
        before, after = (
            f"{rates[task, model, best]:.2%}" for task in (homework.SECOND, homework.THIRD)
        )
        parts.append(
            f"on {model} at most {100 * gains[best]:+.1f} points, from {before} to {after} at "
            f"epsilon {best:g}"
        )
    budget = homework.EVALUATED[homework.THIRD].max_gradients
    return f"with the same {budget} gradients {'; '.join(parts)}."


def rows_of(measured: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The success rates of one attack, or of transfer, where a row's model is the one that is
    asked.

    Args:
        measured: as ``train_all.py attack-curves`` keeps it.
        name: of ``homework.EVALUATED``, or ``TRANSFER``.
    """
    if name != TRANSFER:
        return [row for row in measured["rates"] if row["attack"] == name]
    return [
        {
            "model": pair[1],
            "epsilon": epsilon,
            "inputs": measured["images"],
            "successes": round(share * measured["images"]),
        }
        for pair, shares in measured["transfer"].items()
        for epsilon, share in zip(measured["epsilons"], shares)
    ]


def answers(measured: Mapping[str, Any], *, first_right: bool = False) -> str:
    """The homework's questions about the attacks, answered with the measured numbers, as Markdown.

    Args:
        measured: as ``train_all.py attack-curves`` keeps it.
        first_right: count only pictures that are classified right without an attack.
    """
    return "\n\n".join(
        "**{}**{}".format(*_question_and_answer(answer))
        for answer in homework.answers(measured, first_right=first_right)
    )


def _question_and_answer(text: str) -> tuple[str, str]:
    """Parted after the first colon or question mark."""
    end = min(index for index in (text.find(":"), text.find("?")) if index >= 0) + 1
    return text[:end], text[end:]
