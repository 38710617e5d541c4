"""How many processes of which engine listen to callers in a language."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ivr.speech.nursery_process import Nursery


@dataclass(frozen=True, slots=True)
class Pool:
    """How one language is served."""

    engine: Literal["vosk", "sphinx"]
    model: Path | None
    """The directory of the model, for Vosk."""
    processes: int
    listeners: int
    """Calls that one process may listen to at a time."""

    def nursery(self) -> Nursery:
        """What is to fork its processes, not started."""
        model = () if self.model is None else (str(self.model),)
        return Nursery((str(self.listeners), self.engine, *model))
