"""One training loop for every network of the homework; it can be killed at any moment and goes on bit for bit."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

import safetensors.torch
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from core import attacks, distributed
from core.datasets import LabelledImages, random_affine, random_crop_flip, random_shift
from core.evaluation import Evaluation, confusion_matrix, evaluate
from core.layers.winograd import use_winograd
from core.models import bounds_of, build_model, to_input

Precision = Literal["fp32", "bf16", "fp16"]
STATE_FILE = "state.safetensors"
AUTOCAST: dict[Precision, torch.dtype] = {"bf16": torch.bfloat16, "fp16": torch.float16}
AUGMENTATIONS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "none": lambda images, generator: images,
    "shift": random_shift,
    "affine": random_affine,
    "crop_flip": random_crop_flip,
}


class TrainingError(Exception):
    """Training cannot start or go on; the message is one sentence for a person."""


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a run's result, saved with the checkpoint and enough to repeat it.

    Attributes:
        model: name in ``core.models.MODELS``.
        dataset: name in ``core.datasets.DATASETS``.
        epochs: passes over the training images.
        batch_size: images per step; the last, smaller batch of an epoch is used too.
        learning_rate: Adam's rate; the peak of it where the schedule is "one_cycle".
        schedule: "constant", or "one_cycle": linear up over ``warmup``, then cosine down to zero.
        warmup: share of all steps on the way up.
        betas: Adam's decay rates of the two moments.
        weight_decay: Adam's decoupled weight decay, on weights with two or more dimensions only.
        label_smoothing: share of the target that is spread over all classes (training loss only).
        average: decay per step of the exponential moving average of the weights that is evaluated and shipped; 0 = off.
        precise_bn: after the last epoch, batch normalisation's statistics are measured anew on all training images as
            the validation sees them.
        gradient_clip: largest norm of the whole gradient; 0 = off.
        sharpness: radius ρ of sharpness-aware minimisation (gradients at the worst weights nearby); 0 = off.
        dropout: of networks that have it (``DigitNet``).
        attack_epsilon: radius of adversarial training in the unit of the pixels: each batch is attacked by projected
            gradient descent before its step (Madry et al., 2018); 0 = off. It grows from 0 over ``warmup``, since a
            network that knows nothing learns nothing from the worst pictures.
        attack_steps: gradients of that attack.
        augmentation: name in ``AUGMENTATIONS``: "none", "shift" (up to 1 pixel each way), "affine" (turned, stretched
            and moved a little) or "crop_flip" (the homework's for CIFAR-10).
        held_out: training images held out and validated on instead of the test images, to choose settings; 0 = none.
        limit: use only the first so many training and test images (smoke runs); 0 = all.
        precision: "fp32", or autocast to "bf16" or "fp16".
        channels_last: keep images and weights in NHWC memory order.
        seed: of the initial weights, the order of the images and the augmentation.
    """

    model: str
    dataset: str
    epochs: int
    batch_size: int
    learning_rate: float
    schedule: Literal["constant", "one_cycle"] = "one_cycle"
    warmup: float = 0.25
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    average: float = 0.0
    precise_bn: bool = False
    gradient_clip: float = 0.0
    sharpness: float = 0.0
    dropout: float = 0.5
    attack_epsilon: float = 0.0
    attack_steps: int = 7
    augmentation: str = "none"
    held_out: int = 0
    limit: int = 0
    precision: Precision = "fp32"
    channels_last: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse settings that cannot be trained with.

        Raises:
            TypeError: a setting that counts is no number; names it, what was expected and what came.
            ValueError: a setting is out of range; likewise.
        """
        for name, low, high in (
            ("epochs", 1, 10_000),
            ("batch_size", 1, 1_000_000),
            ("learning_rate", 0.0, 1e3),
            ("warmup", 0.0, 1.0),
            ("weight_decay", 0.0, 1e3),
            ("label_smoothing", 0.0, 1.0),
            ("average", 0.0, 1.0),
            ("gradient_clip", 0.0, math.inf),
            ("sharpness", 0.0, 1e3),
            ("dropout", 0.0, 1.0),
            ("attack_epsilon", 0.0, 255.0),
            ("attack_steps", 1, 1_000),
            ("held_out", 0, 1_000_000),
            ("limit", 0, 1_000_000_000),
            ("seed", 0, 2**31 - 1),
        ):
            value = getattr(self, name)
            if not isinstance(value, int if isinstance(low, int) else int | float):
                kind = "a whole number" if isinstance(low, int) else "a number"
                raise TypeError(f"Expected {name} to be {kind}, got {value!r}.")
            if not low <= value <= high:  # also false for NaN
                raise ValueError(f"Expected {name} from {low} to {high}, got {value}.")
        if self.learning_rate == 0:
            raise ValueError("Expected a learning_rate above 0, got 0.")
        for name in ("precise_bn", "channels_last"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"Expected {name} to be True or False, got {getattr(self, name)!r}.")
        two = isinstance(self.betas, tuple) and len(self.betas) == 2
        if not two or not all(isinstance(beta, int | float) and 0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"Expected betas to be two numbers from 0 to below 1, got {self.betas!r}.")
        for name, known in (
            ("schedule", ("constant", "one_cycle")),
            ("augmentation", tuple(AUGMENTATIONS)),
            ("precision", ("fp32", *AUTOCAST)),
        ):
            if getattr(self, name) not in known:
                raise ValueError(f"Expected {name} to be one of {', '.join(known)}, got {getattr(self, name)!r}.")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """Rebuild a configuration from a card.

        Raises:
            ValueError: a setting is missing, unknown or out of range.
        """
        known = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or not set(values) <= known:
            raise ValueError(f"Expected the settings {', '.join(sorted(known))}, got {values!r}.")
        try:
            return cls(**(values | {"betas": tuple(values["betas"])} if "betas" in values else values))
        except TypeError as error:
            raise ValueError(f"The configuration does not fit: {error}.") from error


@dataclass(frozen=True)
class Computing:
    """How a training is computed. It decides the time, and of the result only the rounding.

    Attributes:
        device: where to compute.
        winograd: compute suitable float32 convolutions by ``core.layers.winograd`` (on a CPU).
        compile: let torch.compile generate code for the network (pays on CUDA; takes a minute to begin).
    """

    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    winograd: bool = False
    compile: bool = False


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch brought. Losses are mean cross-entropies in nats without label smoothing.

    Attributes:
        epoch: 1 is the first.
        train_loss: mean over the epoch's steps, each measured before its update, as the weights were then.
        train_accuracy: likewise, share in [0, 1].
        validation_loss: of the (averaged) weights after the epoch, before ``precise_bn``.
        validation_accuracy: likewise, share in [0, 1].
        confusion: validation confusion matrix after the epoch, row = true class, column = predicted class.
        learning_rate: at the epoch's last step.
        seconds: training and validation together.
        images_per_second: training alone.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    confusion: list[list[int]]
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass(frozen=True)
class Progress:
    """Sent to the callback after every step, and once more when an epoch is complete.

    Attributes:
        epoch: the running epoch, 1 is the first.
        step: steps done in this epoch.
        steps: steps in an epoch.
        images: images seen in this epoch.
        loss: running mean cross-entropy of the epoch.
        accuracy: running training accuracy of the epoch.
        record: the finished epoch, None while it runs.
    """

    epoch: int
    step: int
    steps: int
    images: int
    loss: float
    accuracy: float
    record: EpochRecord | None = None


@dataclass(frozen=True)
class TrainResult:
    """A finished or stopped training.

    Attributes:
        model: the (averaged) network, in eval mode; with ``precise_bn`` when the training is complete.
        history: one record per finished epoch.
        evaluation: the validation result of ``model`` (None when no epoch was finished).
        complete: whether all epochs were trained.
        resumed_from: finished epochs found in the state file, 0 for a fresh run.
    """

    model: nn.Module
    history: tuple[EpochRecord, ...]
    evaluation: Evaluation | None
    complete: bool
    resumed_from: int


def learning_rate_at(config: TrainConfig, step: int, total: int) -> float:
    """The learning rate of one step.

    one_cycle, with t = step / total and w = warmup: rate · t / w on the way up, then rate · (1 + cos π(t-w)/(1-w)) / 2
    down to zero (Smith & Topin, "Super-Convergence", 2018, with a cosine instead of a line).

    Args:
        config: the settings.
        step: 0 is the first.
        total: steps of the whole training.

    Returns:
        The rate to use in this step.
    """
    if config.schedule == "constant":
        return config.learning_rate
    done = (step + 1) / (total + 1)  # neither the first nor the last step has rate zero
    if done < config.warmup:
        return config.learning_rate * done / config.warmup
    return config.learning_rate * (1 + math.cos(math.pi * (done - config.warmup) / (1 - config.warmup))) / 2


def fit(
    config: TrainConfig,
    train: LabelledImages,
    validation: LabelledImages,
    *,
    computing: Computing | None = None,
    state_folder: Path | None = None,
    kept: Sequence[str] = (),
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> TrainResult:
    """Train one network.

    The order of the images and the augmentation of an epoch depend on (seed, epoch) alone, and the learning rate on
    the step alone; so weights, Adam's moments and the moving average, saved after each epoch, are all the state there
    is, and a run that was killed ends with the very same weights as one that was not (on a CPU with the same number of
    threads, bit for bit).

    In processes that train together (``core.distributed``) each one calls this with the same arguments. Every batch is
    shared out, gradients are averaged, results are added up, and rank 0 writes the files; batch normalisation takes its
    statistics from each process's share, as it does under DistributedDataParallel anywhere.

    Args:
        config: the settings.
        train: images to train on.
        validation: images to evaluate each epoch on.
        computing: how to compute; None: plainly on the CPU.
        state_folder: where the state and each epoch's weights are kept; None keeps nothing.
        kept: names in the state dict that each epoch's file holds; () = all of it.
        on_progress: called after every step and every epoch, in this thread.
        should_stop: asked after every step; True ends the training after the last finished epoch.

    Returns:
        The network and its history.

    Raises:
        TrainingError: the loss is no longer finite (the state of the last finished epoch is kept), or the state file
            does not fit the configuration.
        ValueError: there is no image to train on.
    """
    if not len(train):
        raise ValueError("Expected at least one image to train on, got none.")
    run = _Run(config, train, validation, computing or Computing(), state_folder, kept)
    return run.fit(on_progress, should_stop)


class _Run:
    """The changing state of one training: network, Adam, moving average, history."""

    def __init__(
        self,
        config: TrainConfig,
        train: LabelledImages,
        validation: LabelledImages,
        computing: Computing,
        folder: Path | None,
        kept: Sequence[str],
    ) -> None:
        self.config = config
        self.train = train
        self.validation = validation
        self.device = computing.device
        self.folder = folder
        self.kept = kept
        self.layout = torch.channels_last if config.channels_last else torch.contiguous_format
        with _seeded(config.seed):
            self.model = build_model(asdict(config))
            self.averaged = build_model(asdict(config)) if config.average else self.model
        self.averaged.load_state_dict(self.model.state_dict())
        for model in (self.model, self.averaged):
            model.to(device=self.device, memory_format=self.layout)  # type: ignore[call-overload]
            if computing.winograd:
                use_winograd(model)
        self.alone: nn.Module = torch.compile(self.model) if computing.compile else self.model  # type: ignore[assignment]
        self.network = self.alone
        if distributed.is_together():
            with warnings.catch_warnings():  # the new name of broadcast_buffers still copies them once, and is younger
                warnings.simplefilter("ignore", FutureWarning)
                self.network = DistributedDataParallel(
                    self.network, broadcast_buffers=False, gradient_as_bucket_view=True
                )
        self.optimizer = _adam(self.model, config)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=config.precision == "fp16")
        self.history: list[EpochRecord] = []
        self.steps = math.ceil(len(train) / config.batch_size)
        self.done = 0.0  # share of the steps
        self.finished_weights = _copy(self.averaged)  # after the last finished epoch

    def fit(
        self, on_progress: Callable[[Progress], None] | None, should_stop: Callable[[], bool] | None
    ) -> TrainResult:
        report = on_progress or (lambda progress: None)
        resumed = self._restore()
        if self.folder is not None and not resumed and distributed.rank() == 0:
            write_weights(self.folder / epoch_file(0), self.averaged, self.kept)
        evaluation = None
        while len(self.history) < self.config.epochs:
            finished = self._epoch(len(self.history) + 1, report, should_stop or (lambda: False))
            if finished is None:
                self.averaged.load_state_dict(self.finished_weights)
                break
            evaluation, record = finished
            self.history.append(record)
            self.finished_weights = _copy(self.averaged)
            self._save()
            report(Progress(record.epoch, self.steps, self.steps, len(self.train), record.train_loss,
                            record.train_accuracy, record))  # fmt: skip
        complete = len(self.history) == self.config.epochs
        if complete and self.config.precise_bn:
            self._measure_statistics()
            evaluation = self._evaluate()
        if evaluation is None and self.history:
            evaluation = self._evaluate()
        return TrainResult(
            model=self.averaged.eval(),
            history=tuple(self.history),
            evaluation=evaluation,
            complete=complete,
            resumed_from=resumed,
        )

    def _epoch(
        self, epoch: int, report: Callable[[Progress], None], should_stop: Callable[[], bool]
    ) -> tuple[Evaluation, EpochRecord] | None:
        started = time.perf_counter()
        total = self.steps * self.config.epochs
        sums = torch.zeros(3, dtype=torch.float64)  # of the losses, of the images classified right, of the images
        rate = 0.0
        self.model.train()
        with _seeded(self.config.seed * 100_003 + epoch):  # Dropout draws from the global generator
            for step, (images, labels, weight, batch) in enumerate(self._batches(epoch)):
                rate = learning_rate_at(self.config, (epoch - 1) * self.steps + step, total)
                self.done = ((epoch - 1) * self.steps + step + 1) / total
                share = weight * len(labels)  # of the batch, in images
                loss, right = self._step(images, labels, rate, share * distributed.world_size() / batch)
                counts = torch.stack([loss * share, right * weight, torch.full_like(loss, share)])
                sums += distributed.total(counts).double().cpu()
                if not math.isfinite(float(sums[0])):
                    raise TrainingError(
                        f"The loss is no longer finite in epoch {epoch}, step {step + 1} of {self.steps}: lower "
                        f"--lr (now {self.config.learning_rate:g}) or use --precision fp32; the state after "
                        f"epoch {epoch - 1} is kept."
                    )
                loss_sum, right_sum, seen = sums.tolist()
                report(Progress(epoch, step + 1, self.steps, round(seen), loss_sum / seen, right_sum / seen))
                if distributed.total(torch.full_like(loss, should_stop())):
                    return None
        trained = time.perf_counter() - started
        for model in (self.model, self.averaged):  # in every process in this order, lest they be mixed
            distributed.average_buffers(model)
        evaluation = self._evaluate()
        return evaluation, EpochRecord(
            epoch=epoch,
            train_loss=loss_sum / seen,
            train_accuracy=right_sum / seen,
            validation_loss=evaluation.loss,
            validation_accuracy=evaluation.accuracy,
            confusion=evaluation.confusion.tolist(),
            learning_rate=rate,
            seconds=time.perf_counter() - started,
            images_per_second=seen / trained,
        )

    def _step(self, images: Tensor, labels: Tensor, rate: float, factor: float) -> tuple[Tensor, Tensor]:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if self.config.attack_epsilon:
            images = self._attacked(images, labels)
        with self._at_the_worst_weights_nearby(images, labels) if self.config.sharpness else nullcontext():
            logits, loss = self._loss(self.network, images, labels)
            self.optimizer.zero_grad(set_to_none=True)
            self.scaler.scale(loss * factor if factor != 1 else loss).backward()  # type: ignore[no-untyped-call]
        if self.config.gradient_clip:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.gradient_clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        with torch.no_grad():
            if self.config.average:
                self._average()
            plain = F.cross_entropy(logits, labels) if self.config.label_smoothing else loss
            return plain.detach(), (logits.argmax(1) == labels).sum()

    def _attacked(self, images: Tensor, labels: Tensor) -> Tensor:
        """The worst pictures nearby: from a random point, steps of 2.5 epsilon / steps uphill; none stops early."""
        steps = self.config.attack_steps
        method = replace(attacks.PGD, step_size=min(1.0, 2.5 / steps))
        epsilon = self.config.attack_epsilon * (self.done / max(self.config.warmup, self.done))
        seed = int(torch.randint(2**31, ()))  # from the epoch's own generator
        return attacks.attack(
            self.alone, images, labels, epsilon, method=method, bounds=bounds_of(self.model),
            max_gradients=steps, seed=seed, stop=False,
        ).adversarial  # fmt: skip

    def _loss(self, network: nn.Module, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        with self._autocast():
            logits = network(images)
        logits = logits.float()  # (N, classes)
        return logits, F.cross_entropy(logits, labels, label_smoothing=self.config.label_smoothing)

    @contextmanager
    def _at_the_worst_weights_nearby(self, images: Tensor, labels: Tensor) -> Iterator[None]:
        """Inside the block the weights w are w + ρ w² g / |w g|, element by element: uphill along the gradient g.

        Each process climbs by the gradient of every second of its own images: a direction needs no more, and it saves
        half the time. Small weights move little, so that ρ means the same in every layer.

        Source: Foret et al., "Sharpness-Aware Minimization for Efficiently Improving Generalization", 2021; Kwon et
        al., "ASAM: Adaptive Sharpness-Aware Minimization for Scale-Invariant Learning", 2021.
        """
        weights: list[Tensor] = list(self.model.parameters())
        with _statistics_kept(self.model):
            _, loss = self._loss(self.alone, images[::2], labels[::2])
            gradients = torch.autograd.grad(self.scaler.scale(loss), weights)
        before = [weight.detach().clone() for weight in weights]
        steps = list(torch._foreach_mul(before, list(gradients)))  # w g
        length = torch.stack(torch._foreach_norm(steps)).norm()
        torch._foreach_mul_(steps, before)
        torch._foreach_mul_(steps, self.config.sharpness / length.clamp(min=1e-30))
        with torch.no_grad():
            if bool(length.isfinite()):  # fp16's first scales may overflow
                torch._foreach_add_(weights, steps)
        try:
            yield
        finally:
            with torch.no_grad():
                torch._foreach_copy_(weights, before)

    def _average(self) -> None:
        """Move the average: a <- d·a + (1-d)·w, with a smaller d in the first steps so that it forgets the start."""
        states = list(self.optimizer.state.values())
        done = float(states[0]["step"]) if states else 0.0  # none while fp16's scaler skips the first steps
        decay = min(self.config.average, (1 + done) / (10 + done))
        for kept, live in zip(self.averaged.state_dict().values(), self.model.state_dict().values()):
            if kept.is_floating_point():
                kept.lerp_(live, 1 - decay)
            else:
                kept.copy_(live)

    def _batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor, float, int]]:
        """This process's part of every batch: images, labels, weight of an image, size of the whole batch."""
        generator = torch.Generator().manual_seed(self.config.seed * 100_003 + epoch)
        order = torch.randperm(len(self.train), generator=generator)
        for index in torch.split(order, self.config.batch_size):
            # Every process draws for the whole batch, so that the number of processes does not change the pictures.
            images = AUGMENTATIONS[self.config.augmentation](self.train.images[index], generator)
            part, weight = distributed.share(torch.arange(len(index)))
            yield self._prepare(images[part]), self.train.labels[index[part]].to(self.device), weight, len(index)

    def _prepare(self, images: Tensor) -> Tensor:
        return to_input(self.model, images.to(self.device)).contiguous(memory_format=self.layout)

    def _autocast(self) -> torch.autocast:
        dtype = AUTOCAST.get(self.config.precision)
        return torch.autocast(self.device.type, dtype=dtype, enabled=dtype is not None)

    def _evaluate(self) -> Evaluation:
        part, weight = distributed.share(torch.arange(len(self.validation)))
        mine = self.validation.subset(part)
        with self._autocast():
            result = evaluate(self.averaged, mine.images, mine.labels, prepare=self._prepare)
        everyone = torch.zeros(1 + len(self.validation), dtype=torch.float64)  # the sum of losses, then predictions
        everyone[0] = result.loss * len(part)
        everyone[1 + part] = result.predictions.double()
        # MPS has no float64; a class is exact in float32, and the loss is printed with four decimals.
        kind = torch.float32 if self.device.type == "mps" else torch.float64
        everyone = distributed.total((everyone * weight).to(self.device, kind)).cpu()
        predictions = everyone[1:].round().long()
        return Evaluation(
            loss=float(everyone[0]) / len(self.validation),
            confusion=confusion_matrix(self.validation.labels.cpu(), predictions),
            predictions=predictions,
        )

    @torch.no_grad()
    def _measure_statistics(self) -> None:
        """Give every batch normalisation the mean and variance of its inputs over all training images.

        The running statistics come from randomly changed pictures, seen while the weights still moved. A crop that is
        stretched to the full size again is smoother than a picture as the validation sees it, so that the maps of the
        latter have another mean and variance. No weight changes, and no validation image takes part.

        Source: Wu & Johnson, "Rethinking 'Batch' in BatchNorm", 2021, sections 3 and 5; Touvron et al.,
        "Fixing the Train-Test Resolution Discrepancy", 2019, adapt the statistics to the pictures of the test.
        """
        layers = _batch_normalisations(self.averaged)
        momentum = [layer.momentum for layer in layers]
        self.averaged.eval()
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # the mean over all batches
            layer.train()
        for index in torch.split(torch.arange(len(self.train)), self.config.batch_size) if layers else ():
            part, _ = distributed.share(index)
            with self._autocast():
                self.averaged(self._prepare(self.train.images[part]))
        for layer, before in zip(layers, momentum):
            layer.momentum = before
        self.averaged.eval()
        distributed.average_buffers(self.averaged)

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        if self.config.average:
            tensors |= {f"averaged.{name}": value for name, value in self.averaged.state_dict().items()}
        names = {id(parameter): name for name, parameter in self.model.named_parameters()}
        for parameter, moments in self.optimizer.state.items():
            for key, value in moments.items():
                tensors[f"adam.{names[id(parameter)]}.{key}"] = torch.as_tensor(value)
        return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}

    def _save(self) -> None:
        if self.folder is None or distributed.rank() > 0:
            return
        write_weights(self.folder / epoch_file(len(self.history)), self.averaged, self.kept)
        tensors = self._tensors()
        metadata = {
            "sha256": _sum_of(tensors),
            "config": json.dumps(asdict(self.config)),
            "history": json.dumps([asdict(record) for record in self.history]),
            "scaler": json.dumps(self.scaler.state_dict()),
        }
        write_whole(self.folder / STATE_FILE, safetensors.torch.save(tensors, metadata))

    def _restore(self) -> int:
        """Take up the saved state; returns the number of epochs it has finished."""
        if self.folder is None or not (self.folder / STATE_FILE).is_file():
            return 0
        path = self.folder / STATE_FILE
        try:
            with safetensors.safe_open(str(path), framework="pt") as file:
                metadata = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
            config = TrainConfig.from_dict(json.loads(metadata["config"]))
            if config != self.config:
                raise ValueError("it was written with other settings")
            if _sum_of(tensors) != metadata["sha256"]:
                raise ValueError("its SHA-256 differs from the one it was written with")
            self.model.load_state_dict(_below(tensors, "model."))
            if self.config.average:
                self.averaged.load_state_dict(_below(tensors, "averaged."))
            for name, parameter in self.model.named_parameters():
                moments = _below(tensors, f"adam.{name}.")
                self.optimizer.state[parameter] = {
                    key: value if key == "step" else value.to(self.device) for key, value in moments.items()
                }
                if self.config.channels_last and parameter.dim() == 4:
                    for key in ("exp_avg", "exp_avg_sq"):
                        moment = self.optimizer.state[parameter][key]
                        self.optimizer.state[parameter][key] = moment.contiguous(memory_format=self.layout)
            self.scaler.load_state_dict(json.loads(metadata["scaler"]))
            self.history = [EpochRecord(**record) for record in json.loads(metadata["history"])]
            self.finished_weights = _copy(self.averaged)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, safetensors.SafetensorError) as error:
            reason = " ".join(str(error).split())
            raise TrainingError(
                f"The state {path} cannot be used ({reason}): delete it, or begin anew with --fresh."
            ) from error
        return len(self.history)


