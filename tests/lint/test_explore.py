"""The explorer finds every state of a call, keeps exact what the flow decides, and takes the world both ways."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.core.events import Answered, DeadlinePassed, HungUp, LookupAnswered, LookupFailed, PlaybackEnded
from ivr.core.flow import Flow
from ivr.core.session import Call, begin
from ivr.core.step import step
from ivr.core.turn import Turn
from ivr.document.load import Loaded, flow_files, load, load_sources
from ivr.document.source import read
from ivr.lint.states.explore import explore
from ivr.lint.states.explored import Explored
from ivr.lint.states.moves import Place

ROOT = Path(__file__).parents[2]
YEAR = 2026


def explored(text: str, **others: str) -> Explored:
    texts = {"main": text, **others}
    loaded = load_sources({f"{name}.yaml": read(each, f"{name}.yaml") for name, each in texts.items()}, YEAR)
    assert loaded.findings == ()
    return explore(loaded.flows["main"], loaded.readings, loaded.sources)


def places(found: Explored) -> set[str]:
    return {state.place.node if state.place.flow == "main" else str(state.place) for state in found.states}


def verdicts(found: Explored) -> dict[tuple[str, int], set[bool | None]]:
    return {(case.node, case.place): set(each) for case, each in found.decided.items()}


ASKING = """
start: ask
variables: {tries: 0}
nodes:
  ask: {type: menu, prompt: Press 1., choices: [{press: 1, next: bye}], on_failure: count}
  count: {type: set, values: {tries: "{{ tries + 1 }}"}, next: enough}
  enough: {type: branch, cases: [{when: tries >= 3, next: bye}], otherwise: ask}
  bye: {type: hangup, prompt: Goodbye.}
"""


def test_what_the_flow_sets_itself_stays_exact() -> None:
    found = explored(ASKING)
    assert found.complete
    assert not found.blurred
    assert verdicts(found) == {("enough", 0): {True, False}}
    asked = {(state.session.here.variables["tries"], state.session.memory["missed"])
             for state in found.states if state.place.node == "ask" and state.at}  # fmt: skip
    assert asked == {(tries, missed) for tries in range(3) for missed in range(3)}


@pytest.mark.parametrize(
    "when",
    ["is_open('office')", "env.MODE == 'x'", "call.from == '1'", "now.hour < 9", "code == '1'", "code | int > 5",
     "status == 201", "name == 'Asha'", "voicemail == ''"],
)  # fmt: skip
def test_what_the_world_decides_is_taken_both_ways(when: str) -> None:
    found = explored(
        f"""
start: ask
hours: {{office: {{open: {{mon: "09:00-10:00"}}}}}}
variables: {{code: "", name: "", status_of_it: 0}}
on_error: no
nodes:
  ask: {{type: collect, prompt: Code?, into: code, digits: 4, next: look, on_failure: no}}
  look: {{type: http, url: "https://a.example/", save: {{name: body.name, status_of_it: status}}, next: leave_word}}
  leave_word: {{type: record, prompt: Speak., into: voicemail, next: decide}}
  decide:
    type: branch
    cases: [{{when: "{when.replace("status ==", "status_of_it ==")}", next: yes}}]
    otherwise: no
  yes: {{type: hangup, prompt: A.}}
  no: {{type: hangup, prompt: B.}}
"""
    )
    # A recording's id is no secret: it is there, or it is not, as the caller speaks or is silent.
    expected = {True, False} if when.startswith("voicemail") else {None}
    assert verdicts(found) == {("decide", 0): expected}
    left = {(passage.place.node, passage.exit) for move in found.moves for passage in move.passages}
    assert {("decide", "cases.0"), ("decide", "otherwise")} <= left


@pytest.mark.parametrize("when", ["error.kind == 'timeout' and tries < 2", "tries < 2 and error.kind == 'timeout'"])
def test_a_condition_is_known_where_a_known_part_decides_it(when: str) -> None:
    found = explored(
        f"""
start: look
variables: {{tries: 0}}
on_error: failed
nodes:
  look: {{type: http, url: "https://a.example/", next: bye}}
  failed: {{type: set, values: {{tries: "{{{{ tries + 1 }}}}"}}, next: once_more}}
  once_more: {{type: branch, cases: [{{when: "{when}", next: look}}], otherwise: bye}}
  bye: {{type: hangup, prompt: Goodbye.}}
"""
    )
    assert verdicts(found) == {("once_more", 0): {None, False}}


def test_branches_that_part_join_again() -> None:
    """Twenty decisions of the world in a row have a million ways through, and as many states as decisions."""
    lines = ["start: b0", "nodes:"]
    for place in range(20):
        lines.append(f"  b{place}: {{type: branch, cases: [{{when: env.A == '{place}', next: b{place + 1}}}],"
                     f" otherwise: b{place + 1}}}")  # fmt: skip
    lines.append("  b20: {type: hangup, prompt: Bye.}")
    assert len(explored("\n".join(lines)).states) < 30


def test_variables_that_nobody_reads_do_not_make_states() -> None:
    ways = ", ".join(f"{{press: {key}, set: {{chosen: {key}}}, next: ask}}" for key in range(1, 9))
    flow = f"""
start: ask
variables: {{chosen: 0}}
nodes:
  ask: {{type: menu, prompt: Which?, choices: [{ways}, {{press: 9, next: bye}}], on_failure: bye}}
  bye: {{type: hangup, prompt: "You chose {{{{ chosen }}}}."}}
