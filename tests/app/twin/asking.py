"""What tests ask the engine of the static twin in node."""

import json
from functools import cache

import numpy as np

from app.twin.data import flat_weights
from benchmarks.twin.questions import NETWORKS
from core import checkpoints
from core.data.samples import load_training_digits
from tests.app.components.test_components_js import HERE, run_node

SCRIPT = HERE.parent / "twin" / "in_node.mjs"


@cache
def _digits():
    return load_training_digits()


def digits(count):
    return _digits().subset(slice(count))


@cache
def weights_of(name):
    return flat_weights(checkpoints.load(NETWORKS[name]).model)


def answers(folder, *questions, change=0.0):
    """What node says to each question.

    Args:
        folder: to write them into.
        questions: of ``benchmarks.twin``.
        change: of every weight.
    """
    for name in NETWORKS:
        weights = weights_of(name).copy()
        weights += change
        (folder / f"{name}.bin").write_bytes(np.ascontiguousarray(weights).tobytes())
    places = [str(question.write(folder / str(index))) for index, question in enumerate(questions)]
    return json.loads(run_node(SCRIPT, folder, *places))
