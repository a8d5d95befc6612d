"""What tests ask the engine of the static twin in node, and what core says to the same."""

import json

import numpy as np
import torch

from app.twin.data import flat_weights
from core import attacks, checkpoints, homework
from core.checks import generator
from core.data.samples import load_training_digits
from core.explain.trace import layer_values
from tests.app.components.test_components_js import HERE, run_node

SCRIPT = HERE.parent / "twin" / "in_node.mjs"
LAYERS = [0, 2, 3, 5, 6, 8, 9]  # the engine's numbers of those that core.explain.trace names
METHODS = {
    "improved": attacks.IMPROVED,
    "pgd": attacks.PGD,
    "fgsm": attacks.FGSM,
    "momentum": attacks.MI_FGSM,
}
KINDS = {"float32": "Float32Array", "float64": "Float64Array", "uint8": "Uint8Array"}


def files_of(folder, question, **arrays):
    """Write a question with its numbers into a folder."""
    kinds = {}
    for name, array in arrays.items():
        array = np.ascontiguousarray(array)
        (folder / f"{name}.bin").write_bytes(array.tobytes())
        kinds[name] = KINDS[array.dtype.name]
    (folder / "question.json").write_text(json.dumps(question | {"files": kinds}), "utf-8")
    return folder


def answer(folder):
    return json.loads(run_node(SCRIPT, folder))


def digits(count):
    return load_training_digits().subset(slice(count))


def layers_question(name, images, change=0.0):
    """Every layer of a network for digits, as core has them in float32."""
    model = checkpoints.load(name).model
    weights = flat_weights(model)
    weights[0] += change
    with torch.no_grad():
        if name == homework.MNIST_CNN:
            kind, layers = "MnistCNN", LAYERS
            values = layer_values(model, images.float() / 255)
        else:
            kind, layers, values = "DigitNet", [9], (model(images.float()),)
    expected = torch.cat([one.flatten(1) for one in values], 1)
    question = {"what": "layerDifferences", "kind": kind, "layers": layers}
    return question, {"weights": weights, "images": images.numpy(), "expected": expected.numpy()}


def attack_question(name, pictures, method, *, epsilon, gradients, dtype, target=None):
    """Adversarial pictures of core in one dtype; the twin computes in float64 but for what it
    rounds as float32 does.
    """
    model = checkpoints.load(name).model.to(dtype)
    images, goals = pictures.images, pictures.labels
    if target is not None:
        goals = torch.full_like(goals, target)
    found = attacks.attack(
        model,
        images.to(dtype),
        goals,
        epsilon,
        method=METHODS[method],
        targeted=target is not None,
        bounds=model.bounds,
        max_gradients=gradients,
        whole=True,
    )
    setting = {
        "method": method,
        "targeted": target is not None,
        "epsilon": epsilon,
        "gradients": gradients,
        "whole": True,
        "single": dtype == torch.float32,
    }
    settings = [setting | {"label": label} for label in goals.tolist()]
    noise = torch.rand(images.shape, generator=generator(0), dtype=dtype)
    arrays = {
        "weights": flat_weights(model),
        "images": images.numpy(),
        "expected": found.adversarial.double().numpy(),
        "noise": noise.double().numpy(),
    }
    return found, {"what": "attacked", "kind": "DigitNet", "settings": settings}, arrays
