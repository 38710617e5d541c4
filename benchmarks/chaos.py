"""Calls in trouble, in large numbers: what becomes of them, of their keys and lookups, and of their servers."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
from pathlib import Path

from tests import postgresql
from tests.chaos.ordeal import Ordeal, endure
from tests.chaos.troubles import Kind, Trouble
from tests.chaos.verdict import Verdict, judge

SPREAD_S = 40.0
"""Over how many seconds the calls begin."""
EVERY_S: dict[Kind, float] = {"cut": 5.0, "vanish": 4.0, "babble": 3.0, "flood": 11.0, "kill a worker": 6.0}
"""How often what is short happens."""
QUIET_S = 3.0
"""Before the first trouble."""
EVERYTHING_AT_S = (12.0, 50.0)
STORE_STOPS_AT_S, STORE_STOPS_S = 26.0, 10.0
APART_S: dict[Kind, float] = {"kill a worker": 4.0, "kill everything": 4.0, "vanish": 11.0}
"""How long before the store stops these happen last. Who dies then takes with it what it could not keep; and who has
not seen that its stream is gone, which takes 10 s, can't learn either that its call has gone on elsewhere."""
AFTER_S = 4.0
"""How long after it is back they happen again."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("file", "postgresql"), help="one machine on SQLite, or two on PostgreSQL")
    parser.add_argument("--folder", type=Path, help="where logs and data stay; by default they are removed")
    options = parser.parse_args()
    variants = [options.only] if options.only else ["file", *(["postgresql"] if postgresql.programs() else [])]
    verdicts = {variant: asyncio.run(_verdict(variant, options)) for variant in variants}
    _print(verdicts)
    sys.exit(any(verdict.faults for verdict in verdicts.values()))


async def _verdict(variant: str, options: argparse.Namespace) -> Verdict:
    hosts = ("127.0.0.1",) if variant == "file" else ("127.0.0.1", "127.0.0.2")
    ordeal = Ordeal(options.calls, SPREAD_S, troubles(), hosts, options.workers, options.seed)
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        prompts = folder / "prompts"
        prompts.mkdir()
        store = stack.enter_context(postgresql.running()) if variant == "postgresql" else None
        return judge(await endure(ordeal, folder, prompts, store))


def troubles() -> tuple[Trouble, ...]:
    """All that happens, in order."""
    found = [Trouble(at, "kill everything") for at in EVERYTHING_AT_S]
    found.append(Trouble(STORE_STOPS_AT_S, "stop the store", STORE_STOPS_S))
    for kind, every in EVERY_S.items():
        times = range(int((SPREAD_S + EVERYTHING_AT_S[0]) / every))
        found += [Trouble(QUIET_S + every * number, kind) for number in times]
    return tuple(sorted((each for each in found if not _too_near(each)), key=lambda trouble: trouble.at))


def _too_near(trouble: Trouble) -> bool:
    """Whether it would happen too near to the time in which the store is stopped."""
    apart = APART_S.get(trouble.kind)
    return apart is not None and -apart < trouble.at - STORE_STOPS_AT_S < STORE_STOPS_S + AFTER_S


def _print(verdicts: dict[str, Verdict]) -> None:
    names = {"file": "2 workers, SQLite", "postgresql": "2 machines of 2 workers, PostgreSQL"}
    print("| | " + " | ".join(names[variant] for variant in verdicts) + " |\n|:---|" + "---:|" * len(verdicts))
    rows = dict.fromkeys(name for verdict in verdicts.values() for name in verdict.figures)
    for row in rows:
        print(f"| {row} | " + " | ".join(str(verdict.figures.get(row, 0)) for verdict in verdicts.values()) + " |")
    for variant, verdict in verdicts.items():
        for fault in verdict.faults:
            print(f"{names[variant]}: {fault}")


if __name__ == "__main__":
    main()
