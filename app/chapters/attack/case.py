"""One attack on one picture, as the chapter draws and words it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from app.chapters.attack import questions, running
from app.chapters.attack.controls import AttackSetting, title_of
from app.chapters.attack.questions import Attacking
from app.ui import colours, heavy, networks
from app.ui.cache import cached
from app.ui.charts import rounded
from app.ui.gallery import ChosenImage
from app.ui.grids import Scene
from app.ui.link_words import MINE, network_name
from app.ui.networks import Source
from core import attacks
from core.attack_methods import SCORES
from core.attack_record import finite
from core.attacks import AttackResult
from core.cam import blend, class_activation_maps, upsample
from core.models import to_input
from core.stored import StoredPictures, as_stored

MAP_OPACITY = 0.5  # over the pictures
OTHERS = {"A": ("B",), "B": ("A",), "M": ("A", "B"), "Own": ("A", "B"), "ResNet": ()}
OTHERS |= dict.fromkeys(MINE, ("A", "B"))


def _files(source: Source, *_: object) -> list[Path]:
    return networks.source_files(source)


ATTACKS_AT = heavy.question(questions.attack_at, _files, most=100)
SMALLEST_EPSILON = heavy.question(questions.smallest_epsilon, _files, most=500)
SMALLEST_SOON = heavy.question(questions.smallest_epsilon, _files, most=500, short=True)
FIRST_SUCCESS = heavy.question(questions.first_success, _files, most=500)
STEP_RUN = heavy.question(running.run_of, _files, most=50)
FIRST_SOON = heavy.question(questions.first_success, _files, most=500, short=True)
_attacked = cached(_files, most=1000)(questions.attacked)


@dataclass(frozen=True)
class Maps:
    """Where the ResNet looks before and after an attack.

    Attributes:
        values: (2, H, W) of the maps.
        pictures: (2, 3, H, W) uint8, the maps over the pictures.
        captions: one for each.
    """

    values: Tensor
    pictures: Tensor
    captions: list[str]


@dataclass(frozen=True)
class Case:
    """What is attacked, and how.

    Every epsilon here is in units of 1/255, the distance of two grey values.

    Attributes:
        model: the name of the network: "A", "B", "M", "ResNet" or "Own".
        network: that is attacked.
        picture: that is changed.
        label: its class: the true one, or what the network sees in a picture that nobody has
            labelled.
        setting: of the attack.
    """

    model: str
    network: networks.AttackedNetwork
    picture: ChosenImage
    label: int
    setting: AttackSetting

    @property
    def image(self) -> Tensor:
        """(1, C, H, W) the picture as the network takes it."""
        return to_input(self.network.model, self.picture.image[None])

    def run(
        self, epsilon: float, *, keep_pictures: bool = False, whole: bool = True
    ) -> AttackResult:
        """Attack the picture.

        Args:
            epsilon: largest change of a pixel.
            keep_pictures: of every step.
            whole: look at whole grey values alone, so that a success is one on the screen too.
        """
        (result,) = self.runs((epsilon,), keep_pictures=keep_pictures, whole=whole)
        return result

    def runs(
        self, epsilons: Sequence[float], *, keep_pictures: bool = False, whole: bool = True
    ) -> list[AttackResult]:
        """Attack the picture at several epsilons; what may take long is computed beside the page.

        Args:
            epsilons: largest changes of a pixel.
            keep_pictures: of every step.
            whole: look at whole grey values alone.
        """
        network, source, attacking = self.network, self.network.source, self._attacking
        count = len(epsilons)
        if source is None or not questions.is_heavy(network, count * attacking.gradients):
            if source is not None and not keep_pictures:
                fields = fields_of(attacking)
                return [_attacked(source, fields, one, whole) for one in epsilons]
            more = {"keep_pictures": keep_pictures, "whole": whole}
            return [questions.attack(network, attacking, one, **more) for one in epsilons]
        asked = ATTACKS_AT(source, fields_of(attacking), tuple(epsilons), keep_pictures, whole)
        return list(heavy.values(asked, lambda done: (len(done) / count, "Attacking …")))

    def step_run(self, epsilon: float, moment: int) -> tuple[Scene, dict[str, Any]]:
        """One step of the attack as a picture and the code that made it.

        Args:
            epsilon: largest change of a pixel.
            moment: after so many looks at the picture.
        """
        source, attacking = self.network.source, self._attacking
        if source is None or not questions.is_heavy(self.network, attacking.gradients):
            return running.run(self.network, attacking, epsilon, moment)
        asked = STEP_RUN(source, fields_of(attacking), epsilon, moment)
        return heavy.value(asked, "Attacking once more, line by line …")

    def smallest_epsilon(self) -> float:
        """The epsilon at which this very attack succeeds on this picture while it fails one grey
        value below; infinite where no epsilon that was tried succeeds.
        """
        source, attacking = self.network.source, self._attacking
        if source is None:
            raise TypeError("Expected a network that can be read again, got one without a source.")
        long = questions.is_heavy(self.network, questions.BISECTIONS * attacking.gradients)
        asked = (SMALLEST_EPSILON if long else SMALLEST_SOON)(source, fields_of(attacking))
        return heavy.value(asked, "Looking for the smallest epsilon …")

    def first_success(self, epsilons: tuple[float, ...]) -> float:
        """The first of several epsilons at which this very attack succeeds on this picture;
        infinite where it does at none.

        Args:
            epsilons: in the order in which they are tried.
        """
        source, attacking = self.network.source, self._attacking
        if source is None:
            raise TypeError("Expected a network that can be read again, got one without a source.")
        long = questions.is_heavy(self.network, len(epsilons) * attacking.gradients)
        asked = (FIRST_SUCCESS if long else FIRST_SOON)(source, fields_of(attacking), epsilons)
        return heavy.value(asked, "Looking for the first success …")

    @property
    def _attacking(self) -> Attacking:
        setting = self.setting
        return Attacking(
            self.picture.image,
            setting.goal(self.label),
            astuple(setting.method),
            setting.targeted,
            setting.gradients,
        )

    def gradient_vanishes(self, pictures: Tensor) -> bool:
        """Whether the gradient of the score is 0 at all of the pictures (N, C, H, W)."""
        setting = self.setting
        points = pictures.detach().clone().requires_grad_(True)
        with torch.enable_grad():
            score = SCORES[setting.method.score](
                self.network.model(points), setting.goal(self.label), setting.targeted
            )
            (gradient,) = torch.autograd.grad(score.sum(), points)
        return not bool(gradient.any())

    def drawn(self, adversarial: Tensor, epsilon: float) -> StoredPictures:
        """A picture (1, C, H, W) of the attack in the grey values that the screen gets, and what
        the network says of these.
        """
        drawn = as_stored(
            self.network.model,
            adversarial,
            self.picture.image[None],
            epsilon * self.network.epsilon_unit,
            bounds=self.network.bounds,
        )
        finite(drawn.logits)
        return drawn

    def logits(self) -> Tensor:
        """(1, classes) of the network for the picture itself."""
        with torch.no_grad():
            logits: Tensor = self.network.model(self.image)
        return finite(logits)

    def seen(self, logits: Tensor, decimals: int = 1) -> str:
        """The class that logits (1, classes) stand for, with its probability."""
        name, share = self._most_probable(logits[0].softmax(0))
        return f"{name}, {share:.{decimals}%}"

    def _most_probable(self, probabilities: Tensor) -> tuple[str, float]:
        label = int(probabilities.argmax())
        return self.network.classes[label], float(probabilities[label])

    def perturbation(self, adversarial: Tensor, epsilon: float) -> tuple[Tensor, str]:
        """The change on a fixed symmetric scale of ± epsilon.

        Of a grey picture orange is darker and blue brighter; of a colour picture mid-grey is no
        change.

        Args:
            adversarial: (C, H, W) uint8.
            epsilon: the largest change.

        Returns:
            (3, H, W) uint8, and the scale for a caption.
        """
        change = adversarial.float() - self.picture.image.float()
        most = max(1.0, epsilon)
        scale = f"×{rounded(127.5 / most, 1)} (±{most:g})" if epsilon else "(none)"
        if len(change) == 1:
            return colours.coloured(change[0], -most, most, colours.DIVERGING), scale
        return (127.5 + 127.5 * change / most).round().clamp(0, 255).byte(), scale

    def controls(self, adversarial: StoredPictures, epsilon: float) -> str:
        """The same picture on the other networks of its kind, and noise of equal size on this one,
        as Markdown.
        """
        step = epsilon * self.network.epsilon_unit
        noise = attacks.random_signs(self.image, step, bounds=self.network.bounds)
        sentence = f"random noise of the same size on {network_name(self.model)}"
        probabilities = {sentence: self.drawn(noise, epsilon).logits[0].softmax(0)}
        for name in OTHERS[self.model]:
            other = networks.attacked_network(name).model
            with torch.no_grad():
                logits: Tensor = other(to_input(other, adversarial.images))
            probabilities[f"this picture on {network_name(name)}"] = logits[0].softmax(0)
        seen = [
            f"{name}: **{label}** ({share:.0%})"
            for name, (label, share) in (
                (name, self._most_probable(shares)) for name, shares in probabilities.items()
            )
        ]
        return "For comparison, " + "; ".join(seen) + "."

    def maps(self, adversarial: StoredPictures) -> Maps:
        """Where the ResNet looks before and after: the maps of what it sees then, over the
        pictures, on one scale.
        """
        pair = torch.cat([self.image, adversarial.inputs])
        result = class_activation_maps(self.network.model, pair)
        labels = result.logits.argmax(1)
        maps = result.maps[torch.arange(2), labels]
        heat = upsample(maps, (pair.shape[2], pair.shape[3]), "bilinear")
        low, high = colours.limits(heat, colours.DIVERGING)
        pictures = [colours.coloured(one, low, high, colours.DIVERGING) for one in heat]
        captions = [
            f"{when}: map of {self.network.classes[label]}, ±{high:.1f}"
            for when, label in zip(("Before", "After"), labels.tolist())
        ]
        drawn = torch.cat([self.picture.image[None], adversarial.images])
        return Maps(heat, blend(drawn, torch.stack(pictures), MAP_OPACITY), captions)

    def caption(self, epsilon: str) -> str:
        """Everything that made a picture."""
        setting = self.setting
        target = (
            "" if setting.target is None else f", target {self.network.classes[setting.target]}"
        )
        return (
            f"{self.picture.name}; network {network_name(self.model)}; "
            f"{title_of(setting.name)}{target}, at most {_gradients(setting.gradients)}; "
            f"epsilon {epsilon} of 255"
        )

    def verdict(self, before: Tensor, after: Tensor, spent: int) -> str:
        """What the attack has done, in words and an icon: it failed, it succeeded, it made another
        class than its target, or there was nothing left to do.

        Args:
            before: (classes,) probabilities of the picture itself.
            after: of the adversarial picture, as it is drawn.
            spent: gradients.
        """
        if self._succeeds(before):
            return f":material/info: Nothing to do: even without an attack {self._sees(before)}."
        if self._succeeds(after):
            result = "cancel: Fooled"
        else:
            holds = int(after.argmax()) == self.label
            result = f"shield: {'Holds' if holds else 'Misses its target'}"
        return f":material/{result}: {self._sees(after)} after {_gradients(spent)}."

    def _sees(self, probabilities: Tensor) -> str:
        name, probability = self._most_probable(probabilities)
        return f"the network sees **{name}** ({probability:.1%})"

    def beside(self, before: Tensor, after: Tensor, epsilon: float) -> str:
        """A sentence where success in real numbers, which the curves count, is another one than on
        the screen; else nothing.

        A success in whole grey values is one in real numbers as well, so only where the network
        holds is the attack made again.

        Args:
            before: (classes,) probabilities of the picture itself.
            after: of the adversarial picture, as it is drawn.
            epsilon: largest change of a pixel.
        """
        if self._succeeds(before) or self._succeeds(after):
            return ""
        succeeds = bool(self.run(epsilon, whole=False).success[0])
        return " With fractions of grey values the attack succeeds." if succeeds else ""

    def _succeeds(self, probabilities: Tensor) -> bool:
        seen, target = int(probabilities.argmax()), self.setting.target
        return seen != self.label if target is None else seen == target


def fields_of(attacking: Attacking) -> tuple[Any, ...]:
    """An attack as a question takes it."""
    return tuple(getattr(attacking, one.name) for one in fields(attacking))


def _gradients(count: int) -> str:
    return f"{count} gradient{'' if count == 1 else 's'}"
