"""One call as the writing thread sees it: what is still to be written, and the rows that it comes down to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row as Found

from ivr.calls.records.record import CallRecord
from ivr.calls.records.trail import Plain, Trail, legs, outcome
from ivr.calls.store.owners import NOBODY
from ivr.calls.store.sealing import Seal
from ivr.core.effects import Effect
from ivr.core.events import Event, LookupAnswered, LookupFailed
from ivr.core.naming import EPOCH
from ivr.core.session import Call, Session
from ivr.core.snapshot import from_plain, to_plain
from ivr.core.values import clean
from ivr.document.recorder import Recorder
from ivr.document.unwritten import Unwritten

Step = tuple[Session, Event, Session, tuple[Effect, ...]]
"""What a step was given, and what it gave."""
Row = dict[str, Any]


@dataclass(slots=True, eq=False)
class Page:
    """What is known of a call, and what of it is not written yet."""

    session: Session = field(repr=False)
    """The newest one."""
    record: str
    """The id of its record: a carrier may use the id of a call twice."""
    flow: str
    fingerprint: str
    day: str = ""
    """The date on which the call began, in the zone of its flow."""
    trail: Trail = field(default_factory=Trail, repr=False)
    fence: int = 1
    recorder: Recorder | None = field(default=None, repr=False)
    """None where no journal is kept, or where it was not gone on with yet."""
    unwritten: Unwritten | None = field(default=None, repr=False)
    """What the recorder of another process left."""
    lines: list[str] = field(default_factory=list, repr=False)
    """Lines of the journal that are to be written together."""
    number: int = 0
    """Under which number they will be."""
    steps: int = 0
    """How many steps these lines are about."""
    at: int = 0
    interruptions: int = 0
    ended: int | None = None
    told: int = 0
    """How much of what the call has told is in here."""
    stored: bool = False
    """Whether there is a row of its session."""
    recorded: bool = False
    """Whether its record is as it should be."""
    emptied: bool = False
    """The database lost the beginning of its journal, which makes the rest worth nothing."""
    done: bool = False
    freed: bool = False
    dirty: bool = False
    """Whether something of it is to be written."""
    answers: list[LookupAnswered | LookupFailed] = field(default_factory=list, repr=False)
    key: str = field(init=False)
    """The call's id as a database can hold it."""

    def __post_init__(self) -> None:
        self.key = storable(self.call.id)

    @property
    def call(self) -> Call:
        """The call itself."""
        return self.session.call

    def may_write(self, record: str, fence: int, began: int) -> bool:
        """Whether nobody else has the call of which there is a row with these values."""
        if record == self.record:
            return fence == self.fence
        # An earlier call of the same id that was never ended is none any more.
        return not self.stored and began < self.call.began

    def note(self, step: Step | None, ended: Session | None) -> None:
        """Take note of a step, and of an end: on the trail, and in lines of the journal."""
        if step is not None:
            self.trail.step(*step)
        if self.recorder is None:
            return
        if step is not None:
            self.lines += self.recorder.step(*step)
        if ended is not None:
            self.lines += self.recorder.end(ended)

    # Rows

    def session_row(self, owner: str, seal: Seal) -> Row:
        """The row of the session."""
        return {
            "call": self.key,
            "record": self.record,
            "fence": self.fence,
            "owner": NOBODY.id if self.freed else owner,
            "began": self.call.began,
            "flow": self.flow,
            "fingerprint": self.fingerprint,
            "document": seal.sealed(self._document(), self.key),
        }

    def _document(self) -> str:
        unwritten = self.unwritten if self.recorder is None else self.recorder.unwritten
        rest = {
            "at": self.at,
            "journal": None if unwritten is None else unwritten.to_plain(),
            "number": self.number + bool(self.lines),
            "interruptions": self.interruptions,
            "ended": self.ended,
            "day": self.day,
            "place": self.session.place,
            "trail": self.trail.to_plain(),
        }
        return _json({"session": to_plain(self.session), "rest": rest})

    def record_row(self) -> Row:
        """The row of the record."""
        session = self.session
        over = self.ended is not None
        return {
            "record": self.record,
            "call": self.key,
            "token": self.call.token,
            "fence": self.fence,
            "flow": self.flow,
            "fingerprint": self.fingerprint,
            "caller": storable(self.call.caller),
            "called": storable(self.call.called),
            "direction": self.call.direction,
            "began": self.call.began,
            "ended": self.ended,
            "reason": session.reason and storable(session.reason),
            "ended_by": session.ended_by,
            "goals": json.dumps(session.goals),
            "milliseconds": session.over_at,
            "interruptions": self.interruptions,
            "day": self.day,
            "outcome": outcome(session.reason, session.ended_by, session.goals) if over else None,
            "path": _json(self.trail.to_plain() if over else []),
            "counted": 0,
            "journal": 1,
        }

    def journal_row(self) -> Row:
        """The row of the lines that wait."""
        return {"record": self.record, "number": self.number, "text": storable("".join(self.lines))}

    def answer_rows(self, seal: Seal) -> list[Row]:
        """The rows of the answers that wait."""
        return [
            {"record": self.record, "lookup": each.lookup, "document": seal.sealed(_answer_text(each), self.key)}
            for each in self.answers
        ]


