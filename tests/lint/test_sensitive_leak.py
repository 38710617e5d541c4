"""Values that nobody may read, and where they may not get."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ivr.lint.checks.sensitive_leak import SENSITIVE_LEAK
from tests.lint.one_check import found_by

found = partial(found_by, SENSITIVE_LEAK)


FLOW = """
start: ask
on_error: bye
nodes:
  ask: {type: collect, prompt: Your PIN?, into: pin, digits: 4, sensitive: true, next: made, on_failure: bye}
  made: {type: set, values: {last: "{{ pin[2:] }}", harmless: 3, right: "{{ pin == '1234' }}"}, next: node}
  node: NODE
  bye: {type: hangup, prompt: Goodbye.}
"""


def flow(node: str) -> str:
    return FLOW.replace("NODE", node)


@pytest.mark.parametrize(
    ("node", "severity", "words"),
    [
        (
            "{type: play, prompt: 'It is {{ pin }}', next: bye}",
            "error",
            "this prompt says what nobody may hear: “pin” (sensitive, collected at “ask”) → this prompt; leave it out",
        ),
        ("{type: play, prompt: 'It is {{ last | digits }}', next: bye}", "error", "“ask”) → “last” → this prompt"),
        ("{type: play, prompt: '{{ pin | length }} digits', next: bye}", "error", "→ this prompt"),
        (
            "{type: play, prompt: \"{{ 'Right' if right else 'Wrong' }}\", next: bye}",
            "error",
            "→ “right” → this prompt",
        ),
        ("{type: play, prompt: {en-US: '{{ secret.KEY }}'}, next: bye}", "error", "“secret.KEY” → this prompt"),
        (
            "{type: http, url: 'https://x.test/{{ pin }}', next: bye}",
            "error",
            "→ this URL; send it in the body of a POST",
        ),
        ("{type: http, url: 'https://x.test', query: {p: '{{ last }}'}, next: bye}", "error", "→ this query"),
        ("{type: http, url: 'https://x.test/?k={{ secret.KEY }}', next: bye}", "error", "“secret.KEY” → this URL"),
        (
            "{type: http, url: 'http://a.com', headers: {A: '{{ secret.K }}'}, next: bye}",
            "error",
            "this header; write https",
        ),
        ("{type: http, method: POST, url: 'http://a.com', json: {p: ['{{ pin }}']}, next: bye}", "error", "this body"),
        (
            "{type: http, method: POST, url: 'http://10.0.0.1', form: {p: '{{ pin }}'}, next: bye}",
            "warning",
            "this body",
        ),
        ("{type: transfer, to: 'sip:{{ pin }}@x.test'}", "error", "→ this transfer"),
        (
            "{type: set, values: {language: \"{{ 'de-DE' if right else 'en-US' }}\"}, next: bye}",
            "error",
            "the language",
        ),
        ("{type: menu, prompt: One?, choices: [{press: 1, label: '{{ pin }}', next: bye}]}", "error", "this prompt"),
        (
            "{type: collect, into: x, digits: 1, prompt: A?, no_match: ['{{ last }}'], next: bye}",
            "error",
            "this prompt",
        ),
        ("{type: http, url: 'https://x.test', waiting: '{{ pin }}', next: bye}", "error", "this prompt"),
    ],
)
def test_leaks_are_told(tmp_path: Path, node: str, severity: str, words: str) -> None:
    [(line, told, message)] = found(tmp_path, main=flow(node))
    assert line.startswith("node:")
    assert told == severity
    assert words in message


@pytest.mark.parametrize(
    "node",
    [
        "{type: play, prompt: 'Number {{ harmless }}', next: bye}",
        "{type: branch, cases: [{when: pin == '1234' and right, next: bye}], otherwise: bye}",
        "{type: http, method: POST, url: 'https://x.test', json: {pin: '{{ pin }}'}, next: bye}",
        "{type: http, method: PUT, url: '{{ env.CRM }}/x', form: {pin: '{{ last }}'}, next: bye}",
        "{type: http, url: '{{ env.CRM }}/x', headers: {Authorization: 'Bearer {{ secret.CRM }}'}, next: bye}",
        "{type: http, url: 'http://localhost:1/x', headers: {Authorization: 'Bearer {{ secret.CRM }}'}, next: bye}",
        "{type: http, url: 'http://crm.test/x', headers: {Authorization: 'Bearer {{ secret.CRM }}'}, next: bye}",
        "{type: collect, into: code, digits: 4, prompt: Again?, validate: code == pin, next: bye}",
        "{type: http, url: 'https://x.test', save: {ok: body.ok}, next: bye}",
    ],
)
def test_what_stays_where_it_may_be_is_not_told(tmp_path: Path, node: str) -> None:
    assert found(tmp_path, main=flow(node)) == []


def test_its_own_confirmation_says_it_too(tmp_path: Path) -> None:
    made = flow("{type: hangup}").replace("digits: 4", "digits: 4, confirm: 'You entered {{ pin | digits }}.'")
    assert [line.split(":")[0] for line, _, _ in found(tmp_path, main=made)] == ["ask"]


def test_named_prompts_and_defaults(tmp_path: Path) -> None:
    made = flow("{type: play, prompt: {prompt: told}, next: bye}")
    [(line, _, _)] = found(tmp_path, main=made + "prompts: {told: 'It is {{ pin }}'}\n")
    assert line.startswith("prompts:")
    [(line, _, _)] = found(tmp_path, main=flow("{type: hangup}") + "defaults: {no_match: 'Not {{ last }}'}\n")
    assert line.startswith("defaults:")


def test_what_a_lookup_saves_of_it(tmp_path: Path) -> None:
    node = "{type: http, url: 'https://x.test', save: {told: body.x ~ pin, free: body.y}, next: say}\n  say: SAY"
    say = "{type: play, prompt: '{{ %s }}', next: bye}"
    assert "“told” → this prompt" in found(tmp_path, main=flow(node.replace("SAY", say % "told")))[0][2]
    assert found(tmp_path, main=flow(node.replace("SAY", say % "free"))) == []


INNER = """
start: say
variables: {number: "", other: ""}
nodes:
  say: {type: play, prompt: "SAY", next: out}
  out: {type: return, values: {ok: true, same: "RETURNED"}}
