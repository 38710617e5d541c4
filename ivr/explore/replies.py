"""What may come of a lookup: answers worth trying, and each way in which it can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ivr.core.mishap import Mishap
from ivr.core.tries import SERVER_ERRORS
from ivr.core.turn import Turn
from ivr.explore.deeds import Deed, Reply
from ivr.explore.guesses import Others, guesses, shape
from ivr.explore.marks import Mark
from ivr.nodes.http import SUCCESS, Http

MOST_ANSWERS = 16
"""Answers that lead elsewhere each, of one lookup."""
CLIENT_ERRORS = (400, 404, 403, 409, 422, 429)
BROKEN_SERVERS = (500, 503, 502, 504)
USELESS: tuple[Any, ...] = ({}, None, [], "no data")

Decides = Callable[[Mapping[str, Any]], Any]
"""What hangs on new values of variables: the outcomes of all conditions on them."""


def replies(turn: Turn, node: Http, marks: tuple[Mark, ...], others: Others, decides: Decides) -> tuple[Deed, ...]:
    """What may come of the lookup that a call waits for."""
    if turn.fetching is None:
        return ()
    return (*_answers(turn, node, marks, others, decides), *_failures(turn, node))


def _answers(turn: Turn, node: Http, marks: tuple[Mark, ...], others: Others, decides: Decides) -> Iterator[Deed]:
    """Answers with all that is saved, one for each way in which conditions on it may come out."""
    status = next(each for each in SUCCESS if each not in node.on_status)
    known: set[Any] = set()
    for reply in _bodies(status, marks, others):
        saved = _saved(turn, node, reply)
        if saved is None:
            continue
        outcome = decides(saved)
        if outcome not in known and len(known) < MOST_ANSWERS:
            known.add(outcome)
            yield Deed("found", "" if len(known) == 1 else f"answer {len(known)}", replies=(reply,))


def _bodies(status: int, marks: tuple[Mark, ...], others: Others) -> Iterator[Reply]:
    wanted = shape(marks)
    header_shape = wanted.keys.get("headers")
    headers = guesses(header_shape, "headers", others)[0].value if header_shape is not None else {}
    named = {name: str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}
    if "body" not in wanted.keys:
        yield Reply(status, None, named)
        return
    for guess in guesses(wanted.keys["body"], "body", others):
        yield Reply(status, guess.value, named)


def _saved(turn: Turn, node: Http, reply: Reply) -> Mapping[str, Any] | None:
    """What the lookup would save; None if it can't."""
    local = {"status": reply.status, "headers": dict(reply.headers), "body": reply.body}
    try:
        return {name: turn.evaluate(each, local) for name, each in node.save.items()}
    except Mishap:
        return None


def _failures(turn: Turn, node: Http) -> Iterator[Deed]:
    tries = node.retries + 1
    for status in node.on_status:
        yield Deed("failed", str(status), replies=(Reply(status),))
    client = next((status for status in CLIENT_ERRORS if status not in node.on_status), None)
    if client is not None:
        yield Deed("failed", "a 4xx", replies=(Reply(client),))
    server = next((status for status in BROKEN_SERVERS if status not in node.on_status), None)
    if server is not None and server in SERVER_ERRORS:
        yield Deed("failed", "a 5xx", replies=(Reply(server),) * tries)
    yield Deed("failed", "timeout", replies=(Reply(error="timeout"),) * tries)
    yield Deed("failed", "connect", replies=(Reply(error="connect"),) * tries)
    status = next(each for each in SUCCESS if each not in node.on_status)
    useless = next((body for body in USELESS if node.save and _saved(turn, node, Reply(status, body)) is None), False)
    if useless is not False:
        yield Deed("failed", "body", replies=(Reply(status, useless),))
