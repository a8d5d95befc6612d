"""Whether a saliency map is right: delete or insert the pixels that it calls important, and watch
the probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import SupportsIndex

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.cam import class_activation_maps, upsample
from core.checks import check_dtype, check_tensor, generator, logits_of, real_number
from core.evaluation import evaluation_mode
from core.labels import Labels, checked_labels

SHARES = tuple(step / 10 for step in range(11))
RANKINGS = ("hottest first", "the map's cells shuffled", "single pixels at random")
LARGEST = 1_000_000  # draws, pictures, or pixels of a side
_BATCH = 250  # pictures in a forward pass


def pixel_curves(
    model: nn.Module,
    images: Float[Tensor, "n c h w"],
    labels: Labels,
    maps: Float[Tensor, "n rankings h w"],
    *,
    fill: Float[Tensor, " c"],
    insert: bool = False,
    shares: Sequence[float] = SHARES,
) -> Float[Tensor, "n rankings shares"]:
    """Replace a picture's hottest pixels by a plain colour, or begin with that and put the hottest
    ones in.

    For each share s, the round(s · H·W) pixels with the largest values of a map are deleted
    (inserted), and the probability softmax(logits)[label] is read: of an important pixel's deletion
    it falls fast.

    Source: Petsiuk et al., "RISE: Randomized Input Sampling for Explanation of Black-box Models",
        2018.

    Args:
        model: maps images to logits (N, K); given back unchanged.
        images: (N, C, H, W) as the model takes them.
        labels: the class whose probability is read, one for all or (N,) one each.
        maps: (N, R, H, W) for each picture R rankings of its pixels, by falling value; ties go from
            the upper left.
        fill: (C,) the colour that stands for nothing, usually the data set's mean.
        insert: insert instead of delete.
        shares: increasing, from 0 to 1.

    Returns:
        (N, R, S) probabilities.

    Raises:
        TypeError: images, maps or a fill that are no floats, labels that are no whole numbers, or a
            share that is no number.
        ValueError: the shapes do not fit, the model gives no logits, there is no such class, or the
            shares are not increasing from 0 to 1.
    """
    _check(images, maps, fill, shares)
    labels = checked_labels(labels, len(images))
    n, rankings, h, w = maps.shape
    order = maps.to(images.device).reshape(n, rankings, h * w).argsort(descending=True, stable=True)
    ranks = order.argsort()  # (N, R, H*W) when each pixel's turn is
    counts = torch.tensor([round(share * h * w) for share in shares], device=images.device)  # (S,)
    curves = torch.empty(n, rankings, len(shares))
    plain = fill.to(images)[:, None, None]
    with evaluation_mode(model):
        for index, (image, label) in enumerate(zip(images, labels.tolist())):
            first, then = (plain, image) if insert else (image, plain)
            changed = ranks[index][:, None] < counts[:, None]  # (R, S, H*W)
            pictures = torch.where(changed.reshape(-1, 1, h, w), then, first)  # (R*S, C, H, W)
            parts = torch.split(pictures, _BATCH)
            probabilities = torch.cat([_probability(model, part, label) for part in parts])
            curves[index] = probabilities.reshape(rankings, len(shares))
    return curves


def _check(images: Tensor, maps: Tensor, fill: Tensor, shares: Sequence[float]) -> None:
    check_tensor("images", images, "(N, C, H, W)")
    n, c, h, w = images.shape
    check_tensor("maps", maps, f"({n}, rankings, {h}, {w})")
    check_tensor("fill", fill, f"({c})")
    numbers = [real_number("shares", share) for share in shares]
    is_rising = all(one < next_one for one, next_one in pairwise(numbers))
    if not numbers or not is_rising or not 0 <= numbers[0] <= numbers[-1] <= 1:  # also NaN
        raise ValueError(f"Expected increasing shares from 0 to 1, got {shares}.")


def compare(
    model: nn.Module,
    images: Float[Tensor, "n c h w"],
    labels: Labels,
    *,
    fill: Float[Tensor, " c"],
    method: str = "bilinear",
    insert: bool = False,
    draws: tuple[int, int] = (10, 20),
    seed: int = 0,
) -> dict[str, Float[Tensor, "n shares"]]:
    """A class activation map's pixel curve beside two that know nothing.

    Args:
        model: as ``core.cam.class_activation_maps`` takes it.
        images: (N, C, H, W) as the model takes them.
        labels: the class of each map, one for all or (N,) one each.
        fill: (C,) the colour that stands for nothing.
        method: of the upsampling.
        insert: insert instead of delete.
        draws: how many rankings of ``shuffled_cells`` and of ``random_pixels`` are averaged.
        seed: of both.

    Returns:
        ``RANKINGS`` to (N, S) probabilities over ``SHARES``.

    Raises:
        TypeError: as ``core.cam.class_activation_maps``, ``upsample`` and ``checked_labels`` do.
        ValueError: as these, as ``pixel_curves``, or draws that are no number above 0.
    """
    found = class_activation_maps(model, images)
    labels = checked_labels(labels, len(images), classes=found.maps.shape[1])
    cells = found.maps[torch.arange(len(images)), labels.cpu()]  # (N, h, w)
    size = (images.shape[2], images.shape[3])
    maps = [
        upsample(cells, size, method)[:, None],
        shuffled_cells(cells, size, method, draws=draws[0], seed=seed),
        random_pixels(len(images), size, draws=draws[1], seed=seed, device=cells.device),
    ]
    ranked = torch.cat(maps, dim=1)  # (N, R, H, W)
    curves = pixel_curves(model, images, labels, ranked, fill=fill, insert=insert)  # (N, R, S)
    parts = torch.split(curves, [1, *draws], dim=1)
    return {name: part.mean(1) for name, part in zip(RANKINGS, parts)}


def random_pixels(
    count: int,
    size: tuple[int, int],
    *,
    draws: int,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> Float[Tensor, "n draws h w"]:
    """Rankings that know nothing: every pixel's value is drawn, the same for every picture.

    Args:
        count: pictures, N.
        size: (H, W).
        draws: rankings of each.
        seed: of the draws, which are the same on every device.
        device: that they are wanted on.

    Returns:
        (N, draws, H, W), uniform in [0, 1).

    Raises:
        TypeError: a number is no whole number.
        ValueError: a number is out of range.
    """
    _check_draws(draws, count=count, height=size[0], width=size[1])
    drawn = torch.rand(draws, *size, generator=generator(seed))
    return drawn.to(device).expand(count, draws, *size)


def shuffled_cells(
    cells: Float[Tensor, "n h w"],
    size: tuple[int, int],
    method: str,
    *,
    draws: int,
    seed: int = 0,
) -> Float[Tensor, "n draws H W"]:
    """Rankings that are as smooth as the map itself but look elsewhere: the map's own cells in
    random order, upsampled.

    Single pixels drawn at random cover a picture like noise, which disturbs a network more than a
    hole of the same area does; this control makes holes of the same kind.

    Args:
        cells: (N, h, w) the maps before upsampling.
        size: (H, W) of the pictures.
        method: of ``core.cam.upsample``.
        draws: rankings of each.
        seed: of the draws.

    Returns:
        (N, draws, H, W), on the device of the cells.

    Raises:
        TypeError: the cells are no floating-point tensor, or a number is no whole number.
        ValueError: the cells are not (N, h, w), a number is out of range, or ``upsample`` refuses
            method or size.
    """
    check_tensor("cells", cells, "(N, h, w)")
    _check_draws(draws)
    n, h, w = cells.shape
    shuffle = generator(seed)
    orders = [torch.randperm(h * w, generator=shuffle) for _ in range(draws)]
    index = torch.stack(orders).to(cells.device)  # (draws, h*w)
    shuffled = cells.reshape(n, h * w)[:, index]  # (N, draws, h*w)
    return upsample(shuffled.reshape(n, draws, h, w), size, method)


def _check_draws(draws: int, **sizes: int) -> None:
    for name, value, least in (("draws", draws, 1), *((name, sizes[name], 0) for name in sizes)):
        if not isinstance(value, SupportsIndex):
            raise TypeError(f"Expected {name} as a whole number, got {value!r}.")
        if not least <= int(value) <= LARGEST:
            raise ValueError(f"Expected {name} from {least} to {LARGEST:,}, got {value}.")


def areas(curves: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The area between each control's curve and that of the hottest pixels, of ``compare``'s
    curves.

    Returns:
        Name of the control to its area; for deletion above 0, and for insertion below 0, if the map
        is right.

    Raises:
        ValueError: a curve of ``RANKINGS`` is missing, or has another number of shares.
    """
    if missing := [name for name in RANKINGS if name not in curves]:
        raise ValueError(f"Expected the curves {', '.join(RANKINGS)}; {missing[0]} is missing.")
    hottest, *controls = RANKINGS
    return {
        name: float(area_between(torch.tensor(curves[name]), torch.tensor(curves[hottest])))
        for name in controls
    }


