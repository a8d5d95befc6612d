"""train_all.py as its user meets it: commands, exit codes, sentences, and runs that are ended and
go on.
"""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path

import pytest
import safetensors.torch
import torch
from PIL import Image
from torchvision.datasets import MNIST

import train_all
from core import attacks, checkpoints, faithfulness, homework, robustness
from core.checkpoints import results
from core.checkpoints.files import epoch_file
from core.data.facts import ROOT, LabelledImages, facts, to_unit
from core.data.samples import load_samples
from core.evaluation import Evaluation
from core.models import ResNet, build_model
from core.training import loop
from core.training.computing import Computing, automatic_precision, fastest_computing
from core.training.config import EpochRecord, Progress, TrainConfig, TrainingError, with_overrides
from core.training.loop import fit
from core.training.recipes import RECIPES
from core.training.resume import STATE_FILE, run_folder, state_bytes
from train_all import UsageError, duration, main, result_table, write_table

Run = Callable[..., int]

# Begins with the tests' tiny MNIST in the table of facts; its first argument says what to do.
DRIVER = """
import json, os, random, signal, sys, time
from dataclasses import fields, replace
from pathlib import Path

import torchvision.datasets  # before the forks: it takes seconds

import train_all
from core.data import facts

# nohup and a shell's background ignore it, and pass that on
signal.signal(signal.SIGINT, signal.default_int_handler)
data, sums = Path(sys.argv[2]), json.loads(sys.argv[3])
known = facts.DATASETS["mnist"]
facts.DATASETS["mnist"] = replace(known, train_images=300, test_images=100, md5=sums)


# a helper is started as this very driver, with the same tiny MNIST
together = train_all.parallel.together
again = [sys.executable, *sys.argv]
train_all.parallel.together = lambda processes, command: together(processes, again)


def run(place, epochs, *options):
    return train_all.main(["mnist", "--data-dir", str(data), "--no-download",
                           "--epochs", str(epochs),
        "--out", str(place / "out"), "--runs-dir", str(place / "runs"), *options])


def child(place, epochs, kill_at=None, said=None):
    '''Run in a forked process; kill_at: it kills itself at so many-th moment (before or after a
    step, an opening, a flush or a rename).'''
    process = os.fork()
    if process:
        return process
    left = [kill_at]

    def moment():
        if left[0] is not None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def counted(function):
        def both(*arguments, **settings):
            moment()
            result = function(*arguments, **settings)
            moment()
            return result
        return both

    read, write = Path.open, counted(Path.open)
    Path.open = lambda self, mode="r", *others, **named: (
        (write if mode == "wb" else read)(self, mode, *others, **named)
    )
    os.fsync, Path.replace = counted(os.fsync), counted(Path.replace)
    fit = train_all.fit

    def watched(*arguments, on_progress, **settings):
        if said is not None:
            os.write(said, b".")
        return fit(*arguments, on_progress=counted(on_progress), **settings)

    train_all.fit = watched
    with open(place / "log", "a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        os._exit(run(place, epochs))


def finish(process):
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def kills(place):
    '''One run without a kill, then one that is killed at random moments until it is through.'''
    draw = random.Random(0)
    whole, killed = place / "whole", place / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    started = time.monotonic()
    codes = [finish(child(whole, 4))]
    seconds = time.monotonic() - started
    for _ in range(12):  # 20 moments an epoch, 12 of them while files are written
        codes.append(finish(child(killed, 4, kill_at=draw.randint(1, 30))))
    for _ in range(4):  # at any time, in C code too
        reader, writer = os.pipe()
        process = child(killed, 4, said=writer)
        os.close(writer)
        os.read(reader, 1)  # it has begun, or ended
        time.sleep(draw.uniform(0, seconds / 4))
        os.kill(process, signal.SIGKILL)  # not yet waited for, so the number is still its own
        codes.append(finish(process))
    codes.append(finish(child(killed, 4)))
    print(json.dumps(codes))


if sys.argv[1] == "kills":
    kills(Path(sys.argv[4]))
else:
    sys.exit(run(Path(sys.argv[4]), int(sys.argv[5]), *sys.argv[6:]))
"""


