"""Calls survive what happens to their sockets, their processes and the store, and nothing of it is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.ordeal import Ordeal, endure
from tests.chaos.troubles import Trouble
from tests.chaos.verdict import judge
from tests.postgresql import PostgreSQL

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in Linux's /proc"),
]

CALLS, OVER_S = 8, 1.0
STORE_STOPS = Trouble(0.4, "stop the store", 1.2)
"""Long before anything dies: what the store could not be told yet would die with it."""
STREAMS_BREAK = (Trouble(1.2, "babble"), Trouble(2.8, "cut"), Trouble(3.2, "flood"), Trouble(3.6, "vanish"))


async def test_calls_survive_on_two_workers(tmp_path: Path, prompts: Path) -> None:
    deaths = (Trouble(5.0, "kill a worker"), Trouble(6.0, "kill everything"))
    ordeal = Ordeal(CALLS, OVER_S, (STORE_STOPS, *STREAMS_BREAK, *deaths))
    survived = await endure(ordeal, tmp_path, prompts)
    assert judge(survived).faults == ()
    assert survived.happened.keys() == {trouble.kind for trouble in ordeal.troubles}


async def test_calls_survive_on_two_machines(tmp_path: Path, prompts: Path, postgresql: PostgreSQL) -> None:
    death = Trouble(5.0, "kill everything")
    hosts = ("127.0.0.1", "127.0.0.2")
    ordeal = Ordeal(CALLS, OVER_S, (STORE_STOPS, *STREAMS_BREAK, death), hosts, workers=1)
    survived = await endure(ordeal, tmp_path, prompts, postgresql)
    assert judge(survived).faults == ()
    assert survived.happened.keys() == {trouble.kind for trouble in ordeal.troubles}
