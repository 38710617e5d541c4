"""What calls come to when they are counted: by day, flow and node, and without anything that tells of one caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

What = Literal[
    "call", "end", "goal", "goal_within", "reached", "visit", "exit", "no_input", "no_match", "left", "lookup",
    "lookup_within",
]  # fmt: skip
"""What is counted.

`call` by outcome, with how long calls took; `end` by reason; `goal` by its name, with the time to it, and
`goal_within` by its name and the bucket of that time; calls that `reached` a node; `visit` of a node, with the time
there; `exit` by its name; `no_input`, `no_match` and callers who `left` by attempt, from 1; `lookup` by its answer,
with the time that it took, and `lookup_within` by the bucket of that time.
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """One number of one day."""

    day: str
    """ISO 8601."""
    flow: str
    """The flow that calls began on."""
    node: str
    """As `flow/node` in a subflow; empty where a number is about whole calls."""
    what: What
    detail: str
    """An outcome, a reason, a goal, an exit, an attempt, an answer or a bucket; empty where there is none."""
    count: int
    milliseconds: int = 0
    """In all of them together."""
