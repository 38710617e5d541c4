"""What scenarios took of flows, by nodes, exits and events."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from ivr.core.flow import Flow
from ivr.document.scenarios import read_scenarios
from ivr.document.source import read
from ivr.simulate.caller import run
from ivr.simulate.coverage import Coverage, Item, Part, called_by, coverage, steps

MAIN = """
    start: menu
    variables: {x: 1, id: ""}
    universals: [{press: 0, next: bye}]
    on_error: sorry
    nodes:
      menu:
        type: menu
        prompt: Press one.
        choices: [{press: 1, next: ask}, {press: 2, next: look}, {press: 3, next: voice}, {press: 4, next: person}]
        on_failure: bye
      ask: {type: subflow, flow: inner, next: which, on_error: bye}
      which: {type: branch, cases: [{when: x == 1, next: bye}, {when: x == 2, next: sorry}], otherwise: unseen}
      look: {type: http, url: "http://a.test/", on_status: {404: bye}, next: bye}
      voice: {type: record, prompt: Speak., into: id, next: bye}
      person: {type: transfer, to: "1", on_error: bye}
      unseen: {type: play, prompt: Nobody comes here., next: bye}
      sorry: {type: hangup, prompt: Sorry.}
      bye: {type: hangup, prompt: Goodbye.}
"""
INNER = """
    start: pin
    variables: {pin: ""}
    nodes:
      pin: {type: collect, prompt: PIN?, into: pin, digits: 2, confirm: Right?, attempts: 1, next: done}
      done: {type: return}
"""
MENU = ("choice", "universal", "silence", "wrong", "hangup")
COLLECT = ("answer", "silence", "wrong", "refusal", "hangup")


@pytest.fixture
def flow(flow_of: Callable[..., Flow]) -> Flow:
    return flow_of(MAIN, inner=INNER)


def taken(flow: Flow, *calls: str) -> Mapping[str, Coverage]:
    """What calls take, of each of the flows."""
    listed = "".join(f"  - {{name: a call, {call}}}\n" for call in calls)
    scenarios, findings = read_scenarios(read(f"flow: main\nscenarios:\n{listed}", "main.test.yaml"))
    assert not findings
    done = steps((flow, run(scenario, flow)) for scenario in scenarios)
    return {id: coverage(each, done) for id, each in flow.flows.items()}


def names(part: Part, node: str) -> tuple[str, ...]:
    return tuple(item.name for item in part.written if item.node == node)


def test_what_may_happen_is_known_without_a_call(flow: Flow) -> None:
    found = taken(flow, "steps: []")["main"]
    assert {node: names(found.events, node) for node in flow.nodes if names(found.events, node)} == {
        "menu": MENU,
        "look": ("found", "failed"),
        "voice": ("answer", "silence", "hangup"),
        "person": ("handed_over", "not_handed_over"),
    }
    assert names(taken(flow, "steps: []")["inner"].events, "pin") == COLLECT


def test_exits_are_those_that_are_written_in_the_node(flow: Flow) -> None:
    found = taken(flow, "steps: []")["main"]
    assert names(found.exits, "menu") == ("choices.1", "choices.2", "choices.3", "choices.4", "on_failure")
    assert names(found.exits, "which") == ("cases.0", "cases.1", "otherwise")
    assert names(found.exits, "look") == ("on_status.404", "next")
    assert names(found.exits, "bye") == ()


def test_an_answered_call_came_to_its_start_and_no_further(flow: Flow) -> None:
    found = taken(flow, "steps: []")
    assert (found["main"].nodes.taken, found["main"].exits.taken, found["main"].events.taken) == (1, 0, 0)
    assert found["inner"].nodes.percent == 0


def test_a_call_takes_nodes_exits_and_events_also_of_a_subflow(flow: Flow) -> None:
    found = taken(flow, "steps: [press: 1, press: '12', press: 1], ends: bye")
    main, inner = found["main"], found["inner"]
    assert [item.node for item in main.nodes.missing] == ["look", "voice", "person", "unseen", "sorry"]
    assert Item("ask", "next") not in main.exits.missing
    assert Item("ask", "on_error") in main.exits.missing
    assert Item("which", "cases.0") not in main.exits.missing
    assert main.events.at("menu").missing == tuple(Item("menu", each) for each in MENU[1:])
    assert (inner.nodes.missing, inner.exits.missing) == ((), ())
    assert inner.events.missing == tuple(Item("pin", each) for each in COLLECT[1:])


@pytest.mark.parametrize(("steps", "event"), [
    ("[press: 0]", "menu.universal"),
    ("[wait: 20s]", "menu.silence"),
    ("[press: 9]", "menu.wrong"),
    ("[hang_up: true]", "menu.hangup"),
    ("[press: 1, press: '12', press: 2]", "pin.refusal"),
    ("[press: 1, press: '*']", "pin.wrong"),
    ("[press: 1, wait: 20s]", "pin.silence"),
    ("[press: 1, hang_up: true]", "pin.hangup"),
    ("[press: 2], http: [request: GET http://a.test/], ends: bye", "look.found"),
    ("[press: 2], http: [{request: GET http://a.test/, status: 404}], ends: bye", "look.failed"),
    ("[press: 2], http: [{request: GET http://a.test/, error: timeout}], ends: sorry", "look.failed"),
    ("[press: 3, wait: 2s, say: hello, wait: 5s]", "voice.answer"),
    ("[press: 3, wait: 20s]", "voice.silence"),
    ("[press: 3, wait: 2s, say: hello, hang_up: true]", "voice.hangup"),
    ("[press: 4, wait: 1s]", "person.handed_over"),
    ("[press: 4, wait: 1s], call: {transfer: busy}", "person.not_handed_over"),
])  # fmt: skip
def test_each_event_can_be_taken(steps: str, event: str, flow: Flow) -> None:
    node, _, name = event.partition(".")
    found = taken(flow, f"steps: {steps}")["inner" if node == "pin" else "main"]
    assert Item(node, name) in found.events.written
    assert Item(node, name) not in found.events.missing


def test_ways_that_the_flow_gives_all_its_nodes_are_no_exits_of_a_node(flow: Flow) -> None:
    found = taken(flow, "steps: [press: 2], http: [{request: GET http://a.test/, error: timeout}], ends: sorry")["main"]
    assert Item("sorry") not in found.nodes.missing
    assert [item.name for item in found.exits.at("look").missing] == ["on_status.404", "next"]


def test_what_a_subflow_does_not_handle_is_an_exit_of_its_node(flow: Flow) -> None:
    found = taken(flow, "steps: [press: 1, wait: 20s], ends: bye")["main"]
    assert Item("ask", "on_error") not in found.exits.missing


def test_shares() -> None:
    items = tuple(Item("a", str(number)) for number in range(300))
    almost = Part(items, items[:1])
    assert (almost.taken, almost.percent, round(almost.share, 3)) == (299, 99, 0.997)
    assert almost.reaches(99.6)
    assert not almost.reaches(99.7)
    nothing = Part((), ())
    assert (nothing.percent, nothing.share, nothing.reaches(100)) == (100, 1.0, True)


def test_flows_with_those_that_they_may_call(flow: Flow) -> None:
    assert called_by(flow.flows, ["main"]) == {"main", "inner"}
    assert called_by(flow.flows, ["inner", "gone"]) == {"inner"}
