"""Runs that are ended and go on."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import trainer
from core import checkpoints
from core.checkpoints.files import epoch_file
from core.training import loop
from core.training.config import TrainingError
from core.training.loop import fit
from core.training.records import Progress
from core.training.resume import STATE_FILE
from tests.commands.helpers import Run, assert_one_sentence, epochs_trained, state_folder


def test_a_run_killed_at_random_moments_ends_with_the_same_bytes(
    driver: Callable, tmp_path: Path
) -> None:
    process = driver("kills", str(tmp_path))
    try:
        out, err = process.communicate(timeout=200)
    finally:
        process.kill()
    assert process.returncode == 0, err
    codes = json.loads(out)
    assert codes[0] == codes[-1] == 0
    assert codes.count(-signal.SIGKILL) >= 6  # the others were through before
    files = sorted(
        path.relative_to(tmp_path / "whole" / "out")
        for path in (tmp_path / "whole" / "out").rglob("*.safe*")
    )
    assert len(files) == 6
    for file in files:
        assert (tmp_path / "killed" / "out" / file).read_bytes() == (
            tmp_path / "whole" / "out" / file
        ).read_bytes()
    cards = [
        checkpoints.load_card("mnist_cnn", tmp_path / name / "out") for name in ("whole", "killed")
    ]
    assert cards[0]["result"]["confusion"] == cards[1]["result"]["confusion"]
    assert [record["train_loss"] for record in cards[0]["history"]] == [
        record["train_loss"] for record in cards[1]["history"]
    ]


def test_ctrl_c_ends_a_run_with_one_sentence(driver: Callable, tmp_path: Path) -> None:
    process = driver("run", str(tmp_path), "1000")
    try:
        assert process.stdout.readline().startswith("epoch   1")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert err.splitlines()[-1] == "Ended. The same command goes on after the last finished epoch."
    assert "Traceback" not in err
    assert (state_folder(tmp_path, epochs=1000) / STATE_FILE).is_file()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "\nEnded. The same command goes on after the last finished epoch.\n"),
        (
            ("--fresh",),
            "\nEnded. The same command without --fresh goes on after the last finished epoch.\n",
        ),
    ],
)
def test_the_sentence_after_ctrl_c_says_how_to_go_on(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    def interrupted(*arguments: object, **settings: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "fit", interrupted)
    assert run(*arguments) == 130
    assert capsys.readouterr().err == sentence


def end_after(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """The next run ends, as if killed, when that epoch is finished."""
    real = fit

    def ended(*arguments: object, on_progress: Callable, **settings: object) -> object:
        def show(progress: Progress) -> None:
            on_progress(progress)
            if progress.record is not None and progress.epoch == epoch:
                raise TrainingError("Ended on purpose.")

        return real(*arguments, on_progress=show, **settings)

    monkeypatch.setattr(trainer, "fit", ended)


def test_the_same_command_goes_on(run: Run, capsys: pytest.CaptureFixture) -> None:
    with pytest.MonkeyPatch.context() as patch:
        end_after(patch, 2)
        assert run(epochs=3) == 2
    assert epochs_trained(capsys.readouterr().out) == [1, 2]
    assert run(epochs=3) == 0
    out = capsys.readouterr().out
    assert epochs_trained(out) == [3]
    assert out.splitlines()[0] == "Going on after epoch 2 of 3."
    assert "had been trained before" not in out


def test_fresh_begins_anew(run: Run, capsys: pytest.CaptureFixture) -> None:
    run()
    capsys.readouterr()
    assert run("--fresh") == 0
    assert epochs_trained(capsys.readouterr().out) == [1, 2]


def test_other_settings_do_not_go_on_with_the_run(run: Run, capsys: pytest.CaptureFixture) -> None:
    run()
    capsys.readouterr()
    assert run("--seed", "1") == 0
    assert epochs_trained(capsys.readouterr().out) == [1, 2]


def test_a_finished_run_says_so(run: Run, capsys: pytest.CaptureFixture) -> None:
    run()
    assert "before" not in capsys.readouterr().out
    assert run() == 0
    assert (
        capsys.readouterr().out.splitlines()[0]
        == "All 2 epochs had been trained before; --fresh begins anew."
    )


def test_the_checkpoint_is_written_again_from_a_finished_run(run: Run, tmp_path: Path) -> None:
    run()
    first = checkpoints.weights_path("mnist_cnn", tmp_path / "out").read_bytes()
    checkpoints.weights_path("mnist_cnn", tmp_path / "out").unlink()
    assert run() == 0
    assert checkpoints.weights_path("mnist_cnn", tmp_path / "out").read_bytes() == first


def test_a_damaged_state_is_one_sentence(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    run()
    path = state_folder(tmp_path) / STATE_FILE
    path.write_bytes(path.read_bytes()[:-10])
    capsys.readouterr()
    assert run() == 2
    assert_one_sentence(capsys.readouterr().err, str(path), "cannot be used", "--fresh")


def test_fresh_helps_against_a_damaged_state(run: Run, tmp_path: Path) -> None:
    run()
    (state_folder(tmp_path) / STATE_FILE).write_bytes(b"damaged")
    assert run("--fresh") == 0


def test_a_loss_that_is_not_finite_is_a_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(loop, "learning_rate_at", lambda *arguments: float("inf"))
    assert run() == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("train_all.py: The loss is no longer finite in epoch 1")


def test_kept_epochs_that_are_gone_are_one_sentence(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    run()
    (state_folder(tmp_path) / epoch_file(1)).unlink()
    capsys.readouterr()
    assert run() == 2
    assert_one_sentence(capsys.readouterr().err, epoch_file(1))
