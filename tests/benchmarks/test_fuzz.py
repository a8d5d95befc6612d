"""Hundreds of generated cases end well, and the fuzzer notices one that does not."""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import strategies as st

import core
from benchmarks.fuzzing import functions
from benchmarks.fuzzing.target import Target, documented, try_out
from core.data.facts import ROOT

CASES = 300
NOT_TRIED = {
    "core.chapters": "holds a table alone",
    "core.checking": "its own tests damage reports, weights, histories and what a student hands in",
    "core.checkpoints": "read from damaged files, among the files",
    "core.data.checked": "reads a data set from a folder",
    "core.data.containers": "called by read_picture",
    "core.environment": "sets the variables of a process",
    "core.failures": "writes sentences",
    "core.foreign_text": "writes sentences",
    "core.data.download": "needs a network",
    "core.data.load": "reads a data set from a folder",
    "core.data.samples": "reads a damaged list of pictures, among the files",
    "core.data.transparent": "called by read_picture",
    "core.json_files": "reads each damaged card, among the files",
    "core.data.bundle": "packs what ships",
    "core.explain.described": "writes a layer's settings",
    "core.explain.exciting": "called with pictures that the command has read",
    "core.explain.forward": "called with the network and the picture of a page",
    "core.explain.normalised": "called with a layer of the shipped network",
    "core.explain.questions": "asks by a seed, with numbers of its own",
    "core.explain.residual": "called with the network and the picture of a page",
    "core.explain.layer": "called by explain_convolution",
    "core.explain.statements": "reads the project's own functions",
    "core.explain.tracing": "watches the project's own functions",
    "core.attack_record": "called by attack",
    "core.layers": "called by core.conv and core.pool",
    "core.report": "draws the cards that ship",
    "core.training": "tried through the commands",
    "core.homework": "facts",
    "core.sheets": "makes its own numbers; what is typed is tried in its own tests",
    "core.glossary": "reads one file of ours",
    "core.lecture": "its files are tried, damaged",
    "core.browser": "starts a server",
    "core.labels": "called by each function that takes labels",
    "core.stored": "called with what an attack gave",
    "core.checks": "called by the others",
    "core.gradients": "called by the others",
    "core.ties": "called with what a network gave",
}


@pytest.mark.timeout(900)
def test_hundreds_of_cases_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "benchmarks.fuzz", "--cases", str(CASES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    last = done.stdout.splitlines()[-1]
    with capsys.disabled():
        sys.stdout.write(f"\nfuzz: {last}\n")
    count = re.match(r"([\d,]+) cases in", last)
    assert count
    assert int(count[1].replace(",", "")) >= 0.95 * CASES


def test_every_module_of_core_is_tried_or_says_why_not() -> None:
    modules = {module.name for module in pkgutil.walk_packages(core.__path__, "core.")}
    left = {
        name
        for name in modules - set(functions.MODULES) - {"core.data", "core.explain"}
        if not any(name == one or name.startswith(f"{one}.") for one in NOT_TRIED)
    }
    assert not left


def test_what_is_inside_is_there() -> None:
    assert {name for name, _ in functions.functions()} >= functions.INSIDE


def refusing(value: int) -> None:
    """Refuses 3 as it says, and 5 as it does not.

    Raises:
        ValueError: 3.
    """
    if value == 3:
        raise ValueError("Expected another number, got 3.")
    if value == 5:
        raise KeyError(value)


def target(most: int, call: Callable[..., object] = refusing) -> Target:
    numbers = st.fixed_dictionaries({"value": st.integers(0, most)})
    return Target("refusing", numbers, call, documented(refusing))


def test_a_documented_exception_is_counted() -> None:
    count = try_out(target(4), 200, seed=0)
    assert set(count.refused) == {"ValueError"}
    assert count.taken > 0
    assert count.cases == count.taken + count.refused["ValueError"]


def test_another_exception_is_raised() -> None:
    with pytest.raises(KeyError, match="5"):
        try_out(target(9), 200, seed=0)


def test_an_exception_without_a_sentence_is_raised() -> None:
    def silent(value: int) -> None:
        raise ValueError

    with pytest.raises(AssertionError, match="without a sentence"):
        try_out(target(1, silent), 10, seed=0)
