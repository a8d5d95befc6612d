"""What a room is asked of an attack that is on the screen: the smallest epsilon that it needs, of
this network, or of another one where the view says it already.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.chapters.attack.case import OTHERS, Case
from app.ui import live_questions, networks
from app.ui.charts import articled
from app.ui.link_words import network_name
from app.ui.live_questions import Asked
from core.explain.questions.smallest_epsilon import EPSILONS, Shown, smallest_epsilon

NOT_SAID = "Which is the smallest of these epsilons at which this attack works on this picture?"
ON_ANOTHER = (
    "The same attack on network {}: which is the smallest of these epsilons at which it works on "
    "this picture?"
)


def put(case: Case, shown: Shown | None) -> None:
    """Let the page ask.

    Args:
        case: that is on the screen.
        shown: at which epsilon the room has seen the attack, and whether it worked; None: the view
            says which epsilon is the smallest.
    """
    live_questions.put(lambda: _questions(case, shown))


def _questions(case: Case, shown: Shown | None) -> Iterator[Asked]:
    text = NOT_SAID
    if shown is None:
        if not OTHERS[case.model]:
            return
        name, *_ = OTHERS[case.model]
        text = ON_ANOTHER.format(network_name(name))
        case = replace(case, model=name, network=networks.attacked_network(name))
    seed = f"{case.model} {case.picture.name} {case.setting.name}"
    if case.network.source is None:
        return
    smallest = case.first_success((0, *EPSILONS))
    if smallest not in EPSILONS:
        return
    question = smallest_epsilon(text, smallest, shown, seed=seed, seen=_seen(case, smallest))
    if question is not None:
        yield question, None


def _seen(case: Case, epsilon: float) -> str:
    """What the network sees in the picture that an attack has made, as a thing: "a 3"."""
    drawn = case.drawn(case.run(epsilon).adversarial, epsilon)
    return articled(case.network.classes[int(drawn.logits[0].argmax())])
