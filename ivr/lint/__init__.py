"""Mistakes in flows that load: one check a file, and the one visible tuple of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from ivr.document.finding import Finding
from ivr.document.load import Loaded
from ivr.lint.allow import sieved
from ivr.lint.check import Check, Subject, findings
from ivr.lint.heard import CONFUSED, UNHEARD, Heard
from ivr.lint.heard import check as check_heard
from ivr.lint.missing_engine import MISSING_ENGINE
from ivr.lint.unknown_word import SPEECH_MODEL, UNKNOWN_WORD
from ivr.speech.machine import Machine

CHECKS: tuple[Check, ...] = (
    MISSING_ENGINE,
    UNKNOWN_WORD,
    SPEECH_MODEL,
)

UNSTEADY = (MISSING_ENGINE.id, UNKNOWN_WORD.id, SPEECH_MODEL.id, CONFUSED, UNHEARD)
"""Checks whose findings depend on the machine or on what was measured, and not on the files alone."""


def check(
    loaded: Loaded, machine: Machine, today: date | None = None, measured: Iterable[Heard] = ()
) -> tuple[Finding, ...]:
    """What the checks find in loaded flows and no comment allows, beside the findings of loading; sorted.

    Args:
        loaded: the flows.
        machine: whose speech engines and models serve the callers.
        today: another day than that of the clock, for dates that are over.
        measured: how phrases fared in `ivr hear`.
    """
    today = today or datetime.now(UTC).date()
    subjects = [Subject(flow, loaded, machine, today) for flow in loaded.flows.values()]
    found = [found for subject in subjects for each in CHECKS for found in findings(each, subject)]
    known = {each.id for each in CHECKS} | {CONFUSED, UNHEARD}
    sources = [subject.source for subject in subjects]
    return tuple(sorted({*sieved([*found, *check_heard(loaded, measured)], sources, known, UNSTEADY)}))
