"""The command ``ingredients``: each run is kept at once, and none is trained twice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commands import ingredient_runs, trainer
from commands.ingredient_runs import NAME
from core.checkpoints import results
from core.checkpoints.ingredients import unpacked
from core.json_files import json_bytes
from core.training import ingredient_run, ingredients
from core.training.config import RANGES, TrainingError, with_overrides
from core.training.ingredients import INGREDIENTS
from core.training.records import EpochRecord, Progress
from core.training.resume import STATE_FILE
from tests.commands.helpers import assert_one_sentence
from train_all import main

VERSIONS = dict.fromkeys(("python", "torch", "torchvision", "numpy", "safetensors"), "1")
HARDWARE = {"device": "cpu", "cpu": "c", "cores": 1, "threads": 1, "processes": 1, "gpu": None}
Call = Callable[..., int]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Calls the command with folders of its own."""

    def run(*arguments: str) -> int:
        folders = ("--out", str(tmp_path / "out"), "--runs-dir", str(tmp_path / "runs"))
        return main(["ingredients", *folders, "--device", "cpu", *arguments])

    return run


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The runs that are trained, by name and seed; each takes no time."""
    done: list[tuple[str, int]] = []

    def measured(one: Any, config: Any, train: Any, held_out: Any, **how: Any) -> dict[str, Any]:
        done.append((one.name, config.seed))
        (how["state_folder"] / STATE_FILE).write_bytes(b"")
        how["on_progress"](Progress(1, 1, 1, len(train), 1.0, 0.5, 1.0, 0.5))
        return {
            **{"name": one.name, "settings": one.as_kept, "epochs": config.epochs},
            **{"seed": config.seed, "held_out": config.held_out, "precision": config.precision},
            **{"accuracy": 0.9, "loss": 0.3, "train_accuracy": 0.95, "seconds": 1.0},
            **{"epoch_seconds": 1.0, "curve": [0.9] * config.epochs, "wrong": None},
            **{"hardware": HARDWARE, "versions": VERSIONS},
        }

    monkeypatch.setattr(ingredient_run, "measured", measured)
    monkeypatch.setattr(trainer, "read_images", lambda *_, **__: (range(50), range(5_000)))
    return done


def kept(folder: Path) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = results.load(NAME, folder)["runs"]
    return runs


def test_a_rehearsal_trains_for_real(
    call: Call, tiny_cifar10: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    asked = ("--smoke", "--no-download", "--data-dir", str(tiny_cifar10), "--only", "no-sharpness")
    assert call(*asked) == 0
    (run,) = kept(tmp_path / "out")
    assert (run["epochs"], run["held_out"], run["settings"]) == (1, 16, {"sharpness": 0.0})
    assert run["accuracy"] == 1 - unpacked(run["wrong"], 16).sum() / 16
    assert len(run["curve"]) == 1
    assert 0 < run["epoch_seconds"] <= run["seconds"]
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("no-sharpness, seed 0, 1 epoch: ")
    assert not list((tmp_path / "runs").rglob("*.safetensors")), "states go with their results"
    assert call(*asked) == 0
    assert "1 of 1 runs had been measured before" in capsys.readouterr().out
    assert kept(tmp_path / "out") == [run]


def test_a_run_that_was_ended_goes_on_from_its_last_finished_epoch(
    call: Call, tiny_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"model": "MnistCNN", "dataset": "mnist", "augmentation": "shift"}
    monkeypatch.setattr(ingredients, "BASE", with_overrides(ingredients.BASE, **small))
    monkeypatch.setattr(ingredients, "HELD_OUT", 100)
    monkeypatch.setattr(ingredient_runs, "TENSORS", ())
    asked = ("--no-download", "--data-dir", str(tiny_mnist), "--only", "recipe", "--epochs", "2")
    seen: list[EpochRecord] = []
    move = ingredient_runs._moving

    def ended(*about: Any) -> Callable[[Progress], None]:
        def show(progress: Progress) -> None:
            move(*about)(progress)
            if progress.record is not None:
                seen.append(progress.record)
                if len(seen) == 1:
                    raise TrainingError("Ended on purpose.")

        return show

    monkeypatch.setattr(ingredient_runs, "_moving", ended)
    assert call(*asked, "--seeds", "0") == 2
    assert len(list((tmp_path / "runs").rglob(STATE_FILE))) == 1
    assert call(*asked, "--seeds", "0") == 0
    assert [record.epoch for record in seen] == [1, 2]
    (run,) = kept(tmp_path / "out")
    assert run["curve"] == [record.validation_accuracy for record in seen]
    assert run["seconds"] > seen[0].seconds


def test_all_ingredients_have_a_seed_before_the_next(
    call: Call, trained: list, tmp_path: Path
) -> None:
    assert call("--seeds", "3,0,3") == 0
    assert trained == [(name, seed) for seed in (3, 0) for name in INGREDIENTS]
    assert [(run["name"], run["seed"]) for run in kept(tmp_path / "out")] == trained


def test_what_was_measured_is_not_trained_again(
    call: Call, trained: list, capsys: pytest.CaptureFixture
) -> None:
    call("--only", "recipe", "--only", "cutmix", "--seeds", "0")
    call("--only", "mixup", "--only", "cutmix", "--seeds", "0,1")
    assert trained == [("recipe", 0), ("cutmix", 0), ("mixup", 0), ("mixup", 1), ("cutmix", 1)]
    told = capsys.readouterr().out
    assert "1 of 4 runs had been measured before" in told
    assert "difference to the recipe after 12 epochs, in points, ± a standard error:" in told
    assert " +0.00 ± 0.60  90.00 ± 0.42 %  cutmix, seeds 0, 1\n" in told
    assert "               90.00 ± 0.42 %  recipe, seed 0\n" in told
    call("--only", "cutmix", "--seeds", "0", "--epochs", "3")
    assert trained[-1] == ("cutmix", 0)
    assert len(trained) == 6, "of another number of epochs"


def test_what_another_process_has_added_meanwhile_stays(
    call: Call, trained: list[tuple[str, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for each device, say: they share the result, not the states."""
    one, other = ("--only", "recipe"), ("--only", "no-sharpness")
    measured = ingredient_run.measured

    def beside(*arguments: Any, **how: Any) -> dict[str, Any]:
        monkeypatch.setattr(ingredient_run, "measured", measured)
        assert call(*other, "--epochs", "1", "--seeds", "0", "--runs-dir", str(tmp_path / "b")) == 0
        return measured(*arguments, **how)

    monkeypatch.setattr(ingredient_run, "measured", beside)
    assert call(*one, "--epochs", "1", "--seeds", "0") == 0
    kept = results.load(NAME, tmp_path / "out")["runs"]
    assert sorted(run["name"] for run in kept) == ["no-sharpness", "recipe"]


