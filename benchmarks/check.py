"""How often the checker names the bug: mutants of right solutions in many styles, by label.

Run with: python -m benchmarks.check [--seed 0] [--limit 300] [--workers 1]. The mutants are written
into students' sources by hand (benchmarks/submissions), and share no code with the checker. Before
one counts, it is run: torch's own layers confirm the name of each bug of part 1, and a mutant of
another part does something else than the solution that it was made from. A run that breaks off goes
on where it was; after one that is complete the next begins anew.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from benchmarks.submissions.annotated import ORIGINAL, OTHER, Submission, read_all
from benchmarks.submissions.rewriting import as_named, write
from benchmarks.submissions.running import computes_otherwise
from benchmarks.submissions.verified import FUNCTION, LAYER, POOL, is_labelled, targets
from core.checking.check import CheckError, check
from core.checking.results import Report
from core.data.facts import ROOT

LAYERS = "layers"
LIMIT = 400  # mutants
NAMED, OTHERWISE, NAMELESS, MISSED = "named right", "named otherwise", "without a name", "missed"
TOLD = "named beyond"  # by its name, as something that the homework does not ask for
OUTCOMES = (NAMED, TOLD, OTHERWISE, NAMELESS, MISSED)
PASSED, ALARM = "passed", "false alarm"
# What a bug brings with it is no wrong name: whole numbers have no gradient.
BRINGS = {"rounded": {"all-gradients-lost"}}
# Of mutants of part 1: how many get their name at least, and another one at most.
RIGHT_NAMES, WRONG_NAMES = 0.95, 0.01
LONGEST = 20.0  # seconds, for a file of part 1
WRONG = ("wrong", "failed")
# What the file of a style must be found to have; a file of layers all that it defines.
PARTS = {"cnn": {"mnist"}, "resnet": {"resnet"}, "cam": {"cam"}, "pgd": {"attack", "targeted"}}
TARGETS = {FUNCTION: "conv", LAYER: "conv_layer", POOL: "pool_layer"}


@dataclass(frozen=True)
class Result:
    """What the checker said of one submission, and in how many seconds."""

    name: str
    part: str
    style: str
    label: str
    outcome: str
    names: list[str]
    sentences: list[str]
    seconds: float


def chosen(submissions: Sequence[Submission], seed: int, limit: int | None) -> list[Submission]:
    """All right submissions, and some mutants: one of each label after the other, in turns,
    and one without a name of each style.

    Args:
        submissions: to choose from.
        seed: of the choice.
        limit: how many mutants; None is all.
    """
    by_label = defaultdict(list)
    for one in submissions:
        if not one.is_right:
            kind = one.style if one.label == OTHER else ""
            by_label[one.part, one.label, kind].append(one)
    rng = random.Random(seed)
    queues = [rng.sample(by_label[key], len(by_label[key])) for key in sorted(by_label)]
    longest = max(map(len, queues), default=0)
    mutants = [queue[turn] for turn in range(longest) for queue in queues if turn < len(queue)]
    return [one for one in submissions if one.is_right] + mutants[:limit]


def expected_parts(submission: Submission) -> set[str]:
    """The parts that the checker has to find in a file."""
    if submission.part == LAYERS:
        return {TARGETS[target] for target in targets(submission.source)}
    return PARTS.get(submission.style.split("_")[0], set())


def judged(submission: Submission, report: Report) -> tuple[str, list[str], list[str]]:
    """What a report is worth, the names that it gives, and its first sentences."""
    parts = [part for part in report.parts if part.target is not None]
    asked = [one for part in parts for one in part.questions]
    questions = [one for one in asked if one.state in WRONG]
    findings = [one.finding for one in questions if one.finding is not None]
    names = sorted({one.bug for one in findings if one.bug})
    hints = {one.finding.bug for one in asked if one.state == "beyond" and one.finding}
    sentences = list(dict.fromkeys(one.sentence for one in findings))[:3]
    absent = expected_parts(submission) - {part.name for part in parts}
    if absent:
        sentences.append(f"Not found: {', '.join(sorted(absent))}.")
    if submission.is_right:
        return (ALARM if questions or absent else PASSED), names, sentences
    if submission.label in hints and not questions:
        return TOLD, names, sentences
    return worth(submission.label, bool(questions), names), names, sentences


def worth(label: str, is_wrong: bool, names: Sequence[str]) -> str:
    """What the names are worth that a mutant got."""
    if not is_wrong:
        return MISSED
    if set(names) - {label} - BRINGS.get(label, set()):
        return OTHERWISE
    return NAMED if label in (OTHER, *names) else NAMELESS


def confirm(submission: Submission, original: Submission, seed: int) -> None:
    """Refuse a submission whose label does not fit what it computes.

    Raises:
        ValueError: another name fits or none does, or a mutant does what its original does.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch, about what students do
        if submission.part == LAYERS:
            fits = is_labelled(submission, seed)
        else:
            fits = submission.is_right or computes_otherwise(submission, original)
    if not fits:
        raise ValueError(f"{submission.name}: the label does not fit what the code computes.")


