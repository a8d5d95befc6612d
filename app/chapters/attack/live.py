"""The view of an attack while the slider of epsilon moves."""

from __future__ import annotations

import math

import streamlit as st
import torch
from torch import Tensor

from app.chapters.attack import asked, charts, controls, findings
from app.chapters.attack.case import MAP_OPACITY, Case
from app.ui import blocks, crisp, widgets
from app.ui.address import Name
from app.ui.link_words import network_name
from app.ui.parcels import show_so_far
from app.ui.results import result
from app.ui.saveable import PixelFigure
from app.ui.tables import Table
from core import homework
from core.explain.questions.smallest_epsilon import Shown
from core.stored import StoredPictures

PICTURES = "attack_pictures"
COMES_AND_GOES = "success can come and go with epsilon, as the steps grow with it"


@blocks.fragment
def view(case: Case) -> None:
    """The picture, its perturbation and what the network sees, while the slider moves.

    All that is said stands below the pictures, all charts beside them, so that a projector shows
    both.
    """
    with blocks.or_error():
        left, right = st.columns([66, 34], gap="medium")
        above = left.container(gap="xsmall")
        with above:
            epsilon = controls.pick_epsilon()
        attack = case.run(epsilon)
        succeeds = bool(attack.success[0])
        drawn = case.drawn(attack.adversarial, epsilon)
        logits = torch.cat([case.logits(), drawn.logits])
        with above:
            pictures(case, drawn, epsilon, logits[:1])
            show_so_far()
            before, after = logits.softmax(1)
            verdict = case.verdict(before, after, int(attack.gradients[0]))
            st.markdown(verdict + case.beside(before, after, epsilon))
            st.markdown(case.controls(drawn, epsilon))
        said = ""
        with right, st.container(gap="small"):
            bars(case, logits)
            if case.model == "ResNet":
                maps(case, drawn, epsilon)
            with blocks.or_error():
                said = curve(case, epsilon, succeeds=succeeds)
        with above:
            st.caption(f"{case.caption(f'{epsilon}')}; {charts.STOPS}{said}")
        asked.put(case, None if "◆" in said else Shown(epsilon, succeeds))


def pictures(case: Case, drawn: StoredPictures, epsilon: int, before: Tensor) -> None:
    """Before, the change, after; ``before`` is what the network says without an attack, (1, K).

    Where nothing was changed, as of a picture that is a success as it is, no scale is printed.
    """
    adversarial = drawn.images[0]
    most = 0 if torch.equal(adversarial, case.picture.image) else epsilon
    change, scale = case.perturbation(adversarial, most)
    row = {
        "Original": case.picture.image,
        f"Perturbation {scale}": change,
        f"Adversarial, epsilon {epsilon}": adversarial,
    }
    rgb = torch.stack([image.expand(3, -1, -1) for image in row.values()])
    numbers = {
        "Original": case.picture.image,
        "Perturbation": adversarial.short() - case.picture.image.short(),
        "Adversarial": adversarial,
    }
    seen = f"{case.seen(before)}, after the attack {case.seen(drawn.logits)}"
    said = f"{case.caption(f'{epsilon}')}; the network sees {seen}"
    figure = PixelFigure(PICTURES, "Original, perturbation, adversarial", said, numbers, len(row))
    crisp.pictures_in_rows(rgb, list(row), figure)
    crisp.colour_key(charts.perturbation_key(most, grey=len(case.picture.image) == 1), PICTURES)


def maps(case: Case, drawn: StoredPictures, epsilon: int) -> None:
    """Where the ResNet looks before and after the attack."""
    heat = case.maps(drawn)
    said = (
        f"{case.caption(f'{epsilon}')}; maps over the pictures, bilinear, on one scale: orange "
        f"speaks against the class, blue for it; opacity {MAP_OPACITY}"
    )
    numbers = dict(zip(("Map before", "Map after"), heat.values))
    figure = PixelFigure("attack_maps", "Maps before and after", said, numbers, len(numbers))
    crisp.pictures_in_rows(heat.pictures, heat.captions, figure)


def bars(case: Case, logits: Tensor) -> None:
    """What the network says of every class before and after, (2, classes): probabilities, or logits
    on demand.
    """
    raw = widgets.toggle(Name.LOGITS, "Logits")
    before, after = (logits if raw else logits.softmax(1)).tolist()
    what, classes = "logit" if raw else "probability", case.network.classes
    write = charts.logit if raw else "{:.1%}".format
    rows = {name: [write(one), write(two)] for name, one, two in zip(classes, before, after)}
    table = Table(what.capitalize(), ["before", "after"], rows, "class")
    blocks.chart(
        charts.bars(before, after, classes, logits=raw),
        key="attack_bars",
        alt=f"{what} of every class, before and after the attack",
        tables=[table],
    )


def curve(case: Case, epsilon: float, *, succeeds: bool) -> str:
    """Success over epsilon of this kind of attack on the test pictures, with the slider's epsilon;
    for an untargeted one a diamond where this very attack begins to succeed on this picture.

    Args:
        case: what is attacked.
        epsilon: of the slider.
        succeeds: whether the attack does at that epsilon.

    Returns:
        What the curve counts and the diamond stands for, as the end of a caption.
    """
    name = findings.CURVES.get(case.setting.name)
    if name is None or case.model == "ResNet":
        return ""
    measured = result(findings.MEASURED)
    rows, title = findings.rows_of(measured, name), homework.TITLES[name]
    smallest = math.inf
    asked = case.setting.target is None and bool(case.network.card_name)
    if asked:
        smallest = case.smallest_epsilon()
    drawn = smallest if 0 < smallest <= controls.LARGEST_EPSILON else None
    spec = charts.rates(rows, epsilon=epsilon, breaking=drawn)
    lines = [title] if drawn is None else [title, f"◆ this picture: epsilon {drawn:g}"]
    task = homework.EVALUATED[name]
    counted = f"{rows[0]['inputs']:,} pictures"
    if task.target is not None:  # of one class, into one other
        lines.append(f"pictures of {task.source}, into {task.target}")
        counted = f"{rows[0]['inputs']:,} pictures of {task.source}, target {task.target}"
    spec["title"] = {"text": lines, "anchor": "start", "frame": "bounds"}  # in a narrow column
    title = "; ".join(lines)
    blocks.chart(spec, key="attack_curve", alt=f"{title}, over epsilon")
    said = (
        f"; {_whose(rows, case.model)}: {counted}, {task.max_gradients} gradients, "
        "fractions of grey values allowed"
    )
    if not asked:
        return said
    goes = "" if succeeds == (epsilon >= smallest) else f"; {COMES_AND_GOES}"
    return said + diamond(smallest) + goes


def _whose(rows: charts.Rows, model: str) -> str:
    """Of which networks the curves are, where the one that is attacked is none of them: nobody has
    measured a person's own.
    """
    measured = list(dict.fromkeys(row["model"] for row in rows))
    if model in measured:
        return "curve"
    *names, last = sorted(measured)
    return f"curves of networks {', '.join(names)} and {last}, not of {network_name(model)}"


def diamond(smallest: float) -> str:
    """What the diamond stands for; nothing where the picture is a success as it is.

    Args:
        smallest: epsilon at which the attack succeeds while it fails one grey value below.
    """
    if smallest == 0:
        return ""
    if math.isinf(smallest):
        return "; no ◆: at no epsilon that was tried does this attack fool this network here"
    where = "◆ beyond the axis:" if smallest > controls.LARGEST_EPSILON else "◆"
    limits = f"epsilon {smallest:g}, not at {smallest - 1:g}"
    return f"; {where} this very attack fools this network at {limits}"
