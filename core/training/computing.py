"""How a training is computed: device, precision, kind of convolution, compilation."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import nn

from core.training import parallel
from core.training.config import Precision, TrainConfig


@dataclass(frozen=True)
class Computing:
    """How a training is computed. It decides the time, and of the result only the rounding.

    Attributes:
        device: where to compute.
        winograd: compute suitable float32 convolutions by ``core.layers.winograd`` (on a CPU).
        products: compute suitable 16-bit ones by ``core.layers.matrix_conv`` (likewise).
        compile: let torch.compile generate code for the network, which takes a minute and makes
            CUDA faster.
        record: let the GPU repeat recorded steps.
        reads_every: steps after which loss and accuracy are read, which waits for the device.
    """

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    winograd: bool = False
    products: bool = False
    compile: bool = False
    record: bool = False
    reads_every: int = 1


class TrainingWarning(UserWarning):
    """A training goes on, but not as it was asked for; the message is one sentence for a person."""


def compiled(model: nn.Module, device: torch.device) -> nn.Module:
    """The network as torch.compile makes it; the network itself, with a ``TrainingWarning``, where
    nothing can be compiled, for want of a compiler, of Triton or of a folder to write to.

    Args:
        model: the network.
        device: that it computes on.
    """
    try:
        # torch.compile waits until the first call, which here is that of a function of one line
        twice = torch.compile(_twice)
        values = torch.ones(8, device=device, requires_grad=True)
        torch.autograd.grad(twice(values).sum(), values)
        return cast(nn.Module, torch.compile(model, dynamic=False))
    except Exception as error:  # any: they come from torch, Triton, the compiler and the system
        first = (str(error).strip().splitlines() or [""])[0]
        reason = f"{type(error).__name__}: {first}"[:200]
        warnings.warn(
            f"torch.compile does not work here ({reason}): the training is computed without it, "
            "which takes longer and changes nothing else.",
            TrainingWarning,
            stacklevel=2,
        )
        return model


def _twice(values: torch.Tensor) -> torch.Tensor:
    return values * 2


def automatic_precision(config: TrainConfig, device: torch.device) -> Precision:
    """The fastest precision that trains as well as float32 does: 16 bits where the device has
    instructions for them.

    Args:
        config: of a wide network (``channels_last``); a small one gains nothing and stays in
            float32.
        device: where to compute.

    Returns:
        "bf16" on GPUs and processors that have it, "fp16" on other GPUs, "fp32" elsewhere.
    """
    if not config.channels_last:
        return "fp32"
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    return "bf16" if device.type == "cpu" and _computes_bf16() else "fp32"


def _computes_bf16() -> bool:
    """Whether this processor has instructions for bfloat16."""
    capabilities = getattr(torch.cpu, "get_capabilities", None)
    if capabilities is None:  # torch before 2.10
        return torch.cpu._is_avx512_bf16_supported()
    supported = capabilities()
    return any(supported.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16"))


def _multiplies_matrices() -> bool:
    """Whether this processor has instructions for products of bfloat16 matrices."""
    capabilities = getattr(torch.cpu, "get_capabilities", None)
    if capabilities is None:  # torch before 2.10
        return torch.cpu._is_amx_tile_supported()
    return bool(capabilities().get("amx_bf16"))


def fastest_computing(config: TrainConfig, device: torch.device) -> Computing:
    """The fastest way to compute a training: on a processor Winograd's convolution for float32 and
    matrix products for bfloat16, compiled on CUDA.

    Args:
        config: the settings; only a wide network (``channels_last``) gains from compiling.
        device: where to compute.
    """
    wide_on_gpu = device.type == "cuda" and config.channels_last
    recorded = wide_on_gpu and not parallel.is_together() and config.precision != "fp16"
    return Computing(
        device=device,
        winograd=device.type == "cpu" and config.precision == "fp32",
        products=device.type == "cpu" and config.precision == "bf16" and _multiplies_matrices(),
        compile=wide_on_gpu and not recorded,
        record=recorded,
        reads_every=50 if device.type == "cuda" else 1,
    )
