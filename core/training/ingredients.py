"""The ingredients of the ResNet's recipe, each a change of some settings that is measured by itself
on training images that are held out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.training.config import TrainConfig, with_overrides
from core.training.recipes import RECIPES

NAME = "recipe"  # of the recipe itself, which the ingredients are compared with
HELD_OUT = 5_000  # training images that every run is validated on, the same ones
BASE = RECIPES["cifar10_resnet_short"]  # the recipe of 30 epochs, whatever ships

ADAM = "Kingma & Ba, Adam, 2015"
CUTMIX = "Yun et al., CutMix, 2019"
SHARPNESS = "Foret et al., SAM, 2021; Kwon et al., ASAM, 2021"
DECAY = "Loshchilov & Hutter, Decoupled Weight Decay Regularization, 2019"
RATE = "Smith & Topin, Super-Convergence, 2018"
MOVED = "He et al., Deep Residual Learning for Image Recognition, 2016"
SHARPENED = "Gonzalez & Woods, Digital Image Processing, 2018"
FIRST_KERNELS = (
    "Krähenbühl et al., Data-dependent Initializations of Convolutional Neural Networks, 2016"
)
BATCH = "Keskar et al., On Large-Batch Training, 2017"


@dataclass(frozen=True)
class Ingredient:
    """One change of the recipe.

    Attributes:
        name: a word for the command line.
        title: what a person calls it.
        settings: of ``TrainConfig`` that differ from ``BASE``, by name.
        paper: that it is from.
        sentence: what it does, in a plain sentence.
    """

    name: str
    title: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    paper: str = ""
    sentence: str = ""

    def config(self, epochs: int, seed: int, **others: Any) -> TrainConfig:  # noqa: ANN401
        """The settings of one run.

        Args:
            epochs: of the run.
            seed: likewise.
            others: settings that say how it is computed and on how many images.

        Raises:
            TypeError: one of them is no number, or the like.
            ValueError: one of them is out of range.
        """
        own = {"epochs": epochs, "seed": seed, "held_out": HELD_OUT}
        return with_overrides(BASE, **{**self.settings, **own, **others})

    @property
    def as_kept(self) -> dict[str, Any]:
        """Its settings as JSON has them, which knows no tuples."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.settings.items()
        }


