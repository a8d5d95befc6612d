"""The ResNet that a chapter looks into: ours, or one that a person has trained elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st
import torch

from app.ui import blocks, images, literal, own_resnet, uploads, widgets
from app.ui.address import OWN, SHIPPED, Name
from app.ui.cache import OwnFile
from app.ui.examples import Examples, bundled_pictures, examples
from app.ui.gallery import ChosenImage, pick_picture
from app.ui.own_resnet import DATASET
from core.checkpoints.foreign_resnet import LARGEST_RESNET
from core.checkpoints.magic import ForeignError
from core.foreign_text import quoted
from core.homework import RESNET
from core.models import ResNet, parameter_count

WEIGHTS, FILE = "resnet_weights", "resnet_file"  # in the session, for every chapter
NAMES = {SHIPPED: "Our ResNet", OWN: "Yours"}  # what the page calls them
NORMALISED = "Pictures are normalised inside, with the homework's mean and std."
EXPECTED = (
    "A state dict of the homework's ResNet, as torch.save, Lightning or safetensors keeps it, up "
    f"to {LARGEST_RESNET // 10**6} MB; its layers may have any names, and nothing in the file is "
    f"executed. {NORMALISED} It stays in memory for this visit: a link does not have it."
)


@dataclass(frozen=True)
class ChosenResNet:
    """A ResNet to look into.

    Attributes:
        model: in eval mode, without gradients of its weights, shared by all sessions.
        examples: pictures with what it makes of them.
        file: that it was read from; None: it is the one that ships.
        right: a share of the bundled pictures, in [0, 1]; of the one that ships nothing is said.
    """

    model: ResNet
    examples: Examples
    file: OwnFile | None = None
    right: float = 0.0

    def on(self, picture: str) -> str:
        """The beginning of a caption: whose network it is, and what it looks at.

        Args:
            picture: in words.
        """
        if self.file is None:
            return f"ResNet on {picture}"
        count = len(images.samples(DATASET).labels)
        right = f"{self.right:.0%} of the {count} bundled photos right"
        return f"Your ResNet {self.file.name} ({right}) on {picture}"


def pick_with_picture(
    classes: Sequence[str], photo: str, *, part: str = ""
) -> tuple[ChosenResNet, ChosenImage] | None:
    """A ResNet and a picture, in the panel; None where one is missing, which the page asks for.

    Args:
        classes: names, in label order.
        photo: key under which a photo is kept for this visit.
        part: of the parameters for the network, the picture's source and its number.
    """
    picture = None
    with st.sidebar:
        network = pick(part)
        if network is not None:
            size = ResNet.image_shape[1]
            picture = pick_picture(network.examples, classes, size, photo=photo, part=part)
    if network is not None and picture is not None:
        return network, picture
    missing = "state dict" if network is None else "photo"
    blocks.ask(f"Choose a {missing} in the panel on the left.")
    return None


def pick(part: str = "") -> ChosenResNet | None:
    """Ours, or a person's own out of a file; None (and a sentence) while there is none.

    Args:
        part: of the parameter.
    """
    name = widgets.choice(Name.NETWORK, "Network", wrap=True, say=NAMES.__getitem__, part=part)
    if name == SHIPPED:
        return ChosenResNet(own_resnet.model_of(None), examples(RESNET))
    found = uploads.upload(
        "State dict of a ResNet",
        _file,
        refusal=ForeignError,
        key=WEIGHTS,
        megabytes=LARGEST_RESNET // 10**6,
    )
    if found is None:
        st.session_state.pop(FILE, None)  # nothing of a file that was removed is kept
        st.caption(EXPECTED)
        return None
    chosen = _chosen(found)
    st.caption(literal.markdown(described(chosen)))
    return chosen


def _file(content: bytes, name: str) -> OwnFile:
    """A file that holds a network; its digest is computed once for a visit.

    Raises:
        ForeignError: it holds none.
    """
    found: OwnFile | None = st.session_state.get(FILE)
    if found is None or found.content is not content or found.name != name:
        digest = hashlib.sha256(content).hexdigest()
        found = st.session_state[FILE] = OwnFile(content, name, digest)
    own_resnet.read(found)
    return found


def _chosen(file: OwnFile) -> ChosenResNet:
    bundled = replace(bundled_pictures(DATASET), predictions=own_resnet.predictions(file))
    first = images.samples(DATASET).test_indices
    is_first = torch.isin(bundled.indices, torch.tensor(first))
    right = float((~bundled.wrong[is_first]).float().mean())
    return ChosenResNet(own_resnet.model_of(file), bundled, file, right)


def described(chosen: ChosenResNet) -> str:
    """What is known of a person's network, as plain text.

    Args:
        chosen: out of a file.
    """
    if chosen.file is None:
        raise TypeError("Expected a network out of a file, got the one that ships.")
    read, count = own_resnet.read(chosen.file), len(images.samples(DATASET).labels)
    said = (
        f"{chosen.file.name}: {parameter_count(chosen.model):,} parameters; of the {count} bundled "
        f"photos it gets {chosen.right:.0%} right. {NORMALISED}"
    )
    if read.is_renamed:
        said += " Its layers have names of their own: they are known by their shapes."
    if read.weights.unused:
        unused = ", ".join(map(quoted, read.weights.unused))
        said += f" The weights are those of {quoted(read.weights.entry)}; not used: {unused}."
    return said
