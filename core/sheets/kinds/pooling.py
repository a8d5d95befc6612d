"""The exercise about max pooling: which numbers come out, and where the gradient goes."""

from __future__ import annotations

from random import Random

import torch
from jaxtyping import Float
from torch import Tensor

from core.checking.cases import PoolSetting
from core.checking.links import link
from core.explain.pooling import Pooling, explain_pooling
from core.explain.questions.next_cell import pooling_mistakes
from core.explain.questions.pooling import gradient_mistakes
from core.explain.questions.question import Option, place
from core.explain.questions.sums import picture
from core.pool import max_pool2d
from core.sheets.exercise import Blank, Exercise, Grid, added, blank, exercise, written
from core.sheets.kinds.convolutions import grid

# side of the picture, stride, smallest and largest number; windows are 2 x 2
SETTINGS = {1: (4, 2, 0, 9), 2: (4, 2, -9, 5), 3: (3, 1, -5, 5)}


def pooling(rng: Random, level: int) -> Exercise | None:
    """Two outputs, and the gradient that reaches a winner and another cell."""
    side, stride, low, high = SETTINGS[level]
    cells = picture(rng, side, side, low=low, high=high)[0]
    upstream = torch.tensor([[float(rng.choice((-2, 1, 2, 3, 4))) for _ in "ab"] for _ in "cd"])
    pooled = explain_pooling(cells, kernel_size=2, stride=stride)
    if bool(pooled.ties.any()):
        return None
    gradient = _gradient(cells, stride, upstream)
    winner, loser = _cells(rng, pooled, level)
    if winner is None or loser is None:
        return None
    first, second = sorted(rng.sample(range(4), 2))
    answers = [["", ""], ["", ""]]
    for letter, step in zip("ab", (first, second)):
        answers[step // 2][step % 2] = letter
    asked = [winner, loser] if rng.random() < 0.5 else [loser, winner]
    moved = " The windows overlap." if stride < 2 else ""
    return exercise(
        "Max pooling and its gradient",
        f"Window 2 × 2, stride {stride}.{moved} Fill in a and b. Then the gradient of the output "
        "comes back: how much of it reaches the two cells of the picture with a thick frame?",
        [
            Grid("Picture", grid(cells), marked=(winner, loser)),
            Grid("Output", (tuple(answers[0]), tuple(answers[1]))),
            Grid("Its gradient", grid(upstream)),
        ],
        [
            *(_value(pooled, step) for step in (first, second)),
            *(_reached(pooled, upstream, pixel, float(gradient[pixel])) for pixel in asked),
        ],
        f"{link(PoolSetting(cells[None, None].double(), 2, stride), None, 2)}&view=Backward",
        exact=True,
    )


def _gradient(
    cells: Float[Tensor, "h w"], stride: int, upstream: Float[Tensor, "h_out w_out"]
) -> Float[Tensor, "h w"]:
    """By our own layer's backward pass."""
    leaf = cells[None, None].clone().requires_grad_()
    output = max_pool2d(leaf, 2, stride)
    (gradient,) = torch.autograd.grad(output, leaf, upstream[None, None])
    return gradient[0, 0]


def _cells(
    rng: Random, pooled: Pooling, level: int
) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """A cell that wins (at the highest level several windows), and one that wins none."""
    wins = pooled.gradients()
    won = torch.nonzero(wins >= (2 if level > 2 else 1)).tolist()
    lost = torch.nonzero(wins == 0).tolist()
    picked = [rng.choice(found) if found else None for found in (won, lost)]
    winner, loser = ((one[0], one[1]) if one else None for one in picked)
    return winner, loser


def _value(pooled: Pooling, step: int) -> Blank | None:
    window = sorted(pooled.windows[:, step].tolist(), reverse=True)
    right = Option((window[0],), f"the largest of {', '.join(map(written, window))}")
    wrong = pooling_mistakes(pooled)
    return blank(
        place(*divmod(step, 2)),
        right,
        [Option((float(values[step]),), reason) for reason, values in wrong.items()],
    )


def _reached(
    pooled: Pooling, upstream: Float[Tensor, "h w"], pixel: tuple[int, int], right: float
) -> Blank | None:
    """The blank of the gradient that reaches one cell."""
    index = pixel[0] * pooled.geometry.size[1] + pixel[1]
    covered = pooled.geometry.covered() == index
    won = upstream.flatten()[(covered.any(1)) & (covered.long().argmax(1) == pooled.winners)]
    rule = "it wins no window"
    if len(won):
        total = f" = {written(right)}" if len(won) > 1 else ""
        rule = f"it wins: {added(*map(written, won.tolist()))}{total}"
    return blank(
        f"gradient at {place(*pixel)}",
        Option((right,), rule),
        gradient_mistakes(pooled, upstream, pixel),
    )
