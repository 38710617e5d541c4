"""What the names that are no variables stand for in a call: `call`, `now`, `is_open`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from ivr.core.expressions import ExpressionError
from ivr.core.flow import Flow
from ivr.core.hours import is_open
from ivr.core.session import Call

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_names(call: Call, reason: str | None) -> Mapping[str, str]:
    """What `call` holds; `reason` only after the end."""
    told = {
        "id": call.id,
        "from": call.caller,
        "to": call.called,
        "direction": call.direction,
        "started_at": _moment(call, 0).isoformat(),
    }
    return told if reason is None else {**told, "reason": reason}


def local_time(flow: Flow, call: Call, at: int) -> datetime:
    """What `now` is, `at` milliseconds into the call: in the zone of the flow's first hours, else UTC."""
    moment = _moment(call, at)
    return moment if flow.zone is None else moment.astimezone(flow.zone)


def _moment(call: Call, at: int) -> datetime:
    return EPOCH + timedelta(milliseconds=call.began + at)


def opened(flow: Flow, name: str, now: datetime) -> bool:
    """What `is_open('office')` is.

    Raises:
        ExpressionError: the flow has no such hours.
    """
    if name not in flow.hours:
        known = ", ".join(sorted(flow.hours)) or "none"
        raise ExpressionError(f"there are no hours “{name}”; there are: {known}")
    return is_open(flow.hours[name], now)
