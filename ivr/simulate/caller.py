"""The scripted caller: takes the steps of a scenario on virtual time, and says where the call went otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import assert_never

from ivr.core.durations import duration
from ivr.core.effects import Explain
from ivr.core.events import HungUp, KeyPressed, SpeechBegan, SpeechEnded
from ivr.core.expressions import Expression, ExpressionError, Scope
from ivr.core.flow import Flow
from ivr.core.reading import Path
from ivr.core.segments import Speech, Voice
from ivr.core.session import Call, Session, begin
from ivr.core.spoken import normal
from ivr.core.turn import Turn
from ivr.core.values import reveal
from ivr.document.scenarios import (
    BETWEEN_KEYS_MS,
    HEAR_MS,
    At,
    Check,
    HangUp,
    Hear,
    Press,
    Say,
    Scenario,
    Step,
    Wait,
)
from ivr.simulate.telephone import Telephone
from ivr.simulate.transcript import STOPS, Line
from ivr.simulate.world import World

LONGEST_MS = 24 * 3_600_000
"""A caller who is silent for a day will not end the call."""
MOST_EVENTS = 20_000
"""Who lets so much happen is in a loop of very short prompts."""
MOST_SHOWN = 200
"""Characters of a value, or of what was heard, that a message shows."""


class Differed(Exception):
    """The call did not go as a step says."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a scenario went."""

    scenario: Scenario
    lines: tuple[Line, ...]
    session: Session
    decisions: tuple[Explain, ...] = field(default=(), repr=False)
    """All that was decided, in order."""
    places: frozenset[str] = frozenset()
    """Every node that the call came to, as `flow/node` in a subflow."""
    message: str | None = None
    """Where the call differed, None if it did not."""
    path: Path = ()
    """The place in the scenario file of the step that failed."""

    @property
    def passed(self) -> bool:
        """Whether the call went as the scenario says."""
        return self.message is None


def run(scenario: Scenario, flow: Flow) -> Outcome:
    """Make the call that a scenario describes, on virtual time."""
    world = World(scenario)
    phone = Telephone(flow, begun(scenario, flow), world.answer, scenario.transfer)
    message, path = _differed(scenario, Caller(phone, world))
    decisions, places = tuple(phone.decisions), frozenset(phone.places)
    return Outcome(scenario, tuple(phone.lines), phone.session, decisions, places, message, path)


def begun(scenario: Scenario, flow: Flow) -> Session:
    """The session of the call that a scenario describes, before its answer."""
    call = Call(
        scenario.id,
        scenario.caller,
        scenario.called,
        scenario.direction,
        round(scenario.now.timestamp() * 1000),
        can_transfer=scenario.transfer != "unsupported",
    )
    return begin(flow, call, scenario.env)


def _differed(scenario: Scenario, caller: Caller) -> tuple[str | None, Path]:
    """Where the call goes otherwise than the scenario says, and at which step; None if it does not."""
    deeds: list[tuple[Path, Callable[[], None]]] = [
        (scenario.path, caller.begin),
        *((path, partial(caller.take, step)) for path, step in scenario.steps),
        ((*scenario.path, "ends"), partial(caller.end, scenario.ends)),
    ]
    for path, deed in deeds:
        try:
            deed()
        except Differed as difference:
            return str(difference), path
    return None, ()


def _values(expression: Expression, scope: Scope) -> str:
    """What a check was about, for a message; what is sensitive shows as its mask."""
    known = {**scope.variables, "language": scope.language, "error": scope.error, **scope.local}
    told = ((name, repr(known[name])) for name in expression.names if name in known)
    return "".join(f"; {name} is {value[:MOST_SHOWN]}{'…' * (len(value) > MOST_SHOWN)}" for name, value in told)


