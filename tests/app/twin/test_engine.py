"""The networks, maps and attacks that the static twin computes are those of core; in the browser,
with 1,000 digits: python -m benchmarks.twin.
"""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from benchmarks.twin import questions
from benchmarks.twin.questions import CNN, Attack, Question
from core.data.photos import centred_digit
from tests.app.twin.asking import answers, digits

CLOSE = 1e-4
# In float64 a few signs of a gradient are decided by its 16th digit: of cross-entropy where a
# network is sure, so that the gradient is all but 0.
ATTACKS = [
    ("A", Attack("improved", False, 20, 16)),
    ("A", Attack("improved", True, 30, 24.5)),
    ("A", Attack("pgd", False, 20, 12)),
    ("B", Attack("pgd", True, 20, 32)),
    ("B", Attack("momentum", False, 10, 24)),
    ("B", Attack("fgsm", False, 1, 30)),
    ("M", Attack("improved", False, 20, 16)),
]


def test_layers_and_maps_are_what_core_gives(tmp_path):
    images = digits(100).images
    asked = [questions.layers_of(name, images) for name in (CNN, "A", "B")]
    *layers, maps = answers(tmp_path, *asked, questions.maps_of(images[:20]))
    assert [len(one) for one in layers] == [7, 1, 1]
    assert max(map(max, layers)) <= CLOSE, f"largest differences of the layers: {layers}"
    assert maps <= CLOSE


def test_other_weights_make_another_network(tmp_path):
    images = digits(5).images
    asked = questions.layers_of("A", images), questions.maps_of(images)
    (logits,), maps = answers(tmp_path, *asked, change=0.01)
    assert logits > CLOSE
    assert maps > CLOSE


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """For each attack what core has found, the question, and what node says."""
    pictures = digits(6)
    asked = [questions.attack_of(name, pictures, attack, torch.float64) for name, attack in ATTACKS]
    rows = answers(tmp_path_factory.mktemp("asked"), *(question for _, question in asked))
    return [(*one, row) for one, row in zip(asked, rows, strict=True)]


@pytest.mark.parametrize("index", range(len(ATTACKS)))
def test_an_attack_makes_the_pictures_of_core(index, attacked):
    found, question, rows = attacked[index]
    assert max(row[0] for row in rows) <= CLOSE
    assert [row[1] for row in rows] == found.gradients.tolist()
    assert [row[2] for row in rows] == found.success.tolist()
    changed = np.abs(question.arrays["expected"] - question.arrays["images"]).max()
    assert changed == int(ATTACKS[index][1].epsilon), "it did something, and no more than it may"


def test_the_pictures_of_the_app_are_those_of_the_twin(tmp_path):
    attack = Attack("improved", False, 20, 24)
    found, question = questions.attack_of("A", digits(20), attack, torch.float32)
    (rows,) = answers(tmp_path, question)
    assert sum(row[0] <= CLOSE for row in rows) >= 19, "float32 may decide a sign otherwise"
    assert [row[2] for row in rows] == found.success.tolist()


def drawn(seed, side=56):
    """A drawing with soft edges, as the pad gives them; of every tenth one point."""
    random = np.random.default_rng(seed)
    picture = Image.new("L", (side * 5, side * 5))
    points = [tuple(map(int, random.integers(20, side * 5 - 20, 2))) for _ in range(5)]
    points = points[:2] if seed % 3 == 0 else points
    if seed % 10 == 0:
        ImageDraw.Draw(picture).ellipse((100, 100, 104, 104), fill=255)
    else:
        ImageDraw.Draw(picture).line(points, fill=255, width=22)
    return np.array(picture.resize((side, side), Image.Resampling.BILINEAR))


def test_drawings_become_the_digits_of_core_to_the_last_grey_value(tmp_path):
    drawings = np.stack([drawn(seed) for seed in range(40)] + [np.zeros((56, 56), np.uint8)])
    (found,) = answers(tmp_path, Question("drawings", {"side": 56}, {"images": drawings}))
    assert found[-1] is None
    exact = 0
    for one, drawing in zip(found[:-1], drawings):
        expected = centred_digit(torch.from_numpy(drawing))
        assert expected is not None
        gap = int((torch.tensor(one) - expected.flatten().int()).abs().max())
        height, width = ((drawing > 0).any(axis).sum() for axis in (1, 0))
        # Pillow takes the columns of a high and narrow picture first, or not: by its version.
        assert gap <= (16 if height > 2 * width else 0)
        exact += gap == 0
    assert exact >= 35
