"""Nodes that no call comes to, calls that can't end, and flows and names that nobody uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr import lint
from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.lint.check import Check
from ivr.lint.checks.dead_end import DEAD_END
from ivr.lint.checks.subflow_recursion import SUBFLOW_RECURSION
from ivr.lint.checks.trapped_caller import TRAPPED_CALLER
from ivr.lint.checks.uncalled_subflow import UNCALLED_SUBFLOW
from ivr.lint.checks.unreachable_node import UNREACHABLE_NODE
from ivr.lint.checks.unused_name import UNUSED_NAME
from ivr.speech.machine import Machine

MAIN = "main.yaml"


def found(check: Check, tmp_path: Path, /, **flows: str) -> list[tuple[int, str, str]]:
    """Line, severity and message of what a check finds in the flow `main`."""
    loaded = load_sources({f"{name}.yaml": read(text, f"{name}.yaml") for name, text in flows.items()}, 2026)
    assert loaded.findings == ()
    told = lint.check(loaded, Machine.this(None, tmp_path, {}))
    return [(each.line, each.severity, each.message) for each in told if (each.check, each.file) == (check.id, MAIN)]


def call(check: Check, tmp_path: Path, flow: str) -> tuple[str, ...]:
    """The call that shows the only mistake."""
    loaded = load_sources({MAIN: read(flow, MAIN)}, 2026)
    [told] = (each for each in lint.check(loaded, Machine.this(None, tmp_path, {})) if each.check == check.id)
    return told.path


# unreachable-node

START = "start: hello\nnodes:\n  hello: {type: play, prompt: Hello., next: bye}\n  bye: {type: hangup}\n"


@pytest.mark.parametrize(
    ("more", "lines", "words"),
    [
        ("  lost: {type: hangup}\n", [5], "no call comes to the node “lost”: lead a way to it, or delete it"),
        ("  b: {type: play, prompt: B., next: c}\n  c: {type: hangup}\n", [5], "“b”, nor on to “c”"),
        ("  c: {type: hangup}\n  b: {type: play, prompt: B., next: c}\n", [6], "“b”, nor on to “c”"),
        # A circle is told once, at its first node; what leads into it, instead of it.
        ("  b: {type: play, prompt: B., next: c}\n  c: {type: play, prompt: C., next: b}\n", [5], "“b”, nor on to “c”"),
        (
            "  b: {type: play, prompt: B., next: c}\n  c: {type: play, prompt: C., next: b}\n"
            "  a: {type: play, prompt: A., next: b}\n",
            [7],
            "“a”, nor on to “b”, “c”",
        ),
        ("  b: {type: hangup}\n  c: {type: hangup}\n", [5, 6], "no call comes to the node"),
        ("on_failure: bad\n  bad: {type: hangup}\n", [5], "“bad”"),
        ("universals: [{press: 0, next: agent}]\n  agent: {type: hangup}\n", [5], "“agent”"),
    ],
)
def test_what_no_way_leads_to(tmp_path: Path, more: str, lines: list[int], words: str) -> None:
    top = "".join(f"{line}\n" for line in more.splitlines() if not line.startswith(" "))
    nodes = "".join(f"{line}\n" for line in more.splitlines() if line.startswith(" "))
    told = found(UNREACHABLE_NODE, tmp_path, main=START + nodes + top)
    assert [line for line, _, _ in told] == lines
    assert all(severity == "warning" for _, severity, _ in told)
    assert words in told[0][2]


@pytest.mark.parametrize(
    "flow",
    [
        START,
        START + "  sorry: {type: hangup}\non_error: sorry\n",
        START
        + "  log: {type: http, url: 'https://x.test', next: more}\n  more: {type: set, values: {}}\non_hangup: log\n",
        "start: ask\non_failure: bad\nuniversals: [{press: 0, next: agent}, {press: 9, do: start}]\nnodes:\n"
        "  ask: {type: collect, into: x, digits: 1, next: look}\n"
        "  look: {type: branch, cases: [{when: x == '1', next: one}], otherwise: other}\n"
        "  one: {type: http, url: 'https://x.test', on_status: {404: missing}, on_error: broken, next: bye}\n"
        "  other: {type: transfer, to: '+1', on_error: busy}\n"
        "  missing: {type: hangup}\n  broken: {type: hangup}\n  busy: {type: hangup}\n  bye: {type: hangup}\n"
        "  bad: {type: hangup}\n  agent: {type: hangup}\n",
        # Every input node has its own way out, and the flow one for those to come.
        "start: ask\non_failure: bad\nnodes:\n  ask: {type: collect, into: x, digits: 1, next: bye, on_failure: bye}\n"
        "  bye: {type: hangup}\n  bad: {type: hangup}\n",
    ],
)
def test_what_some_way_leads_to(tmp_path: Path, flow: str) -> None:
    assert found(UNREACHABLE_NODE, tmp_path, main=flow) == []


# dead-end

TRAP = """\
start: welcome
nodes:
  welcome: {type: play, prompt: Hello., next: menu}
  menu:
    type: menu
    prompt: For hours press 1. For prices press 2.
    choices:
      - {press: 1, next: hours}
      - {press: 2, next: prices}
    on_failure: sorry
  hours: {type: play, prompt: From nine to five., next: menu}
  prices: {type: play, prompt: All for nothing., next: menu}
  sorry: {type: play, prompt: Sorry., next: NEXT}
  bye: {type: hangup}