def opened(row: Mapping[str, Any], seal: Seal) -> Page:
    """A page as another process left it.

    Raises:
        SealError: it was sealed with another key.
        SnapshotError: its session is of another version.
        ValueError, TypeError, KeyError: it is something else.
    """
    data = json.loads(seal.opened(row["document"], row["call"]))
    rest = data["rest"]
    session = from_plain(data["session"])
    told = rest["journal"]
    return Page(
        session,
        row["record"],
        row["flow"],
        row["fingerprint"],
        rest.get("day", ""),  # Another version may have written it.
        Trail.from_plain(rest.get("trail", ())),
        row["fence"],
        unwritten=None if told is None else Unwritten(**{name: tuple(each) for name, each in told.items()}),
        number=rest["number"],
        at=rest["at"],
        interruptions=rest["interruptions"],
        ended=rest["ended"],
        stored=True,
        recorded=True,
    )


def record_of(row: Found[Any]) -> CallRecord:
    """A record as `record_row` made it; one of an older version has less in it."""
    return CallRecord(
        row.record,
        row.call,
        row.token,
        row.flow,
        row.fingerprint,
        row.caller,
        row.called,
        row.direction,
        row.began,
        row.day or (EPOCH + timedelta(milliseconds=row.began)).date().isoformat(),
        row.ended,
        row.reason,
        row.ended_by,
        row.outcome,
        tuple((name, at) for name, at in json.loads(row.goals)),
        row.milliseconds,
        row.interruptions,
        legs(json.loads(row.path)),
    )


def _json(data: Row | list[Plain]) -> str:
    """Plain data as JSON."""
    try:
        return msgspec.json.encode(data).decode()
    except UnicodeEncodeError:
        return json.dumps(data)  # Half of a surrogate pair can only be told by its escape.


def _answer_text(event: LookupAnswered | LookupFailed) -> str:
    match event:
        case LookupAnswered():
            fields: Row = {"status": event.status, "headers": dict(event.headers), "body": event.body}
        case LookupFailed():
            fields = {"fault": event.fault, "message": event.message}
    return json.dumps({"at": event.at, "lookup": event.lookup, **fields})


def read_answer(text: str) -> LookupAnswered | LookupFailed:
    """An answer as it was put there; its `at` is that of the process that had lost the call."""
    fields = json.loads(text)
    return LookupFailed(**fields) if "fault" in fields else LookupAnswered(**fields)


def storable(text: str) -> str:
    """A text as a database can hold it: no half of a surrogate pair, and no zero."""
    return str(clean(text)).replace("\0", "\N{REPLACEMENT CHARACTER}")
