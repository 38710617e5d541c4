"""Mistakes in flows that load: one check a file, and the one visible tuple of them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from ivr.document.finding import Finding
from ivr.document.load import Loaded
from ivr.lint.check import Check, Subject, findings
from ivr.lint.missing_engine import MISSING_ENGINE
from ivr.lint.unknown_word import SPEECH_MODEL, UNKNOWN_WORD
from ivr.speech.machine import Machine

CHECKS: tuple[Check, ...] = (
    MISSING_ENGINE,
    UNKNOWN_WORD,
    SPEECH_MODEL,
)


def check(loaded: Loaded, machine: Machine, today: date | None = None) -> tuple[Finding, ...]:
    """What the checks find in loaded flows, for callers of a machine, beside the findings of loading; sorted.

    `today` is another day than that of the clock, for dates that are over.
    """
    today = today or datetime.now(UTC).date()
    subjects = [Subject(flow, loaded, machine, today) for flow in loaded.flows.values()]
    return tuple(sorted({found for subject in subjects for each in CHECKS for found in findings(each, subject)}))
