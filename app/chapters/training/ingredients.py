"""The view of what each ingredient of the recipe brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.chapters.training import ingredient_charts as charts
from app.ui import blocks, widgets
from app.ui.address import INGREDIENTS_PART, Name
from app.ui.cache import cached
from app.ui.palette import Spec
from app.ui.results import result, result_files
from app.ui.tables import Table
from core import glossary, homework
from core.evaluation import UncomputableError
from core.training import ingredients
from core.training.comparison import SURE, Compared, compared, difference, mean_accuracy, twins
from core.training.ingredients import BASE, INGREDIENTS, title
from core.training.recipes import RECIPES

MEASURED = homework.INGREDIENTS_RESULT
CODE = (mean_accuracy, twins, difference)
BY_CHANCE = 20  # of so many bars without an effect about one leaves zero
NAMED = 3  # rows with more seeds than the others that a caption has room for
DIFFERENCE = (
    "- **Points**: the runs of one seed less the recipe's of that seed, averaged; the recipe has "
    "seeds that some rows have not, so that two accuracies' difference is another number."
)
UNPAIRED = (
    "- **Unpaired**: of some runs the answers were not kept. These are reckoned as if the "
    "ingredient and the recipe had been tested on different images, which makes the bars rather "
    "too long."
)


def pick_epochs() -> int:
    """One of the numbers of epochs after which ingredients were compared with the recipe.

    Raises:
        CheckpointError: the result is missing or damaged.
        UncomputableError: it has nothing to compare.
    """
    offered, say = list(groups()), "{} epochs".format
    if len(offered) == 1:
        widgets.only(Name.EPOCHS, offered[0], say=say, part=INGREDIENTS_PART)
        return offered[0]
    with st.container(width="content"):
        return int(widgets.choice(Name.EPOCHS, "Epochs", offered, say=say, part=INGREDIENTS_PART))


def view(epochs: int) -> None:
    """How much each ingredient brings.

    Args:
        epochs: after which the ingredients are compared.
    """
    base, rows = groups()[epochs]
    blocks.chart(
        chart(epochs),
        key="training_ingredients",
        alt="what each ingredient brings, in points, with two standard errors",
        tables=[table(rows)],
    )
    st.caption(caption(base, rows), help=meanings(rows))


@cached(lambda: result_files(MEASURED))
def groups() -> dict[int, tuple[Compared, list[Compared]]]:
    """Number of epochs to the recipe's runs and those of the ingredients, from the best to the
    worst, where both were trained for as many.

    Raises:
        CheckpointError: the result is missing or damaged.
        UncomputableError: it has nothing to compare.
    """
    rows = compared(result(MEASURED)["runs"], base=ingredients.NAME)
    bases = {row.epochs: row for row in rows if row.name == ingredients.NAME}
    found = {
        epochs: (base, [row for row in rows if row.epochs == epochs and row.difference])
        for epochs, base in bases.items()
    }
    with_rows = {epochs: group for epochs, group in found.items() if group[1]}
    if not with_rows:
        raise UncomputableError(
            "Nothing can be compared yet: no ingredient was trained for as many epochs as the "
            "recipe."
        )
    return with_rows


@cached(lambda epochs: result_files(MEASURED))
def chart(epochs: int) -> Spec:
    """How much each ingredient brings after so many epochs.

    Raises:
        CheckpointError: the result is missing or damaged.
    """
    base, rows = groups()[epochs]
    return charts.brought(rows, base)


def table(rows: Sequence[Compared]) -> Table:
    """The chart's numbers, for a screen reader."""
    return Table(
        "What each ingredient brings",
        ["points", "standard error", "verdict", "held-out accuracy", "seeds", "settings"],
        {
            title(row.name): [
                f"{100 * row.difference.value:+.2f}",
                f"{100 * row.difference.error:.2f}",
                charts.verdict(row),
                f"{row.accuracy.value:.2%}",
                charts.seeds(row),
                charts.settings(row),
            ]
            for row in rows
            if row.difference
        },
        "ingredient",
    )