_EVERY = (
    Ingredient(
        NAME,
        "The recipe",
        sentence="The recipe of 30 epochs as it is, which all others are compared with.",
    ),
    Ingredient(
        "no-sharpness",
        "No sharpness-aware steps",
        {"sharpness": 0.0},
        SHARPNESS,
        "Each gradient is taken at the weights themselves, not at the worst ones nearby: an epoch "
        "needs a third fewer gradients.",
    ),
    Ingredient(
        "cutmix",
        "CutMix, half of the batches",
        {"cutmix": 0.5},
        CUTMIX,
        "In half of the batches, drawn at random until the last 15% of the steps, a box of each "
        "picture comes from another one, and so does its share of the target.",
    ),
    Ingredient(
        "no-smoothing",
        "No label smoothing",
        {"label_smoothing": 0.0},
        "Szegedy et al., Rethinking the Inception Architecture, 2016",
        "The target is the class alone; nothing of it is spread over the others.",
    ),
    Ingredient(
        "no-average",
        "No averaged weights",
        {"average": 0.0},
        "Tarvainen & Valpola, Mean Teachers Are Better Role Models, 2017",
        "The last step's weights are validated, not the moving average of all.",
    ),
    Ingredient(
        "no-precise-bn",
        "No precise batch norm",
        {"precise_bn": False},
        "Wu & Johnson, Rethinking “Batch” in BatchNorm, 2021",
        "Batch normalisation keeps the statistics that it has gathered on randomly changed "
        "pictures.",
    ),
    Ingredient(
        "weight-decay-0.1",
        "Weight decay 0.1",
        {"weight_decay": 0.1},
        DECAY,
        "The weights shrink a third as fast as in the recipe, which has 0.3.",
    ),
    Ingredient(
        "beta2-0.99",
        "Adam's β₂ 0.99",
        {"betas": (0.9, 0.99)},
        ADAM,
        "Adam's step sizes follow the squared gradients of the last 100 steps, not of 1,000.",
    ),
    Ingredient(
        "batch-256",
        "Batches of 256",
        {"batch_size": 256},
        BATCH,
        "Half as many steps in an epoch, each over twice as many pictures.",
    ),
    Ingredient(
        "batch-64",
        "Batches of 64",
        {"batch_size": 64},
        BATCH,
        "Twice as many steps in an epoch, each over half as many pictures.",
    ),
    Ingredient(
        "no-sharpness+cutmix",
        "CutMix, no sharpness",
        {"sharpness": 0.0, "cutmix": 0.5},
        f"{CUTMIX}; {SHARPNESS}",
        "CutMix in half of the batches in place of sharpness-aware steps.",
    ),
    Ingredient(
        "cutmix+weight-decay-0.1",
        "CutMix, weight decay 0.1",
        {"cutmix": 0.5, "weight_decay": 0.1},
        f"{CUTMIX}; {DECAY}",
        "CutMix in half of the batches, and weights that shrink a third as fast.",
    ),
    Ingredient(
        "mixup",
        "mixup, half of the batches",
        {"mixup": 0.5},
        "Zhang et al., mixup, 2018",
        "In half of the batches, drawn as with CutMix, each picture is blended with another one, "
        "and so are their targets.",
    ),
    Ingredient(
        "translate-4",
        "Moved by up to 4 pixels",
        {"translate": 4},
        MOVED,
        "Each picture is moved by up to four pixels each way after its random crop, mirrored at "
        "its border.",
    ),
    Ingredient(
        "unsharp-mask",
        "Sharpened by an unsharp mask",
        {"unsharp_mask": 1.0},
        SHARPENED,
        "Each picture is sharpened a little after its random crop, which enlarges and so blurs it: "
        "the pictures to validate are not blurred.",
    ),
    Ingredient(
        "cutmix-0.25",
        "CutMix, a quarter of the batches",
        {"cutmix": 0.25},
        CUTMIX,
        "In a quarter of the batches a box of each picture comes from another one.",
    ),
    Ingredient(
        "sharpness-1",
        "Sharpness radius 1",
        {"sharpness": 1.0},
        SHARPNESS,
        "Each gradient is taken at the worst weights within twice the recipe's radius.",
    ),
    Ingredient(
        "sharpness-every-2",
        "Sharpness in every second step",
        {"sharpness_every": 2},
        f"{SHARPNESS}; Liu et al., LookSAM, 2022",
        "Every second gradient is taken at the worst weights nearby, the others at the weights "
        "themselves: an epoch needs a sixth fewer gradients.",
    ),
    Ingredient(
        "beta2-0.95",
        "Adam's β₂ 0.95",
        {"betas": (0.9, 0.95)},
        ADAM,
        "Adam's step sizes follow the squared gradients of the last 20 steps, not of 1,000.",
    ),
    Ingredient(
        "epsilon-1e-5",
        "Adam's ε 0.00001",
        {"adam_epsilon": 1e-5},
        ADAM,
        "What Adam adds to the root of the squared gradients is a thousand times the usual: "
        "weights with tiny gradients move less.",
    ),
    Ingredient(
        "weight-decay-0.01",
        "Weight decay 0.01",
        {"weight_decay": 0.01},
        DECAY,
        "The weights shrink a thirtieth as fast as in the recipe, which has 0.3.",
    ),
    Ingredient(
        "rate-0.006",
        "Learning rate 0.006",
        {"learning_rate": 0.006},
        RATE,
        "The peak of the learning rate is twice the recipe's.",
    ),
    Ingredient(
        "rate-0.0015",
        "Learning rate 0.0015",
        {"learning_rate": 0.0015},
        RATE,
        "The peak of the learning rate is half of the recipe's.",
    ),
    Ingredient(
        "principal-kernels",
        "First kernels: principal components",
        {"principal_kernels": True},
        FIRST_KERNELS,
        "The first kernels begin as the principal components of the pictures' patches, not at "
        "random.",
    ),
    Ingredient(
        "translate-4+principal-kernels",
        "Moved by 4, principal components",
        {"translate": 4, "principal_kernels": True},
        f"{MOVED}; {FIRST_KERNELS}",
        "Pictures moved by up to four pixels, and first kernels that begin as the principal "
        "components of their patches.",
    ),
    Ingredient(
        "unsharp-mask+translate-2+principal-kernels",
        "Sharpened, moved by 2, principal components",
        {"unsharp_mask": 1.0, "translate": 2, "principal_kernels": True},
        f"{SHARPENED}; {MOVED}; {FIRST_KERNELS}",
        "Pictures sharpened a little and moved by up to two pixels, and first kernels that begin "
        "as the principal components of their patches.",
    ),
    Ingredient(
        "triangle",
        "A triangle of rates",
        {"schedule": "triangle"},
        RATE,
        "The learning rate falls in a line, not along a cosine.",
    ),
)
INGREDIENTS = {one.name: one for one in _EVERY}


def title(name: str) -> str:
    """What a person calls an ingredient; the name itself of one that is no longer in the list."""
    return INGREDIENTS[name].title if name in INGREDIENTS else name
