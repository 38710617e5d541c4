"""Scenario files: what they may say, and how their mistakes are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ivr.document.scenarios import At, Check, HangUp, Hear, Press, Say, Scenario, Wait, read_scenarios
from ivr.document.source import read

WHOLE = """
flow: main
description: Calls to the main line
call: {from: +919999999999, now: "2026-11-23T10:00:00+05:30"}
env: {CRM_URL: "http://crm.test", PORT: 8080}
secret: {KEY: 012}
http: [{request: GET http://crm.test/x}]
scenarios:
  - name: all steps
    description: Every step there is
    steps:
      - hear: Welcome
      - press: 12
      - {press: "#", after: 2s}
      - {say: yes, after: 0.5}
      - wait: 1m
      - at: menu
      - check: account == "1" and elapsed < 60
      - hang_up: true
    ends: caller
  - name: with its own
    flow: other
    call: {to: 123, id: c9, direction: OUTBOUND, transfer: busy}
    env: {}
    http:
      - {request: POST http://crm.test/y, status: 404, body: {a: [1]}, headers: {X-Id: 7}, delay: 2s}
      - {request: POST http://crm.test/y, error: timeout}
    steps: []
"""


def scenarios(text: str) -> tuple[tuple[Scenario, ...], list[str]]:
    made, findings = read_scenarios(read(text, "x.test.yaml"))
    return made, [f"{each.line}:{each.column} {each.message} [{each.check}]" for each in findings]


def test_all_that_can_be_said() -> None:
    (first, second), findings = scenarios(WHOLE)
    assert findings == []
    assert [step for _, step in first.steps if not isinstance(step, Check)] == [
        Hear("Welcome"),
        Press("12"),
        Press("#", 2_000),
        Say("yes", 500),
        Wait(60_000),
        At("menu"),
        HangUp(),
    ]
    assert first.steps[0][0] == ("scenarios", 0, "steps", 0)
    assert (first.flow, first.caller, first.ends) == ("main", "+919999999999", "caller")
    assert first.now == datetime(2026, 11, 23, 10, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert (first.env, first.secrets) == ({"CRM_URL": "http://crm.test", "PORT": "8080"}, {"KEY": "012"})
    assert first.http[0].status == 200
    assert (second.flow, second.called, second.id, second.direction) == ("other", "123", "c9", "outbound")
    assert (second.now, second.transfer, second.env) == (datetime(2026, 1, 5, 10, tzinfo=UTC), "busy", {})
    assert [(each.status, each.error, each.delay) for each in second.http] == [(404, None, 2_000), (200, "timeout", 0)]
    assert second.http[0].headers == {"x-id": "7"}
    assert second.ends is None


def of_step(step: str) -> str:
    return f"flow: main\nscenarios:\n  - name: one\n    steps:\n      - {step}\n"


TOP = "flow: main\nscenarios: [{name: x, steps: []}, {name: y, steps: []}]\n"
BROKEN = [
    ("scenarios: []\nsteps: []\n", "2:1 a scenario file has no key “steps”; its keys are"),
    ("flow: main\n", "1:1 a scenario file needs “scenarios”"),
    ("scenarios: [{name: x, steps: []}]\n", "1:13 a scenario needs “flow”, here or at the top of the file"),
    ("flow: main\nscenarios: [{steps: []}]\n", "2:13 an entry of “scenarios” of a scenario file needs “name”"),
    (of_step("hears: x"), "5:9 an entry of “scenarios.steps” of a scenario file has no key “hears”"),
    (of_step("{hear: x, press: 1}"), "5:9 an entry of “scenarios.steps” of a scenario file has “hear” and “press”"),
    (of_step("press: one"), "5:16 “scenarios.steps.press” of a scenario file must be keys of the telephone"),
    (of_step("hang_up: false"), "5:18 “scenarios.steps.hang_up” of a scenario file must be true, found false"),
    (of_step("wait: soon"), "5:15 “scenarios.steps.wait” of a scenario file must be a duration such as 5s"),
    (of_step("wait: 3000m"), "5:15 a duration of at most a day is expected, found “3000m”"),
    (of_step("check: a =="), "5:16 something is missing at the end, in “a ==” [expression-syntax]"),
    (of_step("{hear: x, after: 1s}"), "5:26 “after” goes with “press” and “say” only; “wait” lets time pass"),
    (of_step('hear: "…"'), "5:15 “hear” needs a word to listen for, found “…”"),
    (TOP + "call: {now: today}\n", "3:13 a time such as 2026-11-23T10:00:00+05:30 is expected, found “today”"),
    (
        TOP + "http: [{request: crm.test}]\n",
        "3:18 “http.request” of a scenario file must be a request such as GET http://crm.test/x",
    ),
    (TOP + "http: [{request: GET x, delay: 9e9}]\n", "3:32 a duration of at most a day is expected"),
    ("flow: [", "1:8 the file ends inside of […]"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_mistakes(text: str, message: str) -> None:
    made, findings = scenarios(text)
    assert made == ()
    assert any(found.startswith(message) for found in findings), findings
