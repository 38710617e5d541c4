"""What a server is to serve, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.config import Settings
from ivr.server.edition import Edition


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be served, and how."""

    edition: Edition
    settings: Settings
    environ: Mapping[str, str]
    directory: Path
    """The folder of the flows."""
