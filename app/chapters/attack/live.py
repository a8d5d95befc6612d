"""The view of an attack while the slider of epsilon moves."""

from __future__ import annotations

import streamlit as st
import torch
from torch import Tensor

from app.chapters.attack import charts, controls, findings
from app.chapters.attack.case import Case
from app.ui import blocks, bound, widgets
from app.ui.address import Name
from app.ui.charts import number
from app.ui.results import result
from app.ui.tables import Table
from core import homework


@bound.fragment
def view(case: Case) -> None:
    """The picture, its perturbation and what the network sees, while the slider moves."""
    with blocks.or_error():
        epsilon = controls.pick_epsilon()
        attack = case.run(epsilon)
        drawn = case.drawn(attack.adversarial, epsilon)
        logits = torch.cat([case.logits(), drawn.logits])
        left, right = st.columns([66, 34], gap="medium")
        with left:
            pictures(case, drawn.images[0], epsilon)
            before, after = logits.softmax(1)
            verdict = case.verdict(before, after, int(attack.gradients[0]))
            st.markdown(verdict + case.beside(before, after, epsilon))
            if case.model == "ResNet":
                blocks.pictures_in_rows(*case.maps(drawn), columns=3, key="maps")
            with blocks.or_error():
                curve(case, epsilon)
        with right:
            bars(case, logits)
        st.markdown(case.controls(drawn, epsilon))
        st.caption(f"{case.caption(f'{epsilon}')}; {charts.STOPS}")


def pictures(case: Case, adversarial: Tensor, epsilon: int) -> None:
    """Before, the change, after: ``adversarial`` is (C, H, W) uint8."""
    change, scale = case.perturbation(adversarial, epsilon)
    row = {
        "Original": case.picture.image,
        f"Perturbation {scale}": change,
        f"Adversarial, epsilon {epsilon}": adversarial,
    }
    rgb = torch.stack([image.expand(3, -1, -1) for image in row.values()])
    blocks.pictures_in_rows(rgb, list(row), columns=3, key="attack")
    blocks.colour_key(charts.perturbation_key(epsilon, grey=len(case.picture.image) == 1))


def bars(case: Case, logits: Tensor) -> None:
    """What the network says of every class before and after, (2, classes): probabilities, or logits
    on demand.
    """
    raw = widgets.toggle(Name.LOGITS, "Logits")
    before, after = (logits if raw else logits.softmax(1)).tolist()
    what, classes = "logit" if raw else "probability", case.network.classes
    write = number if raw else "{:.1%}".format
    rows = {name: [write(one), write(two)] for name, one, two in zip(classes, before, after)}
    table = Table(what.capitalize(), ["before", "after"], rows, "class")
    blocks.chart(
        charts.bars(before, after, classes, logits=raw),
        key="attack_bars",
        alt=f"{what} of every class, before and after the attack",
        tables=[table],
    )


def curve(case: Case, epsilon: float) -> None:
    """Success over epsilon for this attack, with the slider's epsilon and this picture's breaking
    point.
    """
    name = findings.CURVES.get(case.setting.name)
    if name is None or case.model == "ResNet":
        return
    measured = result(findings.MEASURED)
    breaking = measured["breaking"].get(case.model, ()) if name == homework.FIRST else ()
    index = case.picture.index
    breaks_at = breaking[index] if index is not None and index < len(breaking) else None
    spec = charts.rates(
        findings.rows_of(measured, name), epsilon=epsilon, breaking=breaks_at, size=(560, 110)
    )
    title = f"{homework.TITLES[name]}: success on the test pictures"
    if spec["datasets"]["breaking"]:
        title += f"; ◆ epsilon {breaks_at:g} fools {case.model} on this picture"
    spec["title"] = title
    blocks.chart(spec, key="attack_curve", alt=f"{title}, over epsilon")
