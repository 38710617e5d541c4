"""Branches on opening hours that are the wrong way round: open callers hear that all is closed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.core.spoken import normal
from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject
from ivr.nodes.branch import Branch

ASKED = re.compile(r"\s*(?P<not>not\s*)?\(?\s*is_open\(\s*['\"](?P<hours>\w+)['\"]\s*\)\s*\)?\s*")
CLOSED = re.compile(
    r"(?<!not )\b(?:closed|after hours|afterhours|out of hours|geschlossen|fermee?|fermée?|cerrado|बंद)\b"
)
"""What nodes for callers outside the opening hours are called."""
OPENING = re.compile(
    r"(?:.*_)?(?:office|opening|open|business|working|reception|shop|store|sales|support|service|desk|agents?|team|"
    r"clinic|practice|main|buero|büro|praxis|laden|geschaeft|geschäft|zentrale|oeffnungszeiten|öffnungszeiten|bureau|"
    r"cabinet|magasin|accueil|ouverture|oficina|tienda|horario|recepcion|atencion)(?:_?(?:hours|times|zeiten|time))?"
)
"""Names of hours in which somebody is there; holidays and nights are others."""


def _find(subject: Subject) -> Iterator[Mistake]:
    for id, node in subject.flow.nodes.items():
        if not isinstance(node, Branch) or len(node.cases) != 1:
            continue
        case = node.cases[0]
        asked = ASKED.fullmatch(case.when.source)
        if asked is None or not OPENING.fullmatch(asked["hours"].lower()):
            continue
        open_, closed = (node.otherwise, case.next) if asked["not"] else (case.next, node.otherwise)
        if _is_closed(open_) and not _is_closed(closed):
            message = f"{quoted(id)} leads to {quoted(open_)} while {quoted(asked['hours'])} is open, and else to"
            yield Mistake(("nodes", id, "cases", 0, "when"), f"{message} {quoted(closed)}: swap the two")


def _is_closed(id: str) -> bool:
    return CLOSED.search(normal(re.sub(r"[_-]|(?<=[a-z])(?=[A-Z])", " ", id))) is not None


OPPOSITE_HOURS = Check("opposite-hours", "warning", _find)
