"""Convolution and max pooling, one output cell at a time, with every number written out."""

import streamlit as st
import torch

from app.ui import blocks, charts, controls, loaders
from app.ui.controls import CONVOLUTION, POOLING, Kernel, Picture
from app.ui.state import Key
from core import conv, pool
from core.datasets import to_unit
from core.explain import Explanation, Geometry, explain_convolution, explain_max_pooling


def bundled_digits() -> list[Picture]:
    with blocks.or_error():
        samples = loaders.samples("mnist")
        images = samples.images[:, 0].double()  # (N, H, W), grey values 0..255
        return [
            Picture(f"{label} (no. {place})", tuple(map(tuple, image.tolist())))
            for place, (image, label) in enumerate(zip(images, samples.labels.tolist()))
        ]
    return []


def learned_kernels() -> list[Kernel]:
    with blocks.or_error():
        layer = loaders.model("mnist_cnn").get_submodule("conv1")
        weights, biases = layer.get_parameter("weight"), layer.get_parameter("bias")
        return [
            Kernel(
                f"Learned {place} of {len(weights)}", tuple(map(tuple, weight[0].tolist())), float(bias), learned=True
            )
            for place, (weight, bias) in enumerate(zip(weights, biases), 1)
        ]
    return []


def choose(digits: list[Picture], learned: list[Kernel]) -> tuple[Explanation | None, str]:
    """The sidebar: layer, picture, kernel, setting. None when something typed does not fit (the sidebar says what)."""
    with st.sidebar:
        layer = st.segmented_control("Layer", (CONVOLUTION, POOLING), default=CONVOLUTION, required=True,
                                     key=Key.CONV_LAYER, bind="query-params", label_visibility="collapsed")  # fmt: skip
        picture = controls.pick_picture(digits)
        kernel = controls.pick_kernel(learned) if layer == CONVOLUTION else None
        if picture is None or (layer == CONVOLUTION and kernel is None):
            return None, ""
        values = torch.tensor(picture.values, dtype=torch.float32)
        if kernel is not None and kernel.learned and picture.grey:
            values = to_unit(values.byte())  # as the network sees it
        size = (values.shape[0], values.shape[1])
        if kernel is None:
            setting = controls.pick_geometry(size, controls.pick_pool_size(size), pooling=True)
            if setting is None:
                return None, ""
            explained = explain_max_pooling(values, kernel_size=setting.kernel[0], stride=setting.stride,
                                            padding=setting.padding, dilation=setting.dilation)  # fmt: skip
            return explained, f"Max pooling of {picture.name}; {settings_line(setting)}"
        weight = torch.tensor(kernel.values, dtype=torch.float32)
        setting = controls.pick_geometry(size, (weight.shape[0], weight.shape[1]), pooling=False)
        if setting is None:
            return None, ""
        explained = explain_convolution(values, weight, bias=kernel.bias, stride=setting.stride,
                                        padding=setting.padding, dilation=setting.dilation)  # fmt: skip
        return explained, f"Convolution of {picture.name} with {kernel.name}; {settings_line(setting)}"


def settings_line(setting: Geometry) -> str:
    return (
        f"kernel {setting.kernel[0]} × {setting.kernel[1]}, stride {setting.stride}, padding {setting.padding}, "
        f"dilation {setting.dilation}"
    )


@st.fragment
def walk(explained: Explanation, caption: str) -> None:
    index = controls.pick_step(explained.geometry.steps)
    step = explained.step(index)
    blocks.chart(
        charts.stepper(explained, step, theme=blocks.theme()),
        key="stepper",
        alt=f"{caption}; step {index + 1}: output {charts.number(step.output)}",
    )
    with st.container(key="sum"):
        st.markdown(charts.sum_line(explained, step))
    st.caption(f"{caption}; step {index + 1} of {explained.geometry.steps}")


def proof(explained: Explanation) -> None:
    """The output size with its numbers, and how far torch's own layer is away."""
    name = "conv2d" if explained.weight is not None else "max_pool2d"
    difference = "**0**"
    if explained.torch_difference:
        difference = f"**{explained.torch_difference:.0e}** (rounding)"
    geometry = explained.geometry
    formulas = f"${geometry.formula()}$"
    if geometry.size[0] != geometry.size[1] or geometry.kernel[0] != geometry.kernel[1]:
        formulas = f"height ${geometry.formula(0)}$, width ${geometry.formula(1)}$"
    st.markdown(
        f"Output size {formulas} &ensp;·&ensp; equals `torch.nn.functional.{name}`, largest difference {difference}"
    )


blocks.title("Convolution", "One window slides over the picture. What does it make of each place?")
explanation, description = choose(bundled_digits(), learned_kernels())
if explanation is None:
    st.info("The panel on the left says which numbers to mend.", icon=":material/arrow_back:")
else:
    walk(explanation, description)
    proof(explanation)
    if explanation.weight is not None:
        blocks.source(conv.conv2d_loops, conv.conv2d)
    else:
        blocks.source(pool.max_pool2d_loops, pool.max_pool2d)
