"""A call in the terminal: what was done so far, as the steps of a scenario, and the call that comes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ivr.core.flow import Flow
from ivr.core.session import node_of
from ivr.core.spoken import normal
from ivr.desk.errors import NotHeard, WrongUse
from ivr.desk.text.steps import hearable, place_of, tidy
from ivr.desk.text.world import Known, PlayedWorld, Sent
from ivr.document.scenarios import HEAR_MS, Exchange, HangUp, Hear, Press, Say, Scenario, Step, Wait
from ivr.simulate.caller import Caller, Differed, begun
from ivr.simulate.telephone import Telephone

MOST_AT_ONCE = 100
"""After so many things that happened by themselves the terminal is asked again: the flow may never wait."""
NODES_IN_NAME = 5


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known before the call begins."""

    flow: Flow
    scenario: Scenario
    """A scenario without steps: who calls, when, and what the flow reads."""
    known: Mapping[str, Known] = field(default_factory=dict)
    """What scenario files answer, by request."""


@dataclass(frozen=True, slots=True)
class Past:
    """All that a call comes of: the same past gives the same call."""

    steps: tuple[Step, ...] = ()
    answers: Mapping[int, Exchange] = field(default_factory=dict)
    """What was said to come of requests, by their number in the call, from 0."""
    listened: int = 0
    """Prompts up to and including the one that the last line with `hear` asked for."""
    begins: int = 0
    """The line of the transcript with which the last input begins."""


