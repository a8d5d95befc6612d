"""The command ``cam``: class activation maps put to the test, and the homework's pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import torch

from commands import computing, options
from commands.folders import check_download, check_writable, make_folders
from commands.options import Command, one_of, typed_command
from commands.progress import counting_bar
from core import checkpoints, faithfulness
from core.cam import METHODS
from core.checkpoints import Checkpoint, results
from core.data.facts import data_folder
from core.homework import CAM_RESULT, RESNET
from core.report import document, measurements, pages
from core.training.config import TrainConfig

FILES = ("cam_rows.png", "cam_interpolations.png")


@dataclass(frozen=True)
class Request:
    """What the options ask for.

    Attributes:
        pictures: how many are measured, the first ones.
        draws: random rankings of each kind for each picture.
        method: of the upsampling.
        alpha: opacity of the map in the drawn blends, in [0, 1].
        seed: of the random rankings.
        device: "auto", "cpu", "cuda" or "mps".
        precision: "auto", or as in ``TrainConfig``.
        data_dir: folder with the data sets, if not the usual one.
        no_download: whether the bundled pictures are taken where the data are missing.
        out: folder with the network, and for the result.
        report_dir: folder for the drawn pictures.
        runs_dir: folder for the finished parts.
    """

    pictures: int
    draws: int
    method: str
    alpha: float
    seed: int
    device: str
    precision: str
    data_dir: Path | None
    no_download: bool
    out: Path
    report_dir: Path
    runs_dir: Path


@click.command(cls=Command, short_help="Put the ResNet's class activation maps to the test.")
@options.number(
    "--pictures", 10_000, "Test pictures to measure, the first ones", low=1, high=10_000
)
@options.number("--draws", 3, "Random rankings of each kind for each picture", low=1, high=100)
@options.seed("Of the random rankings")
@click.option(
    "--method",
    type=one_of(*METHODS),
    default="bilinear",
    show_default=True,
    help="Of the upsampling.",
)
@options.number("--alpha", 0.5, "Opacity of the map in the drawn blends", low=0, high=1)
@computing.device
@computing.precision
@options.data_dir
@options.no_download
@options.out("Folder with the network, and for the result.")
@options.report_dir("Folder for the drawn pictures.", follows_out=True)
@options.runs_dir("Folder for the finished parts.", follows_out=True)
def cam(**chosen: Any) -> None:  # noqa: ANN401 - any option
    """Put the ResNet's class activation maps to the test, and draw the homework's pictures of them.

    Without the data set, and with --no-download, the bundled pictures are taken.
    """
    request = Request(**chosen)
    folders = {
        "out": request.out,
        "report_dir": request.report_dir,
        "runs_dir": request.runs_dir,
    }
    check_writable(**folders)
    loaded = checkpoints.load(RESNET, request.out)
    device = computing.torch_device(request.device)
    if not request.no_download:
        config = TrainConfig.from_dict(loaded.card["config"])
        check_download(config.dataset, data_folder(request.data_dir))
    make_folders(**folders)
    draw(loaded, request)  # takes a second
    card = measure(loaded, request, device)
    _print(card, request)


def draw(loaded: Checkpoint, request: Request) -> None:
    """Write the homework's pictures of class activation maps.

    Args:
        loaded: the network.
        request: what was asked for.
    """
    figures = pages.cam_figures(loaded, request.method, request.alpha)
    for figure, file in zip(figures, FILES):
        document.write_png(request.report_dir / file, figure)


def measure(loaded: Checkpoint, request: Request, device: torch.device) -> dict[str, Any]:
    """Put the class activation maps to the test, and write the result.

    Args:
        loaded: the network.
        request: what was asked for.
        device: to compute on.

    Returns:
        What was written.
    """
    config = TrainConfig.from_dict(loaded.card["config"])
    precision = computing.resolved_precision(request.precision, config, device)
    images, title = measurements.cam_images(
        config.dataset,
        data_folder(request.data_dir),
        request.pictures,
        download=not request.no_download,
    )
    with counting_bar(" pictures") as report:
        content = measurements.measure_cam(
            loaded,
            images.images,
            measurements.CamSetting(request.method, request.draws, request.seed, precision),
            validated_on=title,
            device=device,
            runs=request.runs_dir,
            on_progress=report,
        )
    return results.save(
        CAM_RESULT,
        content,
        command=typed_command(),
        seconds=content["seconds"],
        seed=request.seed,
        device=device.type,
        folder=request.out,
    )


def _print(card: dict[str, Any], request: Request) -> None:
    for kind in ("deletion", "insertion"):
        print(f"{kind} on {card['validated_on']} ({card['pictures']:,})")
        for ranking, area in faithfulness.areas(card[kind]).items():
            print(f"    area between {faithfulness.RANKINGS[0]} and {ranking}: {area:+.4f}")
    path = results.path(CAM_RESULT, request.out)
    print(
        f"written to {path}, pictures in {request.report_dir}, finished parts in {request.runs_dir}"
    )
