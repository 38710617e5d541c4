"""Digits that are spoken, in parts and among keys, as tables: what is said when, and what is decided when."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ivr.core.effects import Clear, Listen
from ivr.core.events import Answered, Event, KeyPressed, PhraseHeard, Reconnected, SpeechBegan, SpeechEnded

# Every prompt here is a second of silence, so a timeout of 5 s passes at 6000.

FIELD = """
    start: ask
    universals: [{{say: help, next: help}}, {{say: nine nine nine, next: help}}]
    nodes:
      ask:
        type: collect
        prompt: {{silence: 1s}}
        into: value
        digits: {digits}
        speech: digits
        next: menu
      menu:
        type: menu
        prompt: {{silence: 1s}}
        choices: [{{press: "#", next: hash}}]
      hash: {{type: hangup}}
      help: {{type: hangup}}
"""

SIX = "6"
FOUR_TO_SIX = "{min: 4, max: 6}"
ODD = '{min: 2, max: 4, keys: "123456", erase: "*"}'

ENTRIES: list[tuple[str, str, str, str, str | None]] = [
    # case, digits, what the caller does, the first decision, the value
    ("all at once", SIX, "one oh double four triple@1500-3000", "3000 no-match", None),
    ("whole, at the end of speech", SIX, "one oh double four two one@1500-4000", "4000 filled", "104421"),
    ("triple and treble", SIX, "triple two treble nine@1500-4000", "4000 filled", "222999"),
    ("in parts", SIX, "one two@1500-2500; three@4000-4500; four five six@5000-6500", "6500 filled", "123456"),
    ("into the prompt", SIX, "one two three@200-900; four five six@2000-3000", "3000 filled", "123456"),
    ("variable, enough is all", FOUR_TO_SIX, "one two three four@1500-3500", "3500 filled", "1234"),
    ("variable, enough in parts", FOUR_TO_SIX, "one@1500-2000; two three four@3000-4500", "4500 filled", "1234"),
    ("variable, the most", FOUR_TO_SIX, "triple one triple two@1500-3500", "3500 filled", "111222"),
    ("too few, and nothing more in time", SIX, "one two@1500-2500", "5500 no-match", None),
    ("between as given", "{min: 6, max: 6, between: 1s}", "one two@1500-2500", "3500 no-match", None),
    ("between runs anew", SIX, "one two@1500-2500; triple three@5400-6900; 4@9900", "9900 filled", "123334"),
    ("speech stops between", SIX, "one two@1500-2500; three four five six@5500-9500", "9500 filled", "123456"),
    ("too many", SIX, "one two three four five six seven@1500-4500", "4500 no-match", None),
    ("too many in parts", SIX, "one two three@1500-2500; four five six seven@3000-4500", "4500 no-match", None),
    ("too many into the prompt is nothing", "1", "one two@100-900", "6000 no-input", None),
    ("a digit that is none of the field's", ODD, "one seven@1500-2500", "2500 no-match", None),
    ("such a digit into the prompt is nothing", ODD, "one seven@100-900", "6000 no-input", None),
    ("no digits at all", SIX, "hello there@1500-2500", "2500 no-match", None),
    ("no digits after digits", SIX, "one two@1500-2500; hello@3000-3500", "3500 no-match", None),
    ("nothing understood after digits", SIX, "one two@1500-2500; @3000-3500", "3500 no-match", None),
    ("noise after digits", SIX, "one two@1500-2500; noise@3000-3500", "3500 no-match", None),
    ("a universal that is none of the field's digits", "2", "nine nine nine@1500-2500", "2500 → help", None),
    ("a universal after digits", SIX, "one two@1500-2500; help@3000-3500", "3500 → help", None),
    ("keys after digits", SIX, "one two three@1500-2500; 4@3000; 5@3100; 6@3200", "3200 filled", "123456"),
    ("digits after keys", SIX, "1@1500; 2@1600; three four five six@2000-4000", "4000 filled", "123456"),
    ("a key in the middle", SIX, "one two@1500-2500; 3@3000; four five six@4000-5500", "5500 filled", "123456"),
    ("a key into speech discards it", SIX, "began@1500; 1@2000; two three@2500; 2@3000", "6000 no-match", None),
    ("finish too early", FOUR_TO_SIX, "one@1500-2000; 2@3000; 3@3500; #@4300", "4300 no-match", None),
    ("finish when there is enough", "{min: 3}", "one two@1500-2500; 3@3000; #@3100", "3100 filled", "123"),
    ("erase empties what was said", ODD, "one@1500-2000; *@2500; four four@3000-4000", "4000 filled", "44"),
    ("erase, and silence", ODD, "one@1500-2000; *@2500", "7500 no-input", None),
    ("a finish key is said by nobody", '{max: 2, finish: 1, keys: "0123"}', "one@1500-2000", "2000 no-match", None),
    ("a sound between keys is nothing", "3", "1@1500; @2000-4000; 2@4500; 3@4600", "4600 filled", "123"),
    ("a sound between keys, and nothing more", SIX, "1@1500; @2000-4000", "4500 no-match", None),
    ("sounds between keys win no time", SIX, "1@1500; @2000-4000; @4100-6000; @7000-8000", "6000 no-match", None),
    ("noise between keys that never ends", "{min: 1, max: 6}", "1@1500; began@2000", "22000 filled", "1"),
    ("too many after keys", SIX, "1@1500; one two three four five six@2000-4000", "4000 no-match", None),
    ("min 0", "{min: 0, max: 6}", "one two@1500-2500", "2500 filled", "12"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("digits", "script", "decision", "value"), [case[1:] for case in ENTRIES], ids=[case[0] for case in ENTRIES]
)
def test_an_entry(
    digits: str, script: str, decision: str, value: str | None, flow_of: Callable[..., Any], call: Callable[..., Any]
) -> None:
    line = call(flow_of(FIELD.format(digits=digits)))
    for event in events(script):
        line.advance(event.at - 1)
        line.now = event.at
        line.tell(event)
    line.advance(max(line.now, int(decision.split()[0])))
    assert decisions(line)[0] == decision
    assert line.session.here.variables.get("value") == value


@pytest.mark.parametrize("digits", ["2", "{min: 2, max: 4}"])
def test_the_finish_key_after_spoken_digits_means_nothing(
    digits: str, flow_of: Callable[..., Any], steps: Callable[..., Any]
) -> None:
    line = steps(flow_of(FIELD.format(digits=digits))).tell(Answered(0)).heard(1_000)
    line.tell(*events("one two@1500-2500; #@3000"))
    assert line.session.place == "menu"
    assert line.session.here.variables["value"] == "12"


def test_spoken_digits_stop_the_prompt_and_begin_an_entry(
    flow_of: Callable[..., Any], steps: Callable[..., Any]
) -> None:
    line = steps(flow_of(FIELD.format(digits=SIX))).tell(Answered(0))
    assert line.session.listening == Listen("en-US", ("help", "nine nine nine"), digits=6)
    assert line.tell(SpeechBegan(200), PhraseHeard(500, "one", 0.9)).effects == ()
    line.tell(SpeechEnded(900, "one two", 0.9))
    assert line.did(Clear)
    assert (line.session.memory["entry"], line.session.deadline) == ("12", 3_900)


def test_spoken_digits_survive_a_break(flow_of: Callable[..., Any], call: Callable[..., Any]) -> None:
    line = call(flow_of(FIELD.format(digits=SIX)))
    for event in (*events("one two@1500-2500"), Reconnected(3_000), *events("3@4000; four five six@4500-5500")):
        line.advance(event.at - 1)
        line.now = event.at
        line.tell(event)
    assert line.session.here.variables["value"] == "123456"


CONFIRMED = """
    start: ask
    nodes:
      ask:
        type: collect
        prompt: {silence: 1s}
        into: value
        digits: 4
        speech: digits
        confirm: "You said {{ value | digits }}."
        next: bye
      bye: {type: hangup}
