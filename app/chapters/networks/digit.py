"""The digit that runs through the small CNN, in every view of it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from app.ui import bound, images, keys, mine, networks, widgets
from app.ui.address import SHIPPED, SMALL_PART, Name
from app.ui.gallery import draw_digit
from app.ui.link_sentences import in_range
from core.data.samples import Samples
from core.models import MnistCNN

TEST, DRAWN = "Test digit", "Draw one"
DRAW = "Draw a digit in the panel on the left."
NAME = "mnist_cnn"


@dataclass(frozen=True)
class Digit:
    """A digit.

    Attributes:
        image: (1, 28, 28) uint8.
        name: for captions.
        index: among the bundled ones; None for one that is drawn.
        label: what it is; None for one that is drawn.
    """

    image: Tensor
    name: str
    index: int | None = None
    label: int | None = None


@dataclass(frozen=True)
class Network:
    """The small CNN that the digit runs through.

    Attributes:
        model: in eval mode, shared by all sessions.
        title: what a caption calls it.
        accuracy: on the images that it was validated on, a share in [0, 1].
        weights: the file of one that was trained here; None of the one that ships.
    """

    model: MnistCNN
    title: str
    accuracy: float
    weights: bytes | None = None


def pick_network() -> Network:
    """The small CNN that ships, or where there is one a visitor's own.

    Raises:
        CheckpointError: its files are missing or damaged.
    """
    own = mine.networks()
    mine.check(Name.NETWORK, SMALL_PART)
    name = SHIPPED
    if own:
        options = (SHIPPED, *own)
        name = str(widgets.choice(Name.NETWORK, "Network", options, part=SMALL_PART))
    else:
        widgets.only(Name.NETWORK, SHIPPED, part=SMALL_PART)
    if name == SHIPPED:
        accuracy = networks.card(NAME)["result"]["validation_accuracy"]
        return Network(networks.model_of(NAME, MnistCNN), "Small CNN", accuracy)
    found = own[name]
    title = f"{name}, a small CNN ({found.title})"
    return Network(networks.own_cnn(found.weights), title, found.accuracy, found.weights)


def pick_source() -> str:
    """``TEST`` or ``DRAWN``."""
    return str(widgets.choice(Name.SOURCE, "Digit"))


def drawn() -> Digit | None:
    """A digit that is drawn here; None while nothing is."""
    image = draw_digit("way_pad", "way_drawn")
    return None if image is None else Digit(image, "drawn digit")


def listed() -> Digit:
    """A bundled digit out of a list of their names."""
    bundled = images.samples("mnist")
    names = titles(bundled)
    _turns(names)
    return _bundled(
        bundled,
        widgets.select(
            Name.IMAGE,
            "Bundled digit",
            range(len(names)),
            say=names.__getitem__,
            label_visibility="collapsed",
        ),
    )


def seen() -> Digit:
    """The bundled digit of the link, or the one that was clicked in a picture."""
    bundled = images.samples("mnist")
    names = titles(bundled)
    _turns(names)
    expected = in_range(0, len(names) - 1, whole=True)
    index = widgets.unseen(Name.IMAGE, 0, _among(names), expected)
    return _bundled(bundled, index)


def choose(index: int) -> None:
    """A bundled digit was clicked."""
    bound.put(Name.SOURCE, TEST)
    bound.put(Name.IMAGE, index)


def titles(bundled: Samples) -> list[str]:
    """What the page calls the bundled digits."""
    return [f"Digit {label} (no. {index})" for index, label in enumerate(bundled.labels.tolist())]


def _among(names: list[str]) -> bound.Fit:
    """A digit by its number or by its name."""
    return widgets.among(range(len(names)), names.__getitem__)


def _turns(names: list[str]) -> None:
    numbers, fit = range(len(names)), _among(names)
    keys.turns(Name.IMAGE, numbers, thing="digit", default=0, sequence=False, fit=fit)


def _bundled(bundled: Samples, index: int) -> Digit:
    label = int(bundled.labels[index])
    return Digit(bundled.images[index], f"digit {label} (no. {index})", index, label)
