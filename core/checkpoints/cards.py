"""The card of a trained network, NAME.json: what it holds, where it is, and whether it is whole."""

from __future__ import annotations

import json
import math
import os
import platform
import reprlib
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from core import json_files
from core.checkpoints.facts import CHECKPOINTS, checkpoint_facts, remedy
from core.checkpoints.schema import FORMAT, Card, Layout, reason
from core.data.facts import facts
from core.failures import Failure
from core.training.config import TrainConfig


class CheckpointError(Failure):
    """A checkpoint cannot be used; the message says which file, what is wrong and what to run."""


def load_card(name: str, folder: str | Path = CHECKPOINTS) -> dict[str, Any]:
    """Read a checkpoint's card.

    Args:
        name: of the checkpoint.
        folder: where the checkpoints are.

    Returns:
        The JSON file as a dict, with every key that ``save`` writes.

    Raises:
        CheckpointError: the card is missing or is not what ``save`` writes.
    """
    path, repair = card_path(name, folder), remedy(name, folder)
    card = read_json(path, "card", repair)
    wrong = wrong_with(card, name, Card)
    expected = checkpoint_facts(name)
    if not wrong and card["weights"] is None and expected and expected.weights != "none":
        wrong = "expected the sum of its weights"
    if wrong:
        raise CheckpointError(f"The card {path} is damaged ({wrong})", repair=repair)
    return dict(card)


def wrong_with(card: Any, name: str, layout: type[Layout]) -> str:  # noqa: ANN401 - any JSON
    """What is wrong with a card or a result, as the inside of a sentence; "" if nothing is.

    Args:
        card: what the JSON holds.
        name: of the file, which must stand in it.
        layout: what it must hold.
    """
    if not isinstance(card, dict):
        return "expected a JSON object"
    if card.get("format", FORMAT) != FORMAT:
        return f"expected format {FORMAT}, got {reprlib.repr(card['format'])}"
    if card.get("name", name) != name:
        return f"expected the card of {name}, got that of {reprlib.repr(card['name'])}"
    try:
        layout.model_validate_json(json.dumps(card))
    except ValidationError as error:
        return reason(error)
    return ""


def as_written(card: Mapping[str, Any], layout: type[Layout]) -> dict[str, Any]:
    """A card or a result with its sum, checked as it will be when it is read.

    Args:
        card: what is to be written.
        layout: what it must hold.

    Raises:
        CheckpointError: it would be refused.
    """
    name = str(card["name"])
    try:
        whole = json_files.sealed(card)
        wrong = wrong_with(json_files.parse_json(json_files.json_bytes(whole)), name, layout)
    except ValueError:
        wrong = "it holds NaN or an infinity"
    if wrong:
        raise CheckpointError(f"The card of {name} cannot be written ({wrong}).")
    return whole


def read_json(path: Path, what: str, repair: str) -> Any:  # noqa: ANN401 - whatever the JSON holds
    """Read a JSON file, strictly, and check its sum if it has one.

    Args:
        path: the file.
        what: what it is, for the message.
        repair: what to type without it.

    Raises:
        CheckpointError: it is missing, no JSON, or not what was written.
    """
    try:
        return json_files.read_json(path)
    except FileNotFoundError as error:
        raise CheckpointError(f"The {what} {path} is missing", repair=repair) from error
    except OSError as error:
        raise CheckpointError(
            f"The {what} {path} cannot be read ({error.strerror})", repair=repair
        ) from error
    except ValueError as error:
        raise CheckpointError(f"The {what} {path} is damaged ({error})", repair=repair) from error


def weights_path(name: str, folder: str | Path = CHECKPOINTS) -> Path:
    """Where the weights of a checkpoint are."""
    return Path(folder) / f"{name}.safetensors"


def card_path(name: str, folder: str | Path = CHECKPOINTS) -> Path:
    """Where the card of a checkpoint is."""
    return Path(folder) / f"{name}.json"


def epochs_path(name: str, folder: str | Path = CHECKPOINTS) -> Path:
    """Where the weights of every epoch are."""
    return Path(folder) / f"{name}_epochs"


