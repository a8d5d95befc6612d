"""The command ``ingredients``: what each ingredient of the ResNet's recipe brings."""

from __future__ import annotations

from typing import Any

import click

from commands import computing, options
from commands.ingredient_runs import SMOKE_PLAN, Request, measure_all
from commands.options import FOLDER, Call, Command, Option, number_in, one_of
from core.training import parallel
from core.training.config import RANGES
from core.training.ingredients import INGREDIENTS


class Seeds(click.ParamType):  # type: ignore[type-arg]
    """Seeds with commas between them."""

    name = "seeds"

    def convert(
        self,
        value: Any,  # noqa: ANN401
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[int, ...]:
        """The seeds that were typed, each once.

        Raises:
            click.UsageError: one is no whole number, or out of range.
        """
        low, high = RANGES["seed"]
        try:
            found = [int(number_in(text, int)) for text in str(value).split(",")]
            if not all(low <= seed <= high for seed in found):
                raise OverflowError
        except (ValueError, OverflowError):
            self.fail(
                f"expected whole numbers from {low} to {high} with commas between them, such as "
                f"0,1,2; got {str(value)!r}.",
                param,
                ctx,
            )
        return tuple(dict.fromkeys(found))


def _epilog() -> str:
    rows = [
        f"{one.name}: {', '.join(f'{name}={value}' for name, value in one.settings.items())}"
        for one in INGREDIENTS.values()
    ]
    return "\n".join(["\b", "ingredients, with the settings that differ from the recipe's:", *rows])


@click.command(
    cls=Command,
    short_help="Measure what each ingredient of the ResNet's recipe brings.",
    epilog=_epilog(),
)
@options.number("--epochs", 12, "Epochs of each run", low=1, high=RANGES["epochs"][1])
@click.option(
    "--seeds",
    type=Seeds(),
    default="0,1,2",
    show_default=True,
    help="Each ingredient is trained with each of these seeds.",
)
@click.option(
    "--only",
    multiple=True,
    type=one_of(*INGREDIENTS),
    metavar="NAME",
    help="Measure this ingredient alone; may be repeated.",
)
@computing.precision
@computing.device
@options.data_dir
@options.no_download
@click.option(
    "--out",
    cls=Option,
    type=FOLDER,
    metavar="FOLDER",
    show_default="checkpoints/; with --smoke: rehearsal/ in --runs-dir",
    help="Folder for the result.",
)
@options.runs_dir("Folder for the state of the running training.")
@click.option("--fresh", is_flag=True, help="Measure anew what was measured before.")
@click.option("--smoke", is_flag=True, help="A run of seconds that shows that everything works.")
@click.pass_obj
def ingredients(call: Call, /, **chosen: Any) -> None:  # noqa: ANN401 - any option
    """Measure what each ingredient of the ResNet's recipe brings, on 5,000 training images that are
    held out of all.

    One run after the other is trained by one process. The result is written after each; runs that
    it has are not trained again.
    """
    if chosen["smoke"]:
        chosen |= {name: value for name, value in SMOKE_PLAN.items() if not options.is_typed(name)}
    request = Request(**chosen)
    if request.fresh:
        call.again = "The same command without --fresh"
    if parallel.is_torchrun():
        raise click.UsageError(
            "This command trains on one device, one run after the other: start it with python, "
            "without torchrun."
        )
    measure_all(request)
