"""What a link may say of a training to watch."""

from __future__ import annotations

IMAGES = (1_000, 8_000, 10_000, 60_000)  # to train on
IMAGE_TITLES = tuple(f"{count:,}" for count in IMAGES)
RATES = (0.001, 0.01, 0.1)  # peaks of the learning rate to choose from
OWN_RATES = (0.0001, 1.0)  # the least and the largest
LARGEST_BATCH = 2_048
COMPARISONS = ("One run", "Learning rate", "Momentum", "Batch size", "Own")
OPTIMIZERS = ("Adam", "SGD", "SGD, momentum 0.9")
