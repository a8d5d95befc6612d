"""A training step of the ResNet in bfloat16, with torch's convolutions and with those of
`core.layers.matrix_conv`, side by side in one run: `python -m benchmarks.matrix_conv`.

The two take turns as in `benchmarks.layers`, which has the table's columns. A batch of 64 is what
one of two processes computes of the recipe's 128; the smaller images are those of its first steps.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.layers import Comparison, print_table, time_cells
from core.layers.matrix_conv import use_matrix_products
from core.models import ResNet
from core.training.sizes import WholeMaps

SIZES = (32, 24, 16)
BATCH = 64
HEAD = ["one step, batch 64", "threads", "torch ms", "ours ms", "ours / torch", "target", "verdict"]


def training_step(model: nn.Module, size: int) -> Callable[[], None]:
    """One step of Adam on random pictures.

    Args:
        model: whose weights are moved.
        size: side of the pictures in pixels.
    """
    images = torch.rand(BATCH, 3, size, size).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(10, (BATCH,))
    optimizer = torch.optim.Adam(model.parameters(), fused=True)

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(images)
        torch.autograd.backward(F.cross_entropy(logits.float(), labels))
        optimizer.step()

    return step


def comparison(size: int) -> Comparison:
    """Both networks with the same weights."""
    networks = []
    for products in (False, True):
        torch.manual_seed(0)
        network = ResNet().to(memory_format=torch.channels_last).train()
        if products:
            use_matrix_products(network)
        networks.append(WholeMaps(network))
    steps = [training_step(network, size) for network in networks]
    return Comparison(f"ResNet, bf16, {size} x {size} pixels", *steps, None)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="the ResNet's step with matrix products")
    parser.add_argument("--threads", type=int, nargs="+", default=[1], help="(default: 1)")
    parser.add_argument("--seconds", type=float, default=8.0, help="for each row (default: 8)")
    options = parser.parse_args()
    table = [HEAD]
    for threads in options.threads:
        torch.set_num_threads(threads)
        table += [time_cells(comparison(size), threads, options.seconds) for size in SIZES]
    print_table(table)


if __name__ == "__main__":
    main()
