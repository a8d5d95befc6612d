"""Everything that decides a training's result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import torch
from jaxtyping import UInt8
from torch import Tensor

from core.data.augment import random_affine, random_crop_flip, random_shift
from core.data.samples import DIGITS
from core.failures import Failure

Images = UInt8[Tensor, "n c h w"]
Precision = Literal["fp32", "bf16", "fp16"]
AUTOCAST: dict[Precision, torch.dtype] = {"bf16": torch.bfloat16, "fp16": torch.float16}
Augmentation = Callable[[Images, torch.Generator], Images]
AUGMENTATIONS: dict[str, Augmentation] = {
    "none": lambda images, generator: images,
    "shift": random_shift,
    "affine": random_affine,
    "crop_flip": random_crop_flip,
}

# Lowest and highest value of each setting that is a number; a whole number where these are.
RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, 10_000),
    "batch_size": (1, 1_000_000),
    "learning_rate": (0.0, 1e3),
    "warmup": (0.0, 1.0),
    "momentum": (0.0, 1.0),
    "adam_epsilon": (1e-16, 1.0),
    "weight_decay": (0.0, 1e3),
    "label_smoothing": (0.0, 1.0),
    "average": (0.0, 1.0),
    "precise_images": (0, 1_000_000_000),
    "gradient_clip": (0.0, 1e9),
    "sharpness": (0.0, 1e3),
    "sharpness_every": (1, 1_000_000),
    "translate": (0, 16),
    "unsharp_mask": (0.0, 100.0),
    "cutmix": (0.0, 1.0),
    "mixup": (0.0, 1.0),
    "mixed_until": (0.0, 1.0),
    "first_size": (0, 1_024),
    "full_size_from": (0.0, 1.0),
    "dropout": (0.0, 1.0),
    "attack_epsilon": (0.0, 255.0),
    "attack_steps": (1, 1_000),
    "held_out": (0, 1_000_000),
    "limit": (0, 1_000_000_000),
    "seed": (0, 2**31 - 1),
}
SIZE_STEP = 8  # pixels by which images grow: the ResNet halves them three times
FLAGS = ("precise_bn", "bundled", "channels_last", "principal_kernels")
CHOICES: dict[str, tuple[str, ...]] = {
    "optimizer": ("adam", "sgd"),
    "schedule": ("constant", "one_cycle", "triangle"),
    "augmentation": tuple(AUGMENTATIONS),
    "precision": ("fp32", *AUTOCAST),
}


class TrainingError(Failure):
    """Training cannot start or go on; the message is one sentence for a person."""


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a run's result, saved with the checkpoint and enough to repeat it.

    Attributes:
        model: name in ``core.models.MODELS``.
        dataset: name in ``core.data.facts.DATASETS``.
        epochs: passes over the training images.
        batch_size: images per step; the last, smaller batch of an epoch is used too.
        learning_rate: the optimizer's rate; the peak of it where the schedule is not "constant".
        schedule: "constant", "one_cycle" (linear up over ``warmup``, then cosine down to zero) or
            "triangle" (linear both ways).
        warmup: share of all steps on the way up.
        betas: Adam's decay rates of the two moments.
        adam_epsilon: added to the root of the second moment, so that no step divides by zero.
        weight_decay: on weights with two or more dimensions only; Adam's is decoupled.
        label_smoothing: share of the target that is spread over all classes (training loss only).
        average: decay per step of the exponential moving average of the weights that is evaluated
            and shipped; 0 = off.
        precise_bn: after the last epoch, batch normalisation's statistics are measured anew on all
            training images as the validation sees them.
        precise_images: on only so many training images, the first ones; 0 = all.
        gradient_clip: largest norm of the whole gradient; 0 = off.
        sharpness: radius ρ of sharpness-aware minimisation (gradients at the worst weights nearby);
            0 = off.
        sharpness_every: steps from one sharpness-aware step to the next; those between take the
            gradient at the weights as they are, and less time.
        translate: pixels up to which each image of a batch is moved each way after its
            augmentation, mirrored at its border (He et al., 2016, who pad with zeros); 0 = off.
        unsharp_mask: largest amount by which each image of a batch is sharpened after its
            augmentation, whose enlarged crops are blurred as no image to classify is; 0 = off.
        cutmix: share of the batches in which a box of each image is replaced by another image's
            (Yun et al., 2019); 0 = off.
        mixup: share of the batches whose images are blended in pairs (Zhang et al., 2018); 0 = off.
        mixed_until: share of all steps after which no batch is mixed any more.
        first_size: side in pixels to which the images of the first steps are shrunk, a multiple of
            8, since a smaller image costs less; it grows step by step (of the ResNet alone, whose
            convolutions and average take any size); 0 = off.
        full_size_from: share of all steps from which on they have their own size.
        principal_kernels: the first kernels begin as the principal components of the training
            images' patches (of the ResNet alone), not at random.
        dropout: of networks that have it (``DigitNet``).
        attack_epsilon: radius of adversarial training in the unit of the pixels: each batch is
            attacked by projected gradient descent before its step (Madry et al., 2018); 0 = off. It
            grows from 0 over ``warmup``, since a network that is not trained yet learns nothing
            from the worst images.
        attack_steps: gradients of that attack.
        augmentation: random changes of the training images: "none", "shift" (up to 1 pixel each
            way), "affine" (turned, stretched and moved a little) or "crop_flip" (the homework's for
            CIFAR-10).
        held_out: training images held out and validated on instead of the test images, to choose
            settings; 0 = none.
        bundled: take the 10,000 bundled training digits for MNIST's 60,000; with some of them held
            out no data set is needed.
        limit: use only the first so many training and test images (smoke runs); 0 = all.
        precision: "fp32", or autocast to "bf16" or "fp16".
        channels_last: keep images and weights in NHWC memory order.
        optimizer: "adam" (Kingma & Ba, 2015) or "sgd" (stochastic gradient descent).
        momentum: of "sgd", share of the last step's direction that the next one keeps; 0 = none.
        seed: of the initial weights, the order of the images and the augmentation.
    """

    model: str
    dataset: str
    epochs: int
    batch_size: int
    learning_rate: float
    schedule: Literal["constant", "one_cycle", "triangle"] = "one_cycle"
    warmup: float = 0.25
    betas: tuple[float, float] = (0.9, 0.999)
    adam_epsilon: float = 1e-8
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    average: float = 0.0
    precise_bn: bool = False
    precise_images: int = 0
    gradient_clip: float = 0.0
    sharpness: float = 0.0
    sharpness_every: int = 1
    translate: int = 0
    unsharp_mask: float = 0.0
    cutmix: float = 0.0
    mixup: float = 0.0
    mixed_until: float = 0.85
    first_size: int = 0
    full_size_from: float = 0.6
    principal_kernels: bool = False
    dropout: float = 0.5
    attack_epsilon: float = 0.0
    attack_steps: int = 7
    augmentation: str = "none"
    held_out: int = 0
    bundled: bool = False
    limit: int = 0
    precision: Precision = "fp32"
    channels_last: bool = False
    optimizer: Literal["adam", "sgd"] = "adam"
    momentum: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be trained with.

        Raises:
            TypeError: a setting that counts is no number; names it, what was expected and what
                came.
            ValueError: a setting is out of range; likewise.
        """
        for name in RANGES:
            _check_range(name, getattr(self, name))
        if self.learning_rate == 0:
            raise ValueError("Expected a learning_rate above 0, got 0.")
        for name in FLAGS:
            value = getattr(self, name)
            if not isinstance(value, bool):
                raise TypeError(f"Expected {name} to be True or False, got {value!r}.")
        if self.bundled and self.dataset != DIGITS:
            raise ValueError(
                f"Expected bundled digits to train on with {DIGITS}, got {self.dataset!r}."
            )
        _check_betas(self.betas)
        _check_mixing(self)
        _check_sizes(self)
        _check_of_the_resnet(self)
        _check_momentum(self)
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                expected = ", ".join(choices)
                raise ValueError(f"Expected {name} to be one of {expected}, got {value!r}.")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """Rebuild a configuration from a card.

        Args:
            values: name of a setting to its value; what is missing takes its default.

        Raises:
            ValueError: a setting is missing, unknown or out of range.
        """
        names = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or not set(values) <= names:
            expected = ", ".join(sorted(names))
            raise ValueError(f"Expected the settings {expected}, got {values!r}.")
        try:
            if "betas" in values:  # JSON has no tuples
                values = values | {"betas": tuple(values["betas"])}
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"The configuration does not fit: {error}.") from error


def _check_range(name: str, value: object) -> None:
    low, high = RANGES[name]
    whole = isinstance(low, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        kind = "a whole number" if whole else "a number"
        raise TypeError(f"Expected {name} to be {kind}, got {value!r}.")
    if not low <= value <= high:  # also false for NaN
        raise ValueError(f"Expected {name} from {low} to {high}, got {value}.")


def _check_betas(betas: object) -> None:
    if not isinstance(betas, tuple) or len(betas) != 2 or not all(map(_is_decay, betas)):
        raise ValueError(f"Expected betas to be two numbers from 0 to below 1, got {betas!r}.")


def _check_mixing(config: TrainConfig) -> None:
    if config.cutmix + config.mixup > 1:
        raise ValueError(
            "Expected cutmix and mixup to be shares of the batches that add up to 1 at the most, "
            f"got {config.cutmix} and {config.mixup}."
        )
    if config.attack_epsilon and config.cutmix + config.mixup:
        raise ValueError("Expected either attacked images or mixed ones, got both.")


def _check_sizes(config: TrainConfig) -> None:
    if config.first_size % SIZE_STEP:
        raise ValueError(
            f"Expected first_size to be a multiple of {SIZE_STEP}, got {config.first_size}."
        )


def _check_of_the_resnet(config: TrainConfig) -> None:
    reasons = {
        "first_size": "which averages over maps of any size",
        "principal_kernels": "whose batch normalisation makes their outputs of one size",
    }
    for name, reason in reasons.items():
        if getattr(config, name) and config.model != "ResNet":
            raise ValueError(f"Expected {name} with the ResNet, {reason}, got {config.model}.")


def _check_momentum(config: TrainConfig) -> None:
    if not _is_decay(config.momentum):
        raise ValueError(f"Expected momentum from 0 to below 1, got {config.momentum}.")
    if config.momentum and config.optimizer != "sgd":
        raise ValueError(
            f"Expected momentum with the optimizer sgd, got {config.momentum} with "
            f"{config.optimizer}, whose momentum is the first of betas."
        )


def _is_decay(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1


def with_overrides(config: TrainConfig, **overrides: Any) -> TrainConfig:  # noqa: ANN401
    """A copy with the given settings; None leaves a setting as it is."""
    chosen = {name: value for name, value in overrides.items() if value is not None}
    return replace(config, **chosen)
