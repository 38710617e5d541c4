"""`/metrics` of a real server tells what both of its workers did, also once one of them is dead."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ivr.desk.carrier import DeskCarrier
from tests.endtoend.program import PATIENCE_S, Program, needs_proc, serving, until

pytestmark = [pytest.mark.slow, needs_proc]


async def told(program: Program) -> dict[str, float]:
    """All values by name, those of different labels together."""
    async with httpx.AsyncClient(trust_env=False) as client:
        page = await client.get(f"{program.url}/metrics")
    assert page.status_code == 200
    values: dict[str, float] = {}
    for family in text_string_to_metric_families(page.text):
        for sample in family.samples:
            if sample.labels.get("le") is None:
                values[sample.name] = values.get(sample.name, 0) + sample.value
    return values


async def comes_to(program: Program, **expected: float) -> None:
    """Wait until it is told."""
    async with asyncio.timeout(PATIENCE_S):
        while {name: value for name, value in (await told(program)).items() if name in expected} != expected:  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.1)


async def one_call(program: Program) -> None:
    async with DeskCarrier.call(program.url) as call:
        await call.hears("For your balance")
        await call.press("1")
        await call.ended()


async def test_what_workers_did_is_summed_and_survives_one(tmp_path: Path, prompt_cache: Path) -> None:
    async with serving(tmp_path, prompt_cache, "--workers", "2", "--recognisers", "0") as program:
        await program.ready()
        await asyncio.gather(*(one_call(program) for _ in range(4)))  # The kernel spreads them over the workers.
        await comes_to(program, ivr_calls_answered_total=4, ivr_calls_ended_total=4, ivr_calls_in_progress=0)
        before = await told(program)
        assert before["ivr_key_to_audio_seconds_count"] == 4
        assert before["ivr_steps_total"] == before["ivr_step_seconds_count"]
        async with DeskCarrier.call(program.url) as call:
            await call.hears("For your balance")
            await comes_to(program, ivr_calls_answered_total=5, ivr_calls_in_progress=1)
            os.kill(program.helpers()[0], signal.SIGKILL)
            await until(lambda: "worker died" in program.log.read_text())
            await comes_to(program, ivr_workers_deaths_total=1, ivr_workers_ready=2, ivr_calls_answered_total=5)
        [sheets] = (tmp_path / "data" / "run").glob("*.metrics")
        assert {each.name.rpartition("_")[2] for each in sheets.iterdir()} == {"0.db", "1.db"}
        program.process.send_signal(signal.SIGTERM)
        assert await program.exit_code() == 0
        assert not sheets.exists()
