"""What every kind of node is: five questions that `step`, the linter and the explorer ask."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ivr.core.events import KeyPressed, Told
from ivr.core.expressions import Expression
from ivr.core.filling import Pattern
from ivr.core.prompts import Prompt
from ivr.core.reading import Path

if TYPE_CHECKING:
    from ivr.core.fields import Fields
    from ivr.core.stimulus import Stimulus
    from ivr.core.turn import Turn


@dataclass(frozen=True, slots=True)
class Exit:
    """A named way out of a node."""

    name: str
    target: str
    path: Path
    """The place of the target, from the node's own mapping on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(ABC):
    """One node of a flow, as written: frozen, and the same for all calls."""

    kind: ClassVar[str]
    """The `type` that authors write."""
    schema: ClassVar[Mapping[str, Any]]
    """JSON Schema (draft 2020-12) of the node's own keys, with descriptions and examples."""
    is_input: ClassVar[bool] = False
    """Whether it takes keys and phrases, so that `back` may come here."""
    after_call: ClassVar[bool] = False
    """Whether it may work after the caller has gone."""
    needs_prompts: ClassVar[bool] = True
    """Whether a prompt that can't be heard is an error of the node."""

    id: str
    next: str | None = None
    on_error: str | None = None

    @classmethod
    @abstractmethod
    def read(cls, fields: Fields) -> Self:
        """Make the node from the keys that its author wrote."""

    @abstractmethod
    def enter(self, turn: Turn) -> None:
        """The call arrives at this node."""

    def handle(self, turn: Turn, event: Told) -> None:
        """Something happened while the call is at this node."""
        if isinstance(event, KeyPressed):
            turn.keypad.keep(event.key)

    def exits(self) -> tuple[Exit, ...]:
        """Every way out that is written in the node."""
        named = (("next", self.next), ("on_error", self.on_error))
        return tuple(Exit(name, target, (name,)) for name, target in named if target is not None)

    def expressions(self) -> tuple[Expression, ...]:
        """All expressions that the node evaluates, apart from those in prompts."""
        return ()

    def prompts(self) -> tuple[Prompt, ...]:
        """All prompts that the node may play."""
        return ()

    def writes(self) -> tuple[str, ...]:
        """The variables that the node may assign."""
        return ()

    def stimuli(self, turn: Turn) -> tuple[Stimulus, ...]:  # noqa: ARG002 - who waits for nobody asks nothing
        """What may happen while the call waits at this node, once its prompts were heard."""
        return ()

    def languages(self) -> tuple[Pattern, ...]:
        """What the node may make the language of the call."""
        return ()