@pytest.fixture
def run(tiny_mnist: Path, tmp_path: Path) -> Run:
    """Calls main with the tiny MNIST and folders of its own."""

    def call(*arguments: str, epochs: int = 2) -> int:
        return main(
            [
                *("mnist", "--data-dir", str(tiny_mnist), "--no-download", "--epochs", str(epochs)),
                *("--out", str(tmp_path / "out"), "--runs-dir", str(tmp_path / "runs"), *arguments),
            ]
        )

    return call


@pytest.fixture
def driver(tiny_mnist: Path, tmp_path: Path) -> Callable[..., subprocess.Popen]:
    """Starts the driver as a process of its own."""
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    sums = json.dumps(facts("mnist").md5)

    def start(action: str, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, str(script), action, str(tiny_mnist), sums, *arguments],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def configuration(**overrides: object) -> TrainConfig:
    return with_overrides(RECIPES["mnist_cnn"], **{"epochs": 2} | overrides)


def state_folder(tmp_path: Path, **overrides: object) -> Path:
    return run_folder("mnist_cnn", configuration(**overrides), tmp_path / "runs")


def assert_one_sentence(text: str, *parts: str) -> None:
    """Standard error holds one line, of one sentence, with the given parts."""
    assert text.startswith("train_all.py: ")
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert "Traceback" not in text
    for part in parts:
        assert part in text


def test_a_run_writes_a_checkpoint_that_loads(run: Run, tmp_path: Path) -> None:
    assert run() == 0
    loaded = checkpoints.load("mnist_cnn", tmp_path / "out")
    assert loaded.card["result"]["epochs"] == 2
    assert [checkpoints.load_epoch("mnist_cnn", epoch, tmp_path / "out") for epoch in range(3)]


def test_the_options_decide_the_settings(run: Run, tmp_path: Path) -> None:
    assert (
        run("--seed", "7", "--lr", "0.002", "--batch-size", "100", "--precision", "bf16", epochs=1)
        == 0
    )
    config = TrainConfig.from_dict(checkpoints.load_card("mnist_cnn", tmp_path / "out")["config"])
    assert config == configuration(
        epochs=1, seed=7, learning_rate=0.002, batch_size=100, precision="bf16"
    )


def test_set_chooses_the_settings_without_an_option(run: Run, tmp_path: Path) -> None:
    chosen = ("average=0", "schedule=constant", "betas=(0.8, 0.99)", "warmup=0.5", "sharpness=1")
    assert run(*(part for setting in chosen for part in ("--set", setting)), epochs=1) == 0
    config = TrainConfig.from_dict(checkpoints.load_card("mnist_cnn", tmp_path / "out")["config"])
    assert config == configuration(
        epochs=1, average=0.0, schedule="constant", betas=(0.8, 0.99), warmup=0.5, sharpness=1.0
    )


@pytest.mark.parametrize(
    ("command", "recipe"), [("mnist", "mnist_cnn"), ("resnet", "cifar10_resnet")]
)
def test_the_help_explains_every_setting(
    capsys: pytest.CaptureFixture, command: str, recipe: str
) -> None:
    with pytest.raises(SystemExit):
        train_all.main([command, "--help"])
    told = capsys.readouterr().out.partition("settings of --set")[2]
    free = [field.name for field in fields(TrainConfig) if field.name not in train_all.OPTIONS]
    assert re.findall(r"^  (\w+)=", told, re.MULTILINE) == free
    for name in free:
        assert f"  {name}={getattr(RECIPES[recipe], name)}: " in told


def test_without_options_the_recipe_decides() -> None:
    options = train_all._parser().parse_args(["mnist"])
    assert (
        train_all._configuration("mnist_cnn", options, torch.device("cpu")) == RECIPES["mnist_cnn"]
    )


def test_the_card_holds_the_command(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["train_all.py", "mnist", "--data-dir", "my data"])
    run(epochs=1)
    assert checkpoints.load_card("mnist_cnn", tmp_path / "out")["command"] == (
        "python train_all.py mnist --data-dir 'my data'"
    )


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
    monkeypatch.setattr(train_all, "tqdm", partial(train_all.tqdm, mininterval=0, miniters=1))
    run()
    drawn = capsys.readouterr().err
    assert "epoch 1/2" in drawn
    assert "epoch 2/2" in drawn
    assert "loss " in drawn
    assert "accuracy " in drawn
    assert "images/s" in drawn
    assert "<00:0" in drawn  # the time left