def versions() -> dict[str, str]:
    """Versions of what decides a training's result."""
    found = {"python": platform.python_version()}
    for package in ("torch", "torchvision", "numpy", "safetensors"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def hardware(device: str) -> dict[str, Any]:
    """What something is computed on, as a card holds it.

    Args:
        device: "cpu", "cuda" or "mps".
    """
    found: dict[str, Any] = {"device": device, "cpu": cpu_name(), "cores": os.cpu_count()}
    if device == "cuda":
        found["gpu"] = torch.cuda.get_device_name()
    return found


def processor(hardware: Mapping[str, Any]) -> str:
    """What has computed a card's numbers: the GPU, where the card names one, else the processor."""
    return str(hardware.get("gpu") or hardware["cpu"])


def cpu_name() -> str:
    """The processor's name as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()


def validated_on(config: TrainConfig) -> str:
    """What a card calls the images that a network was validated on."""
    held_out = f"{config.held_out:,} held-out training images"
    images = held_out if config.held_out else "the test images"
    count = config.held_out or facts(config.dataset).test_images
    return first_of(config.limit, images) if 0 < config.limit < count else images


def first_of(count: int, images: str) -> str:
    """What a card calls the first of some images: "the first 2,000 of the test images"."""
    return f"the first {count:,} of {images}"


def duration(seconds: float) -> str:
    """Seconds as a person reads them: "42 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def accuracies(card: Mapping[str, Any]) -> tuple[str, str]:
    """The validation accuracy after the last epoch, and that of what ships, with two decimals.

    Args:
        card: of a training.
    """
    last, shipped = (one["validation_accuracy"] for one in (card["history"][-1], card["result"]))
    return f"{last:.2%}", f"{shipped:.2%}"


def end_of_curve(card: Mapping[str, Any]) -> str:
    """Why the curve of a training ends at another accuracy than that of what ships.

    Args:
        card: of a training.

    Returns:
        A sentence; nothing where both are the same.
    """
    last, shipped = accuracies(card)
    if last == shipped:
        return ""
    why = (
        "batch normalisation's statistics are measured anew, on unchanged training pictures"
        if card["config"].get("precise_bn")
        else "the network is measured once more, as it is stored and in 32 bits"
    )
    return f"The curve ends at {last}, since after the last epoch {why}."


def why_validation_leads(
    history: Sequence[Mapping[str, Any]], config: Mapping[str, Any], *, of: str = ""
) -> str:
    """In which epochs validation is better than training, and why: from what made the training
    harder.

    Args:
        history: a record an epoch, as a card keeps it.
        config: of the training, as a card keeps it.
        of: which of several runs it is.

    Returns:
        A sentence; nothing where validation never is.
    """
    when = _epochs_led(history)
    if not when:
        return ""
    harder = ["while the weights move"]
    if config.get("sharpness"):
        harder.append("at the worst ones nearby")
    pictures = _harder_pictures(config, len(history))
    if pictures:
        harder.append(f"on {pictures}")
    drops = config["model"] == "DigitNet" and config.get("dropout")
    if drops:
        harder.append("with dropout")
    after = ["with averaged weights"] if config.get("average") else []
    after += ["with the whole network"] if drops else []
    return (
        f"Validation{f' of the {of}' if of else ''} is better than training in {when}, since "
        f"training is harder: measured {', '.join(harder)}; validation after the epoch, "
        f"{', '.join([*after, 'on unchanged pictures'])}."
    )


def _harder_pictures(config: Mapping[str, Any], epochs: int) -> str:
    """What a training does to its pictures; nothing where it leaves them as they are."""
    changes = ["randomly changed"] if config["augmentation"] != "none" else []
    changes += ["attacked"] if config.get("attack_epsilon") else []
    told = [f"{' and '.join(changes)} pictures".lstrip()]
    if config.get("cutmix") or config.get("mixup"):
        told.append(f"mixed {_mixed_epochs(config, epochs)}")
    return ", ".join(told) if changes or len(told) > 1 else ""


def _mixed_epochs(config: Mapping[str, Any], epochs: int) -> str:
    """In which epochs of a training pictures are mixed: the first ones alone, or all."""
    last = math.ceil(round(config["mixed_until"] * epochs, 6))
    return f"up to epoch {last}" if last < epochs else "in every epoch"


def _epochs_led(history: Sequence[Mapping[str, Any]]) -> str:
    """The epochs whose validation accuracy is above that of training, as a sentence says them."""
    led = [
        epoch
        for epoch, record in enumerate(history, 1)
        if record["validation_accuracy"] > record["train_accuracy"]
    ]
    if not led:
        return ""
    if len(led) == len(history):
        return "every epoch"
    if led == [1]:
        return "the first epoch"
    if led[-1] == len(led):
        return f"the first {len(led)} epochs"
    return f"{len(led)} of {len(history)} epochs"


def loss_text(loss: float, decimals: int = 4) -> str:
    """A loss as a person reads it: "0.0812"; of one that is huge or tiny the power of ten,
    "1.50e+22".

    Args:
        loss: 0 or more, in nats.
        decimals: of a usual one.
    """
    usual = loss == 0 or 10**-decimals <= abs(loss) < 10_000
    return f"{loss:.{decimals}f}" if usual else f"{loss:.2e}"
