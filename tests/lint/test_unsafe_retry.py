"""Lookups that may be carried out twice."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from ivr.lint.checks.unsafe_retry import UNSAFE_RETRY
from tests.lint.one_check import found_by

found = partial(found_by, UNSAFE_RETRY)


FLOW = """
start: pay
variables: {order: ""}
nodes:
  pay: {type: http, method: POST, url: "https://x.test/payments", json: {order: "{{ order }}"}, retries: 2, next: bye}
  bye: {type: hangup, prompt: Goodbye.}
on_error: bye
"""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("retries: 2", "retries: 1", "this POST is sent once more when"),
        ("POST", "PATCH", "this PATCH is sent up to 2 more times"),
        ("json: {", "json: {call: '{{ call.from }}', ", "leave out “retries”, or make sure that the server honours"),
        ("json", "form", "Idempotency-Key"),
        ("json: {", "headers: {X-Api-Version: '2'}, json: {", "carried out twice"),
        ("/payments", "/searches/new", "carried out twice"),
    ],
)
def test_what_may_be_carried_out_twice_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    [(line, severity, message)] = found(tmp_path, main=FLOW.replace(old, new))
    assert line.startswith("pay:")
    assert severity == "warning"
    assert words in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (", retries: 2", ""),
        ("retries: 2", "retries: 0"),
        ("POST", "PUT"),
        ("POST", "DELETE"),
        ("method: POST, ", ""),
        ("json: {", "headers: {Idempotency-Key: '{{ order }}'}, json: {"),
        ("json: {", "headers: {X-Request-Id: '{{ order }}'}, json: {"),
        ("json: {", "json: {requestId: '{{ order }}', "),
        ("json: {", "json: {meta: [{transaction_id: '{{ order }}'}], "),
        ("json: {", "json: {call: '{{ call.id }}', "),
        ("json: {", "query: {dedup_key: '{{ order }}'}, json: {"),
        ("/payments", "/calls/{{ call['id'] }}"),
        ("/payments", "/customers/search?limit=1"),
    ],
)
def test_what_is_safe_is_not_told(tmp_path: Path, old: str, new: str) -> None:
    flow = FLOW.replace(old, new)
    assert flow != FLOW
    assert found(tmp_path, main=flow) == []
