"""Several workers serve as one: they are started again when they die, and none outlives its supervisor."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from ivr.desk.carrier import DeskCarrier
from ivr.desk.facts import Manners
from ivr.server.supervisor import DEATHS
from tests.endtoend.program import Program, all_gone, children, needs_proc, runs, serving, until

pytestmark = [pytest.mark.slow, needs_proc]


async def health(program: Program) -> tuple[int, Any]:
    async with httpx.AsyncClient(trust_env=False) as client:
        ready = await client.get(f"{program.url}/health/ready")
    return ready.status_code, ready.json()


async def kill(program: Program, *pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    await all_gone(list(pids))
    await until(lambda: len(program.helpers()) == len(set(program.helpers()) - set(pids)))


async def test_workers_die_and_calls_go_on(tmp_path: Path, prompt_cache: Path) -> None:
    async with serving(tmp_path, prompt_cache, "--workers", "2") as program:
        await program.ready()
        workers = program.helpers()
        assert len(workers) == 2
        async with DeskCarrier.call(program.url, manners=Manners(returns=True)) as call:
            await call.hears("For your balance")
            assert (await health(program))[1]["calls"] == 1
            await kill(program, *workers)
            await program.logged("call taken over")
            status, told = await health(program)
            assert (status, told["calls"], told["workers"]["deaths"]) == (200, 1, 2)
            await call.press("1")
            await call.hears("Goodbye")
            assert (await call.ended()).code == 1000
        await until(lambda: len(program.helpers()) == 2)
        last = program.helpers()[1]
        for _ in range(DEATHS):
            await until(lambda: len(program.helpers()) == 2)
            await kill(program, next(pid for pid in program.helpers() if pid != last))
        await program.logged("pause=1.0")
        status, told = await health(program)
        assert (status, told["failing"], told["ready"]) == (503, True, False)
        assert told["reasons"] == ["workers die again and again; the log says how"]
        # Nobody is left behind, whoever dies.
        everyone = [*program.helpers(), *(pid for worker in program.helpers() for pid in children(worker))]
        program.process.kill()
        await program.exit_code()
        await all_gone(everyone)


async def test_all_workers_end_at_a_signal_and_a_call_is_handed_over(tmp_path: Path, prompt_cache: Path) -> None:
    async with serving(tmp_path, prompt_cache, "--workers", "2", "--drain", "100ms") as program:
        await program.ready()
        workers = program.helpers()
        async with DeskCarrier.call(program.url) as call:
            await call.hears("For your balance")
            program.process.send_signal(signal.SIGTERM)
            assert (await call.ended()).code == 1012
        assert await program.exit_code() == 0
        assert not any(map(runs, workers))
        log = program.log.read_text()
        assert log.count("worker stopped") == 2
        assert "Traceback" not in log
        assert "worker died" not in log


async def test_what_is_wrong_is_told_once(tmp_path: Path, prompt_cache: Path) -> None:
    database = "postgresql+nosuch://db.example/ivr"
    async with serving(tmp_path, prompt_cache, "--workers", "2", "--database", database) as program:
        assert await program.exit_code() == 2
        assert program.log.read_text().count("ivr serve: ") == 1
