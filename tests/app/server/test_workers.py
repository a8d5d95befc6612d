"""`make serve`: two real processes of the app behind the proxy, shared by all tests here.

They are told apart by the cookie that the proxy gives. The tests kill and replace processes, and
run in the order in which they stand.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed

from app.server import proxy
from app.ui.visit_folders import STATE_VARIABLE
from core.data.facts import ROOT
from tests.app.server.room import Window
from tests.app.server.trainee import EPOCHS, Trainee
from tests.app.server.visitor import Visitor, elements, pictures, texts

pytestmark = pytest.mark.skipif(
    not proxy.caddy() and not os.environ.get("CI"), reason="install caddy"
)
BEGUN, REPLACED = " processes of the app are at ", "Every process of the app is a new one."
TOKEN = "0123456789abcdef"  # of a phone


class Served:
    """The service as `make serve` starts it, and what it says."""

    def __init__(self, state: Path) -> None:
        (self.port,) = proxy.free_ports(1)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app.workers", "--port", str(self.port)],
            cwd=ROOT,
            env=os.environ | {STATE_VARIABLE: str(state)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # no terminal
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self._reader.join()
        self.process.stdout.close()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)

    def wait_for(self, part: str) -> str:
        while True:
            line = self.lines.get(timeout=60)
            if part in line:
                return line

    def children(self) -> dict[int, list[str]]:
        """Command lines of the processes that it has started, by their numbers."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                command = (folder / "cmdline").read_text().split("\0")
            except OSError:  # it has just ended
                continue
            if parent == self.process.pid:
                found[int(folder.name)] = command
        return found

    def workers(self) -> list[int]:
        return sorted(pid for pid, line in self.children().items() if "app.serve" in line)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    one = Served(tmp_path_factory.mktemp("visits"))
    try:
        one.wait_for(BEGUN)
        yield one
    finally:
        one.close()


@pytest.fixture(scope="module")
def two(served: Served) -> Iterator[tuple[Visitor, Visitor]]:
    """Visitors of two different processes."""
    first = Visitor(served.port)
    others = (Visitor(served.port) for _ in range(50))
    second = next(one for one in others if one.process != first.process)
    yield first, second
    first.close()
    second.close()


def test_a_visitor_stays_on_the_process_and_gets_its_files(
    two: tuple[Visitor, Visitor],
) -> None:
    """Each process has its own files, in memory: the other one knows none of them."""
    visitor, other = two
    process = visitor.process
    path = visitor.download(visitor.open("cam"), "This blend")
    answers = [visitor.get(path) for _ in range(6)]
    assert [status for status, *_ in answers] == [200] * 6
    assert all(body.startswith(b"\x89PNG") for _, body, _ in answers)
    assert other.get(path)[0] == 404
    assert visitor.process == process


def test_an_upload_arrives(two: tuple[Visitor, Visitor]) -> None:
    visitor = two[0]
    file = BytesIO()
    Image.new("RGB", (40, 40), "green").save(file, "PNG")
    page = visitor.open("cam", **{"from": "Own photo"})
    assert "In use" not in texts(page)
    assert "In use: garden.png" in texts(visitor.upload(page, "garden.png", file.getvalue()))


@pytest.fixture(scope="module")
def lecture(two: tuple[Visitor, Visitor]) -> dict[str, str]:
    """Room and key of a lecture that is given on one process."""
    stage = Window(two[0], role="stage", lecture="cnn_45_minutes")
    stage.close()
    return {name: stage.welcome[name] for name in ("room", "key")}


def test_windows_on_different_processes_meet(
    two: tuple[Visitor, Visitor], lecture: dict[str, str]
) -> None:
    stage, notes = Window(two[0], role="stage", **lecture), Window(two[1], role="notes", **lecture)
    notes.say(do="next")
    assert stage.until(index=1)["phase"] == "state"
    stage.say(do="vote")
    notes.until(phase="vote")
    phone = Window(two[1], role="phone", room=lecture["room"], token=TOKEN)
    phone.say(round=phone.until(open=True)["round"], choice=2)
    while (news := stage.until(phase="vote"))["vote"]["count"] != 1:
        pass
    assert news["vote"]["counts"] is None
    for window in (stage, notes, phone):
        window.close()


def test_a_page_and_what_it_is_made_of_are_compressed(two: tuple[Visitor, Visitor]) -> None:
    visitor = two[0]
    asked = {"Accept": "text/html", "Accept-Encoding": "gzip"}
    status, body, headers = visitor.get("/attack", **asked)
    assert (status, headers["Content-Encoding"]) == (200, "gzip")
    assert headers["Cache-Control"] == "no-cache"
    assert len(body) < 5_000
    assert len(elements(visitor.open("attack"), "html")) >= 1
    assert "permessage-deflate" in visitor.socket.response.headers["Sec-WebSocket-Extensions"]


