"""Subflows that nobody calls: for its `return`, such a flow can't answer calls itself."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import quoted
from ivr.lint.check import Check, Mistake, Subject


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    returns = [id for id, node in flow.nodes.items() if node.kind == "return"]
    if not returns or any(other != flow.id for other in subject.callers):
        return
    if len(subject.loaded.flows) < len(subject.loaded.sources):
        return  # A file with errors may mean to call it.
    yield Mistake(("nodes", returns[0], "type"), _message(subject))


def _message(subject: Subject) -> str:
    flow = subject.flow
    what = f"no flow of this folder calls {quoted(flow.id)}"
    if flow.numbers or flow.default:
        key = "numbers" if flow.numbers else "default"
        return f"{what}, and with a return it can't answer calls itself, in spite of its “{key}”: expected a hangup"
    return f"{what}, and with a return it can't answer calls itself: call it from a subflow node, or end it by a hangup"


UNCALLED_SUBFLOW = Check("uncalled-subflow", "warning", _find)
