"""Random changes of training images: the same generator gives the same images."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def random_shift(images: Tensor, generator: torch.Generator, *, limit: int = 1) -> Tensor:
    """Move every image by a random whole number of pixels, up to ``limit`` each way, filling with
    black.

    Args:
        images: (N, C, H, W), any dtype.
        generator: CPU generator of the offsets.
        limit: largest offset in pixels.

    Returns:
        (N, C, H, W), same dtype.
    """
    n, _, h, w = images.shape
    padded = F.pad(images, (limit, limit, limit, limit))
    offsets = torch.randint(0, 2 * limit + 1, (2, n, 1), generator=generator).to(images.device)
    rows = offsets[0] + torch.arange(h, device=images.device)  # (N, H)
    columns = offsets[1] + torch.arange(w, device=images.device)  # (N, W)
    index = torch.arange(n, device=images.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[index, rows[:, :, None], columns[:, None, :]].permute(
        0, 3, 1, 2
    )


def random_affine(
    images: Tensor,
    generator: torch.Generator,
    *,
    degrees: float = 10.0,
    stretch: float = 0.1,
    limit: float = 1.5,
) -> Tensor:
    """Turn, stretch, slant and move every image a little, as handwriting differs; black comes in
    from outside.

    Each output pixel p is read bilinearly at A·p + t, with A = [[c·x, -s·y + k], [s·x, c·y]], c and
    s the cosine and sine of the angle, x and y the stretch of the axes and k the slant.

    Args:
        images: (N, C, H, W) uint8, on the CPU.
        generator: CPU generator of the maps.
        degrees: largest angle each way.
        stretch: largest change of size (0.1: from 0.9 to 1.1), and largest slant.
        limit: largest move each way in pixels.

    Returns:
        (N, C, H, W) uint8.
    """
    n, _, h, w = images.shape

    def uniform(largest: float) -> Tensor:  # (N,)
        return (torch.rand(n, generator=generator) * 2 - 1) * largest

    angle, x, y, slant = (
        uniform(float(np.deg2rad(degrees))),
        uniform(stretch) + 1,
        uniform(stretch) + 1,
        uniform(stretch),
    )
    right, down = (
        uniform(2 * limit / w),
        uniform(2 * limit / h),
    )  # the grid's width and height are 2
    c, s = angle.cos(), angle.sin()
    maps = torch.stack([c * x, slant - s * y, right, s * x, c * y, down], dim=1).reshape(n, 2, 3)
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)  # (N, H, W, 2)
    moved = F.grid_sample(
        images.float(), grid, mode="bilinear", padding_mode="zeros", align_corners=False
    )
    return moved.round_().byte()


def crop_boxes(count: int, height: int, width: int, generator: torch.Generator) -> Tensor:
    """Draw the boxes of torchvision's ``RandomResizedCrop(scale=(0.8, 1.0))``, aspect ratio 3/4 to
    4/3.

    As torchvision: area uniform in [0.8, 1.0] of the image, log-uniform ratio, rounded sides, ten
    tries that must fit into the image, else (for a square image) the whole of it; the position is
    uniform.

    Args:
        count: number of boxes.
        height: image height in pixels.
        width: image width in pixels; must equal the height.
        generator: CPU generator.

    Returns:
        (count, 4) int64: top, left, box height, box width.

    Raises:
        ValueError: the images are not square (the fallback box would differ).
    """
    if height != width:
        raise ValueError(f"Expected square images, got {height} x {width}.")
    tries = 10
    area = height * width * torch.empty(count, tries).uniform_(0.8, 1.0, generator=generator)
    log_ratio = torch.empty(count, tries).uniform_(
        float(np.log(3 / 4)), float(np.log(4 / 3)), generator=generator
    )
    ratio = log_ratio.exp()
    box_w = (area * ratio).sqrt().round().long()  # (N, tries)
    box_h = (area / ratio).sqrt().round().long()
    fits = (box_w <= width) & (box_h <= height)
    first = fits.int().argmax(dim=1, keepdim=True)  # first try that fits
    any_fits = fits.any(dim=1)
    box_h = torch.where(any_fits, box_h.gather(1, first).squeeze(1), height)
    box_w = torch.where(any_fits, box_w.gather(1, first).squeeze(1), width)
    position = torch.rand(2, count, generator=generator)
    top = (position[0] * (height - box_h + 1)).long()
    left = (position[1] * (width - box_w + 1)).long()
    return torch.stack([top, left, box_h, box_w], dim=1)


def resize_crops(images: Tensor, boxes: Tensor) -> Tensor:
    """Cut each image's box out and scale it back to full size, bilinearly, as torchvision does on
    PIL images.

    Bilinear enlargement is separable, out = R · image · Cᵀ with one small interpolation matrix per
    image for rows (R) and columns (C), so the whole batch is two batched matrix products. The
    result is rounded to whole grey values as PIL's is.

    Args:
        images: (N, C, H, W) uint8.
        boxes: (N, 4) top, left, height, width in pixels.

    Returns:
        (N, C, H, W) uint8.
    """
    n, c, h, w = images.shape
    rows = _interpolation(boxes[:, 0], boxes[:, 2], h)  # (N, H, H)
    columns = _interpolation(boxes[:, 1], boxes[:, 3], w)  # (N, W, W)
    source = images.float().reshape(n, c * h, w)  # (N, C*H, W)
    stretched = torch.bmm(source, columns.transpose(1, 2))  # (N, C*H, W)
    stretched = stretched.reshape(n, c, h, w).transpose(1, 2).reshape(n, h, c * w)  # (N, H, C*W)
    result = torch.bmm(rows, stretched).reshape(n, h, c, w).transpose(1, 2)  # (N, C, H, W)
    return result.round_().clamp_(0, 255).byte()


def _interpolation(start: Tensor, length: Tensor, size: int) -> Tensor:
    """(N, size, size): row i holds the bilinear weights of output pixel i."""
    target = torch.arange(size, dtype=torch.float32)
    position = (target + 0.5) * (length[:, None] / size) - 0.5  # (N, size), inside the box
    position = position.clamp(min=0).minimum((length - 1)[:, None].float())
    low = position.floor()
    fraction = position - low
    low_index = low.long() + start[:, None]
    high_index = (low.long() + 1).minimum((length - 1)[:, None]) + start[:, None]
    weights = torch.zeros(len(start), size, size)
    weights.scatter_add_(2, low_index[..., None], (1 - fraction)[..., None])
    weights.scatter_add_(2, high_index[..., None], fraction[..., None])
    return weights


def random_crop_flip(images: Tensor, generator: torch.Generator) -> Tensor:
    """The homework's CIFAR-10 augmentation on a whole batch.

    Same distribution as ``RandomResizedCrop(32, scale=(0.8, 1.0))`` then
    ``RandomHorizontalFlip()``, without a Python call per picture.

    Args:
        images: (N, C, H, W) uint8, on the CPU.
        generator: CPU generator.

    Returns:
        (N, C, H, W) uint8.
    """
    n, _, h, w = images.shape
    cropped = resize_crops(images, crop_boxes(n, h, w, generator))
    flip = torch.rand(n, generator=generator) < 0.5
    return torch.where(flip[:, None, None, None], cropped.flip(3), cropped)
