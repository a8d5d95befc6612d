"""The command ``cam``: class activation maps put to the test, and the homework's pictures."""

from __future__ import annotations

import shlex
import sys
import time
from types import SimpleNamespace
from typing import Any

import click
import torch
from tqdm import tqdm

from commands import options as shared
from commands.folders import check_writable
from commands.options import Command, torch_device, words
from core import cam as maps
from core import checkpoints, faithfulness
from core.checkpoints import results
from core.data.download import is_present
from core.data.facts import data_folder, facts
from core.data.load import load
from core.data.samples import load_samples
from core.models import to_input
from core.report import pages
from core.training.computing import automatic_precision
from core.training.config import AUTOCAST, TrainConfig

CAM_FILES = ("cam_rows.png", "cam_interpolations.png")


@click.command(cls=Command, short_help="Put the ResNet's class activation maps to the test.")
@shared.data_dir
@shared.no_download
@click.option(
    "--pictures",
    type=int,
    default=10_000,
    show_default=True,
    help="Test pictures to delete and insert pixels of, the first so many.",
)
@click.option(
    "--draws",
    type=int,
    default=3,
    show_default=True,
    help="Random rankings of each kind for each picture.",
)
@click.option(
    "--method",
    type=words(*maps.METHODS),
    default="bilinear",
    show_default=True,
    help="Of the upsampling.",
)
@click.option(
    "--alpha",
    type=float,
    default=0.5,
    show_default=True,
    help="Opacity of the map in the drawn blends.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random rankings.")
@shared.device
@shared.precision
@shared.out("Folder with the network, and for the result.")
@shared.report_dir("Folder for the drawn pictures.")
@shared.runs_dir("Folder for the finished parts.")
def cam(**chosen: Any) -> None:  # noqa: ANN401 - any option
    """Put the ResNet's class activation maps to the test, and draw the homework's pictures of them.

    Without the data set and with --no-download the bundled pictures are taken.
    """
    _cam(SimpleNamespace(**chosen))


def _cam(options: SimpleNamespace) -> None:
    """The command ``cam``: the pictures first, which take a second, then the measurement."""
    name, result = "cifar10_resnet", "cifar10_resnet_cam"
    if options.draws < 1 or not 0 <= options.alpha <= 1 or options.pictures < 1:
        raise click.UsageError(
            "Expected --draws and --pictures of at least 1 and --alpha from 0 to 1, got "
            f"{options.draws}, "
            f"{options.pictures} and {options.alpha:g}."
        )
    loaded = checkpoints.load(name, options.out)
    config = TrainConfig.from_dict(loaded.card["config"])
    device = torch_device(options.device)
    precision = (
        automatic_precision(config, device) if options.precision == "auto" else options.precision
    )
    check_writable(options.out, options.report_dir, options.runs_dir)
    for figure, file in zip(pages.cam_figures(loaded, options.method, options.alpha), CAM_FILES):
        figure.savefig(options.report_dir / file, dpi=150, metadata={"Software": None})
    data = data_folder(options.data_dir)
    if options.no_download and not is_present(config.dataset, data):
        test = load_samples(config.dataset).images
        validated_on = "the bundled pictures"
    else:
        test = load(config.dataset, "test", data, download=not options.no_download).images
        validated_on = "the test images"
    images = test[: options.pictures]
    if len(images) < len(test):
        validated_on = f"the first {len(images):,} of {validated_on}"
    model = loaded.model.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    fill = torch.tensor(facts(config.dataset).mean, device=device)
    started = time.perf_counter()

    def measure(part: slice) -> dict[str, dict[str, list[list[float]]]]:
        batch = to_input(model, images[part].to(device)).contiguous(
            memory_format=torch.channels_last
        )
        labels = maps.class_activation_maps(model, batch).logits.argmax(
            1
        )  # what the network sees in them
        with torch.autocast(device.type, AUTOCAST.get(precision), enabled=precision in AUTOCAST):
            return {
                kind: {
                    ranking: curves.tolist()
                    for ranking, curves in faithfulness.compare(
                        model,
                        batch,
                        labels,
                        fill=fill,
                        method=options.method,
                        insert=kind == "insertion",
                        draws=(options.draws, options.draws),
                        seed=options.seed,
                    ).items()
                }
                for kind in ("deletion", "insertion")
            }

    settings = {
        "method": options.method,
        "draws": options.draws,
        "precision": precision,
        "network": loaded.card["weights"]["sha256"],
        "validated_on": validated_on,
    }
    parts = results.in_parts(
        len(images),
        100,
        measure,
        settings=settings | {"seed": options.seed},
        name="cam",
        runs=options.runs_dir,
    )
    sums: dict[str, dict[str, Any]] = {
        kind: dict.fromkeys(faithfulness.RANKINGS, 0.0) for kind in ("deletion", "insertion")
    }
    with tqdm(total=len(images), unit=" pictures", dynamic_ncols=True) as bar:
        for part, found in parts:
            for kind, curves in found.items():
                for ranking, rows in curves.items():
                    sums[kind][ranking] = sums[kind][ranking] + torch.tensor(rows).double().sum(0)
            bar.update(part.stop - part.start)
    curves = {
        kind: {ranking: (total / len(images)).tolist() for ranking, total in rankings.items()}
        for kind, rankings in sums.items()
    }
    card = results.save(
        result,
        settings | curves | {"pictures": len(images), "shares": list(faithfulness.SHARES)},
        command=shlex.join(["python", *sys.argv]),
        seconds=time.perf_counter() - started,
        seed=options.seed,
        device=device.type,
        folder=options.out,
    )
    for kind in ("deletion", "insertion"):
        print(f"{kind} on {validated_on} ({len(images):,})")
        for ranking, area in faithfulness.areas(card[kind]).items():
            print(f"    area between {faithfulness.RANKINGS[0]} and {ranking}: {area:+.4f}")
    print(f"written to {results.path(result, options.out)}, pictures in {options.report_dir}")
