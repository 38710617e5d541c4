"""One of two versions of a flow, and which of its nodes callers come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ivr.core.flow import Flow
from ivr.core.node import Node
from ivr.core.reading import Reading
from ivr.document.source import Source
from ivr.lint.states.times import GoalTime
from ivr.lint.ways import entrances, reached, ways


@dataclass(frozen=True)
class Side:
    """One version of a flow."""

    flow: Flow
    source: Source
    reading: Reading
    times: Mapping[str, GoalTime] | None = field(default=None)
    """The ways to the goals that can be reached; None if they were not looked for, as in a subflow."""

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes that control may come to, in the order of the file."""
        there = reached(entrances(self.flow), ways(self.flow, self.source))
        return {id: node for id, node in self.flow.nodes.items() if id in there}

    def raw(self, node: str, key: str) -> Any:
        """What the author wrote at a key of a node, or for all nodes in its place; None if nothing."""
        value = self.source.value or {}
        own: Mapping[str, Any] = value["nodes"][node]
        usual = value.get("defaults") or {}
        return own.get(key, usual.get(key) if self.flow.nodes[node].is_input else None)
