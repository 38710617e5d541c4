"""Lookups that are tried again although the server may have carried out the first try already (RFC 9110, 9.2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.core.filling import Pattern
from ivr.lint.check import Check, Mistake, Subject
from ivr.lint.values.data import spots
from ivr.lint.values.names import words
from ivr.lint.values.urls import GAP, flattened
from ivr.nodes.http import Http

REPEATED = ("POST", "PATCH")
"""The methods that are not idempotent."""
MARKS = (
    *("idempotency", "idempotent", "idempotence", "dedup", "deduplication", "dedupe", "nonce", "uuid", "guid"),
    *("request id", "transaction id", "correlation id", "operation id", "message id", "event id", "call id"),
    *("request key", "unique id", "unique key", "external id", "client token", "client reference", "requestid"),
    *("transactionid", "trace id", "callid"),
)
"""Words of names by which a server knows that it has seen a request before."""
CALL_ID = re.compile(r"\bcall\s*(?:\.\s*id\b|\[\s*['\"]id['\"]\s*\])")
ASKING = re.compile(r"/_?(?:search|query|lookup|find|suche|recherche|buscar|busqueda)$", re.IGNORECASE)
"""The last part of URLs that only ask something, by POST because the question is long."""


def _find(subject: Subject) -> Iterator[Mistake]:
    named = {
        spot.node
        for spot in spots(subject)
        if spot.role in ("url", "headers", "query", "body") and CALL_ID.search(spot.expression.source)
    }
    for node in subject.flow.nodes.values():
        if not isinstance(node, Http) or node.method not in REPEATED or not node.retries:
            continue
        if node.id in named or _is_marked(node) or _only_asks(node):
            continue
        times = "once more" if node.retries == 1 else f"up to {node.retries} more times"
        message = f"this {node.method} is sent {times} when an answer is late or lost, so it may be carried out twice"
        mend = "leave out “retries”, or make sure that the server honours the header “Idempotency-Key”"
        yield Mistake(("nodes", node.id, "retries"), f"{message}; {mend}, which is the same for all tries")


def _is_marked(node: Http) -> bool:
    """Whether some part of the request has a name that tells one request from another."""
    names = (*node.headers, *node.query, *(node.form or {}), *_keys(node.json))
    return any(f" {mark} " in f" {words(name)} " for name in names for mark in MARKS)


def _keys(pattern: Pattern) -> Iterator[str]:
    match pattern:
        case dict():
            for key, inner in pattern.items():
                yield key
                yield from _keys(inner)
        case list():
            for inner in pattern:
                yield from _keys(inner)


def _only_asks(node: Http) -> bool:
    path = re.split(r"[?#]", flattened(node.url))[0].rstrip("/")
    return ASKING.search(path.replace(GAP, "")) is not None


UNSAFE_RETRY = Check("unsafe-retry", "warning", _find)
