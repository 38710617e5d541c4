"""Values worth trying: the usual one, and what conditions ask about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from ivr.core.expressions import Scope
from ivr.core.uses import uses
from ivr.core.values import reveal
from ivr.explore.guesses import guesses, shape
from ivr.explore.marks import Mark


def marked(sources: Iterable[str]) -> list[Mark]:
    """What these expressions do with `body`."""
    found = [use for source in sources for use in uses(source, bare="{{" not in source, decides="==" in source)]
    return [Mark(use.path[1:], use, "main") for use in found if use.path[0] == "body"]


def others(mark: Mark) -> tuple[Any, ...]:
    """The constants of comparisons."""
    scope = Scope({}, "en-US", lambda: datetime(2026, 1, 5, tzinfo=UTC), lambda _: False)
    return () if mark.use.other is None else (reveal(mark.use.other.evaluate(scope)),)


TABLE: tuple[tuple[tuple[str, ...], list[Any]], ...] = (
    (("{{ body.x }}.",), [{"x": "x"}]),
    (("{{ body.first_name }}.",), [{"first_name": "Asha"}]),
    (("{{ body.sum | currency('EUR') }}",), [{"sum": 100}]),
    (("{{ body.due | date }}",), [{"due": "2026-01-15"}]),
    (("{{ body.due | date }}", "{{ body.due | time }}"), [{"due": "2026-01-15T10:30:00"}]),
    (("body.sum > 5",), [{"sum": 5}, {"sum": 6}, {"sum": 4}]),
    (("body.state == 'ok'",), [{"state": "ok"}, {"state": "something else"}]),
    (("body.state in ['a', 'b']",), [{"state": "a"}, {"state": "b"}, {"state": "something else"}]),
    (("body.ok and body.ok",), [{"ok": True}, {"ok": False}, {"ok": None}]),
    (("{{ body.due | date if body.due else '' }}",), [{"due": "2026-01-15"}, {"due": ""}, {"due": None}]),
    (
        ("{{ body.items | length }}", "{{ body.items[0].name }}."),
        [{"items": [{"name": "Asha"}] * length} for length in (1, 0, 2, 3, 4)],
    ),
)


@pytest.mark.parametrize(("sources", "expected"), TABLE, ids=[sources[0] for sources, _ in TABLE])
def test_guesses(sources: tuple[str, ...], expected: list[Any]) -> None:
    assert [guess.value for guess in guesses(shape(marked(sources)), "body", others)] == expected


def test_parts_are_varied_one_by_one_and_then_together() -> None:
    found = guesses(shape(marked(["body.a == 1 and body.b == 'x'"])), "body", others)
    assert [guess.changes for guess in found] == [0, 1, 1, 2]
    assert found[-1].value == {"a": 2, "b": "something else"}
