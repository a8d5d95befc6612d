"""Questions about the winner of a window: which number, from where, and who gets the gradient."""

from __future__ import annotations

from random import Random

import torch
from jaxtyping import Float
from torch import Tensor

from core.explain.pooling import Pooling, explain_pooling
from core.explain.questions.question import Option, Question, number, offered, place
from core.explain.questions.sums import picture

FOUR = 4  # cells of a window of 2 x 2
QUARTER = 1 / FOUR
SHARED = "shared it among all four: that is average pooling"
TO_EVERY_CELL = "gave all of it to every cell"
TIMES_OWN = "multiplied it by the cell's own number"
ONCE = "counted it once"
EVERY_WINDOW = "counted each window that covers it"


def _pool(
    cells: Float[Tensor, "h w"],
    kernel: int = 2,
    stride: int = 2,
    padding: int = 0,
    dilation: int = 1,
) -> Pooling:
    return explain_pooling(
        cells, kernel_size=kernel, stride=stride, padding=padding, dilation=dilation
    )


def _at(pooled: Pooling, row: int, column: int, reason: str) -> Option | None:
    """What wins there, as an answer; None where the output has no such cell."""
    rows, columns = pooled.output.shape
    if row >= rows or column >= columns:
        return None
    return number(float(pooled.output[row, column]), reason)


def _asked(
    rng: Random,
    idea: str,
    text: str,
    pooled: Pooling,
    cell: tuple[int, int],
    right: Option | None,
    *mistakes: Option | None,
    shows_window: bool = True,
) -> Question | None:
    """A question about one output cell, with PLACE for it in the text."""
    found = offered(rng, right, mistakes)
    if found is None:
        return None
    step = cell[0] * pooled.output.shape[1] + cell[1]
    return Question(
        idea,
        text.replace("PLACE", place(*cell)),
        pooled,
        *found,
        step=step,
        shows_window=shows_window,
    )


def _window(pooled: Pooling, cell: tuple[int, int]) -> Float[Tensor, " inside"]:
    """The cells of the picture that a window covers."""
    window = pooled.windows[:, cell[0] * pooled.output.shape[1] + cell[1]]
    return window[window.isfinite()]


def maximum(rng: Random) -> Question | None:
    """The largest number of the window."""
    pooled, cell = _pool(picture(rng, 4, 4, high=9)[0]), (rng.randrange(2), rng.randrange(2))
    window = _window(pooled, cell)
    return _asked(
        rng,
        "maximum",
        "Max pooling: what comes out at PLACE?",
        pooled,
        cell,
        _at(pooled, *cell, "the largest number of the window"),
        number(float(window.mean()), "took the mean: that is average pooling"),
        number(float(window.sum()), "added the window up"),
        number(float(window[0]), "took the first cell"),
        number(float(window.min()), "took the smallest number"),
    )


def negative(rng: Random) -> Question | None:
    """Of negative numbers the largest is the one next to zero."""
    pooled = _pool(picture(rng, 4, 4, high=8)[0] - 9)
    cell = (rng.randrange(2), rng.randrange(2))
    window = _window(pooled, cell)
    return _asked(
        rng,
        "negative numbers",
        "All numbers are negative: what comes out at PLACE?",
        pooled,
        cell,
        _at(pooled, *cell, "the largest is the one next to zero"),
        number(float(window.min()), "took the one farthest from zero"),
        number(0.0, "took 0, as a ReLU would"),
        number(float(window.abs().max()), "dropped the minus"),
    )


def stride(rng: Random) -> Question | None:
    """A stride of its own: windows overlap."""
    cells = picture(rng, 4, 4, high=9)[0]
    pooled, apart = _pool(cells, stride=1), _pool(cells)
    return _asked(
        rng,
        "stride",
        "Window 2 × 2, but a stride of 1: what comes out at PLACE?",
        pooled,
        (1, 1),
        _at(pooled, 1, 1, "the window moves by one cell, and windows overlap"),
        _at(apart, 1, 1, "moved by the window's side"),
        _at(pooled, 2, 1, "moved by two cells downwards"),
        _at(pooled, 1, 2, "moved by two cells to the right"),
        _at(pooled, 0, 0, "did not move the window"),
        shows_window=False,
    )


