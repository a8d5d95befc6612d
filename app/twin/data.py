"""What the static twin shows and computes with, as plain data: weights, digits, the random start of
attacks, colours, and the maps of the ResNet, which no browser computes.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from app.twin.templates import network_data
from app.ui import colours, palette
from app.ui.charts import signed
from app.ui.packing import floats
from app.ui.picture_files import data_url
from core import cam, checkpoints, homework
from core.checkpoints import results
from core.checks import generator
from core.data.facts import facts
from core.data.samples import load_samples
from core.explain.kernels import BOX, FIXED, GAUSS, IDENTITY, preset
from core.homework import MASKED, MNIST_CNN, MODEL_A, MODEL_B, RESNET
from core.models import Saturated, to_input

NETWORKS = {"cnn": MNIST_CNN, "A": MODEL_A, "B": MODEL_B}  # name in the site to checkpoint
KERNELS = (*FIXED, BOX, GAUSS, IDENTITY)
KERNEL = (3, 3)  # their size
RATES = "mnist_attacks"  # what train_all.py attack-curves has stored
# Attacks by their names in the site to what was measured.
CURVES = {
    "task1": homework.FIRST,
    "task2": homework.SECOND,
    "task3": homework.THIRD,
    "pgd": homework.PLAIN,
}
SEED = 0  # of attacks, as everywhere in the app
SIZE = (32, 32)  # of the ResNet's photos
STRONGEST = 4  # of its channels that are shown


def flat_weights(model: nn.Module) -> npt.NDArray[np.float32]:
    """All weights of a network one after the other, as ``app/twin/engine/networks.js`` takes them.

    Args:
        model: whose state dict names each layer's weight and then its bias.
    """
    parts = [one.detach().flatten() for one in model.state_dict().values()]
    return torch.cat(parts).float().numpy()


def site_data() -> dict[str, Any]:
    """What the pages compute with: networks, digits, the random start of attacks, colours.

    Raises:
        CheckpointError: a network is missing or damaged.
        DatasetError: likewise a bundled picture.
    """
    digits, photos = load_samples("mnist"), load_samples("cifar10")
    names = facts("cifar10").classes
    return {
        "networks": _networks(),
        "digits": {"images": _bytes(digits.images), "labels": digits.labels.tolist()},
        "photos": {
            "images": _bytes(photos.images),
            "labels": [names[label] for label in photos.labels.tolist()],
        },
        "cnn": network_data(),
        "rates": {"names": homework.NAMES, "measured": measured_rates()},
        "start": floats(torch.rand((1, 1, 28, 28), generator=generator(SEED))),
        "colours": layer_colours(),
        "kernels": {name: preset(name, KERNEL).tolist() for name in KERNELS},
        "lines": {theme: look(theme) for theme in ("light", "dark")},
    }


def measured_rates() -> dict[str, dict[str, Any]]:
    """The stored success rates: attack to network to (epsilon, share), and of what they are shares.

    Raises:
        CheckpointError: the stored result is missing or damaged.
    """
    rows = results.load(RATES, checkpoints.CHECKPOINTS)["rates"]
    found: dict[str, dict[str, Any]] = {}
    for name, attack in CURVES.items():
        mine = [row for row in rows if row["attack"] == attack]
        count = f"{mine[0]['inputs']:,}"
        targeted = homework.EVALUATED[attack].target is not None
        found[name] = {"of": f"{count} ones, target 8" if targeted else f"{count} digits"}
        for model in homework.NAMES:
            found[name][model] = [
                (row["epsilon"], row["successes"] / row["inputs"])
                for row in mine
                if row["model"] == model
            ]
    return found


def layer_colours() -> dict[str, tuple[str, ...]]:
    """Of values and of weights negative, zero, positive; of evidence against a class and for it."""
    return {"values": palette.VALUES, "weights": palette.WEIGHTS, "evidence": palette.EVIDENCE}


def look(theme: str) -> dict[str, str]:
    """What ``app.ui.grids`` adds to each picture for a theme.

    Args:
        theme: "light" or "dark".
    """
    return {
        "font": palette.FONT,
        "faint": palette.FAINT[theme],
        "between": palette.FAINT["light"],
        "line": palette.LINE[theme],
    }


def _bytes(images: Tensor) -> str:
    return base64.b64encode(images.numpy().tobytes()).decode()


def _networks() -> dict[str, dict[str, Any]]:
    """Kind and weights of each; M is A with its logits multiplied."""
    found: dict[str, dict[str, Any]] = {}
    for name, checkpoint in NETWORKS.items():
        model = checkpoints.load(checkpoint, checkpoints.CHECKPOINTS).model
        weights = floats(torch.from_numpy(flat_weights(model)))
        found[name] = {"kind": type(model).__name__, "weights": weights}
        for masked in (one for one, of in MASKED.items() if of == name):
            found[masked] = found[name] | {"factor": Saturated(model).factor}
    return found


def photo_data() -> dict[str, Any]:
    """The bundled photos with the class activation map of every class.

    Raises:
        CheckpointError: the ResNet is missing or damaged.
        DatasetError: likewise a bundled picture.
    """
    found, classes = load_samples("cifar10"), facts("cifar10").classes
    model = checkpoints.load(RESNET, checkpoints.CHECKPOINTS).model
    result = cam.class_activation_maps(model, to_input(model, found.images))
    maps = cam.upsample(result.maps, SIZE, "bilinear")
    photos = [
        {
            "name": f"Test picture {found.test_indices[index]}, {classes[label]}",
            "url": data_url(image),
            "logits": result.logits[index].tolist(),
            "maps": [
                _map(result, index, label, maps[index, label]) for label in range(len(classes))
            ],
        }
        for index, (image, label) in enumerate(zip(found.images, found.labels.tolist()))
    ]
    scale = data_url(colours.scale(colours.CLEAR))
    return {
        "photos": photos,
        "classes": list(classes),
        "scale": scale,
        "bias": result.bias.tolist(),
        "weights": result.weight.shape[1],
    }


def _map(result: cam.CamResult, index: int, label: int, large: Tensor) -> dict[str, Any]:
    """One class's map: its numbers, as a coloured picture with the ends of its scale, and the
    channels that move the logit most.
    """
    low, high = colours.limits(large, colours.CLEAR)
    found = cam.strongest_channels(result, index, label, STRONGEST)
    rows = zip(found.index.tolist(), found.weight, found.shares, found.products)
    return {
        "url": data_url(colours.coloured(large, low, high, colours.CLEAR)),
        "low": f"against {signed(low)}",
        "high": f"{signed(high)} for",
        "values": floats(result.maps[index, label]),
        "channels": [
            {
                "index": channel,
                "weight": float(weight),
                "share": float(share),
                "values": floats(product),
            }
            for channel, weight, share, product in rows
        ],
        "rest": found.rest,
    }
