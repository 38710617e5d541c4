"""Recorded calls on another flow go the same way, part from it, or can't be followed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.core.effects import Fetch
from ivr.core.events import KeyPressed, LookupAnswered, LookupFailed, SpeechBegan, SpeechEnded
from ivr.core.flow import Flow
from ivr.document.journal import Journal
from ivr.replay.elsewhere import Course, elsewhere, parting_places
from ivr.simulate.telephone import Answer
from tests.replay.recorded import RecordedLine, answered, flow_of

FLOW = """
start: hello
variables: {pin: "", name: "", account: ""}
nodes:
  hello: {type: play, prompt: Hello., next: menu}
  menu:
    type: menu
    prompt: Balance or hours?
    choices: [{press: 1, say: balance, next: account}, {press: 2, next: hours}, {press: 12, next: hours}]
    no_match: No.
    timeout: 5s
    on_failure: bye
  account: {type: collect, prompt: Account?, into: account, digits: 3, on_failure: bye, next: pin}
  pin: {type: collect, prompt: PIN?, into: pin, digits: 4, sensitive: true, validate: pin != account, next: kind}
  kind: {type: branch, cases: [{when: pin | luhn, next: lookup}], otherwise: hours}
  lookup: {type: http, url: "http://x.test/{{ pin }}", save: {name: body.customer.name}, on_error: hours, next: tell}
  tell: {type: play, prompt: "Hello {{ name }}.", next: bye}
  hours: {type: play, prompt: From nine to five., next: bye}
  bye: {type: hangup, prompt: Goodbye.}
