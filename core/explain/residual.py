"""Every step of the ResNet's forward pass, what each costs, and the shortcut's share in a block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from core.checks import check_kind
from core.explain.forward import multiplications
from core.models import ResidualBlock, ResNet, parameter_count

BLOCKS = ("block1", "block2", "block3")
INPUT, NORMALIZED, STEM, POOLED, LOGITS = "input", "normalize", "stem", "pool", "fc"
# The parts of a block in order; what comes out of it is called as the block itself.
IN_BLOCK = (*(f"main.{number}" for number in range(5)), "shortcut.0", "shortcut.1", "sum")
# All steps that learn channels to look at, in order.
LAYERS = (
    *(f"{STEM}.{number}" for number in range(3)),
    *(name for block in BLOCKS for name in (*(f"{block}.{part}" for part in IN_BLOCK), block)),
)
CHANNELS = dict(zip((STEM, *BLOCKS), (64, 128, 256, 512)))


def residual_steps(
    model: ResNet, images: Float[Tensor, "n 3 32 32"]
) -> dict[str, Float[Tensor, "n _ *_"]]:
    """The forward pass of ``ResNet`` with every step on the way.

    A block's output is called as the block, and what enters it is the stem's last step or the
    output of the block before: ``block_input``. F(x) is the last step of its main path.

    Args:
        model: the network, in eval mode.
        images: in [0, 1].

    Returns:
        Dotted name of each module to what comes out of it, in order, with "input" and, for each
        block, "BLOCK.sum".

    Raises:
        TypeError: this is another network.
    """
    check_kind("model", model, ResNet)
    steps = {INPUT: images, NORMALIZED: model.normalize(images)}
    features = _walk(steps, STEM, model.stem, steps[NORMALIZED])  # (N, 64, 32, 32)
    for name, block in zip(BLOCKS, (model.block1, model.block2, model.block3)):
        main = _walk(steps, f"{name}.main", block.main, features)
        shortcut = _walk(steps, f"{name}.shortcut", block.shortcut, features)
        steps[f"{name}.sum"] = main + shortcut
        features = steps[name] = steps[f"{name}.sum"].relu()
    steps[POOLED] = model.pool(features)  # (N, 512, 1, 1)
    steps[LOGITS] = model.fc(steps[POOLED].flatten(1))  # (N, 10)
    return steps


def _walk(steps: dict[str, Tensor], name: str, layers: nn.Sequential, features: Tensor) -> Tensor:
    for number, layer in enumerate(layers):
        features = steps[f"{name}.{number}"] = layer(features)
    return features


def stage_of(layer: str) -> str:
    """The stem or the block that a step of ``LAYERS`` belongs to."""
    return layer.partition(".")[0]


def norm_of(layer: str) -> str:
    """The batch normalisation that a step of ``LAYERS`` is, or goes into, or comes from."""
    stage, _, part = layer.partition(".")
    if stage == STEM:
        return f"{STEM}.1"
    if part.startswith("shortcut"):
        return f"{stage}.shortcut.1"
    return f"{stage}.main.1" if part in IN_BLOCK[:3] else f"{stage}.main.4"


def before_norm(norm: str) -> str:
    """The convolution that a batch normalisation follows."""
    path, _, number = norm.rpartition(".")
    return f"{path}.{int(number) - 1}"


def block_input(block: str) -> str:
    """The step that enters a block."""
    index = BLOCKS.index(block)
    return BLOCKS[index - 1] if index else f"{STEM}.2"


@dataclass(frozen=True)
class Cost:
    """What a step of the network learns and computes.

    Attributes:
        parameters: that it learns.
        multiplications: of an input by a weight, for one picture; see ``core.explain.forward``.
    """

    parameters: int
    multiplications: int

    def __add__(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(
            self.parameters + other.parameters, self.multiplications + other.multiplications
        )


def costs(model: ResNet, steps: Mapping[str, Float[Tensor, "n _ *_"]]) -> dict[str, Cost]:
    """The cost of every module without children that is a step.

    Args:
        model: the network.
        steps: of ``residual_steps``, for the shapes.
    """
    return {
        name: Cost(parameter_count(module), multiplications(module, tuple(steps[name].shape[1:])))
        for name, module in model.named_modules()
        if name in steps and not isinstance(module, ResidualBlock)
    }


def cost_of(all_costs: Mapping[str, Cost], stage: str) -> Cost:
    """The cost of a step, or of all steps of a stage such as "block1" or "block1.shortcut"."""
    found = [cost for name, cost in all_costs.items() if f"{name}.".startswith(f"{stage}.")]
    return sum(found, Cost(0, 0))


@dataclass(frozen=True)
class ShortcutShare:
    """What a block's output is made of, over the cells where its ReLU is open.

        output = ReLU(F(x) + shortcut(x)), and where it is above 0: output = F(x) + shortcut(x)

    So the sums of both over these cells add up to the output's. One of them may be negative.

    Attributes:
        opened: cells where the sum is above 0.
        cells: all of them.
        main: sum of F(x) over the open cells.
        shortcut: sum of the shortcut over the open cells.
    """

    opened: int
    cells: int
    main: float
    shortcut: float

    @property
    def output(self) -> float:
        """The sum of the output over all cells."""
        return self.main + self.shortcut

    @property
    def share(self) -> float | None:
        """The shortcut's part of the output: above 1 where F(x) takes away, below 0 where the
        shortcut does; None where the output is 0 everywhere.
        """
        return self.shortcut / self.output if self.opened else None


def shortcut_share(
    main: Float[Tensor, "*c h w"], shortcut: Float[Tensor, "*c h w"]
) -> ShortcutShare:
    """The shortcut's share in a block's output.

    Args:
        main: F(x), of one channel or of all.
        shortcut: of the same channels.
    """
    opened = main + shortcut > 0
    return ShortcutShare(
        int(opened.sum()),
        opened.numel(),
        float(main[opened].double().sum()),
        float(shortcut[opened].double().sum()),
    )
