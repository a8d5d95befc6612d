"""What the attack chapter says beside its charts agrees with what they show."""

from __future__ import annotations

import re

import pytest
import torch

from app.chapters.attack import controls, findings, live, score_chart, steps
from app.chapters.attack.case import Case
from app.chapters.attack.controls import KINDS, AttackSetting
from app.ui import networks
from app.ui.examples import examples
from app.ui.gallery import ChosenImage
from app.ui.results import result
from core import homework
from core.data.samples import load_samples
from core.robustness import breaking_epsilons
from tests.app.chapters.opened import chart, open_chapter, texts


def case(name: str, picture: int, attack: str, gradients: int | None = None) -> Case:
    bundled, kind = load_samples("mnist"), KINDS[attack]
    label = int(bundled.labels[picture])
    setting = AttackSetting(
        attack, kind.method, 8 if kind.targeted else None, gradients or kind.gradients
    )
    chosen = ChosenImage(bundled.images[picture], f"test picture {picture}", label, picture)
    return Case(name, networks.attacked_network(name), chosen, label, setting)


@pytest.mark.parametrize("epsilon", ["0", "24"])
def test_where_nothing_was_changed_no_scale_is_printed(epsilon: str) -> None:
    found = examples("mnist_model_a")
    index = int(found.indices[found.wrong][0])
    app = open_chapter("attack", image=f"{index}", epsilon=epsilon)
    assert "Nothing to do" in texts(app)
    captions = [one.caption for row in app.image for one in row.proto.imgs]
    assert "Perturbation (none)" in captions
    key = "".join(one.proto.body for one in app.get("html"))
    assert "no change" in key
    assert "darker" not in key


@pytest.mark.parametrize(
    ("name", "picture", "attack", "gradients"),
    [
        ("A", 17, "Task 1: untargeted", 20),
        ("A", 2, "Task 1: untargeted", 20),
        ("A", 17, "Task 1: untargeted", 5),
        ("B", 0, "PGD, cross-entropy", 20),
        ("M", 5, "Task 1: untargeted", 10),
    ],
)
def test_the_diamond_is_of_the_very_attack_of_the_page(
    name: str, picture: int, attack: str, gradients: int
) -> None:
    example = case(name, picture, attack, gradients)
    smallest = example.smallest_epsilon()
    assert smallest == int(smallest)
    assert bool(example.run(int(smallest)).success[0])
    assert not bool(example.run(int(smallest) - 1).success[0])


def test_a_targeted_smallest_epsilon_reaches_the_target() -> None:
    example = case("A", 0, "Task 3: improved targeted", 20)
    smallest = int(example.smallest_epsilon())
    (found,) = breaking_epsilons(
        example.network.model,
        example.image,
        8,
        method=example.setting.method,
        bounds=example.network.bounds,
        max_gradients=20,
        targeted=True,
        whole=True,
    ).tolist()
    made = example.run(smallest)
    assert found == smallest
    assert int(example.network.model(made.adversarial).argmax()) == 8
    assert not bool(example.run(smallest - 1).success[0])


@pytest.mark.parametrize("epsilon", [16, 17, 18, 19, 20, 24])
def test_the_verdict_and_the_diamond_agree(no_data: None, epsilon: int) -> None:
    app = open_chapter("attack", image="17", epsilon=f"{epsilon}")
    said = re.search(
        r"this very attack fools this network at epsilon (\d+), not at (\d+)", texts(app)
    )
    assert said is not None
    smallest = int(said[1])
    titles = [str(chart(app, index).get("title")) for index in range(len(charts_of(app)))]
    assert any(f"◆ this picture: epsilon {smallest}" in title for title in titles)
    assert "curve: 10,000 pictures, 20 gradients, fractions of grey values allowed" in texts(app)
    explained = live.COMES_AND_GOES in texts(app)
    assert explained == (("Fooled" in texts(app)) != (epsilon >= smallest))


def charts_of(app: object) -> list:
    return app.get("vega_lite_chart")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("smallest", "said"),
    [
        (0, ""),
        (20, "; ◆ this very attack fools this network at epsilon 20, not at 19"),
        (
            215,
            "; ◆ beyond the axis: this very attack fools this network at epsilon 215, not at 214",
        ),
        (
            float("inf"),
            "; no ◆: at no epsilon that was tried does this attack fool this network here",
        ),
    ],
)
def test_the_diamond_in_words(smallest: float, said: str) -> None:
    assert live.diamond(smallest) == said


@pytest.mark.parametrize(("epsilon", "succeeds"), [(12, True), (13, False), (14, True)])
def test_a_success_that_comes_and_goes_is_explained(
    no_data: None, epsilon: int, succeeds: bool
) -> None:
    """Of picture 2 the attack succeeds at 12, fails at 13 and succeeds from 14 on."""
    example = case("A", 2, "Task 1: untargeted")
    assert bool(example.run(epsilon).success[0]) == succeeds
    assert example.smallest_epsilon() in (12, 14)
    said = texts(open_chapter("attack", image="2", epsilon=f"{epsilon}"))
    differs = succeeds != (epsilon >= example.smallest_epsilon())
    assert (live.COMES_AND_GOES in said) == differs


