"""Worker processes: their work, their failures and their end."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.core.segments import Voice
from ivr.speech.jobs import Convert, Job, Say
from ivr.speech.workers import RenderError, Workers

HELLO = Say("Hello, this is a test.", "en-US", Voice())
LONG = Say("This takes a while to say. " * 300, "en-US", Voice())


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    workers = Workers(1, seconds=20)
    yield workers
    await workers.aclose()


def recording(path: Path, seconds: float = 1.0) -> Convert:
    with wave.open(str(path), "wb") as writer:
        writer.setparams((2, 2, 44100, 0, "NONE", ""))
        writer.writeframes(bytes(range(256)) * int(seconds * 44100 * 4 / 256))
    return Convert(str(path), hashlib.sha256(path.read_bytes()).hexdigest())


async def test_text_and_recordings_become_frames(workers: Workers, tmp_path: Path) -> None:
    assert workers.pids == ()
    spoken = await workers.render(HELLO)
    assert len(spoken) % 160 == 0
    assert 1.0 < len(spoken) / 8000 < 2.5
    assert len(await workers.render(recording(tmp_path / "a.wav", 2))) == pytest.approx(16000, abs=160)
    assert await workers.render(Say(" <b> \x00", "en-US", Voice())) == b""
    assert set(await workers.render(Say("Hello", "en-US", Voice(volume=0)))) == {0xD5}
    assert len(workers.pids) == 1


async def test_a_job_that_fails_does_not_harm_the_next(workers: Workers, tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound at all")
    digest = hashlib.sha256(b"no sound at all").hexdigest()
    failing: list[tuple[Job, str]] = [
        (Say("Hello", "xx", Voice()), "no voice for the language 'xx'; available are af,"),
        (Convert(str(tmp_path / "gone.wav"), ""), "No such file"),
        (Convert(str(tmp_path / "text.wav"), digest), "no WAV file: it begins with b'no s'"),
        (Convert(recording(tmp_path / "b.wav").path, "0"), "the file changed while it was being read"),
    ]
    for job, message in failing:
        with pytest.raises(RenderError, match=message):
            await workers.render(job)
    pids = workers.pids
    assert await workers.render(HELLO)
    assert workers.pids == pids


async def test_an_unforeseen_error_tells_its_place_and_not_the_text(workers: Workers) -> None:
    with pytest.raises(RenderError, match=r"^the speech worker failed: \w+Error at \w+\.py:\d+$"):
        await workers.render(Say("a secret", "en-US", Voice(volume="loud")))  # type: ignore[arg-type]  # on purpose
    assert await workers.render(HELLO), "another worker took its place"


async def test_a_worker_that_dies_is_replaced_and_its_job_done_by_the_next(workers: Workers) -> None:
    await workers.start()
    (pid,) = workers.pids
    job = asyncio.create_task(workers.render(LONG))
    await asyncio.sleep(0.1)
    assert not job.done()
    os.kill(pid, signal.SIGKILL)
    assert len(await job) / 8000 > 60
    assert workers.pids != (pid,)


async def test_a_job_that_two_workers_die_of_is_an_error(workers: Workers) -> None:
    await workers.start()
    job = asyncio.create_task(workers.render(LONG))
    killed: set[int] = set()
    while not job.done():
        await asyncio.sleep(0.05)
        for pid in {*workers.pids} - killed:
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
    with pytest.raises(RenderError, match="ended by itself, with signal SIGKILL"):
        await job
    assert len(killed) == 2
    assert await workers.render(HELLO)


async def test_a_worker_that_hangs_is_replaced() -> None:
    workers = Workers(1, seconds=1)
    await workers.start()
    (pid,) = workers.pids
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(RenderError, match="took longer than 1 s"):
        await workers.render(HELLO)
    assert await workers.render(HELLO)
    assert workers.pids != (pid,)
    await workers.aclose()


async def test_who_waits_no_longer_leaves_a_worker_that_works(workers: Workers) -> None:
    await workers.start()
    job = asyncio.create_task(workers.render(LONG))
    await asyncio.sleep(0.1)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert 1.0 < len(await workers.render(HELLO)) / 8000 < 2.5, "and not the end of the long text"


async def test_the_event_loop_goes_on_meanwhile(workers: Workers) -> None:
    await workers.start()
    job = asyncio.create_task(workers.render(Say("This takes a while to say. " * 100, "en-US", Voice())))
    turns = 0
    while not job.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert await job
    assert turns > 10


async def test_a_service_manager_and_ctrl_c_end_no_worker(workers: Workers) -> None:
    await workers.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(workers.pids[0], number)
    assert await workers.render(HELLO)


PARENT = """
import asyncio, json, sys
from ivr.core.segments import Voice
from ivr.speech.jobs import Say
from ivr.speech.workers import Workers

async def main():
    workers = Workers(2, seconds=60)
    await workers.start()
    busy = asyncio.create_task(workers.render(Say("This takes long. " * 20000, "en-US", Voice())))
    await asyncio.sleep(0.2)
    print(json.dumps([name for name in ("numpy", "soxr", "pyttsx3", "espeakng_loader") if name in sys.modules]))
    sys.stdout.flush()
    await busy

asyncio.run(main())
"""


def test_workers_end_with_their_parent_even_if_it_is_killed_in_the_middle_of_a_job() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert parent.stdout is not None
    assert json.loads(parent.stdout.readline()) == [], "and none of their libraries is in the parent"
    parent.kill()
    # The workers have the parent's standard error: it ends when the last of them is gone.
    _, errors = parent.communicate(timeout=10)
    assert parent.returncode == -signal.SIGKILL
    assert errors == b""