def padding(rng: Random) -> Question | None:
    """Padding never wins."""
    cells = picture(rng, 4, 4, high=8)[0] - 9
    pooled = _pool(cells, padding=1)
    cell = rng.choice(((0, 0), (0, 1), (1, 0)))
    return _asked(
        rng,
        "padding",
        "With a padding of 1: what comes out at PLACE?",
        pooled,
        cell,
        _at(pooled, *cell, "the padding is −∞: it never wins"),
        number(0.0, "let a 0 of the padding win"),
        _at(_pool(cells), *cell, "forgot the padding"),
        number(float(_window(pooled, cell).abs().max()), "dropped the minus"),
        number(float(cells.max()), "took the largest of the whole picture"),
        shows_window=False,
    )


def dilation(rng: Random) -> Question | None:
    """The window skips cells."""
    cells = picture(rng, 5, 5, high=9)[0]
    pooled = _pool(cells, stride=1, dilation=2)
    cell = (rng.randrange(2), rng.randrange(2))
    return _asked(
        rng,
        "dilation",
        "Window 2 × 2, stride 1, dilation 2: what comes out at PLACE?",
        pooled,
        cell,
        _at(pooled, *cell, "the window takes every second cell"),
        _at(_pool(cells, stride=1), *cell, "forgot the dilation"),
        _at(_pool(cells, kernel=3, stride=1), *cell, "looked at the cells between, too"),
        _at(_pool(cells, stride=1, dilation=3), *cell, "skipped two cells, not one"),
        number(float(_window(pooled, cell).min()), "took the smallest number"),
        shows_window=False,
    )


