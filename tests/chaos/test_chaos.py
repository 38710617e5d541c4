"""Calls survive what happens to their sockets, their processes and the store, and nothing of it is left."""

from __future__ import annotations

from dataclasses import replace
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

ORDEAL = Ordeal(
    calls=8,
    over=1.5,
    troubles=(
        Trouble(1.5, "babble"),
        Trouble(2.0, "cut"),
        Trouble(2.5, "vanish"),
        Trouble(3.0, "flood"),
        Trouble(3.5, "kill a worker"),
        Trouble(5.0, "kill everything"),
        Trouble(8.5, "stop the store", 1.5),
    ),
)


async def test_calls_survive_on_two_workers(tmp_path: Path, prompts: Path) -> None:
    survived = await endure(ORDEAL, tmp_path, prompts)
    assert judge(survived).faults == ()
    assert survived.happened.keys() == {trouble.kind for trouble in ORDEAL.troubles}


async def test_calls_survive_on_two_machines(tmp_path: Path, prompts: Path, postgresql: PostgreSQL) -> None:
    ordeal = replace(ORDEAL, hosts=("127.0.0.1", "127.0.0.2"))
    survived = await endure(ordeal, tmp_path, prompts, postgresql)
    assert judge(survived).faults == ()
    assert survived.happened.keys() == {trouble.kind for trouble in ordeal.troubles}
