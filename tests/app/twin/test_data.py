"""What the static twin is made with is what is stored, and what core gives."""

import pytest
import torch

from app.twin import data
from app.ui.packing import unpacked
from core import checkpoints, homework
from core.cam import class_activation_maps
from core.checkpoints import results
from core.data.samples import load_samples
from core.models import to_input


def test_the_curves_are_the_stored_rates():
    rows = results.load("mnist_attacks")["rates"]
    rates = data.measured_rates()
    assert set(rates) == {"task1", "task2", "task3", "pgd"}
    for name, attack in (("task1", homework.FIRST), ("task2", homework.SECOND)):
        for model in ("A", "B", "M"):
            expected = {
                row["epsilon"]: row["successes"] / row["inputs"]
                for row in rows
                if (row["attack"], row["model"]) == (attack, model)
            }
            assert dict(rates[name][model]) == expected
    assert rates["task1"]["of"] == "10,000 digits"
    assert rates["task3"]["of"] == "1,135 ones, target 8"


def test_every_map_and_its_channels_add_up_to_the_logit():
    found = data.photo_data()
    image, model = load_samples("cifar10").images[3:4], checkpoints.load(homework.RESNET).model
    expected = class_activation_maps(model, to_input(model, image))
    for label, one in enumerate(found["photos"][3]["maps"]):
        values, logit = unpacked(one["values"]), found["photos"][3]["logits"][label]
        torch.testing.assert_close(values, expected.maps[0, label].flatten(), rtol=0, atol=1e-5)
        assert float(values.mean()) + found["bias"][label] == pytest.approx(logit, abs=1e-4)
        shares = [channel["share"] for channel in one["channels"]]
        assert sum(shares) + one["rest"] + found["bias"][label] == pytest.approx(logit, abs=1e-4)
        assert sorted(shares, key=abs, reverse=True) == shares
