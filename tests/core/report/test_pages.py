"""core.report.pages: the homework's report holds its parts, and two runs give the same bytes."""

import shutil
from pathlib import Path

import pytest

from core import checkpoints, homework
from core.checkpoints import CheckpointError, results
from core.report import figures, pages

PAGES = pages.pages()


def texts(page: figures.Page) -> str:
    return "\n".join(text.get_text() for text in page.findobj(lambda one: hasattr(one, "get_text")))


def test_every_part_of_the_homework_has_its_page() -> None:
    whole = "\n".join(map(texts, PAGES))
    for part in (
        "Part 2: the small CNN",
        "Part 4: the ResNet",
        "class activation map",
        "nearest",
        "bicubic",
        "Part 6: success",
        "task 3: 1 → 8, improved",
        "model A",
        "model B",
        "A against B",
        "Bonus, task 3",
        "Training set or test set?",
        "Appendix",
    ):
        assert part in whole
    for name in homework.NETWORKS:
        card = checkpoints.load_card(name)
        assert f"{card['result']['validation_accuracy']:.2%}" in whole
        assert card["command"].split()[-1] in whole


def test_the_curves_are_those_of_the_cards() -> None:
    card = checkpoints.load_card("mnist_cnn")
    lines = {line.get_label(): list(line.get_ydata()) for line in PAGES[1].axes[0].lines}
    assert lines[f"{card['title']}: validation"] == [
        record["validation_loss"] for record in card["history"]
    ]


def test_the_rates_are_those_that_were_measured() -> None:
    page = next(page for page in PAGES if "Part 6: success" in texts(page))
    rows = [
        row
        for row in results.load("mnist_attacks")["rates"]
        if row["attack"].startswith("task 1") and row["model"] == "B"
    ]
    lines = {line.get_label(): list(line.get_ydata()) for line in page.axes[0].lines}
    assert lines["model B"] == [row["successes"] / row["inputs"] for row in rows]


def test_two_reports_have_the_same_bytes(tmp_path: Path) -> None:
    one, other = figures.pdf_bytes(PAGES[:3]), figures.pdf_bytes(pages.pages()[:3])
    assert one == other
    assert one.startswith(b"%PDF")
    assert b"/FontFile2" in one, "the fonts are embedded"
    figures.write_pdf(tmp_path / "report.pdf", PAGES[:3])
    assert (tmp_path / "report.pdf").read_bytes() == one


@pytest.mark.parametrize(
    "missing", ["mnist_attacks.json", "cifar10_resnet_plain.json", "mnist_model_b.safetensors"]
)
def test_what_is_missing_is_one_sentence(tmp_path: Path, missing: str) -> None:
    folder = tmp_path / "checkpoints"
    shutil.copytree(checkpoints.CHECKPOINTS, folder)
    (folder / missing).unlink()
    with pytest.raises(CheckpointError, match="missing"):
        pages.pages(folder)
