"""A scenario on virtual time and a live call with the same inputs give the same transcript."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

from ivr.document.load import Loaded, flow_files, load
from ivr.document.scenarios import HangUp, Scenario, read_scenarios
from ivr.document.source import read
from ivr.simulate.caller import Outcome, run
from tests.endtoend.conftest import LogBook
from tests.endtoend.following_clock import FollowingClock
from tests.endtoend.scenario_calls import Transcript, live, place_of, servers, simulated
from tests.endtoend.scenario_world import scenario_world

FLOWS = Path(__file__).parents[2] / "flows"
SECRETS = ("CRM_TOKEN",)
YEAR = 2026
RATE = 20
"""How much faster than on the wall the live calls go by, at most."""
LIMIT_S = 300
"""For all of them, however busy the machine is."""


def scenarios(folder: Path) -> list[Scenario]:
    """All scenarios of a folder, each with an id of its own, and all to the end of the call."""
    found = [
        scenario
        for file in sorted(folder.glob("*.test.yaml"))
        for scenario in read_scenarios(read(file.read_bytes(), file.name))[0]
    ]
    return [_to_the_end(replace(scenario, id=f"scenario-{number}")) for number, scenario in enumerate(found)]


def _to_the_end(scenario: Scenario) -> Scenario:
    """The scenario with a caller who hangs up after the last step, if it does not say how the call ends."""
    if scenario.ends is not None:
        return scenario
    hangs_up = any(isinstance(step, HangUp) for _, step in scenario.steps)
    return replace(scenario, steps=scenario.steps if hangs_up else (*scenario.steps, ((), HangUp())), ends="caller")


def transcript(outcome: Outcome) -> list[str]:
    """What could be heard and read of a simulated call."""
    told = Transcript()
    for who, text in simulated(outcome.lines):
        told.add(who, text)
    return told.lines


def decisions(outcome: Outcome) -> list[str]:
    """All that was decided, also after the call, without the nodes."""
    return [line.text.partition(": ")[2] for line in outcome.lines if line.who == "engine"]


async def all_live(outcomes: Sequence[Outcome], loaded: Loaded, clock: FollowingClock, data: Path) -> list[list[str]]:
    """Make the calls again, all at once, and return their transcripts."""
    every = [outcome.scenario for outcome in outcomes]
    places = dict.fromkeys(map(place_of, every))
    async with scenario_world(every, SECRETS, clock) as world, servers(loaded, places, world, clock, data) as found:
        with clock.running():
            async with asyncio.timeout(LIMIT_S):
                calls = [
                    live(outcome.scenario, simulated(outcome.lines), found[place_of(outcome.scenario)], clock)
                    for outcome in outcomes
                ]
                went = await asyncio.gather(*calls)
                for server in found.values():
                    await server.line.calls.wait_until_empty()
        assert [each.unexpected for each in world.worlds.values() if each.unexpected] == []
    return went


def test_every_scenario_goes_the_same_way_in_a_live_call(tmp_path: Path, prompt_cache: Path, log: LogBook) -> None:
    loaded = load(flow_files(FLOWS), YEAR)
    outcomes = [run(scenario, loaded.flows[scenario.flow]) for scenario in scenarios(FLOWS)]
    assert all(outcome.session.phase == "done" for outcome in outcomes)
    (tmp_path / "prompts").symlink_to(prompt_cache)
    clock = FollowingClock(RATE)
    with asyncio.Runner(loop_factory=clock.loop) as runner:
        went = runner.run(all_live(outcomes, loaded, clock, tmp_path))
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
