"""Scenarios that are written by themselves take every exit, and the calls that they tell of are real."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.document.finding import as_text
from ivr.document.load import Loaded, flow_files, load, load_sources
from ivr.document.scenario_text import as_yaml
from ivr.document.scenarios import Scenario, read_scenarios
from ivr.document.source import read
from ivr.explore.scenarios import Exploration, Uncallable, explore
from ivr.simulate.caller import Outcome, run
from ivr.simulate.coverage import coverage, steps

HERE = Path(__file__).parent
DIFFICULTIES = load(flow_files(HERE / "difficulties"), 2026)
ENDS = "  bye: {type: hangup, prompt: Goodbye.}\n  other: {type: hangup, prompt: Something else.}\n"


def loaded(main: str, **others: str) -> Loaded:
    """The flow `main` and its subflows, from their texts."""
    texts = {f"{name}.yaml": textwrap.dedent(text) for name, text in {"main": main, **others}.items()}
    made = load_sources({name: read(text, name) for name, text in texts.items()}, 2026)
    assert not made.findings, as_text(made.findings, made.lines)
    return made


def with_ends(nodes: str) -> str:
    """A flow of these nodes and two ends; it starts at `first`."""
    top = "\n".join(line for line in nodes.splitlines() if not line.startswith("  "))
    own = "\n".join(line for line in nodes.splitlines() if line.startswith("  "))
    return f"start: first\n{top}\nnodes:\n{own}\n{ENDS}"


def explored(made: Loaded) -> Exploration:
    """What is found of the flow `main`."""
    return explore(made.flows["main"], made)


def written(exploration: Exploration) -> tuple[Scenario, ...]:
    """The scenarios as they are read back from the file that is written."""
    source = read(as_yaml(exploration.scenarios), "main.test.yaml")
    found, findings = read_scenarios(source)
    assert not findings, as_text(findings, {"main.test.yaml": source.lines})
    return found


def outcomes(made: Loaded, flow: str = "main") -> tuple[Outcome, ...]:
    """The calls of all scenarios that are written for a flow, which all pass."""
    found = tuple(run(each, made.flows[flow]) for each in written(explore(made.flows[flow], made)))
    assert [f"{each.scenario.name}: {each.message}" for each in found if not each.passed] == []
    return found


def missing(made: Loaded, flow: str, *others: str) -> list[tuple[str, ...]]:
    """The nodes, exits and events that no scenario of a flow takes, of it and of its subflows."""
    done = steps((made.flows[flow], each) for each in outcomes(made, flow))
    parts = [coverage(made.flows[each], done) for each in (flow, *others)]
    return [tuple(item) for part in parts for each in (part.nodes, part.exits, part.events) for item in each.missing]


@pytest.mark.parametrize("flow", sorted(DIFFICULTIES.flows))
def test_everything_is_taken(flow: str) -> None:
    assert not DIFFICULTIES.findings
    assert missing(DIFFICULTIES, flow) == []


def test_what_a_subflow_returns_is_looked_for() -> None:
    main = with_ends("""
variables: {outcome: ""}
on_error: other
  first: {type: subflow, flow: inner, with: {least: 50}, save: {outcome: result.outcome}, next: sort}
  sort:
    type: branch
    cases: [{when: outcome == "rich", next: bye}, {when: outcome == "poor", next: bye}]
    otherwise: other
""")
    inner = """
        start: look
        variables: {least: 0, sum: 0, kind: ""}
        nodes:
          look: {type: http, url: "http://crm.test/x", save: {sum: body.sum, kind: body.kind}, next: rich}
          rich: {type: branch, cases: [{when: sum >= least, next: yes}], otherwise: back}
          yes: {type: return, values: {outcome: rich}}
          back: {type: return, values: {outcome: "{{ kind }}"}}
    """
    made = loaded(main, inner=inner)
    assert missing(made, "main", "inner") == []
    with pytest.raises(Uncallable, match="explore what calls it: main"):
        explore(made.flows["inner"], made)


def test_each_way_to_fail_has_its_call() -> None:
    nodes = """
