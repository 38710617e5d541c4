"""What a recorder knows of a call that no line of its journal tells yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Unwritten:
    """What a recorder knows that no line tells yet: to be kept as secret as what callers press."""

    held: tuple[str, ...] = field(default=(), repr=False)
    """The lines that wait, with all that may not be written."""
    keys: tuple[int, ...] = ()
    """Which of them wait for the fate of their own key."""
    learnt: tuple[str, ...] = field(default=(), repr=False)
    """The sensitive values that the call had."""

    def to_plain(self) -> dict[str, Any]:
        """What there is of it, as JSON can write it."""
        told = {"held": self.held, "keys": self.keys, "learnt": self.learnt}
        return {name: each for name, each in told.items() if each}


NOTHING = Unwritten()
"""What is unwritten of a call that has not begun."""
