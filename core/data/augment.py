"""Random changes of training images: the same generator gives the same images."""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float32, Int64, Shaped, UInt8
from torch import Tensor

from core.checks import check_tensor
from core.conv import conv2d

AREA = (0.8, 1.0)  # of a crop, as a share of the image
RATIO = (3 / 4, 4 / 3)  # width over height of a crop
TRIES = 10


def random_shift(
    images: Shaped[Tensor, "n c h w"],
    generator: torch.Generator,
    *,
    limit: int = 1,
    padding_mode: Literal["constant", "reflect"] = "constant",
) -> Shaped[Tensor, "n c h w"]:
    """Move every image by a random whole number of pixels.

    Args:
        images: of any dtype.
        generator: CPU generator of the offsets.
        limit: largest offset each way in pixels.
        padding_mode: what comes in from outside, as in torchvision's ``RandomCrop``: black
            ("constant"), or the image mirrored at its outermost pixels ("reflect").

    Returns:
        The moved images, same dtype.

    Raises:
        TypeError: this is no tensor.
        ValueError: other axes, a limit below 0, another padding_mode, or an image too small to be
            mirrored so far.
    """
    check_tensor("images", images, "(N, C, H, W)", None)
    if limit < 0:
        raise ValueError(f"Expected a limit of 0 or more pixels, got {limit}.")
    if padding_mode not in ("constant", "reflect"):
        raise ValueError(f"Expected padding_mode constant or reflect, got {padding_mode!r}.")
    n, _, h, w = images.shape
    offsets = torch.randint(-limit, limit + 1, (2, n, 1), generator=generator)
    offsets = offsets.to(images.device, non_blocking=True)
    rows = offsets[0] + torch.arange(h, device=images.device)  # (N, H)
    columns = offsets[1] + torch.arange(w, device=images.device)  # (N, W)
    if padding_mode == "reflect":
        if limit >= min(h, w):
            raise ValueError(
                f"Expected a limit below the image's {min(h, w)} pixels to mirror it, got {limit}."
            )
        rows, columns = _mirrored(rows, h), _mirrored(columns, w)
    else:
        images = F.pad(images, (limit, limit, limit, limit))
        rows, columns = rows + limit, columns + limit
    index = torch.arange(n, device=images.device)[:, None, None]
    moved = images.permute(0, 2, 3, 1)[index, rows[:, :, None], columns[:, None, :]]
    return moved.permute(0, 3, 1, 2)


def _mirrored(index: Int64[Tensor, "n size"], size: int) -> Int64[Tensor, "n size"]:
    """Indices from -size + 1 to 2 size - 2, those outside of an axis mirrored at its ends."""
    last = size - 1
    return last - (last - index.abs()).abs()


def random_unsharp_mask(
    images: UInt8[Tensor, "n c h w"], generator: torch.Generator, *, amount: float = 1.0
) -> UInt8[Tensor, "n c h w"]:
    """Sharpen every image a little, each by another amount.

        x + a (x - b * x),   b = [1 2 1]ᵀ [1 2 1] / 16,   a uniform in [0, amount)

    where * is a convolution of an image mirrored at its border. An enlarged crop is blurred:
    between 0.15 and 0.55 periods a pixel the homework's crops have 0.63 to 0.84 of the power of the
    same CIFAR-10 images as they are, sharpened by an amount of 1 they have 1.02 to 1.08 of it.

    Args:
        images: grey values 0..255, at least 2 pixels each way.
        generator: CPU generator of the amounts.
        amount: largest a.

    Returns:
        The sharpened images.

    Raises:
        TypeError: the images are no uint8 tensor.
        ValueError: they have other axes or too few pixels, or the amount is no finite number from 0
            on.

    Source: Gonzalez & Woods, "Digital Image Processing", section 3.6, unsharp masking; Touvron et
        al., "Fixing the train-test resolution discrepancy", 2019.
    """
    check_tensor("images", images, "(N, C, H, W)", [torch.uint8])
    n, c, h, w = images.shape
    if min(h, w) < 2:
        raise ValueError(f"Expected images of 2 x 2 pixels or more, got {tuple(images.shape)}.")
    if not 0 <= amount < math.inf:
        raise ValueError(f"Expected an amount as a finite number from 0 on, got {amount}.")
    amounts = (amount * torch.rand(n, 1, 1, 1, generator=generator)).to(
        images.device, non_blocking=True
    )
    line = torch.tensor([1.0, 2.0, 1.0], device=images.device) / 4
    kernel = torch.outer(line, line).expand(c, 1, 3, 3)
    pixels = images.float()
    smooth = conv2d(F.pad(pixels, (1, 1, 1, 1), mode="reflect"), kernel, groups=c)
    return (pixels + amounts * (pixels - smooth)).round_().clamp_(0, 255).byte()


