"""One training loop for every network of the homework: a step, an epoch, a whole training."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

from core.data.facts import LabelledImages
from core.evaluation import Evaluation
from core.gradients import takes_gradients
from core.training import parallel
from core.training.adversarial import attacked
from core.training.averaging import steps_taken, update_average
from core.training.batches import epoch_batches, epoch_seed, plain_batches
from core.training.computing import Computing
from core.training.config import TrainConfig
from core.training.finite import check_loss, check_state
from core.training.metrics import RunningMetrics, validate
from core.training.mixing import Images, Targets
from core.training.principal import begin_with_principal_kernels
from core.training.recorded import Rate, recorded_step
from core.training.records import EpochRecord, Progress, TrainResult
from core.training.resume import read_state, write_epoch, write_state
from core.training.schedule import attack_epsilon_at, learning_rate_at, sharpness_at
from core.training.sharpness import sharpness_aware
from core.training.state import TrainingState, copy_of, new_state, seeded
from core.training.statistics import measure_statistics

OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


def training_step(
    state: TrainingState,
    images: Images,
    targets: Targets,
    learning_rate: Rate,
    loss_weight: float = 1.0,
    sharpness: float = 0.0,
) -> Float[Tensor, "n classes"]:
    """One step: forward, loss, backward, clipped gradient, optimizer, moving average.

        g = ∇ loss(w)          with sharpness-aware minimisation at the worst weights near w
        w <- Adam(w, g)        or SGD(w, g); g scaled down to the norm config.gradient_clip
        a <- d·a + (1 - d)·w   the average that is evaluated and ships

    Args:
        state: the training; its weights, the optimizer's moments and the average change.
        images: one batch, as the network takes it.
        targets: its classes, or the shares of all classes in each image.
        learning_rate: the optimizer's, in this step.
        loss_weight: factor of the mean loss, see ``Batch.loss_weight``.
        sharpness: radius ρ within which the worst weights are looked for; 0: at w itself.

    Returns:
        The logits of the batch at the weights where the gradient was taken: those before the step,
        with sharpness-aware minimisation the worst ones nearby.
    """
    config, optimizer, scaler = state.config, state.optimizer, state.scaler
    with sharpness_aware(state, images, targets, sharpness):
        logits = state.logits(state.network, images)
        loss = F.cross_entropy(logits, targets, label_smoothing=config.label_smoothing)
        optimizer.zero_grad()
        scaler.scale(loss * loss_weight).backward()  # type: ignore[no-untyped-call]
    if config.gradient_clip:
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(state.model.parameters(), config.gradient_clip)
    set_learning_rate(optimizer, learning_rate)
    scaler.step(optimizer)
    scaler.update()
    if config.average:
        update_average(state.averaged, state.model, config.average, steps_taken(optimizer))
    return logits.detach()


def take_step(
    state: TrainingState,
    images: Images,
    targets: Targets,
    learning_rate: float,
    loss_weight: float,
    sharpness: float,
) -> Float[Tensor, "n classes"]:
    """``training_step``, from a recording where a GPU repeats them."""
    given = (images, targets, learning_rate, loss_weight, sharpness)
    if state.records:
        return recorded_step(state, training_step, *given)
    return training_step(state, *given)


def train_epoch(
    state: TrainingState, train: LabelledImages, on_progress: OnProgress, should_stop: ShouldStop
) -> Progress | None:
    """One epoch: a training step for each batch, until every image was seen once.

    Args:
        state: the training; its history says which epoch this is.
        train: images to train on, at least one.
        on_progress: called after every step.
        should_stop: asked after every step; the epoch ends where one of the processes says True.

    Returns:
        The whole epoch's loss and accuracy; None if it was stopped.

    Raises:
        TrainingError: the loss, or what an attack needs, is no longer finite.
    """
    config, epoch = state.config, len(state.history) + 1
    steps = math.ceil(len(train) / config.batch_size)
    first, total = (epoch - 1) * steps, config.epochs * steps
    metrics = RunningMetrics(epoch, steps, state.device)
    state.model.train()
    with seeded(epoch_seed(config, epoch)):  # dropout draws from the global generator
        for step, batch in enumerate(epoch_batches(state, train, epoch), start=first):
            where = f"in epoch {epoch}, step {step - first + 1} of {steps}"
            images = attacked(state, batch, attack_epsilon_at(config, step, total), where)
            rate, radius = learning_rate_at(config, step, total), sharpness_at(config, step)
            logits = take_step(state, images, batch.targets, rate, batch.loss_weight, radius)
            metrics.add(logits, batch)
            if metrics.step % state.reads_every == 0 or metrics.step == steps:
                progress = metrics.progress()
                check_loss(state, progress.loss, "loss", where)
                on_progress(progress)
            if parallel.any_process(should_stop(), state.device):
                return None
    return progress


@takes_gradients
@torch.enable_grad()
def fit(
    config: TrainConfig,
    train: LabelledImages,
    validation: LabelledImages,
    *,
    computing: Computing | None = None,
    state_folder: Path | None = None,
    epoch_tensors: Sequence[str] = (),
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> TrainResult:
    """A whole training: epoch after epoch, each followed by a validation and the state on the disk.

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
        state_folder: where the state and each epoch's weights are written; None writes nothing.
        epoch_tensors: names in the state dict that each epoch's file holds; () = all of it.
        on_progress: called after every step and every epoch, in this thread.
        should_stop: asked after every step; True ends the training after the last finished epoch.

    Returns:
        The network and its history.

    Raises:
        TrainingError: weights, statistics or loss are no longer finite (the state of the last
            finished epoch remains), or the state file does not fit the configuration.
        ValueError: there is no image to train on.
    """
    if not len(train):
        raise ValueError("Expected at least one image to train on, got none.")
    state = new_state(config, computing or Computing())
    train, validation = state.resident(train), state.resident(validation)
    resumed_from = _begin_or_go_on(state, train, state_folder, epoch_tensors)
    on_progress, should_stop = on_progress or _ignore, should_stop or _never
    evaluation = None
    while len(state.history) < config.epochs:
        before, started = copy_of(state.averaged), time.perf_counter()
        progress = train_epoch(state, train, on_progress, should_stop)
        if progress is None:
            state.averaged.load_state_dict(before)
            break
        evaluation = finish_epoch(state, progress, validation, started)
        write_epoch(state, state_folder, epoch_tensors)
        write_state(state, state_folder)
        on_progress(replace(progress, record=state.history[-1]))
    complete = len(state.history) == config.epochs
    if complete and config.precise_bn:
        evaluation = None
        batches, weight = plain_batches(state, train.subset(slice(config.precise_images or None)))
        with state.autocast():
            measure_statistics(state.averaged, batches, weight)
    if evaluation is None and state.history:
        evaluation = checked_validation(state, validation, "after the last epoch")
    model = state.averaged.eval()
    return TrainResult(model, tuple(state.history), evaluation, complete, resumed_from)


def _begin_or_go_on(
    state: TrainingState, train: LabelledImages, folder: Path | None, epoch_tensors: Sequence[str]
) -> int:
    """Take up what a run that was ended has left; without it begin, with the first kernels that the
    settings ask for.

    Args:
        state: before its first step.
        train: images to train on.
        folder: where the run's state is, or will be.
        epoch_tensors: names in the state dict that each epoch's file holds; () = all of it.

    Returns:
        The number of epochs that are finished.

    Raises:
        TrainingError: the state cannot be used.
    """
    finished = read_state(state, folder)
    if not finished:
        if state.config.principal_kernels:
            begin_with_principal_kernels(state, train)
        write_epoch(state, folder, epoch_tensors)
    return finished


def finish_epoch(
    state: TrainingState, progress: Progress, validation: LabelledImages, started: float
) -> Evaluation:
    """Validate the network and add the epoch's record to the history.

    Args:
        state: the training.
        progress: of the whole epoch.
        validation: images to evaluate the epoch on.
        started: ``time.perf_counter()`` when the epoch began.

    Returns:
        The validation's result.

    Raises:
        TrainingError: weights, statistics or validation loss are no longer finite.
    """
    trained = time.perf_counter() - started
    for model in (state.model, state.averaged):  # in every process in this order
        parallel.average_buffers(model)
    evaluation = checked_validation(state, validation, f"at the end of epoch {progress.epoch}")
    config, step = state.config, progress.epoch * progress.steps - 1
    record = EpochRecord(
        epoch=progress.epoch,
        train_loss=progress.loss,
        train_accuracy=progress.accuracy,
        validation_loss=evaluation.loss,
        validation_accuracy=evaluation.accuracy,
        confusion=evaluation.confusion.tolist(),
        learning_rate=learning_rate_at(config, step, config.epochs * progress.steps),
        seconds=time.perf_counter() - started,
        images_per_second=progress.images / trained,
    )
    state.history.append(record)
    return evaluation


def checked_validation(state: TrainingState, validation: LabelledImages, where: str) -> Evaluation:
    """Validate the network, unless it has left the finite numbers.

    Args:
        state: the training.
        validation: the images.
        where: the training stands.

    Returns:
        The validation's result.

    Raises:
        TrainingError: weights, statistics or validation loss are no longer finite.
    """
    check_state(state, where)
    evaluation = validate(state, validation)
    check_loss(state, evaluation.loss, "validation loss", where)
    return evaluation


def set_learning_rate(optimizer: Optimizer, learning_rate: Rate) -> None:
    """Let the optimizer's next step have this learning rate.

    Args:
        optimizer: changed in place.
        learning_rate: of all weights.
    """
    for group in optimizer.param_groups:
        group["lr"] = learning_rate


def _ignore(progress: Progress) -> None:
    """Report nothing."""


def _never() -> bool:
    return False
