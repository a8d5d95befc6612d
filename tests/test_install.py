"""`pip install -e .`: afterwards the packages are found from any folder; without a network here."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = ("pyproject.toml", "requirements.txt", "README.md", "LICENSE")
PACKAGES = [
    path for path in ("core", "app", "commands", "benchmarks", "tests") if (ROOT / path).is_dir()
]
SHIPPED = [package for package in PACKAGES if package not in ("benchmarks", "tests")]
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
OFFLINE = ("--no-deps", "--no-build-isolation", "--no-index")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages, so that nothing is written into this checkout."""
    folder = tmp_path_factory.mktemp("project")
    for name in FILES:
        shutil.copy(ROOT / name, folder)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def python(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the copy installed, which borrows the other packages of this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    executable = folder / "bin" / "python"
    paths = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", paths))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    run(*PIP, "--python", executable, "install", *OFFLINE, "--editable", project)
    return executable


def run(*command: object, folder: Path | None = None) -> str:
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_installed_packages_work_from_any_folder(python: Path, project: Path, tmp_path: Path):
    code = """
import torch, core.conv
images = torch.ones(1, 1, 3, 3)
print(core.conv.__file__)
print(core.conv.conv2d(images, torch.ones(1, 1, 2, 2)).tolist())
"""
    file, output = run(python, "-c", code, folder=tmp_path).splitlines()
    assert Path(file) == project / "core" / "conv.py"
    assert output == "[[[[4.0, 4.0], [4.0, 4.0]]]]"


def test_every_shipped_package_is_found_and_no_other(python: Path, project: Path, tmp_path: Path):
    code = """
import importlib.util, sys
for name in sys.argv[1:]:
    found = importlib.util.find_spec(name)
    print(found.origin if found else None)
"""
    origins = run(python, "-c", code, *PACKAGES, folder=tmp_path).splitlines()
    ours = [name for name, file in zip(PACKAGES, origins) if Path(file).is_relative_to(project)]
    assert ours == SHIPPED


def test_a_new_folder_is_found_without_an_edit(python: Path, project: Path, tmp_path: Path):
    room = project / "core" / "new_room"
    room.mkdir()
    (room / "__init__.py").write_text("SIZE = 3\n", "utf-8")
    assert run(python, "-c", "from core.new_room import SIZE; print(SIZE)", folder=tmp_path) == "3"


def test_the_requirements_are_those_of_requirements_txt(python: Path, tmp_path: Path):
    code = "from importlib.metadata import requires; print(*requires('cnn-explainer'), sep='\\n')"
    wanted = [
        re.sub(r"\s*#.*", "", line)
        for line in (ROOT / "requirements.txt").read_text("utf-8").split("\n")
    ]

    def normal(lines: list[str]) -> list[tuple[str, ...]]:
        return sorted(tuple(sorted(re.split(r"(?=[<>=])|,", line))) for line in lines if line)

    assert normal(run(python, "-c", code, folder=tmp_path).splitlines()) == normal(wanted)


def test_a_built_package_has_every_python_file_of_the_shipped_folders(
    project: Path, tmp_path: Path
):
    run(*PIP, "wheel", *OFFLINE, "--wheel-dir", tmp_path, project)
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")}
    files = [file for package in SHIPPED for file in (project / package).rglob("*.py")]
    assert names == {file.relative_to(project).as_posix() for file in files}


def test_the_builder_is_among_what_the_tests_install():
    (builder,) = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"][
        "requires"
    ]
    assert f"\n{builder}," in (ROOT / "requirements-dev.txt").read_text("utf-8")


def imported(*folders: str) -> set[str]:
    """What files import, also in the code that a test hands to another process."""
    files = (file for folder in folders for file in (ROOT / folder).rglob("*.py"))
    found = (
        re.findall(r"^\s*(?:from|import) (\w+)", file.read_text("utf-8"), re.M) for file in files
    )
    return {name for names in found for name in names}


def test_what_only_tests_and_benchmarks_import_is_among_what_they_install():
    files = ("requirements.txt", "requirements-dev.txt", "benchmarks/requirements.txt")
    lines = "\n".join((ROOT / file).read_text("utf-8") for file in files)
    named = set(re.findall(r"^[\w-]+", lines, re.M))
    came_with = {
        name: {one.lower().replace("_", "-") for one in distributions}
        for name, distributions in packages_distributions().items()
    }
    found = imported("tests", "benchmarks") - imported(*SHIPPED)
    assert [name for name in found & came_with.keys() if not came_with[name] & named] == []
