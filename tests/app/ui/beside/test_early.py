"""app.ui.beside.early: workers share the memory of the server that they are copies of."""

import json
import subprocess
import sys

import pytest

from core.data.facts import ROOT

SCRIPT = """
import json, sys
sys.path.insert(0, "tests/app/ui/beside")
from app.ui.beside import early

early.start()
from multiprocessing import forkserver, util
import psutil
from app.ui.beside.workers import WORKERS
import asked

((number, niceness, threads),) = WORKERS.ask(asked.process, ())
copies = psutil.Process(forkserver._forkserver._forkserver_pid)
private = copies.memory_full_info().uss / 1e6
WORKERS.end()
print(json.dumps([niceness, threads, private, util.spawnv_passfds.__name__]))
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux copies processes")


def test_a_worker_is_a_copy_of_the_server_and_answers() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    niceness, threads, private, spawns = json.loads(done.stdout)
    assert niceness >= 10, "it gives way to the pages"
    assert threads == 1
    assert private < 100, "torch alone has 250 MB"
    assert spawns == "spawnv_passfds", "other processes start as ever"
