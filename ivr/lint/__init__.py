"""Mistakes in flows that load, as the checks find them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, date, datetime

from ivr.document.finding import Finding
from ivr.document.load import Loaded
from ivr.lint.allow import sieved
from ivr.lint.check import Check, Explorations, Subject, placed
from ivr.lint.checks import CHECKS, KNOWN, UNSTEADY
from ivr.lint.checks.heard import Heard
from ivr.lint.checks.heard import check as check_heard
from ivr.lint.once import once
from ivr.speech.machine import Machine


def check(
    loaded: Loaded,
    machine: Machine,
    today: date | None = None,
    measured: Iterable[Heard] = (),
    checks: Iterable[Check] = CHECKS,
) -> tuple[Finding, ...]:
    """What the checks find in loaded flows and no comment allows, beside the findings of loading; sorted.

    Args:
        loaded: the flows.
        machine: whose speech engines and models serve the callers.
        today: another day than that of the clock, for dates that are over.
        measured: how phrases fared in `ivr hear`.
        checks: what is looked for.
    """
    return tuple(stream(loaded, machine, today, measured, checks=tuple(checks)))


def stream(
    loaded: Loaded,
    machine: Machine,
    today: date | None = None,
    measured: Iterable[Heard] = (),
    files: Collection[str] | None = None,
    checks: tuple[Check, ...] = CHECKS,
) -> Iterator[Finding]:
    """What `check` finds, file after file, each as soon as it is known; in some files only, where these are given."""
    today = today or datetime.now(UTC).date()
    heard = tuple(check_heard(loaded, measured))
    explorations = Explorations(loaded)
    for flow in sorted(loaded.flows.values(), key=lambda flow: flow.file):
        if files is None or flow.file in files:
            subject = Subject(flow, loaded, machine, explorations, today)
            mistakes = once((each, mistake) for each in checks for mistake in each.find(subject))
            found = [placed(each, mistake, subject) for each, mistake in mistakes]
            found.extend(each for each in heard if each.file == flow.file)
            yield from sorted({*sieved(found, subject.source, KNOWN, UNSTEADY)})
