"""core.checkpoints.results: numbers with their origin, and long measurements that go on."""

import json
from pathlib import Path

import pytest

from core.checkpoints import CheckpointError, results
from core.homework import RESULTS
from core.json_files import sealed

NAME = "cifar10_resnet_cam"
SHIPPED = results.load(NAME)
CONTENT = {key: SHIPPED[key] for key in RESULTS[NAME].keys}


def saved(folder: Path) -> dict:
    return results.save(
        NAME,
        CONTENT,
        command="python train_all.py cam",
        seconds=1.5,
        seed=3,
        device="cpu",
        folder=folder,
    )


def test_a_result_comes_back_with_its_origin(tmp_path: Path) -> None:
    card = saved(tmp_path / "new")
    assert results.load(NAME, tmp_path / "new") == card
    assert card["command"] == "python train_all.py cam"
    assert (card["seconds"], card["seed"], card["hardware"]["device"]) == (1.5, 3, "cpu")
    assert card["versions"]["torch"]


def test_a_key_that_is_missing_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        results.save(NAME, {}, command="", seconds=0, seed=0, device="cpu", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_result_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        CheckpointError,
        match=r"is missing: copy it there again, or make it anew with `python train_all.py cam ",
    ):
        results.load(NAME, tmp_path)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda card: "{", "not readable as JSON"),
        (lambda card: "[]", "expected a JSON object"),
        (
            lambda card: json.dumps({k: v for k, v in card.items() if k not in ("shares", "sum")}),
            "'shares' is missing",
        ),
        (
            lambda card: json.dumps({k: v for k, v in card.items() if k not in ("seed", "sum")}),
            "'seed' is missing",
        ),
        (lambda card: json.dumps(sealed(card | {"format": 99})), "expected format 1, got 99"),
        (
            lambda card: json.dumps(sealed(card | {"name": "other"})),
            f"expected the card of {NAME}, got that of 'other'",
        ),
        (lambda card: json.dumps(card | {"draws": 4}), "its content differs from its sum"),
    ],
)
def test_a_damaged_result_is_one_sentence(tmp_path: Path, change: object, reason: str) -> None:
    card = saved(tmp_path)
    results.path(NAME, tmp_path).write_text(change(card))
    with pytest.raises(CheckpointError, match=f"is damaged .*{reason}"):
        results.load(NAME, tmp_path)


def measured(runs: Path, calls: list, *, end_at: int | None = None, **settings: object) -> list:
    def measure(part: slice) -> list[int]:
        if part.start == end_at:
            raise KeyboardInterrupt
        calls.append(part.start)
        return list(range(part.start, part.stop))

    return list(results.in_parts(7, 3, measure, settings=settings, name="numbers", runs=runs))


def test_parts_cover_everything_in_order(tmp_path: Path) -> None:
    found = measured(tmp_path, [])
    assert [part.things for part in found] == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert [number for part in found for number in part.found] == list(range(7))


def test_a_measurement_that_was_ended_goes_on(tmp_path: Path) -> None:
    calls: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path, calls, end_at=3)
    assert calls == [0]
    again = measured(tmp_path, calls)
    assert [number for part in again for number in part.found] == list(range(7))
    assert calls == [0, 3, 6]


def test_a_part_keeps_the_seconds_that_it_took(tmp_path: Path) -> None:
    first, again = (measured(tmp_path, []) for _ in range(2))
    assert [part.seconds for part in again] == [part.seconds for part in first]
    assert all(part.seconds > 0 for part in first)


def test_other_settings_begin_anew(tmp_path: Path) -> None:
    calls: list[int] = []
    measured(tmp_path, calls, seed=0)
    measured(tmp_path, calls, seed=1)
    assert calls == [0, 3, 6] * 2


def test_other_versions_begin_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The card names those of today."""
    calls: list[int] = []
    measured(tmp_path, calls)
    monkeypatch.setattr(results, "versions", lambda: {"torch": "0.0"})
    measured(tmp_path, calls)
    assert calls == [0, 3, 6] * 2


def test_a_damaged_part_is_measured_again(tmp_path: Path) -> None:
    calls: list[int] = []
    measured(tmp_path, calls)
    next(tmp_path.rglob("part_000003.json")).write_text("[3,")
    measured(tmp_path, calls)
    assert calls == [0, 3, 6, 3]
