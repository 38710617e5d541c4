"""How a server stands, as its health tells."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.document.finding import Finding


@dataclass(slots=True)
class Standing:
    """What one process knows of itself beside its line."""

    ending: bool = False
    """Whether it has been told to end."""
    succeeded: bool = False
    """Whether it has left its address to another server of this machine."""
    refused: tuple[Finding, ...] = ()
    """Errors in flows that were loaded while it served, and are not served; their older versions may be."""