def checked(submission: Submission, original: Submission, seed: int) -> Result:
    """Check one submission, as one person would have written it."""
    torch.set_num_threads(1)
    source = as_named(submission.source, submission.name, seed)
    submission = replace(submission, source=source)
    confirm(submission, original, seed)
    with tempfile.TemporaryDirectory() as folder:
        path = write(submission.source, Path(folder), submission.name, seed)
        start = time.perf_counter()
        try:
            found = judged(submission, check([path], seed=seed))
        except CheckError as error:
            found = (ALARM if submission.is_right else NAMELESS), [], [str(error)]
        seconds = time.perf_counter() - start
    facts = (submission.name, submission.part, submission.style, submission.label)
    return Result(*facts, *found, round(seconds, 2))


def read_record(path: Path) -> dict[str, Result]:
    """The results of a run that broke off, by name."""
    if not path.exists():
        return {}
    rows = [Result(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    return {one.name: one for one in rows}


def add(record: Path, result: Result) -> None:
    """Write a result down, for a run that goes on later."""
    record.parent.mkdir(exist_ok=True)
    with record.open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps(asdict(result))}\n")


def run(waiting: Sequence[Submission], seed: int, workers: int) -> Iterator[Result]:
    """Check each submission, with some at the same time."""
    originals = {(one.part, one.style): one for one in read_all() if one.label == ORIGINAL}
    beside = [originals[one.part, one.style] for one in waiting]
    # With a limit, which none of them reaches, processes begin without what this one has loaded.
    with ProcessPoolExecutor(workers, max_tasks_per_child=len(waiting) + 1) as pool:
        yield from pool.map(checked, waiting, beside, [seed] * len(waiting))


def table(results: Sequence[Result]) -> list[str]:
    """Lines: each style's mutants by what became of them."""
    lines = [f"{'':36}{'mutants':>8}" + "".join(f"{one:>18}" for one in OUTCOMES)]
    groups = defaultdict(list)
    for one in results:
        if one.outcome in OUTCOMES:
            for kind in ("no name fits",) if one.label == OTHER else ("all", one.style):
                groups[f"{one.part}: {kind}"].append(one.outcome)
    for name, outcomes in sorted(groups.items()):
        counts = [outcomes.count(one) for one in OUTCOMES]
        cells = [f"{count} ({count / len(outcomes):6.1%})" for count in counts]
        lines.append(f"{name:36}{len(outcomes):>8}" + "".join(f"{cell:>18}" for cell in cells))
    return lines


def told(results: Sequence[Result]) -> list[str]:
    """Lines: what went wrong with whom, the right files, and the seconds."""
    lines = [
        f"{one.name}: {one.outcome}, {', '.join(one.names) or 'no name'}. {' '.join(one.sentences)}"
        for one in results
        if one.outcome not in (NAMED, TOLD, PASSED)
    ]
    for part in dict.fromkeys(one.part for one in results):
        same = [one for one in results if one.part == part]
        right = [one.outcome for one in same if one.outcome in (PASSED, ALARM)]
        times = [one.seconds for one in same]
        lines.append(
            f"{part}: {len(right)} right files, {right.count(ALARM)} false alarms; "
            f"{statistics.median(times):.1f} s a file (half of them), {max(times):.1f} s at most"
        )
    return lines


def faults(results: Sequence[Result]) -> list[str]:
    """What is not as good as it has to be."""
    named = [one for one in results if one.outcome in OUTCOMES and one.part == LAYERS]
    own = [one.outcome for one in named if one.label != OTHER]
    wrong = sum(one.outcome == OTHERWISE for one in named)
    slowest = max((one.seconds for one in results if one.part == LAYERS), default=0.0)
    found = {
        "right names": own.count(NAMED) + own.count(TOLD) < RIGHT_NAMES * len(own),
        "wrong names": wrong > WRONG_NAMES * len(named),
        "false alarms": any(one.outcome == ALARM for one in results),
        f"more than {LONGEST:.0f} s": slowest > LONGEST,
    }
    return [name for name, is_fault in found.items() if is_fault]


def main() -> None:
    """Check what students hand in, and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the choice and of the checker")
    parser.add_argument("--limit", type=int, default=LIMIT, help="how many mutants; 0 is all")
    parser.add_argument("--workers", type=int, default=1, help="processes at the same time")
    parser.add_argument("--only", default="", help="those whose name begins so")
    args = parser.parse_args()
    every = [one for one in read_all() if one.name.startswith(args.only)]
    submissions = chosen(every, args.seed, args.limit or None)
    record = ROOT / "runs" / f"check-{args.seed}.jsonl"
    done = read_record(record)
    waiting = [one for one in submissions if one.name not in done]
    for count, one in enumerate(run(waiting, args.seed, args.workers), 1):
        add(record, one)
        done[one.name] = one
        print(f"{count} of {len(waiting)}  {one.name}: {one.outcome}, {one.seconds:.1f} s")
    results = [done[one.name] for one in submissions]
    record.unlink(missing_ok=True)
    print(*table(results), *told(results), sep="\n")
    if found := faults(results):
        sys.exit(f"Not good enough: {', '.join(found)}.")


if __name__ == "__main__":
    main()
