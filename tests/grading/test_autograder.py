"""Gradescope's two files: whatever happens, results.json is one that Gradescope can read."""

import json
import os
import subprocess
import tomllib
from pathlib import Path

import pytest

from core.data.facts import ROOT

GRADING = ROOT / "grading"
RUN = GRADING / "run_autograder"


def run(folder: Path, python: str, seconds: str = "20") -> dict:
    """What stands in results.json when Python is this shell script."""
    fake = folder / "python"
    fake.write_text(f"#!/bin/sh\n{python}\n")
    fake.chmod(0o755)
    (folder / "source").mkdir()
    (folder / "submission").mkdir()
    names = {"AUTOGRADER": folder, "PYTHON": fake, "SECONDS_ALLOWED": seconds, "TMPDIR": folder}
    environment = os.environ | {name: str(value) for name, value in names.items()}
    subprocess.run([str(RUN)], env=environment, capture_output=True, timeout=60, check=True)
    return json.loads((folder / "results" / "results.json").read_text())


def test_what_the_check_prints_becomes_the_results(tmp_path: Path):
    found = run(tmp_path, """printf '{"score": 3, "output": "%s"}' "$*" ; echo noise >&2""")
    assert found["score"] == 3
    words = found["output"].split()
    assert words[:4] == ["train_all.py", "check", str(tmp_path / "submission"), "--json"]
    assert words[4:6] == ["--weights", "grading/weights.toml"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("tmp.")]


def test_a_check_that_found_something_wrong_is_finished_too(tmp_path: Path):
    assert run(tmp_path, """printf '{"score": 3}'; exit 1""") == {"score": 3}


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("exit 1", "The autograder broke off (exit code 1)"),
        ("echo {}; exit 2", "The autograder broke off (exit code 2)"),
        ("echo half; exit 1", "The autograder broke off (exit code 1)"),
        ("exit 0", "The autograder broke off (exit code 0)"),
        ("kill -9 $$", "The autograder broke off (exit code 137)"),
        ("exec sleep 30", "The check was ended after 0.2 seconds"),
    ],
)
def test_a_check_that_ends_badly_is_told_and_no_fault_of_the_student(
    tmp_path: Path, python: str, said: str
):
    found = run(tmp_path, python, "0.2" if "sleep" in python else "20")
    assert found["output"].startswith(said)
    assert (found["score"], found["tests"]) == (0, [])


def test_the_zip_of_the_guide_holds_all_that_is_needed(tmp_path: Path):
    guide = (GRADING / "README.md").read_text("utf-8")
    command = guide.partition("    git archive")[2].partition("\n\n")[0].replace("\\\n", " ")
    words = ["git", "archive", *command.split()]
    target = tmp_path / "autograder.tar"
    words = [str(target) if word == "autograder.zip" else word for word in words]
    words = ["--format=tar" if word == "--format=zip" else word for word in words]
    subprocess.run(words, cwd=ROOT, check=True, timeout=60)
    listed = subprocess.run(["tar", "-tvf", target], capture_output=True, text=True, check=True)
    lines = {line.split()[-1]: line.split()[0] for line in listed.stdout.splitlines()}
    assert lines["setup.sh"] == lines["run_autograder"] == "-rwxrwxr-x"
    assert {"train_all.py", "requirements.txt", "pyproject.toml", "core/conv.py"} <= set(lines)


def test_the_scripts_are_what_a_shell_can_run():
    for name in ("setup.sh", "run_autograder"):
        path = GRADING / name
        assert os.access(path, os.X_OK)
        subprocess.run(["bash", "-n", str(path)], check=True, timeout=20)
    assert tomllib.loads((GRADING / "weights.toml").read_text())["points"]


@pytest.mark.parametrize(("fits", "code"), [("exit 0", 0), ("exit 1", 1)])
def test_an_image_with_an_old_python_is_refused_before_anything_is_installed(
    tmp_path: Path, fits: str, code: int
):
    """Ubuntu 22.04 has 3.10: every submission would be told that the autograder broke off."""
    commands, source = tmp_path / "bin", tmp_path / "autograder" / "source"
    commands.mkdir()
    source.mkdir(parents=True)
    (source / "requirements.txt").write_text("torch\n")
    calls = tmp_path / "calls"
    python = (
        f'case $1 in -c) {fits};; --version) echo Python 3.10.12;; *) echo "$@" >>{calls};; esac'
    )
    pip = tmp_path / "autograder" / "venv" / "bin" / "pip"
    pip.parent.mkdir(parents=True)
    for path, body in (
        (commands / "apt-get", "exit 0"),
        (commands / "python3", python),
        (pip, "exit 0"),
    ):
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    environment = {"PATH": f"{commands}:{os.environ['PATH']}", "AUTOGRADER": str(source.parent)}
    done = subprocess.run(
        ["bash", str(GRADING / "setup.sh")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code
    assert calls.exists() == (code == 0)
    if code:
        assert "Python 3.11 or newer is needed, got Python 3.10.12: choose an image" in done.stdout
