"""core.training.quota: what a container may use, from files as Linux writes them."""

import os
from pathlib import Path

import pytest

from core.training import parallel
from core.training.quota import cpu_quota

V1 = "cpu.cfs_quota_us", "cpu.cfs_period_us"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def version_1(folder: str, quota: int, period: int = 100_000) -> dict[str, str]:
    return {f"sys/fs/cgroup/{folder}/{name}": f"{n}\n" for name, n in zip(V1, (quota, period))}


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        pytest.param({}, None, id="no Linux"),
        pytest.param({"sys/fs/cgroup/cpu.max": "max 100000\n"}, None, id="no limit"),
        pytest.param({"sys/fs/cgroup/cpu.max": "100000 100000\n"}, 1.0, id="a container"),
        pytest.param({"sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5, id="one and a half"),
        pytest.param({"sys/fs/cgroup/cpu.max": "20000 100000\n"}, 0.2, id="a fifth"),
        pytest.param(
            {
                "proc/self/cgroup": "0::/app.slice/run-1.scope\n",
                "sys/fs/cgroup/app.slice/cpu.max": "200000 100000\n",
                "sys/fs/cgroup/app.slice/run-1.scope/cpu.max": "max 100000\n",
            },
            2.0,
            id="the group above",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/cpu.max": "200000 100000\n",
                "sys/fs/cgroup/a/b/cpu.max": "300000 100000\n",
            },
            2.0,
            id="the least of all",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/../elsewhere\n", "sys/fs/cgroup/cpu.max": "50000 100000"},
            0.5,
            id="outside of what is mounted",
        ),
        pytest.param(version_1("cpu", 100_000), 1.0, id="version 1"),
        pytest.param(version_1("cpu", -1), None, id="version 1 without a limit"),
        pytest.param(
            {
                "proc/self/cgroup": "12:memory:/x\n4:cpu,cpuacct:/docker/12ab\n",
                **version_1("cpu,cpuacct/docker/12ab", 300_000),
            },
            3.0,
            id="version 1 from outside",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "4:cpu,cpuacct:/docker/12ab\n",
                **version_1("cpu,cpuacct", 50_000),
            },
            0.5,
            id="version 1 from inside",
        ),
        pytest.param(
            {"proc/self/cgroup": "9:cpuset:/x\n", "sys/fs/cgroup/cpuset/x/cpu.max": "1 100000"},
            None,
            id="another controller",
        ),
        *(
            pytest.param({"sys/fs/cgroup/cpu.max": text}, None, id=f"damaged {number}")
            for number, text in enumerate(("", "max", "1", "0 0", "1 0", "x y", "-1 1", "1e3 x"))
        ),
        pytest.param({"proc/self/cgroup": "no colon\n\n:"}, None, id="damaged list"),
    ],
)
def test_the_quota_is_read(tmp_path: Path, files: dict[str, str], wanted: float | None) -> None:
    assert cpu_quota(write(tmp_path, files)) == wanted


@pytest.mark.parametrize(
    ("quota", "cores", "told"),
    [
        (None, 4, "this process may run on 4 of this computer's 8 cores"),
        (1.0, 1, "a quota of processor time allows 1 of this computer's 8 cores"),
        (0.2, 1, "a quota of processor time allows 1 of"),
        (1.5, 1, "a quota of processor time allows 1 of"),
        (2.5, 2, "a quota of processor time allows 2 of"),
        (8.0, 4, "this process may run on 4 of"),
    ],
)
def test_a_quota_counts_as_cores(
    monkeypatch: pytest.MonkeyPatch, quota: float | None, cores: int, told: str
) -> None:
    monkeypatch.setattr(parallel, "cpu_quota", lambda: quota)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "process_cpu_count", lambda: 8, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2, 5}, raising=False)
    assert parallel.cores() == cores
    assert parallel.what_cores_are().startswith(told)


def test_torch_has_no_more_threads_than_the_quota_pays_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(parallel, "cores", lambda: 2)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with parallel.together(1, []):
            assert torch.get_num_threads() == 2
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
