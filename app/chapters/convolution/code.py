"""The calls that compute what the convolution chapter shows, ours and torch's, as code to copy and
run.
"""

from __future__ import annotations

from torch import Tensor

from app.chapters.convolution.image import SourceImage
from app.chapters.convolution.setting import Setting
from core.explain.geometry import Geometry


def _list(tensor: Tensor) -> str:
    """A nested list that gives the very same float32 numbers again."""
    if tensor.dim() == 0:
        value = float(tensor)
        return f"{value:.0f}." if value == round(value) else f"{value:.9g}"
    return f"[{', '.join(_list(part) for part in tensor)}]"


def _head(picture: str, imports: list[str]) -> list[str]:
    lines = ["import torch", "import torch.nn.functional as F", ""]
    if "load_samples(" in picture:
        imports = [*imports, "from core.data.samples import load_samples"]
    if picture.startswith("load("):
        imports = [*imports, "from core.checkpoints import load"]
    return [*lines, *sorted(imports), "", f"images = {picture}  # (1, C, H, W)"]


def convolution(code: str, weight: Tensor, bias: Tensor, setting: Setting) -> str:
    """Code that gives the shown output, all filters, twice.

    Args:
        code: the expression of the picture, as the layer sees it.
        weight: (filters, C / groups, kernel height, kernel width), not flipped.
        bias: (filters).
        setting: of the layer.
    """
    geometry = setting.geometry
    lines = _head(code, ["from core.conv import conv2d"])
    lines += [f"weight = torch.tensor({_list(weight)})  # (filters, C / groups, kh, kw)"]
    lines += [f"bias = torch.tensor({_list(bias)})"]
    if setting.flipped:
        lines.append("weight = weight.flip(2, 3)  # convolution: the kernel turned by 180 degrees")
    padding, images = geometry.padding, "images"
    if geometry.padding and setting.border != "zeros":
        images, padding = "padded", 0
        lines.append(f'padded = F.pad(images, ({geometry.padding},) * 4, mode="{setting.border}")')
    end = ".relu()" if setting.relu else ""
    stated = (
        f"stride={geometry.stride}, padding={padding}, dilation={geometry.dilation}, "
        f"groups={setting.groups}"
    )
    shape = (weight.shape[1] * setting.groups, weight.shape[0], tuple(weight.shape[2:]))
    lines += [
        "",
        f"ours = conv2d({images}, weight, bias, {stated}){end}",
        "",
        f"layer = torch.nn.Conv2d({shape[0]}, {shape[1]}, {shape[2]}, stride={geometry.stride}, "
        f"padding={geometry.padding}, dilation={geometry.dilation}, groups={setting.groups}, "
        f'padding_mode="{setting.border}")',
        'layer.load_state_dict({"weight": weight, "bias": bias})',
        f"theirs = layer(images){end}",
        "print((ours - theirs).abs().max().item())",
    ]
    return "\n".join(lines)


def pooling(image: SourceImage, geometry: Geometry) -> str:
    """Code that gives the shown maxima, twice."""
    stated = (
        f"{geometry.kernel[0]}, stride={geometry.stride}, padding={geometry.padding}, "
        f"dilation={geometry.dilation}"
    )
    lines = [
        *_head(image.code, ["from core.pool import max_pool2d"]),
        "",
        f"ours = max_pool2d(images, {stated})",
        f"theirs = F.max_pool2d(images, {stated})",
        "print((ours - theirs).abs().max().item())",
    ]
    return "\n".join(lines)