"""
SUBFLOW = "{type: subflow, flow: inner, with: {WITH}, save: {SAVE}, next: bye}"


def joined(
    *, given: str = "other: 3", save: str = "ok: result.ok", say: str = "", returned: str = "3"
) -> dict[str, str]:
    main = flow(SUBFLOW.replace("WITH", given).replace("SAVE", save)).replace("Goodbye.", "'{{ ok }}'")
    return {"main": main, "inner": INNER.replace("SAY", say).replace("RETURNED", returned)}


def test_other_flows(tmp_path: Path) -> None:
    assert found(tmp_path, **joined()) == []
    [(line, _, message)] = found(tmp_path, **joined(given="number: '{{ last }}'"))
    assert line.startswith("node:")
    assert "“last” → the flow “inner”; ask for it in the flow that needs it" in message
    flows = joined(given="number: '{{ pin }}'", say="It is {{ number }}")
    [(line, _, message)] = found(tmp_path, main=flows["inner"], outer=flows["main"].replace("inner", "main"))
    assert line.startswith("say:")
    assert "“pin” (sensitive, collected at “ask”) → “number” in “main” → this prompt" in message


def test_what_comes_back_from_other_flows(tmp_path: Path) -> None:
    flows = joined(given="number: '{{ pin }}'", save="ok: result.same", returned="{{ number }}")
    told = found(tmp_path, **flows)
    assert [line.split(":")[0] for line, _, _ in told] == ["node", "bye"]
    assert "“number” in “inner” → “same” returned by “inner” → “ok” in “main” → this prompt" in told[1][2]
    flows = joined(given="number: '{{ pin }}'", save="ok: result.ok", returned="{{ number }}")
    assert [line.split(":")[0] for line, _, _ in found(tmp_path, **flows)] == ["node"]
    [(line, _, message)] = found(tmp_path, main=flows["inner"], outer=flows["main"].replace("inner", "main"))
    assert line.startswith("out:")
    assert "→ the flow that called this one; return only what was found out by it" in message


def test_a_flow_without_secrets_has_nothing_to_tell(tmp_path: Path) -> None:
    assert (
        found(tmp_path, main=flow("{type: play, prompt: '{{ pin }}', next: bye}").replace("sensitive: true, ", ""))
        == []
    )
