"""What a training prints."""

import json
import time
from functools import partial
from pathlib import Path

import pytest

from commands import progress
from core import checkpoints
from tests.commands.helpers import Run


def test_the_table_at_the_end_tells_the_result(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    run()
    out, card = capsys.readouterr().out, checkpoints.load_card("mnist_cnn", tmp_path / "out")
    table = out[out.index("             network") :]
    assert "Small CNN on MNIST, 39,248 parameters" in table
    assert f"validation accuracy  {card['result']['validation_accuracy']:.2%}" in table
    assert "homework asks  90%" in table
    assert str(tmp_path / "out" / "mnist_cnn.safetensors") in table


def test_every_epoch_has_its_line(run: Run, capsys: pytest.CaptureFixture) -> None:
    run()
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("epoch")]
    assert len(lines) == 2
    for number, line in enumerate(lines, 1):
        assert line.startswith(f"epoch   {number}   train loss ")
        assert line.count("accuracy") == 2
        assert "validation loss" in line


def test_the_progress_bar_tells_epoch_loss_accuracy_rate_and_time_left(
    run: Run, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "tqdm", partial(progress.tqdm, mininterval=0, miniters=1))
    run()
    drawn = capsys.readouterr().err
    assert "epoch 1/2" in drawn
    assert "epoch 2/2" in drawn
    assert "loss " in drawn
    assert "accuracy " in drawn
    assert "images/s" in drawn
    assert "<00:0" in drawn  # the time left


@pytest.mark.parametrize(
    ("total", "drawn"), [(64, " 64/64 "), (999, " 999/999 "), (1_350_000, " 1.35M/1.35M ")]
)
def test_only_many_images_are_counted_in_thousands(
    capsys: pytest.CaptureFixture, total: int, drawn: str
) -> None:
    with progress.counting_bar(" images", scaled=True) as report:
        time.sleep(0.15)  # a bar that is quicker is not drawn
        report(total, total)
    assert drawn in capsys.readouterr().err


def test_the_line_of_a_training_quicker_than_the_bar_is_ended(
    run: Run, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is printed next, an error's sentence too, begins on a line of its own."""
    monkeypatch.setattr(progress, "tqdm", partial(progress.tqdm, mininterval=1e9))
    run()
    drawn = capsys.readouterr().err
    assert "epoch 2/2: 100%" in drawn
    assert drawn.endswith("\n")


def test_the_result_tells_what_precise_statistics_changed(
    run: Run, capsys: pytest.CaptureFixture
) -> None:
    run()
    assert "running statistics" not in capsys.readouterr().out
    assert run("--set", "precise_bn=True") == 0
    assert "% with batch normalisation's running statistics)" in capsys.readouterr().out


def test_a_program_gets_the_mean_over_the_steps_since_the_last_line(
    run: Run, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "INTERVAL", 1e9)
    assert run("--json", "--batch-size", "50", epochs=1) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    first, last = [line for line in lines if line["event"] == "step"]
    assert (first["step"], last["step"], last["steps"]) == (1, 6, 6)
    assert first["recent_loss"] == first["loss"]
    assert last["recent_loss"] == pytest.approx((6 * last["loss"] - first["loss"]) / 5)
    assert last["recent_accuracy"] == pytest.approx((6 * last["accuracy"] - first["accuracy"]) / 5)
