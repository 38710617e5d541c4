"""What can be asked about a call in the terminal: its reasons, its variables, and where it is."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.core.gathering import InputNode
from ivr.core.session import Activation, Session, node_of
from ivr.core.values import Sensitive
from ivr.desk.text.call import TextCall
from ivr.desk.text.world import as_json, masked


def reasons(call: TextCall) -> list[str]:
    """Why what happened since the last input did."""
    told = [line.text for line in call.phone.lines[call.begins :] if line.who == "engine"]
    return told or ["nothing was decided since the last input"]


def variables(call: TextCall) -> list[str]:
    """What the flow knows now; what no one may see is masked."""
    session = call.phone.session
    lines = [line for activation in reversed(session.stack) for line in _of_flow(activation)]
    lines += [f"language {session.language}", *_node(call)]
    lines += [f"goal {name}, reached at {at / 1000:.3f} s" for name, at in session.goals]
    if session.keys:
        lines.append(f"{len(session.keys)} pressed ahead")
    if session.error is not None:
        lines.append(f"error {session.error.kind} at {session.error.node}: {session.error.message}")
    return lines


def _of_flow(activation: Activation) -> Iterator[str]:
    yield f"flow {activation.flow}"
    width = max(map(len, activation.variables), default=0)
    for name, value in sorted(activation.variables.items()):
        hidden = isinstance(value, Sensitive)
        yield f"  {name:<{width}}  {masked(value) if hidden else as_json(masked(value))}"


def _node(call: TextCall) -> list[str]:
    """Where the call is, and at which attempt."""
    session = call.phone.session
    if session.ended_by is not None:
        return [f"ended by {session.ended_by}: {session.reason}"]
    node = node_of(call.phone.flow, session)
    attempt = ""
    if isinstance(node, InputNode):
        attempt = f", attempt {int(session.memory.get('missed', 0)) + 1} of {node.input.attempts}"
    return [f"node {session.place} ({node.kind}){attempt}"]


def whereabouts(call: TextCall) -> list[str]:
    """Where the call is, since when, and what it waits for."""
    session, now = call.phone.session, call.phone.now
    return [f"{now / 1000:.3f} s after the call began", *_node(call), _awaited(call, session, now)]


def _awaited(call: TextCall, session: Session, now: int) -> str:
    if call.over:
        return "nothing more will happen"
    if call.pending is not None:
        return "an answer to the request is waited for"
    if session.playing:
        return "a prompt is playing; an empty line hears it out"
    if session.deadline is None:
        return "nothing happens by itself"
    return f"in {(session.deadline - now) / 1000:.3f} s the flow goes on by itself"
