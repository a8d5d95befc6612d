"""How a training is computed: device, precision, Winograd's convolution, compilation."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from core.training.config import Precision, TrainConfig


@dataclass(frozen=True)
class Computing:
    """How a training is computed. It decides the time, and of the result only the rounding.

    Attributes:
        device: where to compute.
        winograd: compute suitable float32 convolutions by ``core.layers.winograd`` (on a CPU).
        compile: let torch.compile generate code for the network, which takes a minute and makes
            CUDA faster.
    """

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    winograd: bool = False
    compile: bool = False


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


def fastest_computing(config: TrainConfig, device: torch.device) -> Computing:
    """The fastest way to compute a training: Winograd's for float32 on a processor, compiled on
    CUDA.

    Args:
        config: the settings; only a wide network (``channels_last``) gains from compiling.
        device: where to compute.
    """
    return Computing(
        device=device,
        winograd=device.type == "cpu" and config.precision == "fp32",
        compile=device.type == "cuda" and config.channels_last,
    )
