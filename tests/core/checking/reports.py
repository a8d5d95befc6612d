"""Reports for the tests, whose numbers are computed."""

from dataclasses import replace
from pathlib import Path

import torch

from core.checking.results import (
    Case,
    Epoch,
    Finding,
    Found,
    Part,
    Question,
    Report,
    nested,
    to_json,
)
from core.conv import conv2d
from core.pool import max_pool2d

HINT = "Which kernel cell meets the window's first cell?"
LINK = "convolution?source=Numbers&numbers=1%202%3B3%204&weights=1%202%3B0%20-1&step=1"
PARTS = {
    "conv": "Convolution, function",
    "conv_layer": "Convolution, layer",
    "pool_layer": "Max pooling",
    "mnist": "Small CNN",
    "resnet": "ResNet",
    "cam": "Class activation maps",
    "attack": "Untargeted attack",
    "targeted": "Targeted attack",
    "improved": "Improved attack",
}


def flipped() -> Finding:
    """A convolution whose kernel is flipped."""
    image = torch.tensor([[[1, 2, 0, 3], [4, -1, 2, 1], [0, 3, 1, -2]]], dtype=torch.float64)
    kernel = torch.tensor([[[[1, 2], [0, -1]]]], dtype=torch.float64)
    right = conv2d(image[None], kernel)[0]
    wrong = conv2d(image[None], kernel.flip(2, 3))[0]
    case = Case(
        {"stride": 1, "padding": 0},
        nested(image.tolist()),
        nested(kernel.tolist()),
        None,
        nested(right.tolist()),
        nested(wrong.tolist()),
    )
    came = f"{wrong[0, 0, 1]:g}".replace("-", "−")
    return Finding(
        f"Row 1, column 2: {right[0, 0, 1]:g} expected, {came} came.",
        "kernel-flipped",
        HINT,
        (0, 0, 1),
        f"1·2 + 2·0 + 0·(−1) + (−1)·2 = {right[0, 0, 1]:g} expected, {came} came",
        case,
        LINK,
        12,
    )


def zeros() -> Finding:
    """A max pooling that pads with zeros."""
    image = torch.tensor([[[-1, -2, -3], [-4, -5, -6]]], dtype=torch.float64)
    right = max_pool2d(image, 2, padding=1)
    wrong = right.clamp(min=0)
    case = Case(
        {"kernel_size": 2, "stride": 2, "padding": 1},
        nested(image.tolist()),
        None,
        None,
        nested(right.tolist()),
        nested(wrong.tolist()),
    )
    return Finding("Row 1, column 1: −1 expected, 0 came.", None, "", (0, 0, 0), "", case, "", 40)


def part(name: str, *questions: Question) -> Part:
    """A part with these questions; without any the file has none."""
    found = Found(f"my_{name}", "function", 10, ("input", "weight"), 2) if questions else None
    return Part(name, PARTS[name], found, questions)


def report() -> Report:
    """One with every state: right, wrong, failed, missing, hidden, beyond."""
    loop = Finding("It ran for 5 s without an end.", None, "", None, "", None, "", 44)
    found = {
        "conv": (
            Question("stride", "right", weight=2.0),
            Question("values", "wrong", flipped()),
            Question("hidden case 1", "wrong", flipped(), hidden=True),
        ),
        "conv_layer": (Question("values", "right"), Question("groups", "beyond")),
        "pool_layer": (Question("padding", "wrong", zeros()),),
        "mnist": (Question("shapes", "failed", loop), Question("bias", "not asked")),
    }
    parts = tuple(part(name, *found.get(name, ())) for name in PARTS)
    history = (Epoch(1, 0.5, 0.8, 0.4, 0.85), Epoch(2, 0.3, 0.9, None, 0.9))
    return Report("homework.py", 3, "0.1.0", parts, 1.25, ("Line 80 was not run.",), history)


def right() -> Report:
    """One in which all is right."""
    parts = tuple(part(name, Question("values", "right")) for name in PARTS)
    return replace(report(), parts=parts, notes=(), history=())


def a_report(folder: Path) -> Path:
    """A folder with a report in it, as a check leaves one."""
    (folder / "homework.json").write_bytes(to_json(report()))
    return folder
