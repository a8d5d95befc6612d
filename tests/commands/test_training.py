"""The commands that train: what they read and write."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torchvision.datasets import MNIST

from commands import trainer
from commands.computing import torch_device
from core import checkpoints
from core.data.facts import ROOT, LabelledImages
from core.data.samples import load_samples, load_training_digits
from core.models import ResNet
from core.training.config import TrainConfig, TrainingError
from core.training.resume import STATE_FILE
from tests.commands.helpers import Run, assert_one_sentence, state_folder
from train_all import main


def test_a_run_writes_a_checkpoint_that_loads(run: Run, tmp_path: Path) -> None:
    assert run() == 0
    loaded = checkpoints.load("mnist_cnn", tmp_path / "out")
    assert loaded.card["result"]["epochs"] == 2
    assert [checkpoints.load_epoch("mnist_cnn", epoch, tmp_path / "out") for epoch in range(3)]


def test_the_card_holds_the_command(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["train_all.py", "mnist", "--data-dir", "my data"])
    run(epochs=1)
    assert checkpoints.load_card("mnist_cnn", tmp_path / "out")["command"] == (
        "python train_all.py mnist --data-dir 'my data'"
    )


def test_held_out_images_are_validated_on(run: Run, tmp_path: Path) -> None:
    assert run("--held-out", "100", epochs=1) == 0
    card = checkpoints.load_card("mnist_cnn", tmp_path / "out")
    assert card["validated_on"] == "100 held-out training images"
    assert sum(map(sum, card["result"]["confusion"])) == 100


def test_the_bundled_digits_need_no_data_set(tmp_path: Path) -> None:
    folders = [f"--{name}={tmp_path / name}" for name in ("data-dir", "out", "runs-dir")]
    bundled = ["--set", "bundled=True", "--held-out", "2000", "--limit", "100", "--epochs", "1"]
    assert main(["mnist", "--no-download", *folders, *bundled]) == 0
    card = checkpoints.load_card("mnist_cnn", tmp_path / "out")
    assert card["config"]["bundled"] is True
    assert card["validated_on"] == "the first 100 of 2,000 held-out training images"
    assert sum(map(sum, card["result"]["confusion"])) == 100
    assert not (tmp_path / "data-dir").exists()


def test_the_bundled_digits_are_trained_on_and_validated_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[LabelledImages, LabelledImages]] = []

    def keep(*arguments: object, **more: object) -> None:
        read.append(reading(*arguments, **more))
        raise TrainingError("Enough.")

    reading = trainer.read_images
    monkeypatch.setattr(trainer, "read_images", keep)
    assert run("--set", "bundled=True", "--held-out", "2000") == 2
    assert run("--set", "bundled=True") == 2
    digits = load_training_digits()
    (train, validation), (every, test) = read
    assert (len(train), len(validation)) == (8_000, 2_000)
    seen = torch.cat([train.images, validation.images]).flatten(1)
    assert torch.equal(seen.sum(0), digits.images.flatten(1).sum(0)), "each digit once"
    assert torch.equal(every.images, digits.images)
    assert len(test) == 100, "with none held out those of the data set"


def test_more_bundled_digits_than_there_are_cannot_be_held_out(
    run: Run, capsys: pytest.CaptureFixture
) -> None:
    assert run("--set", "bundled=True", "--held-out", "10000") == 2
    assert_one_sentence(capsys.readouterr().err, "between 1 and 9999 images to hold out")


def test_only_mnist_has_bundled_digits(capsys: pytest.CaptureFixture) -> None:
    assert main(["resnet", "--set", "bundled=True"]) == 2
    assert_one_sentence(capsys.readouterr().err, "bundled digits", "got 'cifar10'")


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
    monkeypatch.setitem(trainer.SMOKE, "limit", 64)
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
    assert card["result"]["epochs"] == trainer.SMOKE["epochs"]
    assert sum(map(sum, card["result"]["confusion"])) == 64


def test_the_data_folder_may_come_from_the_variable(
    tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNN_DATA", str(tiny_mnist))
    assert main(["mnist", "--smoke", "--no-download", "--runs-dir", str(tmp_path / "runs")]) == 0


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
    assert torch_device("auto").type == wanted


def test_weights_on_disk_are_what_was_trained(run: Run, tmp_path: Path) -> None:
    run()
    shipped = safetensors.torch.load_file(checkpoints.weights_path("mnist_cnn", tmp_path / "out"))
    state = safetensors.torch.load_file(state_folder(tmp_path) / STATE_FILE)
    assert all(torch.equal(value, state[f"averaged.{name}"]) for name, value in shipped.items())


@pytest.fixture
def photos(monkeypatch: pytest.MonkeyPatch) -> None:
    """CIFAR-10 with the twenty bundled pictures for both of its parts."""
    samples = load_samples("cifar10")
    few = LabelledImages(samples.images, samples.labels)
    monkeypatch.setattr(trainer, "load", lambda name, part, data, download: few)


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


def test_two_trainings_in_one_command_are_refused(capsys: pytest.CaptureFixture) -> None:
    assert main(["resnet", "--plain", "--short"]) == 2
    assert "--short and --plain are two trainings: name one of them." in capsys.readouterr().err


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
    for network, epsilon in (("a", 0.0), ("b", 36.0)):
        loaded = checkpoints.load(f"mnist_model_{network}", tmp_path / "out")
        assert type(loaded.model).__name__ == "DigitNet"
        assert loaded.card["config"]["attack_epsilon"] == epsilon
        assert loaded.card["config"]["attack_steps"] == 1
