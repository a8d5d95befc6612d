"""The settings that make what ships."""

from __future__ import annotations

from dataclasses import replace

from core.training.config import TrainConfig

# What two cores can do in two hours; more epochs have room for other settings.
SHORT_RESNET = TrainConfig(
    model="ResNet",
    dataset="cifar10",
    epochs=30,
    batch_size=128,
    learning_rate=3e-3,
    warmup=0.2,
    weight_decay=0.3,
    label_smoothing=0.1,
    average=0.999,
    precise_bn=True,
    sharpness=0.5,
    augmentation="crop_flip",
    channels_last=True,
)

# The settings that make what ships. Chosen on 5,000 held-out training images; see the README.
RECIPES: dict[str, TrainConfig] = {
    "mnist_cnn": TrainConfig(
        model="MnistCNN",
        dataset="mnist",
        epochs=30,
        batch_size=64,
        learning_rate=1e-2,
        label_smoothing=0.05,
        average=0.99,
        augmentation="affine",
    ),
    "cifar10_resnet": replace(SHORT_RESNET, epochs=200, weight_decay=0.1, cutmix=0.5),
    "mnist_model_a": TrainConfig(
        model="DigitNet",
        dataset="mnist",
        epochs=20,
        batch_size=64,
        learning_rate=2e-3,
    ),
    "mnist_model_b": TrainConfig(  # against attacks
        model="DigitNet",
        dataset="mnist",
        epochs=20,
        batch_size=128,
        learning_rate=3e-3,
        warmup=0.4,
        average=0.999,
        dropout=0.0,
        attack_epsilon=36.0,
        attack_steps=5,
    ),
    "cifar10_resnet_short": SHORT_RESNET,
    # as a student would: Adam at its usual rate, to compare with
    "cifar10_resnet_plain": TrainConfig(
        model="ResNet",
        dataset="cifar10",
        epochs=30,
        batch_size=128,
        learning_rate=1e-3,
        schedule="constant",
        augmentation="crop_flip",
        channels_last=True,
    ),
}
