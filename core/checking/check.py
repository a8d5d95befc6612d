"""Checks a homework: every part that its files have, asked one after the other."""

from __future__ import annotations

import difflib
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.checking import finding, source
from core.checking.parts import attacks, conv, layers, maps, networks, pool
from core.checking.results import Epoch, Finding, Found, Part, Question, Report
from core.checking.source import Source, SourceError
from core.checking.weights import is_ready_made
from core.checking.worker import Student
from core.data.facts import ROOT
from core.failures import Failure

CODE = (".py", ".ipynb")
MOST_NAMED = 5
MOST_FILES = 20  # of one person


@dataclass(frozen=True)
class Kind:
    """A part of the homework.

    Attributes:
        title: for a person.
        check: asks what a file has of it, with the seed of what is drawn.
    """

    title: str
    check: Callable[[Student, Found, int], Part]


KINDS = {
    "conv": Kind("Convolution, function", conv.check),
    "conv_layer": Kind("Convolution, layer", layers.check),
    "pool_layer": Kind("Max pooling", pool.check),
    "mnist": Kind("Small CNN", networks.check_mnist),
    "resnet": Kind("ResNet", networks.check_resnet),
    "cam": Kind("Class activation maps", maps.check),
    "attack": Kind("Untargeted attack", attacks.check_untargeted),
    "targeted": Kind("Targeted attack", attacks.check_targeted),
    "improved": Kind("Improved attack", attacks.check_improved),
}


class CheckError(Failure):
    """A file cannot be checked at all; the message is one sentence for its author."""


@dataclass(frozen=True)
class Checked:
    """What was found in one file, and the names of all that it defines."""

    defined: tuple[str, ...]
    parts: tuple[Part, ...]
    notes: tuple[str, ...]


def check(
    paths: Sequence[Path],
    *,
    names: Mapping[str, str] | None = None,
    seed: int = 0,
    history: tuple[Epoch, ...] = (),
    folder: Path | None = None,
    on_part: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Check the files of one homework, each in a process of its own.

    Args:
        paths: Python files or notebooks; where several have a part, the best one counts.
        names: part to the name of what is to be checked, where it is not to be looked for.
        seed: of what is drawn.
        history: of the student's own training.
        folder: that was handed in, which its files may import from; None: only the files were, and
            each imports from its own folder.
        on_part: called with the number of parts that are done, and with that of all.

    Raises:
        CheckError: no file can be read or defined, none defines anything, or none has what
            ``names`` says.
    """
    started, found, problems = time.monotonic(), [], []
    for index, path in enumerate(paths):
        try:
            read = source.read(path, among=len(paths) > 1, folder=folder)
            counted = _counted(on_part, index, len(paths))
            found.append(_check_file(read, names or {}, seed, counted))
        except (SourceError, CheckError) as error:
            problems.append(str(error))
    if not found:
        raise CheckError(problems[0] if problems else "Expected a file to check, got none.")
    _check_names(names or {}, found)
    if not any(one.defined for one in found):
        raise CheckError(_nothing(paths, [note for one in found for note in one.notes]))
    return Report(
        file=", ".join(path.name for path in paths),
        seed=seed,
        version=version(),
        parts=tuple(max(same, key=_rank) for same in zip(*(one.parts for one in found))),
        seconds=round(time.monotonic() - started, 3),
        notes=(*problems, *(note for one in found for note in one.notes)),
        history=history,
    )


def _nothing(paths: Sequence[Path], notes: Sequence[str]) -> str:
    """That files define nothing, with the first thing that was left out of them."""
    several = "The files define" if len(paths) > 1 else f"{paths[0].name} defines"
    why = f" ({notes[0].rstrip('.')})" if notes else ""
    return f"{several} no function and no class{why}: expected the code of a homework"


def _check_names(names: Mapping[str, str], found: Sequence[Checked]) -> None:
    """Refuse a name that no file defines."""
    defined = dict.fromkeys(name for one in found for name in one.defined)
    for name in names.values():
        if name not in defined:
            like = difflib.get_close_matches(name, defined, 1) or list(defined)[:MOST_NAMED]
            there = f"expected a name such as {', '.join(like)}" if like else "it defines nothing"
            raise CheckError(f"The file defines no {name}: {there}")


def _counted(on_part: Callable[[int, int], None], index: int, files: int) -> Callable[[int], None]:
    return lambda done: on_part(index * len(KINDS) + done, files * len(KINDS))


def _check_file(
    file: Source, names: Mapping[str, str], seed: int, on_part: Callable[[int], None]
) -> Checked:
    with Student(file) as student:
        if student.problem is not None:
            raise CheckError(f"{file.name} cannot be checked: {student.problem.sentence}")
        defined = tuple(one.name for one in student.found)
        targets, notes = finding.find(student.found, names, student)
        parts = tuple(_parts(student, targets, seed, on_part))
        return Checked(defined, parts, (*student.notes, *notes))


def _parts(
    student: Student,
    targets: Mapping[str, Found],
    seed: int,
    on_part: Callable[[int], None],
) -> Iterator[Part]:
    for number, (name, kind) in enumerate(KINDS.items(), 1):
        target = targets.get(name)
        yield (
            _asked(name, kind, student, target, seed)
            if target
            else Part(name, kind.title, None, ())
        )
        on_part(number)


def _asked(name: str, kind: Kind, student: Student, target: Found, seed: int) -> Part:
    """A part as it was found, or that our own check of it broke off."""
    try:
        found = kind.check(student, target, seed)
    except Exception as error:  # whatever a file answers, the other parts are checked
        sentence = f"The check itself broke off ({type(error).__name__}: {error}): report it."
        broken = Finding(sentence, None, "", None, "", None, "", None)
        return Part(name, kind.title, target, (Question("the check", "failed", broken),))
    return Part(name, kind.title, found.target, found.questions)


def code_files(path: Path) -> tuple[Path, ...]:
    """The Python files and notebooks that somebody has handed in.

    Args:
        path: a file, or a folder with some.

    Raises:
        CheckError: there is none, or there are more than somebody would hand in.
    """
    if not path.is_dir():
        return (path,)
    every = sorted(one for one in path.rglob("*") if one.suffix.lower() in CODE)
    found = tuple(one for one in every if one.is_file() and not _is_aside(one.relative_to(path)))
    if not 0 < len(found) <= MOST_FILES:
        got = f"{len(found)} in {path.name}" if found else f"none in {path.name}"
        raise CheckError(f"Expected a Python file or a notebook, or up to {MOST_FILES}, got {got}")
    return found


def _is_aside(path: Path) -> bool:
    """Whether a system has put a file there by itself."""
    return any(part.startswith((".", "__")) for part in path.parts)


@cache
def version() -> str:
    """The version of this project."""
    found = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return str(found)


def _rank(part: Part) -> tuple[bool, bool, float]:
    """Of the same part in several files: there, by hand, and the most of it right."""
    return part.target is not None, not is_ready_made(part), part.share
