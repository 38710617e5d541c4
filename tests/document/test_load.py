"""Flows of a folder together: what their files say of each other, and which of them answers a call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivr.core.segments import Voice
from ivr.document.load import Loaded, RoutingError, flow_files, load, load_sources, route
from ivr.document.source import read
from ivr.nodes import KINDS

BYE = "start: bye\nnodes: {bye: {type: hangup}}\n"
KINDS_THERE = ", ".join(f"“{kind.kind}”" for kind in KINDS)
INNER = "start: back\nnodes: {back: {type: return}}\n"


def loaded(**texts: str) -> Loaded:
    return load_sources({f"{name}.yaml": read(text, f"{name}.yaml") for name, text in texts.items()}, 2026)


def told(made: Loaded) -> list[str]:
    return [f"{each.file}:{each.line}:{each.column} {each.message} [{each.check}]" for each in made.findings]


def caller_of(flow: str, more: str = "") -> str:
    return f"start: ask\n{more}nodes:\n  ask: {{type: subflow, flow: {flow}, next: bye}}\n  bye: {{type: hangup}}\n"


def test_files_that_hold_flows(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "a.test.yaml", "b.test.yml", "notes.txt", "c.yaml.bak"):
        (tmp_path / name).write_text(BYE)
    (tmp_path / "folder.yaml").mkdir()
    assert [path.name for path in flow_files(tmp_path)] == ["a.yml", "b.yaml"]
    assert flow_files(tmp_path / "notes.txt") == [tmp_path / "notes.txt"]


def test_two_files_of_one_flow(tmp_path: Path) -> None:
    for name in ("main.yaml", "main.yml"):
        (tmp_path / name).write_text(BYE)
    made = load(flow_files(tmp_path), 2026)
    assert [each.check for each in made.findings] == ["flow-id"]
    assert made.findings[0].file.endswith("main.yml")
    assert "main.yaml is the flow “main” already" in made.findings[0].message


def test_a_broken_file_hides_neither_the_others_nor_their_mistakes() -> None:
    made = loaded(good=BYE, broken="start: [", wrong=BYE.replace("hangup", "hungup"))
    assert list(made.flows) == ["good"]
    assert {each.file for each in made.findings} == {"broken.yaml", "wrong.yaml"}


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    made = loaded(
        main="""
            language: english
            variables: {now: 1}
            nodes:
              a: {type: play, next: nowhere}
              b: {type: hangup, prompt: "{{ x"}
        """
    )
    assert [each.partition(" ")[2] for each in told(made)] == [
        "a flow needs “start”: the node at which a call begins [schema]",
        "“language” of a flow must be a BCP 47 tag such as en-US, found “english” [schema]",
        "“now” has a meaning of its own, so it can't be a variable [reserved-name]",
        "the play node “a” needs “prompt” [schema]",
        "a “{{” is never closed by “}}”, in “{{ x” [expression-syntax]",
    ]


# Subflows


def test_a_flow_can_not_be_served_without_its_subflows() -> None:
    made = loaded(
        main=caller_of("middle"),
        middle=caller_of("inner").replace("type: hangup", "type: return"),
        inner=INNER.replace("return", "retrun"),
    )
    assert made.flows == {}
    assert told(made) == [
        "inner.yaml:2:22 there is no type “retrun” (did you mean “return”?); types are " + KINDS_THERE + " [schema]",
        "main.yaml:3:30 the flow “middle” has errors, so this one can't call it [subflow]",
        "middle.yaml:3:30 the flow “inner” has errors, so this one can't call it [subflow]",
    ]  # fmt: skip


def test_what_a_subflow_is_given_are_its_variables() -> None:
    main = caller_of("inner").replace("flow: inner,", "flow: inner, with: {account: 1},")
    inner = 'start: said\nnodes:\n  said: {type: play, prompt: "{{ account }}", next: back}\n  back: {type: return}\n'
    assert told(loaded(main=main, inner=inner)) == []
    assert "there is no variable “account”" in told(loaded(main=caller_of("inner"), inner=inner))[0]
    assert [each.split(":")[0] for each in told(loaded(main=main + "broken: [", inner=inner))] == ["main.yaml"]


def test_the_fingerprint_is_that_of_all_that_may_be_heard() -> None:
    def fingerprint(**texts: str) -> str:
        return loaded(**texts).flows["main"].fingerprint

    alone = fingerprint(main=caller_of("inner"), inner=INNER)
    assert fingerprint(main=caller_of("inner"), inner=INNER, other=BYE) == alone
    assert fingerprint(main=caller_of("inner"), inner=INNER + "# changed\n") != alone
    assert fingerprint(main=caller_of("inner", "# changed\n"), inner=INNER) != alone


# Routing


def test_who_answers() -> None:
    made = loaded(
        sales=BYE + 'numbers: ["+91 80 0000 0001", 918000000002]\n',
        main=BYE + "default: true\n",
        inner=INNER,
        other=BYE,
    )
    assert told(made) == []
    flows = made.flows
    assert route(flows, "+918000000001", None).id == "sales"
    assert route(flows, "918000000002", None).id == "sales"
    assert route(flows, "+15550000", None).id == "main"
    assert route(flows, "", None).id == "main"
    assert route(flows, "+918000000001", "other").id == "other"
    assert route({"one": flows["other"], "inner": flows["inner"]}, "+1", None).id == "other"


REFUSED: list[tuple[str, dict[str, str], str | None, str]] = [
    ("unknown", {"main": BYE}, "mian", "there is no flow “mian” (did you mean “main”?); flows are main"),
    ("a subflow", {"main": BYE, "inner": INNER}, "inner", "“inner” has a return node, so only other flows can call it"),
    ("several", {"a": BYE, "b": BYE}, None, "no flow has the number +1 and none is the default; flows are a, b"),
    ("none", {}, None, "no flow has the number +1 and none is the default; flows are none"),
]


@pytest.mark.parametrize(
    ("texts", "wanted", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_who_does_not(texts: dict[str, str], wanted: str | None, message: str) -> None:
    with pytest.raises(RoutingError) as raised:
        route(loaded(**texts).flows, "+1", wanted)
    assert str(raised.value) == message


def test_two_can_not_answer_the_same() -> None:
    made = loaded(a=BYE + "default: true\nnumbers: [+911]\n", b=BYE + "default: true\nnumbers: [+912, +911]\n")
    assert told(made) == [
        "b.yaml:3:10 “a” is the default already [routing]",
        "b.yaml:4:17 +911 is answered by “a” already [routing]",
    ]


# Kinds of nodes, as the linter sees them


def test_ways_out_and_what_is_written(flow_of: Callable[..., Any]) -> None:
    flow = flow_of("""
        start: menu
        on_failure: bye
        nodes:
          menu:
            type: menu
            on_failure: bye
            on_error: bye
            choices: [{press: 1, next: ask, set: {a: 1, language: hi-IN}}, {say: two, next: look}]
          ask: {type: collect, into: b, digits: 1, confirm: "{{ b }}", validate: b, next: look}
          look: {type: http, url: "{{ a }}", save: {c: body}, on_status: {404: choose}, next: choose}
          choose: {type: branch, cases: [{when: c, next: bye}], otherwise: put}
          put: {type: set, values: {d: "{{ c }}", language: "{{ a }}"}, next: record}
          record: {type: record, into: e, next: bye}
          bye: {type: hangup, prompt: "{{ e }}"}
    """)
    exits = {id: [f"{way.name} → {way.target}" for way in node.exits()] for id, node in flow.nodes.items()}
    assert exits == {
        "menu": ["choices.1 → ask", "choices.two → look", "on_error → bye", "on_failure → bye"],
        "ask": ["next → look"],
        "look": ["on_status.404 → choose", "next → choose"],
        "choose": ["cases.0 → bye", "otherwise → put"],
        "put": ["next → record"],
        "record": ["next → bye"],
        "bye": [],
    }
    assert {name for node in flow.nodes.values() for name in node.writes()} == set("abcde")
    assert {id for id, node in flow.nodes.items() if node.languages()} == {"menu", "put"}
    assert {name for each in flow.all_expressions() for name in each.reads} == {"a", "b", "body", "c", "e"}
    assert len(list(flow.prompts_with(frozenset("e")))) == 1


def test_a_flow_names_the_engine_of_its_voice() -> None:
    flows = loaded(
        a="start: x\nvoice: {engine: piper, rate: 150}\nnodes: {x: {type: hangup}}\n",
        b="start: x\nnodes: {x: {type: hangup}}\n",
    ).flows
    assert flows["a"].voice == Voice(rate=150, engine="piper")
    assert flows["b"].voice.engine == "espeak"
