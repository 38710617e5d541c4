"""What may go wrong at a node, so that the call goes on elsewhere."""

from __future__ import annotations


class Mishap(Exception):
    """A runtime error of the current node: an `error.kind` of the flow language, and why."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class AttemptsUsedUp(Exception):
    """The caller used up the attempts of an input node; `target` is the node's own `on_failure`."""

    def __init__(self, target: str | None) -> None:
        super().__init__()
        self.target = target