def caption(base: Compared, rows: Sequence[Compared]) -> str:
    """How the runs were made, and how their bars are to be read."""
    runs = [run for run in result(MEASURED)["runs"] if run["epochs"] == base.epochs]
    apart = sum(charts.verdict(row) != charts.VERDICTS[0] for row in rows)
    most = max(row.difference.error for row in rows if row.difference)
    resnet, held_out = homework.NETWORKS[homework.RESNET].title, runs[0]["held_out"]
    return (
        f"{resnet} after {base.epochs} epochs: the {BASE.epochs}-epoch recipe with each row's "
        f"change, {seeds((base, *rows))}, on {held_out:,} held-out training images; "
        f"{machines(runs)}. Bars: {SURE} standard errors, up to {100 * SURE * most:.1f} points, "
        f"{pairs(rows)}. **{apart} of {len(rows)} leave zero (by chance: 1 in {BY_CHANCE}); a bar "
        "across zero says nothing.**"
    )


def seeds(rows: Sequence[Compared]) -> str:
    """The seeds that all rows have, and which rows have more; of many rows, how many."""
    shared = set(rows[0].seeds).intersection(*(row.seeds for row in rows))
    more: dict[str, list[str]] = {}
    for row in rows:
        if others := [seed for seed in row.seeds if seed not in shared]:
            more.setdefault(", ".join(map(str, others)), []).append(title(row.name))
    plural = "s" if len(shared) > 1 else ""
    said = f"seed{plural} {', '.join(map(str, sorted(shared)))}" if shared else "seeds"
    if (count := sum(map(len, more.values()))) > NAMED:
        if not shared:
            return "seeds in the tooltips"
        return f"{said} ({count} of {len(rows)} rows have more; their tooltips say which)"
    also = [f"{'also ' if shared else ''}{one}: {'; '.join(of)}" for one, of in more.items()]
    return f"{said} ({'; '.join(also)})" if also else said


def pairs(rows: Sequence[Compared]) -> str:
    """Whether ingredient and recipe were compared image by image."""
    if all(row.paired for row in rows):
        return "paired by image"
    return "partly unpaired" if any(row.paired for row in rows) else "unpaired"


def machines(runs: Sequence[Mapping[str, Any]]) -> str:
    """What has computed some runs, and in which precision."""
    found: dict[str, set[str]] = {}
    for run in runs:
        machine = run["hardware"].get("gpu") or run["hardware"]["cpu"]
        found.setdefault(run["precision"], set()).add(machine)
    return " or ".join(f"{' or '.join(sorted(of))}, {how}" for how, of in sorted(found.items()))


def recipe() -> str:
    """The recipe's own settings, and what ships has in place of them."""
    ships = RECIPES[homework.RESNET]
    return (
        f"Batches of {BASE.batch_size}, rate {BASE.learning_rate:g}, weight decay "
        f"{BASE.weight_decay:g}, sharpness {BASE.sharpness:g}, label smoothing "
        f"{BASE.label_smoothing:g}, averaged weights {BASE.average:g}, Adam's β₂ "
        f"{BASE.betas[1]:g}. What ships has {ships.epochs} epochs, weight decay "
        f"{ships.weight_decay:g} and CutMix in a share of {ships.cutmix:g} of the batches of the "
        f"first {ships.mixed_until:.0%} of the steps: what "
        "costs points in a short training may still help in a long one."
    )


def meanings(rows: Sequence[Compared]) -> str:
    """What the recipe has, what the bars' words mean, and what each ingredient does and where it is
    from, as a Markdown list.
    """
    lines = [f"- **The recipe**: {recipe()}", DIFFERENCE]
    lines.append(glossary.as_list([glossary.term("Standard error")]))
    if not all(row.paired for row in rows):
        lines.append(UNPAIRED)
    about = [INGREDIENTS[row.name] for row in rows if row.name in INGREDIENTS]
    return "\n".join(
        [*lines, *(f"- **{one.title}**: {one.sentence} ({one.paper})" for one in about)]
    )