"""


def found(fetch: Fetch, now: int) -> LookupAnswered:
    return LookupAnswered(now + 200, fetch.lookup, 200, {}, {"customer": {"name": "Asha", "city": "Pune"}})


def lost(fetch: Fetch, now: int) -> LookupFailed:
    return LookupFailed(now + 200, fetch.lookup, "connect", "nobody is there")


def called(script: str, answer: Answer = found) -> Journal:
    """A call in which keys are pressed, each at its millisecond; words are said, and `!` hangs up."""
    line = answered(flow_of(FLOW), answer)
    for each in script.split():
        deed, at = each.split("@")
        line.advance(int(at) - 1)
        line.now = int(at)
        if deed == "!":
            break
        if len(deed) > 1:
            line.tell(SpeechBegan(line.now))
            line.tell(SpeechEnded(line.now, deed, 1.0))
        else:
            line.tell(KeyPressed(line.now, deed))
    return finished(line, hangs_up="!" in script)


def finished(line: RecordedLine, *, hangs_up: bool) -> Journal:
    if hangs_up:
        line.hang_up()
    while line.session.phase != "done":
        line.happen()
    return line.journal()


BALANCE = "1@1500 7@5100 7@5200 7@5300 4@6000 2@6100 4@6200 2@6300"
"""To the account, with the number 777 and the PIN 4242, whose check digit is right."""

SAME = [
    ("another prompt", BALANCE, ("Account?", "Would you tell us your account number now?")),
    ("a longer prompt that is heard out", "2@9000", ("Balance or hours?", "Balance or hours, or anything at all?")),
    ("several prompts instead of one", BALANCE, ("no_match: No.", "no_match: [No., Not at all.]")),
    ("another wording of an error", "9@1500 2@3000", ("no_match: No.", "no_match: That is not offered.")),
    ("more patience", "2@9000", ("timeout: 5s", "timeout: 20s")),
    ("less patience, but a caller who acts anyway", "2@4500", ("timeout: 5s", "timeout: 2s")),
    ("more attempts", "2@30000", ("timeout: 5s", "timeout: 5s\n    attempts: 5")),
    ("a phrase in place of a key", "balance@2500 !@4000", ("say: balance", "say: [balance, account]")),
    ("another variable of the same name", BALANCE, ("body.customer.name", "body.customer.name | upper")),
    ("a prompt that must be heard", BALANCE, ("Goodbye.", "Goodbye. Goodbye.")),
    ("silence until the end", "", ("prompt: Goodbye.", "prompt: Goodbye now.")),
    ("a caller who hangs up", "1@1500 7@5100 !@5150", ("Account?", "Your account?")),
]
PARTS = [
    (
        "a choice that leads elsewhere",
        "2@1500",
        ("{press: 2, next: hours}", "{press: 2, next: account}"),
        ("menu", "choices.2 → hours", "choices.2 → account"),
    ),
    (
        "a choice that is gone",
        "2@1500",
        ("{press: 2, next: hours}, {press: 12, next: hours}", "{press: 3, next: hours}"),
        ("menu", "choices.2 → hours", "on_failure → bye"),
    ),
    (
        "a node before",
        "2@1500",
        ("prompt: Hello., next: menu}", "prompt: Hello., next: news}\n  news: {type: play, prompt: News., next: menu}"),
        ("hello", "next → menu", "next → news"),
    ),
    (
        "a node at the end",
        "2@1500",
        ("five., next: bye}", "five., next: more}\n  more: {type: play, prompt: More., next: bye}"),
        ("hours", "next → bye", "next → more"),
    ),
    (
        "fewer attempts",
        "9@1500 2@3500",
        ("timeout: 5s", "timeout: 5s\n    attempts: 1"),
        ("menu", "choices.2 → hours", "on_failure → bye"),
    ),
    (
        "keys that come too early",
        "2@1000 !@3000",
        ("no_match: No.", "no_match: No.\n    barge_in: false"),
        ("menu", "choices.2 → hours", "on_failure → bye"),
    ),
    (
        "another start",
        "2@1500",
        ("start: hello", "start: menu"),
        ("", "hello", "menu"),
    ),
]  # fmt: skip
UNKNOWN = [
    ("more of an answer", BALANCE, ("body.customer.name", "body.customer.city"), "does not have body.customer.city"),
    (
        "a condition that is new",
        BALANCE,
        ("when: pin | luhn", "when: pin != account"),
        "kind decides by a new",
    ),
    ("a value that is checked otherwise", BALANCE, ("pin != account", "pin | luhn"), "pin decides by a new condition"),
    (
        "what was hidden is not any more",
        BALANCE,
        (", sensitive: true", ""),
        "a key decides that is not in the record",
    ),
    ("keys that go elsewhere", BALANCE, ("digits: 3", "digits: 2"), "a key belongs to a hidden value now"),
    ("the environment", BALANCE, ("http://x.test/{{ pin }}", "{{ env.CRM }}/{{ pin }}"), "does not have env.CRM"),
]


@pytest.fixture(scope="module")
def old() -> Flow:
    return flow_of(FLOW)


def course(script: str, edit: tuple[str, str], old: Flow) -> Course:
    assert FLOW.count(edit[0]) >= 1, edit
    return elsewhere(called(script), flow_of(FLOW.replace(*edit)), old)


@pytest.mark.parametrize(("script", "edit"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
def test_a_call_goes_the_same_way(script: str, edit: tuple[str, str], old: Flow) -> None:
    made = course(script, edit, old)
    assert (made.verdict, made.then, made.now, made.why) == ("same", "", "", "")


@pytest.mark.parametrize(("script", "edit", "expected"), [case[1:] for case in PARTS], ids=[case[0] for case in PARTS])
def test_a_call_parts(script: str, edit: tuple[str, str], expected: tuple[str, str, str], old: Flow) -> None:
    made = course(script, edit, old)
    assert (made.verdict, made.why) == ("parts", "")
    assert (made.node, made.then, made.now) == expected


@pytest.mark.parametrize(("script", "edit", "why"), [case[1:] for case in UNKNOWN], ids=[case[0] for case in UNKNOWN])
def test_a_call_that_cannot_be_followed(script: str, edit: tuple[str, str], why: str, old: Flow) -> None:
    made = course(script, edit, old)
    assert made.verdict == "unknown"
    assert why in made.why


def test_a_lookup_of_which_the_record_knows_nothing(old: Flow) -> None:
    new = flow_of(FLOW.replace("save: {name", "retries: 1, save: {name"))
    made = elsewhere(called(BALANCE, lost), new, old)
    assert (made.verdict, made.why) == ("unknown", "the record has no answer to the lookup of lookup")


def test_without_the_flow_as_it_was_only_what_hangs_on_hidden_values_is_unknown() -> None:
    journals = called(BALANCE), called("2@1500")
    assert [elsewhere(each, flow_of(FLOW), None).verdict for each in journals] == ["unknown", "same"]


def test_a_journal_that_was_cut_off_is_followed_up_to_there(old: Flow) -> None:
    whole = called("2@1500")
    cut = replace(whole, entries=whole.entries[:3], ending=None)
    assert elsewhere(cut, old, old).why == "the journal ends before the call does"
    parted = elsewhere(cut, flow_of(FLOW.replace("{press: 2, next: hours}", "{press: 2, next: bye}")), old)
    assert (parted.verdict, parted.why) == ("unknown", "the journal ends before the call does")


def test_calls_that_part_alike_are_counted_together(old: Flow) -> None:
    new = flow_of(FLOW.replace("{press: 2, next: hours}", "{press: 2, next: bye}"))
    courses = [elsewhere(called(script), new, old) for script in ("2@1500", "2@2500", "1@1500", BALANCE)]
    assert parting_places(courses) == {("main", "menu", "choices.2 → hours", "choices.2 → bye"): 2}
