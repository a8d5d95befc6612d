"""The part of a computer's processor time that a container may use, as Linux' cgroups say it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath


def cpu_quota(root: Path = Path("/")) -> float | None:
    """How many processors' time this process may use: the least that its cgroup and those above it
    grant.

        quota / period, in microseconds: cpu.max in version 2, cpu.cfs_quota_us and
        cpu.cfs_period_us in version 1

    Args:
        root: of the file system.

    Returns:
        The number, such as 1.5; None where nothing limits it or the system does not say.
    """
    limits = [
        quota / period
        for folder in _folders(root)
        for quota, period in (_version_2(folder), _version_1(folder))
        if quota > 0 and period > 0
    ]
    return min(limits, default=None)


def _folders(root: Path) -> list[Path]:
    """Where the limits of this process may stand: in its own groups and those above them. Inside a
    container its own group is often mounted as the uppermost one, under a name that it has not.
    """
    mounted = root / "sys/fs/cgroup"
    found = [mounted, mounted / "cpu", mounted / "cpu,cpuacct"]
    for line in _content(root / "proc/self/cgroup").splitlines():  # 4:cpu,cpuacct:/docker/1234
        controllers, _, path = line.partition(":")[2].partition(":")
        group = PurePosixPath(path.lstrip("/"))
        if ".." in group.parts or (controllers and "cpu" not in controllers.split(",")):
            continue
        names = {controllers, "cpu"} if controllers else {""}  # version 2 has one tree for all
        found += [mounted / name / each for name in names for each in (group, *group.parents)]
    return list(dict.fromkeys(found))


def _version_2(folder: Path) -> tuple[float, float]:
    """Quota and period; (0, 0) where there is no limit."""
    quota, _, period = _content(folder / "cpu.max").partition(" ")
    return _number(quota), _number(period)


def _version_1(folder: Path) -> tuple[float, float]:
    """Quota and period; a quota of -1 is no limit."""
    return tuple(  # type: ignore[return-value]
        _number(_content(folder / f"cpu.cfs_{name}_us")) for name in ("quota", "period")
    )


def _content(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""


def _number(text: str) -> float:
    """The whole number; 0 for what is none, such as "max"."""
    return float(text) if text.removeprefix("-").isdecimal() else 0.0
