"""A recorded call on another flow: whether it goes the same way, or where it parts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ivr.core.events import DeadlinePassed, Event, KeyPressed, PlaybackEnded
from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.core.reading import Path
from ivr.core.session import Session
from ivr.document.journal import Entry, Hidden, Journal
from ivr.document.recorder import fates_of_keys, node_at
from ivr.nodes.branch import Branch
from ivr.nodes.collect import Collect
from ivr.replay.again import remade
from ivr.replay.asking import asking
from ivr.replay.events import adapted
from ivr.replay.playbacks import Playbacks
from ivr.replay.record import NotRecordedError

MOST_STEPS = 2_000
"""Playbacks and deadlines for which a call that nobody ends is followed."""

HANGS_UP, ENDS, GOES_ON = "the caller hangs up", "the call ends", "the call goes on"

Place = tuple[str, str]
"""A node, and the exit by which it was left; without one the call ended there."""


@dataclass(frozen=True, slots=True)
class Passed:
    """One node on the way of a call."""

    at: int
    """When it was left, in milliseconds since the call began."""
    place: Place
    entry: Entry | None
    """The recorded step in which it was left."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a call goes on another flow."""

    journal: Journal
    verdict: Literal["same", "parts", "unknown"]
    """The same way, another one, or one that can't be followed to its end."""
    at: int = 0
    """When they part, or when the record ends."""
    node: str = ""
    """The last node that both ways have in common; empty where not even the first one is."""
    entry: Entry | None = None
    """The recorded step in which they part."""
    then: str = ""
    """What followed in the record."""
    now: str = ""
    """What follows now."""
    why: str = ""
    """Why the call can't be followed."""