on_error: other
  first:
    type: http
    url: http://crm.test/x
    retries: 1
    save: {a: body.a}
    on_status: {404: bye, 503: bye}
    next: bye
"""
    made = loaded(with_ends(nodes))
    looked_up = [found for found in written(explored(made)) if found.name not in ("hang up at bye", "hang up at other")]
    told = [[(each.error or each.status, each.body) for each in found.http] for found in looked_up]
    statuses: list[tuple[object, object]] = [(status, None) for status in (400, 404, 500, 503)]
    failures = [*statuses, ("timeout", None), ("connect", None), (200, {})]
    hung_up, answered = (200, None), (200, {"a": "a"})
    assert sorted(told, key=str) == sorted(([each] for each in (*failures, hung_up, answered)), key=str)


def test_prompts_that_escalate_are_all_heard() -> None:
    found = outcomes(
        loaded(
            with_ends("""
defaults: {attempts: 4, no_input: [Nothing., Still nothing.], no_match: [Wrong., Wrong again., Wrong for ever.]}
  first: {type: menu, prompt: Which?, choices: [{press: 1, next: bye}], on_failure: other}
""")
        )
    )
    heard = {line.text for each in found for line in each.lines if line.who == "ivr"}
    assert {"Nothing.", "Still nothing.", "Wrong.", "Wrong again.", "Wrong for ever."} <= heard


def test_callers_hang_up_wherever_they_can() -> None:
    found = outcomes(
        loaded(
            with_ends("""
variables: {n: "", message: ""}
  first: {type: collect, prompt: Number?, into: n, digits: 2, confirm: "{{ n }}?", next: look}
  look: {type: http, url: "http://crm.test/{{ n }}", waiting: One moment., on_error: other, next: speak}
  speak: {type: record, prompt: Speak., into: message, next: bye}
""")
        )
    )
    went = [each for each in found if each.session.ended_by == "caller"]
    # The last line that the engine says of such a call names the node that was left so.
    asked, spoken = ["first", "first", "look", "speak"], ["bye", "other"]
    assert sorted(each.decisions[-1].node for each in went) == sorted(asked + spoken)


def test_what_is_not_found_is_told_and_what_the_linter_knows_is_certain() -> None:
    made = loaded(
        with_ends("""
variables: {n: ""}
  first: {type: collect, prompt: Number?, into: n, digits: 6, next: sort}
  sort:
    type: branch
    cases:
      - {when: "(n | int) * 7919 == 4711 * 7919", next: bye}
      - {when: "(n | int * 31 + 7) % 99991 == 12", next: bye}
      - {when: "true", next: other}
    otherwise: never
  never: {type: hangup}
""")
    )
    remarks = explored(made).remarks
    assert "No call was found that leaves “sort” by cases.1; there may be one." in remarks
    assert "No call leaves “sort” by otherwise." in remarks
    assert "No call comes to “never”." in remarks


def test_calls_that_can_t_be_written_are_told() -> None:
    made = loaded(
        with_ends("""
  first: {type: menu, prompt: Which?, choices: [{press: 1, next: look}, {press: 2, next: bye}], on_failure: other}
  look: {type: http, url: "{{ env.TOKEN }} /x", on_error: other, next: bye}
""")
    )
    found = explored(made)
    assert all(run(each, made.flows["main"]).passed for each in written(found))
    assert {each.ends for each in found.scenarios} == {"bye", "other", "caller", None}
    assert "No scenario could be written for this: found at “look”." in found.remarks


def test_a_flow_that_never_asks_has_no_scenario() -> None:
    made = loaded("start: on\nnodes: {on: {type: play, prompt: And on., next: on}}")
    found = explored(made)
    assert found.scenarios == ()
    assert found.remarks == ("No call was found that comes to “on”; there may be one.",)


def test_the_same_flow_gives_the_same_file(golden: Callable[[Path, str], None]) -> None:
    made = load([HERE / "parking.yaml"], 2026)
    assert not made.findings
    golden(HERE / "parking.test.yaml", as_yaml(explore(made.flows["parking"], made).scenarios))
    assert [each.passed for each in outcomes(made, "parking")] == [True] * len(outcomes(made, "parking"))
