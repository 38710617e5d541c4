"""What `/health/ready` tells: whether new calls should come here, and what an operator wants to know of the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from ivr.document.finding import Finding
from ivr.server.line import Line
from ivr.server.standing import Standing


def readiness(line: Line, standing: Standing) -> Mapping[str, Any]:
    """Whether it is ready, why it is not, and how it stands."""
    reasons = tuple(_reasons(line, standing))
    ears, store = line.services.ears, line.services.store
    return {
        "ready": not reasons,
        "reasons": reasons,
        "flows": sorted(line.flows),
        "broken": sorted({finding.file for finding in line.findings if finding.severity == "error"}),
        "refused": [_told(finding) for finding in standing.refused],
        "calls": line.seats.total - line.seats.promised,
        "workers": asdict(line.seats.workers),
        "failing": line.seats.failing,
        "store": None if store is None else asdict(store.health),
        "listening": {} if ears is None else {language: asdict(load) for language, load in ears.loads.items()},
    }


def _reasons(line: Line, standing: Standing) -> Iterator[str]:
    """Why new calls should go elsewhere."""
    if not line.flows:
        yield "there is no flow without errors"
    if standing.ending:
        yield "the server is about to end"
    if line.seats.failing:
        yield "workers die again and again; the log says how"


def _told(finding: Finding) -> Mapping[str, Any]:
    return {"file": finding.file, "line": finding.line, "message": finding.message}
