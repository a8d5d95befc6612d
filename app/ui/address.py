"""Every name that stands in a link: one vocabulary over all chapters, with types, ranges, defaults.

A link is read and cleaned here and nowhere else. What is not understood counts as not given, is
said in one sentence, and leaves the address; links of earlier versions, with other names, still
open what they showed. A setting that the open view, layer or picture does not use waits for the one
that does: it stays in the address until its control is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from app.ui import link_words, screen, yours_words
from app.ui import live_words as live
from app.ui.colours import COLOUR_MAPS
from app.ui.link_sentences import doubled, of_two, rounded_off, strangers
from app.ui.link_words import ALL, ATTACK_TITLES, MINE, THINGS
from app.ui.link_words import ATTACKS as ATTACKS
from app.ui.link_words import WHOLE_NETWORK as WHOLE_NETWORK
from app.ui.parameter import Name as Name
from app.ui.parameter import Parameter as Parameter
from app.ui.parameter import among as _among
from app.ui.parameter import choice as _choice
from app.ui.parameter import flag as _flag
from app.ui.parameter import integer as _integer
from app.ui.parameter import read as read
from app.ui.parameter import text as _text
from app.ui.parameter import text_of as text_of
from core import homework
from core.cam import METHODS
from core.explain.kernels import NAMES
from core.explain.questions.sets import QUESTIONS, SETS


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
    for parameter in _asked_for(chapter, link):
        used = ""
        for name in (one for one in (parameter.name.value, *parameter.old) if one in link):
            if used:  # unless it is another setting's word too
                refused.setdefault(name, doubled(name, used))
                continue
            try:
                value = found[parameter.key] = read(parameter, link[name], called=name)
                used, refused[name] = name, rounded_off(parameter, link[name][0], value, name)
            except ValueError as error:
                refused[name] = of_two(refused.get(name), str(error), name == parameter.name)
    if chapter == "convolution":
        found = _with_source(_asks_about_its_layer(found))
    refused |= unknown(chapter, link) | screen.refused(link, parameters(chapter))
    return found, [sentence for sentence in refused.values() if sentence]


def _asked_for(chapter: str, link: Mapping[str, Sequence[str]]) -> list[Parameter]:
    """What a link may be about: of two settings of one name, the open view's."""
    every = parameters(chapter)
    view = _open_view(chapter, link) if every else ""
    here = {one.name for one in every if view in one.views}
    return [one for one in every if not one.views or view in one.views or one.name not in here]


def _open_view(chapter: str, link: Mapping[str, Sequence[str]]) -> str:
    about = parameter(chapter, Name.VIEW)
    for name in (one for one in (about.name.value, *about.old) if one in link):
        with suppress(ValueError):
            return str(read(about, link[name]))
    return about.choices[0]


def _with_source(found: dict[str, Any]) -> dict[str, Any]:
    """A picture in a link that does not say where it is from: those of earlier versions had one
    list of all of them.
    """
    source, image = (parameter("convolution", name).key for name in (Name.SOURCE, Name.IMAGE))
    name = str(found.get(image, ""))
    if source in found or image not in found:
        return found
    if name == link_words.OWN_NUMBERS:
        rest = {key: value for key, value in found.items() if key != image}
        return rest | {source: NUMBERS}
    return found | {source: PHOTOS} if name.lower().startswith("photo") else found


def _asks_about_its_layer(found: dict[str, Any]) -> dict[str, Any]:
    """A link to Predict with a layer and no set of questions: those of earlier versions, which knew
    no other questions than those about the panel's layer.
    """
    about = parameter("convolution", Name.QUESTIONS)
    layer = {one.key for one in PARAMETERS if one.views == LAYER_VIEWS}
    layer.add(parameter("convolution", Name.PUZZLE).key)
    predicts = found.get(parameter("convolution", Name.VIEW).key) == PREDICT
    if predicts and about.key not in found and layer & found.keys():
        return found | {about.key: THIS_LAYER}
    return found


def unknown(chapter: str, link: Iterable[str]) -> dict[str, str]:
    """Names in a link that are words of other chapters, misspelt ones of this chapter, or empty.

    All others, as mail programs and servers add them, are none of our business and stay.

    Returns:
        Name to one sentence.
    """
    return strangers(link, names(chapter) | screen.NAMES, {name.value for name in Name})


