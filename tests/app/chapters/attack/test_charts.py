"""The attack chapter: the numbers in the specifications and in the text."""

import math

import pytest
import torch

from app.chapters.attack import charts, findings, score_chart
from app.chapters.attack.case import Case
from app.chapters.attack.controls import AttackSetting
from app.ui import palette
from app.ui.gallery import ChosenImage
from app.ui.networks import AttackedNetwork
from app.ui.palette import VALUES
from core import attack_methods, attacks, checkpoints, homework
from core.data.samples import load_samples
from core.evaluation import wilson_interval
from core.models import to_input

SAMPLES = load_samples("mnist")
ROWS = [
    {
        "model": model,
        "attack": "x",
        "epsilon": epsilon,
        "inputs": 200,
        "successes": count,
        "right": 190,
        "successes_right": min(count, 190),
    }
    for model, counts in (("A", (2, 150, 200)), ("B", (1, 5, 20)))
    for epsilon, count in zip((0, 16, 32), counts)
]


def case(model_name: str = "A", target: int | None = None, label: int = 7) -> Case:
    name = "mnist_model_b" if model_name == "B" else "mnist_model_a"
    model = checkpoints.load(name).model.requires_grad_(False)
    network = AttackedNetwork(model, name, "mnist", tuple("0123456789"), (0.0, 255.0))
    setting = AttackSetting("Task 1: untargeted", attacks.IMPROVED, target, 20)
    return Case(
        model_name,
        network,
        ChosenImage(SAMPLES.images[0], "test picture 0 (7)", label, 0),
        label,
        setting,
    )


def test_a_low_chart_of_rates_has_its_100_percent_among_three_labels() -> None:
    """Of six labels without room for all Vega leaves out every second one, and so the last."""
    for layer in charts.rates(ROWS, epsilon=24, breaking=None)["layer"][:2]:
        assert layer["encoding"]["y"]["axis"]["tickCount"] == {"expr": "height < 8 * rem ? 2 : 5"}


def test_before_and_after_stand_in_one_row_above_the_bars() -> None:
    legend = charts.bars([0.5, 0.5], [0.1, 0.9], ["a", "b"])["encoding"]["color"]["legend"]
    assert (legend["orient"], legend.get("direction")) == ("top", None)


def test_rates_hold_shares_bands_line_and_breaking_point() -> None:
    spec = charts.rates(ROWS, epsilon=24, breaking=17.0)
    data = spec["datasets"]
    assert [row["rate"] for row in data["rates"]] == [0.01, 0.75, 1.0, 0.005, 0.025, 0.1]
    assert (data["rates"][1]["low"], data["rates"][1]["high"]) == wilson_interval(150, 200)
    assert data["now"] == [{"epsilon": 24}]
    assert data["breaking"] == [{"epsilon": 17.0}]
    colours = spec["layer"][1]["encoding"]["color"]["scale"]
    assert colours == {"domain": ["A, trained plainly", "B, hardened"], "range": ["@A", "@B"]}


def test_the_line_of_m_is_seen_on_both_sides_of_that_of_a() -> None:
    rows = [*ROWS, *({**row, "model": "M"} for row in ROWS[:3])]
    _, wide, usual, *_ = charts.rates(rows, epsilon=24, breaking=None)["layer"]
    assert wide["transform"] == [{"filter": "datum.line == 'M, hides its gradient'"}]
    assert usual["transform"] == [{"filter": "datum.line != 'M, hides its gradient'"}]
    assert wide["mark"]["strokeWidth"] == palette.rem(charts.WIDE)
    assert charts.WIDE > 2 * charts.USUAL
    assert wide["encoding"] == usual["encoding"], "one legend"


@pytest.mark.parametrize("breaking", [None, math.inf])
def test_no_point_where_nothing_breaks(breaking: float | None) -> None:
    spec = charts.rates(ROWS, epsilon=math.nan, breaking=breaking)
    assert spec["datasets"]["breaking"] == spec["datasets"]["now"] == []


def test_only_named_data_change_with_the_slider() -> None:
    first, second = (charts.rates(ROWS, epsilon=epsilon, breaking=9) for epsilon in (3, 90))
    assert first["datasets"] != second["datasets"]
    assert first | {"datasets": 0} == second | {"datasets": 0}


MEASURED = {
    "rates": [
        {
            "attack": task,
            "model": model,
            "epsilon": epsilon,
            "inputs": 200,
            "successes": successes,
            "right": 190,
            "successes_right": successes,
        }
        for model, factor in (("A", 1), ("B", 2))
        for task, counts in (
            (homework.FIRST, (0, 0, 0)),
            (homework.SECOND, (10, 20, 50)),
            (homework.THIRD, (10, 40, 55)),
        )
        for epsilon, successes in zip((8, 16, 32), (factor * count for count in counts))
    ]
}


