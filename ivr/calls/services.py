"""What all calls of a process share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivr.calls.clock import Clock
from ivr.calls.lookups import Lookups
from ivr.calls.recordings import Shelf
from ivr.calls.store.store import Store
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
    shelf: Shelf | None = None
    """The room that recordings may take; None where it is not limited."""
    ears: Ears | None = None
    """None where nobody listens: callers are served by keys."""
    transfers: Transfers | None = None
    """None where nothing can transfer calls."""
    store: Store | None = None
    """None where nothing is kept of calls."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    stream: StreamSettings = field(default_factory=StreamSettings)
    media_timeout: int = 10_000
    """Milliseconds without any media after which a stream is dead."""
    reconnect: int = 12_000
    """Milliseconds for which a call whose stream broke waits for the carrier."""
    max_duration: int = 4 * 3_600_000
    """Milliseconds after which a call is ended, whatever the caller does."""
