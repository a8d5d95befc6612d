"""The commands ``mnist``, ``resnet`` and ``attack-models``: their options."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from commands import computing, options, settings
from commands.options import FOLDER, Call, Command, Number, Option, one_of
from commands.trainer import Request, train_network
from core import homework
from core.data.facts import ROOT
from core.training.recipes import RECIPES

NETWORKS = {
    "mnist": (homework.MNIST_CNN,),
    "resnet": (homework.RESNET,),
    "attack-models": (homework.MODEL_A, homework.MODEL_B),
}
# What else a command trains, by the name of its option; of these the card alone is kept.
OTHERWISE = {"resnet": {"short": homework.SHORT_RESNET, "plain": homework.PLAIN_RESNET}}


def training_command(name: str) -> click.Command:
    """A command that trains the networks of ``NETWORKS`` one after the other.

    Args:
        name: of the command.
    """
    networks = NETWORKS[name]
    titles = "; ".join(homework.NETWORKS[network].title for network in networks)

    @click.command(
        name,
        cls=Command,
        help=f"Train: {titles}.",
        short_help=f"Train: {titles}.",
        epilog=settings.explanation(networks),
    )
    @_which_networks(name)
    @settings.options(networks)
    @_how_to_compute
    @_where_to_write
    @_how_to_run
    @click.pass_obj
    def train(
        call: Call,
        /,
        only: tuple[str, ...],
        **chosen: Any,  # noqa: ANN401 - any option
    ) -> None:
        asked = [other for flag, other in OTHERWISE.get(name, {}).items() if chosen.pop(flag)]
        if len(asked) > 1:
            raise click.UsageError("--short and --plain are two trainings: name one of them.")
        request = request_of(**chosen)
        if request.fresh:
            call.again = "The same command without --fresh"
        command = [sys.executable, str(ROOT / "train_all.py"), *call.arguments]
        if asked:
            train_network(asked[0], request, command)
            return
        for network in only or networks:
            train_network(network, request, [*command, "--only", network])

    return train


def _which_networks(command: str) -> Callable[[Any], Any]:
    """The options that choose among the networks of a command."""
    networks = NETWORKS[command]
    only = click.option(
        "--only",
        multiple=True,
        type=one_of(*networks),
        help="Train this network alone; may be repeated.",
    )
    if command not in OTHERWISE:
        return only
    short, plain = (RECIPES[OTHERWISE[command][flag]] for flag in ("short", "plain"))
    return _together(
        only,
        click.option(
            "--short",
            is_flag=True,
            help=f"Train for {short.epochs} epochs, with what serves best in so few of them; keep "
            "the card alone.",
        ),
        click.option(
            "--plain",
            is_flag=True,
            help=f"Train as a student does: Adam at a fixed rate of {plain.learning_rate:g}, "
            f"{plain.epochs} epochs; keep the card alone.",
        ),
    )


def _together(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """One decorator that gives a command several options, in this order in its help."""

    def decorate(function: Any) -> Any:  # noqa: ANN401 - a function or a command
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


_how_to_compute = _together(
    click.option(
        "--set",
        "others",
        multiple=True,
        metavar="NAME=VALUE",
        help="Another setting, such as average=0.99; may be repeated; see below.",
    ),
    computing.precision,
    computing.device,
    click.option(
        "--processes",
        cls=Option,
        type=Number(int),
        show_default="2 for the ResNet on a processor, else 1",
        help="Processes that share each batch.",
    ),
)
_where_to_write = _together(
    options.data_dir,
    options.no_download,
    click.option(
        "--out",
        cls=Option,
        type=FOLDER,
        metavar="FOLDER",
        show_default="checkpoints/; with --smoke, --limit or --held-out: rehearsal/ in --runs-dir",
        help="Folder for the checkpoint.",
    ),
    options.runs_dir("Folder for the state of running trainings."),
)
_how_to_run = _together(
    options.json_lines,
    click.option(
        "--fresh",
        is_flag=True,
        help="Begin anew instead of going on with a run of the same settings.",
    ),
    click.option(
        "--smoke", is_flag=True, help="A run of seconds that shows that everything works."
    ),
)


def request_of(others: tuple[str, ...], **chosen: Any) -> Request:  # noqa: ANN401 - any option
    """The request that the options' values make.

    Args:
        others: each ``NAME=VALUE`` of ``--set``.
        chosen: the values of all other options, by name.
    """
    own = {name: chosen.pop(name) for name in settings.OPTIONS}
    return Request(settings=own | dict(map(settings.parsed, others)), **chosen)


mnist = training_command("mnist")
resnet = training_command("resnet")
attack_models = training_command("attack-models")
