"""Whatever the flow and whatever happens: `step` never raises, always settles, and keeps what is secret."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import cache
from random import Random
from typing import Any
from zlib import crc32

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.core.effects import Clear, Deafen, Effect, End, Explain, Fetch, Listen, Play, Prepare, Record, StopRecording
from ivr.core.effects import Transfer as TransferEffect
from ivr.core.events import (
    Answered,
    DeadlinePassed,
    Deafened,
    Event,
    HungUp,
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    PhraseHeard,
    PlaybackEnded,
    PlaybackFailed,
    Reconnected,
    RecordingEnded,
    SpeechBegan,
    SpeechEnded,
    Transferred,
)
from ivr.core.flow import Flow
from ivr.core.session import Call, Session, begin
from ivr.core.snapshot import from_json, to_json
from ivr.core.step import step
from ivr.document.load import load_sources
from ivr.document.source import read

EXAMPLES = 150
FLOWS = 1_000
PHASES = ("waiting", "talking", "apologising", "over", "done")
PHRASES = (
    "yes",
    "no",
    "help",
    "help me",
    "one two three",
    "oh double four",
    "red",
    "dark red",
    "",
    "\ud800\ufdd0K\ufdd1",
)

# Flows, as their authors might write them

VARIABLES = {"a": "1", "b": {"x": [1, 2], "items": "k"}, "c": 0, "s": ""}
EXPRESSIONS = (
    "a", "b", "c", "s", "true", "false", "1 + 1", "a == '1'", "a | int > 3", "b.x", "b.items", "b.nothing", "1 / 0",
    "a ~ s", "s | reverse", "s | int", "is_open('office')", "now.hour > 9", "call.from", "call['id']", "error.kind",
    "env.X", "env.NOTHING", "secret.KEY", "[a, s]", "{'k': s}", "a | digits", "a | luhn", "c | ordinal", "b[s]",
    "c | currency('EUR')", "a | date", "b.x | map('upper') | list", "language", "a * 70000", "none", "'\\ud800'",
    "(a | length) * 1000", "c + 1", "a ~ a", "b is mapping and b.x | length > 1", "range(3) | list", "s | luhn",
)  # fmt: skip
TALKING = (
    *("play", "play", "menu", "menu", "menu", "collect", "collect", "collect", "branch", "set"),
    *("http", "record", "subflow", "transfer", "hangup"),
)
AFTERWARDS = ("set", "http", "branch")
Keys = dict[str, Any]
Happening = tuple[str, int, int]
"""What happens, a number that says about what, and how many milliseconds later."""


class Author:
    """Writes flows without a mistake, at random."""

    def __init__(self, chance: Random, *, sensitive: bool) -> None:
        self.chance = chance
        self.sensitive = sensitive
        self.nodes: list[str] = []

    def one(self, *options: Any) -> Any:
        """One of these, called if it can be."""
        option = self.chance.choice(options)
        return option() if callable(option) else option

    def some(self, make: Callable[[], Any], least: int, most: int) -> list[Any]:
        return [make() for _ in range(self.chance.randint(least, most))]

    def perhaps(self, **options: Any) -> Keys:
        """Some of these keys."""
        return {key: self.one(value) for key, value in options.items() if self.chance.random() < 0.4}

    def flows(self) -> dict[str, str]:
        """A flow and its subflow, as JSON, which is YAML too."""
        return {"main": json.dumps(self.flow(TALKING)), "sub": json.dumps(self.flow((*TALKING, "return", "return")))}

    def flow(self, kinds: tuple[str, ...]) -> Keys:
        self.nodes = [f"n{place}" for place in range(self.chance.randint(2, 7))]
        top = self.perhaps(
            on_failure=self.node,
            on_error=self.node,
            universals=lambda: self.some(self.universal, 0, 2),
            defaults=lambda: self.perhaps(timeout=self.duration, attempts=2, no_match=self.prompt),
            goals={"there": [self.nodes[-1]]},
        )
        named = {"named": self.one(self.text, {"silence": "1s"}), **self.perhaps(apology="", keys_only=self.text)}
        hours = {"office": {"timezone": "Asia/Kolkata", "open": {"mon-fri": "09:00-18:00"}}}
        start = self.nodes[0]
        nodes = {name: self.body(self.chance.choice(kinds)) for name in self.nodes}
        if "return" in kinds:
            nodes["back"] = {"type": "return", "values": {"a": "{{ s }}"}}
        if self.chance.random() < 0.6:
            self.nodes = ["h0", "h1"]
            top["on_hangup"] = "h0"
            nodes.update({name: self.body(self.chance.choice(AFTERWARDS)) for name in self.nodes})
        return {"start": start, "variables": VARIABLES, "prompts": named, "hours": hours, **top, "nodes": nodes}

    # Small things

    def node(self) -> str:
        return self.chance.choice(self.nodes)

    def variable(self) -> str:
        return self.chance.choice("abcs")

    def expression(self) -> str:
        return self.chance.choice(EXPRESSIONS)

    def template(self) -> str:
        return f"{self.one('', 'x ')}{{{{ {self.expression()} }}}}"

    def text(self) -> str:
        return str(self.one("Hello.", "Welcome.", "", " ", "नमस्ते", self.template, self.template))

    def value(self) -> Any:
        return self.one(self.text, self.text, 7, True, None, lambda: self.some(self.text, 0, 2))

    def duration(self) -> Any:
        return self.one("0s", "1ms", "500ms", "2s", 5, "1m")

    def key(self) -> str:
        return self.chance.choice("0123456789*#A")

    def piece(self) -> Any:
        return self.one(
            self.text,
            self.text,
            lambda: {"text": self.text()},
            lambda: {"silence": self.duration()},
            lambda: {"audio": "missing.wav", "text": self.text()},
            {"prompt": "named"},
            {"choices": "For {label} press {press}."},
            lambda: {"en-US": self.text(), "hi-IN": self.text()},
        )

    def prompt(self) -> Any:
        return self.one(self.piece, lambda: self.some(self.piece, 0, 3))

    def phrases(self) -> Any:
        return self.one("yes", "help", "help me", ["red", "dark red"], {"en-US": "go", "hi-IN": ["चलो"]})

    def assigned(self) -> Keys:
        return {self.variable(): self.value() for _ in range(self.chance.randint(0, 2))}

    def universal(self) -> Keys:
        way = self.one(lambda: {"press": self.key()}, lambda: {"say": self.phrases()})
        return {**way, **self.one({"do": "repeat"}, {"do": "back"}, {"do": "start"}, lambda: {"next": self.node()})}

    def choice(self) -> Keys:
        way = self.one(
            lambda: {"press": self.key()},
            lambda: {"press": self.one("12", "123", "##")},
            lambda: {"say": self.phrases()},
        )
        return {**way, "next": self.node(), **self.perhaps(label=self.text, set=self.assigned)}

    def input_keys(self) -> Keys:
        return self.perhaps(
            prompt=self.prompt,
            timeout=self.duration,
            attempts=lambda: self.chance.randint(1, 3),
            no_input=self.prompt,
            no_match=lambda: self.some(self.prompt, 0, 2),
            on_failure=self.node,
            barge_in=lambda: self.one(True, False, {"keys": False}, {"speech": False}),
            type_ahead="flush",
            confidence=lambda: self.one(0, 0.5, 1),
        )

    # Nodes

    def body(self, kind: str) -> Keys:
        made = {"type": kind, **getattr(self, f"{kind}_keys")(), **self.perhaps(on_error=self.node)}
        if kind in ("play", "collect", "set", "http", "record", "subflow"):
            made["next"] = self.node()
        return made

    def play_keys(self) -> Keys:
        return {"prompt": self.prompt(), **self.perhaps(barge_in=False)}

    def menu_keys(self) -> Keys:
        return {"choices": self.some(self.choice, 1, 3), **self.input_keys()}

    def collect_keys(self) -> Keys:
        digits = self.one(6, lambda: self.perhaps(
            min=lambda: self.chance.randint(0, 3), max=6, finish=lambda: self.one("none", "*#", "#"),
            between=self.duration, keys=lambda: self.one("123456789", "0123456789#"), erase=self.key,
        ))  # fmt: skip
        speech = self.one("digits", "any", ["red", "dark red"], {"en-US": ["yes"], "hi-IN": ["हाँ"]})
        asked = self.one(
            {"digits": digits}, {"digits": digits}, {"speech": speech, "digits": digits}, {"speech": speech}
        )
        more = self.perhaps(validate=self.expression, confirm=self.prompt)
        return {"into": "s", "sensitive": self.sensitive, **asked, **more, **self.input_keys()}

    def branch_keys(self) -> Keys:
        cases = self.some(lambda: {"when": self.expression(), "next": self.node()}, 1, 2)
        return {"cases": cases, "otherwise": self.node()}

    def set_keys(self) -> Keys:
        return {"values": self.one(self.assigned, self.assigned, {"language": self.one("hi-IN", "{{ a }}")})}

    def http_keys(self) -> Keys:
        return {
            "url": self.one("http://x", "{{ env.X }}/{{ s }}", "http://x/{{ secret.KEY }}?{{ a }}"),
            **self.perhaps(
                method="POST",
                headers=lambda: {"X-A": self.text()},
                query=lambda: {"q": self.text()},
                json=self.value,
                timeout=self.duration,
                retries=lambda: self.chance.randint(0, 2),
                waiting=self.prompt,
                save=lambda: {self.variable(): self.one("status", "body.x", "body", self.expression)},
                on_status=lambda: {self.one("200", "404", "500"): self.node()},
            ),
        }

    def record_keys(self) -> Keys:
        more = self.perhaps(prompt=self.prompt, max_duration=self.duration, silence=self.duration, finish=self.key)
        return {"into": self.variable(), **more}

    def subflow_keys(self) -> Keys:
        saved = {self.variable(): self.one("result.a", "result")}
        return {"flow": "sub", **self.perhaps(save=saved, **{"with": self.assigned})}

    def return_keys(self) -> Keys:
        return self.perhaps(values=self.assigned)

    def transfer_keys(self) -> Keys:
        return {"to": self.one("+1", self.template), **self.perhaps(prompt=self.prompt)}

    def hangup_keys(self) -> Keys:
        return self.perhaps(prompt=self.prompt, reason="served")


@cache
def flow(number: int, *, sensitive: bool) -> Flow:
    """One of many flows, whose collects are all sensitive, or none."""
    written = Author(Random(number), sensitive=sensitive).flows()
    made = load_sources({f"{name}.yaml": read(text, f"{name}.yaml") for name, text in written.items()}, 2026)
    assert not made.findings, made.findings
    return made.flows["main"]


def one_of_them(happened: list[Happening]) -> int:
    """The number of a flow: another one for every course of events, of which hypothesis varies only parts."""
    return crc32(repr(happened).encode()) % FLOWS


# What happens

WAYS = (
    "key", "key", "key", "key", "key", "key", "heard", "heard", "heard", "heard", "speech", "phrase", "ended", "deaf",
    "answer", "answer", "deadline", "stale", "reconnected", "transferred", "rare",
)  # fmt: skip
RARE = ("fault", "unheard", "recorded", "hung up")
LATER = (0, 0, 0, 0, 0, 100, 100, 1_000, 3_000, 6_000, 40_000)
BODIES: tuple[Any, ...] = ({"x": 1}, {"x": {"items": [1.5]}}, None, [], "text", {"x": "y" * 70_000}, float("inf"))
happenings = st.lists(
    st.tuples(st.sampled_from(WAYS), st.integers(0, 999), st.sampled_from(LATER)),
    min_size=12,
    max_size=60,
)


def event(session: Session, way: str, number: int, at: int, typed: str) -> Event:
    """Something that may happen at any time, about what is current, or about what is long past."""
    playing = session.playing[number % len(session.playing)] if session.playing else number
    match RARE[number % len(RARE)] if way == "rare" else way:
        case "key":
            return KeyPressed(at, typed[number % len(typed)])
        case "heard":
            return PlaybackEnded(at, playing)
        case "unheard":
            return PlaybackFailed(at, playing, "no voice")
        case "stale":
            return PlaybackEnded(at, number - 500)
        case "deadline":
            return DeadlinePassed(at if session.deadline is None or number % 4 == 0 else max(at, session.deadline))
        case "speech":
            return SpeechBegan(at)
        case "phrase":
            return PhraseHeard(at, PHRASES[number % len(PHRASES)], number % 3 / 2)
        case "ended":
            return SpeechEnded(at, PHRASES[number % len(PHRASES)], number % 3 / 2, noisy=number % 2 == 0)
        case "deaf":
            return Deafened(at, "nobody listens")
        case "answer":
            status = (200, 204, 404, 500, 302)[number % 5]
            return LookupAnswered(at, session.fetching or number, status, {"x": "y"}, BODIES[number % len(BODIES)])
        case "fault":
            fault = ("connect", "timeout", "body", "interrupted")[number % 4]
            return LookupFailed(at, session.fetching or number, fault, "it broke")  # type: ignore[arg-type]  # mypy forgets literals
        case "recorded":
            return RecordingEnded(at, session.recording or "stale")
        case "transferred":
            return Transferred(at, (None, "busy", "no_answer", "unsupported")[number % 4])
        case "reconnected":
            return Reconnected(at)
        case _:
            return HungUp(at)


class Watcher:
    """What has been asked of the world so far, and what may therefore not be asked any more."""

    def __init__(self) -> None:
        self.numbers: set[int] = set()
        self.fetches: set[int] = set()
        self.ended = False
        self.recording: str | None = None

    def see(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Play(playback, prompt):
                    assert not self.ended
                    assert prompt
                    self._new(playback)
                case Fetch(lookup=lookup, json=body):
                    self._new(lookup)
                    self.fetches.add(lookup)
                    json.dumps(body, allow_nan=False)
                case Record(recording):
                    assert not self.ended
                    assert self.recording is None
                    self.recording = recording
                case StopRecording(recording):
                    assert recording == self.recording
                    self.recording = None
                case TransferEffect():
                    assert not self.ended
                case End():
                    assert not self.ended
                    assert self.recording is None
                    self.ended = True
                case Clear() | Prepare() | Listen():
                    assert not self.ended
                case Deafen() | Explain():
                    pass

    def _new(self, number: int) -> None:
        assert number not in self.numbers
        self.numbers.add(number)


def check(before: Session, session: Session, happened: Event, watcher: Watcher) -> None:
    """What holds after every step."""
    assert PHASES.index(session.phase) >= PHASES.index(before.phase)
    assert watcher.ended == (session.phase in ("over", "done"))
    assert session.recording == watcher.recording
    assert session.fetching is None or session.fetching in watcher.fetches
    late = isinstance(happened, Reconnected)
    assert session.deadline is None or session.deadline >= happened.at or late
    if session.phase == "talking" and session.deadline is None:
        assert session.playing, "nothing would ever wake this call"
    if session.phase == "over":
        assert session.deadline is not None
    if session.phase == "done":
        assert (session.deadline, session.fetching, session.playing) == (None, None, ())
    assert session.chain <= 100
    if isinstance(happened, Deafened) and session.phase == "talking" and session.place == before.place:
        assert session.listening is None
    assert from_json(to_json(session)) == session


def call(root: Flow, happenings: list[Happening], typed: str) -> Iterable[tuple[Session, tuple[Effect, ...]]]:
    """Let all that happen, and check every step."""
    session = begin(root, Call("c", "+1", "+2", "inbound", 1_000), {"X": "http://crm"})
    watcher = Watcher()
    at = 0
    happened: Event = Answered(0)
    for way, number, later in [("answered", 0, 0), *happenings]:
        if way != "answered":
            happened = event(session, way, number, at + later, typed)
        at = happened.at
        before = session
        session, effects = step(root, before, happened)
        if before.phase == "done":
            assert (session, effects) == (before, ())
        watcher.see(effects)
        check(before, session, happened, watcher)
        yield session, effects


slow = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example)


@settings(max_examples=EXAMPLES, suppress_health_check=slow)
@given(happenings)
def test_step_never_raises_and_always_settles(happened: list[Happening]) -> None:
    for _ in call(flow(one_of_them(happened), sensitive=False), happened, "0123456789*#AX"):
        pass


WINDOW = 6
"""Shorter numbers would be found in times."""


@settings(max_examples=EXAMPLES, suppress_health_check=slow)
@given(happenings)
def test_what_is_entered_in_confidence_is_never_shown(happened: list[Happening]) -> None:
    typed = "739146285"
    pressed = ""
    shown: list[str] = []
    for session, effects in call(flow(one_of_them(happened), sensitive=True), happened, typed):
        shown += [repr(session), repr(effects), *(each.why for each in effects if isinstance(each, Explain))]
    for way, number, _ in happened:
        pressed += typed[number % len(typed)] if way == "key" else ""
    windows = {pressed[place : place + WINDOW] for place in range(len(pressed) - WINDOW + 1)}
    assert not [window for window in windows for text in shown if window in text or window[::-1] in text]
