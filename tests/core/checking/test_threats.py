"""What a foreign file's process may not do, tried by a file that does it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from core.checking import source, worker
from core.checking.limits import Limits, environment
from core.checking.process import size_of
from core.checking.student.confined import THREADS, readable_by_all
from core.checking.student.looking import Lookout
from core.checking.worker import Answer, Problem, Student
from core.data.facts import ROOT

FILE = '''
import ctypes, hashlib, os, signal, socket, subprocess, sys, threading, time
import torch
import torch.nn.functional as F
libc = ctypes.CDLL(None, use_errno=True)

def tried(*functions):
    """For each function 1 where it raised PermissionError or OSError, or gave a negative number."""
    refused = []
    for function in functions:
        try:
            answer = function()
            refused.append(float(isinstance(answer, int) and answer < 0))
        except OSError:
            refused.append(1.0)
    return torch.tensor(refused)

def forks(x):
    return tried(os.fork, lambda: subprocess.Popen(["true"]), lambda: os.system("true"))
def forks_in_c(x):
    return tried(*[libc.fork] * 50)
def threads_in_number(x):
    end, begun = threading.Event(), []
    try:
        for _ in range(1000):
            begun.append(threading.Thread(target=end.wait, daemon=True))
            begun[-1].start()
    except RuntimeError:
        begun.pop()
    end.set()
    for thread in begun:
        thread.join()
    return torch.tensor(float(len(begun) < 1000))
def connects(x):
    here = ("127.0.0.1", PORT)
    return tried(lambda: socket.create_connection(here, 1), lambda: socket.socket().bind(here))
def connects_in_c(x):
    return tried(lambda: libc.socket(2, 1, 0))
def writes_outside(x):
    return tried(lambda: open(OUTSIDE, "w"), lambda: os.remove(VICTIM), lambda: os.mkdir(OUTSIDE))
def writes_inside(x):
    with open("own.txt", "w") as file:
        file.write("fine")
    return torch.tensor(float(os.path.getsize("own.txt")))
def writes_one_large_file(x):
    refused = tried(lambda: open("large", "wb").write(bytes(20 * 2**20)))
    os.remove("large")
    return refused
def writes_many_files(x):
    for index in range(1000):
        open(f"part{index}", "wb").write(bytes(2**20))
        time.sleep(0.005)
def reads_the_reference(x):
    return tried(lambda: open(REFERENCE).read())
def reads_the_reference_in_c(x):
    return tried(lambda: libc.open(os.fsencode(REFERENCE), 0))
def imports_the_reference(x):
    try:
        from core.conv import conv2d
    except ImportError:
        return torch.tensor(1.0)
    return torch.tensor(0.0)
def ends_the_checker(x):
    return tried(lambda: libc.kill(os.getppid(), signal.SIGTERM), lambda: os.kill(os.getppid(), 9))
def looks_into_the_checker(x):
    return tried(lambda: open(f"/proc/{os.getppid()}/mem", "rb"))
def prints_without_end(x):
    while True:
        print("x" * 1000)
def patches_torch(x):
    torch.equal = torch.allclose = lambda *a, **k: True
    torch.Tensor.__eq__ = lambda *a: torch.tensor(True)
    F.conv2d = lambda *a, **k: x
    sys.modules["json"].dumps = lambda *a, **k: "{}"
    for name, module in list(sys.modules.items()):
        if name.startswith("core."):
            module.problem = lambda error: None
    return x + 1
def passes(x):
    return x
def forges_or_leaves(x):
    if x.sum() < 0:
        os._exit(0)
    for number in range(3, 64):
        try:
            os.write(number, bytes(8) + (2).to_bytes(8, "big") + b"{}")
        except OSError:
            pass
    return x
def hangs_in_c(x):
    hashlib.pbkdf2_hmac("sha256", b"a", b"b", 10**9)
'''
IMAGE = torch.ones(1, 1, 2, 2)


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Student]:
    folder = tmp_path_factory.mktemp("threats")
    victim, outside = folder / "victim.txt", folder / "outside"
    victim.write_text("still here")
    facts = {
        "OUTSIDE": str(outside),
        "VICTIM": str(victim),
        "REFERENCE": str(ROOT / "core" / "conv.py"),
        "PORT": 9,
    }
    head = "\n".join(f"{name} = {value!r}" for name, value in facts.items())
    (folder / "bad.py").write_text(head + FILE)
    with Student(source.read(folder / "bad.py"), Limits(folder=24 * 2**20)) as student:
        yield student
    assert victim.read_text() == "still here"
    assert not outside.exists()


def call(student: Student, name: str, seconds: float = 5.0, image: torch.Tensor = IMAGE) -> Answer:
    settings = {"arguments": {"x": {"tensor": "x"}}}
    return student.ask("call", name, settings, {"x": image}, seconds)


def problem(answer: Answer) -> Problem:
    assert answer.problem is not None
    return answer.problem


def skip_without(student: Student, limit: str) -> None:
    if limit not in student.held:
        pytest.skip(f"this system does not limit {limit}")


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("forks", ""),
        ("forks_in_c", "processes"),
        ("threads_in_number", "processes"),
        ("connects", ""),
        ("connects_in_c", "network"),
        ("writes_outside", "writing"),
        ("writes_one_large_file", "files"),
        ("reads_the_reference", ""),
        ("reads_the_reference_in_c", "reading"),
        ("imports_the_reference", ""),
        ("looks_into_the_checker", "reading"),
        ("ends_the_checker", "another user"),
    ],
)
def test_it_is_refused(student: Student, name: str, limit: str) -> None:
    if limit:
        skip_without(student, limit)
    answer = call(student, name)
    assert answer.problem is None
    assert bool(answer.tensors["output"].all())


def test_what_was_read_of_the_project_is_remembered(student: Student) -> None:
    call(student, "reads_the_reference")
    call(student, "imports_the_reference")
    assert {"core/conv.py", "core.conv"} <= set(student.reached)
    assert "It tried to open “core/conv.py”" in "\n".join(student.notes)


def test_its_own_folder_is_free(student: Student) -> None:
    assert call(student, "writes_inside").tensors["output"] == 4


def test_output_without_an_end_is_cut(student: Student) -> None:
    answer = call(student, "prints_without_end", 0.3)
    assert problem(answer).kind == "too slow"
    assert 0 < len(answer.printed) <= student.limits.printed


def test_patching_torch_and_the_checker_changes_no_answer(student: Student) -> None:
    assert torch.equal(call(student, "patches_torch").tensors["output"], IMAGE.double() + 1)
    assert torch.equal(call(student, "passes").tensors["output"], IMAGE.double())


def test_a_process_that_no_longer_reacts_is_ended_where_it_was(student: Student) -> None:
    assert call(student, "passes").problem is None  # the process is there
    began = time.monotonic()
    found = problem(call(student, "hangs_in_c", 0.2))
    assert time.monotonic() - began < 4
    code = student.source.code.split("\n")
    assert found.kind == "too slow"
    assert found.line is not None
    assert "pbkdf2_hmac" in code[found.line - 1]


def test_files_without_an_end_end_the_process(student: Student) -> None:
    found = problem(call(student, "writes_many_files"))
    assert found.kind == "too large"
    assert "wrote more than the 24 MB" in found.sentence


def test_a_target_that_ends_processes_is_not_asked_for_ever(student: Student) -> None:
    forged = problem(call(student, "forges_or_leaves"))
    assert forged.kind == "died"
    assert "it sent what is no answer" in forged.sentence
    left = problem(call(student, "forges_or_leaves", image=-IMAGE))
    assert left.kind == "died"
    assert "exit code 0" in left.sentence
    assert left.hint.startswith("Where does your code end the program")
    began = time.monotonic()
    assert problem(call(student, "forges_or_leaves")) == left
    assert time.monotonic() - began < 0.1


def test_every_limit_holds_on_linux(student: Student) -> None:
    if os.uname().sysname != "Linux" or os.uname().machine not in ("x86_64", "aarch64"):
        pytest.skip("other systems have fewer")
    assert {"files", "memory", "processes", "network"} <= set(student.held)


def test_a_limit_that_does_not_hold_is_told(
    student: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(student, "held", ("memory", "files", "reading"))
    assert "This system sets no limit to its processes, network, writing." in student.notes


ALONE = """
import os, sys
from core.checking.student import confined, kernel
kernel.restrict_calls = kernel.restrict_files = lambda *given: []
settings = {"memory": 2**30, "file": 2**20, "readable": sys.path, "writable": []}
held = confined.confine(settings)
forked = 0
try:
    while forked < 1000:
        if os.fork() == 0:
            os._exit(0)
        forked += 1