@pytest.mark.parametrize(
    ("name", "attack", "epsilon", "said"),
    [
        ("A", "FGSM, one step", 24, "sign of its gradient"),
        ("A", "MI-FGSM", 24, "sign of its gradient"),
        ("M", "FGSM, one step", 24, "This is how M hides"),
        ("M", "PGD, cross-entropy", 24, "This is how M hides"),
        ("M", "MI-FGSM", 8, "This is how M hides"),
        ("M", "Task 1: untargeted", 24, "A's times 10,000"),
        ("M", "Task 2: targeted PGD", 24, "A's times 10,000"),
        ("A", "Task 1: untargeted", 24, ""),
        ("A", "PGD, cross-entropy", 0, "Epsilon 0 allows no change"),
    ],
)
def test_the_path_of_the_score_is_explained(
    name: str, attack: str, epsilon: int, said: str
) -> None:
    example = case(name, 0, attack)
    found = example.run(epsilon, keep_pictures=True)
    scores = found.trace.score[:, 0].tolist()
    text = steps.seen(example, scores, found.trace.pictures, epsilon)
    assert said in text
    assert bool(text) == bool(said)
    still = torch.equal(found.trace.pictures[0], found.trace.pictures[-1])
    assert still == ("This is how M hides" in text or epsilon == 0)


@pytest.mark.parametrize(
    ("scores", "domain"),
    [
        ([-0.0, -0.0], [0, 1]),
        ([1e-7, 2e-7], [0, 1]),
        ([-0.2, -0.1], [-1, 0]),
        ([-25.0, 0.5], [-25, 0.5]),
        ([0.0, 8.0], [0, 8]),
    ],
)
def test_the_axis_of_the_steps_can_be_read(scores: list[float], domain: list[float]) -> None:
    spec = score_chart.path(scores, name="score", step=0)
    assert spec["encoding"]["y"]["scale"]["domain"] == domain
    assert "-0.0" not in str(spec["datasets"])


@pytest.mark.parametrize("kind", ["Tasks", "Networks"])
def test_the_sentences_count_what_the_switch_says(kind: str) -> None:
    measured = result(findings.MEASURED)
    every, right = (findings.sentences(measured, kind, first) for first in (False, True))
    assert every != right
    rows = {(row["attack"], row["model"], row["epsilon"]): row for row in measured["rates"]}
    if kind == "Tasks":
        row = rows[homework.FIRST, "B", 32]
        assert f"B on {row['successes'] / row['inputs']:.2%}" in every
        assert f"B on {row['successes_right'] / row['right']:.2%}" in right
    captions = [findings.caption(measured, kind, first) for first in (False, True)]
    assert captions[0].startswith("Over all of 10,000")
    assert "right without an attack" in captions[1]


def test_success_on_rounded_pictures_stands_beside_the_curves() -> None:
    measured = result(findings.MEASURED)
    row = next(
        row
        for row in measured["rates"]
        if (row["attack"], row["model"], row["epsilon"]) == (homework.THIRD, "M", 12)
    )
    said = findings.rounded(measured, homework.TASKS)
    assert "on M at epsilon 12" in said
    for count in ("successes", "successes_stored"):
        assert f"{row[count] / row['inputs']:.2%}" in said
    assert said in findings.caption(measured, "Tasks", first_right=False)
    same = [{**row, "successes_stored": row["successes"]} for row in measured["rates"]]
    assert not findings.rounded({**measured, "rates": same}, homework.TASKS)
    uncounted = [{**row, "successes_stored": None} for row in measured["rates"]]
    assert not findings.rounded({**measured, "rates": uncounted}, homework.TASKS)


def test_every_kind_of_curves_has_its_own_sentences(no_data: None) -> None:
    found = {}
    for kind in ("Tasks", "Networks", "Controls"):
        app = open_chapter("attack", view="Findings", curves=kind)
        found[kind] = texts(app)
    measured = result(findings.MEASURED)
    plain = homework.shares(measured)[homework.PLAIN, "M", 80]
    for said in (f"M on {plain:.2%}", "**Random signs:**", "**Transfer:**"):
        assert [kind for kind in found if said in found[kind]] == ["Controls"]
    assert [kind for kind in found if "Bonus, task 3" in found[kind]] == ["Tasks"]
    assert [kind for kind in found if "What task 3 improves" in found[kind]] == ["Networks"]


def test_an_attack_has_one_name() -> None:
    for attack, name in findings.CURVES.items():
        assert controls.title_of(attack) == homework.TITLES[name]


def test_the_strip_says_once_what_stands_below_its_pictures(no_data: None) -> None:
    said = texts(open_chapter("attack", view="All epsilons"))
    once = "below each picture its epsilon, the class seen and its probability"
    assert said.count(once) == 1


@pytest.mark.parametrize(
    ("attack", "epsilon", "random"),
    [
        ("PGD, cross-entropy", "16", True),
        ("PGD, cross-entropy", "0", False),
        ("MI-FGSM", "16", False),
    ],
)
def test_a_random_start_is_told(no_data: None, attack: str, epsilon: str, random: bool) -> None:
    app = open_chapter("attack", view="Step by step", attack=attack, epsilon=epsilon)
    assert ("step 0 is a random point within epsilon" in texts(app)) == random


def test_the_signs_say_what_should_be(no_data: None) -> None:
    said = texts(open_chapter("attack", view="Robust, or hiding?"))
    assert "**Inputs should have a gradient:**" in said
    assert "undecided" not in said, "explained only where a sign is"


def test_beside_the_code_nothing_is_said_of_the_chart_that_gave_way(no_data):
    hint = score_chart.SCORES["soft_margin", False][1]
    shown = texts(open_chapter("attack", view="Step by step"))
    beside_code = texts(open_chapter("attack", view="Step by step", code="true"))
    assert f"gradients spent in all: 4; {hint}" in shown
    assert "gradients spent in all: 4" in beside_code
    assert hint not in beside_code
