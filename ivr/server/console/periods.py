"""The days that figures are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from ivr.core.flow import Flow
from ivr.document.finding import quoted

LENGTHS = (7, 30, 90)
"""Days until today that a page offers."""
USUAL = 30
LONGEST = 3 * 366
"""Figures of more days are not kept, unless somebody says so, and no picture of them can be read."""


class PeriodError(ValueError):
    """What was asked for are no days; the message says what is expected."""


@dataclass(frozen=True, slots=True)
class Period:
    """Some days, both ends included."""

    since: date
    until: date
    days: int | None
    """How many until today, if it is one of those that are offered."""

    @property
    def number(self) -> int:
        """How many days these are."""
        return (self.until - self.since).days + 1

    @property
    def query(self) -> str:
        """How an address asks for it."""
        return urlencode(self.fields)

    @property
    def fields(self) -> Mapping[str, str]:
        """The same by field."""
        if self.days is not None:
            return {"days": str(self.days)}
        return {"since": self.since.isoformat(), "until": self.until.isoformat()}

    @property
    def told(self) -> str:
        """In words."""
        if self.days is not None:
            return f"the last {self.days} days"
        one, other = self.since.isoformat(), self.until.isoformat()
        return one if one == other else f"{one} to {other}"


def period(asked: Mapping[str, str], today: date) -> Period:
    """The days that an address asks for: `days` until today, else from `since` to `until` (ISO 8601), else the last 30.

    Raises:
        PeriodError: they are none.
    """
    days, since, until = (asked.get(name, "") for name in ("days", "since", "until"))
    if not days and (since or until):
        last = _day(until, "until") if until else today
        first = _day(since, "since") if since else last - timedelta(days=USUAL - 1)
        if first > last:
            raise PeriodError(f"expected a first day before the last one, found {first} and {last}")
        if (last - first).days >= LONGEST:
            raise PeriodError(f"expected no more than {LONGEST:,} days, found {(last - first).days + 1:,}")
        return Period(first, last, None)
    days = days or str(USUAL)
    if days not in map(str, LENGTHS):
        raise PeriodError(f"expected days to be one of {', '.join(map(str, LENGTHS))}, found {quoted(days)}")
    return Period(today - timedelta(days=int(days) - 1), today, int(days))


def today(flows: Iterable[Flow]) -> date:
    """The day that it is in the zones of the flows, the latest one where they differ."""
    now = datetime.now(UTC)
    return max((now.astimezone(flow.zone or UTC).date() for flow in flows), default=now.date())


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise PeriodError(f"expected {name} to be a day such as 2026-02-28, found {quoted(text)}") from None
