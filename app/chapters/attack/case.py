"""One attack on one picture, as the chapter draws and words it. No streamlit here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from app.chapters.attack.controls import AttackSetting
from app.ui import colours, loaders
from app.ui.gallery import ChosenImage
from core import attacks, robustness
from core.attacks import AttackResult
from core.cam import blend, class_activation_maps, upsample
from core.models import to_input

CURVES = {
    "Task 1: untargeted": robustness.FIRST,
    "Task 2: targeted PGD": robustness.SECOND,
    "Task 3: improved targeted": robustness.THIRD,
    "PGD, cross-entropy": robustness.PLAIN,
}  # attacks whose success was measured offline


TRANSFER = "transfer"
OTHERS = {"A": ("B",), "B": ("A",), "M": ("A", "B"), "Own": ("A", "B"), "ResNet": ()}


@dataclass(frozen=True)
class Case:
    """What is on the table.

    Attributes:
        letter: the network's name.
        network: that is attacked.
        shown: the picture.
        label: its class: the true one, or what the network sees in a picture that nobody has
            labelled.
        setting: of the attack.
    """

    letter: str
    network: loaders.Attackable
    shown: ChosenImage
    label: int
    setting: AttackSetting

    @property
    def image(self) -> Tensor:
        """(1, C, H, W) the picture as the network takes it."""
        return to_input(self.network.model, self.shown.image[None])

    def run(self, grey: float, *, keep: bool = False) -> AttackResult:
        """Attack the picture with an epsilon of so many grey values; ``keep`` the picture of every
        step.
        """
        goal = self.label if self.setting.target is None else self.setting.target
        return attacks.attack(
            self.network.model,
            self.image,
            goal,
            grey * self.network.grey,
            method=self.setting.method,
            targeted=self.setting.target is not None,
            bounds=self.network.bounds,
            max_gradients=self.setting.gradients,
            keep_pictures=keep,
        )

    def stored(self, images: Tensor) -> Tensor:
        """(N, C, H, W) of the network's pixels as grey values, uint8."""
        return ((images - self.network.bounds[0]) / self.network.grey).round().clamp(0, 255).byte()

    def logits(self, images: Tensor) -> Tensor:
        """(N, classes) what the network says of them."""
        with torch.no_grad():
            said: Tensor = self.network.model(images)
        return said

    def probabilities(self, images: Tensor) -> Tensor:
        """(N, classes) what the network sees in them."""
        return self.logits(images).softmax(1)

    def perturbation(self, adversarial: Tensor, grey: float) -> tuple[Tensor, str]:
        """The change on a fixed symmetric scale of ± epsilon, (3, H, W) uint8, and that scale in
        words.

        Of a grey picture orange is darker and blue brighter; of a colour picture mid-grey is no
        change.
        """
        change = (adversarial - self.image)[0] / self.network.grey
        most = max(1.0, grey)
        words = f"×{127.5 / most:.1f} (±{most:g})"
        if len(change) == 1:
            return colours.coloured(change[0], -most, most, colours.DIVERGING), words
        return (127.5 + 127.5 * change / most).round().clamp(0, 255).byte(), words

    def controls(self, adversarial: Tensor, grey: float) -> str:
        """The same picture on the other networks of its kind, and noise of equal size on this one,
        as Markdown.
        """
        noise = attacks.random_signs(
            self.image, grey * self.network.grey, bounds=self.network.bounds
        )
        asked = {f"random noise of the same size on {self.letter}": self.probabilities(noise)[0]}
        for letter in OTHERS[self.letter]:
            with torch.no_grad():
                logits: Tensor = loaders.attackable(letter).model(adversarial)
            asked |= {f"this picture on {letter}": logits[0].softmax(0)}
        seen = [
            f"{name}: **{self.network.classes[int(shares.argmax())]}** ({float(shares.max()):.0%})"
            for name, shares in asked.items()
        ]
        return "For comparison, " + "; ".join(seen) + "."

    def maps(self, adversarial: Tensor) -> tuple[Tensor, list[str]]:
        """Where the ResNet looks before and after: the maps of what it sees then, over the
        pictures, on one scale.
        """
        pair = torch.cat([self.image, adversarial])
        found = class_activation_maps(self.network.model, pair)
        seen = found.logits.argmax(1)
        heat = upsample(
            found.maps[torch.arange(2), seen], (pair.shape[2], pair.shape[3]), "bilinear"
        )
        low, high = colours.limits(heat, colours.DIVERGING)
        drawn = torch.stack([colours.coloured(one, low, high, colours.DIVERGING) for one in heat])
        names = [self.network.classes[place] for place in seen.tolist()]
        words = [
            f"{when}: map of {name}, ±{high:.1f}" for when, name in zip(("Before", "After"), names)
        ]
        return blend(self.stored(pair), drawn, 0.5), words

    def words(self, epsilon: str) -> str:
        """Everything that made a picture, for its caption."""
        target = (
            ""
            if self.setting.target is None
            else f" to {self.network.classes[self.setting.target]}"
        )
        return (
            f"{self.shown.name}; model {self.letter}; {self.setting.name}{target}, at most "
            f"{self.setting.gradients} "
            f"gradient{'s' * (self.setting.gradients != 1)}; epsilon {epsilon} of 255"
        )

    def verdict(self, before: Tensor, after: Tensor, spent: int) -> str:
        """What the attack has done, in words and an icon: it failed, it succeeded, or there was
        nothing left to do.

        Args:
            before: (classes,) probabilities of the picture itself.
            after: of the adversarial picture.
            spent: gradients.
        """

        def reached(probabilities: Tensor) -> bool:
            seen = int(probabilities.argmax())
            return (
                seen != self.label if self.setting.target is None else seen == self.setting.target
            )

        says = (
            f"the network sees **{self.network.classes[int(after.argmax())]}** "
            f"({float(after.max()):.1%})"
        )
        cost = f"{spent} gradient{'' if spent == 1 else 's'}"
        if reached(before):
            return f":material/info: Nothing to do: even without an attack {says}."
        return (
            f":material/{'cancel: Fooled' if reached(after) else 'shield: Holds'}: {says} "
            f"after {cost}."
        )


def rows_of(measured: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The success rates of one attack, or of transfer, where a row's model is the one that is
    asked.

    Args:
        measured: as ``train_all.py attack-curves`` keeps it.
        name: of ``robustness.EVALUATED``, or ``TRANSFER``.
    """
    if name != TRANSFER:
        return [row for row in measured["rates"] if row["attack"] == name]
    return [
        {
            "model": pair[1],
            "epsilon": epsilon,
            "inputs": measured["images"],
            "successes": round(share * measured["images"]),
        }
        for pair, shares in measured["transfer"].items()
        for epsilon, share in zip(measured["epsilons"], shares)
    ]


def answers(measured: Mapping[str, Any]) -> str:
    """The homework's questions about the attacks, answered with the measured numbers, as Markdown.

    Args:
        measured: as ``train_all.py attack-curves`` keeps it.
    """
    return "\n\n".join(
        "**{}**{}".format(*_parted(answer)) for answer in robustness.answers(measured)
    )


def _parted(answer: str) -> tuple[str, str]:
    """The question and what follows."""
    end = min(place for place in (answer.find(":"), answer.find("?")) if place >= 0) + 1
    return answer[:end], answer[end:]
