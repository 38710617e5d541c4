"""Figures, against a count by hand of the records of calls that were really made."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from ivr.calls.records.figures import Figures, GoalFigures, Served, figures, of_node
from ivr.calls.records.record import CallRecord
from ivr.calls.records.spread import Bound, Spread
from ivr.calls.records.tally import Tally
from ivr.calls.records.traffic import Attempt, Traffic
from ivr.calls.store.archive import Archive
from ivr.calls.store.records import Wanted, found, journal_of
from ivr.calls.store.tallies import tallied
from ivr.document.journal import Journal, read
from tests import recorded

CALLS = 90


@dataclass(frozen=True, slots=True)
class Kept:
    """A store, as its two readers see it."""

    records: Sequence[CallRecord]
    tallies: Sequence[Tally]
    figures: Figures
    journals: Sequence[Journal]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Calls of several days, flows and ends."""
    url = f"sqlite:///{tmp_path_factory.mktemp('figures') / 'ivr.db'}"
    recorded.some(url, CALLS)
    with Archive(url) as archive:
        records = archive.read(lambda connection: found(connection, Wanted(), CALLS + 1))
        tallies = archive.read(lambda connection: tallied(connection, "0000-00-00", "9999-99-99"))
        texts = archive.read(lambda connection: [journal_of(connection, each.record) for each in records or ()])
    assert records is not None
    assert tallies is not None
    return Kept(records, tallies, figures(tallies), [read(text.encode(), "journal") for text in texts or ()])


def test_each_call_is_counted_once(kept: Kept) -> None:
    assert len(kept.records) == kept.figures.served.calls == CALLS
    assert {each.outcome for each in kept.records} == {"contained", "transferred", "abandoned", "failed"}
    same(kept.figures.served, kept.records)


def test_each_day_of_each_flow(kept: Kept) -> None:
    days = sorted({(each.day, each.flow) for each in kept.records})
    assert [(each.day, each.flow) for each in kept.figures.days] == days
    assert len(days) > CALLS / 4
    for each in kept.figures.days:
        same(each.served, [one for one in kept.records if (one.day, one.flow) == (each.day, each.flow)])


def test_each_flow(kept: Kept) -> None:
    assert [each.flow for each in kept.figures.flows] == sorted({each.flow for each in kept.records})
    for each in kept.figures.flows:
        same(each.served, [one for one in kept.records if one.flow == each.flow])


def test_each_node_of_each_flow(kept: Kept) -> None:
    for each in kept.figures.flows:
        records = [one for one in kept.records if one.flow == each.flow]
        nodes = {leg.place for one in records for leg in one.path}
        assert {node.node for node in each.funnel} == nodes
        order = [(-node.reached, node.node) for node in each.funnel]
        assert order == sorted(order)
        for node in each.funnel:
            same_at(node, records)


def test_what_was_made_has_what_is_counted(kept: Kept) -> None:
    nodes = [node for each in kept.figures.flows for node in each.funnel]
    for told in ("no_inputs", "no_matches", "used_up", "left", "lookups", "attempts", "exits"):
        assert any(getattr(node, told) for node in nodes), told
    assert any(node.lookups and node.lookups.failed for node in nodes)
    assert any(goal.reached > 1 for each in kept.figures.flows for goal in each.served.goals)


def test_journals_tell_the_same(kept: Kept) -> None:
    counts: dict[tuple[str, str, str], int] = {}
    ends: dict[str, int] = {}
    goals: dict[tuple[str, str], int] = {}
    for journal in kept.journals:
        flow, ending = journal.head.flow, journal.ending
        assert ending is not None
        assert ending.reason is not None
        ends[ending.reason] = ends.get(ending.reason, 0) + 1
        for name, _ in ending.goals:
            goals[flow, name] = goals.get((flow, name), 0) + 1
        for decision in (each for entry in journal.entries for each in entry.decisions):
            if decision.exit == "on_hangup":
                break  # The caller is gone, and with it the call's way.
            if decision.cause in ("silence", "wrong", "found", "failed"):
                key = flow, decision.node, decision.cause
                counts[key] = counts.get(key, 0) + 1
    told: dict[tuple[str, str, str], int] = {}
    for each in kept.figures.flows:
        for node in each.funnel:
            told[each.flow, node.node, "silence"] = node.no_inputs
            told[each.flow, node.node, "wrong"] = node.no_matches
            if node.lookups is not None:
                told[each.flow, node.node, "found"] = node.lookups.found
                told[each.flow, node.node, "failed"] = node.lookups.failed + node.lookups.otherwise
    assert {key: count for key, count in told.items() if count} == counts
    assert dict(kept.figures.served.ends) == ends
    assert {(each.flow, goal.name): goal.reached for each in kept.figures.flows for goal in each.served.goals} == goals


def test_nodes_of_a_subflow_are_counted_whichever_flow_called_it(kept: Kept) -> None:
    of_verify, of_balance = of_node(kept.tallies, "verify"), of_node(kept.tallies, "balance")
    assert of_verify["ask_pin"] == traffic_as("ask_pin", of_balance["verify/ask_pin"])
    assert "welcome" in of_balance
    assert "welcome" not in of_verify


def test_nothing_comes_to_nothing() -> None:
    empty = figures([])
    assert (empty.days, empty.flows, empty.served.calls, empty.served.mean) == ((), (), 0, None)
    assert [rate for _, _, rate in empty.served.outcomes] == [None] * 4
    assert of_node([], "main") == {}


