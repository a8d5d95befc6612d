"""The command ``cam``, on the bundled pictures."""

import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

from core import checkpoints, faithfulness
from core.checkpoints import results
from core.data.facts import facts, to_unit
from core.data.samples import load_samples
from tests.commands.helpers import assert_one_sentence
from train_all import main


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
    ("option", "value", "end"),
    [
        ("--draws", "0", "expected a number from 1 to 100, got 0."),
        ("--draws", "99999999", "expected a number from 1 to 100, got 99999999."),
        ("--alpha", "1.5", "expected a number from 0 to 1, got 1.5."),
        ("--alpha", "nan", "expected a number from 0 to 1, got nan."),
        ("--pictures", "0", "expected a number from 1 to 10000, got 0."),
        ("--pictures", "-3", "expected a number from 1 to 10000, got -3."),
        ("--seed", "9" * 20, f"expected a number from 0 to 2147483647, got {'9' * 20}."),
        ("--seed", "-1", "expected a number from 0 to 2147483647, got -1."),
    ],
)
def test_cam_with_a_wrong_setting_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture, option: str, value: str, end: str
) -> None:
    assert cam(tmp_path, option, value) == 2
    assert_one_sentence(capsys.readouterr().err, f"Invalid value for '{option}': {end}")


def test_what_cam_leaves_lies_below_the_folder_that_was_named(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for kind in ("json", "safetensors"):
        shutil.copy(checkpoints.CHECKPOINTS / f"cifar10_resnet.{kind}", out)
    folders = ["--out", str(out), "--data-dir", str(tmp_path / "none")]
    assert main(["cam", "--no-download", "--pictures", "1", "--draws", "1", *folders]) == 0
    assert sorted(file.name for file in (out / "report").iterdir()) == [
        "cam_interpolations.png",
        "cam_rows.png",
    ]
    assert [folder.name for folder in (out / "runs").iterdir()]
    last = capsys.readouterr().out.splitlines()[-1]
    assert str(out / "report") in last
    assert str(out / "runs") in last


def test_cam_without_the_network_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "out").mkdir()
    assert cam(tmp_path) == 2
    assert_one_sentence(
        capsys.readouterr().err, "cifar10_resnet.json is missing", "python train_all.py resnet"
    )
