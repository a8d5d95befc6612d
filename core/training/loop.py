"""One training loop for every network of the homework; it can be killed at any moment and goes on
bit for bit.
"""

from __future__ import annotations

import json
import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path

import safetensors.torch
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from core import attacks
from core.checkpoints.files import epoch_file, write_weights, write_whole
from core.data.facts import LabelledImages
from core.evaluation import Evaluation, confusion_matrix, evaluate
from core.layers.winograd import use_winograd
from core.models import bounds_of, build_model, to_input
from core.training import parallel
from core.training.computing import Computing
from core.training.config import (
    AUGMENTATIONS,
    AUTOCAST,
    EpochRecord,
    Progress,
    TrainConfig,
    TrainingError,
    TrainResult,
)
from core.training.resume import STATE_FILE, _below, _sum_of
from core.training.schedule import learning_rate_at
from core.training.statistics import _batch_normalisations, _statistics_kept


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

    The order of the images and the augmentation of an epoch depend on (seed, epoch) alone, and the
    learning rate on the step alone; so weights, Adam's moments and the moving average, saved after
    each epoch, are all the state there is, and a run that was killed ends with the very same
    weights as one that was not (on a CPU with the same number of threads, bit for bit).

    In processes that train together (``core.training.parallel``) each one calls this with the same
    arguments. Every batch is shared out, gradients are averaged, results are added up, and rank 0
    writes the files; batch normalisation takes its statistics from each process's share, as it does
    under DistributedDataParallel anywhere.

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
        TrainingError: the loss is no longer finite (the state of the last finished epoch is kept),
            or the state file does not fit the configuration.
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
        if parallel.is_together():
            with (
                warnings.catch_warnings()
            ):  # the new name of broadcast_buffers still copies them once, and is younger
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
        if self.folder is not None and not resumed and parallel.rank() == 0:
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
            report(
                Progress(
                    record.epoch,
                    self.steps,
                    self.steps,
                    len(self.train),
                    record.train_loss,
                    record.train_accuracy,
                    record,
                )
            )
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
        sums = torch.zeros(
            3, dtype=torch.float64
        )  # of the losses, of the images classified right, of the images
        rate = 0.0
        self.model.train()
        with _seeded(self.config.seed * 100_003 + epoch):  # Dropout draws from the global generator
            for step, (images, labels, weight, batch) in enumerate(self._batches(epoch)):
                rate = learning_rate_at(self.config, (epoch - 1) * self.steps + step, total)
                self.done = ((epoch - 1) * self.steps + step + 1) / total
                share = weight * len(labels)  # of the batch, in images
                loss, right = self._step(
                    images, labels, rate, share * parallel.world_size() / batch
                )
                counts = torch.stack([loss * share, right * weight, torch.full_like(loss, share)])
                sums += parallel.total(counts).double().cpu()
                if not math.isfinite(float(sums[0])):
                    raise TrainingError(
                        f"The loss is no longer finite in epoch {epoch}, step {step + 1} of "
                        f"{self.steps}: lower "
                        f"--lr (now {self.config.learning_rate:g}) or use --precision fp32; the "
                        "state after "
                        f"epoch {epoch - 1} is kept."
                    )
                loss_sum, right_sum, seen = sums.tolist()
                report(
                    Progress(
                        epoch, step + 1, self.steps, round(seen), loss_sum / seen, right_sum / seen
                    )
                )
                if parallel.total(torch.full_like(loss, should_stop())):
                    return None
        trained = time.perf_counter() - started
        for model in (
            self.model,
            self.averaged,
        ):  # in every process in this order, lest they be mixed
            parallel.average_buffers(model)
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

    def _step(
        self, images: Tensor, labels: Tensor, rate: float, factor: float
    ) -> tuple[Tensor, Tensor]:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        if self.config.attack_epsilon:
            images = self._attacked(images, labels)
        with (
            self._at_the_worst_weights_nearby(images, labels)
            if self.config.sharpness
            else nullcontext()
        ):
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
        """The worst pictures nearby: from a random point, steps of 2.5 epsilon / steps uphill; none
        stops early.
        """
        steps = self.config.attack_steps
        method = replace(attacks.PGD, step_size=min(1.0, 2.5 / steps))
        epsilon = self.config.attack_epsilon * (self.done / max(self.config.warmup, self.done))
        seed = int(torch.randint(2**31, ()))  # from the epoch's own generator
        return attacks.attack(
            self.alone,
            images,
            labels,
            epsilon,
            method=method,
            bounds=bounds_of(self.model),
            max_gradients=steps,
            seed=seed,
            stop=False,
        ).adversarial

    def _loss(self, network: nn.Module, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        with self._autocast():
            logits = network(images)
        logits = logits.float()  # (N, classes)
        return logits, F.cross_entropy(logits, labels, label_smoothing=self.config.label_smoothing)

    @contextmanager
    def _at_the_worst_weights_nearby(self, images: Tensor, labels: Tensor) -> Iterator[None]:
        """Inside the block the weights w are w + ρ w² g / |w g|, element by element: uphill along
        the gradient g.

        Each process climbs by the gradient of every second of its own images: a direction needs no
        more, and it saves half the time. Small weights move little, so that ρ means the same in
        every layer.

        Source: Foret et al., "Sharpness-Aware Minimization for Efficiently Improving
            Generalization", 2021; Kwon et
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
        """Move the average: a <- d·a + (1-d)·w, with a smaller d in the first steps so that it
        forgets the start.
        """
        states = list(self.optimizer.state.values())
        done = (
            float(states[0]["step"]) if states else 0.0
        )  # none while fp16's scaler skips the first steps
        decay = min(self.config.average, (1 + done) / (10 + done))
        for kept, live in zip(
            self.averaged.state_dict().values(), self.model.state_dict().values()
        ):
            if kept.is_floating_point():
                kept.lerp_(live, 1 - decay)
            else:
                kept.copy_(live)

    def _batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor, float, int]]:
        """This process's part of every batch: images, labels, weight of an image, size of the whole
        batch.
        """
        generator = torch.Generator().manual_seed(self.config.seed * 100_003 + epoch)
        order = torch.randperm(len(self.train), generator=generator)
        for index in torch.split(order, self.config.batch_size):
            # Every process draws for the whole batch, so that the number of processes does not
            # change the pictures.
            images = AUGMENTATIONS[self.config.augmentation](self.train.images[index], generator)
            part, weight = parallel.share(torch.arange(len(index)))
            yield (
                self._prepare(images[part]),
                self.train.labels[index[part]].to(self.device),
                weight,
                len(index),
            )

    def _prepare(self, images: Tensor) -> Tensor:
        return to_input(self.model, images.to(self.device)).contiguous(memory_format=self.layout)

    def _autocast(self) -> torch.autocast:
        dtype = AUTOCAST.get(self.config.precision)
        return torch.autocast(self.device.type, dtype=dtype, enabled=dtype is not None)

    def _evaluate(self) -> Evaluation:
        part, weight = parallel.share(torch.arange(len(self.validation)))
        mine = self.validation.subset(part)
        with self._autocast():
            result = evaluate(self.averaged, mine.images, mine.labels, prepare=self._prepare)
        everyone = torch.zeros(
            1 + len(self.validation), dtype=torch.float64
        )  # the sum of losses, then predictions
        everyone[0] = result.loss * len(part)
        everyone[1 + part] = result.predictions.double()
        # MPS has no float64; a class is exact in float32, and the loss is printed with four
        # decimals.
        kind = torch.float32 if self.device.type == "mps" else torch.float64
        everyone = parallel.total((everyone * weight).to(self.device, kind)).cpu()
        predictions = everyone[1:].round().long()
        return Evaluation(
            loss=float(everyone[0]) / len(self.validation),
            confusion=confusion_matrix(self.validation.labels.cpu(), predictions),
            predictions=predictions,
        )

    @torch.no_grad()
    def _measure_statistics(self) -> None:
        """Give every batch normalisation the mean and variance of its inputs over all training
        images.

        The running statistics come from randomly changed pictures, seen while the weights still
        moved. A crop that is stretched to the full size again is smoother than a picture as the
        validation sees it, so that the maps of the latter have another mean and variance. No weight
        changes, and no validation image takes part.

        Source: Wu & Johnson, "Rethinking 'Batch' in BatchNorm", 2021, sections 3 and 5; Touvron et
            al.,
        "Fixing the Train-Test Resolution Discrepancy", 2019, adapt the statistics to the pictures
        of the test.
        """
        layers = _batch_normalisations(self.averaged)
        momentum = [layer.momentum for layer in layers]
        self.averaged.eval()
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # the mean over all batches
            layer.train()
        for index in (
            torch.split(torch.arange(len(self.train)), self.config.batch_size) if layers else ()
        ):
            part, _ = parallel.share(index)
            with self._autocast():
                self.averaged(self._prepare(self.train.images[part]))
        for layer, before in zip(layers, momentum):
            layer.momentum = before
        self.averaged.eval()
        parallel.average_buffers(self.averaged)

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        if self.config.average:
            tensors |= {
                f"averaged.{name}": value for name, value in self.averaged.state_dict().items()
            }
        names = {id(parameter): name for name, parameter in self.model.named_parameters()}
        for parameter, moments in self.optimizer.state.items():
            for key, value in moments.items():
                tensors[f"adam.{names[id(parameter)]}.{key}"] = torch.as_tensor(value)
        return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}

    def _save(self) -> None:
        if self.folder is None or parallel.rank() > 0:
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
                    key: value if key == "step" else value.to(self.device)
                    for key, value in moments.items()
                }
                if self.config.channels_last and parameter.dim() == 4:
                    for key in ("exp_avg", "exp_avg_sq"):
                        moment = self.optimizer.state[parameter][key]
                        self.optimizer.state[parameter][key] = moment.contiguous(
                            memory_format=self.layout
                        )
            self.scaler.load_state_dict(json.loads(metadata["scaler"]))
            self.history = [EpochRecord(**record) for record in json.loads(metadata["history"])]
            self.finished_weights = _copy(self.averaged)
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            RuntimeError,
            safetensors.SafetensorError,
        ) as error:
            reason = " ".join(str(error).split())
            raise TrainingError(
                f"The state {path} cannot be used ({reason}): delete it, or begin anew with "
                "--fresh."
            ) from error
        return len(self.history)


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _adam(model: nn.Module, config: TrainConfig) -> torch.optim.Adam:
    weights = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    return torch.optim.Adam(
        [
            {"params": weights, "weight_decay": config.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ],
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
