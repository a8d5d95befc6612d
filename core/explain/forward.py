"""Every step of the small CNN's forward pass, and what each costs."""

from __future__ import annotations

from math import prod

from jaxtyping import Float
from torch import Tensor, nn

from core.checks import check_kind
from core.models import MnistCNN

STEPS = ("input", "conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "fc1", "hidden", "logits")


def forward_steps(
    model: MnistCNN, images: Float[Tensor, "n 1 28 28"]
) -> dict[str, Float[Tensor, "n _ *_"]]:
    """The forward pass of ``MnistCNN`` with every step on the way, the ReLUs too.

    Args:
        model: the network.
        images: in [0, 1].

    Returns:
        Name out of ``STEPS`` to what comes out of that step.

    Raises:
        TypeError: this is another network.
    """
    check_kind("model", model, MnistCNN)
    conv1 = model.conv1(images)  # (N, 3, 28, 28)
    relu1 = conv1.relu()
    pool1 = model.pool(relu1)  # (N, 3, 14, 14)
    conv2 = model.conv2(pool1)  # (N, 6, 14, 14)
    relu2 = conv2.relu()
    pool2 = model.pool(relu2)  # (N, 6, 7, 7)
    fc1 = model.fc1(pool2.flatten(1))  # (N, 128)
    hidden = fc1.relu()
    logits = model.fc2(hidden)  # (N, 10)
    return dict(zip(STEPS, (images, conv1, relu1, pool1, conv2, relu2, pool2, fc1, hidden, logits)))


def multiplications(module: nn.Module, output_shape: tuple[int, ...]) -> int:
    """How often a layer multiplies an input by a weight, for one picture.

        convolution: output cells · (input channels / groups) · kernel height · kernel width
        linear layer: outputs · inputs
        any other: 0

    Products with the zeros of the padding are counted, as everybody counts them.

    Args:
        module: the layer.
        output_shape: of what comes out of it, without the batch.
    """
    weight: Tensor | None = getattr(module, "weight", None)
    if weight is None or weight.dim() < 2:
        return 0
    return prod(output_shape) * weight[0].numel()