def area_between(
    control: Float[Tensor, "*n shares"],
    curve: Float[Tensor, "*n shares"],
    shares: Sequence[float] = SHARES,
) -> Float[Tensor, "*n"]:
    """Area between two curves over the share of pixels, ∫ (control - curve) d share by the
    trapezoidal rule.

    Args:
        control: (..., S).
        curve: (..., S).
        shares: (S,).

    Returns:
        (...); above 0 where the control's curve lies higher.

    Raises:
        TypeError: a curve is no tensor.
        ValueError: the curves differ in shape, or have another number of shares.
    """
    for name, curves in (("control", control), ("curve", curve)):
        check_dtype(name, curves, "(..., shares)", None)
    if control.shape != curve.shape or curve.shape[-1:] != (len(shares),):
        raise ValueError(
            f"Expected two curves over {len(shares)} shares, got {tuple(control.shape)} and "
            f"{tuple(curve.shape)}."
        )
    difference = control - curve
    return torch.trapezoid(difference, torch.tensor(shares).to(difference))


def _probability(model: nn.Module, batch: Tensor, label: int) -> Tensor:
    logits = logits_of(model, batch)
    if not 0 <= label < logits.shape[1]:
        raise ValueError(f"Expected labels from 0 to {logits.shape[1] - 1}, got {label}.")
    return logits.float().softmax(1)[:, label].cpu()