def random_affine(
    images: UInt8[Tensor, "n c h w"],
    generator: torch.Generator,
    *,
    degrees: float = 10.0,
    stretch: float = 0.1,
    limit: float = 1.5,
) -> UInt8[Tensor, "n c h w"]:
    """Turn, stretch, slant and move every image a little, as handwriting differs.

    Each output pixel p is read bilinearly at A·p + t, black outside of the image, with

        A = [[x cos a, slant - y sin a],
             [x sin a, y cos a]]

    where a is the angle, and x and y are the stretch of the axes.

    Args:
        images: grey values 0..255.
        generator: CPU generator of the maps.
        degrees: largest angle each way.
        stretch: largest change of size (0.1: from 0.9 to 1.1), and largest slant.
        limit: largest move each way in pixels.

    Returns:
        The changed images.

    Raises:
        TypeError: the images are no uint8 tensor.
        ValueError: they have other axes or no pixels, or a range is no finite number.
    """
    check_tensor("images", images, "(N, C, H, W)", [torch.uint8])
    if 0 in images.shape[1:]:
        raise ValueError(f"Expected images with pixels, got the shape {tuple(images.shape)}.")
    for name, value in (("degrees", degrees), ("stretch", stretch), ("limit", limit)):
        if not math.isfinite(value):
            raise ValueError(f"Expected {name} as a finite number, got {value}.")
    n, _, h, w = images.shape
    angle = _uniform(n, math.radians(degrees), generator)
    x = _uniform(n, stretch, generator) + 1
    y = _uniform(n, stretch, generator) + 1
    slant = _uniform(n, stretch, generator)
    right = _uniform(n, 2 * limit / w, generator)  # the grid's width and height are 2
    down = _uniform(n, 2 * limit / h, generator)
    cos, sin = angle.cos(), angle.sin()
    first, second = (cos * x, slant - sin * y, right), (sin * x, cos * y, down)
    maps = torch.stack([*first, *second], dim=1).reshape(n, 2, 3)
    maps = maps.to(images.device, non_blocking=True)
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)  # (N, H, W, 2)
    moved = F.grid_sample(
        images.float(), grid, mode="bilinear", padding_mode="zeros", align_corners=False
    )
    return moved.round_().byte()


def _uniform(count: int, largest: float, generator: torch.Generator) -> Float32[Tensor, " count"]:
    """Random numbers from -largest to largest."""
    return (torch.rand(count, generator=generator) * 2 - 1) * largest


def random_crop_flip(
    images: UInt8[Tensor, "n c h w"], generator: torch.Generator
) -> UInt8[Tensor, "n c h w"]:
    """The homework's CIFAR-10 augmentation on a whole batch.

    Same distribution as ``RandomResizedCrop(32, scale=(0.8, 1.0))`` then
    ``RandomHorizontalFlip()``, without a Python call per image.

    Args:
        images: grey values 0..255, square.
        generator: CPU generator of the crops and flips.

    Returns:
        The changed images.

    Raises:
        TypeError: the images are no uint8 tensor.
        ValueError: they have other axes, or are not square.
    """
    check_tensor("images", images, "(N, C, H, W)", [torch.uint8])
    n, _, h, w = images.shape
    cropped = resize_crops(images, crop_boxes(n, h, w, generator))
    flip = (torch.rand(n, generator=generator) < 0.5).to(images.device, non_blocking=True)
    return torch.where(flip[:, None, None, None], cropped.flip(3), cropped)


