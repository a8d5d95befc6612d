"""One number, all the way through the small CNN: what it is made of, and its share in a logit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from core.checks import check_kind, check_tensor
from core.explain.convolution import Convolution, explain_convolution
from core.explain.forward import forward_steps
from core.explain.geometry import Geometry, image_size
from core.explain.pooling import Pooling, explain_pooling
from core.gradients import takes_gradients
from core.models import MnistCNN

Kind = Literal["input", "convolution", "pooling", "linear"]
# What the homework's figure 1 says of each layer: its name and its receptive field in input cells,
# with the distance to the next cell's and the first row (below 0: padding).
LAYERS: tuple[tuple[str, Kind, int, int, int], ...] = (
    ("Input", "input", 1, 1, 0),
    ("Conv 1 + ReLU", "convolution", 3, 1, -1),
    ("Pool 1", "pooling", 4, 2, -1),
    ("Conv 2 + ReLU", "convolution", 8, 2, -3),
    ("Pool 2", "pooling", 10, 4, -3),
    ("Hidden", "linear", 28, 0, 0),
    ("Logits", "linear", 28, 0, 0),
)
LAYER_STEPS = ("input", "relu1", "pool1", "relu2", "pool2", "hidden", "logits")
HIDDEN_SHAPE, LOGITS_SHAPE = (1, 8, 16), (1, 10, 1)  # how the linear layers are laid out


@dataclass(frozen=True)
class Layer:
    """What one layer of the network gives for one picture.

    Attributes:
        name: as figure 1 of the homework calls it.
        kind: of the layer; a convolution includes its ReLU, and so does the hidden linear layer.
        values: after the ReLU; a linear layer is laid out as (1, H, W).
        field: side of the receptive field in input cells.
        jump: input cells from one cell's receptive field to the next cell's.
        start: first input row (and column) of the first cell's receptive field; below 0: padding.
    """

    name: str
    kind: Kind
    values: Float[Tensor, "c h w"]
    field: int
    jump: int
    start: int


@dataclass(frozen=True)
class Product:
    """A cell of a linear layer: inputs times weights, laid out as the layer before.

    Attributes:
        inputs: what the layer before gives.
        weight: this cell's row of the weight matrix.
        products: one times the other.
        bias: added to their sum.
        total: the layer's own sum, with the bias, before a ReLU.
    """

    inputs: Float[Tensor, "c h w"]
    weight: Float[Tensor, "c h w"]
    products: Float[Tensor, "c h w"]
    bias: float
    total: float


@dataclass(frozen=True)
class Cell:
    """One number of the network.

    Attributes:
        layer: index in ``Trace.layers``.
        channel: of the layer.
        row: from the top.
        column: from the left.
    """

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
        shares: for each layer, what each cell adds to each logit, see ``trace``.
    """

    layers: tuple[Layer, ...]
    model: MnistCNN
    shares: tuple[Float[Tensor, "10 _ _ _"], ...]

    @property
    def logits(self) -> Float[Tensor, " 10"]:
        """The network's output."""
        return self.layers[-1].values.flatten()

    def value(self, cell: Cell) -> float:
        """The number in a cell."""
        return float(self.layers[cell.layer].values[cell.channel, cell.row, cell.column])

    def receptive_field(self, cell: Cell) -> tuple[range, range]:
        """Rows and columns of the input that a cell depends on, without the padding."""
        layer, size = self.layers[cell.layer], self.layers[0].values.shape[-1]
        if layer.kind == "linear":
            return range(size), range(size)
        starts = (layer.start + index * layer.jump for index in (cell.row, cell.column))
        rows, columns = (range(max(0, first), min(size, first + layer.field)) for first in starts)
        return rows, columns

    def convolution(self, layer: int) -> Convolution:
        """A convolution of the network with all that goes into each of its cells.

        Args:
            layer: index of the layer, 1 or 3.

        Raises:
            ValueError: this layer is none.
        """
        module = {1: self.model.conv1, 3: self.model.conv2}.get(layer)
        if module is None:
            raise ValueError(f"Expected the number of a convolution, 1 or 3, got {layer}.")
        inputs, weight = self.layers[layer - 1].values, module.weight.detach()
        bias = module.get_parameter("bias").detach()
        return explain_convolution(inputs, weight, bias=bias, padding=1, relu=True)

    def pooling(self, layer: int, channel: int) -> Pooling:
        """One channel of a pooling of the network, with its winners.

        Args:
            layer: index of the layer, 2 or 4.
            channel: of that layer.

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
        unit = self._index(cell)
        weight = module.weight.detach()[unit].reshape(inputs.shape)
        with torch.no_grad():
            total = float(module(inputs.flatten())[unit])
        return Product(inputs, weight, inputs * weight, float(module.bias.detach()[unit]), total)

    def sources(self, cell: Cell) -> Int64[Tensor, " window"]:
        """The cells, in each channel of the layer before, that a cell is made of.

        Returns:
            Indices into a flattened channel, -1 for padding; none for a pixel.
        """
        kind = self.layers[cell.layer].kind
        if kind == "input":
            return torch.empty(0, dtype=torch.long)
        height, width = image_size(self.layers[cell.layer - 1].values)
        if kind == "linear":
            return torch.arange(height * width)
        kernel, stride, padding = ((3, 3), 1, 1) if kind == "convolution" else ((2, 2), 2, 0)
        geometry = Geometry((height, width), kernel, stride, padding, 1)
        return geometry.origin()[geometry.covered()[self._step(cell)]]

    def strongest(self, cell: Cell) -> Cell | None:
        """The cell of the layer before that adds most to a cell, or that won its window.

        None for a pixel.
        """
        if cell.layer == 0:
            return None
        before = self.layers[cell.layer - 1].values
        kind = self.layers[cell.layer].kind
        if kind == "linear":
            channel, index = divmod(int(self.product(cell).products.argmax()), before[0].numel())
        elif kind == "pooling":
            winner = self.pooling(cell.layer, cell.channel).winners[self._step(cell)]
            channel, index = cell.channel, int(self.sources(cell)[winner])
        else:
            channel, index = self._strongest_product(cell)
        return Cell(cell.layer - 1, channel, *divmod(index, before.shape[2]))

    def follows(self, cell: Cell) -> Cell | None:
        """A cell of the next layer that a cell goes into; None for a logit.

        Its pooling window's, also where it lost. Of a convolution's the one at the same place, in
        the channel whose kernel has the largest weight there, in its centre. Of a linear layer's
        the unit with the largest weight for it.
        """
        index = cell.layer + 1
        if index >= len(self.layers):
            return None
        following = self.layers[index]
        if following.kind == "pooling":
            return Cell(index, cell.channel, cell.row // 2, cell.column // 2)
        if following.kind == "convolution":
            module = self.model.conv1 if cell.layer == 0 else self.model.conv2
            channel = int(module.weight[:, cell.channel, 1, 1].argmax())
            return Cell(index, channel, cell.row, cell.column)
        is_hidden = index == 5
        linear = self.model.fc1 if is_hidden else self.model.fc2
        weight = linear.weight[:, self._index(cell)]
        if is_hidden:  # a unit whose ReLU is 0 takes nothing on
            weight = weight.masked_fill(following.values.flatten() <= 0, -torch.inf)
        return Cell(index, 0, *divmod(int(weight.argmax()), following.values.shape[2]))

    def _step(self, cell: Cell) -> int:
        """Index of a cell in its flattened channel."""
        return cell.row * self.layers[cell.layer].values.shape[2] + cell.column

    def _index(self, cell: Cell) -> int:
        """Index of a cell in its flattened layer."""
        return cell.channel * self.layers[cell.layer].values[0].numel() + self._step(cell)

    def _strongest_product(self, cell: Cell) -> tuple[int, int]:
        """Channel and index in it of the cell that adds most to a convolution's cell."""
        explained = self.convolution(cell.layer)
        origin = self.sources(cell)  # (kh·kw), -1: padding
        products = explained.products(cell.channel)[:, :, self._step(cell)]  # (C, kh·kw)
        products = products.masked_fill(origin < 0, -torch.inf)
        channel, entry = divmod(int(products.argmax()), products.shape[1])
        return channel, int(origin[entry])


