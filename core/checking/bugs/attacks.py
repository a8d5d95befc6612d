"""What one step of an attack with a bug does: from where it stands, and by the gradients there.

x' <- clip(x + step_size * sign(gradient))    up the loss of the true class, or down that of the
                                              target; into [start - epsilon, start + epsilon]
                                              and into the range of pixels
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from core.checking.bugs import shared  # noqa: F401 - enters its bugs
from core.checking.bugs.registry import add

PART = "attacks"


@dataclass(frozen=True, eq=False)
class StepSetting:
    """Where an attack stands, in float64.

    Attributes:
        start: the image.
        point: where the step begins.
        true: gradient of the cross-entropy of the true class there.
        target: gradient of the cross-entropy of the target there.
        summed: of the gradients of the loss that is gone down or up, over all steps so far.
        targeted: whether the attack has a target.
        step_size: largest change of a pixel in this step.
        epsilon: largest change of a pixel.
        high: the largest pixel; 0 is the lowest.
    """

    start: Tensor
    point: Tensor
    true: Tensor
    target: Tensor
    summed: Tensor
    targeted: bool
    step_size: float
    epsilon: float
    high: float


Model = Callable[[StepSetting], Tensor]


def uphill(setting: StepSetting) -> Tensor:
    """The gradient that a right attack follows."""
    return -setting.target if setting.targeted else setting.true


def clipped(setting: StepSetting, points: Tensor) -> Tensor:
    """Points in the limit and in the range."""
    within = points.clamp(setting.start - setting.epsilon, setting.start + setting.epsilon)
    return within.clamp(0, setting.high)


def along(setting: StepSetting, direction: Tensor) -> Tensor:
    """A step by the signs of a direction."""
    return clipped(setting, setting.point + setting.step_size * direction.sign())


def right(setting: StepSetting) -> Tensor:
    """The step of a right attack."""
    return along(setting, uphill(setting))


def raw(setting: StepSetting) -> Tensor:
    """A step along the gradient itself, as long as its largest number says."""
    direction = uphill(setting)
    longest = direction.abs().max().clamp(min=1e-300)
    return clipped(setting, setting.point + setting.step_size * direction / longest)


def free(setting: StepSetting) -> Tensor:
    """A step that no limit holds."""
    moved = setting.point + setting.step_size * uphill(setting).sign()
    return moved.clamp(0, setting.high)


def around_last(setting: StepSetting) -> Tensor:
    """A step whose limit lies around the last point."""
    moved = setting.point + setting.step_size * uphill(setting).sign()
    low, high = setting.point - setting.epsilon, setting.point + setting.epsilon
    return moved.clamp(low, high).clamp(0, setting.high)


def out_of_range(setting: StepSetting) -> Tensor:
    """A step that may leave the range of pixels."""
    moved = setting.point + setting.step_size * uphill(setting).sign()
    return moved.clamp(setting.start - setting.epsilon, setting.start + setting.epsilon)


def to_one(setting: StepSetting) -> Tensor:
    """A step into the range 0..1, whatever the pixels are."""
    return out_of_range(setting).clamp(0, 1)


def narrow(setting: StepSetting) -> Tensor:
    """A step whose limit is 255 times too narrow."""
    moved = setting.point + setting.step_size * uphill(setting).sign()
    reach = setting.epsilon / 255
    return moved.clamp(setting.start - reach, setting.start + reach).clamp(0, setting.high)


MODELS: dict[str, Model] = {}


def _enter(name: str, model: Model | None, *, title: str, hint: str) -> None:
    if model is not None:
        MODELS[name] = model
    add(name, *([model] if model else []), part=PART, title=title, hint=hint)


_enter(
    "untargeted-sign-lost",
    lambda one: along(one, -one.true),
    title="the attack goes down the loss of the true class",
    hint="Should the loss of the true class grow or shrink?",
)
_enter(
    "targeted-sign-lost",
    lambda one: along(one, one.target),
    title="the attack goes up the loss of the target",
    hint="Should the loss of the target grow or shrink?",
)
_enter(
    "targeted-wrong-label",
    lambda one: along(one, -one.true),
    title="the attack aims at the true class",
    hint="Which labels does your loss compare the logits with?",
)
_enter(
    "target-unused",
    lambda one: along(one, one.true),
    title="the attack goes up the loss of the true class, wherever the target is",
    hint="In which line of your attack does the target change the step?",
)
_enter(
    "no-sign",
    raw,
    title="the step follows the gradient itself and not its sign",
    hint="How far does one step of yours move a pixel with a gradient of 0.001?",
)
_enter(
    "gradient-accumulated",
    lambda one: along(one, one.summed),
    title="the gradients of earlier steps are still in the sum",
    hint="What does backward() do to a gradient that is already there?",
)
_enter(
    "projection-wrong-centre",
    around_last,
    title="the limit lies around the last step and not around the image",
    hint="How far from the image may the second step lead?",
)
_enter(
    "projection-forgotten",
    free,
    title="nothing keeps the picture within epsilon",
    hint="How far from the image has your attack come after its last step?",
)
_enter(
    "clip-forgotten",
    out_of_range,
    title="pixels leave their range",
    hint="What becomes of a black pixel that is made darker?",
)
_enter(
    "clip-to-one",
    to_one,
    title="pixels from 0 to 255 are clipped to 0..1",
    hint="Which range do the pixels of these networks have?",
)
_enter(
    "epsilon-in-wrong-unit",
    narrow,
    title="epsilon is divided by 255 where pixels are from 0 to 255",
    hint="In which unit is epsilon counted, and in which are the pixels?",
)
_enter(
    "budget-exceeded",
    None,
    title="there are too many backward passes",
    hint="How often does your attack call backward() for one image?",
)
_enter(
    "change-returned",
    None,
    title="it returns the change, not the changed picture",
    hint="What does a network see that is given what your function returns?",
)
_enter(
    "step-too-small",
    None,
    title="the steps are too small to reach epsilon",
    hint="How far do all your steps lead together?",
)
_enter(
    "one-step-only",
    None,
    title="only one step is taken",
    hint="How often does the body of your loop run?",
)
