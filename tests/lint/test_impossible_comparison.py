"""Comparisons of what never goes together."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ivr.lint.checks.impossible_comparison import IMPOSSIBLE_COMPARISON
from tests.lint.one_check import found_by

found = partial(found_by, IMPOSSIBLE_COMPARISON)


FLOW = """
start: ask
language: en-US
variables: {{amount: "", flag: false, count: 0, name: null, items: [1, 2], seen: {{}}}}
hours: {{office: {{timezone: Europe/Berlin, open: {{mon-fri: "09:00-17:00"}}}}}}
nodes:
  ask: {{type: collect, prompt: How much?, into: amount, digits: 4, speech: digits, next: note, on_failure: bye}}
  note: {{type: record, prompt: Speak., into: message, next: look}}
  look:
    type: http
    url: https://x.test/
    save: {{code: status, answer: body.answer, fine: status < 300, header: "headers['x-id']"}}
    on_error: bye
    next: set
  set:
    type: set
    values: {{number: "{{{{ amount | int }}}}", text: "{{{{ count }}}} pieces", open: "{{{{ is_open('office') }}}}"}}
    next: branch
  branch:
    type: branch
    cases:
      - {{when: {when}, next: bye}}
    otherwise: bye
  bye: {{type: hangup, prompt: Goodbye.}}
"""


def case(when: str) -> str:
    quoted = when.replace("'", "''")
    return FLOW.format(when=f"'{quoted}'")


@pytest.mark.parametrize(
    ("when", "severity", "words"),
    [
        (
            "amount == 1234",
            "error",
            "is never true, because texts and numbers are never equal; “amount” is what callers",
        ),
        (
            "amount == 1234",
            "error",
            "enter at “ask”, which is always text; write '1234' in quotation marks, or “amount | int”",
        ),
        ("1234 == amount", "error", "never true"),
        ("amount != 1234", "error", "always true"),
        ("amount > 500", "error", "is an error in every call, because texts and numbers have no order"),
        ("amount > 500", "error", "write “amount | int” for its number"),
        ("0 < amount", "error", "an error in every call"),
        ("0 < amount | int < amount", "error", "“amount | int < amount” is an error in every call"),
        ("amount == true", "error", "compare it with a text such as 'true'"),
        ("amount in [1, 2]", "error", "“amount in [1, 2]” is never true"),
        ("amount not in (1, 2)", "error", "always true"),
        ("amount in 1234", "error", "nothing can be in numbers"),
        ("5 in amount", "error", "only text can be in text"),
        ("amount == [1]", "error", "texts and lists are never equal"),
        ("amount | length == '4'", "error", "numbers and texts are never equal"),
        ("amount | int == '4'", "error", "never true"),
        ("amount[0] == 9", "error", "never true"),
        ("amount | upper == 9", "error", "never true"),
        ("code == '404'", "error", "numbers and texts"),
        ("header > 3", "error", "no order"),
        ("fine == 'true'", "error", "booleans and texts"),
        ("open == 'yes'", "error", "booleans and texts"),
        ("is_open('office') == 'true'", "error", "never true"),
        ("text == 3", "error", "never true"),
        ("message > 3", "error", "“message” is the id of a recording"),
        ("call.from == 918000000001", "error", "“call.from” is text"),
        ("call['to'] > 3", "error", "“call['to']” is text"),
        ("env.LIMIT < 3", "error", "“env.LIMIT” is text"),
        ("env.DEBUG == true", "error", "never true"),
        ("now.hour == '9'", "error", "never true"),
        ("now > '09:00'", "error", "no order"),
        ("error.kind == 404", "error", "never true"),
        ("amount == none", "info", "never true"),
        (
            "language == 'en'",
            "warning",
            "the language of a call is never “en” here (did you mean “en-US”?); calls are in “en-US”",
        ),
        ("language in ['de-DE', 'de']", "warning", "never “de-DE”"),
        ("language != 'en-GB'", "warning", "never “en-GB”"),
    ],
)
def test_what_never_goes_together_is_told(tmp_path: Path, when: str, severity: str, words: str) -> None:
    [(line, told, message)] = found(tmp_path, main=case(when))
    assert line.startswith("- {when")
    assert told == severity
    assert words in message


@pytest.mark.parametrize(
    "when",
    [
        "amount == '1234'",
        "amount | int == 1234",
        "amount | int > 500",
        "amount | float >= 1.5",
        "amount | int(none) == none",
        "number > 500",
        "amount == ''",
        "amount",
        "amount | length == 4",
        "amount in ['1', '2']",
        "amount in ['1', 2]",
        "amount in items or answer in items",
        "'1' in amount",
        "amount[0] == '9'",
        "amount == 1234 or amount == '1234'",
        "amount is number and amount > 3",
        "amount | luhn == true",
        "answer > 500",
        "answer == 'yes'",
        "answer.deep == 3",
        "answer | default(3) == 3",
        "name == none",
        "name is none",
        "name == 'Asha'",
        "name != answer",
        "code == 200 and code < 300",
        "fine == true",
        "fine == 1",
        "flag == 0",
        "open and now.hour >= 9 and now.year == 2026",
        "call.from == '+918000000001'",
        "call.started_at > '2026-01-01'",
        "env.MAX | int > 3",
        "text == '3 pieces'",
        "items | first == 1",
        "count + 1 == 2",
        "items == [1]",
        "language == 'en-US'",
        "language[:2] == 'en'",
        "language in ['en-US', 'de-DE']",
        "(amount if flag else 3) == 3",
        "(amount or 0) == 0",
    ],
)
def test_what_may_be_is_not_told(tmp_path: Path, when: str) -> None:
    assert [each for each in found(tmp_path, main=case(when)) if "items" not in when or each[1] == "error"] == []


def test_a_new_value_is_text_where_it_is_validated(tmp_path: Path) -> None:
    flow = case("amount == '1'")
    wrong = flow.replace("digits: 4,", "digits: 4, validate: amount >= 10,")
    [(line, severity, message)] = found(tmp_path, main=wrong)
    assert line.startswith("ask:")
    assert severity == "error"
    assert "“amount” is what callers enter, which is always text; write “amount | int” for its number" in message
    assert found(tmp_path, main=flow.replace("digits: 4,", "digits: 4, validate: amount | int >= 10,")) == []


def test_prompts_and_values_are_looked_at_too(tmp_path: Path) -> None:
    flow = case("amount == '1'")
    told = found(tmp_path, main=flow.replace("Goodbye.", "\"{{ 'Much' if amount > 99 else 'Little' }}. {{ name }}\""))
    assert [line.split(":")[0] for line, _, _ in told] == ["bye"]
    told = found(tmp_path, main=flow.replace("amount | int }}", "amount == 3 }}"))
    assert [line.split(":")[0] for line, _, _ in told] == ["values"]


MIXED = """
start: which
variables: {amount: 0, times: 0}
nodes:
  which:
    type: menu
    prompt: Press 1 for fifty, or 2 for another amount.
    choices:
      - {press: 1, set: {amount: 50}, next: SECOND}
      - {press: 2, next: ask}
  ask: {type: collect, prompt: How much?, into: amount, digits: 4, next: AFTER}
  convert: {type: set, values: {amount: "{{ amount | int }}", times: "{{ times + 1 }}"}, next: check}
  check: {type: branch, cases: [{when: amount > 500 and times < 3, next: which}], otherwise: bye}
  bye: {type: hangup, prompt: Goodbye.}
