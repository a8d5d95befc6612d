"""Questions about one number that a convolution gives: each about another part of the sum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from core.explain.convolution import Convolution, explain_convolution
from core.explain.geometry import Border, Geometry, image_size
from core.explain.layer import LayerSettings
from core.explain.questions.question import Option, Question, number, offered, place

WEIGHTS = (-2.0, -1.0, 1.0, 2.0)
LARGEST_CELL, LARGEST_ANSWER = 5, 20
FEWEST, MOST = 2, 4  # products that are not zero
CHANNELS = 3


@dataclass(frozen=True)
class Layer:
    """A convolution with one filter, by its numbers and settings."""

    picture: Float[Tensor, "c h w"]
    weight: Float[Tensor, "c kh kw"]
    bias: float = 0.0
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    border: Border = "zeros"
    relu: bool = False
    flipped: bool = False

    def explained(self) -> Convolution:
        """With all that goes into each output cell."""
        return self._explained

    @cached_property
    def _explained(self) -> Convolution:
        return explain_convolution(
            self.picture,
            self.weight[None],
            bias=torch.tensor([self.bias]),
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            border=self.border,
            relu=self.relu,
            flipped=self.flipped,
        )

    @cached_property
    def output(self) -> Float[Tensor, "h_out w_out"]:
        """What comes out, without all that goes into it: faster where a mistake is computed."""
        weight = self.weight.flip(1, 2) if self.flipped else self.weight
        geometry = Geometry(
            image_size(self.picture), image_size(weight), self.stride, self.padding, self.dilation
        )
        settings = LayerSettings(geometry, self.border, 1, self.relu)
        bias = torch.tensor([self.bias])
        return settings.activate(settings.sum_up(self.picture[None], weight[None], bias))[0, 0]

    def at(self, row: int, column: int) -> float | None:
        """What comes out there; None where the output has no such cell."""
        output = self.output
        inside = row < output.shape[0] and column < output.shape[1]
        return float(output[row, column]) if inside else None


@dataclass(frozen=True)
class Asked:
    """A layer with the output cell that is asked for.

    Attributes:
        layer: the layer.
        row: of the output cell.
        column: of the output cell.
    """

    layer: Layer
    row: int
    column: int

    @property
    def step(self) -> int:
        """The cell, row by row."""
        return self.row * self.layer.explained().geometry.output[1] + self.column

    def products(self) -> Float[Tensor, "c window"]:
        """What is added up there, channel by channel."""
        return self._products

    @cached_property
    def _products(self) -> Float[Tensor, "c window"]:
        return self.layer.explained().products(0)[:, :, self.step]

    def window(self) -> Float[Tensor, "c window"]:
        """What the kernel covers there."""
        return self.layer.explained().windows[:, :, self.step]

    def but(self, reason: str, **settings: Any) -> Option | None:  # noqa: ANN401 - Layer's fields
        """The same cell of a layer with other settings, as somebody's mistake."""
        return number(replace(self.layer, **settings).at(self.row, self.column), reason)

    def question(
        self,
        rng: Random,
        idea: str,
        text: str,
        rule: str,
        *mistakes: Option | None,
        shows_window: bool = True,
    ) -> Question | None:
        """The question for this cell; None where a room could not answer it.

        Args:
            rng: decides the order of the answers.
            idea: what it is about.
            text: with PLACE for the cell.
            rule: why the right answer is right.
            mistakes: that lead to the wrong answers, the one that it is about first.
            shows_window: whether the question names the window.
        """
        right = self.layer.at(self.row, self.column)
        count = int(self.products().count_nonzero())
        if right is None or abs(right) > LARGEST_ANSWER or not FEWEST <= count <= MOST:
            return None
        found = offered(rng, number(right, rule), mistakes)
        if found is None:
            return None
        text = text.replace("PLACE", place(self.row, self.column))
        subject = self.layer.explained()
        return Question(idea, text, subject, *found, step=self.step, shows_window=shows_window)