def test_the_three_tasks_of_one_network_stand_in_one_chart() -> None:
    rows = {
        homework.TITLES[task]: [
            row for row in MEASURED["rates"] if (row["attack"], row["model"]) == (task, "A")
        ]
        for task in homework.TASKS
    }
    spec = charts.tasks("A", rows)
    found = [(row["line"], row["epsilon"], row["rate"]) for row in spec["datasets"]["rates"]]
    second = "Task 2: into a target, PGD"
    assert found[3:6] == [(second, 8, 0.05), (second, 16, 0.1), (second, 32, 0.25)]
    colours = spec["layer"][1]["encoding"]["color"]["scale"]
    assert colours["domain"] == list(rows)
    assert set(colours["range"]) == {"@A"}
    assert len(set(map(str, spec["layer"][1]["encoding"]["strokeDash"]["scale"]["range"]))) == 3


def test_what_task_3_improves_is_computed() -> None:
    assert findings.improvement(MEASURED) == (
        "with the same 100 gradients on A at most +10.0 points, from 10.00% to 20.00% at epsilon "
        "16; on B at most +20.0 points, from 20.00% to 40.00% at epsilon 16."
    )


@pytest.mark.parametrize("score", attack_methods.SCORES)
@pytest.mark.parametrize("targeted", [False, True])
def test_the_axis_of_the_steps_says_what_is_plotted(score, targeted: bool) -> None:
    name, hint = score_chart.SCORES[score, targeted]
    logits = torch.tensor([[4.0, 1.0, 0.0]])
    value = float(attack_methods.SCORES[score](logits, torch.tensor([0]), targeted)[0])
    chosen = "target" if targeted else "true"
    assert chosen in name
    if score == "cross_entropy":
        loss = -float(logits.log_softmax(1)[0, 0])
        assert value == pytest.approx(-loss if targeted else loss)
        assert name.startswith("minus the target's" if targeted else "cross-entropy of the true")
        return
    largest = 1.0 if score == "margin" else float((3 * logits[0, 1:]).logsumexp(0)) / 3
    assert value == pytest.approx(4 - largest if targeted else largest - 4, abs=1e-5)
    first = name.split(" − ")[0]
    assert (chosen in first) == targeted
    assert ("soft" in name) == (score == "soft_margin")
    assert "above 0" in hint


def test_a_perturbations_colours_have_a_key() -> None:
    assert charts.perturbation_key(24, grey=True) == {
        "darker, −24": VALUES[0],
        "no change": VALUES[1],
        "brighter, +24": VALUES[2],
    }
    assert charts.perturbation_key(0, grey=True) == {"no change": VALUES[1]}
    assert "#808080" in charts.perturbation_key(8, grey=False).values()


def test_bars_stand_side_by_side() -> None:
    spec = charts.bars([0.9, 0.1], [0.3, 0.7], ["cat", "dog"])
    assert spec["encoding"]["x"]["scale"]["domain"] == [0, 1]
    raw = charts.bars([-9.0, 2.0], [0.5, 1.0], ["cat", "dog"], logits=True)
    assert raw["encoding"]["x"]["scale"]["domain"] == [-9, 9]
    assert [(row["class"], row["when"], row["value"]) for row in spec["datasets"]["bars"]] == [
        ("cat", "before", 0.9),
        ("dog", "before", 0.1),
        ("cat", "after", 0.3),
        ("dog", "after", 0.7),
    ]


def test_the_path_marks_the_shown_step() -> None:
    spec = score_chart.path([-3.0, -1.0, 0.5], name="margin", step=1)
    assert spec["datasets"]["now"] == [{"step": 1, "score": -1.0}]
    assert len(spec["datasets"]["path"]) == 3


def test_a_case_attacks_its_picture() -> None:
    table = case()
    direct = attacks.untargeted(
        table.network.model,
        to_input(table.network.model, SAMPLES.images[:1]),
        SAMPLES.labels[:1],
        24,
        bounds=(0, 255),
    )
    assert torch.equal(table.run(24, whole=False).adversarial, direct.adversarial)
    whole = table.run(24).adversarial
    assert torch.equal(whole, whole.round()), "on the screen are whole grey values alone"
    assert torch.equal(table.drawn(table.image, 24).images, SAMPLES.images[:1])
    assert torch.equal(table.drawn(table.image, 24).logits, table.logits())


def test_the_perturbation_has_a_fixed_scale() -> None:
    table = case()
    moved = table.picture.image.clone()
    moved[0, 0, 0] += 12
    picture, scale = table.perturbation(moved, 24)
    assert scale == "×5.3 (±24)"
    assert picture.shape == (3, 28, 28)
    assert picture[:, 5, 5].tolist() == [255, 255, 255], "white is no change"
    assert picture[:, 0, 0].tolist() != [255, 255, 255]
    assert table.perturbation(table.picture.image, 0)[1] == "(none)"


