"""One name in a link: its words, what its text may be, and how that is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Literal

from app.ui.link_sentences import left_out, unexpected

LARGEST_ROUNDED = 1e15  # a float beyond has no two digits after the point
LONGEST = 60  # characters of a value, unless a parameter allows more
FLAGS = ("true", "false")
_INTEGER = re.compile(r"-?\d{1,9}", re.ASCII)
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)(e-?\d\d?)?", re.ASCII)

Kind = Literal["choice", "several", "flag", "integer", "number", "text"]


class Name(StrEnum):
    """The words of a link; the same word for the same thing in every chapter."""

    ALL_CELLS = "all_cells"
    ALPHA = "alpha"
    ANGLE = "angle"
    ATTACK = "attack"
    BATCH_SIZE = "batch_size"
    BIAS = "bias"
    BORDER = "border"
    CELL = "cell"
    CHANNEL = "channel"
    CLASS = "class"
    CODE = "code"
    COLOURS = "colours"
    COMPARE = "compare"
    CURVES = "curves"
    DETAIL = "detail"
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
    OPTIMIZER = "optimizer"
    PADDING = "padding"
    PAGE = "page"
    PART = "part"
    POOL_DILATION = "pool_dilation"
    POOL_PADDING = "pool_padding"
    POOL_SIZE = "pool_size"
    POOL_STRIDE = "pool_stride"
    PREDICTED = "predicted"
    PUZZLE = "puzzle"
    QUESTION = "question"
    QUESTIONS = "questions"
    RELU = "relu"
    SCALE = "scale"
    SECOND_BATCH_SIZE = "batch_size_2"
    SECOND_LEARNING_RATE = "learning_rate_2"
    SECOND_OPTIMIZER = "optimizer_2"
    SEED = "seed"
    SET = "set"
    SHEET = "sheet"
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
        choices: of a "choice"; of another kind what its control offers, in a link's words.
        titles: what the page calls the choices, where that differs; a link may say that too.
        expects: what it is to be, for a sentence, where it has no choices.
        pattern: of a text that its control may offer; "": any.
        low: the least number.
        high: the largest number; infinity where only the page knows it.
        decimals: of a "number": digits after the point that its control shows.
        longest: characters of its text.
        views: of the chapter that have it; none: all.
        old: names that earlier versions gave it.
        returns: whether a value that another picture or network does not offer is there again with
            one that does.
        part: tells apart two parameters of one chapter and one name, in different views.
    """

    chapter: str
    name: Name
    kind: Kind = "text"
    default: Any = None
    choices: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    expects: str = ""
    pattern: str = ""
    low: float = 0
    high: float = 0
    decimals: int = 2
    longest: int = LONGEST
    views: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    returns: bool = False
    part: str = ""

    @property
    def key(self) -> str:
        """Its name in the session, where chapters must not share their values."""
        return ".".join(filter(None, (self.chapter, self.part, self.name)))

    def may_be(self, text: str) -> bool:
        """Whether its control may offer what a text names, as far as no page is needed to know."""
        if self.choices:
            return text in self.choices or text in self.titles
        return not self.pattern or re.fullmatch(self.pattern, text, re.ASCII) is not None

    def rounded(self, value: Any) -> Any:
        """A value with the digits that its control shows, so that field, picture, caption and
        address have the same number: halves away from 0, and never a minus 0.
        """
        if self.kind not in ("integer", "number") or not isinstance(value, float):
            return value
        if not abs(value) < LARGEST_ROUNDED:
            return value
        digits = self.decimals if self.kind == "number" else 0
        shown = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        return float(shown) + 0.0 if digits else int(shown)  # of a minus zero: zero


def choice(chapter: str, name: Name, choices: tuple[str, ...], *old: str, **more: Any) -> Parameter:
    """One of these, the first unless another is chosen."""
    return Parameter(chapter, name, "choice", choices[0], choices, old=old, **more)


def integer(chapter: str, name: Name, low: int, high: float, *old: str, **more: Any) -> Parameter:
    """A whole number, with an end that the page knows where ``high`` is infinite."""
    return Parameter(chapter, name, "integer", low=low, high=high, old=old, **more)


def number(chapter: str, name: Name, low: float, high: float, **more: Any) -> Parameter:
    """A number with as many decimals as its control shows."""
    return Parameter(chapter, name, "number", low=low, high=high, **more)


def text(chapter: str, name: Name, expects: str, *old: str, **more: Any) -> Parameter:
    """A text, with what it is in words."""
    return Parameter(chapter, name, expects=expects, old=old, **more)


def among(chapter: str, name: Name, choices: Iterable[object], *old: str, **more: Any) -> Parameter:
    """One of these, or what the page calls it."""
    return Parameter(chapter, name, choices=tuple(map(str, choices)), old=old, **more)


def flag(chapter: str, name: Name, *old: str, **more: Any) -> Parameter:
    """Yes or no, no at first."""
    return Parameter(chapter, name, "flag", False, old=old, **more)


def read(parameter: Parameter, texts: Sequence[str], *, called: str = "") -> Any:
    """The value that a link gives a parameter.

    Args:
        parameter: says what to expect.
        texts: all values that stand behind its name.
        called: the name that the link has for it; "": the one of today.

    Returns:
        A str, int, float, bool, or a list of str, by the parameter's kind.

    Raises:
        ValueError: one sentence with what was expected and what came.
    """
    try:
        return _several(parameter, texts) if parameter.kind == "several" else _one(parameter, texts)
    except ValueError as error:
        raise ValueError(left_out(called or parameter.name, str(error))) from None


def _several(parameter: Parameter, texts: Sequence[str]) -> list[str]:
    if any(not 0 < len(text) <= parameter.longest for text in texts):
        raise ValueError(unexpected(parameter, max(texts, key=len) if all(texts) else ""))
    if texts and not any(map(parameter.may_be, texts)):
        raise ValueError(unexpected(parameter, texts[0]))
    return list(dict.fromkeys(texts))


def _one(parameter: Parameter, texts: Sequence[str]) -> Any:
    if len(texts) != 1:
        raise ValueError(f"expected one value, got {len(texts)}")
    (text,) = texts
    if not 0 < len(text) <= parameter.longest:
        raise ValueError(unexpected(parameter, text))
    if parameter.kind in ("integer", "number"):
        return _number(parameter, text)
    if parameter.kind == "flag":
        if text not in FLAGS:
            raise ValueError(unexpected(parameter, text))
        return text == FLAGS[0]
    if not parameter.may_be(text):
        raise ValueError(unexpected(parameter, text))
    return text


def _number(parameter: Parameter, text: str) -> float:
    whole = parameter.kind == "integer"
    if (_INTEGER if whole else _NUMBER).fullmatch(text):
        value = int(text) if whole else float(text)
        if parameter.low <= value <= parameter.high and parameter.may_be(f"{value}"):
            return value if whole else float(parameter.rounded(value))
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
