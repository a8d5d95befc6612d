"""Class activation maps: where the network looks, how the map adds up to the logit, and whether it
matters.
"""

import streamlit as st
import torch

from app.chapters.cam import charts, controls
from app.chapters.cam.controls import MapSetting
from app.ui import blocks, client, colours, loaders
from app.ui.gallery import ChosenImage
from app.ui.old_keys import Key
from core import cam, faithfulness
from core.data.facts import to_unit

NETWORK = "cifar10_resnet"
SIZE = 32


def coloured_maps(
    maps: torch.Tensor, setting: MapSetting, every: torch.Tensor
) -> tuple[torch.Tensor, tuple[float, float]]:
    """Maps (N, H, W) as pictures on one scale, and the numbers at its ends."""
    ends = colours.limits(every if setting.shared else maps, setting.colours)
    return torch.stack([colours.coloured(one, *ends, setting.colours) for one in maps]), ends


def scale_words(ends: tuple[float, float]) -> str:
    return f"colours from {charts.signed(ends[0])} to {charts.signed(ends[1])}"


def overlay(
    shown: ChosenImage, result: cam.CamResult, setting: MapSetting, classes: list[str]
) -> None:
    """Input, map and blend; the opacity moves in the browser."""
    maps = cam.upsample(result.maps[0], SIZE, setting.method)  # (K, H, W)
    (heat,), ends = coloured_maps(maps[setting.label][None], setting, maps)
    low, high = map(charts.signed, ends)
    about = f"map of {classes[setting.label]}, {setting.method}"
    alpha = client.blend(
        {
            "photo": colours.data_url(shown.image),
            "map": colours.data_url(heat),
            "colours": colours.data_url(colours.scale(setting.colours)),
            "captions": [f"Input: {shown.name}", f"M{about[1:]}", "Blend, alpha ALPHA"],
            "low": low,
            "high": high,
            "scale": scale_words(ends),
            "alpha": controls.remembered_alpha(),
        },
        key=Key.CAM_BLEND,
    )
    controls.remember_alpha(alpha)
    left, right = st.columns([78, 22], vertical_alignment="center")
    left.caption(
        f"{shown.name}; {about}; {setting.colours}, {scale_words(ends)}; alpha {alpha:.2f}"
    )
    file, name = colours.png(cam.blend(shown.image, heat, alpha), times=16), classes[setting.label]
    right.download_button(
        "This blend",
        file,
        f"blend_{name}_{alpha:.2f}.png",
        "image/png",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )


def addition(
    shown: ChosenImage, result: cam.CamResult, setting: MapSetting, classes: list[str]
) -> None:
    """The strongest channels, the map with its numbers, its mean, the bias, the logit, the
    probabilities.
    """
    chosen, shares = setting.label, result.logits[0].softmax(0)
    channels = cam.strongest_channels(result, 0, chosen, 4)
    of, theme = result.weight.shape[1], blocks.theme()
    blocks.chart(
        charts.channel_sum(channels, result.maps[0, chosen], of=of, theme=theme),
        key="cam_sum",
        alt=f"four channels times their weights, and the map of {classes[chosen]}",
    )
    with st.container(key="sum"):
        st.markdown(
            charts.sum_line(
                result.maps[0, chosen], float(result.bias[chosen]), float(shares[chosen])
            )
        )
    blocks.chart(
        charts.probabilities(shares.tolist(), classes, marked=chosen, theme=theme),
        key="cam_bars",
        alt="probability of every class",
    )
    st.caption(
        f"{shown.name}; class {classes[chosen]}; the four of {of} channels that move its logit "
        "most; full colour at "
        f"±{channels.products.abs().max():.2f}, of the map at "
        f"±{result.maps[0, chosen].abs().max():.2f}"
    )


