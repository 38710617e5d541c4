"""What is searched for among calls, as the address of the page says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from ivr.calls.records.record import CallRecord
from ivr.calls.store.page import storable
from ivr.calls.store.records import Wanted
from ivr.server.console.words import OUTCOMES

FIELDS = ("number", "flow", "goal", "outcome", "since", "until")
"""The fields of the form, in their order."""
GOING = "going"
"""Among outcomes: the call goes on."""
MOST_PAGES_BACK = 30
"""So many pages lie behind a page at most; then the newest one follows."""
_LONGEST = 200
"""Characters of a field that are looked at."""

Place = tuple[int, str]
"""`began` and `record` of the last call of a page."""


class SearchError(ValueError):
    """A field that can't be understood; the message says which, and what was expected."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search, and the place in what it finds."""

    fields: Mapping[str, str]
    """What the form says; only what it says anything of."""
    wanted: Wanted
    behind: tuple[Place, ...] = ()
    """The ends of the pages before this one, as far as they are remembered."""

    @property
    def before(self) -> Place | None:
        """Behind which call this page begins; None for the newest ones."""
        return self.behind[-1] if self.behind else None

    @property
    def query(self) -> str:
        """The search alone, for addresses."""
        return urlencode(self.fields)

    def older(self, last: CallRecord) -> str:
        """The query of the page behind this one, of which this is the last call."""
        return self._query((*self.behind, (last.began, last.record))[-MOST_PAGES_BACK:])

    @property
    def newer(self) -> str:
        """The query of the page before this one."""
        return self._query(self.behind[:-1])

    def _query(self, behind: tuple[Place, ...]) -> str:
        places = [("before", f"{began}-{record}") for began, record in behind]
        return urlencode([*self.fields.items(), *places])


def search(asked: Mapping[str, str], before: list[str]) -> Search:
    """The search of a query.

    Raises:
        SearchError: a field can't be understood.
    """
    told = {name: storable(asked.get(name, "").strip()[:_LONGEST]) for name in FIELDS}
    fields = {name: value for name, value in told.items() if value}
    outcome = fields.get("outcome")
    if outcome not in (None, GOING, *OUTCOMES):
        raise SearchError(f"there is no outcome “{outcome}”; there are: {', '.join(OUTCOMES)}, {GOING}")
    wanted = Wanted(
        since=_moment(fields, "since", timedelta(0)),
        until=_moment(fields, "until", timedelta(days=1)),
        number=fields.get("number"),
        flow=fields.get("flow"),
        goal=fields.get("goal"),
        outcome=None if outcome == GOING else outcome,
        going=True if outcome == GOING else None,
    )
    return Search(fields, wanted, tuple(_places(before)))


def _moment(fields: Mapping[str, str], name: str, of_day: timedelta) -> int | None:
    """A time in milliseconds since 1970; a day alone counts from its beginning, or `of_day` later.

    Raises:
        SearchError: it is none.
    """
    text = fields.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        moment = found if found.tzinfo else found.replace(tzinfo=UTC)
        return round((moment + (of_day if len(text) == len("2026-01-31") else timedelta(0))).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise SearchError(f"{name}: a time such as 2026-01-31T09:30 (UTC) is expected, not “{text}”") from None


def _places(before: list[str]) -> Iterator[Place]:
    for each in before[-MOST_PAGES_BACK:]:
        began, _, record = each.partition("-")
        if began.isascii() and began.isdecimal() and len(began) <= len(str(2**53)):
            yield int(began), storable(record)
