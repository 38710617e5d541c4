"""Lookups and transfers that fail some day, and whose failure nothing in the flow takes.

After the call nobody is there to hear of it, and what a subflow does not take is a matter of the flows that call it.
Nor does an `on_error` help what is tried after a failure: failing again before the caller's next answer ends the call.
"""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.flow import Flow
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.ways import reached
from ivr.nodes.subflow import Subflow

FAILURES = ("on_error", "on_failure")
WHEN = {"http": "the lookup fails", "transfer": "the transfer fails, or the carrier can't transfer at all"}


def _find(subject: Subject) -> Iterator[Mistake]:
    flow = subject.flow
    if flow.on_error is not None or _callers_take_it(subject):
        return
    helped = _helped(subject)
    for node in flow.nodes.values():
        if node.kind in WHEN and node.on_error is None and node.id in helped:
            message = f"when {WHEN[node.kind]}, callers hear an apology and the call ends"
            mend = "give the node or the flow an “on_error” that leads them on"
            yield Mistake(("nodes", node.id), f"{message}; {mend}", at_key=True)


def _helped(subject: Subject) -> frozenset[str]:
    """The nodes to which a call may come without a failure since the caller's last answer."""
    nodes = subject.flow.nodes
    called = reached([subject.flow.start], subject.ways)
    calm = [way for way in subject.ways if way.exit not in FAILURES]
    answered = (way.target for way in calm if way.source in called and nodes[way.source].is_input)
    return reached([subject.flow.start, *answered], calm)


def _callers_take_it(subject: Subject) -> bool:
    """Whether errors of a subflow have a way to go in every flow that calls it, as far as they are known."""
    return subject.flow.is_subflow and all(
        id not in subject.loaded.flows or _takes(subject.loaded.flows[id], subject.flow.id, subject, frozenset())
        for id in subject.callers
    )


def _takes(caller: Flow, called: str, subject: Subject, above: frozenset[str]) -> bool:
    """Whether a flow has a way for the errors of another, or leaves them to flows that have."""
    if caller.on_error is not None:
        return True
    calls = [node for node in caller.nodes.values() if isinstance(node, Subflow) and node.flow == called]
    if all(node.on_error is not None for node in calls):
        return True
    flows = subject.loaded.flows
    higher = [
        flow
        for flow in flows.values()
        if any(isinstance(node, Subflow) and node.flow == caller.id for node in flow.nodes.values())
    ]
    known = caller.id not in above
    return caller.is_subflow and all(known and _takes(flow, caller.id, subject, above | {caller.id}) for flow in higher)


NO_ERROR_BRANCH = Check("no-error-branch", "warning", _find)
