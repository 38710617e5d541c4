"""Calls in the terminal: when time passes, who answers lookups, and that what was done is a scenario that passes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from ivr.core.flow import Flow
from ivr.desk.errors import NotHeard, WrongUse
from ivr.desk.text.call import MOST_AT_ONCE, TextCall
from ivr.desk.text.facts import reasons, variables, whereabouts
from ivr.desk.text.setting import Beside, Wishes, beside, setting
from ivr.document.load import flow_files, load
from ivr.document.scenario_text import as_yaml
from ivr.document.scenarios import Exchange, Hear, Press, Scenario, Step, Wait, read_scenarios
from ivr.document.source import read
from ivr.simulate.caller import run

FLOWS = Path(__file__).parents[3] / "flows"
TALKS = Path(__file__).parents[2] / "talks"

MENU = """
start: welcome
variables: {code: "", found: ""}
goals: {served: [told]}
nodes:
  welcome: {type: play, prompt: Welcome., next: menu}
  menu:
    type: menu
    prompt: Main menu. Press 1, or 2.
    no_input: Are you there?
    no_match: That is no choice.
    timeout: 2s
    attempts: 3
    on_failure: bye
    choices: [{press: 1, say: code, next: ask}, {press: 2, next: bye}]
  ask:
    {type: collect, prompt: Code?, digits: 3, speech: digits, into: code, sensitive: true, next: told, on_failure: bye}
  told: {type: play, prompt: "Your code {{ code }} is good.", next: bye}
  bye: {type: hangup, prompt: Bye., reason: done}
"""
LOOKUP = """
start: ask
variables: {pin: "", name: ""}
on_hangup: log
nodes:
  ask: {type: collect, prompt: PIN?, digits: 2, into: pin, sensitive: true, next: look, on_failure: bye}
  look:
    type: http
    method: POST
    url: "http://crm.test/{{ pin }}/{{ secret.KEY }}"
    query: {key: "{{ secret.KEY }}"}
    json: {pin: "{{ pin }}", key: "{{ secret.KEY }}", more: [1, "{{ pin }}"]}
    retries: 1
    waiting: One moment.
    save: {name: body.name}
    on_error: bye
    next: told
  told: {type: play, prompt: "Hello {{ name }}.", next: bye}
  bye: {type: hangup, prompt: Bye.}
  log: {type: http, method: POST, url: "http://crm.test/log", form: {by: "{{ call.reason }}"}}
