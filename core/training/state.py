"""What changes in a training: the network, the optimizer's moments, the average and the history."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from jaxtyping import Float, Shaped, UInt8
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from core.data.facts import LabelledImages
from core.layers.matrix_conv import use_matrix_products
from core.layers.winograd import use_winograd
from core.models import ResNet, build_model, to_input
from core.training import parallel
from core.training.computing import Computing, compiled
from core.training.config import AUTOCAST, TrainConfig
from core.training.optimizers import new_optimizer
from core.training.records import EpochRecord
from core.training.sizes import WholeMaps


@dataclass
class TrainingState:
    """One training while it runs.

    Attributes:
        config: the settings.
        device: where it is computed.
        model: the network whose weights the optimizer moves.
        averaged: the moving average of the model's weights; the model itself without averaging.
        local_network: the model as this process calls it, compiled where that was asked for; where
            images grow it takes every size.
        network: the same; its gradients are averaged over the processes that train together.
        optimizer: Adam or gradient descent.
        scaler: keeps fp16's gradients within range; does nothing in other precisions.
        records: whether a GPU repeats recorded steps.
        reads_every: steps after which loss and accuracy are read.
        history: one record for each finished epoch.
        recordings: of the steps, by the shape of their images and what else makes their kind.
    """

    config: TrainConfig
    device: torch.device
    model: nn.Module
    averaged: nn.Module
    local_network: nn.Module
    network: nn.Module
    optimizer: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    records: bool = False
    reads_every: int = 1
    history: list[EpochRecord] = field(default_factory=list)
    recordings: dict[tuple[float, ...], Any] = field(default_factory=dict)

    def resident(self, images: LabelledImages) -> LabelledImages:
        """Images and labels in a GPU's own memory; where they are, for a processor."""
        if self.device.type != "cuda":
            return images
        return LabelledImages(images.images.to(self.device), images.labels.to(self.device))

    def prepare(self, images: UInt8[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Stored images as the network takes them: range, device, order in memory."""
        layout = memory_format(self.config)
        return to_input(self.model, images.to(self.device)).contiguous(memory_format=layout)

    def autocast(self) -> torch.autocast:
        """The block in which convolutions and products are computed in ``config.precision``."""
        dtype = AUTOCAST.get(self.config.precision)
        return torch.autocast(self.device.type, dtype=dtype, enabled=dtype is not None)

    def logits(
        self, network: nn.Module, images: Float[Tensor, "n c h w"]
    ) -> Float[Tensor, "n classes"]:
        """The network's answer in float32, computed in ``config.precision``."""
        with self.autocast():
            logits: Tensor = network(images)
        return logits.float()


def new_state(config: TrainConfig, computing: Computing) -> TrainingState:
    """The state before the first step; the seed decides the initial weights.

    Args:
        config: the settings.
        computing: how to compute.
    """
    with seeded(config.seed):
        model = build_model(asdict(config))
        averaged = build_model(asdict(config)) if config.average else model
    averaged.load_state_dict(model.state_dict())
    for network in (model, averaged):
        network.to(computing.device)
        network.to(memory_format=memory_format(config))
        if computing.winograd:
            use_winograd(network)
        if computing.products:
            use_matrix_products(network)
    trained = WholeMaps(model) if config.first_size and isinstance(model, ResNet) else model
    local = compiled(trained, computing.device) if computing.compile else trained
    return TrainingState(
        config=config,
        device=computing.device,
        model=model,
        averaged=averaged,
        local_network=local,
        network=_shared(local) if parallel.is_together() else local,
        optimizer=new_optimizer(model, config, recorded=computing.record),
        scaler=torch.amp.GradScaler(computing.device.type, enabled=config.precision == "fp16"),
        records=computing.record,
        reads_every=computing.reads_every,
    )


def memory_format(config: TrainConfig) -> torch.memory_format:
    """The order in memory of images and weights: NHWC or NCHW."""
    return torch.channels_last if config.channels_last else torch.contiguous_format


def copy_of(model: nn.Module) -> dict[str, Shaped[Tensor, "*_"]]:
    """A copy of a network's state dict."""
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's global generators inside the block, and give them back as they were."""
    devices = range(torch.cuda.device_count()) if torch.cuda.is_available() else ()
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def _shared(network: nn.Module) -> DistributedDataParallel:
    with warnings.catch_warnings():
        # broadcast_buffers has a new name, which older versions of torch do not have and which
        # still copies the buffers once.
        warnings.simplefilter("ignore", FutureWarning)
        return DistributedDataParallel(
            network, broadcast_buffers=False, gradient_as_bucket_view=True
        )
