"""benchmarks.five_epochs: the table has the accuracies' mean and error, and the ratio of times."""

from benchmarks.five_epochs import FASTER, RECIPES, SHIPPED, Trained, rows
from core.data.facts import ROOT


def test_the_table_by_hand():
    found = {
        SHIPPED: [Trained(0.98, 30.0), Trained(0.99, 20.0), Trained(1.0, 25.0)],
        FASTER: [Trained(0.97, 15.0), Trained(0.97, 15.0), Trained(0.97, 10.0)],
    }
    shipped, faster = rows(found)
    expected = "the recipe that ships 99.00% ± 0.58% 20.0 to 30.0 s 1.00 [1.00-1.00]"
    assert " ".join(shipped.split()) == expected
    expected = "the faster one 97.00% ± 0.00% 10.0 to 15.0 s 0.50 [0.40-0.75]"
    assert " ".join(faster.split()) == expected


def test_the_faster_recipe_is_the_one_of_the_guide():
    guide = (ROOT / "docs" / "training.md").read_text("utf-8")
    command = guide.partition("train_all.py mnist --epochs 5 ")[2].partition("--out")[0]
    assert tuple(command.replace("\\\n", " ").split()) == RECIPES[FASTER]
