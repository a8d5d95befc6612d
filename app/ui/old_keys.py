"""Names of the widgets that are not bound by app.ui.bound yet."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import streamlit as st


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
    CONV_MORE = "filters"
    CONV_FILTER = "filter"
    CONV_STEM = "stem_filter"
    CONV_HEIGHT = "kernel_height"
    CONV_WIDTH = "kernel_width"
    CONV_ANGLE = "angle"
    CONV_WAVELENGTH = "wavelength"
    CONV_WAVE = "wave"
    CONV_BORDER = "border"
    CONV_GROUPS = "groups"
    CONV_RELU = "relu"
    CONV_FLIP = "flip"
    CONV_VIEW = "look"
    CONV_ALL = "all_cells"
    CONV_PUZZLE = "puzzle"
    CONV_TALLY = "tally"
    CONV_PICTURE_STATE = "conv_grids"
    POOL_CHANNEL = "pool_channel"
    WAY_SOURCE = "way_from"
    WAY_PICTURE = "way_digit"
    WAY_PAD = "way_pad"
    WAY_DRAWN = "way_drawn"
    WAY_CLASS = "way_logit"
    WAY_CELL = "cell"
    WAY_STRIP = "way_strip"
    WAY_DETAIL = "way_detail"
    TRAIN_NETWORK = "network"
    TRAIN_EPOCH = "epoch"
    TRAIN_VIEW = "view"
    TRAIN_MATRIX = "training_mistakes"
    TRAIN_CELL = "mistake"
    TRAIN_CELL_FIRST = "mistake_first"
    TRAIN_PAGE = "examples"
    TRAIN_JOB = "training_job"
    TRAIN_JOB_SETTING = "training_job_setting"
    TRAIN_IMAGES = "images"
    TRAIN_EPOCHS = "epochs"
    TRAIN_RATE = "rate"
    CAM_SOURCE = "from"
    CAM_PICTURE = "number"
    CAM_CLASS_SHOWN = "true_class"
    CAM_RESULT_SHOWN = "verdict"
    CAM_PAGE = "pictures"
    CAM_FILE = "photo"
    CAM_PHOTO = "photo_bytes"
    CAM_FIT = "fit"
    CAM_CLASS = "class"
    CAM_METHOD = "interpolation"
    CAM_COLOURS = "colours"
    CAM_SHARED = "scale"
    CAM_VIEW = "show"
    CAM_ALPHA = "alpha"
    CAM_BLEND = "blend"
    CAM_GALLERY = "cam_gallery"
    ATTACK_SOURCE = "input"
    ATTACK_PICTURE = "digit"
    ATTACK_CLASS_SHOWN = "digit_class"
    ATTACK_RESULT_SHOWN = "digit_verdict"
    ATTACK_PAGE = "digits"
    ATTACK_GALLERY = "attack_gallery"
    ATTACK_PAD = "pad"
    ATTACK_MODEL = "model"
    ATTACK_FILE = "weights_file"
    ATTACK_OWN = "own_network"
    ATTACK_KIND = "attack"
    ATTACK_TARGET = "target"
    ATTACK_GRADIENTS = "gradients"
    ATTACK_EPSILON = "epsilon"
    ATTACK_KEPT_EPSILON = "eps"
    ATTACK_DRAWN = "drawn_pixels"
    ATTACK_VIEW = "page"
    ATTACK_STEP = "attack_step"
    ATTACK_LOGITS = "logits"
    ATTACK_CURVES = "curves"
    ATTACK_RIGHT = "first_right"


def keep_within(key: Key, options: Sequence[Any]) -> None:
    """Before a widget is drawn: drop a remembered value that it no longer offers."""
    if key in st.session_state and st.session_state[key] not in options:
        del st.session_state[key]


def keep_in_address(key: Key, text: str | None) -> None:
    """Write what no bound widget holds into the address; None, for what is usual, leaves it out."""
    if text is None:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != text:
        st.query_params[key] = text
