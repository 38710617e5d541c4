"""A scenario on virtual time and a live call with the same inputs give the same transcript."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path

from ivr.document.load import Loaded, flow_files, load
from ivr.document.scenarios import At, Check, HangUp, Scenario, read_scenarios
from ivr.document.source import read
from ivr.simulate.caller import Outcome, run
from tests.endtoend.conftest import LogBook
from tests.endtoend.following_clock import FollowingClock
from tests.endtoend.scenario_calls import Transcript, live, place_of, servers, simulated
from tests.endtoend.scenario_world import scenario_world

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "flows", ROOT / "tests" / "talks")
LEFT_OUT = {
    "heard by the caller, seen by nobody": "waits for a sensitive value, which the wire shows to nobody",
    "all at once, into the prompt": "speaks into a prompt whose length is an estimate",
}
"""Scenarios that can't go the same way live, by name, each with the reason."""
SECRETS = ("CRM_TOKEN", "KEY")
YEAR = 2026
RATE = 20
"""How much faster than on the wall the live calls go by, at most."""
LIMIT_S = 300
"""For all of them, however busy the machine is."""


@dataclass(frozen=True, slots=True)
class Book:
    """The scenarios of a folder, and how they went on virtual time."""

    folder: Path
    loaded: Loaded
    outcomes: Sequence[Outcome]


def book(folder: Path) -> Book:
    """Take all scenarios of a folder, each with an id of its own, to the end of the call."""
    loaded = load(flow_files(folder), YEAR)
    found = [
        scenario
        for file in sorted(folder.glob("*.test.yaml"))
        for scenario in read_scenarios(read(file.read_bytes(), file.name))[0]
        if scenario.name not in LEFT_OUT
    ]
    each = (_to_the_end(replace(scenario, id=f"{folder.name}-{number}")) for number, scenario in enumerate(found))
    return Book(folder, loaded, [run(scenario, loaded.flows[scenario.flow]) for scenario in each])


def _to_the_end(scenario: Scenario) -> Scenario:
    """The scenario with a caller who hangs up after the last step, if it does not say how the call ends.

    What looks at the call from inside is left out.
    """
    steps = tuple((path, step) for path, step in scenario.steps if not isinstance(step, At | Check))
    if scenario.ends is None and not any(isinstance(step, HangUp) for _, step in steps):
        steps = (*steps, ((), HangUp()))
    return replace(scenario, steps=steps, ends=scenario.ends or "caller")


def transcript(outcome: Outcome) -> list[str]:
    """What could be heard and read of a simulated call."""
    told = Transcript()
    for who, text in simulated(outcome.lines):
        told.add(who, text)
    return told.lines


def decisions(outcome: Outcome) -> list[str]:
    """All that was decided, also after the call, without the nodes."""
    return [line.text.partition(": ")[2] for line in outcome.lines if line.who == "engine"]


async def all_live(books: Sequence[Book], clock: FollowingClock, data: Path) -> list[list[str]]:
    """Make the calls of all books again, all at once, and return their transcripts."""
    calls = {
        outcome.scenario.id: (outcome, place_of(outcome.scenario, book.folder))
        for book in books
        for outcome in book.outcomes
    }
    loaded = {book.folder: book.loaded for book in books}
    places = dict.fromkeys(place for _, place in calls.values())
    async with (
        scenario_world([outcome.scenario for outcome, _ in calls.values()], SECRETS, clock) as world,
        servers(loaded, places, world, data) as found,
    ):
        with clock.running():
            async with asyncio.timeout(LIMIT_S):
                went = await asyncio.gather(
                    *(
                        live(outcome.scenario, simulated(outcome.lines), found[place], clock)
                        for outcome, place in calls.values()
                    )
                )
                for server in found.values():
                    await server.line.calls.wait_until_empty()
        assert [each.unexpected for each in world.worlds.values() if each.unexpected] == []
    return went


def test_every_scenario_goes_the_same_way_in_a_live_call(tmp_path: Path, prompt_cache: Path, log: LogBook) -> None:
    books = [book(folder) for folder in FOLDERS]
    outcomes = [outcome for book in books for outcome in book.outcomes]
    assert [outcome.message for outcome in outcomes if outcome.session.phase != "done"] == []
    (tmp_path / "prompts").symlink_to(prompt_cache)
    clock = FollowingClock(RATE)
    with asyncio.Runner(loop_factory=clock.loop) as runner:
        went = runner.run(all_live(books, clock, tmp_path))
    decided: defaultdict[str, list[str]] = defaultdict(list)
    for line in log.lines("step"):
        decided[line["call"]] += line["why"]
    ends = {line["call"]: [f"{line['by']}: {line['reason']}"] for line in log.lines("call ended")}
    differences: list[str] = []
    for outcome, lines in zip(outcomes, went, strict=True):
        scenario = outcome.scenario
        for expected, found in (
            (transcript(outcome), lines),
            (decisions(outcome), decided[scenario.id]),
            ([f"{outcome.session.ended_by}: {outcome.session.reason}"], ends[scenario.id]),
        ):
            differences += unified_diff(expected, found, f"{scenario.flow}: {scenario.name}", "live", lineterm="")
    assert not differences, "\n".join(differences)
