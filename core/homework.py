"""This homework's facts and nothing else: its networks and what it asks of them, its attacks, its
questions. In core only this module and ``core.report`` know them; importing it registers its
checkpoints and results, so that ``core.checkpoints`` can check them and say how they are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import model_validator

from core.attacks import IMPROVED, PGD
from core.checkpoints.facts import CheckpointFacts, ResultFacts, register
from core.checkpoints.ingredients import IngredientRuns
from core.checkpoints.measured import AttackRates, CamCurves, ChannelPictures, Untrained
from core.checkpoints.timed import TimeToAccuracy
from core.explain.exciting import MOST, RANKED
from core.robustness import Task

MNIST_CNN, RESNET = "mnist_cnn", "cifar10_resnet"
SHORT_RESNET, PLAIN_RESNET = f"{RESNET}_short", f"{RESNET}_plain"
MODEL_A, MODEL_B = "mnist_model_a", "mnist_model_b"
CAM_RESULT, ATTACK_RESULT = "cifar10_resnet_cam", "mnist_attacks"
CHANNELS_RESULT = "cifar10_resnet_channels"
TIME_RESULT = "cifar10_resnet_time"
INGREDIENTS_RESULT = "cifar10_resnet_ingredients"
# Networks that keep the weights of every epoch, and what they were before the first.
UNTRAINED = {name: f"{name}_untrained" for name in (MNIST_CNN, RESNET)}

NAMES = {"A": "A, trained plainly", "B": "B, hardened", "M": "M, hides its gradient"}

NETWORKS: dict[str, CheckpointFacts] = {
    row.name: row
    for row in (
        CheckpointFacts(
            name=MNIST_CNN,
            title="Small CNN on MNIST",
            command="python train_all.py mnist",
            homework_accuracy=0.90,
            epochs=(),
        ),
        CheckpointFacts(
            name=RESNET,
            title="ResNet on CIFAR-10",
            command="python train_all.py resnet",
            homework_accuracy=0.85,
            weights="float16",
            epochs=("stem.0.weight",),
        ),
        CheckpointFacts(
            name=SHORT_RESNET,
            title="ResNet on CIFAR-10, 30 epochs",
            command="python train_all.py resnet --short",
            homework_accuracy=0.85,
            weights="none",
        ),
        CheckpointFacts(
            name=PLAIN_RESNET,
            title="ResNet on CIFAR-10, Adam at a fixed rate",
            command="python train_all.py resnet --plain",
            homework_accuracy=0.85,
            weights="none",
        ),
        CheckpointFacts(
            name=MODEL_A,
            title=f"Model {NAMES['A']}",
            command="python train_all.py attack-models",
            homework_accuracy=None,
        ),
        CheckpointFacts(
            name=MODEL_B,
            title=f"Model {NAMES['B']}",
            command="python train_all.py attack-models",
            homework_accuracy=None,
        ),
    )
}
ATTACKED = {"A": MODEL_A, "B": MODEL_B}  # name of a model to its checkpoint
MASKED = {"M": "A"}  # M is A with its logits multiplied (core.models.Saturated)
EPSILONS = (0, 2, 4, 8, 12, 16, 24, 32, 48, 64, 80)  # grey values of 255
SOURCE, TARGET = 1, 8  # tasks 2 and 3 make every 1 an 8
FIRST, SECOND, THIRD = "task 1: untargeted", "task 2: 1 → 8", "task 3: 1 → 8, improved"
PLAIN, NOISE = "plain PGD, untargeted", "random signs"
TASKS = (FIRST, SECOND, THIRD)
EVALUATED: dict[str, Task] = {
    FIRST: Task(IMPROVED, max_gradients=20),
    SECOND: Task(PGD, SOURCE, TARGET, max_gradients=100),
    THIRD: Task(IMPROVED, SOURCE, TARGET, max_gradients=100),
    PLAIN: Task(PGD, max_gradients=20),
    NOISE: Task(None, max_gradients=0),
}
TITLES = {
    FIRST: "Task 1: into any other class",
    SECOND: "Task 2: into a target, PGD",
    THIRD: "Task 3: into a target, improved",
    PLAIN: "PGD, cross-entropy",
    NOISE: "Random signs",
}  # what the names above are called where a class reads them
BONUS_EPSILONS = (8, 16)  # task 3 is asked for at these


class HomeworkRates(AttackRates):
    """What the homework's questions about attacks are answered with."""

    @model_validator(mode="after")
    def _has_every_rate(self) -> Self:
        self.expect(
            attacks=EVALUATED,
            models=(*ATTACKED, *MASKED),
            trained=ATTACKED,
            epsilons=EPSILONS,
        )
        return self


