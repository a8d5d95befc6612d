"""The only names of session-state entries and query parameters. A bound widget's key is its query parameter."""

from __future__ import annotations

from enum import StrEnum


class Key(StrEnum):
    """Every key of a widget; chapters share the session, so each name starts with its chapter."""

    CONV_LAYER = "layer"
    CONV_PICTURE = "picture"
    CONV_PART = "part"
    CONV_NUMBERS = "numbers"
    CONV_KERNEL = "kernel"
    CONV_WEIGHTS = "weights"
    CONV_BIAS = "bias"
    CONV_LAST_KERNEL = "last_kernel"
    CONV_STRIDE = "stride"
    CONV_PADDING = "padding"
    CONV_DILATION = "dilation"
    POOL_SIZE = "size"
    POOL_STRIDE = "pool_stride"
    POOL_PADDING = "pool_padding"
    POOL_DILATION = "pool_dilation"
    CONV_STEP = "step"
    CONV_SEED = "conv_seed"
    TRAIN_NETWORK = "network"
    TRAIN_EPOCH = "epoch"
    TRAIN_VIEW = "view"
    TRAIN_PAGE = "examples"
    TRAIN_JOB = "training_job"
    TRAIN_JOB_SETTING = "training_job_setting"
    TRAIN_IMAGES = "images"
    TRAIN_EPOCHS = "epochs"
    TRAIN_RATE = "rate"