on_failure: bye
"""


def test_types_are_followed_along_the_ways(tmp_path: Path) -> None:
    assert found(tmp_path, main=MIXED.replace("SECOND", "check").replace("AFTER", "convert")) == []
    [(line, severity, message)] = found(tmp_path, main=MIXED.replace("SECOND", "check").replace("AFTER", "check"))
    assert line.startswith("check:")
    assert severity == "warning"
    assert "is an error in some calls, because numbers or texts and numbers have no order" in message
    [(line, severity, _)] = found(tmp_path, main=MIXED.replace("SECOND", "bye").replace("AFTER", "check"))
    assert severity == "error"


def test_back_may_undo_what_was_converted(tmp_path: Path) -> None:
    flow = MIXED.replace("SECOND", "check").replace("AFTER", "convert")
    flow = flow.replace("on_failure: bye", "on_failure: bye\nuniversals: [{press: '*', do: back}]")
    assert found(tmp_path, main=flow) == []


INNER = """
start: check
variables: {account: "", limit: 3}
nodes:
  check: {type: branch, cases: [{when: WHEN, next: out}], otherwise: out}
  out: {type: return}
"""
OUTER = """
start: ask
nodes:
  ask: {type: collect, prompt: Account?, into: account, digits: 4, next: sub, on_failure: bye}
  sub: {type: subflow, flow: main, with: {account: "GIVEN", limit: 4}, on_error: bye, next: bye}
  bye: {type: hangup, prompt: Goodbye.}
"""


@pytest.mark.parametrize(
    ("when", "given", "told"),
    [
        ("limit == '3'", "{{ account }}", 1),
        ("account == 3", "No. {{ account }}", 1),
        ("account == 3", "{{ account | int }}", 0),
        ("account == 3", "{{ account }}", 0),
        ("limit == 3", "x", 0),
    ],
)
def test_what_a_subflow_is_given(tmp_path: Path, when: str, given: str, told: int) -> None:
    inner = INNER.replace("WHEN", f'"{when}"')
    assert len(found(tmp_path, main=inner, outer=OUTER.replace("GIVEN", given))) == told
    assert found(tmp_path, main=inner) == []


@pytest.mark.parametrize(
    "value", ["de-DE", "{{ 'de-DE' if language == 'en-US' else 'en-US' }}", "{{ call.direction }}"]
)
def test_languages_that_a_flow_sets(tmp_path: Path, value: str) -> None:
    flow = case("language == 'de-DE'").replace("values: {", f'values: {{language: "{value}", ')
    assert found(tmp_path, main=flow) == []
