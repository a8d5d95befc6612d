"""What the tests of the commands share."""

from collections.abc import Callable
from pathlib import Path

import click
import pytest

from commands import trainer, training
from commands.main import main, program
from core.training.config import TrainConfig, with_overrides
from core.training.recipes import RECIPES
from core.training.resume import run_folder

Run = Callable[..., int]


DRIVER = """
import json, os, random, signal, sys, time
from dataclasses import fields, replace
from pathlib import Path

import torchvision.datasets  # before the forks: it takes seconds

import train_all
from commands import trainer
from core.data import facts

# nohup and a shell's background ignore it, and pass that on
signal.signal(signal.SIGINT, signal.default_int_handler)
data, sums = Path(sys.argv[2]), json.loads(sys.argv[3])
known = facts.DATASETS["mnist"]
facts.DATASETS["mnist"] = replace(known, train_images=300, test_images=100, md5=sums)


# a helper is started as this very driver, with the same tiny MNIST
together = trainer.parallel.together
again = [sys.executable, *sys.argv]
trainer.parallel.together = lambda processes, command: together(processes, again)
trainer.parallel.cores = lambda: 2  # on a computer with one core, too


def run(place, epochs, *options):
    return train_all.main(["mnist", "--data-dir", str(data), "--no-download",
                           "--epochs", str(epochs),
        "--out", str(place / "out"), "--runs-dir", str(place / "runs"), *options])


def child(place, epochs, kill_at=None, said=None):
    '''Run in a forked process; kill_at: it kills itself at so many-th moment (before or after a
    step, an opening, a flush or a rename).'''
    process = os.fork()
    if process:
        return process
    left = [kill_at]

    def moment():
        if left[0] is not None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def counted(function):
        def both(*arguments, **settings):
            moment()
            result = function(*arguments, **settings)
            moment()
            return result
        return both

    read, write = Path.open, counted(Path.open)
    Path.open = lambda self, mode="r", *others, **named: (
        (write if mode == "wb" else read)(self, mode, *others, **named)
    )
    os.fsync, Path.replace = counted(os.fsync), counted(Path.replace)
    fit = trainer.fit

    def watched(*arguments, on_progress, **settings):
        if said is not None:
            os.write(said, b".")
        return fit(*arguments, on_progress=counted(on_progress), **settings)

    trainer.fit = watched
    with open(place / "log", "a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        os._exit(run(place, epochs))


def finish(process):
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def kills(place):
    '''One run without a kill, then one that is killed at random moments until it is through.'''
    draw = random.Random(0)
    whole, killed = place / "whole", place / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    started = time.monotonic()
    codes = [finish(child(whole, 4))]
    seconds = time.monotonic() - started
    for _ in range(12):  # 20 moments an epoch, 12 of them while files are written
        codes.append(finish(child(killed, 4, kill_at=draw.randint(1, 30))))
    for _ in range(4):  # at any time, in C code too
        reader, writer = os.pipe()
        process = child(killed, 4, said=writer)
        os.close(writer)
        os.read(reader, 1)  # it has begun, or ended
        time.sleep(draw.uniform(0, seconds / 4))
        os.kill(process, signal.SIGKILL)  # not yet waited for, so the number is still its own
        codes.append(finish(process))
    codes.append(finish(child(killed, 4)))
    print(json.dumps(codes))


if sys.argv[1] == "kills":
    kills(Path(sys.argv[4]))
else:
    sys.exit(run(Path(sys.argv[4]), int(sys.argv[5]), *sys.argv[6:]))
"""


def configuration(**overrides: object) -> TrainConfig:
    return with_overrides(RECIPES["mnist_cnn"], **{"epochs": 2} | overrides)


def state_folder(tmp_path: Path, **overrides: object) -> Path:
    return run_folder("mnist_cnn", configuration(**overrides), tmp_path / "runs")


def assert_one_sentence(text: str, *parts: str) -> None:
    """Standard error holds one line, of one sentence, with the given parts."""
    assert text.startswith("train_all.py: ")
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert "Traceback" not in text
    for part in parts:
        assert part in text


def epochs_trained(out: str) -> list[int]:
    return [int(line.split()[1]) for line in out.splitlines() if line.startswith("epoch")]


def asked(
    monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> list[tuple[str, trainer.Request, list[str]]]:
    """What a command line would train: the network, what was asked for, how a helper starts."""
    calls: list[tuple[str, trainer.Request, list[str]]] = []
    monkeypatch.setattr(training, "train_network", lambda *call: calls.append(call))
    assert main(arguments) == 0
    return calls


def click_command(name: str) -> click.Command:
    """A command as click has it."""
    return program.get_command(click.Context(program), name)