def every_class(
    shown: ChosenImage, result: cam.CamResult, setting: MapSetting, classes: list[str]
) -> None:
    """All maps on one scale, so that a wrong class looks as weak as it is."""
    maps = cam.upsample(result.maps[0], SIZE, setting.method)
    drawn, ends = coloured_maps(maps, setting, maps)
    shares = result.logits[0].softmax(0).tolist()
    captions = [
        f"**{name}** {charts.signed(float(logit))}, {share:.1%}"
        for name, logit, share in zip(classes, result.logits[0], shares)
    ]
    blocks.pictures_in_rows(drawn, captions, columns=5, key="classes")
    st.caption(
        f"{shown.name}; every class's map with its logit and probability; {setting.method}; one "
        "scale: "
        f"{scale_words(ends)}"
    )


def interpolations(
    shown: ChosenImage, result: cam.CamResult, setting: MapSetting, classes: list[str]
) -> None:
    """The same numbers drawn in four ways, and laid over the picture."""
    maps = torch.stack(
        [cam.upsample(result.maps[0, setting.label], SIZE, method) for method in cam.METHODS]
    )
    drawn, ends = coloured_maps(maps, setting, maps)
    alpha = controls.remembered_alpha()
    blends = torch.stack([cam.blend(shown.image, one, alpha) for one in drawn])
    blocks.pictures_in_rows(
        torch.cat([drawn, blends]), [*cam.METHODS, *[""] * 4], columns=4, key="methods"
    )
    h, w = result.maps.shape[2:]
    st.caption(
        f"{shown.name}; map of {classes[setting.label]}; {scale_words(ends)}; alpha {alpha:.2f} "
        "below. "
        f"The network gave {h} × {w} numbers: smoothness is drawn, not computed."
    )


def matters(
    shown: ChosenImage, result: cam.CamResult, setting: MapSetting, classes: list[str]
) -> None:
    """Delete what the map calls important, and look whether the network minds."""
    curves = loaders.pixel_curves(NETWORK, shown.image, setting.label, setting.method)
    for column, title, axis, lines in zip(
        st.columns(2, gap="large"),
        (
            f"Deleted: {classes[setting.label]} should fall fast",
            f"Inserted: {classes[setting.label]} should rise fast",
        ),
        ("share of pixels deleted", "share of pixels inserted"),
        (curves.deletion, curves.insertion),
    ):
        with column:
            spec = charts.pixel_curves(
                lines, faithfulness.SHARES, title=title, axis=axis, theme=blocks.theme()
            )
            blocks.chart(
                spec, key=f"cam_{axis[-8:].strip()}", alt=f"{title}: probability over the {axis}"
            )
    st.caption(
        f"{shown.name}; map of {classes[setting.label]}, {setting.method}; a deleted pixel takes "
        "the data set's mean "
        "colour. Scattered holes disturb a network more than one hole of the same area: compare "
        "with shuffled cells."
    )
    with blocks.or_error():
        st.markdown(charts.areas_line(loaders.result("cifar10_resnet_cam")))


VIEWS = {
    "Map": overlay,
    "The sum": addition,
    "All ten classes": every_class,
    "Interpolations": interpolations,
    "Does it matter?": matters,
}

blocks.title("Where does it look?", "Which places of the picture speak for a class?")
with blocks.or_error():
    card, network = loaders.card(NETWORK), loaders.model(NETWORK)
    names = card["classes"]
    with st.sidebar:
        picture = controls.pick_picture(loaders.examples(NETWORK), names, SIZE)
    if picture is None:
        st.info(
            "Choose a JPEG, PNG or WebP photo in the panel on the left.",
            icon=":material/arrow_back:",
        )
    else:
        found = cam.class_activation_maps(network, to_unit(picture.image[None]))
        best = int(found.logits[0].argmax())
        with st.sidebar:
            chosen = controls.pick_setting(names, best)
        blocks.verdict(names, best, float(found.logits[0].softmax(0)[best]), picture.label)
        for tab, show in zip(
            st.tabs(list(VIEWS), key=Key.CAM_VIEW, bind="query-params"), VIEWS.values()
        ):
            if tab.open:
                with tab:
                    show(picture, found, chosen, names)
    blocks.source(cam.class_activation_maps, cam.strongest_channels, cam.upsample, cam.blend)
