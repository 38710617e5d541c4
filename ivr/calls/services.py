"""What all calls of a process share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivr.calls.clock import Clock
from ivr.calls.journals import Journals
from ivr.calls.lookups import Lookups
from ivr.calls.transfers import Transfers
from ivr.carriers.sfvopi import StreamSettings
from ivr.speech.ears import Ears
from ivr.speech.store import PromptStore


@dataclass(frozen=True, slots=True)
class Services:
    """The world as `perform` reaches it."""

    clock: Clock
    prompts: PromptStore
    lookups: Lookups
    recordings: Path
    """The directory for what callers record."""
    ears: Ears | None = None
    """None where nobody listens: callers are served by keys."""
    transfers: Transfers | None = None
    """None where nothing can transfer calls."""
    journals: Journals | None = None
    """None where nothing is kept of calls."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    stream: StreamSettings = field(default_factory=StreamSettings)
    media_timeout: int = 10_000
    """Milliseconds without any media after which a stream is dead."""
