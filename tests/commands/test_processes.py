"""Trainings in several processes."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from commands.computing import process_count
from core import checkpoints
from core.training import parallel
from core.training.recipes import RECIPES
from tests.commands.helpers import Run, asked, assert_one_sentence


@pytest.mark.parametrize(
    ("command", "cores", "device", "wanted"),
    [
        ("resnet", 2, "cpu", 2),
        ("resnet", 8, "cpu", 2),
        ("resnet", 1, "cpu", 1),
        ("resnet", 8, "cuda", 1),
        ("mnist", 2, "cpu", 1),
    ],
)
def test_the_resnet_trains_in_two_processes_on_a_processor(
    monkeypatch: pytest.MonkeyPatch, command: str, cores: int, device: str, wanted: int
) -> None:
    monkeypatch.setattr(parallel, "cores", lambda: cores)
    network, request, _ = asked(monkeypatch, command)[0]
    assert process_count(RECIPES[network], request.processes, torch.device(device)) == wanted


@pytest.mark.parametrize(
    ("count", "batch", "told"),
    [
        ("0", "64", "from 1 to 3 (the cores of this"),
        ("-2", "64", "from 1 to 3 (the cores of"),
        ("1000", "2", "from 1 to 2 (the images of a batch)"),
    ],
)
def test_processes_that_the_computer_has_not_are_refused(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    count: str,
    batch: str,
    told: str,
) -> None:
    monkeypatch.setattr(parallel, "cores", lambda: 3)
    monkeypatch.setattr(parallel, "what_cores_are", lambda: "the cores of this computer")
    assert run("--processes", count, "--batch-size", batch) == 2
    assert_one_sentence(capsys.readouterr().err, f"--processes {count}: expected a number {told}")


def test_two_processes_speak_with_one_voice_and_write_one_card(
    driver: Callable, tmp_path: Path
) -> None:
    """That they give the curve of one, tests/core/training/test_parallel.py holds."""
    process = driver("run", str(tmp_path), "2", "--processes", "2")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert [out.count(f"epoch   {number} ") for number in (1, 2, 3)] == [1, 1, 0]
    card = checkpoints.load_card("mnist_cnn", tmp_path / "out")
    assert len(card["history"]) == 2
    assert card["hardware"]["processes"] == 2
    assert card["hardware"]["threads"] == max(1, parallel.cores() // 2)


def test_ctrl_c_ends_both_processes_with_one_sentence(driver: Callable, tmp_path: Path) -> None:
    process = driver("run", str(tmp_path), "5000", "--processes", "2")
    for line in process.stdout:
        if line.startswith("epoch   2 "):
            break
    helpers = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True
    ).stdout.split()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "Ended. The same command goes on after the last finished epoch."
    assert "Traceback" not in err
    assert len(helpers) == 1
    assert not Path(f"/proc/{helpers[0]}").exists()