def unsaid(chapter: str, link: Mapping[str, Sequence[str]]) -> list[Parameter]:
    """Settings that a link has no name for, and that it decides by what else it says: as links of
    earlier versions do, which had no such name.
    """
    found, _ = values(chapter, link)
    return [
        one
        for one in parameters(chapter)
        if one.key in found and not link.keys() & {one.name.value, *one.old}
    ]


def called(chapter: str, link: Iterable[str]) -> dict[str, str]:
    """Names of today to what a link of an earlier version calls them."""
    there = set(link)
    return {
        one.name.value: old
        for one in parameters(chapter)
        for old in one.old
        if old in there and one.name not in there
    }


def moved(
    chapter: str, link: Mapping[str, Sequence[str]]
) -> tuple[str, dict[str, list[str]]] | None:
    """Where a link leads whose view is another chapter's today.

    Returns:
        The chapter, and what its link says; None where nothing has moved.
    """
    views = MOVED.get(chapter, {})
    for name in (Name.VIEW.value, *parameter(chapter, Name.VIEW).old) if views else ():
        there = views.get("".join(link.get(name, ())))
        if there is not None:
            found, view = there
            theirs = (names(found) | screen.NAMES) - {name}
            kept = {one: list(link[one]) for one in link if one in theirs}
            return found, kept | {Name.VIEW.value: [view]}
    return None


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


STEPS, PREDICT, UNFOLDED, BACKWARD = "Steps", "Predict", "im2col", "Backward"
DIGITS, PHOTOS, NUMBERS, DRAWING, OWN_PHOTO = "Digits", "Photos", "Numbers", "Draw", "Own photo"
THIS_LAYER = "This layer"  # that the panel sets, in place of a set of questions
LAYER_VIEWS = (STEPS, PREDICT, UNFOLDED, BACKWARD)
SMALL, ONE_NUMBER, RESIDUAL, SHAPES = "Small CNN", "One number", "ResNet", "Shape by shape"
NETWORK_VIEWS = (SMALL, ONE_NUMBER, RESIDUAL, SHAPES)
MAPS, NORM, EXCITES = "Maps", "Batch norm", "Excites most"
TRAINING_VIEWS = (
    *("Curves", "Epoch by epoch", "Mistakes", "Ingredients", "Time to accuracy", live.VIEW),
)
CAM_VIEWS = ("Map", "The sum", "All ten classes", "Interpolations", "Does it matter?")
ATTACK_VIEWS = ("Live", "Step by step", "All epsilons", "Robust, or hiding?", "Findings")
TRAINED = ("mnist_cnn", "cifar10_resnet")  # networks of the training chapter
TEST_OR_PHOTO = ("Test pictures", OWN_PHOTO)
SHIPPED, OWN, SMALL_PART, FITS = "Shipped", "Own", "small", ("Crop it", "Pad it")
INGREDIENTS_PART = "ingredients"  # of the epochs, which the training to watch has as well
RESNET_PART = "resnet"  # of the parameters that another view of the networks has as well
BUDGETS = (1, 2, 5, 10, 20, 50, 100)  # gradients
OPEN = math.inf  # an end that only the page knows
PREDICTED = "the predicted class"
KERNELS = "the name of a kernel, like Sharpen"
MISTAKE = "a true and a predicted class, like 3-5 or cat-dog"
CELL = "a layer and a cell in it, like pool2-4-7-6 or hidden-37"
CLASS, LAYER = "a class, like 8 or cat", "a layer of the ResNet, like stem.0 or block2.main.4"
ROWS = "rows of numbers, up to 20,000 characters"


