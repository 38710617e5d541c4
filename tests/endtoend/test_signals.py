"""`ivr serve` as a process of its own: it always ends when it is told to, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from ivr.desk.carrier import DeskCarrier
from tests.endtoend.test_ending import CALL, unread_stream

pytestmark = pytest.mark.slow

PATIENCE_S = 60
MENU = """
start: choose
nodes:
  choose: {type: menu, prompt: For your balance press 1., timeout: 10m, choices: [{press: 1, next: bye}]}
  bye: {type: hangup, prompt: Goodbye.}
"""


@dataclass(slots=True)
class Program:
    """A running `ivr serve`."""

    process: Process
    log: Path
    url: str = ""

    async def ready(self) -> None:
        """Wait until callers are served."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            first = (await self.process.stdout.readline()).decode()
        assert first.startswith("ready http://"), self.log.read_text()
        self.url = first.removeprefix("ready ").strip()

    async def logged(self, text: str) -> None:
        """Wait for a text in the log."""
        await until(lambda: text in self.log.read_text())

    async def exit_code(self) -> int:
        """Wait for the end."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()

    def helpers(self) -> list[int]:
        """The processes that it started."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@asynccontextmanager
async def serving(
    folder: Path, prompts: Path, *flags: str, flow: str = MENU, log_format: str = "text"
) -> AsyncIterator[Program]:
    flows, data = folder / "flows", folder / "data"
    flows.mkdir()
    data.mkdir()
    (flows / "main.yaml").write_text(flow)
    (data / "prompts").symlink_to(prompts)
    log = folder / "log"
    program = ("-m", "ivr", "serve", str(flows), "--port", "0", "--jobs", "1", "--data-dir", str(data))
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *program, "--log-format", log_format, *flags), stdin=DEVNULL, stdout=PIPE, stderr=errors
        )
    try:
        yield Program(process, log)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - another process does it, and tells nobody
            await asyncio.sleep(0.02)


async def all_gone(pids: list[int]) -> None:
    """Wait until no process of these runs any more."""
    await until(lambda: not any(map(runs, pids)))


def runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # Who is to reap it may be no concern of ours.


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in Linux's /proc")


@pytest.mark.parametrize("each", [signal.SIGTERM, signal.SIGINT])
async def test_without_a_call_it_ends_at_once(tmp_path: Path, prompt_cache: Path, each: signal.Signals) -> None:
    async with serving(tmp_path, prompt_cache) as program:
        await program.ready()
        program.process.send_signal(each)
        assert await program.exit_code() == 0
        assert "stopped" in program.log.read_text()
        assert "Traceback" not in program.log.read_text()


@needs_proc
async def test_its_helpers_end_with_it(tmp_path: Path, prompt_cache: Path) -> None:
    async with serving(tmp_path, prompt_cache) as program:
        await program.ready()
        helpers = program.helpers()
        assert helpers
        program.process.terminate()
        assert await program.exit_code() == 0
        await all_gone(helpers)


@needs_proc
async def test_its_helpers_end_also_if_it_is_killed(tmp_path: Path, prompt_cache: Path) -> None:
    async with serving(tmp_path, prompt_cache) as program:
        await program.ready()
        helpers = program.helpers()
        program.process.kill()
        assert await program.exit_code() == -signal.SIGKILL
        await all_gone(helpers)


async def test_a_call_in_progress_may_end_by_itself(tmp_path: Path, prompt_cache: Path) -> None:
    async with serving(tmp_path, prompt_cache) as program:
        await program.ready()
        async with DeskCarrier.call(program.url) as call:
            await call.hears("For your balance")
            program.process.terminate()
            await program.logged("waiting for calls to end")
            await call.press("1")
            await call.hears("Goodbye")
            assert (await call.ended()).code == 1000
        assert await program.exit_code() == 0
        assert "Traceback" not in program.log.read_text()


async def test_a_call_that_goes_on_too_long_is_ended(tmp_path: Path, prompt_cache: Path) -> None:
    async with serving(tmp_path, prompt_cache, "--drain", "100ms") as program:
        await program.ready()
        async with DeskCarrier.call(program.url) as call:
            await call.hears("For your balance")
            program.process.terminate()
            assert (await call.ended()).code == 1000
        assert await program.exit_code() == 0
        assert "Traceback" not in program.log.read_text()


async def test_a_peer_that_does_not_read_does_not_keep_it(tmp_path: Path, prompt_cache: Path) -> None:
    async with serving(tmp_path, prompt_cache, "--drain", "0s") as program:
        await program.ready()
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{program.url}/answer", json=CALL)
        peer = await unread_stream(answer.json()["stream"]["url"])
        await program.logged("Answered")
        program.process.terminate()
        assert await program.exit_code() == 0
        peer.close()


async def test_a_second_signal_ends_it_in_the_middle_of_a_call(tmp_path: Path, prompt_cache: Path) -> None:
    async with serving(tmp_path, prompt_cache, "--drain", "24h") as program:
        await program.ready()
        async with DeskCarrier.call(program.url) as call:
            await call.hears("For your balance")
            program.process.terminate()
            await program.logged("waiting for calls to end")
            program.process.terminate()
            assert await program.exit_code() == 1
            assert (await call.ended()).code == 1006


@needs_proc
async def test_a_signal_ends_it_also_before_its_prompts_are_ready(tmp_path: Path) -> None:
    prompts = "\n".join(f"  p{number}: Prompt number {number} of a great many." for number in range(2000))
    empty = tmp_path / "prompts"
    empty.mkdir()
    async with serving(tmp_path, empty, flow=f"{MENU}\nprompts:\n{prompts}\n") as program:
        await until(lambda: len(list(empty.iterdir())) > 2)
        helpers = program.helpers()
        program.process.terminate()
        assert await program.exit_code() == 0
        assert len(list(empty.iterdir())) < 2000
        assert "Traceback" not in program.log.read_text()
        await all_gone(helpers)


async def test_a_port_that_is_taken_is_wrong_use(tmp_path: Path, prompt_cache: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        async with serving(tmp_path, prompt_cache, "--port", str(port)) as program:
            assert await program.exit_code() == 2
            assert program.log.read_text() == f"ivr serve: 127.0.0.1:{port}: Address already in use\n"


async def test_it_says_where_it_is_and_what_to_do_next(tmp_path: Path, prompt_cache: Path) -> None:
    async with serving(tmp_path, prompt_cache) as program:
        await program.ready()
        assert program.process.stdout is not None
        second = (await program.process.stdout.readline()).decode()
        assert second.endswith(f" call FLOW --url {program.url}   (FLOW: main)\n")
        program.process.send_signal(signal.SIGTERM)
        assert await program.exit_code() == 0