class _Follower:
    """One call on another flow, event by event."""

    def __init__(self, journal: Journal, new: Flow, old: Flow | None) -> None:
        self.journal = journal
        asked, self.record = asking(new)
        self.record.open(journal, self._known, self._kept)
        self.then = _way(journal)
        self.now: list[Passed] = []
        self._counted = 0
        self._keys: deque[Hidden | None] = deque()
        """Of keys pressed of which nothing has become yet, what is hidden of them."""
        self._hides = any(entry.hidden is not None for entry in journal.entries)
        self._old = old
        self._new = new
        self._playbacks = Playbacks()
        self.call = remade(journal, asked, self.record)

    # What the record can tell

    def _known(self, node: Node, here: str) -> bool:
        """Whether a condition is the same as it was."""
        before = None if self._old is None else node_at(self._old, here)
        match node, before:
            case Branch(cases=cases), Branch(cases=others):
                return [each.when.source for each in cases] == [each.when.source for each in others]
            case Collect(validate=validate, confirm=confirm), Collect(validate=other, confirm=other_confirm):
                same = (validate and validate.source) == (other and other.source)
                return same and bool(confirm) == bool(other_confirm)
            case _:
                return False

    def _kept(self, name: str, paths: tuple[Path, ...]) -> None:
        entry = self.record.entry
        body, headers = ((), ()) if entry is None or entry.kept is None else entry.kept
        kept = body if name == "body" else headers
        for path in paths:
            if not any(path[: len(each)] == each for each in kept):
                shown = ".".join((name, *map(str, path)))
                raise NotRecordedError(f"the record does not have {shown} of the answer")

    # Following

    def follow(self) -> Course | None:
        """Tell everything that happened; None if the ways have not parted then."""
        playing, exits = 0, 0
        for entry in self.journal.entries:
            self.record.begin(entry)
            if not playing and (course := self._pass_time(entry.at, entry)) is not None:
                return course
            event = adapted(entry, self.call.flow, self.call.session)
            if isinstance(event, KeyPressed):
                self._keys.append(entry.hidden)
            if (course := self._tell(event, entry)) is not None:
                return course
            playing = entry.playing
            exits += sum(1 for each in entry.decisions if each.exit)
            if self.call.session.fetching is not None and len(self.now) < exits:
                raise NotRecordedError(f"the record has no answer to the lookup of {self.call.session.place}")
        if self.journal.ending is None or self.journal.ending.by is None:
            raise NotRecordedError("the journal ends before the call does")
        return self._to_the_end()

    def _pass_time(self, until: int | None, entry: Entry | None) -> Course | None:
        """Let what is heard be heard, where the record was silent."""
        for _ in range(MOST_STEPS):
            end = self._playbacks.next_end()
            if end is None or (until is not None and end > until):
                return None
            if (course := self._tell(PlaybackEnded(end, self._playbacks.queue[0][0]), entry)) is not None:
                return course
        return None

    def _tell(self, event: Event, entry: Entry | None) -> Course | None:
        before = self.call.session
        self.call.tell(event)
        self._playbacks.take(self.call, event.at)
        self._take_keys(before, event)
        for decision in self.record.told[self._counted :]:
            if decision.exit:
                self.now.append(Passed(event.at, (decision.node, decision.exit), entry))
        self._counted = len(self.record.told)
        return self._parted()

    def _take_keys(self, before: Session, event: Event) -> None:
        """See that no key is needed that is not in the record."""
        fates, own = fates_of_keys(self._new, before, event, self.call.effects)
        if own and self._keys:
            self._keys.pop()
        for fate in fates[: len(self._keys)]:
            hidden = self._keys.popleft()
            if hidden is not None and fate == "taken":
                raise NotRecordedError("a key decides that is not in the record")
            if fate == "hidden" and self._hides and (hidden is None or hidden.kind == "dropped"):
                raise NotRecordedError("a key belongs to a hidden value now to which it did not belong")

    def _to_the_end(self) -> Course | None:
        """Let the caller be silent until the call is over, where the recorded call was over."""
        for _ in range(MOST_STEPS):
            session = self.call.session
            if session.phase == "done" or (session.phase == "over" and session.fetching is not None):
                break  # The end of the server may cut off the work after a call.
            if session.fetching is not None:
                raise NotRecordedError(f"the record has no answer to the lookup of {session.place}")
            heard, deadline = self._playbacks.next_end(), session.deadline
            if heard is not None and (deadline is None or heard <= deadline):
                course = self._tell(PlaybackEnded(heard, self._playbacks.queue[0][0]), None)
            elif deadline is not None:
                course = self._tell(DeadlinePassed(deadline), None)
            else:
                break
            if course is not None:
                return course
        return self._end_differs()

    # Comparing

    def _parted(self) -> Course | None:
        """Where the ways part, if they have; both may still be under way."""
        for number, mine in enumerate(self.now):
            if number >= len(self.then):
                return self._course(number, mine.at, mine.entry)
            if mine.place != self.then[number].place:
                return self._course(number, mine.at, mine.entry or self.then[number].entry)
        return None

    def _end_differs(self) -> Course | None:
        ending, session = self.journal.ending, self.call.session
        at = self.call.session.over_at or (ending.at if ending is not None else 0) or 0
        if len(self.now) != len(self.then):
            return self._course(len(self.now), at, self.then[len(self.now)].entry)
        if ending is not None and ending.by != session.ended_by:
            return self._course(len(self.now), at, None)
        return None

    def _course(self, number: int, at: int, entry: Entry | None) -> Course:
        """The ways part at this element of both."""
        then = [*(each.place for each in self.then), self._end_then()]
        now = [*(each.place for each in self.now), self._end_now()]
        if then[number][0] == now[number][0]:
            told = (_exit(then, number), _exit(now, number))
            return Course(self.journal, "parts", at, then[number][0], entry, *told)
        if not number:
            return Course(self.journal, "parts", at, "", entry, then[0][0], now[0][0])
        last = self.now[number - 1]
        there, here = (f"{last.place[1]} → {way[number][0]}" for way in (then, now))
        return Course(self.journal, "parts", last.at, last.place[0], last.entry or entry, there, here)

    def _end_then(self) -> Place:
        """Where and how the recorded call ended."""
        entries, ending = self.journal.entries, self.journal.ending
        return entries[-1].place if entries else "", _end(None if ending is None else ending.by)

    def _end_now(self) -> Place:
        """Where the call is now, and how it ended, if it did."""
        session = self.call.session
        return session.place, _end(session.ended_by)


def _end(by: str | None) -> str:
    match by:
        case None:
            return GOES_ON
        case "caller":
            return HANGS_UP
        case _:
            return ENDS


def _exit(way: list[Place], number: int) -> str:
    """An exit and where it leads, or the end."""
    name = way[number][1]
    return f"{name} → {way[number + 1][0]}" if number + 1 < len(way) else name


def _way(journal: Journal) -> list[Passed]:
    return [
        Passed(entry.at, (each.node, each.exit), entry)
        for entry in journal.entries
        for each in entry.decisions
        if each.exit
    ]


def elsewhere(journal: Journal, new: Flow, old: Flow | None) -> Course:
    """Make a call on another flow.

    Args:
        journal: the call.
        new: the flow to make it on.
        old: the flow that it was on, where that is known: only what is the same in both can be taken from the record.
    """
    follower = _Follower(journal, new, old)
    try:
        return follower.follow() or Course(journal, "same")
    except NotRecordedError as error:
        entry = follower.record.entry
        at = 0 if entry is None else entry.at
        return Course(journal, "unknown", at, follower.call.session.place, entry, why=str(error))


def parting_places(courses: Iterable[Course]) -> dict[tuple[str, str, str, str], int]:
    """How many calls part where, those that most do first: by flow, node, and what followed then and follows now."""
    found: dict[tuple[str, str, str, str], int] = {}
    for each in courses:
        if each.verdict == "parts":
            key = (each.journal.head.flow, each.node, each.then, each.now)
            found[key] = found.get(key, 0) + 1
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