def picture(
    rng: Random,
    rows: int,
    columns: int,
    channels: int = 1,
    *,
    low: int = 0,
    high: int = LARGEST_CELL,
) -> Float[Tensor, "c h w"]:
    """Small whole numbers."""
    count = channels * rows * columns
    cells = [float(rng.randint(low, high)) for _ in range(count)]
    return torch.tensor(cells).reshape(channels, rows, columns)


def kernel(rng: Random, side: int, channels: int = 1) -> Float[Tensor, "c side side"]:
    """Up to four weights that are not zero, at least one a channel."""
    weight = torch.zeros(channels, side * side)
    free = [(channel, cell) for channel in range(channels) for cell in range(side * side)]
    rng.shuffle(free)
    first = [next(one for one in free if one[0] == channel) for channel in range(channels)]
    others = [one for one in free if one not in first]
    for channel, cell in [*first, *others[: MOST - channels]]:
        weight[channel, cell] = rng.choice(WEIGHTS)
    return weight.reshape(channels, side, side)


def sign(rng: Random) -> Question | None:
    """Products with a minus are taken away."""
    asked = Asked(Layer(picture(rng, 5, 5), kernel(rng, 3)), rng.randrange(3), rng.randrange(3))
    return asked.question(
        rng,
        "sign",
        "What comes out at PLACE?",
        "a minus in the kernel takes away",
        *sign_mistakes(asked),
    )


def sign_mistakes(asked: Asked) -> list[Option | None]:
    """What somebody gets who is wrong about products and their signs."""
    products, bias = asked.products(), asked.layer.bias
    return [
        number(float(products.abs().sum()) + bias, "left out the minus signs"),
        number(float(products.max()) + bias, "took the largest product"),
        number(float(asked.window().sum()) + bias, "added up the window, without the kernel"),
        number(float(asked.layer.weight.sum()) + bias, "added up the kernel, without the window"),
    ]


def bias(rng: Random) -> Question | None:
    """One number more, added once."""
    value = rng.choice((-3.0, -2.0, 2.0, 3.0))
    layer = Layer(picture(rng, 5, 5), kernel(rng, 3), value)
    asked = Asked(layer, rng.randrange(3), rng.randrange(3))
    written = f"{value:+.0f}".replace("-", "−")
    return asked.question(
        rng,
        "bias",
        f"With a bias of {written}: what comes out at PLACE?",
        "the bias is added once, after the products",
        *bias_mistakes(asked),
    )


def bias_mistakes(asked: Asked) -> list[Option | None]:
    """What somebody gets who is wrong about the bias."""
    value, cells = asked.layer.bias, asked.layer.weight.numel()
    return [
        asked.but("forgot the bias", bias=0.0),
        asked.but("turned the bias's sign around", bias=-value),
        asked.but(f"added the bias to each of the {cells} products", bias=cells * value),
    ]


def relu(rng: Random) -> Question | None:
    """A negative sum becomes zero, a positive one stays."""
    layer = Layer(picture(rng, 5, 5), kernel(rng, 3), relu=True)
    asked = Asked(layer, rng.randrange(3), rng.randrange(3))
    return asked.question(
        rng,
        "ReLU",
        "With a ReLU: what comes out at PLACE?",
        "a sum below zero becomes 0, another one stays",
        *relu_mistakes(asked),
    )


def relu_mistakes(asked: Asked) -> list[Option | None]:
    """What somebody gets who is wrong about the ReLU."""
    products, bias = asked.products(), asked.layer.bias
    total = float(products.sum()) + bias
    cut = number(float(products.clamp(min=0).sum()) + bias, "cut each product, not the sum")
    largest = number(float(products.max()), "took the largest product")
    if total > 0:
        return [cut, number(0.0, "cut a sum that is above 0"), largest]
    minus = number(abs(total), "dropped the minus: that is the absolute value")
    return [asked.but("forgot the ReLU", relu=False), minus, cut, largest]


def border(rng: Random) -> Question | None:
    """Around the picture lie zeros."""
    layer = Layer(picture(rng, 4, 4, low=1), kernel(rng, 3), padding=1)
    asked = Asked(layer, *rng.choice(((0, 0), (0, 1), (1, 0))))
    return asked.question(
        rng,
        "border",
        "With a padding of 1: what comes out at PLACE?",
        "the window begins in the padding, and there are zeros",
        *border_mistakes(asked),
        number(float(asked.products().abs().sum()), "left out the minus signs"),
        shows_window=False,
    )


