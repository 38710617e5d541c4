"""Opening hours, the numbers that lead to a flow, and what those who serve it have to set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from ivr.core.expressions import Expression
from ivr.core.hours import MINUTES_AN_HOUR, WEEKDAYS, Hours, Range
from ivr.lint.diff.difference import Difference
from ivr.lint.diff.side import Side

MANY = 6
"""Dates that are told one by one; of more only how many there are."""


def differences(old: Side, new: Side) -> Iterator[Difference]:
    """Hours that are kept otherwise, and names of `env` and `secret` that are new."""
    flow = new.flow.id
    for name, hours in new.flow.hours.items():
        if name not in old.flow.hours:
            yield Difference(flow, "hours", name, "these hours are new")
        else:
            for message in _hours(old.flow.hours[name], hours):
                yield Difference(flow, "hours", name, message)
    for name in old.flow.hours:
        if name not in new.flow.hours:
            yield Difference(flow, "hours", name, "these hours are gone")
    before, after = [*_expressions(old)], [*_expressions(new)]
    for name in sorted({name for each in after for name in each.env} - {name for each in before for name in each.env}):
        yield Difference(flow, "env", f"env.{name}", f"is needed now: ivr serve … --allow-env {name}", new=name)
    secrets = {name for each in after for name in each.secrets} - {name for each in before for name in each.secrets}
    for name in sorted(secrets):
        message = f"is needed now: in the file of --secrets, else as IVR_SECRET_{name}"
        yield Difference(flow, "secret", f"secret.{name}", message, new=name)


def _expressions(side: Side) -> Iterator[Expression]:
    return (use.expression for use in side.reading.uses)


def _hours(old: Hours, new: Hours) -> Iterator[str]:
    if old.zone.key != new.zone.key:
        yield f"the time zone is {new.zone.key} instead of {old.zone.key}"
    for (before, after), group in groupby(range(len(WEEKDAYS)), key=lambda day: (old.week[day], new.week[day])):
        days = [WEEKDAYS[day] for day in group]
        if before != after:
            span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
            yield f"{span}: {_ranges(after)} instead of {_ranges(before)}"
    dates = [date for date in sorted({*old.dates, *new.dates}) if _on(old, date) != _on(new, date)]
    if len(dates) > MANY:
        yield f"{len(dates)} dates from {dates[0]} to {dates[-1]} differ, such as {_date(old, new, dates[0])}"
    else:
        yield from (_date(old, new, date) for date in dates)


def _on(hours: Hours, date: str) -> tuple[Range, ...] | None:
    """What a date is kept to; None if to its weekday."""
    return hours.dates.get(date)


def _date(old: Hours, new: Hours, date: str) -> str:
    after, before = _of_date(new, date), _of_date(old, date)
    return f"{date} is {after} instead of {before}"


def _of_date(hours: Hours, date: str) -> str:
    ranges = _on(hours, date)
    if ranges is None:
        return "as its weekday"
    return f"{_ranges(ranges)} ({hours.why[date]})" if date in hours.why else _ranges(ranges)


def _ranges(ranges: tuple[Range, ...]) -> str:
    if not ranges:
        return "closed"
    return " and ".join(
        "-".join(f"{m // MINUTES_AN_HOUR:02}:{m % MINUTES_AN_HOUR:02}" for m in each) for each in ranges
    )


def numbers(old: Mapping[str, Side], new: Mapping[str, Side]) -> Iterator[Difference]:
    """Numbers that another flow answers, and the flow for all others."""
    before = {number: id for id, side in old.items() for number in side.flow.numbers}
    after = {number: id for id, side in new.items() for number in side.flow.numbers}
    for number in sorted({*before, *after}):
        was, is_ = before.get(number), after.get(number)
        if was == is_:
            continue
        if is_ is None:
            message = "no flow names this number any more"
        elif was is None:
            message = "this number leads here; no flow named it"
        else:
            message = f"this number leads here instead of to “{was}”"
        yield Difference(is_ or was or "", "number", number, message, old=was or "", new=is_ or "")
    was, is_ = (next((id for id, side in sides.items() if side.flow.default), None) for sides in (old, new))
    if was != is_:
        flow = is_ or was or ""
        message = "calls to any other number lead here" if is_ else "calls to any other number lead nowhere"
        instead = f" instead of to “{was}”" if was and is_ else ""
        yield Difference(flow, "default", "default", message + instead, old=was or "", new=is_ or "")
