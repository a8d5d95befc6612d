"""The command ``attack-curves``: how often attacks on models A, B and M succeed."""

from __future__ import annotations

import math
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import click
import torch
from tqdm import tqdm

from commands import options as shared
from commands.folders import check_writable
from commands.options import Command
from core import attacks, checkpoints, robustness
from core.checkpoints import results
from core.data.facts import data_folder, facts
from core.data.load import load
from core.data.samples import load_samples
from core.models import Saturated, bounds_of, to_input


@click.command(cls=Command, short_help="Measure how often attacks on models A, B and M succeed.")
@shared.data_dir
@shared.no_download
@click.option(
    "--images",
    type=int,
    default=10_000,
    show_default=True,
    help="Test images to attack, the first so many.",
)
@shared.out("Folder with the networks, and for the result.")
@shared.runs_dir("Folder for the finished parts.")
def attack_curves(**chosen: Any) -> None:  # noqa: ANN401 - any option
    """Measure how often attacks on models A, B and M succeed."""
    with _one_thread():
        _attack_curves(SimpleNamespace(**chosen))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Inside the block torch computes with one thread: in networks this small two wait for each
    other.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _attack_curves(options: SimpleNamespace) -> None:
    """The command ``attack-curves``: every attack on every network at every epsilon, each a part
    that is kept.
    """
    if options.images < 1:
        raise click.UsageError(f"Expected --images of at least 1, got {options.images}.")
    check_writable(options.out, options.runs_dir)
    loaded = {
        letter: checkpoints.load(f"mnist_model_{letter.lower()}", options.out) for letter in "AB"
    }
    models = {letter: one.model.requires_grad_(False) for letter, one in loaded.items()}
    models["M"] = Saturated(models["A"])
    bounds = bounds_of(models["A"])
    test = load("mnist", "test", data_folder(options.data_dir), download=not options.no_download)
    test = test.subset(slice(options.images))
    images, labels = to_input(models["A"], test.images), test.labels
    work: list[tuple[str, ...]] = [
        (name, model, str(epsilon))
        for name in robustness.EVALUATED
        for model in models
        for epsilon in robustness.EPSILONS
    ]
    work += [
        ("transfer", pair, str(epsilon)) for pair in ("AB", "BA") for epsilon in robustness.EPSILONS
    ]
    work += [("breaking", model, "") for model in models]
    started = time.perf_counter()

    def measure(part: slice) -> Any:  # noqa: ANN401 - what JSON holds
        kind, which, epsilon = work[part.start]
        if kind == "transfer":
            return robustness.transfer_rate(
                models[which[0]], models[which[1]], images, labels, float(epsilon), bounds
            )
        if kind == "breaking":
            samples = load_samples("mnist")
            broken = attacks.breaking_epsilons(
                models[which],
                to_input(models[which], samples.images),
                samples.labels,
                bounds=bounds,
            )
            return [epsilon if math.isfinite(epsilon) else None for epsilon in broken.tolist()]
        return asdict(
            robustness.rate(kind, which, models[which], images, labels, float(epsilon), bounds)
        )

    settings = {
        "networks": {letter: one.card["weights"]["sha256"] for letter, one in loaded.items()},
        "validated_on": "the test images"
        if len(images) == facts("mnist").test_images
        else f"the first {len(images):,} of the test images",
        "images": len(images),
        "epsilons": list(robustness.EPSILONS),
    }
    found = {"rates": [], "transfer": {"AB": [], "BA": []}, "breaking": {}}  # type: dict[str, Any]
    parts = results.in_parts(
        len(work),
        1,
        measure,
        settings=settings | {"work": work},
        name="attacks",
        runs=options.runs_dir,
    )
    for (kind, which, _), (_, measured) in zip(
        work, tqdm(parts, total=len(work), unit=" rates", dynamic_ncols=True)
    ):
        if kind == "transfer":
            found["transfer"][which].append(measured)
        elif kind == "breaking":
            found["breaking"][which] = measured
        else:
            found["rates"].append(measured)
    results.save(
        "mnist_attacks",
        settings | found,
        command=shlex.join(["python", *sys.argv]),
        seconds=time.perf_counter() - started,
        seed=0,
        device="cpu",
        folder=options.out,
    )
    print(
        f"success of {robustness.THIRD} over the {int((labels == robustness.SOURCE).sum()):,} ones:"
    )
    for row in found["rates"]:
        if (
            row["attack"] == robustness.THIRD
            and row["epsilon"] in (8, 16)
            and row["model"] in loaded
        ):
            share = 100 * row["successes"] / row["inputs"]
            print(f"    epsilon {row['epsilon']:2.0f}, model {row['model']}: {share:.2f} %")
    print(f"written to {results.path('mnist_attacks', options.out)}")
