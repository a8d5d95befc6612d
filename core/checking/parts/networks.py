"""Parts 2 and 3: is this the small CNN, is this the ResNet, and if not, what differs?

The network is filled with numbers that both processes know, and classifies two images. Its logits
are compared with those of our own network with the same numbers, and with one step done otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checking.bugs import mnist, resnet
from core.checking.parts import initialisation
from core.checking.parts.network_bugs import diagnosis, mnist_facts, resnet_facts
from core.checking.parts.parameters import Layer, read_layers
from core.checking.parts.saying import (
    close,
    failed,
    finding,
    first_wrong,
    not_asked,
    sized,
    target_of,
    told,
    wrong,
)
from core.checking.results import Part, Question
from core.checking.worker import Answer, Found, Student

IMAGES = 2
NEAREST = 2  # shapes that are told where a stage has none
TWICE = 10.0  # no scaling of [0, 1] by one mean and one deviation is as steep; two are


@dataclass(frozen=True)
class Figure:
    """A network as the homework's figure has it.

    Attributes:
        part: its name in reports.
        title: for a person.
        image: (channels, height, width).
        stages: shape after each, without the batch.
        parameters: how many.
        seconds: that one answer may take.
        dtype: that ours computes in.
    """

    part: str
    title: str
    image: tuple[int, int, int]
    stages: tuple[tuple[int, ...], ...]
    parameters: int
    seconds: float
    dtype: torch.dtype


SMALL = Figure(
    "mnist",
    "The small CNN",
    (1, 28, 28),
    ((3, 14, 14), (6, 7, 7), (294,), (128,), (10,)),
    mnist.PARAMETERS,
    10.0,
    torch.float64,
)
RESIDUAL = Figure(
    "resnet",
    "The ResNet",
    (3, 32, 32),
    ((64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4), (10,)),
    resnet.parameters(),
    20.0,
    torch.float32,  # half the time of float64, and close enough to tell bugs apart
)
RUNS, STAGES, COUNT = "two images give ten logits each", "size after every stage", "parameters"
VALUES, SOFTMAX = "what it computes", "no softmax at the end"
BIAS, OWN = "bias in every layer", "made of your own layers"
NO_BIAS, NORMS = "no bias in the convolutions", "batch normalisation after each convolution"
SHORTCUT = "1 x 1 convolution on the shortcut"
NORM_BUGS = ("batchnorm-missing", "batchnorm-shared", "shortcut-without-batchnorm")
SCALED = "pictures scaled once"
ASKED = {
    "mnist": (RUNS, STAGES, COUNT, BIAS, VALUES, SOFTMAX, OWN),
    "resnet": (
        RUNS,
        STAGES,
        COUNT,
        NO_BIAS,
        NORMS,
        SHORTCUT,
        initialisation.NAME,
        VALUES,
        SOFTMAX,
        SCALED,
    ),
}


@dataclass(frozen=True, eq=False)
class Seen:
    """A network that has run.

    Attributes:
        figure: what it should be.
        answer: what it gave.
        layers: its parameters.
        images: that it classified.
        entry: what its first layer was given.
        named: bugs that its parameters show, with what was seen.
        bug: whose model gives its logits; "": none has to; None: no model does.
        nearest: what ours gives, in float64; None: its layers do not fit ours.
    """

    figure: Figure
    answer: Answer
    layers: tuple[Layer, ...]
    images: Tensor
    entry: Tensor
    named: Mapping[str, str]
    bug: str | None
    nearest: Tensor | None


def check_mnist(student: Student, target: Found, seed: int) -> Part:
    """Part 2: the small CNN.

    Args:
        student: the file.
        target: its class, or a function that builds the network.
        seed: of images and parameters.
    """
    return _check(student, target, seed, SMALL)


def check_resnet(student: Student, target: Found, seed: int) -> Part:
    """Part 3: the ResNet.

    Args:
        student: the file.
        target: its class, or a function that builds the network.
        seed: of images and parameters.
    """
    return _check(student, target, seed, RESIDUAL)


def _check(student: Student, target: Found, seed: int, figure: Figure) -> Part:
    shape = (IMAGES, *figure.image)
    images = torch.rand(shape, generator=torch.Generator().manual_seed(seed))
    settings = {"seed": seed % 2**20, "channels": figure.image[0]}
    tensors = {"images": images}
    answer = student.ask("network", target.name, settings, tensors, figure.seconds)
    names = ASKED[figure.part]
    if answer.problem is not None:
        questions = (failed(RUNS, answer.problem), *not_asked(names[1:]))
        return Part(figure.part, figure.title, target_of(target), questions)
    layers = read_layers(answer.facts, seed % 2**20, figure.dtype)
    entry = answer.tensors.get("entry", images)
    entry = (entry if entry.shape == images.shape else images).to(figure.dtype)
    calls = answer.facts["layers"]
    named = mnist_facts(layers) if figure is SMALL else resnet_facts(layers, calls)
    bug, nearest = diagnosis(figure.part, layers, entry, answer.tensors["output"])
    seen = Seen(figure, answer, layers, images.double(), entry, named, bug, nearest)
    own = {
        BIAS: lambda: _named(BIAS, seen, "bias-missing"),
        OWN: lambda: _own_layers(student, seen),
        NO_BIAS: lambda: _named(NO_BIAS, seen, "bias-true"),
        NORMS: lambda: _named(NORMS, seen, *NORM_BUGS),
        SHORTCUT: lambda: _named(SHORTCUT, seen, "shortcut-missing", "shortcut-three-by-three"),
        initialisation.NAME: lambda: initialisation.question(
            student, target, layers, images, figure.seconds
        ),
        SCALED: lambda: _scaled(seen),
        RUNS: lambda: _runs(seen),
        STAGES: lambda: _stages(seen),
        COUNT: lambda: _counted(seen),
        VALUES: lambda: _values(seen),
        SOFTMAX: lambda: _softmax(seen),
    }
    return Part(figure.part, figure.title, target_of(target), tuple(own[name]() for name in names))


def _named(name: str, seen: Seen, *bugs: str) -> Question:
    """A question that the parameters answer."""
    for bug in bugs:
        if bug in seen.named:
            return wrong(name, finding(told(bug, seen.named[bug]), bug))
        if bug == seen.bug:
            return wrong(name, finding(told(bug), bug))
    return Question(name, "right")


def _cause(seen: Seen) -> str | None:
    """The bug that changes sizes and numbers of parameters."""
    return seen.bug or next(iter(seen.named), None)


def _runs(seen: Seen) -> Question:
    shape = tuple(seen.answer.tensors["output"].shape)
    if shape == (IMAGES, 10):
        return Question(RUNS, "right")
    sentence = f"Expected {sized((IMAGES, 10))} logits of {IMAGES} images, got {sized(shape)}."
    hint = "How many classes are there, and how many numbers does your last layer give?"
    return wrong(RUNS, finding(sentence, hint=hint))


def _stages(seen: Seen) -> Question:
    shapes = [tuple(shape[1:]) for shape in seen.answer.facts["shapes"] if shape[:1] == [IMAGES]]
    position = 0
    for number, stage in enumerate(seen.figure.stages, start=1):
        if stage in shapes[position:]:
            position += shapes[position:].index(stage)
            continue
        axes = [shape for shape in shapes[position:] if len(shape) == len(stage)]
        near = sorted(set(axes), key=lambda shape: _apart(shape, stage))[:NEAREST]
        came = " and ".join(map(sized, near)) or "nothing of so many axes"
        sentence = f"Stage {number} should give {sized(stage)}, but there came {came}."
        cause = _cause(seen)
        shown = (
            sentence if cause is None else f"{told(cause, seen.named.get(cause, ''))} {sentence}"
        )
        return wrong(STAGES, finding(shown, cause))
    return Question(STAGES, "right")


def _apart(shape: tuple[int, ...], other: tuple[int, ...]) -> float:
    """How far two shapes are apart: by the factors between their sizes."""
    return sum(abs(math.log(max(one, 1) / two)) for one, two in zip(shape, other))


def _counted(seen: Seen) -> Question:
    rows = seen.answer.facts["parameters"]
    count = sum(math.prod(row["shape"]) for row in rows if row["requires_grad"])
    if count == seen.figure.parameters:
        return Question(COUNT, "right")
    sentence = f"Expected {seen.figure.parameters:,} parameters, got {count:,}."
    cause = _cause(seen)
    shown = sentence if cause is None else f"{sentence} {told(cause, seen.named.get(cause, ''))}"
    return wrong(COUNT, finding(shown, cause))


def _values(seen: Seen) -> Question:
    output = seen.answer.tensors["output"]
    if seen.bug in ("", "softmax-at-end"):
        return Question(VALUES, "right")
    if seen.nearest is None or seen.nearest.shape != output.shape:
        cause = _cause(seen)
        shown = "Its layers do not fit those of the figure, so its numbers cannot be compared."
        told_ = shown if cause is None else told(cause, seen.named.get(cause, ""))
        return wrong(VALUES, finding(told_, cause))
    shares = seen.bug is None and _are_shares(output)
    nearest, what = (seen.nearest.softmax(1), "probability") if shares else (seen.nearest, "logit")
    cell, expected, got = first_wrong(nearest, output)
    which = f"class {cell[1]} of image {cell[0] + 1}"
    numbers = f"the {what} of {which} should be {expected:.5g} and is {got:.5g}"
    shared = "batchnorm-shared"
    if seen.bug is None and shared in seen.named:
        return wrong(VALUES, finding(told(shared, numbers), shared, cell=cell))
    if seen.bug is None:
        hint = "Which functions follow your layers, in which order, and which does the figure have?"
        said = f"With the same parameters, {numbers}."
        return wrong(VALUES, finding(said, cell=cell, hint=hint))
    return wrong(VALUES, finding(told(seen.bug, numbers), seen.bug, cell=cell))


def _softmax(seen: Seen) -> Question:
    output, bug = seen.answer.tensors["output"].double(), "softmax-at-end"
    if seen.bug == bug or _are_shares(output):
        detail = f"the ten numbers of an image add up to {float(output[0].sum()):.4g}"
        return wrong(SOFTMAX, finding(told(bug, detail), bug))
    if close(output.logsumexp(-1), torch.zeros(output.shape[:-1], dtype=output.dtype)):
        detail = "its logarithm, which changes nothing, since cross-entropy contains it"
        return wrong(SOFTMAX, finding(told(bug, detail), bug), "beyond")
    return Question(SOFTMAX, "right")


def _are_shares(output: Tensor) -> bool:
    """Whether the numbers of each image are probabilities, which add up to 1."""
    total = output.sum(-1)
    return float(output.min()) >= 0 and close(total, torch.ones_like(total))


def _own_layers(student: Student, seen: Seen) -> Question:
    """Whether no ready-made layer ran, in a file that has layers of its own."""
    names = [one.name.lower().replace("_", "") for one in student.found if one.kind == "class"]
    has_own = any(word in name for name in names for word in ("conv2d", "maxpool"))
    ready_made = seen.answer.facts["ready_made"]
    if not ready_made:
        return Question(OWN, "right")
    sentence = f"A ready-made layer of torch ran ({', '.join(ready_made)})."
    if has_own:
        said = f"{sentence} Use those that you have written."
        return wrong(OWN, finding(said, hint="Which classes of yours could stand in its place?"))
    shown = f"{sentence} The file has no layers of its own, so this one is not counted."
    return wrong(OWN, finding(shown), "beyond")


def _scaled(seen: Seen) -> Question:
    """Whether the network scales its images at most once, and the file's transforms do not."""
    slope = (seen.entry.amax((0, 2, 3)) - seen.entry.amin((0, 2, 3))) / (
        seen.images.amax((0, 2, 3)) - seen.images.amin((0, 2, 3))
    )
    bug = "normalised-twice"
    if float(slope.max()) > TWICE:
        detail = (
            f"pixels from 0 to 1 reach the first layer {float(slope.max()):.1f} times as far apart"
        )
        return wrong(SCALED, finding(told(bug, detail), bug))
    if seen.answer.facts["transform"] and not close(seen.entry, seen.images):
        detail = "the network normalises, and so do the transforms of the file"
        return wrong(SCALED, finding(told(bug, detail), bug))
    return Question(SCALED, "right")
