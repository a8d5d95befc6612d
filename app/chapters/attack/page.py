"""Evasion attacks: any epsilon, live; the way there; success curves; and whether a network is
robust or only hides.
"""

import math

import streamlit as st
import torch

from app.chapters.attack import case as attack_case
from app.chapters.attack import charts, controls
from app.chapters.attack.case import Case
from app.ui import blocks, loaders
from app.ui.old_keys import Key
from core import attacks, robustness
from core.models import to_input

STRIP = (0, 2, 4, 8, 16, 32, 64)
MEASURED = "mnist_attacks"


@st.fragment
def live(case: Case) -> None:
    """The picture, its perturbation and what the network sees, while the slider moves."""
    with blocks.or_error():
        grey = controls.pick_epsilon()
        result = case.run(grey)
        logits = case.logits(torch.cat([case.image, result.adversarial]))
        before, after = logits.softmax(1)
        change, scale = case.perturbation(result.adversarial, grey)
        left, right = st.columns([66, 34], gap="medium")
        with left:
            rgb = [
                one.expand(3, -1, -1)
                for one in (case.shown.image, change, case.stored(result.adversarial)[0])
            ]
            captions = ["Original", f"Perturbation {scale}", f"Adversarial, epsilon {grey}"]
            blocks.pictures_in_rows(torch.stack(rgb), captions, columns=3, key="attack")
            st.markdown(case.verdict(before, after, int(result.gradients[0])))
            if case.letter == "ResNet":
                blocks.pictures_in_rows(*case.maps(result.adversarial), columns=3, key="maps")
            curve(case, grey)
        with right:
            raw = st.toggle("Logits", key=Key.ATTACK_LOGITS, bind="query-params")
            clean, attacked = (logits if raw else logits.softmax(1)).tolist()
            spec = charts.bars(clean, attacked, case.network.classes, blocks.theme(), logits=raw)
            blocks.chart(
                spec,
                key="attack_bars",
                alt="what the network says of every class, before and after",
            )
        st.markdown(case.controls(result.adversarial, grey))
        st.caption(case.words(f"{grey}"))


def curve(case: Case, grey: float) -> None:
    """Success over epsilon for this attack, with the slider's epsilon and this picture's breaking
    point.
    """
    if case.letter == "ResNet" or case.setting.name not in attack_case.CURVES:
        return
    measured, name = loaders.result(MEASURED), attack_case.CURVES[case.setting.name]
    rows = attack_case.rows_of(measured, name)
    broken = (
        dict(enumerate(measured["breaking"].get(case.letter, ())))
        if name == robustness.FIRST
        else {}
    )
    number = -1 if case.shown.index is None else case.shown.index
    spec = charts.rates(
        rows, epsilon=grey, breaking=broken.get(number), theme=blocks.theme(), size=(560, 120)
    )
    spec["title"] = f"Success of {name} on the test pictures" + (
        "; ◆ this picture breaks" if number in broken else ""
    )
    blocks.chart(spec, key="attack_curve", alt=f"success of {name} over epsilon")


@st.fragment
def steps(case: Case) -> None:
    """The picture and the score after each step."""
    grey = controls.remembered_epsilon()
    result = case.run(grey, keep=True)
    last = len(result.trace.score) - 1
    step = (
        int(st.slider("After step", 0, last, value=last, key=f"{Key.ATTACK_STEP}_{last}"))
        if last
        else 0
    )
    picture = result.trace.pictures[step]
    seen = case.probabilities(picture)[0]
    left, right = st.columns([36, 64], gap="large")
    with left:
        words = (
            f"After step {step}: {case.network.classes[int(seen.argmax())]}, "
            f"{float(seen.max()):.1%}"
        )
        blocks.pictures_in_rows(case.stored(picture), [words], columns=1, key="step")
    with right:
        name = {"cross_entropy": "cross-entropy, nats"}.get(
            case.setting.method.score, "margin of logits"
        )
        spec = charts.path(
            result.trace.score[:, 0].tolist(), name=name, step=step, theme=blocks.theme()
        )
        blocks.chart(spec, key="attack_path", alt="the score after each step")
    hint = "" if case.setting.method.score == "cross_entropy" else "; a margin above 0 is a success"
    st.caption(f"{case.words(f'{grey}')}; gradients spent: {int(result.gradients[0])}{hint}")


