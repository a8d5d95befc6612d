"""The views of an attack step by step, and of its pictures at growing epsilon."""

from __future__ import annotations

import streamlit as st
import torch

from app.chapters.attack import charts, controls
from app.chapters.attack.case import Case
from app.ui import blocks, bound

EPSILONS = (0, 2, 4, 8, 16, 32, 64)  # in units of 1/255


@bound.fragment
@blocks.or_error()
def view(case: Case) -> None:
    """The picture and the score after each step."""
    epsilon = controls.remembered_epsilon()
    result = case.run(epsilon, keep_pictures=True)
    scores = result.trace.score[:, 0].tolist()
    step = controls.pick_step(len(scores) - 1)
    left, right = st.columns([36, 64], gap="large")
    with left:
        drawn = case.drawn(result.trace.pictures[step], epsilon)
        caption = f"After step {step}: {case.seen(drawn.logits)}"
        blocks.pictures_in_rows(drawn.images, [caption], columns=1, key="step")
    name, hint = charts.SCORES[case.setting.method.score, case.setting.target is not None]
    with right:
        spec = charts.path(scores, name=name, step=step)
        blocks.chart(spec, key="attack_path", alt=f"{name} after each step")
    spent = int(result.gradients[0])
    st.caption(f"{case.caption(f'{epsilon}')}; gradients spent: {spent}; {hint}")


@blocks.or_error()
def strip(case: Case) -> None:
    """Adversarial pictures at growing epsilon, enlarged and in true size, the original first."""
    drawn = [case.drawn(case.run(epsilon).adversarial, epsilon) for epsilon in EPSILONS]
    pictures = torch.cat([one.images for one in drawn])
    captions = [
        f"{epsilon}: {case.seen(one.logits, decimals=0)}" for epsilon, one in zip(EPSILONS, drawn)
    ]
    blocks.pictures_in_rows(pictures, captions, columns=len(EPSILONS), key="strip")
    st.markdown("In true size, a pixel of the picture for a pixel of the screen:")
    with st.container(horizontal=True, gap="small"):
        for picture, caption in zip(pictures, captions):
            st.image(
                picture.permute(1, 2, 0).squeeze(2).numpy(),
                width=picture.shape[2],
                output_format="PNG",
                alt=caption,
            )
    st.caption(f"{case.caption(', '.join(map(str, EPSILONS)))}; first the original; {charts.STOPS}")
