"""One number, all the way through the small CNN: where a cell comes from, what it sees, and its
share in a logit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from core.explain.convolution import Convolution, explain_convolution
from core.explain.geometry import Geometry
from core.explain.pooling import Pooling, explain_pooling
from core.models import MnistCNN

Kind = Literal["input", "convolution", "pooling", "linear"]


@dataclass(frozen=True)
class Layer:
    """What one layer of the network gives for one picture.

    Attributes:
        name: as figure 1 of the homework calls it.
        kind: of the layer; a convolution includes its ReLU, and so does the hidden linear layer.
        values: (C, H, W), after the ReLU; a linear layer is laid out as (1, H, W).
        field: side of the receptive field in input cells.
        jump: input cells from one cell's receptive field to the next cell's.
        start: first input row (and column) of the first cell's receptive field; below 0: padding.
    """

    name: str
    kind: Kind
    values: Tensor
    field: int
    jump: int
    start: int


@dataclass(frozen=True)
class Product:
    """A cell of a linear layer: inputs times weights, laid out as the layer before.

    Attributes:
        inputs: (C, H, W), what the layer before gives.
        weight: (C, H, W), this cell's row of the weight matrix.
        products: (C, H, W), one times the other.
        bias: added to their sum.
        total: the layer's own sum, with the bias, before a ReLU.
    """

    inputs: Tensor
    weight: Tensor
    products: Tensor
    bias: float
    total: float


@dataclass(frozen=True)
class Cell:
    """A place in the network."""

    layer: int
    channel: int
    row: int
    column: int


@dataclass(frozen=True)
class Trace:
    """The small CNN applied to one picture, layer by layer.

    Attributes:
        layers: input, convolution, pooling, convolution, pooling, hidden, logits.
        model: the network; it is not changed.
        shares: for each layer (10, C, H, W), what each cell adds to each logit, see ``trace``.
    """

    layers: tuple[Layer, ...]
    model: MnistCNN
    shares: tuple[Tensor, ...]

    @property
    def logits(self) -> Tensor:
        """(10)."""
        return self.layers[-1].values.flatten()

    def value(self, cell: Cell) -> float:
        """The number in a cell."""
        return float(self.layers[cell.layer].values[cell.channel, cell.row, cell.column])

    def receptive_field(self, cell: Cell) -> tuple[range, range]:
        """Rows and columns of the input that a cell depends on, without the padding."""
        layer, size = self.layers[cell.layer], self.layers[0].values.shape[-1]
        if layer.kind == "linear":
            return range(size), range(size)
        rows, columns = (
            range(
                max(0, layer.start + place * layer.jump),
                min(size, layer.start + place * layer.jump + layer.field),
            )
            for place in (cell.row, cell.column)
        )
        return rows, columns

    def convolution(self, layer: int) -> Convolution:
        """A convolution of the network with all that goes into each of its cells.

        Raises:
            ValueError: this layer is none.
        """
        module = {1: self.model.conv1, 3: self.model.conv2}.get(layer)
        if module is None:
            raise ValueError(f"Expected the number of a convolution, 1 or 3, got {layer}.")
        weight, bias = module.weight.detach(), module.get_parameter("bias").detach()
        return explain_convolution(
            self.layers[layer - 1].values, weight, bias=bias, padding=1, relu=True
        )

    def pooling(self, layer: int, channel: int) -> Pooling:
        """One channel of a pooling of the network, with its winners.

        Raises:
            ValueError: this layer is none.
        """
        if layer not in (2, 4):
            raise ValueError(f"Expected the number of a pooling, 2 or 4, got {layer}.")
        return explain_pooling(self.layers[layer - 1].values[channel], kernel_size=2, stride=2)

    def product(self, cell: Cell) -> Product:
        """A cell of a linear layer, with every product that goes into it.

        Raises:
            ValueError: its layer is no linear one.
        """
        module: nn.Linear | None = {5: self.model.fc1, 6: self.model.fc2}.get(cell.layer)
        if module is None:
            raise ValueError(f"Expected a cell of a linear layer, 5 or 6, got layer {cell.layer}.")
        inputs = self.layers[cell.layer - 1].values
        width = self.layers[cell.layer].values.shape[-1]
        unit = cell.row * width + cell.column
        weight = module.weight.detach()[unit].reshape(inputs.shape)
        with torch.no_grad():
            total = float(module(inputs.flatten())[unit])
        return Product(inputs, weight, inputs * weight, float(module.bias.detach()[unit]), total)

    def sources(self, cell: Cell) -> Tensor:
        """Places, in each channel of the layer before, that a cell is made of; -1 for padding, none
        for a pixel.
        """
        layer = self.layers[cell.layer]
        if layer.kind == "input":
            return torch.empty(0, dtype=torch.long)
        height, width = self.layers[cell.layer - 1].values.shape[1:]
        if layer.kind == "linear":
            return torch.arange(height * width)
        kernel, stride, padding = ((3, 3), 1, 1) if layer.kind == "convolution" else ((2, 2), 2, 0)
        geometry = Geometry((height, width), kernel, stride, padding, 1)
        return geometry.origin()[geometry.covered()[cell.row * geometry.output[1] + cell.column]]

    def strongest(self, cell: Cell) -> Cell | None:
        """The cell of the layer before that adds most to a cell, or that won its window; None for a
        pixel.
        """
        if cell.layer == 0:
            return None
        before = self.layers[cell.layer - 1].values
        kind = self.layers[cell.layer].kind
        if kind == "linear":
            channel, place = divmod(int(self.product(cell).products.argmax()), before[0].numel())
        elif kind == "pooling":
            winner = self.pooling(cell.layer, cell.channel).winners[
                cell.row * before.shape[2] // 2 + cell.column
            ]
            channel, place = cell.channel, int(self.sources(cell)[winner])
        else:
            explained = self.convolution(cell.layer)
            step = cell.row * explained.geometry.output[1] + cell.column
            products = explained.products(cell.channel)[:, :, step]  # (C, kh·kw)
            origin = self.sources(cell)  # (kh·kw), -1: padding
            products = products.masked_fill(origin < 0, -torch.inf)
            channel, entry = divmod(int(products.argmax()), products.shape[1])
            place = int(origin[entry])
        return Cell(cell.layer - 1, channel, *divmod(place, before.shape[2]))

    def follows(self, cell: Cell) -> Cell | None:
        """The cell of the next layer that a cell goes into: its pooling window's, or else the one
        it adds most to.

        None for a logit. A cell that lost its pooling window goes nowhere, but its window is named
        all the same.
        """
        if cell.layer + 1 >= len(self.layers):
            return None
        following = self.layers[cell.layer + 1]
        if following.kind == "pooling":
            return Cell(cell.layer + 1, cell.channel, cell.row // 2, cell.column // 2)
        if following.kind == "convolution":
            module = self.model.conv1 if cell.layer == 0 else self.model.conv2
            return Cell(
                cell.layer + 1,
                int(module.weight[:, cell.channel, 1, 1].argmax()),
                cell.row,
                cell.column,
            )
        linear = self.model.fc1 if cell.layer + 1 == 5 else self.model.fc2
        layer = self.layers[cell.layer].values
        at = (cell.channel * layer.shape[1] + cell.row) * layer.shape[2] + cell.column
        alive = (
            following.values.flatten() > 0
            if cell.layer + 1 == 5
            else torch.ones(10, dtype=torch.bool)
        )
        unit = int(linear.weight[:, at].masked_fill(~alive, -torch.inf).argmax())
        return Cell(cell.layer + 1, 0, *divmod(unit, following.values.shape[2]))


def trace(model: MnistCNN, image: Tensor) -> Trace:
    """Apply the small CNN to one picture and keep every layer.

    A network of convolutions, poolings, linear layers and ReLUs is linear as long as no ReLU
    switches and no winner changes. There a logit is the sum of the cells of any layer, each times
    its gradient, and of what the biases behind that layer add:

        logit[k] = Σ values · ∂logit[k]/∂values + (bias part),   share[k] = values ·
        ∂logit[k]/∂values

    Args:
        model: the trained network, in eval mode.
        image: (1, 28, 28) float32 in [0, 1].

    Returns:
        All layers with their shares.

    Raises:
        ValueError: the image has another shape.

    Source: Bach et al., "On Pixel-Wise Explanations for Non-Linear Classifier Decisions by
        Layer-Wise Relevance Propagation" (2015), whose z-rule this is for networks of this kind;
        Ancona et al., "Towards better understanding of gradient-based attribution methods" (2018),
        gradient times input.
    """
    if image.shape != (1, 28, 28):
        raise ValueError(f"Expected an image of shape (1, 28, 28), got {tuple(image.shape)}.")
    with torch.enable_grad():
        pixels = image[None].detach().clone().requires_grad_()  # (1, 1, 28, 28)
        first = model.conv1(pixels).relu()  # (1, 3, 28, 28)
        first_pooled = model.pool(first)  # (1, 3, 14, 14)
        second = model.conv2(first_pooled).relu()  # (1, 6, 14, 14)
        second_pooled = model.pool(second)  # (1, 6, 7, 7)
        hidden = model.fc1(second_pooled.flatten(1)).relu()  # (1, 128)
        logits = model.fc2(hidden)  # (1, 10)
        kept = (pixels, first, first_pooled, second, second_pooled, hidden)
        gradients = [torch.autograd.grad(logit, kept, retain_graph=True) for logit in logits[0]]
    shapes = [tensor.shape[1:] for tensor in kept[:5]] + [torch.Size((1, 8, 16))]
    shares = [
        torch.stack([(tensor * rows[at])[0] for rows in gradients]).detach().reshape(10, *shape)
        for at, (tensor, shape) in enumerate(zip(kept, shapes))
    ]
    shares.append(torch.diag(logits[0].detach()).reshape(10, 1, 10, 1))
    described: tuple[tuple[str, Kind, int, int, int], ...] = (
        ("Input", "input", 1, 1, 0),
        ("Conv 1 + ReLU", "convolution", 3, 1, -1),
        ("Pool 1", "pooling", 4, 2, -1),
        ("Conv 2 + ReLU", "convolution", 8, 2, -3),
        ("Pool 2", "pooling", 10, 4, -3),
        ("Hidden", "linear", 28, 0, 0),
        ("Logits", "linear", 28, 0, 0),
    )
    values = [
        tensor.detach()[0].reshape(shape)
        for tensor, shape in zip((*kept, logits), [*shapes, (1, 10, 1)])
    ]
    layers = tuple(
        Layer(name, kind, one, *places) for (name, kind, *places), one in zip(described, values)
    )
    return Trace(layers, model, tuple(shares))
