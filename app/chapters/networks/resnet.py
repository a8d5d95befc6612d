"""The ResNet as one picture: pick a picture and a channel, open a block, see what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from app.chapters.networks import resnet_block, resnet_charts, resnet_picture
from app.chapters.networks.resnet_picture import Look, title
from app.ui import (
    address,
    blocks,
    bound,
    client,
    crisp,
    images,
    literal,
    networks,
    own_resnet,
    resnets,
    results,
    rooms,
    widgets,
)
from app.ui.address import Name
from app.ui.cache import OwnFile, cached
from app.ui.charts import signed
from app.ui.gallery import ChosenImage
from app.ui.grids import Scene
from app.ui.resnets import ChosenResNet
from app.ui.saveable import PixelFigure
from core.checkpoints.measured import LayerPictures
from core.data.facts import to_unit
from core.evaluation import UncomputableError
from core.explain import exciting, normalised, residual
from core.explain.exciting import Exciting
from core.explain.residual import BLOCKS, CHANNELS, LAYERS, norm_of, stage_of
from core.homework import CHANNELS_RESULT, RESNET
from core.models import ResNet

DATASET = "cifar10"
SCENE = "resnet"  # of the component in the session
PHOTO = "networks_photo"  # in the session
SIZE = ResNet.image_shape[1]
SCALES = "orange below 0, white 0, blue above, full at the ± of each map"
BLOCK_SCALES = "orange below 0, blue above, full at ±; large maps on one scale"
IDENTITY = (
    "The other kind of shortcut, the identity, would add x as it is. No block here can: each makes "
    "twice the channels and half the size, so a 1\u00a0×\u00a01 convolution with stride 2 and a "
    "batch norm bring x to the same shape."
)


def view() -> None:
    """The picture, the layer and the channel, and what is shown of them."""
    with blocks.or_error():
        names = networks.card(RESNET)["classes"]
        found = resnets.pick_with_picture(names, PHOTO, part=address.RESNET_PART)
        if found is not None:
            _show(*found, names)
        blocks.source(residual, normalised, exciting)


def _show(network: ChosenResNet, chosen: ChosenImage, names: Sequence[str]) -> None:
    model = network.model
    with torch.inference_mode():
        steps = residual.residual_steps(model, to_unit(chosen.image[None]))
    if not all(bool(values.isfinite().all()) for values in steps.values()):
        raise UncomputableError(
            "The network gives numbers that are not finite (NaN or infinite): its maps cannot be "
            "drawn."
        )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        layer, channel, detail = _pick()
    costs = residual.costs(model, steps)
    look = Look({name: values[0] for name, values in steps.items()}, layer, channel, names)
    caption = f"{network.on(chosen.name)}, channel {channel + 1}"
    if layer == address.WHOLE_NETWORK:
        _draw(resnet_picture.overview(look, costs, alt=caption), caption)
        st.markdown(IDENTITY)
        return
    if detail == address.MAPS:
        is_block = stage_of(layer) in BLOCKS
        scene = resnet_block.opened(look, costs, alt=caption)
        _draw(scene, caption, BLOCK_SCALES if is_block else SCALES)
        if is_block:
            st.markdown(resnet_charts.shares_line(look.steps, stage_of(layer), channel))
        return
    _draw(resnet_block.opened(look, costs, alt=caption, maps=False), "")
    show = _normalise if detail == address.NORM else _excite
    show(network, look, chosen)


def _pick() -> tuple[str, int, str]:
    """The layer, the channel (from 0) and what is shown of them."""
    with rooms.room("layer", RESNET):
        layer = widgets.select(
            Name.LAYER,
            "Layer",
            (address.WHOLE_NETWORK, *LAYERS),
            say=title,
            expected=address.LAYER,
            label_visibility="collapsed",
        )
    stage = stage_of(layer)
    most = CHANNELS.get(stage, max(CHANNELS.values()))
    st.markdown(f"Channel 1–{most}", width="content")
    with rooms.room("number", RESNET):
        channel = widgets.number(Name.CHANNEL, "Channel", 1, most, label_visibility="collapsed")
    if layer == address.WHOLE_NETWORK:
        return layer, channel - 1, address.MAPS
    return layer, channel - 1, widgets.choice(Name.DETAIL, "What is shown")


def _draw(scene: Scene, caption: str, scales: str = SCALES) -> None:
    client.grids(scene.data(theme=blocks.theme()), key=SCENE, on_pick=_take)
    if caption:
        st.caption(literal.markdown(f"{caption}; {scales}"))


def _take() -> None:
    picked = st.session_state[SCENE].get("picked")
    if picked:
        bound.put(Name.LAYER, picked["grid"])


def _normalise(network: ChosenResNet, look: Look, chosen: ChosenImage) -> None:
    """Before and after the layer's batch normalisation, with its numbers."""
    name = norm_of(look.layer)
    layer = network.model.get_submodule(name)
    if not isinstance(layer, torch.nn.BatchNorm2d):
        raise TypeError(f"Expected a batch normalisation, got {type(layer).__name__}.")
    norm = normalised.channel_norm(layer, look.channel)
    before = residual.before_norm(name)
    bundled = bundled_channel(network.file, before, look.channel)
    st.markdown(resnet_charts.norm_line(norm))
    both = resnet_charts.histograms(look.steps[before][look.channel], bundled, norm)
    for column, spec, when in zip(st.columns(2, gap="large"), both, ("before", "after")):
        with column:
            alt = f"histogram {when} the batch normalisation"
            blocks.chart(spec, key=f"batch_norm_{when}", alt=alt)
    st.caption(
        f"{title(name)}, channel {look.channel + 1}, on {chosen.name} and on the "
        "bundled pictures; mean and variance are those that the network has kept"
    )


