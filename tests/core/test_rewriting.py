"""Flows with other parts: what changes, what stays the very same, and that they still call each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ivr.core.rewriting import parts_of, rewritten, silent
from ivr.nodes.subflow import involved


@dataclass(frozen=True, slots=True)
class Pair:
    """Two of something."""

    one: Any
    two: Any


def louder(value: Any) -> Any:
    return f"{value}!" if isinstance(value, str) else None


def test_what_is_to_change_is_found_at_any_depth() -> None:
    assert rewritten(Pair(("a", 1), {"x": ["b", Pair("c", None)]}), louder) == Pair(
        ("a!", 1), {"x": ["b!", Pair("c!", None)]}
    )


def test_what_holds_nothing_to_change_is_itself() -> None:
    same, other = Pair((1, 2), {"x": [3]}), Pair("a", 1)
    made = rewritten(Pair(same, other), louder)
    assert made.one is same
    assert made.two == Pair("a!", 1)
    assert rewritten(same, louder) is same


def test_flows_that_nobody_hears_call_each_other(flow_of: Callable[..., Any]) -> None:
    outer = flow_of(
        """
        start: call
        variables: {name: ""}
        nodes:
          call: {type: subflow, flow: inner, next: tell}
          tell: {type: play, prompt: "Hello {{ name }}.", next: bye}
          bye: {type: hangup}
        """,
        inner="{start: back, nodes: {back: {type: return}}}",
    )
    made = silent(involved(outer), lambda flow: {"description": f"like {flow.id}"})
    assert [made[id].description for id in ("main", "inner")] == ["like main", "like inner"]
    assert made["main"].flow("inner") is made["inner"]
    assert made["main"].nodes is outer.nodes
    assert [list(flow.prompts_with(frozenset({"name"}))) != [] for flow in (outer, made["main"])] == [True, False]
    assert parts_of(Pair(1, 2)) == {"one": 1, "two": 2}
