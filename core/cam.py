"""Class activation maps: which places of a picture speak for a class, and how the map is stretched
over the picture.

For networks that end in average pooling over the whole map and one linear layer. With the maps f_k
that enter the pooling (k = 1..C, h x w cells) and the linear layer's weights w and biases b, the
logit of class c is

    logit_c = b_c + Σ_k w_ck · mean(f_k) = b_c + mean over all cells of Σ_k w_ck · f_k,

and the sum inside is the class activation map: M_c = Σ_k w_ck · f_k. So M_c's mean plus the bias is
the logit, and every cell's share in it can be read off. Maps are raw and signed: nothing is
clipped, squared or rescaled.

Source: Zhou et al., "Learning Deep Features for Discriminative Localization", 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import numpy as np
import scipy.ndimage
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.evaluation import evaluation_mode, every_module

Method = Literal["nearest", "bilinear", "bicubic", "spline"]
METHODS: tuple[Method, ...] = get_args(Method)


@dataclass(frozen=True)
class CamResult:
    """The class activation maps of some pictures, with what they were made from.

    Attributes:
        maps: (N, K, h, w) raw and signed, one map per class; maps.mean((2, 3)) + bias == logits.
        logits: (N, K).
        features: (N, C, h, w) the maps that enter the average pooling.
        weight: (K, C) of the linear layer.
        bias: (K,) of the linear layer.
    """

    maps: Tensor
    logits: Tensor
    features: Tensor
    weight: Tensor
    bias: Tensor


def class_activation_maps(
    model: nn.Module, images: Tensor, *, linear: nn.Linear | None = None
) -> CamResult:
    """The maps of all classes in one pass: M[n, c] = Σ_k weight[c, k] · features[n, k].

    Args:
        model: has ``forward_features(images) -> (N, C, h, w)`` and ends in average pooling and a
            linear layer; given back unchanged.
        images: (N, channels, H, W) as the model takes them.
        linear: the last layer; None: the model's only linear layer.

    Returns:
        Maps, logits and what they were made from, without gradients.

    Raises:
        TypeError: the model has no ``forward_features``, or the images are no floating-point
            tensor.
        ValueError: the shapes do not fit, the last layer is not plain, or the model's
            ``forward_head`` gives other logits, so that it does not end in average pooling and this
            layer.
    """
    modules = every_module(model)
    last = _last_layer(modules) if linear is None else linear
    _check(images)
    with evaluation_mode(model, modules):
        with (
            torch.inference_mode()
        ):  # the fastest way forward, but what it gives may take no part in a backward pass
            features = _features(model, images)  # (N, C, h, w)
        features = features.clone()
        if torch.is_autocast_enabled(
            features.device.type
        ):  # half precision may find the features, but adds up nothing
            features = features.float()
        if features.shape[1] != last.in_features:
            raise ValueError(
                f"Expected {last.in_features} features for the linear layer, got "
                f"{features.shape[1]}."
            )
        bias = last.weight.new_zeros(last.out_features) if last.bias is None else last.bias.detach()
        with torch.autocast(features.device.type, enabled=False):
            maps = torch.einsum("kc,nchw->nkhw", last.weight, features)  # (N, K, h, w)
            logits = maps.mean((2, 3)) + bias  # (N, K)
            if hasattr(model, "forward_head"):
                _check_head(
                    _method(model, "forward_head"), features[:1], logits[:1]
                )  # one picture tells for all
    return CamResult(maps, logits, features, last.weight.detach(), bias)


@dataclass(frozen=True)
class Channels:
    """The channels that move one class's logit most, strongest first.

    Attributes:
        index: (count,) their numbers.
        weight: (count,) w_ck.
        features: (count, h, w) f_k.
        products: (count, h, w) w_ck · f_k: what they add to the map.
        shares: (count,) mean of the products: what they add to the logit.
        rest: what all other channels together add to the logit.
    """

    index: Tensor
    weight: Tensor
    features: Tensor
    products: Tensor
    shares: Tensor
    rest: float


def strongest_channels(result: CamResult, picture: int, label: int, count: int) -> Channels:
    """The ``count`` channels with the largest |mean(w_ck · f_k)| for one picture and one class.

    Args:
        result: of ``class_activation_maps``.
        picture: index of the picture.
        label: the class c.
        count: how many channels.

    Returns:
        The channels; shares.sum() + rest + bias is the logit.

    Raises:
        ValueError: there is no such picture, class or number of channels.
    """
    n, k = result.logits.shape
    c = result.features.shape[1]
    for name, value, most in (
        ("picture", picture, n - 1),
        ("label", label, k - 1),
        ("count", count, c),
    ):
        if not 0 <= value <= most:
            raise ValueError(f"Expected {name} from 0 to {most}, got {value}.")
    features, weight = result.features[picture], result.weight[label]
    products = weight[:, None, None] * features  # (C, h, w)
    shares = products.mean((1, 2))  # (C,)
    index = shares.abs().argsort(descending=True)[:count]
    rest = float(shares.double().sum() - shares[index].double().sum())
    return Channels(index, weight[index], features[index], products[index], shares[index], rest)


def grad_cam(model: nn.Module, images: Tensor, label: int | Tensor) -> Tensor:
    """Gradient-weighted class activation maps: ReLU(Σ_k α_k · f_k), α_k = mean over all cells of
    ∂logit / ∂f_k.

    It needs no linear layer at the end. Where there is one after average pooling over h x w cells,
    as here, α_k = w_ck / (h·w), so this is ReLU(M_c) / (h·w).

    Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
        Localization", 2017.

    Args:
        model: has ``forward_features`` and ``forward_head(features) -> logits``; given back
            unchanged.
        images: (N, channels, H, W) as the model takes them.
        label: the class, the same for all pictures or (N,) one each.

    Returns:
        (N, h, w), not negative.

    Raises:
        TypeError: the model lacks one of the two methods, or the images are no floating-point
            tensor.
        ValueError: the shapes do not fit, or there is no such class.
    """
    _check(images)
    head = _method(model, "forward_head")
    labels = (
        torch.full((len(images),), label, device=images.device) if isinstance(label, int) else label
    )
    if labels.shape != (len(images),):
        raise ValueError(
            f"Expected one label for each of {len(images)} images, got shape {tuple(labels.shape)}."
        )
    with evaluation_mode(model):
        features = _features(model, images).detach().requires_grad_(True)
        with torch.enable_grad():
            logits = head(features)  # (N, K)
            if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < logits.shape[1]:
                raise ValueError(
                    f"Expected labels from 0 to {logits.shape[1] - 1}, got {labels.tolist()}."
                )
            (gradients,) = torch.autograd.grad(logits.gather(1, labels[:, None]).sum(), features)
    alpha = gradients.mean((2, 3), keepdim=True)  # (N, C, 1, 1)
    return (alpha * features.detach()).sum(1).relu()  # (N, h, w)


def upsample(maps: Tensor, size: int | tuple[int, int], method: str) -> Tensor:
    """Stretch maps over a picture, so that cell (i, j) of an h x w map lies on its own block of
    pixels.

    Pixel centres are aligned: output pixel p reads the map at (p + 1/2) · h / H - 1/2. Smoothness
    is drawn, not
    computed: the network gave h·w numbers.

    Args:
        maps: (..., h, w) floating point.
        size: of the picture, one number or (H, W).
        method: "nearest" (blocks), "bilinear", "bicubic" (Keys' kernel; both from
            torch.nn.functional.interpolate) or "spline" (cubic, through all the numbers;
            scipy.ndimage.zoom). The last two overshoot.

    Returns:
        (..., H, W), same dtype.

    Raises:
        TypeError: the maps are no floating-point tensor.
        ValueError: unknown method, or an empty map or picture.
    """
    height, width = (size, size) if isinstance(size, int) else size
    if not isinstance(maps, Tensor) or not maps.is_floating_point():
        raise TypeError(
            "Expected maps as a floating-point tensor, got "
            f"{getattr(maps, 'dtype', type(maps).__name__)}."
        )
    if method not in METHODS:
        raise ValueError(f"Expected method to be one of {', '.join(METHODS)}, got {method!r}.")
    if maps.dim() < 2 or 0 in maps.shape or min(height, width) < 1:
        raise ValueError(
            f"Expected maps (..., h, w) and a size above 0, got {tuple(maps.shape)} and "
            f"{height, width}."
        )
    flat = maps.reshape(-1, 1, *maps.shape[-2:])  # (N, 1, h, w)
    if method == "spline":
        stretched = _spline(flat, (height, width))
    else:
        kernel = {"nearest": "nearest-exact"}.get(method, method)
        stretched = F.interpolate(flat, (height, width), mode=kernel, **_ALIGNMENT.get(method, {}))
    return stretched.reshape(*maps.shape[:-2], height, width)  # (..., H, W)


_ALIGNMENT: dict[str, dict[str, Any]] = {
    method: {"align_corners": False} for method in ("bilinear", "bicubic")
}


def _spline(maps: Tensor, size: tuple[int, int]) -> Tensor:
    h, w = maps.shape[-2:]
    # mode "nearest" repeats the border's numbers; scipy's "grid-mirror" is off by 4e-4 on maps this
    # small
    zoomed = [
        scipy.ndimage.zoom(one, (size[0] / h, size[1] / w), order=3, mode="nearest", grid_mode=True)
        for one in maps[:, 0].detach().cpu().double().numpy()
    ]
    return torch.from_numpy(np.stack(zoomed))[:, None].to(maps)  # (N, 1, H, W)


def blend(photo: Tensor, colours: Tensor, alpha: float) -> Tensor:
    """Lay a coloured map over a photo: (1 - alpha) · photo + alpha · colours, rounded to whole
    values.

    This is what ``matplotlib.pyplot.imshow(colours, alpha=alpha)`` over the photo shows.

    Args:
        photo: uint8, any shape.
        colours: uint8, the same shape.
        alpha: opacity in [0, 1]; 0 is exactly the photo, 1 exactly the map.

    Returns:
        uint8, the same shape.

    Raises:
        TypeError: one of the pictures is not uint8.
        ValueError: alpha is outside [0, 1] or the shapes differ.
    """
    if photo.dtype != torch.uint8 or colours.dtype != torch.uint8:
        raise TypeError(f"Expected two uint8 pictures, got {photo.dtype} and {colours.dtype}.")
    if photo.shape != colours.shape:
        raise ValueError(
            f"Expected pictures of one shape, got {tuple(photo.shape)} and {tuple(colours.shape)}."
        )
    if not 0 <= alpha <= 1:  # also false for NaN
        raise ValueError(f"Expected alpha from 0 to 1, got {alpha}.")
    return ((1 - alpha) * photo.double() + alpha * colours.double()).round().byte()


def _check(images: Tensor) -> None:
    if not isinstance(images, Tensor) or not images.is_floating_point():
        raise TypeError(
            f"Expected images as floats, got {getattr(images, 'dtype', type(images).__name__)}."
        )
    if images.dim() != 4:
        raise ValueError(f"Expected images (N, channels, H, W), got {tuple(images.shape)}.")


def _features(model: nn.Module, images: Tensor) -> Tensor:
    features = _method(model, "forward_features")(images)
    if features.dim() != 4:
        raise ValueError(f"Expected features (N, C, h, w), got {tuple(features.shape)}.")
    return features


def _method(model: nn.Module, name: str) -> Callable[[Tensor], Tensor]:
    found = getattr(model, name, None)
    if found is None:
        raise TypeError(f"Expected a model with the method {name}, got {type(model).__name__}.")
    return cast("Callable[[Tensor], Tensor]", found)


def _last_layer(modules: Sequence[nn.Module]) -> nn.Linear:
    found = list({module: None for module in modules if isinstance(module, nn.Linear)})
    if len(found) != 1:
        raise ValueError(
            f"Expected a model with one linear layer, got {len(found)}: name the last one with "
            "linear=."
        )
    return found[0]


def _check_head(forward_head: Callable[[Tensor], Tensor], features: Tensor, logits: Tensor) -> None:
    head, ours = forward_head(features).flatten().tolist(), logits.flatten().tolist()
    if len(head) != len(ours) or any(abs(a - b) > 1e-3 * (1 + abs(b)) for a, b in zip(head, ours)):
        raise ValueError(
            "Expected a model that ends in average pooling over the whole map and this linear "
            "layer: its forward_head "
            "gives other logits, so its class activation maps would not add up."
        )
