"""What a server is to serve, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivr.config import Settings
from ivr.server.edition import Edition
from ivr.server.sharing import Shared


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be served, and how."""

    edition: Edition
    settings: Settings
    environ: Mapping[str, str]
    directory: Path
    """The folder of the flows."""
    shared: Shared = field(default_factory=Shared)
    """What several workers have in common."""