def test_held_out_images_are_validated_on(run: Run, tmp_path: Path) -> None:
    assert run("--held-out", "100", epochs=1) == 0
    card = checkpoints.load_card("mnist_cnn", tmp_path / "out")
    assert card["validated_on"] == "100 held-out training images"
    assert sum(map(sum, card["result"]["confusion"])) == 100


def test_a_rehearsal_does_not_touch_the_checkpoints(
    tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINTS", tmp_path / "checkpoints")
    arguments = [
        "--data-dir",
        str(tiny_mnist),
        "--no-download",
        "--runs-dir",
        str(tmp_path / "runs"),
    ]
    assert main(["mnist", "--smoke", *arguments]) == 0
    assert main(["mnist", "--held-out", "50", "--epochs", "1", *arguments]) == 0
    assert not (tmp_path / "checkpoints").exists()
    assert (tmp_path / "runs" / "rehearsal" / "mnist_cnn.json").is_file()


def test_a_smoke_run_uses_few_images_and_epochs(
    tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(train_all.SMOKE, "limit", 64)
    assert (
        main(
            [
                "mnist",
                "--smoke",
                "--data-dir",
                str(tiny_mnist),
                "--runs-dir",
                str(tmp_path),
                "--no-download",
            ]
        )
        == 0
    )
    card = checkpoints.load_card("mnist_cnn", tmp_path / "rehearsal")
    assert card["result"]["epochs"] == train_all.SMOKE["epochs"]
    assert sum(map(sum, card["result"]["confusion"])) == 64


def test_the_data_folder_may_come_from_the_variable(
    tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNN_DATA", str(tiny_mnist))
    assert main(["mnist", "--smoke", "--no-download", "--runs-dir", str(tmp_path / "runs")]) == 0


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

    monkeypatch.setattr(train_all, "fit", interrupted)
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

    monkeypatch.setattr(train_all, "fit", ended)


def epochs_trained(out: str) -> list[int]:
    return [int(line.split()[1]) for line in out.splitlines() if line.startswith("epoch")]


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


def test_the_result_tells_what_precise_statistics_changed(
    run: Run, capsys: pytest.CaptureFixture
) -> None:
    run()
    assert "running statistics" not in capsys.readouterr().out
    assert run("--set", "precise_bn=True") == 0
    assert "% with batch normalisation's running statistics)" in capsys.readouterr().out


def test_the_checkpoint_is_written_again_from_a_finished_run(run: Run, tmp_path: Path) -> None:
    run()
    first = checkpoints.weights_path("mnist_cnn", tmp_path / "out").read_bytes()
    checkpoints.weights_path("mnist_cnn", tmp_path / "out").unlink()
    assert run() == 0
    assert checkpoints.weights_path("mnist_cnn", tmp_path / "out").read_bytes() == first


def test_missing_data_is_one_sentence(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run("--data-dir", str(tmp_path / "nowhere")) == 2
    assert_one_sentence(capsys.readouterr().err, "MNIST is not in", "nowhere", "--data-dir")
    assert not (tmp_path / "nowhere").exists()


def test_damaged_data_is_one_sentence(
    run: Run, tiny_mnist: Path, capsys: pytest.CaptureFixture
) -> None:
    (tiny_mnist / "MNIST/raw/t10k-labels-idx1-ubyte").write_bytes(b"damaged")
    assert run() == 2
    assert_one_sentence(
        capsys.readouterr().err, "is damaged", "t10k-labels-idx1-ubyte", "run again"
    )


def test_no_network_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    variables = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nowhere)
    clean = {
        name: value
        for name, value in os.environ.items()
        if name.lower() not in ("no_proxy", "all_proxy")
    }
    done = subprocess.run(
        [
            sys.executable,
            "train_all.py",
            "mnist",
            "--data-dir",
            tmp_path / "data",
            "--runs-dir",
            tmp_path / "runs",
        ],
        cwd=ROOT,
        env=clean | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert_one_sentence(
        done.stderr, "MNIST could not be downloaded", "check the network", "--no-download"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_breaks_off_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def break_off(self: MNIST) -> None:
        (Path(self.root) / "half").write_bytes(b"half of")
        raise RuntimeError("the connection\nwas lost")

    monkeypatch.setattr(MNIST, "download", break_off)
    assert (
        main(["mnist", "--data-dir", str(tmp_path / "data"), "--runs-dir", str(tmp_path / "runs")])
        == 2
    )
    assert_one_sentence(capsys.readouterr().err, "the connection was lost")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--epochs", "0"), "Expected epochs from 1"),
        (("--lr", "nan"), "Expected learning_rate from 0.0 to 1000.0, got nan"),
        (("--lr", "0"), "Expected a learning_rate above 0"),
        (("--batch-size", "-1"), "Expected batch_size from 1"),
        (("--seed", "-1"), "Expected seed from 0"),
        (("--held-out", "-1"), "Expected held_out from 0"),
        (("--set", "average=2"), "Expected average from 0.0 to 1.0, got 2.0"),
        (("--set", "average=much"), "Expected average to be a number, got 'much'"),
        (("--set", "betas=3"), "Expected betas to be two numbers from 0 to below 1, got 3"),
        (("--set", "precise_bn=1"), "Expected precise_bn to be True or False, got 1"),
        (("--set", "channels_last=1"), "Expected channels_last to be True or False, got 1"),
        (
            ("--set", "schedule=two_cycle"),
            "Expected schedule to be one of constant, one_cycle, got 'two_cycle'",
        ),
        (
            ("--set", "averages=0.5"),
            "--set averages=0.5: expected NAME=VALUE with NAME one of attack_epsilon",
        ),
        (("--set", "model=ResNet"), "--set model=ResNet: expected NAME=VALUE"),
        (("--set", "average"), "Expected average to be a number, got ''"),
        (
            ("--held-out", "300"),
            "--held-out: Expected between 1 and 299 images to hold out, got 300",
        ),
    ],
)
def test_a_setting_out_of_range_is_one_sentence(
    run: Run, capsys: pytest.CaptureFixture, arguments: tuple[str, ...], part: str
) -> None:
    assert run(*arguments) == 2
    assert_one_sentence(capsys.readouterr().err, part)


@pytest.mark.parametrize(
    "arguments", [["--epochs", "many"], ["--device", "tpu"], ["--precision", "fp8"], ["--nothing"]]
)
def test_an_option_that_is_none_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["mnist", *arguments])
    assert caught.value.code == 2
    assert arguments[0] in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, device: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert run("--device", device) == 2
    assert_one_sentence(
        capsys.readouterr().err, f"--device {device}: this computer has no such device"
    )


@pytest.mark.parametrize(
    ("cuda", "mps", "wanted"),
    [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu"), (True, False, "cuda")],
)
def test_auto_takes_the_fastest_device(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, mps: bool, wanted: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert train_all._device("auto").type == wanted


@pytest.mark.parametrize("option", ["--out", "--runs-dir"])
@pytest.mark.parametrize("below", ["", "below"])
def test_a_folder_that_cannot_be_written_is_one_sentence(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture, option: str, below: str
) -> None:
    (tmp_path / "file").write_text("no folder")
    assert run(option, str(tmp_path / "file" / below)) == 2
    assert_one_sentence(
        capsys.readouterr().err, "The folder", str(tmp_path / "file"), "cannot be written"
    )


def test_a_folder_that_refuses_files_is_found_before_the_training(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def refuse(dir: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(train_all.tempfile, "TemporaryFile", refuse)
    assert run() == 2
    captured = capsys.readouterr()
    assert_one_sentence(captured.err, "cannot be written (Permission denied)")
    assert epochs_trained(captured.out) == []


def test_a_full_disk_is_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run() == 2
    assert_one_sentence(capsys.readouterr().err, "No space left on device")


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


HOLD = (
    "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); "
    "print('held', flush=True); input()"
)


def test_two_processes_do_not_write_the_same_run(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    folder = state_folder(tmp_path)
    folder.mkdir(parents=True)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"held\n"
        assert run() == 2
        assert_one_sentence(
            capsys.readouterr().err, "Another process is training this very run", str(folder)
        )
        other.kill()
    assert run() == 0  # a lock ends with its process


def test_a_run_holds_its_lock(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = []

    def fit(*arguments: object, **settings: object) -> None:
        with (state_folder(tmp_path) / "lock").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.append(True)
        raise TrainingError("Ended on purpose.")

    monkeypatch.setattr(train_all, "fit", fit)
    run()
    assert held == [True]


def test_kept_epochs_that_are_gone_are_one_sentence(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    run()
    (state_folder(tmp_path) / epoch_file(1)).unlink()
    capsys.readouterr()
    assert run() == 2
    assert_one_sentence(capsys.readouterr().err, epoch_file(1))


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """A folder with the card of an untrained network."""
    config = configuration()
    confusion = (torch.eye(10, dtype=torch.int64) * 99).index_put(
        (torch.tensor([3]), torch.tensor([5])), torch.tensor(10)
    )
    record = EpochRecord(1, 1.0, 0.5, 0.9, 0.99, confusion.tolist(), 0.01, 100.4, 1000.0)
    checkpoints.save(
        "mnist_cnn",
        build_model({"model": "MnistCNN"}),
        config,
        (record, record),
        Evaluation(0.9, confusion, torch.zeros(1000, dtype=torch.int64)),
        title="Small CNN on MNIST",
        homework_accuracy=0.9,
        command="python train_all.py mnist",
        device="cpu",
        folder=tmp_path / "cards",
    )
    return tmp_path / "cards"


def test_the_result_table_has_a_row_for_every_card(cards: Path) -> None:
    rows = result_table(cards).splitlines()
    assert len(rows) == 3
    cells = [cell.strip() for cell in rows[2].strip("|").split("|")]
    assert cells[:7] == [
        "Small CNN on MNIST",
        "39,248",
        "2",
        "**99.00%**",
        "90%",
        "3 min 21 s",
        "0",
    ]
    assert f"torch {checkpoints.versions()['torch']}" in cells[8]
    assert {row.count("|") for row in rows} == {10}


def test_the_table_command_prints_the_table(cards: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["table", "--out", str(cards)]) == 0
    assert capsys.readouterr().out == f"{result_table(cards)}\n"


def test_the_table_of_a_damaged_card_is_one_sentence(
    cards: Path, capsys: pytest.CaptureFixture
) -> None:
    checkpoints.card_path("mnist_cnn", cards).write_text("{")
    assert main(["table", "--out", str(cards)]) == 2
    assert_one_sentence(capsys.readouterr().err, "mnist_cnn.json is damaged")


README = "# Title\n\n<!-- results -->\n{}<!-- /results -->\n\nThe end: \\1 \\g<0>.\n"


@pytest.mark.parametrize("before", ["", "| old |\n", "| older |\n|---|\n| table |\n\n"])
def test_the_table_is_written_between_its_marks(cards: Path, tmp_path: Path, before: str) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(README.format(before))
    assert main(["table", "--out", str(cards), "--write", str(readme)]) == 0
    assert readme.read_text() == README.format(f"{result_table(cards)}\n")


def test_a_written_table_is_written_once(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(README.format(""))
    write_table("| a |", readme)
    first = readme.read_text()
    write_table("| a |", readme)
    assert readme.read_text() == first


@pytest.mark.parametrize(
    "text", ["", "# Title\n", "<!-- results -->\n", "<!-- /results -->\n<!-- results -->\n"]
)
def test_a_file_without_the_marks_is_left_alone(
    cards: Path, tmp_path: Path, text: str, capsys: pytest.CaptureFixture
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(text)
    assert main(["table", "--out", str(cards), "--write", str(readme)]) == 2
    assert_one_sentence(
        capsys.readouterr().err, "README.md", "<!-- results -->", "<!-- /results -->"
    )
    assert readme.read_text() == text


def test_a_missing_file_cannot_be_written_into(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"--write: .*README\.md cannot be read \(No such file or directory\)"
    ):
        write_table("| a |", tmp_path / "README.md")
    assert not (tmp_path / "README.md").exists()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_a_duration_reads_as_a_person_says_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_command_is_needed(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_weights_on_disk_are_what_was_trained(run: Run, tmp_path: Path) -> None:
    run()
    shipped = safetensors.torch.load_file(checkpoints.weights_path("mnist_cnn", tmp_path / "out"))
    state = safetensors.torch.load_file(state_folder(tmp_path) / STATE_FILE)
    assert all(torch.equal(value, state[f"averaged.{name}"]) for name, value in shipped.items())


def test_a_table_of_nothing_is_refused_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("<!-- results -->\nold\n<!-- /results -->\n")
    assert train_all.main(["table", "--out", str(tmp_path), "--write", str(readme)]) == 2
    assert "There is no card in" in capsys.readouterr().err
    assert "old" in readme.read_text()


@pytest.fixture
def photos(monkeypatch: pytest.MonkeyPatch) -> None:
    """CIFAR-10 with the twenty bundled pictures for both of its parts."""
    samples = load_samples("cifar10")
    few = LabelledImages(samples.images, samples.labels)
    monkeypatch.setattr(train_all, "load", lambda name, part, data, download: few)


@pytest.mark.usefixtures("photos")
def test_the_resnet_ships_half_precision_and_the_stem_of_each_epoch(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    places = ["--out", str(tmp_path / "out"), "--runs-dir", str(tmp_path / "runs")]
    assert (
        main(["resnet", "--epochs", "1", "--processes", "1", "--precision", "fp32", *places]) == 0
    )
    shipped = checkpoints.load("cifar10_resnet", tmp_path / "out")
    assert type(shipped.model) is ResNet
    assert shipped.card["hardware"]["processes"] == 1
    assert list(checkpoints.load_epoch("cifar10_resnet", 1, tmp_path / "out")) == ["stem.0.weight"]
    assert "peak memory  " in capsys.readouterr().out


@pytest.mark.usefixtures("photos")
def test_the_plain_resnet_keeps_its_card_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    places = ["--out", str(tmp_path / "out"), "--runs-dir", str(tmp_path / "runs")]
    assert main(["resnet", "--plain", "--epochs", "1", "--processes", "1", *places]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["cifar10_resnet_plain.json"]
    config = TrainConfig.from_dict(
        checkpoints.load_card("cifar10_resnet_plain", tmp_path / "out")["config"]
    )
    assert (config.learning_rate, config.schedule, config.average, config.weight_decay) == (
        1e-3,
        "constant",
        0,
        0,
    )
    assert str(tmp_path / "out" / "cifar10_resnet_plain.json") in capsys.readouterr().out


@pytest.mark.parametrize(
    ("able", "cuda", "wanted"),
    [
        ({"avx512_bf16": True}, None, "bf16"),
        ({"amx_bf16": True}, None, "bf16"),
        ({"avx2": True, "avx512_bf16": False}, None, "fp32"),
        ({}, True, "bf16"),
        ({}, False, "fp16"),
    ],
)
def test_auto_takes_the_precision_that_the_device_has(
    monkeypatch: pytest.MonkeyPatch, able: dict, cuda: bool | None, wanted: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: cuda)
    device = torch.device("cpu" if cuda is None else "cuda")
    assert automatic_precision(RECIPES["cifar10_resnet"], device) == wanted
    assert automatic_precision(RECIPES["mnist_cnn"], device) == "fp32"


def test_the_computing_fits_device_and_precision() -> None:
    recipe, cpu, cuda = RECIPES["cifar10_resnet"], torch.device("cpu"), torch.device("cuda")
    assert fastest_computing(recipe, cpu) == Computing(cpu, winograd=True)
    assert fastest_computing(with_overrides(recipe, precision="bf16"), cpu) == Computing(cpu)
    assert fastest_computing(recipe, cuda) == Computing(cuda, compile=True)
    assert fastest_computing(RECIPES["mnist_cnn"], cuda) == Computing(cuda)


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
    monkeypatch.setattr(train_all.parallel, "cores", lambda: cores)
    options = train_all._parser().parse_args([command])
    recipe = RECIPES[train_all.NETWORKS[command][0]]
    assert train_all._processes(recipe, options, torch.device(device)) == wanted


@pytest.mark.parametrize("count", ["0", "-2", "1000"])
def test_processes_that_the_computer_has_not_are_refused(
    run: Run, capsys: pytest.CaptureFixture, count: str
) -> None:
    assert run("--processes", count) == 2
    assert_one_sentence(
        capsys.readouterr().err, f"--processes {count}: expected a number from 1 to"
    )


def test_two_processes_give_the_curve_of_one(driver: Callable, tmp_path: Path) -> None:
    for count in (1, 2):
        place = tmp_path / str(count)
        place.mkdir()
        process = driver("run", str(place), "2", "--processes", str(count))
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert out.count("epoch   1 ") == 1  # one process speaks
    cards = [checkpoints.load_card("mnist_cnn", tmp_path / count / "out") for count in "12"]
    curves = [
        [(row["train_loss"], row["validation_accuracy"]) for row in card["history"]]
        for card in cards
    ]
    torch.testing.assert_close(torch.tensor(curves[0]), torch.tensor(curves[1]), rtol=0, atol=5e-3)
    assert [card["hardware"]["processes"] for card in cards] == [1, 2]


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


def test_a_disk_without_room_is_found_before_the_training(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    usage = shutil.disk_usage("/")._replace(free=1_000_000)
    monkeypatch.setattr(train_all.shutil, "disk_usage", lambda path: usage)
    assert run() == 2
    captured = capsys.readouterr()
    assert_one_sentence(captured.err, "has 1 MB free, but this training needs", "--runs-dir")
    assert epochs_trained(captured.out) == []


def test_the_room_that_is_asked_for_is_what_a_run_takes(run: Run, tmp_path: Path) -> None:
    assert run() == 0
    folder = state_folder(tmp_path)
    taken = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    taken += (folder / STATE_FILE).stat().st_size  # while it is replaced there are two
    assert 0.85 * taken < state_bytes(configuration()) < 1.1 * taken


def cam(tmp_path: Path, *arguments: str) -> int:
    """The command ``cam`` on the bundled pictures, the shipped network in a folder of its own."""
    out = tmp_path / "out"
    if not out.exists():
        out.mkdir()
        for kind in ("json", "safetensors"):
            shutil.copy(checkpoints.CHECKPOINTS / f"cifar10_resnet.{kind}", out)
    return main(
        [
            *(
                "cam",
                "--no-download",
                "--data-dir",
                str(tmp_path / "none"),
                "--draws",
                "1",
                "--out",
                str(out),
            ),
            *(
                "--report-dir",
                str(tmp_path / "report"),
                "--runs-dir",
                str(tmp_path / "runs"),
                *arguments,
            ),
        ]
    )


def test_cam_measures_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert cam(tmp_path, "--precision", "fp32") == 0
    card = results.load("cifar10_resnet_cam", tmp_path / "out")
    assert (card["pictures"], card["validated_on"], card["draws"]) == (
        20,
        "the bundled pictures",
        1,
    )
    assert card["network"] == checkpoints.load_card("cifar10_resnet")["weights"]["sha256"]
    samples = load_samples("cifar10")
    images = to_unit(samples.images)
    model = checkpoints.load("cifar10_resnet").model
    right = faithfulness.compare(
        model,
        images,
        model(images).argmax(1),
        fill=torch.tensor(facts("cifar10").mean),
        draws=(1, 1),
    )
    for ranking, curves in right.items():
        assert card["deletion"][ranking] == pytest.approx(
            curves.mean(0).tolist(), abs=0.01
        )  # pixels of nearly equal heat
    said = capsys.readouterr().out
    area = faithfulness.areas(card["deletion"])[faithfulness.RANKINGS[1]]
    assert f"area between hottest first and the map's cells shuffled: {area:+.4f}" in said
    for file, least in (("cam_rows.png", 6 * 300), ("cam_interpolations.png", 600)):
        with Image.open(tmp_path / "report" / file) as picture:
            assert picture.height >= least


def test_a_second_cam_measures_nothing_again_and_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cam(tmp_path, "--pictures", "2")
    first = results.load("cifar10_resnet_cam", tmp_path / "out")
    monkeypatch.setattr(
        faithfulness, "compare", lambda *arguments, **settings: pytest.fail("measured again")
    )
    assert cam(tmp_path, "--pictures", "2") == 0
    second = results.load("cifar10_resnet_cam", tmp_path / "out")
    assert second["validated_on"] == "the first 2 of the bundled pictures"
    assert second["deletion"] == first["deletion"]
    assert second["insertion"] == first["insertion"]


@pytest.mark.parametrize(
    "wrong", [("--draws", "0"), ("--alpha", "1.5"), ("--alpha", "nan"), ("--pictures", "-3")]
)
def test_cam_with_a_wrong_setting_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture, wrong: tuple[str, str]
) -> None:
    assert cam(tmp_path, *wrong) == 2
    assert_one_sentence(
        capsys.readouterr().err,
        "Expected --draws and --pictures of at least 1 and --alpha from 0 to 1",
    )


def test_cam_without_the_network_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "out").mkdir()
    assert cam(tmp_path) == 2
    assert_one_sentence(
        capsys.readouterr().err, "cifar10_resnet.json is missing", "python train_all.py resnet"
    )


def test_attack_curves_measures_every_attack_and_goes_on(
    tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("mnist_model_a", "mnist_model_b"):
        for kind in ("json", "safetensors"):
            shutil.copy(checkpoints.CHECKPOINTS / f"{name}.{kind}", out)
    monkeypatch.setattr(homework, "EPSILONS", (0, 8, 16))
    breaking = attacks.breaking_epsilons
    monkeypatch.setattr(
        attacks,
        "breaking_epsilons",
        lambda model, images, labels, **settings: breaking(
            model, images[:2], labels[:2], **settings, steps=4
        ),
    )
    command = [
        "attack-curves",
        "--data-dir",
        str(tiny_mnist),
        "--no-download",
        "--images",
        "30",
        "--out",
        str(out),
        "--runs-dir",
        str(tmp_path / "runs"),
    ]
    threads = torch.get_num_threads()
    assert main(command) == 0
    card = results.load("mnist_attacks", out)
    assert {(row["attack"], row["model"], row["epsilon"]) for row in card["rates"]} == {
        (name, model, epsilon)
        for name in homework.EVALUATED
        for model in "ABM"
        for epsilon in (0, 8, 16)
    }
    assert card["validated_on"] == "the first 30 of the test images"
    assert all(len(values) == 3 for values in card["transfer"].values())
    assert all(len(values) == 2 for values in card["breaking"].values())
    assert "epsilon  8, model A: " in capsys.readouterr().out
    assert torch.get_num_threads() == threads
    monkeypatch.setattr(robustness, "rate", lambda *arguments: pytest.fail("measured again"))
    assert main(command) == 0
    assert results.load("mnist_attacks", out)["rates"] == card["rates"]


def test_attack_curves_of_nothing_is_one_sentence(capsys: pytest.CaptureFixture) -> None:
    assert main(["attack-curves", "--images", "0"]) == 2
    assert_one_sentence(capsys.readouterr().err, "Expected --images of at least 1, got 0")


def test_both_attack_models_are_trained_one_after_the_other(
    tiny_mnist: Path, tmp_path: Path
) -> None:
    places = [
        "--data-dir",
        str(tiny_mnist),
        "--no-download",
        "--out",
        str(tmp_path / "out"),
        "--runs-dir",
        str(tmp_path / "runs"),
    ]
    assert main(["attack-models", "--epochs", "1", "--set", "attack_steps=1", *places]) == 0
    for letter, epsilon in (("a", 0.0), ("b", 36.0)):
        loaded = checkpoints.load(f"mnist_model_{letter}", tmp_path / "out")
        assert type(loaded.model).__name__ == "DigitNet"
        assert loaded.card["config"]["attack_epsilon"] == epsilon
        assert loaded.card["config"]["attack_steps"] == 1


def test_report_writes_one_pdf(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["report", "--report-dir", str(tmp_path / "report")]) == 0
    path = tmp_path / "report" / "report.pdf"
    assert path.read_bytes().startswith(b"%PDF")
    assert f"written to {path}" in capsys.readouterr().out


def test_a_report_of_nothing_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["report", "--out", str(tmp_path), "--report-dir", str(tmp_path / "report")]) == 2
    assert_one_sentence(capsys.readouterr().err, "is missing", "python train_all.py mnist")