def traffic_as(name: str, traffic: Traffic) -> Traffic:
    told = {field: getattr(traffic, field) for field in Traffic.__dataclass_fields__}
    return Traffic(**{**told, "node": name})


# Counted by hand


def same(served: Served, records: Sequence[CallRecord]) -> None:
    counts = {"contained": 0, "transferred": 0, "abandoned": 0, "failed": 0}
    ends: dict[str, int] = {}
    times: dict[str, list[int]] = {}
    lasted = 0
    for each in records:
        if each.reason == "transfer":
            counts["transferred"] += 1
        elif each.reason in ("error", "failure"):
            counts["failed"] += 1
        elif each.ended_by == "caller" and not each.goals:
            counts["abandoned"] += 1
        else:
            counts["contained"] += 1
        assert each.reason is not None
        assert each.milliseconds is not None
        ends[each.reason] = ends.get(each.reason, 0) + 1
        lasted += each.milliseconds
        for name, at in each.goals:
            times.setdefault(name, []).append(at)
    assert served.calls == len(records)
    assert served.outcomes == tuple((name, count, count / len(records)) for name, count in counts.items())
    assert dict(served.ends) == ends
    assert [count for _, count in served.ends] == sorted(ends.values(), reverse=True)
    assert (served.milliseconds, served.mean) == (lasted, lasted / len(records))
    assert [each.name for each in served.goals] == sorted(times)
    for goal in served.goals:
        same_goal(goal, times[goal.name], len(records))


def same_goal(goal: GoalFigures, times: list[int], calls: int) -> None:
    assert (goal.reached, goal.rate) == (len(times), len(times) / calls)
    assert goal.mean == sum(times) / len(times)
    same_spread(goal.spread, times)


def same_spread(spread: Spread, times: list[int]) -> None:
    assert sum(spread.counts) == len(times)
    for share in (0.1, 0.5, 0.95, 1.0):
        exact = sorted(times)[math.ceil(share * len(times)) - 1]
        within = [limit for limit in spread.limits if limit >= exact]
        assert spread.quantile(share) == (Bound(within[0]) if within else Bound(spread.limits[-1], longer=True))


def same_at(node: Traffic, records: Sequence[CallRecord]) -> None:
    reached = visits = took = no_inputs = no_matches = used_up = failed = otherwise = 0
    exits: dict[str, int] = {}
    missed: dict[int, int] = {}
    left: dict[int, int] = {}
    lookups: list[int] = []
    for record in records:
        here = False
        for place, leg in enumerate(record.path):
            if leg.place != node.node:
                continue
            here = True
            visits += 1
            is_last = place + 1 == len(record.path)
            until = record.milliseconds if is_last else record.path[place + 1].at
            assert until is not None
            took += until - leg.at
            no_inputs += leg.no_inputs
            no_matches += leg.no_matches
            misses = leg.no_inputs + leg.no_matches
            for attempt in range(misses):
                missed[attempt + 1] = missed.get(attempt + 1, 0) + 1
            if leg.exit:
                exits[leg.exit] = exits.get(leg.exit, 0) + 1
            if is_last and record.ended_by == "caller":
                assert not leg.exit
                left[misses + 1] = left.get(misses + 1, 0) + 1
            gave_up = leg.exit in ("on_failure", "on_error") or (not leg.exit and record.reason in ("error", "failure"))
            used_up += misses > 0 and gave_up
            if leg.lookup:
                lookups.append(until - leg.at)
                failed += leg.lookup == "failed" and leg.exit == "on_error"
                otherwise += leg.exit in ("on_status.404", "on_status.409")
        reached += here
    assert (node.reached, node.visits, node.milliseconds) == (reached, visits, took)
    assert node.mean == took / visits
    assert (node.no_inputs, node.no_matches, node.used_up) == (no_inputs, no_matches, used_up)
    tries = visits + no_inputs + no_matches - used_up
    assert (node.no_input_rate, node.no_match_rate) == (no_inputs / tries, no_matches / tries)
    assert (node.no_inputs_a_visit, node.no_matches_a_visit) == (no_inputs / visits, no_matches / visits)
    assert dict(node.exits) == exits
    assert (node.left, node.left_rate) == (sum(left.values()), sum(left.values()) / reached)
    same_attempts(node.attempts, visits, missed.get, left.get, max((*missed, *left), default=0))
    if node.lookups is None:
        assert lookups == []
    else:
        assert (node.lookups.number, node.lookups.failed, node.lookups.otherwise) == (len(lookups), failed, otherwise)
        assert node.lookups.failure_rate == failed / len(lookups)
        assert node.lookups.mean == sum(lookups) / len(lookups)
        same_spread(node.lookups.spread, lookups)


def same_attempts(
    attempts: Sequence[Attempt],
    visits: int,
    missed: Callable[[int, int], int],
    left: Callable[[int, int], int],
    last: int,
) -> None:
    assert [each.number for each in attempts] == list(range(1, last + 1))
    for each in attempts:
        began = visits if each.number == 1 else missed(each.number - 1, 0)
        assert (each.began, each.missed, each.left) == (began, missed(each.number, 0), left(each.number, 0))
        assert each.miss_rate == each.missed / began
