"""Mistakes in flows that load: one check a file, and the one visible tuple of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ivr.document.finding import Finding
from ivr.document.load import Loaded
from ivr.lint import missing_engine, unknown_word
from ivr.lint.machine import Machine

Check = Callable[[Loaded, Machine], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (missing_engine.check, unknown_word.check)


def check(loaded: Loaded, machine: Machine) -> tuple[Finding, ...]:
    """What the checks find in loaded flows, for callers of a machine, beside the findings of loading; sorted."""
    return tuple(sorted({finding for each in CHECKS for finding in each(loaded, machine)}))
