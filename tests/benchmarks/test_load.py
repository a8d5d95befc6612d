"""benchmarks.load: its visitors do what a browser does, and it measures what it says."""

import asyncio
import os
import random
import subprocess
import sys
import time

import pytest
from streamlit.proto.ButtonGroup_pb2 import ButtonGroup
from streamlit.proto.Slider_pb2 import Slider

from benchmarks import load
from benchmarks.browser import serving
from benchmarks.loading import machine
from benchmarks.loading.classroom import CHAPTERS, HEAVY, TOUCHES, Log, photo, pupils
from benchmarks.loading.http import Connection
from benchmarks.loading.page import Control, said, touched
from benchmarks.loading.visitor import Visitor


def test_a_control_is_touched_with_another_of_its_values() -> None:
    rng = random.Random(0)
    group = ButtonGroup(id="$$ID-0-a.view")
    for name in ("Live", "Findings", "Robust, or hiding?"):
        group.options.add(content=name)
    found = {said(touched(Control(group, "button_group", ""), rng, HEAVY)) for _ in range(30)}
    assert found == {"['Live']", "['Findings']"}
    slider = Slider(id="$$ID-0-a.epoch", min=0, max=4, step=2)
    found = {said(touched(Control(slider, "slider", ""), rng, ())) for _ in range(30)}
    assert found == {"[0.0]", "[2.0]", "[4.0]"}
    lonely = ButtonGroup(id="$$ID-0-a.view")
    lonely.options.add(content="Live")
    assert touched(Control(lonely, "button_group", ""), rng, ()) is None


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nset-cookie: a=1\r\ntransfer-encoding: chunked\r\n\r\n"
        b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    ],
)
def test_an_answer_is_read_whole_and_its_cookie_kept(answer: bytes) -> None:
    async def talk() -> tuple[bytes, dict[str, str], bytes]:
        heard = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for _ in range(2):
                heard.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(answer)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        connection = await Connection.open(f"127.0.0.1:{port}")
        first = await connection.fetch("/a")
        assert (await connection.fetch("/b")).body == first.body
        connection.close()
        server.close()
        return first.body, connection.cookies, heard[1]

    body, cookies, second = asyncio.run(talk())
    assert body == b"hello"
    assert cookies == {"a": "1"}
    assert b"Cookie: a=1" in second


def test_processor_time_and_memory_are_those_of_the_process() -> None:
    before = machine.cost(os.getpid())
    while time.process_time() < before.generator + 0.3:
        pass
    after = machine.cost(os.getpid())
    server, beside, generator = machine.shares(before, after)
    assert server + beside == pytest.approx(generator, rel=0.3)
    assert after.megabytes > 20
    assert machine.cost(2**30).megabytes == 0, "no such process"


def test_memory_is_the_server_s_own_whoever_else_has_the_same_files_open() -> None:
    command = [sys.executable, "-c", "import torch, time; print(flush=True); time.sleep(60)"]
    first = subprocess.Popen(command, stdout=subprocess.PIPE)
    second = None
    try:
        first.stdout.read(1)
        alone = machine.cost(first.pid)
        second = subprocess.Popen(command, stdout=subprocess.PIPE)
        second.stdout.read(1)
        beside = machine.cost(first.pid)
    finally:
        for process in (first, second):
            if process is not None:
                process.kill()
                process.wait()
                process.stdout.close()
    assert beside.megabytes == pytest.approx(alone.megabytes, rel=0.01)
    assert 50 < alone.files < alone.megabytes


@pytest.mark.parametrize(
    "arguments",
    [["z"], ["--users", "0"], ["--users", "5000"], ["--seconds", "99999"], ["--every", "0"]],
)
def test_it_is_bounded(arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["load", *arguments])
    with pytest.raises(SystemExit):
        load.arguments()
    assert "expected" in capsys.readouterr().err


def test_visitors_open_every_chapter_act_and_upload() -> None:
    async def visit(host: str) -> Log:
        log = Log()
        for pupil in pupils(host, ["", *CHAPTERS], 1 + len(CHAPTERS), log, 1.0):
            assert await pupil.join(0.0), log.errors
            await pupil.act()
            assert set(TOUCHES[pupil.visitor.link]) & set(pupil.visitor.page.controls) or (
                not pupil.visitor.link
            )
            await pupil.visitor.leave()
        one = Visitor(host, "cam?source=Own+photo", random.Random(0))
        await one.open(["/_stcore/health"])
        assert await one.upload("cam_photo", "ship.png", photo()) is not None
        assert "blend" in one.page.controls, "the photo has its map"
        assert one.page.media == set()
        await one.leave()
        return log

    with serving() as address:
        log = asyncio.run(visit(address.removeprefix("http://")))
    assert log.errors == []
    assert len(log.seconds["join"]) == 1 + len(CHAPTERS)
    assert len(log.seconds["act"]) == len(CHAPTERS)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("f", "some of alone, a, b, c, d, e, got f"),
        ("--users 0", "got 0, 120 and 10"),
        ("--every nan", "got 200, 120 and nan"),
        ("--workers -1", "0 to 64 workers, got -1"),
        ("--root /nowhere", "a copy of the project, got /nowhere"),
        ("--option foo", "NAME=VALUE, got foo"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(
    given: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys, "argv", ["load", *given.split()])
    with pytest.raises(SystemExit):
        load.main()
    assert told in capsys.readouterr().err.splitlines()[-1]


def test_the_help_says_what_every_scenario_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys, "argv", ["load", "--help"])
    with pytest.raises(SystemExit):
        load.main()
    said = " ".join(capsys.readouterr().out.split())
    for what in load.SCENARIOS.values():
        assert what.__doc__ in said


def test_a_server_that_is_nice_as_a_whole_is_no_work_beside_the_pages() -> None:
    command = ["nice", "-n", "5", sys.executable, "-c", "while True: pass"]
    process = subprocess.Popen(command)
    try:
        before = machine.cost(process.pid)
        time.sleep(0.3)
        after = machine.cost(process.pid)
    finally:
        process.kill()
        process.wait()
    assert after.server > before.server
    assert after.beside == before.beside == 0
