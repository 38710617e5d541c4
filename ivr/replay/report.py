"""Calls that were made again, told to people and to programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, assert_never

from ivr.core.events import (
    Answered,
    DeadlinePassed,
    Deafened,
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
from ivr.document.finding import printable
from ivr.document.journal import Entry, Journal, Kind
from ivr.replay.again import Moment, Replayed, side_by_side
from ivr.replay.elsewhere import Course, parting_places

HIDDEN: dict[Kind, str] = {
    "digit": "presses a key that is not in the record",
    "other": "presses a key that is not in the record",
    "dropped": "presses a key that means nothing",
    "digits": "says digits that are not in the record",
    "foreign_digits": "says digits that are not in the record",
    "phrase": "says a phrase that is not in the record",
    "longer_phrase": "says a phrase that is not in the record",
    "words": "says words that are not in the record",
    "nothing": "says something that was not asked for",
}
SHOWN_EARLIER = 3
"""Lines of a call that are shown before the place at which it parts."""


def moment(at: int) -> str:
    """A time in a call, in seconds."""
    return f"{at / 1000:.3f} s"


def happened(entry: Entry | None) -> tuple[str, str]:
    """Who did what in a step; nothing where there is nothing to tell."""
    if entry is None:
        return "", ""
    event = entry.event
    if entry.hidden is not None:
        return "caller", HIDDEN[entry.hidden.kind]
    match event:
        case KeyPressed(key=key):
            return "caller", f"presses {key}"
        case PhraseHeard(text=text) | SpeechEnded(text=text):
            return ("caller", f"says “{text}”") if text else ("caller", "falls silent")
        case SpeechBegan():
            return "caller", "begins to speak"
        case HungUp(by="caller"):
            return "caller", "hangs up"
        case HungUp():
            return "world", "an operator hangs up"
        case DeadlinePassed():
            return "world", "the time is up"
        case Answered():
            return "world", "the call is answered"
        case PlaybackEnded():
            return "world", "the prompt was heard"
        case PlaybackFailed(message=message):
            return "world", f"a prompt can't be heard: {message}"
        case Deafened(why=why):
            return "world", f"nobody listens: {why}"
        case LookupAnswered(status=status):
            return "world", f"the server answers {status}"
        case LookupFailed(message=message):
            return "world", f"the lookup fails: {message}"
        case RecordingEnded():
            return "world", "the recorder stops"
        case Transferred(fault=fault):
            return "world", "the call is handed over" if fault is None else f"the call can't be handed over: {fault}"
        case Reconnected():
            return "world", "the stream comes back"
        case _:
            assert_never(event)


def heading(journal: Journal) -> str:
    """A line about a call."""
    call = journal.head.call
    began = f"{datetime.fromtimestamp(call.began / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    told = f"call {call.id} on “{journal.head.flow}”, {began}, {call.caller} to {call.called}"
    return printable(told if journal.file == call.id else f"{journal.file}: {told}")


# A call again


def dialogue(replayed: Replayed) -> Iterator[str]:
    """A call that was made again, line by line."""
    yield heading(replayed.journal)
    for each in replayed.moments:
        yield from map(printable, _lines(each))
    ending = replayed.journal.ending
    if (found := replayed.difference) is not None:
        yield f"{replayed.journal.file}:{found.line}: at {moment(found.at)} the decisions differ"
        for then, now in side_by_side(found):
            mark = " " if then == now else "!"
            yield printable(f"  {mark} then: {then or '(nothing)'}")
            yield printable(f"  {mark}  now: {now or '(nothing)'}")
        return
    if ending is None:
        yield "the journal is cut off here; what came after is not known"
    else:
        yield _line(ending.at or 0, "world", f"the call ends: {ending.reason}, by {ending.by}")
    yield _verdict(replayed)


def _verdict(replayed: Replayed) -> str:
    told = f"all {replayed.decisions} decisions are the same"
    if not replayed.taken:
        return told
    return f"{told}; {replayed.taken} of what they hang on is not in the record, and was taken as it was decided then"


def _lines(made: Moment) -> Iterator[str]:
    entry = made.entry
    who, what = happened(entry)
    if who == "caller" or not isinstance(entry.event, PlaybackEnded | Answered | DeadlinePassed):
        yield _line(entry.at, who, what)
    for decision in made.decisions:
        if decision.why:
            yield _line(entry.at, "engine", f"{decision.node}: {decision.why}")
    for taken in made.taken:
        yield _line(entry.at, "record", taken)
    for said in entry.said:
        yield _line(entry.at, "ivr", said)


def _line(at: int, who: str, text: str) -> str:
    return f"{at / 1000:9.3f}  {who:<6}  {text}"


def as_json(replayed: Sequence[Replayed]) -> str:
    """Calls that were made again, for programs."""
    return json.dumps({"calls": [_replayed(each) for each in replayed]}, ensure_ascii=False, indent=2)


def _call(journal: Journal) -> dict[str, Any]:
    return {"file": journal.file, "call": journal.head.call.id, "flow": journal.head.flow}


def _replayed(replayed: Replayed) -> dict[str, Any]:
    found: dict[str, Any] = {
        **_call(replayed.journal),
        "same": replayed.difference is None,
        "whole": replayed.journal.ending is not None,
        "decisions": replayed.decisions,
        "taken": [
            {"at": each.entry.at, "line": each.entry.line, "what": what}
            for each in replayed.moments
            for what in each.taken
        ],
    }
    if (difference := replayed.difference) is not None:
        told = {"at": difference.at, "line": difference.line, "then": difference.then, "now": difference.now}
        found["difference"] = told
    return found


# A call on another flow


def courses(found: Sequence[Course]) -> Iterator[str]:
    """Calls on another flow: what becomes of each that does not go the same way, and how many do."""
    for each in found:
        if each.verdict != "same":
            yield heading(each.journal)
            yield from map(printable, _course(each))
    several = len({each.journal.head.flow for each in found}) > 1
    for (flow, node, then, now), number in parting_places(found).items():
        where = f"at {node or 'the start'}" + (f" of “{flow}”" if several else "")
        yield printable(f"{number} of {len(found)} {'parts' if number == 1 else 'part'} {where}: {then}, now {now}")
    same, unknown = (sum(each.verdict == verdict for each in found) for verdict in ("same", "unknown"))
    yield f"{same} of {len(found)} {'goes' if same == 1 else 'go'} the same way" + (
        f", {unknown} can't be followed to the end" if unknown else ""
    )


def _course(course: Course) -> Iterator[str]:
    yield from _just_before(course)
    if course.verdict == "unknown":
        yield f"  at {moment(course.at)}, {course.node}: it can't be followed further: {course.why}"
        return
    where = course.node or "the start"
    yield f"  at {moment(course.at)} it parts at {where}"
    yield f"    then: {course.then}"
    yield f"    now:  {course.now}"


def _just_before(course: Course) -> Iterator[str]:
    """What was said and done before the place at which a call parts."""
    if course.entry is None:
        return
    lines = [
        line
        for each in course.journal.entries
        if each.line <= course.entry.line
        for line in _lines(Moment(each, each.decisions if each.line < course.entry.line else (), ()))
    ]
    yield from lines[-SHOWN_EARLIER:]


def courses_as_json(found: Sequence[Course]) -> str:
    """Calls on another flow, for programs."""
    calls = []
    for each in found:
        told: dict[str, Any] = {**_call(each.journal), "verdict": each.verdict}
        if each.verdict == "parts":
            told.update(at=each.at, node=each.node, happened=happened(each.entry)[1], then=each.then, now=each.now)
        if each.verdict == "unknown":
            told.update(at=each.at, node=each.node, why=each.why)
        calls.append(told)
    places = [
        {"flow": flow, "node": node, "then": then, "now": now, "calls": number}
        for (flow, node, then, now), number in parting_places(found).items()
    ]
    return json.dumps({"calls": calls, "parting": places}, ensure_ascii=False, indent=2)