"""
    assert len([state for state in explored(flow).states if state.place.node == "ask" and state.at]) == 3


def test_too_many_values_count_as_unknown_but_for_counters() -> None:
    ways = ", ".join(f"{{press: {key}, set: {{v{key}: 1}}, next: count}}" for key in range(1, 7))
    cases = ", ".join(f"{{when: v{key} == 1, next: ask}}" for key in range(1, 7))
    names = ", ".join(f"v{key}: 0" for key in range(1, 7))
    found = explored(
        f"""
start: ask
variables: {{tries: 0, {names}}}
nodes:
  ask: {{type: menu, prompt: Which?, choices: [{ways}], on_failure: bye}}
  count: {{type: set, values: {{tries: "{{{{ tries + 1 }}}}"}}, next: enough}}
  enough: {{type: branch, cases: [{{when: tries >= 5, next: bye}}, {cases}], otherwise: bye}}
  bye: {{type: hangup, prompt: Goodbye.}}
"""
    )
    assert found.complete
    assert Place("main", "ask") in found.blurred
    assert verdicts(found)["enough", 0] == {True, False}


def test_subflows_are_walked_with_what_they_are_given() -> None:
    found = explored(
        """
start: verify
nodes:
  verify: {type: subflow, flow: pin, with: {most: 2}, save: {ok: result.ok}, next: decide, on_error: bye}
  decide: {type: branch, cases: [{when: ok, next: bye}], otherwise: bye}
  bye: {type: hangup, prompt: Goodbye.}
""",
        pin="""
start: ask
variables: {most: 3, tries: 0}
nodes:
  ask: {type: collect, prompt: PIN?, into: pin, digits: 4, next: count}
  count: {type: set, values: {tries: "{{ tries + 1 }}"}, next: decide}
  decide:
    type: branch
    cases: [{when: pin == "1234", next: right}, {when: tries >= most, next: wrong}]
    otherwise: ask
  right: {type: return, values: {ok: true}}
  wrong: {type: return, values: {ok: false}}
""",
    )
    assert found.decided.keys() >= {case for case in found.decided if case.flow == "pin"}
    by_case = {(case.flow, case.node, case.place): set(each) for case, each in found.decided.items()}
    assert by_case == {
        ("pin", "decide", 0): {None},
        ("pin", "decide", 1): {True, False},
        ("main", "decide", 0): {True, False},
    }


def test_the_work_after_a_call_is_walked() -> None:
    found = explored(
        """
start: ask
variables: {chosen: false}
on_hangup: note
nodes:
  ask: {type: menu, prompt: Press 1., choices: [{press: 1, set: {chosen: true}, next: ask}], on_failure: bye}
  bye: {type: hangup, prompt: Goodbye.}
  note: {type: branch, cases: [{when: chosen, next: tell}], otherwise: tell}
  tell: {type: http, method: POST, url: "https://a.example/"}
"""
    )
    assert verdicts(found) == {("note", 0): {True, False}}
    assert {"tell"} <= places(found)


# Real calls are among those explored


EXAMPLES = load(flow_files(ROOT / "flows"), YEAR)
TALKS = load(flow_files(ROOT / "tests" / "talks"), YEAR)
CALLED = [
    (loaded, flow) for loaded in (EXAMPLES, TALKS) for flow in loaded.flows.values() if not flow.is_subflow
]  # fmt: skip


def real_call(flow: Flow, rng: random.Random) -> Iterator[Place]:
    """The nodes at which one call waits, whose caller and world do anything that may happen."""
    session = begin(flow, Call("c", "+91", "+92", "inbound", 1_767_607_200_000), {"CRM_URL": "http://crm.test"})
    session, _ = step(flow, session, Answered(0))
    now = 0
    for _ in range(80):
        yield Place(session.here.flow, session.here.node)
        if session.phase == "done":
            return
        if session.playing:
            session, _ = step(flow, session, PlaybackEnded(now, session.playing[-1]))
            continue
        if rng.random() < 0.03:
            session, _ = step(flow, session, HungUp(now))
            continue
        node = flow.flow(session.here.flow).nodes[session.here.node]
        stimuli = node.stimuli(Turn(flow, session, now))
        if not stimuli:
            if session.deadline is None:
                return
            session, _ = step(flow, session, DeadlinePassed(session.deadline))
            continue
        for event in rng.choice(stimuli).events:
            now = max(now, session.deadline or now) if isinstance(event, DeadlinePassed) else now
            if isinstance(event, LookupAnswered | LookupFailed):
                if session.fetching is None:
                    break
                event = replace(event, lookup=session.fetching)
            if isinstance(event, LookupAnswered):
                body = {"balance": 12, "name": "Asha", "right": rng.random() < 0.5, "doctor": "Rao"}
                event = replace(event, body=rng.choice([body, {}, None]))
            session, _ = step(flow, session, replace(event, at=now))


@pytest.mark.parametrize(
    ("loaded", "flow"), CALLED, ids=[f"{flow.file.split('/')[-2]}-{flow.id}" for _, flow in CALLED]
)
def test_no_real_call_comes_to_a_node_that_was_not_explored(loaded: Loaded, flow: Flow) -> None:
    found = explore(flow, loaded.readings, loaded.sources)
    known = found.places
    rng = random.Random(11)
    for _ in range(60):
        visited = set(real_call(flow, rng))
        assert visited <= known