"""


def test_where_silence_leads_round_as_well_the_trap_is_told_alone(tmp_path: Path) -> None:
    flow = TRAP.replace("NEXT", "menu")
    assert found(DEAD_END, tmp_path, main=flow) == []
    assert [line for line, _, _ in found(TRAPPED_CALLER, tmp_path, main=flow)] == [10]


def test_only_silence_ends_the_call_and_by_an_apology(tmp_path: Path) -> None:
    flow = TRAP.replace("    on_failure: sorry\n", "").replace("NEXT", "bye")
    [(line, severity, message)] = found(DEAD_END, tmp_path, main=flow)
    assert (line, severity) == (10, "warning")
    assert "callers who come to “menu” can end the call only by ringing off: all ways from" in message


def test_a_part_of_a_flow_that_nobody_leaves(tmp_path: Path) -> None:
    flow = """\
start: main
nodes:
  main: {type: menu, choices: [{press: 1, next: ask}, {press: 2, next: bye}]}
  ask: {type: collect, into: number, digits: 4, next: check}
  check: {type: branch, cases: [{when: number == '1234', next: ask}], otherwise: wrong}
  wrong: {type: play, prompt: Wrong., next: ask}
  bye: {type: hangup}
"""
    [(line, severity, _)] = found(DEAD_END, tmp_path, main=flow)
    assert (line, severity) == (5, "warning")
    assert call(DEAD_END, tmp_path, flow) == ("press 1 at “main”", "and from here on, no answer ends the call")
    assert found(DEAD_END, tmp_path, main=flow.replace("check}\n", "bye}\n")) == []
    assert found(DEAD_END, tmp_path, main=flow.replace("start: main", "start: main\non_failure: bye")) == []
    # Whoever presses the star is in a menu again that can be left.
    back = 'universals: [{press: "*", do: back}]\n'
    assert found(DEAD_END, tmp_path, main=back + flow) == []


@pytest.mark.parametrize(
    "flow",
    [
        TRAP.replace("NEXT", "bye"),
        TRAP.replace("NEXT", "menu") + "universals: [{press: 0, next: bye}]\n",
        # These have no caller in them, and are for another check.
        "start: a\nnodes: {a: {type: play, prompt: A., next: b}, b: {type: play, prompt: B., next: a}}\n",
        "start: a\nnodes: {a: {type: set, values: {}, next: a}}\n",
        # Nobody comes here.
        START + "  m: {type: menu, choices: [{press: 1, next: m}]}\n",
        "start: m\nnodes: {m: {type: menu, choices: [{press: 1, next: m}], on_failure: t}, t: {type: transfer, to: x}}",
        "start: m\nnodes: {m: {type: menu, choices: [{press: 1, next: m}], on_failure: r}, r: {type: return}}",
        START + "  log: {type: set, values: {}}\non_hangup: log\n",
    ],
)
def test_calls_that_end(tmp_path: Path, flow: str) -> None:
    assert found(DEAD_END, tmp_path, main=flow) == []


# subflow-recursion and uncalled-subflow

CALLS = "start: go\nnodes:\n  go: {type: subflow, flow: OTHER, next: back}\n  back: {type: return}\n"
RETURNS = "{start: back, nodes: {back: {type: return}}}"
ENDS = "start: go\nnodes:\n  go: {type: subflow, flow: OTHER, next: bye}\n  bye: {type: hangup}\n"


def calling(other: str, flow: str = CALLS) -> str:
    return flow.replace("OTHER", other)


def test_flows_that_call_themselves(tmp_path: Path) -> None:
    [told] = found(SUBFLOW_RECURSION, tmp_path, main=calling("main"))
    assert told[:2] == (3, "error")
    assert told[2].startswith("the flow “main” calls itself, and the engine gives up after 20 calls inside each other")
    [told] = found(SUBFLOW_RECURSION, tmp_path, main=calling("b"), b=calling("c"), c=calling("main"))
    assert told[2].startswith("the flow “main” calls itself through “b” and “c”, and")


def test_flows_that_call_others_only(tmp_path: Path) -> None:
    assert found(SUBFLOW_RECURSION, tmp_path, main=calling("b"), b=RETURNS) == []
    # The circle is told where it is, and not to who calls into it.
    assert found(SUBFLOW_RECURSION, tmp_path, main=calling("b", ENDS), b=calling("c"), c=calling("b")) == []
    twice = ENDS + "  again: {type: subflow, flow: b, next: bye}\n"
    assert found(SUBFLOW_RECURSION, tmp_path, main=calling("b", twice), b=RETURNS) == []
    unused = START + "  again: {type: subflow, flow: b, next: bye}\n"
    assert found(SUBFLOW_RECURSION, tmp_path, main=unused, b=RETURNS) == []


def test_a_subflow_that_nobody_calls(tmp_path: Path) -> None:
    other = "{start: bye, nodes: {bye: {type: hangup}}}"
    [told] = found(UNCALLED_SUBFLOW, tmp_path, main=calling("sub"), sub=RETURNS, other=other)
    assert told == (
        4,
        "warning",
        "no flow of this folder calls “main”, and with a return it can't answer calls itself: "
        "call it from a subflow node, or end it by a hangup",
    )
    numbered = "numbers: ['+918000000001']\n" + calling("sub")
    [told] = found(UNCALLED_SUBFLOW, tmp_path, main=numbered, sub=RETURNS)
    assert "in spite of its “numbers”: expected a hangup" in told[2]
    assert len(found(UNCALLED_SUBFLOW, tmp_path, main=calling("main"))) == 1


def test_subflows_that_are_called(tmp_path: Path) -> None:
    assert found(UNCALLED_SUBFLOW, tmp_path, main=RETURNS, top=calling("main", ENDS)) == []
    assert found(UNCALLED_SUBFLOW, tmp_path, main=calling("sub", ENDS), sub=RETURNS) == []


# unused-name

NAMES = """\
start: bye
prompts:
  goodbye: Goodbye.
  apology: Sorry.
  keys_only: Please press keys.