class ResNetPictures(ChannelPictures):
    """The pictures that excite each channel of the homework's ResNet most."""

    @model_validator(mode="after")
    def _has_every_channel(self) -> Self:
        self.expect(channels=RANKED, most=MOST)
        return self


RESULTS: dict[str, ResultFacts] = {
    row.name: row
    for row in (
        ResultFacts(
            name=CAM_RESULT,
            title="Class activation maps of the ResNet, put to the test",
            command="python train_all.py cam",
            layout=CamCurves,
        ),
        ResultFacts(
            name=ATTACK_RESULT,
            title="Success rates of attacks on models A, B and M",
            command="python train_all.py attack-curves",
            layout=HomeworkRates,
        ),
        ResultFacts(
            name=CHANNELS_RESULT,
            title="Pictures that excite each channel of the ResNet most",
            command="python train_all.py channels",
            layout=ResNetPictures,
        ),
        ResultFacts(
            name=TIME_RESULT,
            title="How long the ResNet trains to an accuracy",
            command="python -m benchmarks.time_to_accuracy --write checkpoints",
            layout=TimeToAccuracy,
        ),
        ResultFacts(
            name=INGREDIENTS_RESULT,
            title="What each ingredient of the ResNet's recipe brings",
            command="python train_all.py ingredients --fresh",
            layout=IngredientRuns,
        ),
        *(
            ResultFacts(
                name=result,
                title=f"{NETWORKS[network].title}, before its first step",
                command="python train_all.py untrained",
                layout=Untrained,
            )
            for network, result in UNTRAINED.items()
        ),
    )
}
# that the homework asks for
LEAST_EPOCHS = {MNIST_CNN: 5, RESNET: 30, SHORT_RESNET: 30, PLAIN_RESNET: 30}
register(*NETWORKS.values(), *RESULTS.values())


def shares(
    measured: Mapping[str, Any], *, first_right: bool = False
) -> dict[tuple[str, str, float], float]:
    """The success rate of each attack, network and epsilon, in [0, 1].

    Args:
        measured: the result ``mnist_attacks``.
        first_right: count only pictures that are classified right without an attack.
    """
    inputs, successes = ("right", "successes_right") if first_right else ("inputs", "successes")
    return {
        (row["attack"], row["model"], row["epsilon"]): row[successes] / max(1, row[inputs])
        for row in measured["rates"]
    }


def answers(measured: Mapping[str, Any], *, first_right: bool = False) -> list[str]:
    """The homework's questions about the attacks, answered with the measured numbers.

    Args:
        measured: the result ``mnist_attacks``.
        first_right: count only pictures that are classified right without an attack.

    Returns:
        A sentence or more for each: A against B, task 2 against task 3, the bonus, which set and
        why.
    """
    rate = shares(measured, first_right=first_right)
    bonus = [
        f"model {model} {rate[THIRD, model, epsilon]:.2%} at epsilon {epsilon}"
        for model in ATTACKED
        for epsilon in BONUS_EPSILONS
    ]
    ones = next(row["inputs"] for row in measured["rates"] if row["attack"] == THIRD)
    counted = "those right without an attack of " if first_right else ""
    return [
        f"{NAMES['A']}, against {NAMES['B']}: at epsilon 32 task 1 fools A on "
        f"{rate[FIRST, 'A', 32]:.2%} of the pictures and B on {rate[FIRST, 'B', 32]:.2%}: "
        "training against attacks helps.",
        f"Task 2 against task 3: at epsilon 12 on A task 2 reaches {rate[SECOND, 'A', 12]:.2%} "
        f"and task 3 {rate[THIRD, 'A', 12]:.2%}; at epsilon 64 on B {rate[SECOND, 'B', 64]:.2%} "
        f"and {rate[THIRD, 'B', 64]:.2%}, with the same 100 gradients.",
        f"Bonus, task 3 on {counted}{ones:,} ones: {', '.join(bonus)}.",
        "Training set or test set? The test set: on the pictures that it has learned a network "
        "would look more robust than it is.",
    ]
