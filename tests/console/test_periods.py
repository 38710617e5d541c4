"""The days that an address asks for."""

from __future__ import annotations

from datetime import date

import pytest

from ivr.server.console.periods import LONGEST, PeriodError, period

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("asked", "since", "until", "number", "told"),
    [
        ({}, "2026-01-31", "2026-03-01", 30, "the last 30 days"),
        ({"days": "7"}, "2026-02-23", "2026-03-01", 7, "the last 7 days"),
        ({"days": "7", "since": "2020-01-01"}, "2026-02-23", "2026-03-01", 7, "the last 7 days"),
        ({"days": "", "since": "2026-02-28"}, "2026-02-28", "2026-03-01", 2, "2026-02-28 to 2026-03-01"),
        ({"until": "2024-02-29"}, "2024-01-31", "2024-02-29", 30, "2024-01-31 to 2024-02-29"),
        ({"since": "2026-02-28", "until": "2026-02-28"}, "2026-02-28", "2026-02-28", 1, "2026-02-28"),
    ],
)
def test_days_are_counted_with_both_ends(asked: dict[str, str], since: str, until: str, number: int, told: str) -> None:
    found = period(asked, TODAY)
    assert (found.since.isoformat(), found.until.isoformat(), found.number, found.told) == (since, until, number, told)
    assert period(found.fields, TODAY) == found


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"days": "8"}, "expected days to be one of 7, 30, 90, found “8”"),
        ({"since": "yesterday"}, "expected since to be a day such as 2026-02-28, found “yesterday”"),
        ({"until": "2026-02-30"}, "expected until to be a day such as 2026-02-28, found “2026-02-30”"),
        ({"since": "2026-03-02"}, "expected a first day before the last one, found 2026-03-02 and 2026-03-01"),
        ({"since": "1999-01-01"}, f"expected no more than {LONGEST:,} days, found 9,922"),
    ],
)
def test_what_are_no_days_is_said(asked: dict[str, str], told: str) -> None:
    with pytest.raises(PeriodError) as refused:
        period(asked, TODAY)
    assert str(refused.value) == told