class Caller:
    """Takes one step after another."""

    def __init__(self, phone: Telephone, world: World) -> None:
        """Hold a telephone in a world that answers lookups."""
        self._phone = phone
        self._world = world
        self._matched = 0
        """How many prompts have begun up to and including the one that the last `hear` matched."""
        self._step_began = 0
        self._happened = 0

    def begin(self) -> None:
        """Let the call be answered.

        Raises:
            Differed: the call begins otherwise.
        """
        self._phone.begin()
        self._no_surprise()

    def take(self, step: Step) -> None:
        """Take one step; what is due at its moment has happened before an `at` or a `check` looks.

        Raises:
            Differed: the call went otherwise.
        """
        began = self._phone.now
        match step:
            case Hear(text):
                self._hear(text)
            case Press(keys, after):
                self._pause(after)
                began = self._phone.now
                self._press(keys)
            case Say(text, after):
                self._pause(after)
                began = self._phone.now
                self._say(text)
            case Wait(length):
                self._advance(self._phone.now + length)
            case At(node):
                self._advance(self._phone.now)
                if self._phone.session.place != node:
                    raise Differed(f"the call is at “{self._phone.session.place}”, not at “{node}”")
            case Check(expression):
                self._advance(self._phone.now)
                self._check(expression)
            case HangUp():
                self._phone.note("caller", "hangs up")
                self._phone.tell(HungUp(self._phone.now))
            case _:
                assert_never(step)
        self._step_began = began
        self._no_surprise()

    def _pause(self, after: int | None) -> None:
        if after is not None:
            self._advance(max(self._phone.now, self._step_began + after))

    def _advance(self, until: int) -> None:
        while (at := self._phone.next_at()) is not None and at <= until:
            self._happen()
        self._phone.advance(until)

    def _happen(self) -> None:
        self._happened += 1
        if self._happened > MOST_EVENTS:
            raise Differed(f"the call goes round in circles: {MOST_EVENTS} things happened in it")
        self._phone.happen()
        self._no_surprise()

    def _no_surprise(self) -> None:
        if self._world.unexpected is not None:
            nearest = self._world.nearest()
            hint = f"; the nearest entry is {nearest}" if nearest else "; there are no entries left"
            raise Differed(f"the flow sent {self._world.unexpected}, for which there is no entry in http{hint}")

    def _hear(self, text: str) -> None:
        wanted, until = normal(text), self._phone.now + HEAR_MS
        while True:
            for place, said in enumerate(self._phone.heard[self._matched :], self._matched):
                if wanted in normal(said):
                    self._matched = place + 1
                    return
            at = self._phone.next_at()
            if at is None or at > until:
                break
            self._happen()
        heard = " / ".join(line.text for line in self._phone.lines if line.who == "ivr" and line.text != STOPS)
        shown = heard if len(heard) <= MOST_SHOWN else f"…{heard[-MOST_SHOWN:]}"
        raise Differed(f"“{text}” was not heard within {HEAR_MS // 1000} s; heard was: {shown or 'nothing'}")

    def _press(self, keys: str) -> None:
        for place, key in enumerate(keys):
            if place:
                self._advance(self._phone.now + BETWEEN_KEYS_MS)
            self._phone.note("caller", "presses a key")
            self._phone.tell(KeyPressed(self._phone.now, key))

    def _say(self, text: str) -> None:
        phone = self._phone
        phone.note("caller", "speaks")
        phone.tell(SpeechBegan(phone.now))
        self._advance(phone.now + duration(Speech(text, text, phone.session.language, Voice(), static=True)))
        phone.tell(SpeechEnded(phone.now, text, 1.0))

    def _check(self, expression: Expression) -> None:
        phone = self._phone
        at = phone.now if phone.ended_at is None else phone.ended_at
        scope = Turn(phone.flow, phone.session, at).scope({"elapsed": at / 1000})
        try:
            holds = reveal(expression.evaluate(scope))
        except ExpressionError as error:
            raise Differed(f"the check can't be evaluated: {error}") from None
        if not holds:
            raise Differed(f"this does not hold: {expression.source}{_values(expression, scope)}")

    def end(self, ends: str | None) -> None:
        """Stay silent until the call ends, if the scenario says where, and compare.

        Raises:
            Differed: it ends elsewhere, or not at all.
        """
        self._no_surprise()
        if ends is None:
            return
        phone = self._phone
        while phone.session.phase != "done" and (at := phone.next_at()) is not None and at < LONGEST_MS:
            self._happen()
        if phone.session.ended_by is None or phone.session.phase != "done":
            raise Differed(f"the call does not end; it is at “{phone.session.place}”")
        if phone.session.ended_by != ends:
            raise Differed(f"the call was ended by “{phone.session.ended_by}”, not by “{ends}”")