def _titles(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(homework.NETWORKS[name].title for name in names)


def _layer(make: Any, name: Name, *about: Any, **more: Any) -> Parameter:
    found: Parameter = make("convolution", name, *about, views=LAYER_VIEWS, **more)
    return found


def _small(make: Any, name: Name, *about: Any, **more: Any) -> Parameter:
    more = {"views": (SMALL, ONE_NUMBER)} | more
    found: Parameter = make("networks", name, *about, **more)
    return found


def _resnet(make: Any, name: Name, *about: Any, **more: Any) -> Parameter:
    found: Parameter = make("networks", name, *about, views=(RESIDUAL,), **more)
    return found


PARAMETERS = (
    _choice("convolution", Name.VIEW, LAYER_VIEWS, "look"),
    _layer(_choice, Name.LAYER, ("Convolution", "Max pooling")),
    _layer(
        _text,
        Name.IMAGE,
        "the number of a digit, a photo like “photo 1” or “Own numbers”",
        "picture",
        pattern=link_words.IMAGE,
        returns=True,
    ),
    _layer(_choice, Name.SOURCE, (DIGITS, PHOTOS, NUMBERS, DRAWING, OWN_PHOTO)),
    _layer(_choice, Name.FIT, FITS),
    _layer(_choice, Name.PART, ("Detail, 10 × 10", "Whole, 28 × 28")),
    _layer(_integer, Name.SEED, 0, 9999),
    _layer(_text, Name.NUMBERS, ROWS, longest=20_000, pattern=link_words.ROWS),
    _layer(_text, Name.KERNEL, KERNELS, pattern=link_words.KERNEL, returns=True),
    _layer(_text, Name.WEIGHTS, ROWS, longest=20_000, pattern=link_words.ROWS),
    Parameter("convolution", Name.BIAS, "number", low=-1000, high=1000, views=LAYER_VIEWS),
    Parameter("convolution", Name.FILTERS, "several", choices=NAMES, views=LAYER_VIEWS),
    _layer(_integer, Name.FILTER, 1, OPEN),
    _layer(_integer, Name.STEM_FILTER, 1, OPEN),
    _layer(_integer, Name.HEIGHT, 1, 7),
    _layer(_integer, Name.WIDTH, 1, 7),
    _layer(_integer, Name.ANGLE, 0, 165, choices=tuple(map(str, range(0, 180, 15)))),
    Parameter("convolution", Name.WAVELENGTH, "number", low=2, high=8, views=LAYER_VIEWS),
    _layer(_choice, Name.WAVE, ("real", "imaginary")),
    _layer(_integer, Name.STRIDE, 1, 4),
    _layer(_integer, Name.PADDING, 0, 3),
    _layer(_integer, Name.DILATION, 1, 3),
    _layer(_choice, Name.BORDER, ("zeros", "reflect", "replicate", "circular")),
    _layer(_among, Name.GROUPS, (1, 3), titles=("1", "3, depthwise")),
    _layer(_flag, Name.RELU),
    _layer(_flag, Name.FLIP),
    _layer(_integer, Name.POOL_SIZE, 1, 4, "size"),
    _layer(_integer, Name.POOL_STRIDE, 1, 4),
    _layer(_integer, Name.POOL_PADDING, 0, 2),
    _layer(_integer, Name.POOL_DILATION, 1, 3),
    _layer(_choice, Name.CHANNEL, ("Red", "Green", "Blue"), "pool_channel"),
    _layer(_integer, Name.STEP, 1, OPEN),
    _choice("convolution", Name.QUESTIONS, (*SETS, THIS_LAYER), views=(PREDICT,)),
    _integer("convolution", Name.SET, 1, 9999, views=(PREDICT,)),
    _integer("convolution", Name.QUESTION, 1, QUESTIONS, views=(PREDICT,)),
    _integer("convolution", Name.PUZZLE, 1, 9999, views=(PREDICT,)),
    _flag("convolution", Name.ALL_CELLS, views=(BACKWARD,)),
    _flag("convolution", Name.CODE, views=(STEPS, UNFOLDED, BACKWARD)),
    _choice("networks", Name.VIEW, NETWORK_VIEWS),
    _small(_choice, Name.SOURCE, ("Test digit", "Draw one"), "way_from"),
    _small(_among, Name.NETWORK, (SHIPPED, *MINE), part=SMALL_PART),
    _small(_text, Name.IMAGE, "the number of a digit", "way_digit", pattern=link_words.IMAGE),
    _small(_among, Name.CLASS, ("predicted", *range(10)), "way_logit", views=(ONE_NUMBER,)),
    _small(_text, Name.CELL, CELL, pattern=link_words.CELL, views=(ONE_NUMBER,)),
    _among("networks", Name.NETWORK, TRAINED, titles=_titles(TRAINED), views=(SHAPES,)),
    _integer("networks", Name.QUESTION, 1, OPEN, views=(SHAPES,)),
    _resnet(_choice, Name.NETWORK, (SHIPPED, OWN), part=RESNET_PART),
    _resnet(_choice, Name.SOURCE, TEST_OR_PHOTO, part=RESNET_PART),
    _resnet(_integer, Name.IMAGE, 0, OPEN, part=RESNET_PART),
    _resnet(_among, Name.TRUE_CLASS, (ALL, *THINGS)),
    _resnet(_choice, Name.PREDICTED, ("all", "right", "wrong")),
    _resnet(_integer, Name.PAGE, 1, OPEN),
    _resnet(_choice, Name.FIT, FITS),
    _resnet(_text, Name.LAYER, LAYER, pattern=link_words.RESNET_LAYER),
    _resnet(_integer, Name.CHANNEL, 1, OPEN),
    _resnet(_choice, Name.DETAIL, (MAPS, NORM, EXCITES)),
    _choice("training", Name.VIEW, TRAINING_VIEWS),
    _among("training", Name.NETWORK, TRAINED, titles=_titles(TRAINED)),
    _integer("training", Name.EPOCH, 0, OPEN, views=("Epoch by epoch",)),
    _text("training", Name.MISTAKE, MISTAKE, pattern=link_words.MISTAKE, views=("Mistakes",)),
    _integer("training", Name.PAGE, 1, OPEN, views=("Mistakes",)),
    _integer("training", Name.IMAGE, 0, OPEN, views=("Mistakes",)),
    _integer("training", Name.EPOCHS, 1, OPEN, views=("Ingredients",), part=INGREDIENTS_PART),
    *live.PARAMETERS,
    _choice("cam", Name.VIEW, CAM_VIEWS, "show"),
    _choice("cam", Name.NETWORK, (SHIPPED, OWN)),
    _choice("cam", Name.SOURCE, TEST_OR_PHOTO, "from"),
    _integer("cam", Name.IMAGE, 0, OPEN, "number"),
    _among("cam", Name.TRUE_CLASS, (ALL, *THINGS)),
    _choice("cam", Name.PREDICTED, ("all", "right", "wrong"), "verdict"),
    _integer("cam", Name.PAGE, 1, OPEN),
    _choice("cam", Name.FIT, FITS),
    _among("cam", Name.CLASS, (PREDICTED, *THINGS)),
    _among("cam", Name.INTERPOLATION, METHODS),
    _among("cam", Name.COLOURS, COLOUR_MAPS),
    _choice("cam", Name.SCALE, ("this map", "all classes")),
    Parameter("cam", Name.ALPHA, "number", 0.5, low=0, high=1, views=("Map", "Interpolations")),
    _flag("cam", Name.CODE, views=("The sum",)),
    _choice("attack", Name.VIEW, ATTACK_VIEWS, "page"),
    _choice("attack", Name.SOURCE, ("Test pictures", "Draw one"), "input"),
    _integer("attack", Name.IMAGE, 0, OPEN, "digit", returns=True),
    _text(
        "attack",
        Name.TRUE_CLASS,
        f"{CLASS}, or “{ALL}”",
        "digit_class",
        pattern=link_words.CLASS_OR_ALL,
    ),
    _choice("attack", Name.PREDICTED, ("all", "right", "wrong"), "digit_verdict"),
    _integer("attack", Name.PAGE, 1, OPEN),
    _choice("attack", Name.NETWORK, ("A", "B", "M", "ResNet", OWN, *MINE), "model"),
    _among("attack", Name.ATTACK, ATTACKS, titles=tuple(ATTACK_TITLES.values())),
    _text("attack", Name.TARGET, CLASS, pattern=link_words.CLASS, returns=True),
    _integer("attack", Name.GRADIENTS, 1, 100, choices=tuple(map(str, BUDGETS))),
    Parameter("attack", Name.EPSILON, "integer", 24, low=0, high=128, old=("eps",)),
    _integer("attack", Name.STEP, 0, OPEN, views=("Step by step",)),
    _flag("attack", Name.LOGITS, views=("Live",)),
    _flag("attack", Name.CODE, views=("Step by step",)),
    _choice("attack", Name.CURVES, ("Tasks", "Networks", "Controls"), views=("Findings",)),
    _flag("attack", Name.ONLY_RIGHT, "first_right", views=("Findings",)),
    *yours_words.PARAMETERS,
)
_BY_KEY = {one.key: one for one in PARAMETERS}
# Chapter to its views of earlier versions that are another chapter's today, with their new names.
MOVED = {"convolution": {"Network": ("networks", ONE_NUMBER)}}
