"""The attack chapter with a network of one's own whose weights are extreme: every view lives, and
says what cannot be computed.
"""

import functools

import pytest
import safetensors.torch
import torch

from core import checkpoints
from tests.app.chapters.opened import open_chapter, texts

VIEWS = ("Live", "Step by step", "All epsilons", "Robust, or hiding?")  # that take a network
ATTACKS = ("Task 2: targeted PGD", "MI-FGSM")


@functools.cache
def weights(kind: str) -> bytes:
    """The file of a network."""
    state = checkpoints.load("mnist_model_a").model.state_dict()
    changed = {key: value.clone() for key, value in state.items()}
    if kind == "always 8":
        changed = {key: torch.zeros_like(value) for key, value in state.items()}
        changed["fc2.bias"][8] = 5
    elif kind == "all 0":
        changed = {key: torch.zeros_like(value) for key, value in state.items()}
    elif kind == "all times 1e12":
        changed = {key: value * 1e12 for key, value in state.items()}
    elif kind == "logits near the largest float":
        changed["fc2.weight"] *= 3e36
    elif kind == "all times 1e-12":
        changed = {key: value * 1e-12 for key, value in state.items()}
    return safetensors.torch.save(changed)


KINDS = (
    "always 8",
    "all 0",
    "all times 1e12",
    "logits near the largest float",
    "all times 1e-12",
)
NOT_FINITE = "The model gives logits that are not finite"
NONE_RIGHT = "There is no picture that the network classifies right"
TOLD = {
    ("always 8", "Robust, or hiding?"): NONE_RIGHT,
    **{("all times 1e12", view): NOT_FINITE for view in VIEWS},
}


def open_with(kind: str, view: str, **parameters: str):
    app = open_chapter("attack", view=view, network="Own", **parameters)
    file = (f"{kind}.safetensors", weights(kind), "application/octet-stream")
    app.file_uploader[0].set_value(file).run()
    return app


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_view_lives_with_extreme_weights(no_data, kind, view):
    app = open_with(kind, view)
    assert not app.exception
    told = [box.value for box in app.error]
    expected = TOLD.get((kind, view))
    if kind == "logits near the largest float":
        assert all("not finite" in one for one in told)
        assert len(told) <= 1
    else:
        assert [one[: len(expected or "")] for one in told] == ([expected] if expected else [])
    assert "which gives" in texts(app)
    assert "nan%" not in texts(app)
    named = "Its logits are not finite: conv1.bias goes up to 1e+12"
    assert (named in texts(app)) == (kind == "all times 1e12")


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("kind", ["always 8", "logits near the largest float"])
def test_every_attack_lives_with_extreme_weights(no_data, kind, attack):
    app = open_with(kind, "Live", attack=attack, logits="true", epsilon="64")
    assert not app.exception
    for view in ("Step by step", "All epsilons"):
        app.query_params["view"] = view
        app.run()
        assert not app.exception
        assert "nan%" not in texts(app)
