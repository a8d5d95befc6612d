"""The command ``data``."""

import json
from pathlib import Path

import pytest

from commands import data
from core.data.facts import facts
from tests.commands.helpers import assert_one_sentence
from train_all import main


def test_data_that_are_there_are_named(tiny_mnist: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["data", "mnist", "--data-dir", str(tiny_mnist)]) == 0
    assert capsys.readouterr().out == f"MNIST is in {tiny_mnist}.\n"


def test_a_program_reads_how_far_the_fetching_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def fetch(name: str, folder: Path, on_bytes: object) -> None:
        assert (name, folder) == ("mnist", tmp_path)
        on_bytes(7)

    monkeypatch.setattr(data, "fetch", fetch)
    assert main(["data", "mnist", "--data-dir", str(tmp_path), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        {"event": "bytes", "done": 7, "total": facts("mnist").download_bytes},
        {"event": "result", "folder": str(tmp_path)},
    ]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "NAME is missing: expected one of mnist, cifar10."),
        (["digits"], "'digits' is not one of 'mnist', 'cifar10'."),
    ],
)
def test_a_data_set_is_needed(
    arguments: list[str], part: str, capsys: pytest.CaptureFixture
) -> None:
    assert main(["data", *arguments]) == 2
    assert_one_sentence(capsys.readouterr().err, part)