except BlockingIOError:
    pass
try:
    os.mkdir(sys.argv[1])
except PermissionError:
    print(*held, forked)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have fewer limits")
def test_without_seccomp_and_landlock_the_number_of_processes_and_the_rights_of_files_decide(
    tmp_path: Path,
) -> None:
    if os.getuid() != 0:
        pytest.skip("whoever is not root may have as many processes already")
    tmp_path.chmod(0o755)
    command = [sys.executable, "-c", ALONE, str(tmp_path / "new")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    *held, forked = done.stdout.split()
    assert {"files", "memory", "processes", "user"} <= set(held)
    assert 0 < int(forked) <= THREADS
    assert not (tmp_path / "new").exists()


ELSEWHERE = """
import sys
sys.platform = sys.argv[1]
from core.checking.student import confined
settings = {"memory": 2**30, "file": 2**20, "readable": [], "writable": []}
print(*confined.confine(settings))
"""


@pytest.mark.parametrize(("platform", "held"), [("darwin", "files\n"), ("win32", "\n")])
def test_another_system_has_fewer_limits_and_runs(platform: str, held: str) -> None:
    command = [sys.executable, "-c", ELSEWHERE, platform]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (held, "")


def test_the_environment_holds_nothing_of_the_person_and_no_way_to_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = [str(ROOT), str(ROOT / "core"), str(tmp_path)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(ways))
    monkeypatch.setenv("API_TOKEN", "secret")
    found = environment(tmp_path)
    assert found["PYTHONPATH"] == str(tmp_path)
    assert found["HOME"] == str(tmp_path)
    assert "secret" not in found.values()


def test_a_folder_that_is_closed_on_the_way_is_not_readable_by_all(tmp_path: Path) -> None:
    (tmp_path / "closed" / "inner").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    assert not readable_by_all(tmp_path / "closed" / "inner")
    assert readable_by_all(Path("/usr"))
    assert readable_by_all(tmp_path / "not there")


def test_root_that_stays_root_is_told(student: Student, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "is_root", lambda: True)
    monkeypatch.setattr(student, "held", worker.LIMITS)
    assert "It ran as root, since nobody else may read the libraries." in student.notes
    monkeypatch.setattr(student, "held", (*worker.LIMITS, "another user"))
    assert not [note for note in student.notes if "root" in note]


def test_a_lookout_lets_an_environment_inside_of_the_project_be_read(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "venv").mkdir()
    lookout = Lookout(str(tmp_path), [str(tmp_path / "venv")])
    lookout.see("open", (str(tmp_path / "venv" / "torch.py"), "r", 0))
    lookout.see("open", (3, "r", 0))
    lookout.see("open", ("/etc/hostname", "r", 0))
    lookout.see("import", ("core.checking.student.frames", None, None, None, None))
    assert lookout.reached == {}
    with pytest.raises(PermissionError, match=r"conv\.py belongs to the program"):
        lookout.see("open", (str(tmp_path / "core" / "conv.py"), "r", 0))
    with pytest.raises(PermissionError, match="venv2"):
        lookout.see("open", (str(tmp_path / "venv2"), "r", 0))
    with pytest.raises(PermissionError, match=r"os\.fork is not possible"):
        lookout.see("os.fork", ())
    assert list(lookout.reached) == ["core/conv.py", "venv2"]


def test_the_size_of_a_folder_counts_what_is_in_folders_too(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "one").write_bytes(bytes(5))
    (tmp_path / "inner" / "two").write_bytes(bytes(7))
    assert size_of(tmp_path) == 12
