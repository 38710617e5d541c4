"""`ivr serve` as a process of its own: it always ends when it is told to, and leaves nothing behind."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import httpx
import pytest

from ivr.desk.carrier import DeskCarrier
from tests.endtoend.program import MENU, all_gone, needs_proc, serving, until
from tests.endtoend.test_ending import CALL, unread_stream

pytestmark = pytest.mark.slow


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


async def test_a_call_that_goes_on_too_long_is_handed_over_to_whoever_comes(tmp_path: Path, prompt_cache: Path) -> None:
    async with serving(tmp_path, prompt_cache, "--drain", "100ms") as program:
        await program.ready()
        async with DeskCarrier.call(program.url) as call:
            await call.hears("For your balance")
            program.process.terminate()
            assert (await call.ended()).code == 1012
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
        assert (await program.process.stdout.readline()).decode() == f"in a browser: {program.url}/console/\n"
        third = (await program.process.stdout.readline()).decode()
        assert third.endswith(f" call FLOW --url {program.url}   (FLOW: main)\n")
        program.process.send_signal(signal.SIGTERM)
        assert await program.exit_code() == 0
