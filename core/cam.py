"""Class activation maps: which places of a picture speak for a class. How a map is laid over the
picture stands in ``core.overlay``.

For networks that end in average pooling over the whole map and one linear layer. With the maps f_k
that enter the pooling (k = 1..C, h x w cells) and the linear layer's weights w and biases b, the
logit of class c is

    logit_c = b_c + Σ_k w_ck · mean(f_k)
            = b_c + mean(Σ_k w_ck · f_k)        the mean is that over all cells
    M_c     = Σ_k w_ck · f_k                    the class activation map

So M_c's mean plus the bias is the logit, and every cell's share in it can be read off. Maps are raw
and signed: nothing is clipped, squared or rescaled.

Source: Zhou et al., "Learning Deep Features for Discriminative Localization", 2016.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import SupportsIndex, cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from core.checks import check_kind, check_tensor, check_values
from core.evaluation import evaluation_mode, every_module
from core.gradients import gradient_into, takes_gradients
from core.labels import Labels, checked_index, checked_labels
from core.overlay import METHODS, Method, blend, evidence_opacity, upsample

__all__ = [
    "METHODS",
    "CamResult",
    "Channels",
    "Method",
    "blend",
    "class_activation_maps",
    "evidence_opacity",
    "grad_cam",
    "strongest_channels",
    "upsample",
]


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

    maps: Float[Tensor, "n k h w"]
    logits: Float[Tensor, "n k"]
    features: Float[Tensor, "n c h w"]
    weight: Float[Tensor, "k c"]
    bias: Float[Tensor, " k"]


def class_activation_maps(
    model: nn.Module, images: Float[Tensor, "n channels H W"], *, linear: nn.Linear | None = None
) -> CamResult:
    """The maps of all classes in one pass: M[n, c] = Σ_k weight[c, k] · features[n, k].

    Args:
        model: has ``forward_features(images) -> (N, C, h, w)`` and ends in average pooling and a
            linear layer; given back unchanged.
        images: (N, channels, H, W) as the model takes them.
        linear: the last layer; None: the model's only linear layer.

    Returns:
        Maps, logits and what they were made from, without gradients. Of a model in half precision
        all are float32: half precision may find the features, but adds up nothing.

    Raises:
        TypeError: the model is no network or has no ``forward_features``, or the images are no
            floating-point tensor.
        ValueError: the model does not take images of this size or dtype, the last layer is not
            plain, or the model's own ``forward_head`` (``forward`` where it has none) gives other
            logits, so that it does not end in average pooling over the whole map and this layer.
    """
    modules = every_module(model)
    last = _last_layer(modules) if linear is None else linear
    _check(model, images)
    with evaluation_mode(model, modules):
        inferred = _inferred_features(model, images, last.in_features)
        features, weight = _single(inferred), _single(last.weight.detach())
        bias = weight.new_zeros(len(weight)) if last.bias is None else _single(last.bias.detach())
        with torch.autocast(features.device.type, enabled=False):
            maps = torch.einsum("kc,nchw->nkhw", weight, features)
            result = CamResult(maps, maps.mean((2, 3)) + bias, features, weight, bias)
        _check_logits(model, images[:1], inferred[:1].to(last.weight.dtype), result)
    return result


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

    index: Int[Tensor, " count"]
    weight: Float[Tensor, " count"]
    features: Float[Tensor, "count h w"]
    products: Float[Tensor, "count h w"]
    shares: Float[Tensor, " count"]
    rest: float


def strongest_channels(
    result: CamResult, picture: SupportsIndex, label: SupportsIndex, count: SupportsIndex
) -> Channels:
    """The ``count`` channels with the largest |mean(w_ck · f_k)| for one picture and one class.

    Args:
        result: of ``class_activation_maps``.
        picture: index of the picture.
        label: the class c.
        count: how many channels.

    Returns:
        The channels; shares.sum() + rest + bias is the logit.

    Raises:
        TypeError: one of them is no whole number.
        ValueError: there is no such picture, class or number of channels.
    """
    n, k = result.logits.shape
    most_channels = result.features.shape[1]
    picture, label = checked_index(picture, n, "picture"), checked_index(label, k, "label")
    count = checked_index(count, most_channels + 1, "count")
    features, weight = result.features[picture], result.weight[label]
    products = weight[:, None, None] * features  # (C, h, w)
    shares = products.mean((1, 2))  # (C,)
    index = shares.abs().argsort(descending=True)[:count]
    exact = shares.cpu().double()  # some devices, such as MPS, have no float64
    rest = float(exact.sum() - exact[index.cpu()].sum())
    return Channels(index, weight[index], features[index], products[index], shares[index], rest)


@takes_gradients
def grad_cam(
    model: nn.Module, images: Float[Tensor, "n channels H W"], label: Labels
) -> Float[Tensor, "n h w"]:
    """Gradient-weighted class activation maps.

        α_k = mean over all cells of ∂logit / ∂f_k
        map = ReLU(Σ_k α_k · f_k)

    It needs no linear layer at the end. Where there is one after average pooling over h x w cells,
    as here, α_k = w_ck / (h·w), so this is ReLU(M_c) / (h·w).

    Source: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
        Localization", 2017.

    Args:
        model: has ``forward_features`` and ``forward_head(features) -> logits``; given back
            unchanged.
        images: (N, channels, H, W) as the model takes them.
        label: the class, a whole number, the same for all pictures or (N,) one each.

    Returns:
        (N, h, w), not negative; of a model in half precision float32.

    Raises:
        TypeError: the model is no network or lacks one of the two methods, the images are no
            floating-point tensor, or the classes no whole numbers.
        ValueError: the model does not take images of this size or dtype, passes no gradient on to
            its features, or there is no such class.
    """
    check_kind("model", model, nn.Module)
    _check(model, images)
    _method(model, "forward_head")
    with evaluation_mode(model):
        features = _features(model, images).detach().requires_grad_(True)
        with torch.enable_grad():
            logits = _call(model, "forward_head", features)  # (N, K)
            labels = checked_labels(label, len(images), classes=logits.shape[1])
            own = logits.gather(1, labels[:, None].to(logits.device))  # (N, 1)
            gradients = gradient_into(features, own.sum(), "features")
    alpha = _single(gradients).mean((2, 3), keepdim=True)  # (N, C, 1, 1)
    return (alpha * features.detach()).sum(1).relu()  # (N, h, w)


def _check(model: nn.Module, images: Tensor) -> None:
    check_tensor("images", images, "(N, channels, H, W)")
    check_values(images)
    shape = getattr(model, "image_shape", None)
    if shape is None or images.shape[1:] == shape:
        return
    kind = type(model).__name__
    reason = (
        f"{kind} takes {shape[0]} channels."
        if images.shape[1] != shape[0]
        else f"{kind} pools the whole map of such images alone, and only then do the maps add up "
        "to its logits."
    )
    raise ValueError(
        f"Expected images (N, {', '.join(map(str, shape))}), got {tuple(images.shape)}: {reason}"
    )


def _inferred_features(model: nn.Module, images: Tensor, channels: int) -> Tensor:
    """The features (N, C, h, w), computed in the fastest mode, as a tensor that may take part in a
    backward pass.
    """
    with torch.inference_mode():
        inferred = _features(model, images)
    features = inferred.clone()
    if features.shape[1] != channels:
        raise ValueError(
            f"Expected {channels} features for the linear layer, got {features.shape[1]}."
        )
    return features


def _features(model: nn.Module, images: Tensor) -> Tensor:
    features = _call(model, "forward_features", images)
    if features.dim() != 4:
        raise ValueError(f"Expected features (N, C, h, w), got {tuple(features.shape)}.")
    return features


def _single(values: Tensor) -> Tensor:
    """Half precision as float32; others as they are."""
    return values.float() if values.dtype in (torch.float16, torch.bfloat16) else values


def _call(model: nn.Module, name: str, values: Tensor) -> Tensor:
    """What a method of the model makes of images or features.

    Raises:
        ValueError: torch refuses their size or dtype.
    """
    method = _method(model, name)
    try:
        return method(values)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        raise ValueError(
            f"The model's {name} does not take {tuple(values.shape)} in {values.dtype}: {error}"
        ) from error


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


def _check_logits(model: nn.Module, image: Tensor, features: Tensor, result: CamResult) -> None:
    """Compare the model's own logits with ours, of the first picture alone.

    They may differ by the rounding of the head's dtype, which grows with what is added up.

    Args:
        model: gives them by ``forward_head``, by ``forward`` where it has no such method, or not at
            all.
        image: (1, channels, H, W) the first picture; (0, ...) where there is none.
        features: (1, C, h, w) of it, in the dtype of the last layer, whatever autocast made.
        result: all that was found.
    """
    if hasattr(model, "forward_head"):
        name = "forward_head"
        with torch.autocast(features.device.type, enabled=False):
            head = _call(model, name, features)
    elif len(image) and type(model).forward is not nn.Module.forward:
        name = "forward"
        head = _call(model, name, image)
    else:
        return
    ours = result.logits[:1]
    if head.shape == ours.shape:
        added = torch.einsum("kc,nchw->nk", result.weight.abs(), result.features[:1].abs())
        added = added / math.prod(result.features.shape[2:]) + result.bias.abs()
        limit = 1e-3 * (1 + ours.abs()) + 4 * torch.finfo(head.dtype).eps * added
        if not bool(((head - ours).abs() > limit).any()):
            return
    raise ValueError(
        "Expected a model that ends in average pooling over the whole map and this linear "
        f"layer, got one whose {name} gives other logits of maps "
        f"{tuple(result.features.shape[2:])}: its class activation maps would not add up."
    )
