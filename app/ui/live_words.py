"""What a link may say of a training to watch."""

from __future__ import annotations

from app.ui import parameter
from app.ui.parameter import Name

CHAPTER, VIEW = "training", "Train it now"
IMAGES = (1_000, 8_000, 10_000, 60_000)  # to train on
IMAGE_TITLES = tuple(f"{count:,}" for count in IMAGES)
RATES = (0.001, 0.01, 0.1)  # peaks of the learning rate to choose from
OWN_RATES = (0.0001, 1.0)  # the least and the largest
LARGEST_BATCH = 2_048
COMPARISONS = ("One run", "Learning rate", "Momentum", "Batch size", "Own")
OPTIMIZERS = ("Adam", "SGD", "SGD, momentum 0.9")
HERE = (VIEW,)
PARAMETERS = (
    parameter.among(CHAPTER, Name.IMAGES, IMAGES, titles=IMAGE_TITLES, views=HERE),
    parameter.integer(CHAPTER, Name.EPOCHS, 1, 20, views=HERE),
    parameter.flag(CHAPTER, Name.CODE, views=HERE),
    parameter.choice(CHAPTER, Name.COMPARE, COMPARISONS, views=HERE),
    parameter.number(
        CHAPTER, Name.LEARNING_RATE, *OWN_RATES, old=("rate",), decimals=4, views=HERE
    ),
    parameter.number(CHAPTER, Name.SECOND_LEARNING_RATE, *OWN_RATES, decimals=4, views=HERE),
    parameter.among(CHAPTER, Name.OPTIMIZER, OPTIMIZERS, views=HERE),
    parameter.among(CHAPTER, Name.SECOND_OPTIMIZER, OPTIMIZERS, views=HERE),
    parameter.integer(CHAPTER, Name.BATCH_SIZE, 1, LARGEST_BATCH, views=HERE),
    parameter.integer(CHAPTER, Name.SECOND_BATCH_SIZE, 1, LARGEST_BATCH, views=HERE),
)