"""
Loader = Callable[..., Flow]


@cache
def flows_to_play_with() -> Mapping[str, Flow]:
    return {**load(flow_files(FLOWS)).flows, **load(flow_files(TALKS)).flows}


def begun(flow: Flow, wishes: Wishes | None = None) -> TextCall:
    """A call without scenario files beside its flow."""
    call = TextCall(setting(flow, wishes or Wishes(), Beside())[0])
    call.start()
    return call


def steps(call: TextCall) -> list[Step]:
    return [step for _, step in call.scenario("x").steps]


def passes(call: TextCall) -> None:
    """The call, written as a scenario and read again, goes as it went."""
    made, findings = read_scenarios(read(as_yaml([call.scenario(call.name)]), "x"))
    assert not findings
    outcome = run(made[0], call.setting.flow)
    assert outcome.message is None
    if call.over:
        assert outcome.session == call.phone.session


# Time


def test_time_passes_up_to_the_last_prompt_which_the_next_line_interrupts(flow_of: Loader) -> None:
    call = begun(flow_of(MENU))
    assert call.phone.shown == ["Welcome.", "Main menu. Press 1, or 2."]
    before = call.phone.now
    assert before > 0
    call.press("1")
    assert (call.phone.now, call.phone.shown[-1]) == (before, "Code?")
    assert steps(call) == [Hear("Welcome"), Hear("Main menu"), Press("1"), Hear("Code?")]
    passes(call)


def test_an_empty_line_hears_out_and_silence_passes_only_when_told(flow_of: Loader) -> None:
    call = begun(flow_of(MENU))
    began = call.phone.now
    call.hear_out()
    heard = call.phone.now
    assert heard > began
    assert not call.moves
    call.skip(1_999)
    assert call.phone.shown[-1] == "Main menu. Press 1, or 2."
    call.skip(1)
    assert call.phone.shown[-2:] == ["Are you there?", "Main menu. Press 1, or 2."]
    assert steps(call)[2:] == [Wait(heard - began + 1_999), Hear("Are you there?"), Hear("Main menu")]
    call.press("2")
    assert (call.over, call.scenario("x").ends) == (True, "bye")
    assert steps(call)[-2:] == [Press("2"), Hear("Bye")]
    passes(call)


def test_all_that_happens_in_a_long_silence_is_heard_in_the_scenario(flow_of: Loader) -> None:
    call = begun(flow_of(MENU))
    call.skip(60_000)
    assert call.over
    assert [step.text for step in steps(call) if isinstance(step, Hear)] == [
        *("Welcome", "Main menu", "Are you there?", "Main menu", "Are you there?", "Main menu", "Bye"),
    ]
    passes(call)


def test_a_prompt_is_waited_for_by_its_text(flow_of: Loader) -> None:
    call = begun(flow_of(MENU))
    call.hear("main menu")
    before = call.past.steps
    call.hear("are you THERE")
    assert call.past.steps != before
    assert call.phone.shown[-1] == "Main menu. Press 1, or 2."
    call.hear("press 1")
    with pytest.raises(NotHeard, match="“elephants” was not heard within 30 s; heard was: Are you there"):
        call.hear("elephants")
    passes(call)


def test_prompts_of_more_than_half_a_minute_can_be_heard(flow_of: Loader) -> None:
    long = "word " * 120
    text = f"start: a\nnodes:\n  a: {{type: play, prompt: '{long}', next: b}}\n  b: {{type: hangup, prompt: Bye.}}\n"
    call = begun(flow_of(text))
    assert call.phone.now > 30_000
    passes(call)


def test_a_flow_that_never_waits_does_not_hold_up_the_terminal(flow_of: Loader) -> None:
    call = begun(flow_of("start: a\nnodes:\n  a: {type: play, prompt: Round., next: a}\n"))
    assert len(call.phone.shown) == MOST_AT_ONCE + 1
    call.hang_up()
    assert call.over
    passes(call)


def test_what_was_done_can_be_undone_to_the_beginning(flow_of: Loader) -> None:
    call = begun(flow_of(MENU))
    deeds: tuple[Callable[[], object], ...] = (
        lambda: call.press("7"),
        lambda: call.skip(3_000),
        lambda: call.say("code"),
        lambda: call.press("123"),
    )
    before = []
    for deed in deeds:
        before.append((call.past, call.phone.session))
        deed()
    for past, session in reversed(before):
        again = TextCall(call.setting, past)
        assert (again.past, again.phone.session) == (past, session)


# What no one may see


def test_sensitive_values_are_in_no_prompt_that_is_shown_heard_or_told(flow_of: Loader) -> None:
    call = begun(flow_of(MENU))
    call.press("1")
    call.press("471")
    assert call.phone.shown[-2:] == ["Your code ••• is good.", "Bye."]
    assert steps(call)[-2:] == [Hear("Your code"), Hear("Bye")]
    assert "  code   •••" in variables(call)
    assert not any("471" in line for line in (*variables(call), *reasons(call), *whereabouts(call)))
    passes(call)


@pytest.mark.parametrize("prompt", ["{{ code }}", "…", "{silence: 2s}"])
def test_what_has_no_word_that_may_be_told_is_waited_for(flow_of: Loader, prompt: str) -> None:
    shown = prompt if prompt.startswith("{s") else f'"{prompt}"'
    call = begun(
        flow_of(MENU.replace('"Your code {{ code }} is good."', f"[{shown}, {{prompt: gone}}]") + "prompts: {gone: ''}")
    )
    call.press("1")
    call.press("471")
    assert call.over
    passes(call)


# Lookups


def asking(flow_of: Loader) -> TextCall:
    call = begun(flow_of(LOOKUP))
    call.press("47")
    return call


def told(call: TextCall) -> list[str]:
    return [line.text for line in call.phone.lines if line.who == "world"]


def test_a_request_is_shown_without_secrets_and_waits_for_its_answer(flow_of: Loader) -> None:
    call = asking(flow_of)
    assert call.pending is not None
    assert told(call) == [
        "POST is sent",
        "to http://crm.test/•••/[secret KEY]?key=[secret KEY] with "
        '{"pin": "•••", "key": "[secret KEY]", "more": [1, "•••"]}',
    ]
    now = call.phone.now
    assert not call.moves
    call.skip(1_500)
    assert call.phone.shown[-1] == "One moment."
    assert call.phone.now == now + 1_500
    call = call.answered(Exchange("", 200, {"name": "Asha"}))
    assert call.phone.shown[-2:] == ["Hello Asha.", "Bye."]
    assert call.world.exchanges()[0] == Exchange(
        "POST http://crm.test/47/KEY?key=KEY", 200, {"name": "Asha"}, delay=1_500
    )
    with pytest.raises(WrongUse, match="no request waits"):
        call.answered(Exchange("")).answered(Exchange(""))


def test_an_answer_comes_after_what_the_caller_has_heard_already(flow_of: Loader) -> None:
    call = asking(flow_of)
    call.skip(1_000)
    assert call.phone.shown[-1] == "One moment."
    call = call.answered(Exchange("", 200, {"name": "Asha"}))
    assert call.phone.shown[-3:] == ["One moment.", "Hello Asha.", "Bye."]
    assert call.world.exchanges()[0].delay == 1_001


def test_what_comes_of_each_try_is_asked_and_kept(flow_of: Loader) -> None:
    call = asking(flow_of).answered(Exchange("", error="timeout"))
    assert call.pending is not None
    call = call.answered(Exchange("", error="connect"))
    assert call.phone.shown[-1] == "Bye."
    call = call.answered(Exchange("", 201))
    assert call.over
    assert [(each.status, each.error) for each in call.world.exchanges()] == [
        (200, "timeout"),
        (200, "connect"),
        (201, None),
    ]
    passes(call)


def test_what_follows_an_answer_without_a_prompt_is_asked_at_once(flow_of: Loader) -> None:
    two = "start: a\nnodes:\n  a: {type: http, url: 'http://crm.test/1', next: b}\n" + (
        "  b: {type: http, url: 'http://crm.test/2', next: c}\n  c: {type: hangup, prompt: Bye.}\n"
    )
    call = begun(flow_of(two)).answered(Exchange(""))
    assert told(call)[1::2] == ["to http://crm.test/1", "to http://crm.test/2"]
    call.press("1")
    passes(call)
    assert steps(call) == [Wait(0), Press("1")]
    call = call.answered(Exchange(""))
    assert call.over
    passes(call)


def test_equal_answers_to_equal_requests_are_kept_once(flow_of: Loader) -> None:
    call = asking(flow_of).answered(Exchange("", 500)).answered(Exchange("", 500))
    assert [each.status for each in call.world.exchanges()] == [500, 200]
    passes(call)


def test_without_an_answer_the_time_of_a_request_runs_out(flow_of: Loader) -> None:
    call = asking(flow_of)
    call.skip(30_000)
    assert (call.pending is not None, call.phone.shown[-1]) == (True, "One moment.")  # The next try asks again.
    call.skip(30_000)
    assert (call.pending is not None, call.phone.shown[-1]) == (True, "Bye.")  # So does the work after the call.
    call.skip(30_000)
    assert call.over
    assert [each.error for each in call.world.exchanges()] == ["timeout", "timeout"]
    passes(call)


def test_keys_pressed_while_a_request_waits_are_kept(flow_of: Loader) -> None:
    call = asking(flow_of)
    call.press("9")
    assert call.pending is not None
    passes(call.answered(Exchange("", 200, {"name": "Asha"})))


def test_scenario_files_answer_what_they_know_unless_they_are_not_to(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(LOOKUP)
    (tmp_path / "a.test.yaml").write_text(
        "flow: a\nsecret: {KEY: k}\nhttp: [{request: POST http://crm.test/log, status: 201}]\nscenarios:\n"
        "  - {name: x, steps: []}\n"
        "  - name: y\n    steps: []\n    http:\n"
        "      - {request: POST http://crm.test/47/k?key=k, status: 503}\n"
        "      - {request: POST http://crm.test/47/k?key=k, body: {name: Ravi}}\n"
        "  - {name: z, http: [{request: POST http://crm.test/47/k?key=k, status: 404}], steps: []}\n"
    )
    (tmp_path / "b.test.yaml").write_text("flow: a\nscenarios: 7\n")
    flow = load(flow_files(tmp_path)).flows["a"]
    made, notes = setting(flow, Wishes(), beside(flow))
    assert notes == (f"{tmp_path}/b.test.yaml has mistakes and is not used: ivr test {tmp_path}/b.test.yaml",)
    call = TextCall(made)
    call.start()
    call.press("47")
    assert call.over
    assert "Hello Ravi." in call.phone.shown
    assert [line for line in told(call) if "says" in line] == [
        "a.test.yaml says: 503",
        'a.test.yaml says: 200 {"name": "Ravi"}',
        "a.test.yaml says: 201",
    ]
    passes(call)
    call = TextCall(setting(flow, Wishes(ask=True), beside(flow))[0])
    call.start()
    call.press("47")
    assert call.pending is not None


# What the call begins with


def test_what_the_flow_reads_is_given_known_or_made_up(flow_of: Loader) -> None:
    sub = "start: b\nnodes:\n  b: {type: return, values: {a: '{{ env.INNER_PATH }}'}}\n"
    text = (
        "start: a\nnodes:\n  a: {type: subflow, flow: sub, next: b}\n"
        "  b: {type: hangup, prompt: '{{ env.CRM_URL }} {{ env.TO }} {{ env.MY_OWN_URL }}'}\n"
    )
    known = Beside(Scenario("", "", (), (), called="+2", env={"TO": "x", "OTHER": "y"}))
    made, notes = setting(flow_of(text, sub=sub), Wishes(env=("CRM_URL=http://a=b",), caller="+1"), known)
    assert made.scenario.env == {
        "CRM_URL": "http://a=b",
        "TO": "x",
        "OTHER": "y",
        "INNER_PATH": "inner path",
        "MY_OWN_URL": "http://my-own.test",
    }
    assert notes[0] == "env.INNER_PATH is inner path, made up: --env INNER_PATH=VALUE gives another"
    assert len(notes) == 2
    assert (made.scenario.caller, made.scenario.called) == ("+1", "+2")


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        (Wishes(env=("CRM_URL",)), "--env takes NAME=VALUE, found “CRM_URL”"),
        (Wishes(env=("a b=c",)), "--env takes NAME=VALUE"),
        (Wishes(now="noon"), "--now takes a time such as 2026-11-23T10:00:00"),
    ],
)
def test_wishes_that_mean_nothing(flow_of: Loader, wishes: Wishes, why: str) -> None:
    with pytest.raises(WrongUse, match=why):
        begun(flow_of(MENU), wishes)


def test_transfers_are_taken_or_not(flow_of: Loader) -> None:
    flow = flow_of(
        "start: a\nnodes:\n  a: {type: transfer, to: '+91', prompt: One moment., on_error: b}\n"
        "  b: {type: hangup, prompt: 'Sorry, {{ error.kind }}.'}\n"
    )
    taken, busy, never = begun(flow), begun(flow, Wishes(transfer="busy")), begun(flow, Wishes(transfer="unsupported"))
    assert (taken.scenario("x").ends, busy.phone.shown[-1], never.phone.shown) == (
        "a",
        "Sorry, busy.",
        ["Sorry, unsupported."],
    )
    for call in (taken, busy, never):
        assert call.over
        passes(call)


def test_a_call_is_named_after_what_happened(flow_of: Loader) -> None:
    call = begun(flow_of(MENU))
    assert call.name == "up to menu"
    call.press("1")
    assert call.name == "menu; up to ask"
    call.say("one")
    call.press("23")
    assert call.name == "menu, ask; ended by bye"


# Facts


def test_where_the_call_is(flow_of: Loader) -> None:
    call = begun(flow_of(MENU))
    call.press("7")
    assert whereabouts(call)[1:] == [
        "node menu (menu), attempt 2 of 3",
        "a prompt is playing; an empty line hears it out",
    ]
    assert any("no-match: key 7" in line or "no-match" in line for line in reasons(call))
    call.hear_out()
    assert reasons(call) == ["nothing was decided since the last input"]
    assert whereabouts(call)[2] == "in 2.000 s the flow goes on by itself"
    call.press("1")
    call.press("123")
    assert whereabouts(call)[1:] == ["ended by bye: done", "nothing more will happen"]
    assert any(line.startswith("goal served, reached at ") for line in variables(call))


# All of it


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_done_is_a_scenario_that_passes(seed: int) -> None:
    chance = random.Random(seed)
    flows = flows_to_play_with()
    flow = flows[chance.choice(sorted(flows))]
    wishes = chance.choice((Wishes(), Wishes(transfer="busy"), Wishes(transfer="unsupported")))
    call = TextCall(setting(flow, wishes, beside(flow))[0])
    call.start()
    for _ in range(10):
        if call.over:
            break
        match chance.choice(("press", "press", "say", "skip", "hear out", "answer", "hang up")):
            case "answer" if call.pending:
                call = call.answered(chance.choice((Exchange("", 404), Exchange("", error="timeout"), Exchange(""))))
            case "press" | "answer":
                call.press(chance.choice(("1", "2", "#", "*", "123455", "4711", "12#")))
            case "say":
                call.say(chance.choice(("yes", "no", "one two three four", "operator")))
            case "skip":
                call.skip(chance.choice((1, 100, 1_000, 1_001, 3_000, 60_000)))
            case "hear out":
                call.hear_out()
            case _:
                call.hang_up()
    passes(call)