@takes_gradients
def trace(model: MnistCNN, image: Float[Tensor, "1 28 28"]) -> Trace:
    """Apply the small CNN to one picture, layer by layer.

    A network of convolutions, poolings, linear layers and ReLUs is linear as long as no ReLU
    switches and no winner changes. There a logit is the sum of the cells of any layer, each times
    its gradient, and of what the biases behind that layer add:

        logit[k] = Σ values · ∂logit[k]/∂values + (part of the biases)
        share[k] = values · ∂logit[k]/∂values

    Args:
        model: the trained network, in eval mode.
        image: float32 in [0, 1].

    Returns:
        All layers with their shares.

    Raises:
        TypeError: the image is not of the model's dtype, or the model is another network.
        ValueError: the image has another shape.

    Source: Bach et al., "On Pixel-Wise Explanations for Non-Linear Classifier Decisions by
        Layer-Wise Relevance Propagation" (2015), whose z-rule this is for networks of this kind;
        Ancona et al., "Towards better understanding of gradient-based attribution methods" (2018),
        gradient times input.
    """
    check_kind("model", model, MnistCNN)
    axes = f"({', '.join(map(str, model.image_shape))})"
    check_tensor("an image", image, axes, [model.conv1.weight.dtype])
    with torch.enable_grad():
        pixels = image[None].detach().clone().requires_grad_()
        values = layer_values(model, pixels)
        inner, logits = values[:-1], values[-1][0]
        gradients = [torch.autograd.grad(logit, inner, retain_graph=True) for logit in logits]
    shapes = [*(tensor.shape[1:] for tensor in values[:5]), HIDDEN_SHAPE, LOGITS_SHAPE]
    layers = [
        Layer(name, kind, tensor.detach()[0].reshape(shape), *field)
        for (name, kind, *field), tensor, shape in zip(LAYERS, values, shapes)
    ]
    shares = [
        torch.cat([tensor * row[index] for row in gradients]).detach().reshape(10, *shape)
        for index, (tensor, shape) in enumerate(zip(inner, shapes))
    ]
    shares.append(torch.diag(logits.detach()).reshape(10, *LOGITS_SHAPE))
    return Trace(tuple(layers), model, tuple(shares))


def layer_values(
    model: MnistCNN, images: Float[Tensor, "n 1 28 28"]
) -> tuple[Float[Tensor, "n _ *_"], ...]:
    """What every layer of ``MnistCNN`` gives, after its ReLU, the input first."""
    steps = forward_steps(model, images)
    return tuple(steps[name] for name in LAYER_STEPS)
