"""Every name that stands in a link: one vocabulary over all chapters, with types, ranges, defaults.

A link is read and cleaned here and nowhere else. What is not understood counts as not given, is
said in one sentence, and leaves the address; links of earlier versions, with other names, still
open what they showed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from app.ui.link_sentences import left_out, strangers, unexpected

LONGEST = 60  # characters of a value, unless a parameter allows more
FLAGS = ("true", "false")
_INTEGER = re.compile(r"-?\d{1,9}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,9})?(e-?\d\d?)?", re.ASCII)

Kind = Literal["choice", "several", "flag", "integer", "number", "text"]


class Name(StrEnum):
    """The words of a link; the same word for the same thing in every chapter."""

    ALL_CELLS = "all_cells"
    ALPHA = "alpha"
    ANGLE = "angle"
    ATTACK = "attack"
    BIAS = "bias"
    BORDER = "border"
    CELL = "cell"
    CHANNEL = "channel"
    CLASS = "class"
    COLOURS = "colours"
    CURVES = "curves"
    DILATION = "dilation"
    EPOCH = "epoch"
    EPOCHS = "epochs"
    EPSILON = "epsilon"
    FILTER = "filter"
    FILTERS = "filters"
    FIT = "fit"
    FLIP = "flip"
    GRADIENTS = "gradients"
    GROUPS = "groups"
    HEIGHT = "kernel_height"
    IMAGE = "image"
    IMAGES = "images"
    INTERPOLATION = "interpolation"
    KERNEL = "kernel"
    LAYER = "layer"
    LEARNING_RATE = "learning_rate"
    LOGITS = "logits"
    MISTAKE = "mistake"
    NETWORK = "network"
    NUMBERS = "numbers"
    ONLY_RIGHT = "only_right"
    PADDING = "padding"
    PAGE = "page"
    PART = "part"
    POOL_DILATION = "pool_dilation"
    POOL_PADDING = "pool_padding"
    POOL_SIZE = "pool_size"
    POOL_STRIDE = "pool_stride"
    PREDICTED = "predicted"
    PUZZLE = "puzzle"
    RELU = "relu"
    SCALE = "scale"
    SEED = "seed"
    SOURCE = "source"
    STEM_FILTER = "stem_filter"
    STEP = "step"
    STRIDE = "stride"
    TARGET = "target"
    TRUE_CLASS = "true_class"
    VIEW = "view"
    WAVE = "wave"
    WAVELENGTH = "wavelength"
    WEIGHTS = "weights"
    WIDTH = "kernel_width"


@dataclass(frozen=True)
class Parameter:
    """One name in the links of one chapter.

    Attributes:
        chapter: as its page is called in the address.
        name: in the link.
        kind: how its text is read. A "text" is one of what its control offers, or free.
        default: what a link without it shows; None where that depends on the other controls.
        choices: of a "choice".
        low: the least number.
        high: the largest number.
        longest: characters of its text.
        views: of the chapter that have it; none: all.
        old: names that earlier versions gave it.
        part: tells apart two parameters of one chapter and one name, in different views.
    """

    chapter: str
    name: Name
    kind: Kind = "text"
    default: Any = None
    choices: tuple[str, ...] = ()
    low: float = 0
    high: float = 0
    longest: int = LONGEST
    views: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    part: str = ""

    @property
    def key(self) -> str:
        """Its name in the session, where chapters must not share their values."""
        return ".".join(filter(None, (self.chapter, self.part, self.name)))


def read(parameter: Parameter, texts: Sequence[str]) -> Any:
    """The value that a link gives a parameter.

    Args:
        parameter: says what to expect.
        texts: all values that stand behind its name.

    Returns:
        A str, int, float, bool, or a list of str, by the parameter's kind.

    Raises:
        ValueError: one sentence with what was expected and what came.
    """
    if parameter.kind == "several":
        if any(not 0 < len(text) <= parameter.longest for text in texts):
            raise ValueError(unexpected(parameter, max(texts, key=len) if all(texts) else ""))
        return list(dict.fromkeys(texts))
    if len(texts) != 1:
        raise ValueError(left_out(parameter.name, f"expected one value, got {len(texts)}"))
    (text,) = texts
    if not 0 < len(text) <= parameter.longest:
        raise ValueError(unexpected(parameter, text))
    if parameter.kind in ("integer", "number"):
        return _number(parameter, text)
    choices = FLAGS if parameter.kind == "flag" else parameter.choices
    if choices and text not in choices:
        raise ValueError(unexpected(parameter, text))
    return text == FLAGS[0] if parameter.kind == "flag" else text


def _number(parameter: Parameter, text: str) -> float:
    whole = parameter.kind == "integer"
    if (_INTEGER if whole else _NUMBER).fullmatch(text):
        value = int(text) if whole else float(text)
        if parameter.low <= value <= parameter.high:
            return value
    raise ValueError(unexpected(parameter, text))


def text_of(value: Any) -> str | list[str]:
    """A value as it stands in a link; ``read`` gives it again."""
    if isinstance(value, bool):
        return f"{value}".lower()
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return str(value)


def values(chapter: str, link: Mapping[str, Sequence[str]]) -> tuple[dict[str, Any], list[str]]:
    """What a link to a chapter says.

    Args:
        chapter: as its page is called in the address.
        link: name to all values behind it.

    Returns:
        Session key to value, and one sentence for each name that was not understood.
    """
    found: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for parameter in parameters(chapter):
        for name in (parameter.name, *parameter.old):
            if name not in link or parameter.key in found:
                continue
            try:
                found[parameter.key] = read(parameter, link[name])
                refused[name] = ""
            except ValueError as error:
                refused.setdefault(name, str(error))
    refused |= unknown(chapter, link)
    return found, [sentence for sentence in refused.values() if sentence]


def unknown(chapter: str, link: Iterable[str]) -> dict[str, str]:
    """Names in a link that are words of other chapters, or misspelt ones of this chapter.

    All others, as mail programs and servers add them, are none of our business and stay.

    Returns:
        Name to one sentence.
    """
    return strangers(link, names(chapter), {name.value for name in Name})


def parameters(chapter: str) -> tuple[Parameter, ...]:
    """All that stands in the links of a chapter."""
    return tuple(one for one in PARAMETERS if one.chapter == chapter)


def parameter(chapter: str, name: Name, part: str = "") -> Parameter:
    """One parameter.

    Raises:
        KeyError: the chapter has none of that name.
    """
    return _BY_KEY[Parameter(chapter, name, part=part).key]


def names(chapter: str) -> set[str]:
    """Every name, new or old, that means something in a link to a chapter."""
    return {name for one in parameters(chapter) for name in (one.name.value, *one.old)}


STEPS, PREDICT, UNFOLDED, BACKWARD, WHOLE = "Steps", "Predict", "im2col", "Backward", "Network"
LAYER_VIEWS = (STEPS, PREDICT, UNFOLDED, BACKWARD)
TRAINING_VIEWS = ("Curves", "Epoch by epoch", "Mistakes", "Train it now")
CAM_VIEWS = ("Map", "The sum", "All ten classes", "Interpolations", "Does it matter?")
ATTACK_VIEWS = ("Live", "Step by step", "All epsilons", "Robust, or hiding?", "Findings")


def _choice(
    chapter: str, name: Name, choices: tuple[str, ...], *old: str, **more: Any
) -> Parameter:
    return Parameter(chapter, name, "choice", choices[0], choices, old=old, **more)


def _integer(chapter: str, name: Name, low: int, high: int, *old: str, **more: Any) -> Parameter:
    return Parameter(chapter, name, "integer", low=low, high=high, old=old, **more)


def _text(chapter: str, name: Name, *old: str, **more: Any) -> Parameter:
    return Parameter(chapter, name, old=old, **more)


def _flag(chapter: str, name: Name, *old: str, **more: Any) -> Parameter:
    return Parameter(chapter, name, "flag", False, old=old, **more)


def _layer(make: Any, name: Name, *about: Any, **more: Any) -> Parameter:
    found: Parameter = make("convolution", name, *about, views=LAYER_VIEWS, **more)
    return found


def _network(make: Any, name: Name, *about: Any) -> Parameter:
    found: Parameter = make("convolution", name, *about, views=(WHOLE,), part="network")
    return found


PARAMETERS = (
    _choice("convolution", Name.VIEW, (*LAYER_VIEWS, WHOLE), "look"),
    _layer(_choice, Name.LAYER, ("Convolution", "Max pooling")),
    _layer(_text, Name.IMAGE, "picture"),
    _layer(_choice, Name.PART, ("Detail, 10 × 10", "Whole, 28 × 28")),
    _layer(_integer, Name.SEED, 0, 9999),
    _layer(_text, Name.NUMBERS, longest=20_000),
    _layer(_text, Name.KERNEL),
    _layer(_text, Name.WEIGHTS, longest=20_000),
    Parameter("convolution", Name.BIAS, "number", low=-1000, high=1000, views=LAYER_VIEWS),
    Parameter("convolution", Name.FILTERS, "several", views=LAYER_VIEWS),
    _layer(_integer, Name.FILTER, 1, 12),
    _layer(_integer, Name.STEM_FILTER, 1, 4096),
    _layer(_integer, Name.HEIGHT, 1, 7),
    _layer(_integer, Name.WIDTH, 1, 7),
    _layer(_integer, Name.ANGLE, 0, 165),
    Parameter("convolution", Name.WAVELENGTH, "number", low=2, high=8, views=LAYER_VIEWS),
    _layer(_choice, Name.WAVE, ("real", "imaginary")),
    _layer(_integer, Name.STRIDE, 1, 4),
    _layer(_integer, Name.PADDING, 0, 3),
    _layer(_integer, Name.DILATION, 1, 3),
    _layer(_choice, Name.BORDER, ("zeros", "reflect", "replicate", "circular")),
    _layer(_text, Name.GROUPS),
    _layer(_flag, Name.RELU),
    _layer(_flag, Name.FLIP),
    _layer(_integer, Name.POOL_SIZE, 1, 4, "size"),
    _layer(_integer, Name.POOL_STRIDE, 1, 4),
    _layer(_integer, Name.POOL_PADDING, 0, 2),
    _layer(_integer, Name.POOL_DILATION, 1, 3),
    _layer(_choice, Name.CHANNEL, ("Red", "Green", "Blue"), "pool_channel"),
    _layer(_integer, Name.STEP, 1, 10_000),
    _integer("convolution", Name.PUZZLE, 1, 9999, views=(PREDICT,)),
    _flag("convolution", Name.ALL_CELLS, views=(BACKWARD,)),
    _network(_choice, Name.SOURCE, ("Test digit", "Draw one"), "way_from"),
    _network(_text, Name.IMAGE, "way_digit"),
    _network(_text, Name.CLASS, "way_logit"),
    _network(_text, Name.CELL),
    _choice("training", Name.VIEW, TRAINING_VIEWS),
    _text("training", Name.NETWORK),
    _integer("training", Name.EPOCH, 1, 1000, views=("Epoch by epoch",)),
    _text("training", Name.MISTAKE, views=("Mistakes",)),
    _integer("training", Name.PAGE, 1, 10_000, views=("Mistakes",)),
    _text("training", Name.IMAGES, views=("Train it now",)),
    _text("training", Name.LEARNING_RATE, "rate", views=("Train it now",)),
    _integer("training", Name.EPOCHS, 1, 20, views=("Train it now",)),
    _choice("cam", Name.VIEW, CAM_VIEWS, "show"),
    _choice("cam", Name.SOURCE, ("Test pictures", "Own photo"), "from"),
    _integer("cam", Name.IMAGE, 0, 9999, "number"),
    _text("cam", Name.TRUE_CLASS),
    _choice("cam", Name.PREDICTED, ("all", "right", "wrong"), "verdict"),
    _integer("cam", Name.PAGE, 1, 10_000),
    _text("cam", Name.FIT),
    _text("cam", Name.CLASS),
    _text("cam", Name.INTERPOLATION),
    _text("cam", Name.COLOURS),
    _choice("cam", Name.SCALE, ("this map", "all classes")),
    Parameter("cam", Name.ALPHA, "number", 0.5, low=0, high=1, views=("Map", "Interpolations")),
    _choice("attack", Name.VIEW, ATTACK_VIEWS, "page"),
    _choice("attack", Name.SOURCE, ("Test pictures", "Draw one"), "input"),
    _integer("attack", Name.IMAGE, 0, 9999, "digit"),
    _text("attack", Name.TRUE_CLASS, "digit_class"),
    _choice("attack", Name.PREDICTED, ("all", "right", "wrong"), "digit_verdict"),
    _integer("attack", Name.PAGE, 1, 10_000),
    _choice("attack", Name.NETWORK, ("A", "B", "M", "ResNet", "Own"), "model"),
    _text("attack", Name.ATTACK),
    _text("attack", Name.TARGET),
    _integer("attack", Name.GRADIENTS, 1, 100),
    Parameter("attack", Name.EPSILON, "integer", 24, low=0, high=128, old=("eps",)),
    _integer("attack", Name.STEP, 0, 100, views=("Step by step",)),
    _flag("attack", Name.LOGITS, views=("Live",)),
    _choice("attack", Name.CURVES, ("Tasks", "Networks", "Controls"), views=("Findings",)),
    _flag("attack", Name.ONLY_RIGHT, "first_right", views=("Findings",)),
)
_BY_KEY = {one.key: one for one in PARAMETERS}
