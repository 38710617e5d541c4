"""The ways to goals: seconds, keys and menus, of callers who answer at once and of those who do not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ivr.document.finding import Finding
from ivr.document.load import Loaded, load_sources
from ivr.document.source import read
from ivr.lint import check
from ivr.lint.states.explore import explore
from ivr.lint.states.times import GoalTime, arrivals, goal_times
from ivr.speech.machine import Machine

FLOW = """
start: welcome
on_failure: agent
on_error: bye
goals: {agent: [agent], served: [told], lost: [bye], never: [nowhere]}
budgets: {agent: {within: 5s, menus: 1}, served: {within: 10999ms}}
universals: [{press: "0", next: agent}]
nodes:
  welcome: {type: play, prompt: {silence: 2s}, next: menu}
  menu:
    type: menu
    prompt: {silence: 3s}
    choices: [{press: 1, next: ask}]
  ask:
    type: collect
    prompt: {silence: 4s}
    into: code
    digits: 4
    confirm: {silence: 1s}
    next: look
  look: {type: http, url: "https://a.example/{{ code }}", timeout: 4s, next: told}
  told: {type: play, prompt: "{{ code }}", next: bye}
  agent: {type: transfer, to: "12", prompt: {silence: 9s}}
  bye: {type: hangup}
  nowhere: {type: hangup}
"""


def loaded(text: str) -> Loaded:
    found = load_sources({"main.yaml": read(text, "main.yaml")}, 2026)
    assert found.findings == ()
    return found


def times(text: str) -> Mapping[str, GoalTime]:
    found = loaded(text)
    return goal_times(explore(found.flows["main"], found.readings, found.sources))


def test_each_prompt_is_heard_to_its_end_and_answered_at_once() -> None:
    found = times(FLOW)
    agent, served = found["agent"], found["served"]
    assert (agent.shortest_ms, agent.menus, agent.presses) == (5_000, 1, 1)
    assert agent.call == ("press 0 at “menu”",)
    # The lookup takes no time, and the confirmation is one more thing to do, but no other collect.
    assert (served.shortest_ms, served.menus, served.presses) == (10_000, 2, 1 + 4 + 1)
    assert served.call[0] == "press 1 at “menu”"


def test_a_goal_that_no_call_reaches_has_no_time() -> None:
    assert "never" not in times(FLOW)


def test_the_worst_way_is_that_of_whoever_is_silent_as_long_as_it_goes() -> None:
    # Twice in vain at the menu, then at the field and its confirmation as long as it takes to give up.
    worst = times(FLOW)["agent"].worst_ms
    assert worst >= 2_000 + 3 * 3_000 + 2 * 5_000 + 3 * 9_000


def test_choices_are_heard_to_the_one_that_is_taken() -> None:
    flow = """
start: menu
on_failure: bye
goals: {first: [one], second: [two], third: [three]}
nodes:
  menu:
    type: menu
    prompt: [{silence: 1s}, {choices: "For {label} press {press}."}, {silence: 7s}]
    choices:
      - {press: 1, label: sales, next: one}
      - {press: 2, label: sales, next: two}
      - {press: 3, label: sales, next: three}
  one: {type: hangup}
  two: {type: hangup}
  three: {type: hangup}
  bye: {type: hangup}
"""
    found = {goal: time.shortest_ms for goal, time in times(flow).items()}
    sentence = found["second"] - found["first"]
    assert sentence > 500
    assert found == {"first": 1_000 + sentence, "second": 1_000 + 2 * sentence, "third": 1_000 + 3 * sentence}
    deaf = times(flow.replace("    prompt:", "    barge_in: false\n    prompt:"))
    assert {time.shortest_ms for time in deaf.values()} == {8_000 + 3 * sentence}


def test_a_goal_that_is_reached_by_failing_alone_is_timed_so() -> None:
    flow = """
start: menu
goals: {agent: [agent]}
nodes:
  menu: {type: menu, prompt: {silence: 3s}, choices: [{press: 1, next: bye}], on_failure: agent}
  agent: {type: hangup}
  bye: {type: hangup}
"""
    # A wrong key is quicker than silence.
    assert times(flow)["agent"].shortest_ms == 9_000


def test_nodes_have_their_soonest_and_latest_arrival() -> None:
    found = loaded(FLOW)
    known = arrivals(explore(found.flows["main"], found.readings, found.sources))
    assert known["welcome"] == (0, 0)
    assert known["menu"][0] == 2_000
    assert known["ask"][0] == 5_000
    assert known["ask"][1] == 2_000 + 3 * 3_000 + 2 * 5_000
    assert "nowhere" not in known


def budgets(text: str, tmp_path: Path) -> list[Finding]:
    return [each for each in check(loaded(text), Machine.this(None, tmp_path, {})) if each.check == "over-budget"]


def test_budgets_that_are_kept_are_silent(tmp_path: Path) -> None:
    assert budgets(FLOW, tmp_path) == []


@pytest.mark.parametrize(
    ("budget", "word"),
    [("agent: {within: 4999ms}", "takes 5.0 s"), ("served: {menus: 1}", "2 menus"), ("never: {within: 5m}", "no call")],
)
def test_budgets_that_are_not_are_told(budget: str, word: str, tmp_path: Path) -> None:
    lines = [f"budgets: {{{budget}}}" if line.startswith("budgets:") else line for line in FLOW.splitlines()]
    (told,) = budgets("\n".join(lines), tmp_path)
    assert word in told.message
    assert told.severity == "error"
    assert lines[told.line - 1].startswith("budgets:")


def test_rounds_of_a_long_call_are_told_once() -> None:
    flow = """
start: ask
variables: {tries: 0}
goals: {done: [bye]}
nodes:
  ask: {type: menu, prompt: Press 1., choices: [{press: 1, next: name}], on_failure: ask}
  name: {type: collect, prompt: Name?, into: name, digits: 1, next: count}
  count: {type: set, values: {tries: "{{ tries + 1 }}"}, next: enough}
  enough: {type: branch, cases: [{when: tries >= 5, next: bye}], otherwise: ask}
  bye: {type: hangup}
"""
    assert times(flow)["done"].call == (
        "press 1 at “ask”",
        "press 9 at “name”",
        "and the same 4 times more",
    )