@cached(lambda file, layer, channel: own_resnet.files_of(file))
def bundled_channel(file: OwnFile | None, layer: str, channel: int) -> Tensor:
    """A channel's values on all bundled pictures, (N, h, w).

    Args:
        file: that the network is read from; None: the one that ships.
        layer: its name.
        channel: from 0.
    """
    return _bundled_steps(file)[layer][:, channel]


@cached(own_resnet.files_of, most=2)
def _bundled_steps(file: OwnFile | None) -> dict[str, Tensor]:
    with torch.inference_mode():
        return residual.residual_steps(
            own_resnet.model_of(file), to_unit(images.samples(DATASET).images)
        )


@cached(own_resnet.files_of, most=2)
def bundled_exciting(file: OwnFile | None) -> dict[str, Exciting]:
    """The most exciting of the bundled pictures.

    Args:
        file: that the network is read from; None: the one that ships.
    """
    return exciting.most_exciting([exciting.means_of(_bundled_steps(file))])


def _excite(network: ChosenResNet, look: Look, chosen: ChosenImage) -> None:
    """The pictures with the largest mean of the channel, in a row."""
    name = look.layer if look.layer in exciting.RANKED else norm_of(look.layer)
    ranked = _ranked(name, network.file)
    indices, means = ranked.found.indices[look.channel], ranked.found.means[look.channel]
    captions = [
        f"{look.classes[int(ranked.labels[index])]}  \n**{signed(mean)}**"
        for index, mean in zip(indices.tolist(), means.tolist())
    ]
    numbers = ", ".join(str(ranked.numbers[index]) for index in indices.tolist())
    after = "" if name == look.layer else _order_after(network.model, name, look.channel)
    said = (
        f"Of {ranked.among} these have the largest mean of channel {look.channel + 1} in "
        f"“{title(name)}”{after}. "
    )
    pictures = ranked.images[indices]
    named = dict(zip((f"no. {ranked.numbers[index]}" for index in indices.tolist()), pictures))
    figure = PixelFigure("networks_exciting", "Most exciting pictures", said, named, exciting.MOST)
    crisp.pictures_in_rows(pictures, captions, figure)
    st.markdown(
        f"{said}On {chosen.name} the mean is "
        f"**{signed(float(look.steps[name][look.channel].mean()))}**. Their numbers: {numbers}."
    )


def _order_after(model: ResNet, norm: str, channel: int) -> str:
    """What a batch normalisation does to the order of the pictures that its convolution gives."""
    gamma = float(model.get_submodule(norm).weight[channel].detach())  # type: ignore[index]
    if gamma > 0:
        return "; its batch norm, with gamma above 0, keeps the order"
    if gamma == 0:
        return "; its batch norm, with a gamma of 0, makes the same of all pictures"
    return (
        f"; its batch norm, with a gamma of −{-gamma:.2g}, turns the order around: the "
        "convolution alone is lowest on these"
    )


@dataclass(frozen=True)
class Ranked:
    """The pictures that excite the channels of a layer most.

    Attributes:
        found: which ones.
        images: that they are out of.
        labels: of these.
        numbers: of these in the test set.
        among: what these are.
    """

    found: Exciting
    images: Tensor
    labels: Tensor
    numbers: Sequence[int]
    among: str


def _ranked(name: str, file: OwnFile | None) -> Ranked:
    """Out of the test images where they are there and were measured with these very weights, else
    out of the bundled ones.

    Raises:
        CheckpointError: the measured result is missing or damaged.
    """
    whole = images.whole_test_set(DATASET)
    if whole is not None and file is None:
        card = results.result(CHANNELS_RESULT)
        if card["network"] == networks.card(RESNET)["weights"]["sha256"]:
            found = LayerPictures(**card["layers"][name]).unpacked()
            among = f"{card['validated_on']} ({card['images']:,})"
            return Ranked(found, whole.images, whole.labels, range(len(whole)), among)
    bundled = images.samples(DATASET)
    among = f"the {len(bundled.labels)} bundled pictures"
    found = bundled_exciting(file)[name]
    return Ranked(found, bundled.images, bundled.labels, bundled.test_indices, among)
