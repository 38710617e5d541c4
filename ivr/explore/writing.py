"""A call as a scenario: its steps found by making the call again, as the caller of the scenario will make it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from typing import Any

from ivr.core.effects import Fetch
from ivr.core.events import LookupAnswered, LookupFailed, TransferFault
from ivr.core.flow import Flow
from ivr.core.gathering import InputNode
from ivr.core.session import Session, begin, node_of
from ivr.core.spoken import normal
from ivr.document.scenarios import BEGINNING, HEAR_MS, Exchange, HangUp, Hear, Press, Say, Scenario, Step, Wait
from ivr.explore.circumstances import TRANSFER
from ivr.explore.deeds import Deed, Reply
from ivr.explore.offers import FAULTS, HANG_UP
from ivr.explore.targets import decisions
from ivr.explore.walks import Stage, Walk
from ivr.nodes.http import Http
from ivr.nodes.record import Record
from ivr.simulate.caller import Caller, Differed
from ivr.simulate.telephone import Telephone
from ivr.simulate.world import World, url_of

WORDS, LETTERS = 8, 60
"""How much of a prompt a scenario listens for."""
SENTENCE = re.compile(r"(?<=[.!?।])\s")
TENTH, SECOND, TEN_SECONDS = 100, 1_000, 10_000
SLOW = 2_000
"""How late the answer of a lookup is that its caller does not wait for."""
MOST_EVENTS = 5_000
MOST_HEARD = 200
BY_THE_WORLD = ("found", "failed", "handed_over", "not_handed_over")


class Unwritable(Exception):
    """The call can't be made again by a scripted caller."""


@dataclass(frozen=True, slots=True)
class _Late:
    """A reply and how late it is."""

    reply: Reply
    delay: int = 0


def written(flow: Flow, walk: Walk, name: str, *, patient: bool) -> Scenario:
    """The scenario of a call.

    Args:
        flow: the flow of the call.
        walk: what is done in it.
        name: of the scenario.
        patient: whether the caller hears every prompt to its end before doing anything.

    Raises:
        Unwritable: the call goes otherwise when its caller does what a scenario can say.
    """
    try:
        return _Script(flow, walk, name, patient=patient).scenario()
    except Differed as error:
        raise Unwritable(str(error)) from None


