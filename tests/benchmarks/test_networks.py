"""benchmarks.networks: the table's figures, ratios and verdicts."""

import sys

import pytest

from benchmarks import networks


def test_a_turn_is_held_to_its_median_and_a_hover_to_its_slowest() -> None:
    times = {
        "frame": [8.0, 10.0, 12.0],
        "Small CNN, hover": [9.0] * 19 + [30.0],
        "Small CNN, next picture": [90.0, 95.0, 300.0],
        "ResNet, hover": [15.0, 15.0, 16.0],
        "ResNet, next picture": [210.0, 220.0, 230.0],
        "sentence": [50.0],
    }
    found = {name: rest for name, *rest in networks.rows(times)}
    assert found["frame"] == [10, 12, 1, ""]
    assert found["Small CNN, hover"] == [9, 30, 0.9, "no, <= 17"]
    assert found["Small CNN, next picture"] == [95, 300, 1.9, "yes, <= 100"]
    assert found["ResNet, hover"] == [15, 16, 1.5, "yes, <= 17"]
    assert found["ResNet, next picture"] == [220, 230, 4.4, "no, <= 200"]
    assert found["sentence"] == [50, 50, 1, ""]


def test_no_round_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["networks", "--rounds", "0"])
    with pytest.raises(SystemExit):
        networks.main()
    assert "expected --rounds of at least 1, got 0" in capsys.readouterr().err
