"""New texts of flows are served without a restart: not to calls that go on, and not if they have errors."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from ivr.desk.carrier import DeskCarrier
from tests.endtoend.program import MENU, Program, serving, until

pytestmark = pytest.mark.slow


async def health(program: Program) -> Any:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"{program.url}/health/ready")).json()


@pytest.mark.parametrize("flags", [(), ("--workers", "2", "--watch")])
async def test_new_texts_are_for_new_calls(tmp_path: Path, prompt_cache: Path, flags: tuple[str, ...]) -> None:
    async with serving(tmp_path, prompt_cache, *flags) as program:
        await program.ready()
        workers = 2 if "--workers" in flags else 1
        main, other = (tmp_path / "flows" / name for name in ("main.yaml", "other.yaml"))

        async def write(*texts: tuple[Path, str], told: str) -> None:
            """Change files, and wait until all workers know."""
            before = program.log.read_text().count(told)
            for path, text in texts:
                path.write_text(text)
            if "--watch" not in flags:
                program.process.send_signal(signal.SIGHUP)
            await until(lambda: program.log.read_text().count(told) >= before + workers)

        async with DeskCarrier.call(program.url, "main") as call:
            await call.hears("For your balance")
            changed = MENU.replace("Goodbye", "Farewell")
            await write((main, changed), (other, changed), told="flows loaded anew")
            assert (await health(program))["flows"] == ["main", "other"]
            async with DeskCarrier.call(program.url, "main") as late:
                await late.hears("For your balance")
                await late.press("1")
                await late.hears("Farewell")
            await write((main, MENU.replace("start: choose", "start: chose")), told="flows loaded anew")
            assert "flow refused" in program.log.read_text()
            told = await health(program)
            assert (told["ready"], told["flows"]) == (True, ["main", "other"])
            assert [Path(each["file"]).name for each in told["refused"]] == ["main.yaml"]
            async with DeskCarrier.call(program.url, "main") as later:
                await later.hears("For your balance")
                await later.press("1")
                await later.hears("Farewell")
            await call.press("1")
            await call.hears("Goodbye")
        program.process.terminate()
        assert await program.exit_code() == 0
        assert "Traceback" not in program.log.read_text()
