"""core.report.pages: every question of the homework is answered, on pages that one can print."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from core import checkpoints, homework
from core.checkpoints import CheckpointError, results
from core.report import answers, document, pages, rates, sections
from core.report.document import MARGIN, PAGE
from tests.core.report.rendered import page_texts
from tests.core.report.seen import beyond, overlapping, placed, texts
from tests.core.report.test_figures import cells_on_paper, implied_alpha

NUMBER = re.compile(r"\d+ of \d+")


@pytest.fixture(scope="module")
def report() -> list[Figure]:
    """Drawn once, and not where the tests are only collected: it takes half a minute."""
    return pages.pages()


@pytest.fixture(scope="module")
def pdf(report: list[Figure]) -> bytes:
    return document.pdf_bytes(report)


def page_of(report: list[Figure], title: str) -> Figure:
    return next(page for page in report if title in texts(page))


def words(page: Figure) -> str:
    return " ".join(texts(page))


def body(found: list[str]) -> list[str]:
    """All but the number of the page, which stands below the margin."""
    return [text for text in found if not NUMBER.fullmatch(text)]


def test_nothing_overlaps_or_leaves_the_margins(report: list[Figure]) -> None:
    for number, page in enumerate(report, 1):
        name = f"{number} of {len(report)}"
        assert texts(page)[-1] == name
        assert tuple(page.get_size_inches()) == PAGE, name
        assert overlapping(page) == [], name
        assert body(beyond(page, MARGIN)) == [], name


def test_a_page_is_filled_and_begins_with_a_beginning(report: list[Figure]) -> None:
    for number, page in enumerate(report, 1):
        boxes = [one.box for one in placed(page) if not NUMBER.fullmatch(one.text)]
        lowest = min(box.y0 for box in boxes)
        assert (PAGE[1] - MARGIN - lowest) / (PAGE[1] - 2 * MARGIN) > 1 / 3, number
        title, *lines = sorted(page.texts, key=lambda text: -text.get_position()[1])
        assert title.get_weight() == "bold", number
        beginning = lines[0].get_text()
        assert not beginning[0].islower(), f"{number} begins with the end of a sentence"


def test_no_label_stands_twice_on_a_page(report: list[Figure]) -> None:
    for page in report:
        labels = [axes.get_xlabel() for axes in page.axes] + [
            axes.get_ylabel() for axes in page.axes
        ]
        labels += [axes.get_title(loc="left") for axes in page.axes]
        labels += [
            text.get_text()
            for axes in page.axes
            if axes.get_legend()
            for text in axes.get_legend().get_texts()
        ]
        twice = [label for label, count in Counter(filter(None, labels)).items() if count > 1]
        assert twice == []
    for name in ("class activation map", "epsilon", "what was\nadded", "class seen", "nearest"):
        assert max(texts(page).count(name) for page in report) == 1


def test_every_question_names_its_page(report: list[Figure]) -> None:
    front = texts(report[0])
    questions = [(one, row) for one in sections.SECTIONS for row in one.questions]
    assert len(questions) == 15
    for section, question in questions:
        page = int(front[front.index(question) + 1])
        assert section.title in texts(report[page - 1])


SAID = {
    "Part 1: convolution and pooling by hand": ["F.unfold", "max_pool2d, kernel 2", "float64"],
    "Part 2: the small CNN on MNIST": ["39,248 parameters", "Linear(294 → 128)"],
    "Part 2: its training": ["loss, nats", "asks for 90% after at least 5 epochs: reached"],
    "Part 3: the ResNet": ["4,829,258 parameters", "He initialisation", "block3"],
    "Part 4: the ResNet on CIFAR-10": ["asks for 85% after at least 30 epochs: reached"],
    "Part 5: class activation maps": ["input", "blend, alpha 0.5", "test picture 2:"],
    "Part 5: interpolations": ["nearest", "spline", "Uneven:", "Smooth:"],
    "Part 6: models A and B, and the three attacks": ["21,840 parameters", "Task 3, the improved"],
    "Part 6: success over epsilon, task by task": ["model A", "model B", "model M"],
    "Part 6: success over epsilon, network by network": ["task 3: 1 → 8, improved", "A, gain"],
    "Part 6: adversarial pictures against model A": ["task 2:", "task 3:", "8, fooled"],
    "Part 6: adversarial pictures against model B": ["task 2:", "task 3:", "8, fooled"],
    "Part 6: answers": ["A against B", "task 3 improve", "model M", "Training set or test set?"],
    "How it was made": ["python train_all.py attack-curves", "seed 0"],
}


@pytest.mark.parametrize(("title", "said"), SAID.items())
def test_every_part_of_the_homework_has_its_page(
    report: list[Figure], title: str, said: list[str]
) -> None:
    found = words(page_of(report, title))
    for part in said:
        assert part in found


def test_the_numbers_are_those_of_cards_and_results(report: list[Figure]) -> None:
    for name in homework.NETWORKS:
        card = checkpoints.load_card(name)
        assert f"{card['result']['validation_accuracy']:.2%}" in words(report[0])
        assert card["command"].split()[-1] in words(report[0])
    rates = homework.shares(results.load("mnist_attacks"))
    found = words(page_of(report, "Part 6: answers"))
    for model in "AB":
        for epsilon in homework.BONUS_EPSILONS:
            assert f"{rates[homework.THIRD, model, epsilon]:.2%}" in found
    assert f"{rates[homework.SECOND, 'A', 12]:.2%} to {rates[homework.THIRD, 'A', 12]:.2%}" in found
    assert f"{rates[homework.SECOND, 'B', 64]:.2%} to {rates[homework.THIRD, 'B', 64]:.2%}" in found


@pytest.mark.parametrize(
    ("accuracy", "epochs", "word"),
    [(0.9, 5, "reached"), (0.8999, 5, "missed"), (0.95, 4, "missed")],
)
def test_reached_is_said_of_enough_accuracy_after_enough_epochs(
    accuracy: float, epochs: int, word: str
) -> None:
    card = checkpoints.load_card("mnist_cnn")
    result = card["result"] | {"validation_accuracy": accuracy, "epochs": epochs}
    assert f"at least 5 epochs: {word}." in answers.accuracy(card | {"result": result})


def test_pictures_that_stay_as_they_are_are_no_reason() -> None:
    card = checkpoints.load_card("mnist_cnn")
    assert "randomly changed" in answers.generalisation(card)
    plain = card | {"config": card["config"] | {"augmentation": "none"}}
    assert "randomly changed" not in answers.generalisation(plain)
    assert "while the weights move" in answers.generalisation(plain)


def test_an_early_lead_of_validation_is_explained_too() -> None:
    card = checkpoints.load_card("cifar10_resnet")
    told = answers.generalisation(card)
    assert card["result"]["validation_accuracy"] < card["history"][-1]["train_accuracy"]
    assert "Validation is better than training in the first" in told
    assert "randomly changed" in told


def test_the_gain_that_is_named_is_the_largest_one() -> None:
    def row(task: str, epsilon: float, successes: int) -> dict[str, object]:
        common = {"model": "A", "inputs": 100, "epsilon": epsilon}
        return {"attack": task, "successes": successes, **common}

    measured = {
        "epsilons": [2, 4, 8],
        "rates": [
            *(row(homework.SECOND, *pair) for pair in ((2, 10), (4, 50), (8, 90))),
            *(row(homework.THIRD, *pair) for pair in ((2, 12), (4, 75), (8, 89))),
        ],
    }
    said = rates.improvement(measured, "A")
    assert said == "on model A most at epsilon 4, from 50.00% to 75.00% (+25.00 points)"


def attacked(second: list[int], third: list[int], stored: list[int | None]) -> dict[str, object]:
    """A result of 1,135 ones at the epsilons 2, 4, ...; on B all is as it was."""
    count = len(second)
    epsilons = [2.0 * number for number in range(1, count + 1)]
    still: list[int | None] = [None] * count
    counts = {
        ("A", homework.FIRST): (second, still),
        ("A", homework.SECOND): (second, stored),
        ("A", homework.THIRD): (third, third),
        **{("B", task): (second, still) for task in homework.TASKS},
    }
    return {
        "epsilons": epsilons,
        "rates": [
            {"model": model, "attack": task, "epsilon": epsilon, "inputs": 1135}
            | {"successes": real, "successes_stored": rounded}
            for (model, task), both in counts.items()
            for epsilon, real, rounded in zip(epsilons, *both, strict=True)
        ],
    }


def test_the_gains_are_the_differences_of_the_printed_rates(report: list[Figure]) -> None:
    """552 and 757 of 1,135 are 48.63% and 66.70%, and 18.07 apart on paper (18.06 exactly)."""
    measured = attacked([552], [757], [None])
    assert rates.gain(measured, "A", 2) == pytest.approx(18.07)
    assert "48.63% to 66.70% (+18.07 points)" in rates.improvement(measured, "A")
    columns = re.compile(r"(\d+\.\d\d)%")
    page = page_of(report, "Part 6: success over epsilon, network by network")
    cells = [text for text in texts(page) if columns.fullmatch(text) or text[0] in "+−"]
    gains = [cell for cell in cells if "%" not in cell]
    printed = [float(cell.strip("%")) for cell in cells if "%" in cell]
    assert len(printed) == 2 * len(gains) == 4 * len(homework.EPSILONS)
    for number, told in enumerate(gains):
        second, third = printed[2 * number : 2 * number + 2]
        assert f"{third - second:+.2f}".replace("-", "−") == told


def test_whether_a_change_is_seen_is_answered_where_each_network_is_fooled() -> None:
    measured = results.load("mnist_attacks")
    rates_ = homework.shares(measured)
    said = answers.inconspicuous(measured)
    for model, found in re.findall(r"Model (\w): (yes|no)\. At epsilon", said):
        (epsilon,) = re.findall(rf"Model {model}: {found}\. At epsilon (\d+),", said)
        reached = {
            at: rate
            for (task, network, at), rate in rates_.items()
            if (task, network) == (homework.FIRST, model)
        }
        assert (
            reached[float(epsilon)]
            >= 0.5
            > max(rate for at, rate in reached.items() if at < float(epsilon))
        )
        assert (found == "yes") == (float(epsilon) <= answers.FAINT)
    assert set(re.findall(r"Model (\w): (?:yes|no)", said)) == set(homework.ATTACKED)
    assert "there:" not in said


def test_where_task_3_is_worse_is_said(report: list[Figure]) -> None:
    said = rates.losses(attacked([5, 7, 9, 9], [6, 6, 8, 6], [None] * 4))
    assert "on model A at epsilon 4, 6 and 8: at most 3 of 1,135" in said
    none = "At no epsilon does task 3 reach fewer pictures than task 2."
    assert rates.losses(attacked([5], [5], [None])) == none
    measured = results.load(homework.ATTACK_RESULT)
    for title in ("Part 6: success over epsilon, network by network", "Part 6: answers"):
        assert rates.losses(measured)[:60] in words(page_of(report, title))


def test_success_on_rounded_pictures_stands_beside_the_real_one_where_they_differ(
    report: list[Figure],
) -> None:
    measured = attacked([552, 600, 700], [757, 800, 900], [552, 590, None])
    cells = ("–", "52.86 / 51.98", "–", "–", "–", "–")
    assert rates.stored_rates(measured) == [("4", *cells)]
    assert rates.stored_rates(attacked([5], [6], [None])) == []  # a card of an earlier version
    shipped = rates.stored_rates(results.load(homework.ATTACK_RESULT))
    assert shipped
    found = words(page_of(report, "Part 6: success over epsilon, task by task"))
    for row in shipped:
        assert " ".join(row) in found


def test_where_the_curve_ends_elsewhere_is_said(report: list[Figure]) -> None:
    page = words(page_of(report, "Part 4: the ResNet on CIFAR-10"))
    card = checkpoints.load_card("cifar10_resnet")
    last, shipped = (one["validation_accuracy"] for one in (card["history"][-1], card["result"]))
    assert f"{last:.2%}" != f"{shipped:.2%}"
    assert f"The curve ends at {last:.2%}, since after the last epoch batch normalisation's" in page
    same = card | {"result": card["result"] | {"validation_accuracy": last}}
    assert "The curve ends" not in answers.accuracy(same)
    half = card | {"config": card["config"] | {"precise_bn": False}}
    assert "measured once more, as it is stored" in answers.accuracy(half)


def test_a_blend_of_the_report_has_the_opacity_that_is_printed(report: list[Figure]) -> None:
    page = page_of(report, "Part 5: class activation maps")
    found = cells_on_paper(page)
    assert len(found) == 3 * sections.CAM_ROWS
    for row in range(sections.CAM_ROWS):
        assert implied_alpha(*found[3 * row : 3 * row + 3]) == pytest.approx(0.5, abs=0.005)


def test_nothing_in_the_pdf_is_transparent(pdf: bytes) -> None:
    opacities = re.findall(rb"/(?:CA|ca) ([\d.]+)", pdf)
    assert opacities
    assert {float(one) for one in opacities} <= {0.0, 1.0}, "drawn or not drawn"
    assert b"/SMask" not in pdf


def test_the_pdf_holds_its_text_as_text(report: list[Figure], pdf: bytes) -> None:
    found = page_texts(pdf)
    assert len(found) == len(report)
    assert "What the homework asks" in found[0]
    assert pdf.count(b"/FontFile2") >= 3, "the fonts are embedded"


@pytest.mark.parametrize(
    "missing", ["mnist_attacks.json", "cifar10_resnet_plain.json", "mnist_model_b.safetensors"]
)
def test_what_is_missing_is_one_sentence(tmp_path: Path, missing: str) -> None:
    folder = tmp_path / "checkpoints"
    shutil.copytree(checkpoints.CHECKPOINTS, folder)
    (folder / missing).unlink()
    with pytest.raises(CheckpointError, match="missing"):
        pages.pages(folder)


def test_the_pictures_of_the_command_cam_are_drawn_alone() -> None:
    above, below = pages.cam_figures(checkpoints.load("cifar10_resnet"), "nearest", 0.3)
    assert "blend, alpha 0.3" in texts(above)
    assert "bicubic" in texts(below)
    for figure in (above, below):
        assert overlapping(figure) == beyond(figure, MARGIN) == []
        assert isinstance(placed(figure)[0].artist, Text)
