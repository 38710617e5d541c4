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

CALLS = 8
TROUBLES = (
    Trouble(2.0, "babble"),
    Trouble(2.5, "cut"),
    Trouble(3.0, "vanish"),
    Trouble(4.0, "kill a worker"),
    Trouble(5.0, "flood"),
    Trouble(6.0, "kill everything"),
)


async def test_calls_survive_on_two_workers(tmp_path: Path, prompts: Path) -> None:
    troubles = (*TROUBLES, Trouble(9.0, "stop the store", 2.0))
    survived = await endure(Ordeal(CALLS, 2.0, troubles), tmp_path, prompts)
    assert judge(survived).faults == ()
    assert survived.happened.keys() == {trouble.kind for trouble in troubles}


async def test_calls_survive_on_two_machines(tmp_path: Path, prompts: Path, postgresql: PostgreSQL) -> None:
    troubles = (*TROUBLES, Trouble(9.0, "stop the store", 2.0))
    ordeal = Ordeal(CALLS, 2.0, troubles, hosts=("127.0.0.1", "127.0.0.2"))
    survived = await endure(ordeal, tmp_path, prompts, postgresql)
    assert judge(survived).faults == ()
    assert survived.happened.keys() == {trouble.kind for trouble in troubles}