def crop_boxes(
    count: int, height: int, width: int, generator: torch.Generator
) -> Int64[Tensor, "count 4"]:
    """Draw the boxes of torchvision's ``RandomResizedCrop(scale=(0.8, 1.0))``.

    As torchvision: the area uniform in [0.8, 1.0] of the image, the aspect ratio log-uniform in
    [3/4, 4/3], rounded sides, ten tries that must fit into the image, else (for a square image) the
    whole of it; the position uniform.

    Args:
        count: number of boxes.
        height: image height in pixels.
        width: image width in pixels; must equal the height.
        generator: CPU generator.

    Returns:
        Top, left, height and width of each box in pixels.

    Raises:
        ValueError: a negative count, or the images are not square (the fallback box would differ).
    """
    if height != width or not 0 < height < 2**31:
        raise ValueError(f"Expected square images, got {height} x {width}.")
    if not 0 <= count < 2**31:
        raise ValueError(f"Expected a count from 0 to 2^31 - 1, got {count}.")
    area = height * width * torch.empty(count, TRIES).uniform_(*AREA, generator=generator)
    log_ratio = torch.empty(count, TRIES).uniform_(*map(math.log, RATIO), generator=generator)
    ratio = log_ratio.exp()
    widths = (area * ratio).sqrt().round().long()  # (N, TRIES)
    heights = (area / ratio).sqrt().round().long()
    fits = (widths <= width) & (heights <= height)
    first = fits.int().argmax(dim=1, keepdim=True)  # the first try that fits
    any_fits = fits.any(dim=1)
    box_height = torch.where(any_fits, heights.gather(1, first)[:, 0], height)
    box_width = torch.where(any_fits, widths.gather(1, first)[:, 0], width)
    position = torch.rand(2, count, generator=generator)
    top = (position[0] * (height - box_height + 1)).long()
    left = (position[1] * (width - box_width + 1)).long()
    return torch.stack([top, left, box_height, box_width], dim=1)


def resize_crops(
    images: UInt8[Tensor, "n c h w"], boxes: Int64[Tensor, "n 4"]
) -> UInt8[Tensor, "n c h w"]:
    """Cut each image's box out and scale it back to full size, as torchvision does on PIL images.

    Bilinear enlargement is separable, with one small matrix for the rows and one for the columns of
    each image, so the whole batch is two batched matrix products:

        output = rows · image · columnsᵀ

    Args:
        images: grey values 0..255.
        boxes: top, left, height and width of each box in pixels.

    Returns:
        The crops, rounded to whole grey values as PIL's are.

    Raises:
        TypeError: the images are no uint8 tensor, or the boxes no int64 one.
        ValueError: they have other axes, or a box leaves its image.
    """
    check_tensor("images", images, "(N, C, H, W)", [torch.uint8])
    check_tensor("boxes", boxes, "(N, 4)", [torch.int64])
    size = torch.tensor(images.shape[-2:], device=boxes.device)
    inside = (boxes[:, :2] >= 0) & (boxes[:, 2:] > 0) & (boxes[:, :2] <= size - boxes[:, 2:])
    if len(boxes) != len(images) or not inside.all():
        raise ValueError(f"Expected one box inside each of {len(images)} images, got {boxes}.")
    n, c, h, w = images.shape
    boxes = boxes.to(images.device, non_blocking=True)
    rows = _interpolation(boxes[:, 0], boxes[:, 2], h)  # (N, H, H)
    columns = _interpolation(boxes[:, 1], boxes[:, 3], w)  # (N, W, W)
    source = images.float().reshape(n, c * h, w)  # (N, C*H, W)
    stretched = torch.bmm(source, columns.transpose(1, 2))  # (N, C*H, W)
    stretched = stretched.reshape(n, c, h, w).transpose(1, 2).reshape(n, h, c * w)  # (N, H, C*W)
    result = torch.bmm(rows, stretched).reshape(n, h, c, w).transpose(1, 2)  # (N, C, H, W)
    return result.round_().clamp_(0, 255).byte()


def _interpolation(
    start: Int64[Tensor, " n"], length: Int64[Tensor, " n"], size: int
) -> Float32[Tensor, "n size size"]:
    """Row i of each matrix holds the bilinear weights of output pixel i."""
    last = (length - 1)[:, None]
    target = torch.arange(size, dtype=torch.float32, device=start.device)
    position = (target + 0.5) * (length[:, None] / size) - 0.5  # (N, size), inside the box
    position = position.clamp(min=0).minimum(last.float())
    low = position.floor()
    fraction = position - low
    low_index = low.long()
    high_index = (low_index + 1).minimum(last)
    weights = torch.zeros(len(start), size, size, device=start.device)
    weights.scatter_add_(2, (low_index + start[:, None])[..., None], (1 - fraction)[..., None])
    weights.scatter_add_(2, (high_index + start[:, None])[..., None], fraction[..., None])
    return weights
