"""Recorded events as a call that is made again can be told them: what is hidden has a stand-in, numbers are its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ivr.core.confirming import ACCEPT, REFUSE
from ivr.core.events import (
    KEYS,
    Event,
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    PhraseHeard,
    PlaybackEnded,
    PlaybackFailed,
    RecordingEnded,
    SpeechEnded,
)
from ivr.core.flow import Flow
from ivr.core.session import Session
from ivr.core.spoken import digit_words, normal, spoken_digits
from ivr.document.journal import Entry, Hidden
from ivr.document.recorder import goes_on, node_at, typeable
from ivr.nodes.collect import Collect
from ivr.nodes.record import Record as RecordNode
from ivr.replay.record import NotRecordedError

NOTHING_OFFERED = "xyzzy"
"""Words that no flow offers."""
NOBODY = 0
"""The number of no playback and no lookup."""


def adapted(entry: Entry, flow: Flow, session: Session) -> Event:
    """The event of a recorded step, as it is told to a session.

    Raises:
        NotRecordedError: it takes something that the record does not have.
    """
    event = entry.event
    match event:
        case KeyPressed() if entry.hidden is not None:
            return replace(event, key=_key(entry.hidden, flow, session))
        case PhraseHeard() | SpeechEnded() if entry.hidden is not None:
            return replace(event, text=_words(entry.hidden, flow, session))
        case PlaybackEnded() | PlaybackFailed():
            place = len(session.playing) - 1 - (len(session.playing) if entry.left is None else entry.left)
            return replace(event, playback=session.playing[place] if place >= 0 else NOBODY)
        case LookupAnswered() | LookupFailed():
            awaited = session.fetching if entry.decisions else None
            return replace(event, lookup=NOBODY if awaited is None else awaited)
        case RecordingEnded():
            return replace(event, recording=(session.recording if entry.decisions else None) or "")
        case _:
            return event


def _key(hidden: Hidden, flow: Flow, session: Session) -> str:
    """A key in place of one that is hidden, which ends nothing on its way."""
    here, node = node_at(flow, session.place), node_at(flow, hidden.node)
    avoided = {*(session.swallow.keys if session.swallow is not None else "")}
    avoided.update(here.finish if isinstance(here, RecordNode) else "")
    answers = {ACCEPT, REFUSE}
    if hidden.kind == "digit" and isinstance(node, Collect):
        digits = typeable(node)
        return _first([key for key in digits if key not in avoided | answers], digits, KEYS)
    if isinstance(node, Collect):
        digits = "" if node.digits is None else node.digits.keys + node.digits.finish + node.digits.erase
        inner = flow.flow(session.here.flow)
        avoided.update(digits, *(each.press or "" for each in inner.universals))
    others = tuple(reversed(KEYS))
    return _first([key for key in others if key not in avoided | answers], others)


def _first(*choices: Iterable[str]) -> str:
    return next(key for keys in choices for key in keys)


def _words(hidden: Hidden, flow: Flow, session: Session) -> str:
    """Words in place of some that are hidden."""
    node, language = node_at(flow, session.place), session.language
    if not isinstance(node, Collect):
        if session.listening is None:
            return ""
        raise NotRecordedError("what the caller said there is not in the record")
    match hidden.kind:
        case "digits" | "foreign_digits":
            fitting = typeable(node)
            fits = hidden.kind == "digits"
            words = [each for each in digit_words(language) if (spoken_digits(each, language) or "no") in fitting]
            foreign = [each for each in digit_words(language) if each not in words]
            return " ".join([_first(words if fits else foreign, [NOTHING_OFFERED])] * hidden.count)
        case "phrase" | "longer_phrase":
            own = node.phrases.pick(language, flow.flow(session.here.flow).language)[0] or ()
            longer = hidden.kind == "longer_phrase"
            return _first([each for each in own if goes_on(session, normal(each)) is longer], own, [NOTHING_OFFERED])
        case _:
            return NOTHING_OFFERED
