"""core.training.parallel: several processes train as one, and one that ends is named."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.data.facts import ROOT
from core.training import parallel
from core.training.config import TrainConfig
from core.training.loop import fit
from tests.synthetic import synthetic_colours, synthetic_digits

CONFIG = {
    "model": "MnistCNN",
    "dataset": "mnist",
    "epochs": 3,
    "batch_size": 64,
    "learning_rate": 5e-3,
    "average": 0.9,
}
IMAGES = 201  # the last batch has 9 images, which two processes cannot halve

PRECISE = {
    "model": "ResNet",
    "dataset": "cifar10",
    "epochs": 1,
    "batch_size": 8,
    "learning_rate": 1e-12,
    "precise_bn": True,
}

HEAD = f"""
import json, sys
from pathlib import Path

import torch

sys.path.insert(0, {str(ROOT)!r})
from tests.synthetic import synthetic_colours, synthetic_digits
from core.training import parallel
from core.training.config import TrainConfig
from core.training.loop import fit

torch.set_num_threads(1)
folder = Path(sys.argv[1])
"""

# fit, and each process writes what came out. argv: folder.
SCRIPT = f"""{HEAD}
with parallel.together(2, [sys.executable, *sys.argv]):
    reports = []
    train, validation = synthetic_digits({IMAGES}, seed=1), synthetic_digits(81, seed=2)
    result = fit(TrainConfig(**{CONFIG!r}), train, validation,
        state_folder=folder, on_progress=reports.append)
    (folder / f"rank_{{parallel.rank()}}.json").write_text(json.dumps(dict(
        world=parallel.world_size(),
        stops=[parallel.any_process(parallel.rank() == number, torch.device("cpu"))
            for number in (0, 1, 2)],
        seen=[report.images for report in reports],
        history=[(record.train_loss, record.train_accuracy,
                  record.validation_loss, record.validation_accuracy)
            for record in result.history],
        confusion=result.evaluation.confusion.tolist(),
        weights=[value.flatten()[:5].tolist() for value in result.model.state_dict().values()],
    )))
"""


STATISTICS = f"""{HEAD}
with parallel.together(2, [sys.executable, *sys.argv]):
    result = fit(TrainConfig(**{PRECISE!r}), synthetic_colours(24), synthetic_colours(24))
    (folder / f"rank_{{parallel.rank()}}.json").write_text(json.dumps(dict(
        world=parallel.world_size(),
        statistics={{name: value.tolist() for name, value in result.model.named_buffers()
                     if "running" in name}})))
"""


TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


def start(tmp_path: Path, *program: str, script: str = SCRIPT) -> subprocess.CompletedProcess:
    (tmp_path / "script.py").write_text(script)
    return subprocess.run(
        [sys.executable, *program, str(tmp_path / "script.py"), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_two_processes_give_the_curve_of_one(tmp_path: Path) -> None:
    ended = start(tmp_path)
    assert ended.returncode == 0, ended.stderr
    lone = fit(
        TrainConfig(**CONFIG), synthetic_digits(IMAGES, seed=1), synthetic_digits(81, seed=2)
    )
    result = json.loads((tmp_path / "rank_0.json").read_text())
    assert result["world"] == 2
    assert result["stops"] == [True, True, False]
    assert result["seen"] == [64, 128, 192, 201, 201] * 3
    curve = [
        (
            record.train_loss,
            record.train_accuracy,
            record.validation_loss,
            record.validation_accuracy,
        )
        for record in lone.history
    ]
    torch.testing.assert_close(
        torch.tensor(result["history"]), torch.tensor(curve), rtol=0, atol=2e-3
    )
    assert sum(map(sum, result["confusion"])) == 81
    for own, other in zip(result["weights"], lone.model.state_dict().values(), strict=True):
        torch.testing.assert_close(torch.tensor(own), other.flatten()[:5], rtol=0, atol=2e-3)
    assert sorted(path.name for path in tmp_path.glob("epoch_*")) == [
        f"epoch_{n:03d}.safetensors" for n in range(4)
    ]


def test_two_processes_of_torchrun_measure_the_statistics_of_one(tmp_path: Path) -> None:
    ended = start(tmp_path, *TORCHRUN, script=STATISTICS)
    assert ended.returncode == 0, ended.stderr
    data = synthetic_colours(24)
    lone = fit(TrainConfig(**PRECISE), data, data)
    results = [json.loads((tmp_path / f"rank_{rank}.json").read_text()) for rank in (0, 1)]
    assert [result["world"] for result in results] == [2, 2]
    ranks = [result["statistics"] for result in results]
    assert ranks[0] == ranks[1]
    means = {
        name: value for name, value in lone.model.named_buffers() if name.endswith("running_mean")
    }
    assert len(means) == 10
    for name, value in means.items():
        spread = lone.model.get_buffer(name.replace("mean", "var")).sqrt().max().item()
        torch.testing.assert_close(torch.tensor(ranks[0][name]), value, rtol=0, atol=1e-3 * spread)


def test_alone_nothing_changes() -> None:
    batch, values = torch.arange(7), torch.tensor([1.5, 2.0])
    with parallel.together(1, []):
        part, weight = parallel.share(batch)
        assert not parallel.is_together()
        assert torch.equal(part, batch)
        assert weight == 1
        assert parallel.total(values) is values
        assert parallel.any_process(True, values.device)
        assert not parallel.any_process(False, values.device)
        assert (parallel.rank(), parallel.world_size()) == (0, 1)
        parallel.wait_for_all()


@pytest.mark.parametrize(("count", "parts"), [(7, [4, 3]), (2, [1, 1]), (1, [1, 1])])
def test_a_batch_is_shared_out(
    monkeypatch: pytest.MonkeyPatch, count: int, parts: list[int]
) -> None:
    monkeypatch.setattr(parallel, "world_size", lambda: 2)
    shares = []
    for number in range(2):
        monkeypatch.setattr(parallel, "rank", lambda number=number: number)
        shares.append(parallel.share(torch.arange(count)))
    assert [len(part) for part, _ in shares] == parts
    assert sum(weight * len(part) for part, weight in shares) == count
    assert torch.equal(torch.cat([part for part, _ in shares]).unique(), torch.arange(count))


def test_a_helper_that_cannot_start_is_named() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no room for a model')"]
    with (
        pytest.raises(
            parallel.ProcessesError,
            match=r"2 processes .* exit code 1 \(no room for a model\).*or use a single process",
        ),
        parallel.together(2, command),
    ):
        pytest.fail("the block must not begin")
    assert not parallel.is_together()


def test_a_helper_that_dies_on_the_way_is_named(tmp_path: Path) -> None:
    script = tmp_path / "dies.py"
    script.write_text(
        "import os, signal\nfrom core.training import parallel\n"
        "with parallel.together(2, []):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    outer = (
        "import sys\nfrom core.training import parallel\n"
        "with parallel.together(2, [sys.executable, sys.argv[1]]):\n"
        "    parallel.wait_for_all()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", outer, str(script)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "ProcessesError: Expected 2 processes" in ended.stderr.splitlines()[-1]
    assert "exit code -9" in ended.stderr.splitlines()[-1]
