"""What the log says of a call."""

from __future__ import annotations

import logging

from ivr.calls.meters import METERS
from ivr.calls.records.trail import outcome
from ivr.carriers.lenient import redact
from ivr.core.effects import Effect, Explain
from ivr.core.events import Event
from ivr.core.flow import Flow
from ivr.core.session import Session
from ivr.logs import log

logger = logging.getLogger(__name__)

_first_key_seen = False


def log_step(before: Session, event: Event, after: Session, effects: tuple[Effect, ...]) -> None:
    """Log what happened, where that led, and why."""
    log(
        logger,
        logging.INFO,
        "step",
        call=before.call.id,
        node=before.place,
        happened=type(event).__name__,
        now_at=after.place,
        effects=[type(effect).__name__ for effect in effects if not isinstance(effect, Explain)],
        why=[effect.why for effect in effects if isinstance(effect, Explain) and effect.why],
    )


def log_end(flow: Flow, session: Session) -> None:
    """Log how a call ended, and count it."""
    METERS.ended[flow.id, outcome(session.reason, session.ended_by, session.goals), session.reason or ""] += 1
    log(
        logger,
        logging.INFO,
        "call ended",
        call=session.call.id,
        flow=flow.id,
        reason=session.reason,
        by=session.ended_by,
        goals=[name for name, _ in session.goals],
        seconds=round((session.over_at or 0) / 1000, 1),
    )


def log_first_key(message: str | bytes) -> None:
    """Log the shape of the first key message of the process, digits masked: the carrier does not document it."""
    global _first_key_seen
    if not _first_key_seen:
        _first_key_seen = True
        text = message if isinstance(message, str) else message.decode(errors="replace")
        log(logger, logging.INFO, "first key message", message=redact(text))