class _Script:
    """Makes the call, and writes down what it takes."""

    def __init__(self, flow: Flow, walk: Walk, name: str, *, patient: bool) -> None:
        self._flow, self._walk, self._patient = flow, walk, patient
        self._plan = _plan(flow, walk, name)
        self._replies = deque(_replies(flow, walk))
        self._http: list[Exchange] = []
        self._steps: list[Step] = []
        call = replace(walk.end.session.call)
        self._phone = Telephone(flow, begin(flow, call, self._plan.env), self._answer, self._plan.transfer)
        self._caller = Caller(self._phone, World(self._plan))
        self._begun: list[tuple[int, str]] = []
        """When each prompt began, and the kind of node at which that was."""
        self._written = 0
        """Prompts that steps have listened for, or passed over."""
        self._clock = 0
        """What time it is for the caller after the last step that was written."""

    def scenario(self) -> Scenario:
        taken = 0
        for stage in self._walk.stages:
            if stage.deed.cause == "begin":
                self._caller.begin()
                self._note()
            elif stage.deed.cause not in BY_THE_WORLD and _acts(stage.deed):
                self._come_to(stage.before.session, taken, stage.deed)
                self._act(stage)
            taken += sum(1 for _ in decisions(stage.after.effects))
        session = self._walk.end.session
        if session.phase == "done":
            self._end()
        else:
            self._come_to(session, taken, HANG_UP)
        steps = tuple(((), each) for each in self._steps)
        return replace(self._plan, steps=steps, http=_folded(self._http), ends=session.ended_by)

    # The world

    def _answer(self, fetch: Fetch, now: int) -> LookupAnswered | LookupFailed:
        if not self._replies:
            raise Unwritable("there is a lookup more than there should be")
        late = self._replies.popleft()
        reply = late.reply
        request = f"{fetch.method} {url_of(fetch, {})}"
        if any(character.isspace() for character in request.partition(" ")[2]):
            raise Unwritable(f"a URL has a space in it: {request}")
        entry = Exchange(request, reply.status, reply.body, reply.headers, reply.error, late.delay)
        self._http.append(entry)
        return World(replace(self._plan, http=(entry,))).answer(fetch, now)

    # Time

    def _note(self) -> None:
        """Note when prompts began, which was just now."""
        kind = node_of(self._flow, self._phone.session).kind
        while len(self._begun) < len(self._phone.heard):
            self._begun.append((self._phone.now, kind))

    def _happen(self) -> None:
        if self._phone.next_at() is None:
            raise Unwritable("nothing happens any more")
        self._phone.happen()
        self._note()

    def _come_to(self, wanted: Session, taken: int, deed: Deed) -> None:
        """Let time pass until the call is where a deed is done, and listen for what is said until then."""
        for _ in range(MOST_EVENTS):
            if self._is_at(wanted, taken):
                break
            self._happen()
        else:
            raise Unwritable(f"the call does not come to {wanted.place}")
        node = node_of(self._flow, wanted)
        hurried = not self._patient and (not isinstance(node, InputNode) or _interrupts(deed, node, wanted))
        while len(self._phone.session.playing) > (1 if hurried else 0) and node.kind != "http":
            self._happen()
        self._listen()
        recorder = isinstance(node, Record) and node.silence > 2 * SECOND
        self._bridge(self._phone.now, SECOND if recorder else TENTH)

    def _is_at(self, wanted: Session, taken: int) -> bool:
        now = self._phone.session
        done = sum(1 for each in self._phone.decisions if each.exit)
        return done == taken and _situation(now) == _situation(wanted)

    def _bridge(self, until: int, unit: int = TENTH) -> None:
        """Let the caller wait as long as the call has gone on, in whole units."""
        if until > self._clock:
            length = ceil((until - self._clock) / unit) * unit
            self._steps.append(Wait(length))
            self._clock += length
            self._phone.advance(self._clock)
            self._note()

    def _listen(self) -> None:
        """Write what is heard, prompt by prompt."""
        said = self._phone.heard
        for place in range(self._written, len(self._begun)):
            (begun, kind), text = self._begun[place], _first_words(said[place])
            again = kind == "http" and place > 0 and said[place - 1] == said[place]
            if not text or again:
                continue
            gap = begun - self._clock
            if gap > HEAR_MS:
                length = gap // TEN_SECONDS * TEN_SECONDS
                self._steps.append(Wait(length))
                self._clock += length
            self._steps.append(Hear(text))
            self._clock = max(self._clock, begun)
        self._written = len(self._begun)

    # The caller

    def _act(self, stage: Stage) -> None:
        deed, phone = stage.deed, self._phone
        swallow = phone.session.swallow
        if deed.keys and swallow is not None and deed.keys[0] in swallow.keys and phone.now <= swallow.until:
            self._bridge(swallow.until + 1)
        if deed.cause == "hangup":
            if phone.session.phase == "talking" and phone.session.fetching is not None:
                self._bridge(phone.now + _lateness(self._flow, phone.session) // 2)
                self._listen()
            self._take(HangUp())
        if deed.keys:
            self._take(Press(deed.keys))
        if deed.says:
            self._take(Say(deed.says))
        if deed.ends:
            self._take(Press(deed.ends))

    def _take(self, step: Step) -> None:
        self._caller.take(step)
        self._note()
        self._steps.append(step)
        self._clock = self._phone.now

    def _end(self) -> None:
        """Hear the last words."""
        for _ in range(MOST_EVENTS):
            if self._phone.session.phase == "done" or len(self._begun) - self._written > MOST_HEARD:
                break
            self._happen()
        self._listen()


def _acts(deed: Deed) -> bool:
    return bool(deed.keys or deed.says or deed.ends) or deed.cause == "hangup"


def _interrupts(deed: Deed, node: InputNode, session: Session) -> bool:
    """Whether it can be done while the prompt plays."""
    if deed.cause == "hangup" or session.memory.get("candidate") is not None:
        return True
    return node.input.speech_barges_in if deed.says else node.input.keys_barge_in


def _situation(session: Session) -> Any:
    """What must be the same when a deed is done again, whatever the time is."""
    asked = tuple(
        session.memory.get(name) for name in ("missed", "no_inputs", "no_matches", "candidate", "entry", "asked")
    )
    waits = session.fetching is None, session.recording is None
    return session.phase, session.place, len(session.stack), asked, waits


def _plan(flow: Flow, walk: Walk, name: str) -> Scenario:
    """The scenario without its steps."""
    session = walk.end.session
    call = session.call
    settled = dict(walk.settled).get(TRANSFER, "")
    transfer: TransferFault | None = "unsupported" if not call.can_transfer else None
    if settled in FAULTS:
        transfer = settled  # type: ignore[assignment]  # FAULTS are some of them
    now = datetime.fromtimestamp(call.began / 1000, UTC)
    return Scenario(
        name,
        flow.id,
        (),
        (),
        caller=call.caller,
        called=call.called,
        direction=call.direction,
        id=call.id,
        now=now if flow.zone is None or now == BEGINNING else now.astimezone(flow.zone),
        transfer=transfer,
        env=dict(session.env),
    )


def _replies(flow: Flow, walk: Walk) -> Iterator[_Late]:
    """What comes of each request, in order."""
    for stage in walk.stages:
        yield from (_Late(reply) for reply in stage.deed.replies)
        session = stage.before.session
        if stage.deed.cause == "hangup" and session.fetching is not None:
            yield _Late(Reply(), _lateness(flow, session))


def _lateness(flow: Flow, session: Session) -> int:
    """When an answer comes that its caller does not wait for."""
    node = node_of(flow, session)
    return min(SLOW, node.timeout // 2 // TENTH * TENTH) if isinstance(node, Http) else SLOW


def _folded(http: list[Exchange]) -> tuple[Exchange, ...]:
    """The entries without those that the last of equal requests stands for."""
    kept = list(http)
    for request in dict.fromkeys(entry.request for entry in http):
        places = [place for place, entry in enumerate(kept) if entry.request == request]
        while len(places) > 1 and kept[places[-1]] == kept[places[-2]]:
            del kept[places.pop()]
    return tuple(kept)


def _first_words(text: str) -> str:
    """So much of a prompt as tells it from others; empty where it has no words."""
    sentence = SENTENCE.split(" ".join(text.split()), maxsplit=1)[0]
    kept = sentence
    if len(sentence) > LETTERS:
        words = sentence.split(" ")[:WORDS]
        while len(words) > 1 and len(" ".join(words)) > LETTERS:
            words.pop()
        kept = " ".join(words)
    return kept if normal(kept) else ""
