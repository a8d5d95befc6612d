"""The views of an attack step by step, and of its pictures at growing epsilon."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st
import torch
from torch import Tensor, nn

from app.chapters.attack import asked, charts, controls, own_curve, running, score_chart
from app.chapters.attack.case import Case
from app.ui import blocks, crisp, lit_page, picture_files
from app.ui.saveable import PixelFigure
from core.explain.questions.smallest_epsilon import Shown
from core.models import Saturated

FACTOR = Saturated(nn.Identity()).factor  # of the logits of model M
LONG = 1000  # a score that no network but M has
EPSILONS = (0, 2, 4, 8, 16, 32, 64)  # in units of 1/255
COLUMNS = 4  # of their pictures
STARTED = "; step 0 is a random point within epsilon, so it is noisy already"
WRITTEN = "first the original; below each picture its epsilon, the class seen and its probability"


@blocks.fragment
@blocks.or_error()
def view(case: Case) -> None:
    """The picture and the score after each step."""
    left, right = st.columns([36, 64], gap="large")
    with left:
        epsilon = controls.pick_kept_epsilon()
    result = case.run(epsilon, keep_pictures=True)
    scores, spent = result.trace.score[:, 0].tolist(), int(result.gradients[0])
    with right:
        step = controls.pick_step(len(scores) - 1)
    drawn = case.drawn(result.trace.pictures[step], epsilon)
    after = f"After step {step}: {case.seen(drawn.logits)}"
    name, hint = score_chart.SCORES[case.setting.method.score, case.setting.targeted]
    start = STARTED if case.setting.method.random_start and epsilon else ""
    made = f"{case.caption(f'{epsilon}')}; gradients spent in all: {spent}{start}"
    if spent and lit_page.will_be_open():
        picture, code = case.step_run(epsilon, step)
        lit_page.beside(picture, lambda: code, step=running.steepest(picture))
        caption = f"{after}; {made}"  # without its chart
    else:
        with left:
            figure = PixelFigure(
                "attack_step",
                "Picture after the step",
                made,
                {after: drawn.images[0]},
                1,
                film=partial(film, case, epsilon, result.trace.pictures, made),
            )
            crisp.pictures_in_rows(drawn.images, [after], figure)
        with right:
            spec = score_chart.path(scores, name=name, step=step)
            blocks.chart(spec, key="attack_path", alt=f"{name} after each step")
            st.markdown(seen(case, scores, result.trace.pictures, epsilon))
        caption = f"{made}; {hint}"
    st.caption(caption)
    if spent:
        lit_page.is_open()
    asked.put(case, Shown(epsilon, bool(result.success[0])))


def film(case: Case, epsilon: float, pictures: Tensor, says: str) -> bytes:
    """The picture after every step as an animation.

    Args:
        case: what is attacked.
        epsilon: in units of 1/255.
        pictures: (steps + 1, 1, C, H, W).
        says: the caption.
    """
    drawn = [case.drawn(picture, epsilon) for picture in pictures]
    names = [f"After step {step}: {case.seen(one.logits)}" for step, one in enumerate(drawn)]
    return picture_files.film([one.images[0] for one in drawn], names, says)


def seen(case: Case, scores: Sequence[float], pictures: Tensor, epsilon: float) -> str:
    """What the line shows where its shape or its axis does not say it: a sentence or nothing.

    Args:
        case: what is attacked.
        scores: before each step and after the last.
        pictures: (steps, 1, C, H, W) of the same moments.
        epsilon: largest change of a pixel.
    """
    if len(scores) == 1:
        return "No step was made: the picture is a success as it is."
    if epsilon == 0:
        return "Epsilon 0 allows no change, so the score stays as it is."
    if not score_chart.is_flat(scores):
        if case.model != "M" or max(map(abs, scores)) < LONG:
            return ""
        return f"M's logits are A's times {FACTOR:,.0f}: that is why this axis is so long."
    if not case.gradient_vanishes(pictures[:, 0]):
        return (
            "The line is flat: the score hardly changes. Each step still follows the sign of its "
            "gradient, with momentum of all so far."
        )
    bits = torch.finfo(pictures.dtype).bits
    sentence = f"The line is flat: the gradient is 0 in {bits} bits, so no step has a way up."
    if case.model == "M":
        sentence += " This is how M hides; task 1 climbs a difference of logits instead."
    return sentence


@blocks.or_error()
def strip(case: Case) -> None:
    """Adversarial pictures at growing epsilon, enlarged and in true size, the original first."""
    drawn = [
        case.drawn(result.adversarial, epsilon)
        for result, epsilon in zip(case.runs(EPSILONS), EPSILONS)
    ]
    pictures = torch.cat([one.images for one in drawn])
    captions = [
        f"{epsilon}: {case.seen(one.logits, decimals=0)}" for epsilon, one in zip(EPSILONS, drawn)
    ]
    said = f"{case.caption(', '.join(map(str, EPSILONS)))}; {WRITTEN}; {charts.STOPS}"
    numbers = dict(zip(captions, pictures))
    figure = PixelFigure("attack_strip", "Pictures at growing epsilon", said, numbers, COLUMNS)
    crisp.pictures_in_rows(pictures, captions, figure)
    st.markdown("In true size, a pixel of the picture for a pixel of the screen:")
    with st.container(horizontal=True, gap="small"):
        for picture, caption in zip(pictures, captions):
            crisp.picture(picture, width=picture.shape[2], alt=caption)
    st.caption(said)
    if case.model == controls.OWN:
        own_curve.view(case.network)
    asked.put(case, None)