def test_fresh_measures_anew_and_keeps_the_others(
    call: Call, trained: list, tmp_path: Path
) -> None:
    call("--only", "recipe", "--only", "cutmix", "--seeds", "0,1")
    call("--only", "cutmix", "--seeds", "0", "--fresh")
    assert trained[4:] == [("cutmix", 0)]
    runs = [(run["name"], run["seed"]) for run in kept(tmp_path / "out")]
    assert runs == [("recipe", 0), ("recipe", 1), ("cutmix", 1), ("cutmix", 0)]
    call("--only", "recipe", "--only", "cutmix", "--seeds", "0,1", "--fresh")
    assert len(trained) == 9


def test_a_run_whose_ingredient_is_another_today_is_measured_anew(
    call: Call, trained: list, tmp_path: Path
) -> None:
    call("--only", "cutmix", "--seeds", "0,1")
    path = results.path(NAME, tmp_path / "out")
    card = json.loads(path.read_text())
    del card["sum"]
    card["runs"] = [run | {"settings": {"cutmix": 0.4}} for run in card["runs"]]
    path.write_bytes(json_bytes(card))
    call("--only", "cutmix", "--seeds", "0")
    assert trained[2:] == [("cutmix", 0)]
    (run,) = kept(tmp_path / "out")
    assert run["settings"] == {"cutmix": 0.5}


def test_a_killed_command_has_kept_its_finished_runs(
    call: Call, trained: list, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ingredient_run.measured

    def ended(*about: Any, **how: Any) -> dict[str, Any]:
        if len(trained) == 2:
            raise KeyboardInterrupt
        return real(*about, **how)

    monkeypatch.setattr(ingredient_run, "measured", ended)
    assert call("--seeds", "0") == 130
    assert [run["name"] for run in kept(tmp_path / "out")] == list(INGREDIENTS)[:2]


def test_a_damaged_result_is_one_sentence_before_any_work(
    call: Call, trained: list, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "out").mkdir()
    results.path(NAME, tmp_path / "out").write_text("{")
    assert call() == 2
    advice = f"`python train_all.py ingredients --fresh --out {tmp_path / 'out'}`"
    assert_one_sentence(capsys.readouterr().err, f"{NAME}.json is damaged", advice)
    assert trained == []
    assert call("--fresh", "--only", "cutmix", "--seeds", "3") == 0
    assert [run["name"] for run in kept(tmp_path / "out")] == ["cutmix"]


def test_a_rehearsal_has_one_epoch_and_one_seed_unless_others_are_typed(
    call: Call, trained: list[tuple[str, int]], tmp_path: Path
) -> None:
    assert call("--smoke") == 0
    assert trained == [(name, 0) for name in list(INGREDIENTS)[:2]]
    assert {run["epochs"] for run in kept(tmp_path / "out")} == {1}
    trained.clear()
    assert call("--smoke", "--seeds", "4,5", "--epochs", "2", "--only", "cutmix") == 0
    assert trained == [("cutmix", 4), ("cutmix", 5)]
    assert [run["epochs"] for run in kept(tmp_path / "out")] == [1, 1, 2, 2]


def test_torchrun_is_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    monkeypatch.setenv("RANK", "0")
    assert call() == 2
    assert_one_sentence(capsys.readouterr().err, "without torchrun")


@pytest.mark.parametrize("seeds", ["", "1,", "1 2", "-1", "1.5", f"{RANGES['seed'][1] + 1}", "x"])
def test_seeds_are_whole_numbers(call: Call, seeds: str, capsys: pytest.CaptureFixture) -> None:
    assert call(f"--seeds={seeds}") == 2
    assert_one_sentence(capsys.readouterr().err, "--seeds", "such as 0,1,2; got")


def test_the_help_lists_every_ingredient_with_its_settings(capsys: pytest.CaptureFixture) -> None:
    assert main(["ingredients", "--help"]) == 0
    told = capsys.readouterr().out
    assert "  cutmix+weight-decay-0.1: cutmix=0.5, weight_decay=0.1\n" in told
    assert all(f"  {name}:" in told for name in INGREDIENTS)
