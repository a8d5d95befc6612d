"""The app's pictures of the small CNN, which the site's pages fill with other numbers, and its
layers in numbers.
"""

from __future__ import annotations

from typing import Any

from app.chapters.networks.overview import Digits, overview
from app.chapters.networks.trace import strip
from core import checkpoints
from core.data.facts import to_unit
from core.data.samples import load_samples
from core.explain.described import described, shape_text
from core.explain.forward import forward_steps, multiplications
from core.explain.trace import LAYERS, Cell, trace
from core.homework import MNIST_CNN
from core.models import MnistCNN, parameter_count

# Step of the forward pass, the layer before it, and its place in the trace, which counts a ReLU
# with the layer that it follows.
ROWS = (
    ("input", "", 0),
    ("conv1", "conv1", 1),
    ("pool1", "pool", 2),
    ("conv2", "conv2", 3),
    ("pool2", "pool", 4),
    ("hidden", "fc1", 5),
    ("logits", "fc2", 6),
)


def small_cnn() -> MnistCNN:
    """The small CNN that ships.

    Raises:
        CheckpointError: its files are missing or damaged.
        TypeError: its card names another network.
    """
    model = checkpoints.load(MNIST_CNN, checkpoints.CHECKPOINTS).model.requires_grad_(False)
    if not isinstance(model, MnistCNN):
        raise TypeError(f"Expected the small CNN as {MNIST_CNN}, got {type(model).__name__}.")
    return model


def network_data() -> dict[str, Any]:
    """Both pictures for the first bundled digit, the receptive fields, and a row for each layer.

    Raises:
        CheckpointError: the network is missing or damaged.
        DatasetError: likewise a bundled digit.
    """
    model, bundled = small_cnn(), load_samples("mnist")
    images = to_unit(bundled.images)
    titles = [f"Digit {label} (no. {index})" for index, label in enumerate(bundled.labels.tolist())]
    steps = {name: values[0] for name, values in forward_steps(model, images[:1]).items()}
    whole = overview(model, steps, Digits(images, titles, 0), dead={}, alt="")
    first = strip(trace(model, images[0]), Cell(0, 0, 0, 0), alt="")
    names = ("name", "kind", "field", "jump", "start")
    return {
        "overview": whole.data(theme="light"),
        "strip": first.data(theme="light"),
        "layers": [dict(zip(names, layer)) for layer in LAYERS],
        "rows": [_row(model, steps, *row) for row in ROWS],
    }


def _row(model: MnistCNN, steps: dict[str, Any], step: str, layer: str, index: int) -> list[str]:
    """Name, what it does, shape, parameters and multiplications of a layer, and its receptive
    field.
    """
    name, _, field, *_ = LAYERS[index]
    shape = tuple(steps[step].shape)
    if not layer:
        return [name, "the digit", shape_text(shape), "0", "0", "1 × 1"]
    module = model.get_submodule(layer)
    count = parameter_count(module)
    learned = "0"
    if count:
        weight = module.get_parameter("weight")
        product = " · ".join(map(str, weight.shape))
        learned = f"{product} + {len(weight)} = {count:,}"
    times = f"{multiplications(module, shape):,}"
    return [name, described(module), shape_text(shape), learned, times, f"{field} × {field}"]
