"""Opening hours that are never open."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.written_hours import written


def _find(subject: Subject) -> Iterator[Mistake]:
    for each in written(subject):
        special = [entry.date for entry in each.entries if entry.date is not None]
        if any(each.hours.week) or any(day >= subject.today for day in special):
            continue
        name = each.hours.name
        why = "its special dates are over" if special else "it names no day"
        asked = any(name in use.expression.hours for use in subject.reading.uses)
        then = f", so is_open('{name}') never holds" if asked else ""
        message = f"{quoted(name)} is never open{then}: {why}; expected days such as mon-fri: “09:00-18:00”"
        yield Mistake((*each.path, "open"), message, at_key=True)


NEVER_OPEN = Check("never-open", "warning", _find)