def strip(case: Case) -> None:
    """Adversarial pictures at growing epsilon, enlarged and in true size, the original first."""
    found = torch.cat([case.run(grey).adversarial for grey in STRIP])
    stored, seen = case.stored(found), case.probabilities(found)
    classes = [case.network.classes[place] for place in seen.argmax(1).tolist()]
    words = [
        f"{grey}: {name}, {share:.0%}"
        for grey, name, share in zip(STRIP, classes, seen.amax(1).tolist())
    ]
    blocks.pictures_in_rows(stored, words, columns=len(STRIP), key="strip")
    st.markdown("In true size, a pixel of the picture for a pixel of the screen:")
    with st.container(horizontal=True, gap="small"):
        for one, text in zip(stored, words):
            st.image(
                one.permute(1, 2, 0).squeeze(2).numpy(),
                width=one.shape[2],
                output_format="PNG",
                alt=text,
            )
    st.caption(f"{case.words(', '.join(map(str, STRIP)))}; first the original")


def hiding(case: Case) -> None:
    """Lights that tell a robust network from one that hides its gradient."""
    for light in loaders.lights(case.letter, case.network):
        icon = ":material/check_circle: good" if light.good else ":material/cancel: **suspicious**"
        st.markdown(f"{icon}: **{light.name}.** {light.finding}.")
    st.caption(
        f"Model {case.letter}, on the bundled pictures that it classifies right; by PGD with 20 "
        "gradients"
    )


def success_charts(curves: dict[str, list[dict[str, object]]], first_right: bool) -> None:
    """Three curves side by side."""
    for column, (name, rows) in zip(st.columns(3, gap="medium"), curves.items()):
        with column:
            spec = charts.rates(
                rows,
                epsilon=math.nan,
                breaking=None,
                theme=blocks.theme(),
                size=(300, 200),
                first_right=first_right,
                most=80,
            )
            blocks.chart(
                spec | {"title": name},
                key=f"attack_{name[:6]}",
                alt=f"{name}: success over epsilon",
            )


def findings(case: Case) -> None:
    """The homework's questions, each with the curve that answers it."""
    measured = loaders.result(MEASURED)
    kinds = {
        "Tasks": robustness.TASKS,
        "Controls": (robustness.PLAIN, robustness.NOISE, attack_case.TRANSFER),
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        kind = st.segmented_control(
            "Curves",
            tuple(kinds),
            default="Tasks",
            required=True,
            key=Key.ATTACK_CURVES,
            bind="query-params",
            label_visibility="collapsed",
        )
        right = st.toggle(
            "Only what is right without an attack",
            key=Key.ATTACK_RIGHT,
            bind="query-params",
            disabled=kind == "Controls",
        )
    success_charts(
        {name: attack_case.rows_of(measured, name) for name in kinds[kind]},
        right and kind == "Tasks",
    )
    st.markdown(attack_case.answers(measured))
    st.caption(
        f"Over {measured['images']:,} test pictures, the targeted attacks over its ones; bands are "
        "Wilson's 95 % intervals; M decides as A does; transfer: made on the other of A and B, "
        "by task 1"
    )


VIEWS = {
    "Live": live,
    "Step by step": steps,
    "All epsilons": strip,
    "Robust, or hiding?": hiding,
    "Findings": findings,
}

blocks.title(
    "Fool the network", "How little must a picture change for the network to see something else?"
)
with blocks.or_error():
    with st.sidebar:
        letter = controls.pick_model()
        target_network = controls.pick_network(letter)
        picture = None if target_network is None else controls.pick_input(target_network)
    if target_network is None or picture is None:
        wanted = "Choose a state dict" if target_network is None else "Draw a digit"
        st.info(f"{wanted} in the panel on the left.", icon=":material/arrow_back:")
    else:
        true = picture.label
        if true is None:  # nobody has labelled it: what the network sees
            with torch.no_grad():
                true = int(
                    target_network.model(
                        to_input(target_network.model, picture.image[None])
                    ).argmax()
                )
        with st.sidebar:
            chosen = controls.pick_attack(target_network.classes, true)
        for tab, show in zip(
            st.tabs(list(VIEWS), key=Key.ATTACK_VIEW, bind="query-params"), VIEWS.values()
        ):
            if tab.open:
                with tab:
                    show(Case(letter, target_network, picture, true, chosen))
    blocks.source(attacks.attack)