def epoch_file(epoch: int) -> str:
    """Name of the file that holds the weights after an epoch; 0 is before training."""
    return f"epoch_{epoch:03d}.safetensors"


def write_weights(path: Path, model: nn.Module, kept: Sequence[str] = ()) -> None:
    """Write a network's state dict, or the named tensors of it, as safetensors, whole or not at all."""
    state = model.state_dict()
    tensors = {name: state[name].detach().cpu().contiguous() for name in kept or state}
    write_whole(path, safetensors.torch.save(tensors))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old content or the new, never a part."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:  # a full disk, Ctrl-C
        partial.unlink(missing_ok=True)
        raise


def _sum_of(tensors: dict[str, Tensor]) -> str:
    total = hashlib.sha256()
    for name in sorted(tensors):
        total.update(name.encode())
        total.update(tensors[name].contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


@contextmanager
def _statistics_kept(model: nn.Module) -> Iterator[None]:
    """Inside the block batch normalisation uses each batch's statistics and leaves its running ones as they are."""
    layers = _batch_normalisations(model)
    for layer in layers:
        layer.track_running_stats = False
    try:
        yield
    finally:
        for layer in layers:
            layer.track_running_stats = True


def _batch_normalisations(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in model.modules() if isinstance(module, nn.BatchNorm2d) and module.track_running_stats]


def _adam(model: nn.Module, config: TrainConfig) -> torch.optim.Adam:
    weights = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    return torch.optim.Adam(
        [{"params": weights, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}],
        lr=config.learning_rate,
        betas=config.betas,
        decoupled_weight_decay=True,
    )


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed torch's global generators inside the block, and give them back as they were."""
    devices = range(torch.cuda.device_count()) if torch.cuda.is_available() else ()
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


def with_overrides(config: TrainConfig, **overrides: Any) -> TrainConfig:  # noqa: ANN401 - any setting
    """A copy with the given settings, skipping those that are None (an option that was not given)."""
    return replace(config, **{name: value for name, value in overrides.items() if value is not None})


def run_folder(name: str, config: TrainConfig, runs: Path) -> Path:
    """The folder that holds a run's state; other settings give another folder, so runs never mix."""
    usual = {
        setting.name: setting.default for setting in fields(config)
    }  # a setting that is new does not change a name
    chosen = {name: value for name, value in asdict(config).items() if value != usual[name]}
    digest = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()
    return runs / f"{name}-{digest[:10]}"


def automatic_precision(config: TrainConfig, device: torch.device) -> Precision:
    """The fastest precision that trains as well as float32 does: half, where the device computes with it itself.

    Args:
        config: of a wide network (``channels_last``); a small one gains nothing and stays in float32.
        device: where to compute.

    Returns:
        "bf16" on GPUs and processors that have it, "fp16" on other GPUs, "fp32" elsewhere.
    """
    if not config.channels_last:
        return "fp32"
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"
    able = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return "bf16" if any(able.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16")) else "fp32"


def fastest_computing(config: TrainConfig, device: torch.device) -> Computing:
    """The fastest way to compute a training on a device: Winograd's for float32 on a processor, compiled on CUDA."""
    return Computing(
        device=device,
        winograd=device.type == "cpu" and config.precision == "fp32",
        compile=device.type == "cuda" and config.channels_last,
    )


def state_bytes(config: TrainConfig, kept: Sequence[str] = ()) -> int:
    """Bytes on the disk that a whole training's state takes, with the copy that exists while it is replaced.

    Args:
        config: the settings.
        kept: as ``fit`` has it.

    Returns:
        Bytes.
    """
    model = build_model(asdict(config))
    state: dict[str, int] = {name: value.nbytes for name, value in model.state_dict().items()}
    each_epoch = sum(state[name] for name in kept or state)
    whole = sum(state.values())
    copies = 4 if config.average else 3  # weights, their average, Adam's two moments
    return 2 * copies * whole + (config.epochs + 1) * each_epoch


def duration(seconds: float) -> str:
    """Seconds as a person reads them: "42 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


# The settings that make what ships. Chosen on 5,000 held-out training images; see the README.
RECIPES: dict[str, TrainConfig] = {
    "mnist_cnn": TrainConfig(
        model="MnistCNN",
        dataset="mnist",
        epochs=30,
        batch_size=64,
        learning_rate=1e-2,
        label_smoothing=0.05,
        average=0.99,
        augmentation="affine",
    ),
    "cifar10_resnet": TrainConfig(
        model="ResNet",
        dataset="cifar10",
        epochs=30,
        batch_size=128,
        learning_rate=3e-3,
        warmup=0.2,
        weight_decay=0.3,
        label_smoothing=0.1,
        average=0.999,
        precise_bn=True,
        sharpness=0.5,
        augmentation="crop_flip",
        channels_last=True,
    ),
    "mnist_model_a": TrainConfig(
        model="DigitNet",
        dataset="mnist",
        epochs=20,
        batch_size=64,
        learning_rate=2e-3,
    ),
    "mnist_model_b": TrainConfig(  # against attacks
        model="DigitNet",
        dataset="mnist",
        epochs=20,
        batch_size=128,
        learning_rate=3e-3,
        warmup=0.4,
        average=0.999,
        dropout=0.0,
        attack_epsilon=36.0,
        attack_steps=5,
    ),
    "cifar10_resnet_plain": TrainConfig(  # as a student would: Adam at its usual rate, to compare with
        model="ResNet",
        dataset="cifar10",
        epochs=30,
        batch_size=128,
        learning_rate=1e-3,
        schedule="constant",
        augmentation="crop_flip",
        channels_last=True,
    ),
}