def border_mistakes(asked: Asked) -> list[Option | None]:
    """What somebody gets who is wrong about the padding."""
    return [
        asked.but("forgot the padding", padding=0),
        asked.but("repeated the edge in place of zeros", border="replicate"),
        asked.but("mirrored the picture in place of zeros", border="reflect"),
    ]


def stride(rng: Random) -> Question | None:
    """The window moves by more than one cell, in both directions."""
    step = rng.choice((2, 3))
    layer = Layer(picture(rng, 5, 5), kernel(rng, 2), stride=step)
    asked = Asked(layer, 1, 1)
    return asked.question(
        rng,
        "stride",
        f"With a stride of {step}: what comes out at PLACE?",
        f"each output cell moves the window by {step}",
        *stride_mistakes(asked),
        number(float(asked.products().abs().sum()), "left out the minus signs"),
        shows_window=False,
    )


def stride_mistakes(asked: Asked) -> list[Option | None]:
    """What somebody gets who is wrong about the stride."""
    step, dense = asked.layer.stride, replace(asked.layer, stride=1)
    row, column = asked.row, asked.column
    return [
        asked.but("forgot the stride", stride=1),
        number(dense.at(step * row, column), "used the stride downwards only"),
        number(dense.at(row, step * column), "used the stride to the right only"),
    ]


def dilation(rng: Random) -> Question | None:
    """The kernel skips cells."""
    layer = Layer(picture(rng, 5, 5), kernel(rng, 2), dilation=2)
    asked = Asked(layer, rng.randrange(2), rng.randrange(2))
    return asked.question(
        rng,
        "dilation",
        "With a dilation of 2: what comes out at PLACE?",
        "the kernel takes every second cell, and skips one between",
        *dilation_mistakes(asked),
        number(float(asked.products().abs().sum()), "left out the minus signs"),
        shows_window=False,
    )


def dilation_mistakes(asked: Asked) -> list[Option | None]:
    """What somebody gets who is wrong about a dilation of 2."""
    return [
        asked.but("forgot the dilation", dilation=1),
        asked.but("skipped two cells, not one", dilation=3),
        asked.but("moved the window by 2: that is the stride", dilation=1, stride=2),
    ]


def channels(rng: Random) -> Question | None:
    """All channels add up to one number."""
    layer = Layer(picture(rng, 2, 2, CHANNELS), kernel(rng, 2, CHANNELS))
    asked = Asked(layer, 0, 0)
    parts = asked.products().sum(1)
    first = layer.weight[:1].expand(CHANNELS, -1, -1)
    return asked.question(
        rng,
        "sum over channels",
        f"{CHANNELS} channels, one filter: which number comes out?",
        "a filter adds all channels up to one number",
        number(float(parts[0]), "took the first channel alone"),
        number(float(parts.max()), "took the largest of the channels"),
        number(float(parts.abs().sum()), "left out the minus signs of the channels"),
        number(float(parts.mean()), "took the mean of the channels"),
        asked.but("used the first kernel for all channels", weight=first),
    )


def flipped(rng: Random) -> Question | None:
    """The convolution of mathematics turns the kernel around."""
    layer = Layer(picture(rng, 4, 4), kernel(rng, 2), flipped=True)
    asked = Asked(layer, rng.randrange(3), rng.randrange(3))
    weight = layer.weight
    return asked.question(
        rng,
        "flipped kernel",
        "Flip the kernel first, as mathematics does: what comes out at PLACE?",
        "the kernel is turned by 180 degrees: both axes",
        asked.but("did not flip: that is the cross-correlation", flipped=False),
        asked.but("flipped left and right only", flipped=False, weight=weight.flip(2)),
        asked.but("flipped top and bottom only", flipped=False, weight=weight.flip(1)),
        asked.but("swapped rows and columns", flipped=False, weight=weight.transpose(1, 2)),
    )
