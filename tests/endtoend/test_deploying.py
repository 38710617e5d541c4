"""A server leaves its address to the next one: nobody who calls meanwhile, or who is in a call, notices."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from ivr.desk.carrier import DeskCarrier
from ivr.desk.facts import Manners
from tests.endtoend.program import serving
from tests.endtoend.test_ending import CALL

pytestmark = pytest.mark.slow


async def test_the_next_server_has_all_new_calls_and_then_those_that_are_left(
    tmp_path: Path, prompt_cache: Path
) -> None:
    async with serving(tmp_path, prompt_cache, "--drain", "1s") as old:
        await old.ready()
        port = str(urlsplit(old.url).port)
        async with (
            DeskCarrier.call(old.url, manners=Manners(returns=True)) as call,
            httpx.AsyncClient(trust_env=False) as kept,
        ):
            await call.hears("For your balance")
            assert (await kept.get(f"{old.url}/health/live")).status_code == 200
            async with serving(tmp_path, prompt_cache, "--port", port) as new:
                await new.ready()
                assert "another server has this address too" in new.log.read_text()
                old.process.terminate()
                await old.logged("another server has the address now")
                # A connection that was there before still is answered, for the last time.
                answer = await kept.post(f"{old.url}/answer", json=CALL)
                assert (answer.status_code, answer.headers["connection"]) == (200, "close")
                async with httpx.AsyncClient(trust_env=False) as client:
                    assert (await client.get(f"{old.url}/health/ready")).json()["ready"]
                assert await old.exit_code() == 0
                await new.logged("call taken over")
                await call.press("1")
                await call.hears("Goodbye")
                assert (await call.ended()).code == 1000
                assert (tmp_path / "data" / "run").is_dir()
                for log in (old.log, new.log):
                    assert "Traceback" not in log.read_text()


async def test_without_a_next_server_the_address_is_kept_until_one_comes(tmp_path: Path, prompt_cache: Path) -> None:
    async with serving(tmp_path, prompt_cache, "--drain", "24h") as old:
        await old.ready()
        port = urlsplit(old.url).port
        async with DeskCarrier.call(old.url) as call, httpx.AsyncClient(trust_env=False) as client:
            await call.hears("For your balance")
            old.process.terminate()
            await old.logged("waiting for calls to end")
            assert (await client.post(f"{old.url}/answer", json=CALL)).status_code == 503
            async with serving(tmp_path, prompt_cache, "--port", str(port)) as new:
                await new.ready()
                await old.logged("another server has the address now")
                with socket.create_connection(("127.0.0.1", port or 0)):
                    pass
                assert (await client.post(f"{old.url}/answer", json=CALL)).status_code == 200
                await call.press("1")
                assert (await call.ended()).code == 1000
            assert await old.exit_code() == 0
