"""One test picture closer: what the network says of it, where the ResNet looks, and where to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from app.ui import colours, crisp, networks, page_files
from app.ui.cache import cached
from app.ui.link_words import ATTACKS
from app.ui.saveable import PixelFigure
from core import homework
from core.cam import blend, class_activation_maps, upsample
from core.models import to_input

ATTACK = ATTACKS[1]  # one that has a target: a mistake has left its class already
ATTACKED_AS = {homework.MNIST_CNN: "A", homework.RESNET: "ResNet"}  # in the chapter on attacks
ALPHA = 0.5  # opacity of the map
KEY = "crisp_closer"


@dataclass(frozen=True)
class Seen:
    """What a network makes of one picture.

    Attributes:
        probabilities: (classes,) in label order.
        over: (3, H, W) uint8, the picture under the map of the predicted class; None of a network
            without maps.
        heat: (H, W) the map itself, upsampled; None likewise.
        limit: the map's largest absolute value, which its colours end with.
    """

    probabilities: Tensor
    over: Tensor | None = None
    heat: Tensor | None = None
    limit: float = 0.0


def view(card: dict[str, Any], image: Tensor, index: int, label: int) -> None:
    """The picture large, its probabilities, its map, and links to it in other chapters.

    Args:
        card: of the network.
        image: (C, H, W) uint8.
        index: of the picture in the test set.
        label: its true class.
    """
    seen, names = seen_by(card["name"], image), card["classes"]
    predicted = int(seen.probabilities.argmax())
    pictures = [(image, f"Test picture {index}")]
    if seen.over is not None:
        pictures.append((seen.over, f"Map of {names[predicted]}, ±{seen.limit:.1f}"))
    numbers = {f"Test picture {index}": image}
    if seen.over is not None and seen.heat is not None:
        name = f"Map of {names[predicted]}"
        numbers |= {f"{name}, bilinear": seen.heat, f"{name}, over the picture": seen.over}
    figure = PixelFigure(
        "training_picture",
        "The picture and its map" if seen.over is not None else "The picture",
        f"Test picture {index}, true class {names[label]}, predicted {names[predicted]} with "
        f"{seen.probabilities[predicted]:.1%}; {card['title']}",
        numbers,
        len(pictures),
        (KEY,),
    )
    page_files.seen(figure)
    with st.container(key=KEY):
        *columns, text = st.columns([*[26] * len(pictures), 48])
        for column, (picture, caption) in zip(columns, pictures):
            with column:
                alt = f"{caption}, true class {names[label]}"
                crisp.picture(picture, caption=caption, alt=alt)
        with text:
            says(names, seen.probabilities, label)
            links(card["name"], index, (label, predicted))


def says(names: list[str], probabilities: Tensor, label: int) -> None:
    """What the network says, with its probability, and that of the true class."""
    predicted = int(probabilities.argmax())
    icon = "check_circle" if predicted == label else "cancel"
    lines = [f":material/{icon}: Predicted **{names[predicted]}**, {probabilities[predicted]:.1%}"]
    if predicted != label:
        lines.append(f"True class **{names[label]}**, {probabilities[label]:.1%}")
    st.markdown("  \n".join(lines))


def links(network: str, index: int, classes: tuple[int, int]) -> None:
    """The very picture in the chapters on attacks and, of the ResNet, on maps."""
    attacked = ATTACKED_AS[network]
    names = networks.card(network)["classes"]
    target = names[next(one for one in (8, 0, 1) if one not in classes)]
    link = {"network": attacked, "image": f"{index}", "attack": ATTACK, "target": target}
    # The small CNN is not attacked there: the link says which network is.
    label = "Attack it" if network == homework.RESNET else f"Attack it, network {attacked}"
    st.page_link("chapters/attack/page.py", label=label, icon=":material/bolt:", query_params=link)
    if network == homework.RESNET:
        st.page_link(
            "chapters/cam/page.py",
            label="Where does it look?",
            icon=":material/visibility:",
            query_params={"image": f"{index}"},
        )


@cached(lambda name, image: networks.model_files(name), most=200)
def seen_by(name: str, image: Tensor) -> Seen:
    """What a network that ships makes of one picture.

    Args:
        name: of the network.
        image: (C, H, W) uint8.

    Raises:
        CheckpointError: its files are missing or damaged.
    """
    model = networks.model(name)
    inputs = to_input(model, image[None])
    if name != homework.RESNET:
        with torch.no_grad():
            return Seen(model(inputs)[0].softmax(0))
    result = class_activation_maps(model, inputs)
    predicted = int(result.logits[0].argmax())
    heat = upsample(result.maps[0, predicted][None], inputs.shape[-1], "bilinear")[0]
    low, high = colours.limits(heat, colours.CLEAR)
    coloured = colours.coloured(heat, low, high, colours.CLEAR)
    over = blend(image, coloured, ALPHA)
    return Seen(result.logits[0].softmax(0), over, heat, high)