@pytest.mark.parametrize("host", ["evil.example", "192.168.1.5"])
def test_a_name_that_is_not_allowed_is_refused_by_the_process(served: Served, host: str) -> None:
    """The proxy leaves the name to the process, which knows the sentence for it."""
    visitor = Visitor(served.port)
    status, body, _ = visitor.get("/", Accept="text/html", Host=f"{host}:{served.port}")
    assert (status, b"does not answer under the name" in body) == (403, True)
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    for origin in (f"http://{host}:{served.port}", "http://elsewhere.example"):
        name = host if host in origin else "localhost"
        own = {"Origin": origin, "Host": f"{name}:{served.port}"}
        status, *_ = visitor.get("/_stcore/stream", **headers, **key, **own)
        assert status == 403


def test_a_killed_process_costs_its_visitors_one_reconnect_and_the_others_nothing(
    served: Served, two: tuple[Visitor, Visitor]
) -> None:
    before = served.workers()
    for visitor in two:
        visitor.open("")
    os.kill(before[0], signal.SIGKILL)
    served.wait_for("A process of the app has ended; the next one starts in 0.5 s.")
    lost, kept = sorted(two, key=lambda visitor: not was_closed(visitor))
    process = kept.process
    assert len(pictures(lost.open("attack"))) == 3  # at once: the other process is asked
    assert not was_closed(kept)
    assert kept.get("/_stcore/health")[0] == 200
    assert kept.process == process
    await_workers(served, 2)
    assert before[1] in served.workers()


def was_closed(visitor: Visitor) -> bool:
    """Whether the websocket of a visitor has ended, within a second; what came before is read."""
    end = time.monotonic() + 1
    try:
        while True:
            visitor.socket.recv(max(0.0, end - time.monotonic()))
    except ConnectionClosed:
        return True
    except TimeoutError:
        return False


def await_workers(served: Served, count: int) -> None:
    end = time.monotonic() + 30
    while len(served.workers()) != count and time.monotonic() < end:
        time.sleep(0.1)
    assert len(served.workers()) == count


@dataclass
class Restart:
    """All processes are replaced, while some visitors ask and one trains a network.

    Attributes:
        gone: numbers of the processes from before.
        statuses: of what was asked meanwhile.
        trainee: who trains.
    """

    gone: list[int]
    statuses: list[int]
    trainee: Trainee


@pytest.fixture(scope="module")
def restarted(served: Served) -> Iterator[Restart]:
    with closing(Trainee(served.port)) as trainee:
        trainee.start()
        one = Restart(served.workers(), [], trainee)
        done = threading.Event()

        def ask(visitor: Visitor) -> None:
            while not done.is_set():
                one.statuses.append(visitor.get("/attack", Accept="text/html")[0])
                time.sleep(0.05)

        with ThreadPoolExecutor() as threads:
            asking = [threads.submit(ask, Visitor(served.port)) for _ in range(2)]
            asking.append(threads.submit(trainee.stay_until, done))
            try:
                served.process.send_signal(signal.SIGHUP)
                served.wait_for(REPLACED)
            finally:
                done.set()
            for thread in asking:
                thread.result()
        yield one


def test_a_rolling_restart_answers_all_requests_in_between(
    served: Served, restarted: Restart, two: tuple[Visitor, Visitor]
) -> None:
    assert set(restarted.statuses) == {200}
    assert len(restarted.statuses) > 50
    assert len(served.workers()) == 2
    assert not set(restarted.gone) & set(served.workers())
    assert len(pictures(two[0].open("attack"))) == 3


def test_a_rolling_restart_loses_no_vote(
    restarted: Restart, two: tuple[Visitor, Visitor], lecture: dict[str, str]
) -> None:
    stage = Window(two[0], role="stage", **lecture)
    news = stage.until(index=1)
    assert (news["phase"], news["vote"]["count"]) == ("vote", 1)
    phone = Window(two[1], role="phone", room=lecture["room"], token=TOKEN)
    assert phone.welcome == {"voted": 2, "round": 1}
    stage.close()
    phone.close()


def test_a_rolling_restart_loses_no_finished_epoch(restarted: Restart) -> None:
    """Where the browser connects again, other processes know the training, and go on with it."""
    trainee = restarted.trainee
    assert trainee.found, "it was cut off"
    assert all(later[: len(earlier)] == earlier for earlier, later in pairwise(trainee.looks))
    found = trainee.found[-1]
    trainee.look_until(lambda: trainee.reached > min(len(found), EPOCHS - 1))
    trainee.stop()
    assert trainee.looks[-1][: len(found)] == found


def test_nothing_is_left_where_the_parent_is_killed(served: Served) -> None:
    children = served.children()
    assert len(children) == 4  # two processes, the proxy, and who looks after them
    served.process.kill()
    served.process.wait()
    end = time.monotonic() + 20
    while (left := [pid for pid in children if is_running(pid)]) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []


def is_running(pid: int) -> bool:
    """Whether a process has not ended; one that nobody has asked how it ended counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
