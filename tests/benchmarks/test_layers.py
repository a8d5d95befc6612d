"""The benchmark of the layers: another checkout's stand beside ours, and each row is fair."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import layers
from core import conv
from core.data.facts import ROOT


def test_another_checkouts_layers_stand_beside_ours() -> None:
    theirs = layers.layers_of(ROOT)
    assert sys.modules["core.conv"] is conv
    assert theirs.conv2d is not layers.OURS.conv2d
    images, weight = torch.randn(2, 3, 6, 6), torch.randn(4, 3, 3, 3)
    assert torch.equal(theirs.conv2d(images, weight), conv.conv2d(images, weight))


def test_a_folder_that_is_no_checkout(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected a checkout with core/conv.py, got '.+'"):
        layers.layers_of(tmp_path)
    command = [sys.executable, "-m", "benchmarks.layers", "--against", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "--against: expected a checkout with core/conv.py" in run.stderr


@pytest.mark.parametrize("theirs", [layers.TORCH, layers.OURS], ids=["torch", "ours"])
def test_both_sides_of_a_row_do_the_same_work(theirs: layers.Layers) -> None:
    rows = [
        *layers.conv_case(theirs, (2, 3, 6, 6), 4, 2, None),
        *layers.pool_case(theirs, (2, 3, 6, 6), 2, 1.5),
        *layers.average_case(theirs, (2, 3, 6, 6)),
        *layers.cnn_case(theirs, 2),
    ]
    for row in rows[:-1]:  # the last one trains, and so changes from call to call
        torch.testing.assert_close(row.theirs(), row.ours())
    cells = layers.time_cells(rows[0], 1, 0.0)
    assert cells[0] == "conv 2x3x6x6 -> 4, k3 s2 p1: forward"
    assert cells[-2:] == ["-", "-"]