class TextCall:
    """A call that is made step by step; each step is one of a scenario, taken as the scripted caller takes it."""

    def __init__(self, setting: Setting, past: Past | None = None) -> None:
        """Make the call again up to the end of its past."""
        past = past or Past()
        scenario = setting.scenario
        self.setting = setting
        self.world = PlayedWorld(scenario, setting.known, past.answers)
        self.phone = Telephone(setting.flow, begun(scenario, setting.flow), self.world.answer, scenario.transfer)
        self.world.phone = self.phone
        self._caller = Caller(self.phone, self.world)
        self._steps: list[Step] = []
        self._answers = dict(past.answers)
        self._listened = past.listened
        self._begins = past.begins
        self._asked: list[str] = []
        """The nodes at which the caller did something."""
        self._matched = 0
        """Prompts up to and including the one that the last `Hear` matched."""
        self._caller.begin()
        for step in past.steps:
            self._take(step)

    @property
    def past(self) -> Past:
        """What the call comes of so far."""
        return Past(tuple(self._steps), dict(self._answers), self._listened, self._begins)

    @property
    def begins(self) -> int:
        """The line of the transcript with which the last input begins."""
        return self._begins

    @property
    def name(self) -> str:
        """What tells this call from others, made of where the caller did something and how it ended."""
        session = self.phone.session
        more = "…" if len(self._asked) > NODES_IN_NAME else ""
        asked = ", ".join(self._asked[:NODES_IN_NAME]) + more
        end = f"up to {session.place}" if session.ended_by is None else f"ended by {session.ended_by}"
        return f"{asked}; {end}" if asked else end

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.phone.session.phase == "done"

    @property
    def pending(self) -> Sent | None:
        """The request that waits for somebody to say what comes of it."""
        return self.world.pending

    # What a person does

    def start(self) -> None:
        """Let the call be answered, and go on."""
        self._go_on()

    def press(self, keys: str) -> None:
        """Press keys, 100 ms apart, and go on."""
        self._input(lambda: self._take(Press(keys)))

    def say(self, text: str) -> None:
        """Say something to its end, and go on."""
        self._input(lambda: self._take(Say(text)))

    def hang_up(self) -> None:
        """Leave; what the flow does after a call goes on."""
        self._input(lambda: self._take(HangUp()))

    def skip(self, milliseconds: int) -> None:
        """Let time pass with all that happens in it, up to a request that nobody has answered yet, and go on."""
        self._input(lambda: self._pass(milliseconds))

    def hear_out(self) -> None:
        """Let what is playing be heard to its end, and all that follows by itself."""
        ahead = self._again()
        for _ in ahead.moving():
            pass
        self.skip(ahead.phone.now - self.phone.now)

    def hear(self, text: str) -> None:
        """Let time pass until a prompt with this text has begun, after the one that was asked for before.

        Raises:
            NotHeard: none did within 30 s.
        """
        wanted, ahead = normal(text), self._again()
        until = self.phone.now + HEAR_MS
        while (place := place_of(wanted, ahead.phone.heard, self._listened)) is None:
            at = ahead.phone.next_at()
            if at is None or at > until or ahead.pending is not None:
                heard = " / ".join(ahead.phone.shown[self._listened :])
                raise NotHeard(f"“{text}” was not heard within {HEAR_MS // 1000} s; heard was: {heard or 'nothing'}")
            ahead.phone.happen()
        if ahead.phone.now > self.phone.now:
            self.skip(ahead.phone.now - self.phone.now)
        self._listened = place + 1

    def answered(self, exchange: Exchange) -> TextCall:
        """The same call, in which this came of the request that waits for it; it goes on.

        Raises:
            WrongUse: no request waits.
        """
        pending = self.pending
        if pending is None:
            raise WrongUse("no request waits for an answer")
        delay = self.phone.now - pending.at
        try:
            call = self._with(replace(exchange, request=pending.request, delay=delay))
        except Differed:
            # What happened at this very moment would not have happened, because an answer comes first.
            call = self._with(replace(exchange, request=pending.request, delay=delay + 1))
        call._go_on()
        return call

    def _with(self, exchange: Exchange) -> TextCall:
        answers = {**self._answers, len(self.world.sent) - 1: exchange}
        return TextCall(self.setting, replace(self.past, answers=answers, begins=len(self.phone.lines)))

    def scenario(self, name: str) -> Scenario:
        """The call so far as a scenario."""
        steps = list(tidy(self._steps))
        if self.over and steps and isinstance(steps[-1], Wait):
            steps.pop()  # `ends` waits as long as it takes.
        return replace(
            self.setting.scenario,
            name=name,
            steps=tuple(((), step) for step in steps),
            http=self.world.exchanges(),
            ends=self.phone.session.ended_by if self.over else None,
        )

    # How time passes

    @property
    def moves(self) -> bool:
        """Whether something happens by itself now, and nobody waits for the caller or for an answer."""
        session, at = self.phone.session, self.phone.next_at()
        if at is None or self.over or self.pending is not None:
            return False
        looks_up = node_of(self.phone.flow, session).kind == "http"
        return bool(session.playing) or looks_up or at <= self.phone.now

    def moving(self) -> Iterator[None]:
        """Let happen, one by one, what happens by itself."""
        for _ in range(MOST_AT_ONCE):
            if not self.moves:
                return
            self.phone.happen()
            yield

    def _input(self, deed: Callable[[], None]) -> None:
        self._begins = len(self.phone.lines)
        deed()
        self._go_on()

    def _go_on(self) -> None:
        """Let time pass up to the beginning of the last prompt that follows by itself, or to the end of the call."""
        ahead = self._again()
        began: dict[int, int] = {}
        seen, until = ahead._progress, self.phone.now
        for _ in ahead.moving():
            if ahead._progress != seen:
                began |= dict.fromkeys(range(seen[0], len(ahead.phone.heard)), ahead.phone.now)
                seen, until = ahead._progress, ahead.phone.now
        self._hear_up_to(seen[0], began, ahead)
        if until > self.phone.now or seen != self._progress:
            self._take(Wait(until - self.phone.now))

    @property
    def _progress(self) -> tuple[int, int, str]:
        """What shows that something begins, and that it is not only the end of a prompt."""
        return len(self.phone.heard), len(self.world.sent), self.phone.session.phase

    def _pass(self, milliseconds: int) -> None:
        until = self.phone.now + milliseconds
        ahead = self._again()
        began: dict[int, int] = {}
        while (at := ahead.phone.next_at()) is not None and at <= until:
            before = len(ahead.phone.heard)
            ahead.phone.happen()
            began |= dict.fromkeys(range(before, len(ahead.phone.heard)), ahead.phone.now)
            if ahead.pending not in (None, self.pending):
                until = ahead.phone.now
        self._hear_up_to(len(ahead.phone.heard), began, ahead)
        if until > self.phone.now:
            self._take(Wait(until - self.phone.now))

    def _hear_up_to(self, count: int, began: Mapping[int, int], ahead: TextCall) -> None:
        """Wait for each prompt of a call that is ahead, up to so many, which begin at these times."""
        for place in range(self._matched, count):
            text = hearable(ahead.phone.shown[place], ahead.phone.heard, self._matched, place)
            if text is None:
                continue
            early = began.get(place, self.phone.now) - HEAR_MS - self.phone.now
            if early > 0:
                self._take(Wait(early))
            self._take(Hear(text))

    def _take(self, step: Step) -> None:
        place = self.phone.session.place
        if isinstance(step, Press | Say) and self._asked[-1:] != [place]:
            self._asked.append(place)
        self._caller.take(step)
        self._steps.append(step)
        if isinstance(step, Hear):
            heard = place_of(normal(step.text), self.phone.heard, self._matched)
            self._matched = self._matched if heard is None else heard + 1

    def _again(self) -> TextCall:
        """The same call once more, to see what will happen."""
        return TextCall(self.setting, self.past)
