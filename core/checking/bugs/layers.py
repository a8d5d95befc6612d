"""The bugs of a convolution as a layer, told from its parameters and from two ways to build it."""

from __future__ import annotations

from core.checking.bugs.registry import add


def _bug(name: str, title: str, hint: str) -> None:
    add(name, part="conv layer", title=title, hint=hint)


_bug(
    "bias-always",
    "The layer has a bias although bias=False was asked for",
    "What does your __init__ do with the argument bias?",
)
_bug(
    "bias-never",
    "The layer has no bias although bias=True was asked for",
    "Which parameters does your layer list when bias is True?",
)
_bug(
    "parameters-not-registered",
    "The kernels are no parameters of the layer: no optimizer would see them",
    "What does list(layer.parameters()) give?",
)
_bug(
    "bias-not-registered",
    "The bias is no parameter of the layer: no optimizer would see it",
    "Which of your tensors does list(layer.named_parameters()) give?",
)
_bug(
    "bias-default-false",
    "Without a word about the bias there is none",
    "What does your layer do where bias is left out, and what does torch's own do?",
)
_bug(
    "initialised-zero",
    "All kernels begin as zeros, and every filter would learn the same",
    "How do two filters of your layer differ before the first training step?",
)
_bug(
    "initialised-too-large",
    "The kernels begin too large for their number of inputs",
    "How large is an output of your layer with 400 inputs for each, when all of them are near 1?",
)
_bug(
    "stride-default-wrong",
    "Without a stride the window does not move by 1",
    "What stride is used when none is given?",
)
_bug(
    "padding-not-passed",
    "The layer does not hand its padding on to the function that computes",
    "What does your forward hand on?",
)
_bug(
    "stride-not-passed",
    "The layer does not hand its stride on to the function that computes",
    "What does your forward hand on?",
)