hours:
  office: {open: {mon-fri: "09:00-17:00"}}
nodes:
  bye: {type: hangup}
"""


def test_names_that_nobody_uses(tmp_path: Path) -> None:
    assert found(UNUSED_NAME, tmp_path, main=NAMES) == [
        (3, "warning", "nothing says the prompt “goodbye”: say it by {prompt: goodbye}, or delete it"),
        (7, "warning", "nothing asks for the hours “office”: ask by is_open('office') in a branch, or delete them"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{type: hangup}", "{type: hangup, prompt: [{prompt: goodbye}, '{{ is_open(\"office\") }}']}"),
        ("{type: hangup}", "{type: hangup, prompt: {en-US: {prompt: goodbye}, hi-IN: \"{{ is_open( 'office' ) }}\"}}"),
        ("apology: Sorry.", "apology: [Sorry., {prompt: goodbye}, '{{ is_open(env.PLACE) }}']"),
        (
            "start: bye\n",
            "start: bye\ndefaults: {no_input: [{prompt: goodbye}], no_match: '{{ is_open(\"office\") }}'}\n",
        ),
    ],
)
def test_names_that_are_used(tmp_path: Path, old: str, new: str) -> None:
    told = found(UNUSED_NAME, tmp_path, main=NAMES.replace(old, new))
    assert [line for line, _, message in told if "goodbye" in message] == []
    assert "defaults" in new or told == []


def test_an_anchor_is_a_use(tmp_path: Path) -> None:
    flow = NAMES.replace("goodbye: Goodbye.", "goodbye: &last Goodbye.").replace(
        "{type: hangup}", "{type: hangup, prompt: *last}"
    )
    assert [line for line, _, _ in found(UNUSED_NAME, tmp_path, main=flow)] == [7]
