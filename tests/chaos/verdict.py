"""What was wrong with an ordeal: each call that did not end as its script says, each key and lookup that was lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.chaos.callers import Caller
from tests.chaos.ordeal import Survived
from tests.chaos.records import ended_calls, live_sessions
from tests.chaos.service import Mood, Request

GROWTH_KB = 64 * 1024
"""What a process may have grown by: messages of 10 MB pass through several buffers of it. A soak looks closer."""
TRIES = {"/account": 1, "/pin": 3, "/final": 1, "/report": 1}
"""How often a lookup may be sent, by its retries."""
FATES: dict[Mood, str] = {"fails": "status", "stalls": "timeout"}
"""What the flow says of a lookup that was answered so."""
LOST_AT_END_MS = 3_000
"""A process that dies within so long of the end of a call may take its last lookup with it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it."""

    faults: tuple[str, ...]
    figures: Mapping[str, int]


def judge(survived: Survived) -> Verdict:
    """Judge it; an ordeal that went well has no faults."""
    records = ended_calls(survived.database)
    faults = [fault for caller in survived.callers for fault in _faults(caller, survived, records)]
    faults += _sent_twice(survived)
    faults += _left(survived)
    return Verdict(tuple(faults), _figures(survived, len(faults)))


def _faults(caller: Caller, survived: Survived, records: Mapping[str, list[str | None]]) -> Iterator[str]:
    """What is wrong with one call."""
    for each in caller.faults:
        yield f"{caller.id}: {each}"
    if caller.ending is None:
        return
    if (caller.ending.by, caller.ending.code) != ("ivr", 1000):
        yield f"{caller.id}: ended by {caller.ending.by} with {caller.ending.code}"
        return
    if records.get(caller.id) != ["served"]:
        yield f"{caller.id}: the store has {records.get(caller.id)} where the end of one call is to be"
    told = survived.service.of(caller.id, "/final") + survived.service.of(caller.id, "/report")
    if not told and not caller.broken_by_death():
        yield f"{caller.id}: nobody was told how it went"
    for request in told:
        yield from _misunderstood(caller, request)
        yield from _strayed(caller, survived, request)
    for path in ("/final", "/report"):
        if not survived.service.of(caller.id, path) and not caller.broken_by_death():
            yield f"{caller.id}: {path} was never sent"


def _misunderstood(caller: Caller, request: Request) -> Iterator[str]:
    nodes = {
        "account": "ask_account",
        "first": "menu",
        "pin": "ask_pin",
        "second": "menu_again",
        "amount": "ask_amount",
    }
    for name, node in nodes.items():
        expected, understood = caller.expected(node), str(request.body[name])
        if not expected.fullmatch(understood):
            yield f"{caller.id}: {node} understood {understood!r}, and {expected.pattern!r} was pressed"


def _strayed(caller: Caller, survived: Survived, request: Request) -> Iterator[str]:
    """Whether it took another way through the flow than its lookups tell."""
    went = dict(each.split(":") for each in str(request.body["way"]).split())
    for path, name in (("/account", "account"), ("/pin", "pin"), ("/final", "final")):
        moods = survived.service.moods.get((caller.id, path), ())
        usual = _fate(path, moods)
        allowed = {usual} | ({"interrupted"} if caller.saw_death() else set())
        if went.get(name, "") not in allowed:
            yield f"{caller.id}: the lookup {name} came to {went.get(name) or 'an answer'}, and {allowed} was expected"


def _fate(path: str, moods: Sequence[Mood]) -> str:
    """What the flow is to say of a lookup: the last of its tries decides."""
    return FATES.get(moods[TRIES[path] - 1], "") if len(moods) >= TRIES[path] else ""


def _sent_twice(survived: Survived) -> Iterator[str]:
    """Lookups that were sent more often than their flow allows, or under two keys."""
    sent = Counter((each.call, each.path) for each in survived.service.requests)
    for (call, path), times in sent.items():
        if times > TRIES[path]:
            yield f"{call}: {path} was sent {times} times"
        if len(keys := {each.key for each in survived.service.of(call, path)}) > 1:
            yield f"{call}: {path} was sent under {len(keys)} keys"


def _left(survived: Survived) -> Iterator[str]:
    """What is left that should not be."""
    for pid, held in survived.after.items():
        # A process that was started later had others of its kind before it.
        known = [survived.before[pid]] if pid in survived.before else survived.before.values()
        if held.sockets > (most := max(each.sockets for each in known)):
            yield f"process {pid} has {held.sockets} sockets, and had {most}"
        if held.resident_kb > (most := max(each.resident_kb for each in known)) + GROWTH_KB:
            yield f"process {pid} has {held.resident_kb} kB, and had {most}"
    if len(survived.after) != len(survived.before):
        yield f"there are {len(survived.after)} processes, and there were {len(survived.before)}"
    if survived.connections[1]:
        yield f"{survived.connections[1]} connections to the database are left"
    if any(survived.exit_codes):
        yield f"servers ended with {survived.exit_codes}"
    if survived.left:
        yield f"the processes {survived.left} are left"
    if "Traceback" in survived.logs:
        yield "a log holds a traceback"
    for line in survived.logs.splitlines():
        if line.startswith("{") and json.loads(line)["level"] == "ERROR":
            yield f"a log has {line[:300]}"
    for row in live_sessions(survived.database):
        yield f"the store still has a session of {row}"


def _figures(survived: Survived, faults: int) -> dict[str, int]:
    callers = survived.callers
    ways = [str(each.body["way"]) for each in survived.service.requests if each.path == "/final"]
    return {
        "calls": len(callers),
        **{f"hit by “{kind}”": times for kind, times in survived.happened.items()},
        "streams broken": sum(len(each.breaks) for each in callers),
        "calls whose carrier gave up": sum(bool(each.breaks) and each.breaks[-1].back is None for each in callers),
        "keys pressed": sum(len(each.pressed) for each in callers),
        "keys pressed as a stream died": sum(each.doubtful for each in callers),
        "calls with such keys": sum(each.doubtful > 0 for each in callers),
        "lookups sent": len(survived.service.requests),
        "lookups interrupted": sum(way.count("interrupted") for way in ways),
        "answers refused": sum(each.refusals for each in callers),
        "faults": faults,
    }