@pytest.mark.parametrize(
    ("label", "target", "before", "after", "text"),
    [
        (
            0,
            None,
            [0.9, 0.1],
            [0.2, 0.8],
            "cancel: Fooled: the network sees **1** (80.0%) after 3 gradients.",
        ),
        (
            0,
            None,
            [0.9, 0.1],
            [0.6, 0.4],
            "shield: Holds: the network sees **0** (60.0%) after 3 gradients.",
        ),
        (
            0,
            None,
            [0.1, 0.9],
            [0.1, 0.9],
            "info: Nothing to do: even without an attack the network sees **1**",
        ),
        (0, 1, [0.9, 0.1], [0.2, 0.8], "cancel: Fooled"),
        (0, 1, [0.9, 0.1], [0.6, 0.4], "shield: Holds"),
        (0, 1, [0.2, 0.8], [0.2, 0.8], "info: Nothing to do"),
        (0, None, [0.1, 0.9], [0.3, 0.7], "without an attack the network sees **1** (90.0%)."),
        (0, 1, [0.9, 0.1, 0.0], [0.1, 0.2, 0.7], "shield: Misses its target: the network sees **2"),
        (0, 1, [0.1, 0.2, 0.7], [0.1, 0.2, 0.7], "shield: Misses its target: the network sees **2"),
    ],
)
def test_the_verdict_has_four_states(
    label: int, target: int | None, before: list, after: list, text: str
) -> None:
    table = case(target=target, label=label)
    assert text in table.verdict(torch.tensor(before), torch.tensor(after), 3)


def test_the_caption_names_everything() -> None:
    assert case(target=8).caption("24") == (
        "test picture 0 (7); network A, trained plainly; Task 1: into any other class, target 8, "
        "at most 20 gradients; epsilon 24 of 255"
    )


def test_the_answers_hold_the_measured_numbers() -> None:
    rows = [
        {
            "attack": task,
            "model": model,
            "epsilon": epsilon,
            "inputs": 1000,
            "successes": 10 * index + epsilon,
        }
        for index, task in enumerate(homework.TASKS)
        for model in "AB"
        for epsilon in (8, 12, 16, 32, 64)
    ]
    text = findings.answers({"rates": rows})
    assert "fools A on 3.20% of the pictures and B on 3.20%" in text
    assert "at epsilon 12 on A task 2 reaches 2.20% and task 3 3.20%" in text
    assert (
        "Bonus, task 3 on 1,000 ones:** model A 2.80% at epsilon 8, model A 3.60% at epsilon 16"
        in text
    )
    assert text.startswith("**A, trained plainly, against B, hardened:** at epsilon 32")
    assert "**Training set or test set?** The test set" in text


def test_the_controls_ask_other_networks_and_noise() -> None:
    table = case()
    made = table.drawn(table.run(24).adversarial, 24)
    other = checkpoints.load("mnist_model_b").model
    with torch.no_grad():
        shares = other(made.images.float())[0].softmax(0)
    text = table.controls(made, 24)
    assert (
        f"this picture on B, hardened: **{int(shares.argmax())}** ({float(shares.max()):.0%})"
        in text
    )
    assert "random noise of the same size on A, trained plainly: **7**" in text


def test_the_maps_before_and_after_share_one_scale() -> None:
    model = checkpoints.load("cifar10_resnet").model.requires_grad_(False)
    samples = load_samples("cifar10")
    network = AttackedNetwork(model, "cifar10_resnet", "cifar10", tuple("abcdefghij"), (0.0, 1.0))
    setting = AttackSetting("Task 1: untargeted", attacks.IMPROVED, None, 20)
    table = Case("ResNet", network, ChosenImage(samples.images[0], "cat", 3, 0), 3, setting)
    both = table.maps(table.drawn(table.run(8).adversarial, 8))
    captions = both.captions
    assert both.pictures.shape == (2, 3, 32, 32)
    assert both.values.shape == (2, 32, 32)
    assert captions[0].startswith("Before: map of d, ±")
    assert not captions[1].startswith("After: map of d,")
    assert captions[0].rsplit("±")[1] == captions[1].rsplit("±")[1]
    same = table.maps(table.drawn(table.image, 8)).pictures
    assert torch.equal(same[0], same[1])


def test_only_what_is_right_first_can_be_counted() -> None:
    data = charts.rates(ROWS, epsilon=0, breaking=None, first_right=True)["datasets"]["rates"]
    assert data[1]["rate"] == 150 / 190


def test_transfer_is_told_of_the_network_that_is_asked() -> None:
    measured = {
        "images": 200,
        "epsilons": [0, 8],
        "transfer": {"AB": [0.01, 0.1], "BA": [0.02, 0.5]},
        "rates": ROWS,
    }
    rows = findings.rows_of(measured, findings.TRANSFER)
    assert [(row["model"], row["epsilon"], row["successes"]) for row in rows] == [
        ("B", 0, 2),
        ("B", 8, 20),
        ("A", 0, 4),
        ("A", 8, 100),
    ]
    assert len(findings.rows_of(measured, "x")) == 6
