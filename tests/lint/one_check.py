"""What one check finds in a flow that is given as text."""

from __future__ import annotations

from pathlib import Path

from ivr.document.load import load_sources
from ivr.document.source import read
from ivr.lint.check import Check, Explorations, Subject, findings
from ivr.speech.machine import Machine


def found_by(check: Check, tmp_path: Path, /, **flows: str) -> list[tuple[str, str, str]]:
    """The line without blanks around it, severity and message of what the check finds in the flow `main`."""
    loaded = load_sources({f"{name}.yaml": read(text, f"{name}.yaml") for name, text in flows.items()}, 2026)
    assert loaded.findings == ()
    subject = Subject(loaded.flows["main"], loaded, Machine.this(None, tmp_path, {}), Explorations(loaded))
    lines = loaded.lines["main.yaml"]
    return [(lines[each.line - 1].strip(), each.severity, each.message) for each in sorted(findings(check, subject))]
