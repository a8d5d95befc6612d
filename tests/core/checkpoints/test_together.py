"""core.checkpoints.replacing: two runs that end in the same moment, readers beside them, and kills
at every moment; a checkpoint is always one run's.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from core.data.facts import ROOT

ROUNDS = 12
DRIVER = '''
import json, os, signal, sys
from pathlib import Path

import torch

from core import checkpoints
from core.checkpoints import files
from core.checkpoints.files import epoch_file, write_weights
from core.evaluation import Evaluation
from core.models import MnistCNN
from core.training.config import TrainConfig
from core.training.records import EpochRecord

torch.set_num_threads(1)
folder, rounds = Path(sys.argv[2]), int(sys.argv[3])


def save(seed, into=folder / "out"):
    """A run that differs from another one in every file; ``seconds`` says whose card it is."""
    torch.manual_seed(seed)
    model, source = MnistCNN(), folder / f"run_{seed}"
    source.mkdir(exist_ok=True)
    write_weights(source / epoch_file(0), MnistCNN())
    write_weights(source / epoch_file(1), model)
    confusion = torch.eye(10, dtype=torch.int64)
    record = EpochRecord(1, 1.0, 0.5, 0.9, 1.0, confusion.tolist(), 0.01, float(seed), 1000.0)
    config = TrainConfig("MnistCNN", "mnist", epochs=1, batch_size=5, learning_rate=0.1, seed=seed)
    checkpoints.save(
        "mnist_cnn", model, config, (record,), Evaluation(0.9, confusion, torch.arange(10)),
        title="x", homework_accuracy=None, command="c", device="cpu", epochs_from=source,
        folder=into,
    )


def whole():
    """The seed of the one run that every file is of; an error if they are of two."""
    loaded = checkpoints.load("mnist_cnn", folder / "out")
    last = checkpoints.load_epoch("mnist_cnn", 1, folder / "out")
    seed = loaded.card["seed"]
    torch.manual_seed(seed)
    expected = MnistCNN().state_dict()
    state = loaded.model.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in state.items()), seed
    return seed, set(last) == set(expected)


def forked(action):
    process = os.fork()
    if process:
        return process
    try:
        action()
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def code(process):
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def together():
    """Rounds of two savings at once beside a reader; the seeds that were left."""
    save(0)
    parent = os.getpid()

    def read():
        while not (folder / "end").exists() and os.getppid() == parent:
            whole()

    reader, left = forked(read), []
    for number in range(rounds):
        pair = [forked(lambda seed=seed: save(seed)) for seed in (2 * number + 1, 2 * number + 2)]
        codes = [code(process) for process in pair]
        left.append([*codes, whole()[0] - 2 * number])
    (folder / "end").touch()
    print(json.dumps({"left": left, "reader": code(reader)}))


def killed():
    """Kills before and after every step of a saving; the seeds that were left."""
    save(1)
    left = []
    for moment in range(1, rounds):
        def save_until():
            steps = [0]

            def step(function):
                def both(*arguments, **named):
                    for when in (0, 1):
                        steps[0] += 1
                        if steps[0] == moment:
                            os.kill(os.getpid(), signal.SIGKILL)
                        result = function(*arguments, **named) if not when else result
                    return result
                return both

            os.fsync, Path.replace, Path.mkdir = map(step, (os.fsync, Path.replace, Path.mkdir))
            save(moment + 1)

        ended = code(forked(save_until))
        left.append([ended, whole()[0] - moment])
        if ended == 0:
            break
        save(moment + 1)
    print(json.dumps(left))


{"together": together, "killed": killed}[sys.argv[1]]()
'''


def drive(action: str, folder: Path, rounds: int) -> object:
    (folder / "driver.py").write_text(DRIVER)
    done = subprocess.run(
        [sys.executable, str(folder / "driver.py"), action, str(folder), str(rounds)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_of_two_runs_that_end_at_once_one_is_left_whole(tmp_path: Path) -> None:
    found = drive("together", tmp_path, ROUNDS)
    assert found["reader"] == 0, "a reader met a mixed pair"
    assert [codes for *codes, _ in found["left"]] == [[0, 0]] * ROUNDS
    assert {whose for *_, whose in found["left"]} <= {1, 2}


def test_a_saving_that_is_killed_at_any_moment_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """Every step of a saving is one moment; what follows reads one whole run."""
    found = drive("killed", tmp_path, 100)
    assert found[-1] == [0, 1], "the last one was not killed"
    assert [code for code, _ in found[:-1]] == [-9] * (len(found) - 1)
    assert len(found) > 15
    whose = [left for _, left in found]
    assert set(whose) == {0, 1}
    assert whose == sorted(whose), "from the card on it is the new one"