def winner(rng: Random) -> Question | None:
    """Where the winner stands in the picture."""
    pooled = _pool(picture(rng, 4, 4)[0])
    step = rng.randrange(1, FOUR)
    if bool(pooled.ties[step].any()):
        return None
    cell = (step // 2, step % 2)
    inside = divmod(int(pooled.winners[step]), 2)
    smallest = divmod(int(pooled.windows[:, step].argmin()), 2)
    corner = (2 * cell[0], 2 * cell[1])

    def in_picture(within: tuple[int, int], reason: str) -> Option:
        return Option((float(corner[0] + within[0]), float(corner[1] + within[1])), reason)

    found = offered(
        rng,
        in_picture(inside, "there stands the winner"),
        [
            Option((float(inside[0]), float(inside[1])), "counted within the window"),
            in_picture(smallest, "took the smallest number"),
            Option((float(cell[0]), float(cell[1])), "took the output's own place"),
            in_picture((0, 0), "took the first cell of the window"),
        ],
    )
    if found is None:
        return None
    text = f"Which cell of the input wins for the output at {place(*cell)}?"
    return Question("winner's place", text, pooled, *found, unit="cell", step=step)


def loser(rng: Random) -> Question | None:
    """A cell that does not win gets no gradient."""
    pooled = _pool(picture(rng, 4, 4, low=1)[0])
    pixel = (rng.randrange(4), rng.randrange(4))
    step = pixel[0] // 2 * 2 + pixel[1] // 2
    value = float(pooled.picture[pixel])
    if bool(pooled.ties[step].any()) or value == float(pooled.output.flatten()[step]):
        return None
    return _gradient(
        rng,
        "loser's gradient",
        "The output's gradient is 1. How much of it does the framed cell get?",
        pooled,
        pixel,
        "only the winner gets the gradient",
        [
            number(QUARTER, SHARED),
            number(1.0, TO_EVERY_CELL),
            number(value, TIMES_OWN),
            number(-1.0, "took from the losers what the winner gets"),
        ],
    )


def tie(rng: Random) -> Question | None:
    """Of two equal numbers the first in reading order gets the gradient."""
    pooled = _pool(picture(rng, 4, 4)[0])
    step = rng.randrange(FOUR)
    if int(pooled.ties[step].sum()) != 1:
        return None
    first, last = int(pooled.winners[step]), int(pooled.ties[step].long().argmax())
    index = rng.choice((first, last))
    pixel = (step // 2 * 2 + index // 2, step % 2 * 2 + index % 2)
    largest = float(pooled.output.flatten()[step])
    return _gradient(
        rng,
        "tie",
        f"Max pooling, two cells tie at {largest:.0f}; the output's gradient is 1. "
        "How much of it does the framed one get?",
        pooled,
        pixel,
        "the first in reading order wins and gets all of it",
        [
            number(0.5, "shared it between the two"),
            number(float(index == last), "let the last one win"),
            number(QUARTER, SHARED),
        ],
    )


def overlap(rng: Random) -> Question | None:
    """A cell that wins several windows gets the gradient of each."""
    pooled = _pool(picture(rng, 4, 4, high=9)[0], stride=1)
    covered = pooled.geometry.covered()
    tied = pooled.ties.any(1)
    times = {}  # pixel: how many windows it wins, and how many cover it
    for pixel in ((row, column) for row in range(4) for column in range(4)):
        covers = (covered == pixel[0] * 4 + pixel[1]).any(1)
        won = int(pooled.gradients()[pixel])
        if won >= 2 and not tied[covers].any():
            times[pixel] = (won, int(covers.sum()))
    some = [pixel for pixel, (won, covering) in times.items() if won < covering] or [*times]
    if not some:
        return None
    pixel = rng.choice(some)
    covering = times[pixel][1]
    return _gradient(
        rng,
        "overlap",
        "Stride 1, and every output's gradient is 1. How much reaches the framed cell?",
        pooled,
        pixel,
        "it gets 1 from each window that it wins",
        [
            number(1.0, ONCE),
            number(float(covering), EVERY_WINDOW),
            number(covering * QUARTER, "shared each window's among its four cells"),
            number(float(pooled.picture[pixel]), "took the cell's own number"),
        ],
    )


def _gradient(
    rng: Random,
    idea: str,
    text: str,
    pooled: Pooling,
    pixel: tuple[int, int],
    rule: str,
    mistakes: list[Option | None],
) -> Question | None:
    """A question about the gradient of the sum of all outputs into one cell of the input."""
    right = number(float(pooled.gradients()[pixel]), rule)
    found = offered(rng, right, mistakes)
    if found is None:
        return None
    covers = (pooled.geometry.covered() == pixel[0] * pooled.geometry.size[1] + pixel[1]).any(1)
    step = int(torch.nonzero(covers)[0])
    alone = int(covers.sum()) == 1  # one window covers it
    return Question(idea, text, pooled, *found, step=step, shows_window=alone, pixel=pixel)


def gradient_mistakes(
    pooled: Pooling, upstream: Float[Tensor, "h_out w_out"], pixel: tuple[int, int]
) -> list[Option]:
    """What somebody says reaches one cell of the input who makes a mistake.

    Args:
        pooled: without padding, windows of 2 x 2.
        upstream: the gradient of each output cell.
        pixel: (row, column) of the input cell.
    """
    index = pixel[0] * pooled.geometry.size[1] + pixel[1]
    covered = pooled.geometry.covered() == index  # (steps, window)
    arriving = upstream.flatten()[covered.any(1)]
    won = covered.long().argmax(1) == pooled.winners
    first = upstream.flatten()[covered.any(1) & won][:1]
    several = TO_EVERY_CELL if len(arriving) == 1 else EVERY_WINDOW
    return [
        Option((float(arriving.sum()),), several),
        Option((float(arriving.sum()) * QUARTER,), SHARED),
        *(Option((float(one),), ONCE) for one in first),
        Option((float(arriving.sum() * pooled.picture[pixel]),), TIMES_OWN),
        Option((float(pooled.picture[pixel]),), "took the cell's own number"),
    ]
