"""The networks and attacks that the static twin computes are those of core; in the browser, with
1,000 digits: tests/browser/test_twin.py.
"""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from core import homework
from core.data.photos import centred_digit
from tests.app.twin.asking import answer, attack_question, digits, files_of, layers_question

CLOSE = 1e-4
A, B = homework.MODEL_A, homework.MODEL_B


@pytest.mark.parametrize("name", [homework.MNIST_CNN, A, B])
def test_every_layer_is_what_core_gives(name, tmp_path):
    question, arrays = layers_question(name, digits(200).images)
    differences = answer(files_of(tmp_path, question, **arrays))
    assert max(differences) <= CLOSE, f"largest differences of the layers: {differences}"


def test_another_weight_makes_another_network(tmp_path):
    question, arrays = layers_question(A, digits(5).images, change=0.01)
    assert answer(files_of(tmp_path, question, **arrays))[0] > CLOSE


# In float64 a few signs of a gradient are decided by its 16th digit: of cross-entropy where a
# network is sure, so that the gradient is all but 0.
@pytest.mark.parametrize(
    ("name", "method", "target", "epsilon", "gradients"),
    [
        (A, "improved", None, 16, 20),
        (B, "improved", None, 40, 20),
        (A, "improved", 8, 24.5, 30),
        (A, "pgd", None, 12, 20),
        (B, "pgd", 8, 32, 20),
        (B, "momentum", None, 24, 10),
        (B, "fgsm", None, 30, 1),
    ],
)
def test_an_attack_makes_the_pictures_of_core(name, method, target, epsilon, gradients, tmp_path):
    pictures = digits(10)
    found, question, arrays = attack_question(
        name,
        pictures,
        method,
        epsilon=epsilon,
        gradients=gradients,
        dtype=torch.float64,
        target=target,
    )
    rows = answer(files_of(tmp_path, question, **arrays))
    assert max(row[0] for row in rows) <= CLOSE
    assert [row[1] for row in rows] == found.gradients.tolist()
    assert [row[2] for row in rows] == found.success.tolist()
    changed = np.abs(arrays["expected"] - arrays["images"]).max()
    assert changed == int(epsilon), "the attack did something, and no more than it may"


def test_the_pictures_of_the_app_are_those_of_the_twin(tmp_path):
    pictures = digits(30)
    found, question, arrays = attack_question(
        A, pictures, "improved", epsilon=24, gradients=20, dtype=torch.float32
    )
    rows = answer(files_of(tmp_path, question, **arrays))
    assert sum(row[0] <= CLOSE for row in rows) >= 28, "float32 may decide a sign otherwise"
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
    drawings = np.stack([drawn(seed) for seed in range(60)] + [np.zeros((56, 56), np.uint8)])
    question = {"what": "drawings", "side": 56}
    found = answer(files_of(tmp_path, question, images=drawings))
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
    assert exact >= 55