"""


def test_a_value_is_corrected_by_voice(flow_of: Callable[..., Any], steps: Callable[..., Any]) -> None:
    line = steps(flow_of(CONFIRMED)).tell(Answered(0)).heard(1_000)
    asked = line.session.listening
    line.tell(*events("one two three four@1500-3000"))
    assert line.did(Listen) == [Listen("en-US", ("yes", "yeah", "correct", "no", "nope"))]
    line.tell(SpeechBegan(4_000), PhraseHeard(4_300, "No!", 0.9))
    assert line.did(Clear)
    assert line.session.listening == asked == Listen("en-US", (), digits=4)
    line.tell(SpeechEnded(4_500, "no", 0.9)).heard(5_500)
    assert (line.session.memory["missed"], line.session.deadline) == (1, 10_500)
    line.tell(*events("one two@6000-7000; 3@8000; five@9000-9500")).heard(11_000)
    assert line.session.memory["candidate"] == "1235"
    line.tell(SpeechBegan(12_000), SpeechEnded(12_500, "yes", 0.9))
    assert line.session.here.variables["value"] == "1235"


def test_what_is_neither_yes_nor_no_repeats_the_question(
    flow_of: Callable[..., Any], steps: Callable[..., Any]
) -> None:
    line = steps(flow_of(CONFIRMED)).tell(Answered(0)).heard(1_000)
    line.tell(*events("one two three four@1500-3000")).heard(5_000).tell(*events("five@6000-6500"))
    assert "neither yes nor no" in line.why
    assert line.session.memory["candidate"] == "1234"


def events(script: str) -> Iterable[Event]:
    """`one two@1500-2500` is speech, `3@1600` a key, `began@1500` speech that goes on, `noise@…` what it was."""
    for part in script.split("; "):
        what, _, when = part.rpartition("@")
        begins, _, ends = when.partition("-")
        if what == "began":
            yield SpeechBegan(int(begins))
        elif len(what) == 1:
            yield KeyPressed(int(begins), what)
        elif what == "noise":
            yield from (SpeechBegan(int(begins)), SpeechEnded(int(ends), noisy=True))
        elif not ends:
            yield SpeechEnded(int(begins), what, 1.0)
        else:
            yield from (SpeechBegan(int(begins)), SpeechEnded(int(ends), what, 1.0 if what else 0.0))


def decisions(line: Any) -> list[str]:
    """What was decided, with its milliseconds."""
    found: list[str] = []
    for told in line.told():
        at, _, why = told.partition(" ")
        if match := re.search(r"no-input|no-match|filled|leads to “(\w+)”", why):
            found.append(f"{at} → {match[1]}" if match[1] else f"{at} {match[0]}")
    return found
