"""Speech engines that a flow asks for and this machine does not have.

It is a warning, not an error, because it depends on the machine: callers hear another voice.
"""

from __future__ import annotations

from collections.abc import Iterator

from ivr.document.finding import Finding
from ivr.document.load import Loaded
from ivr.lint.machine import Machine
from ivr.speech import piper_voices

MISSING_ENGINE = "missing-engine"


def check(loaded: Loaded, _: Machine) -> Iterator[Finding]:
    """Find flows with `voice: {engine: piper}` where Piper is not installed."""
    if piper_voices.is_installed():
        return
    for flow in loaded.flows.values():
        if flow.voice.engine == "piper":
            source = loaded.sources[flow.file]
            place = source.at(("voice", "engine"))
            message = f"{piper_voices.MISSING}, so eSpeak NG speaks instead"
            yield Finding(MISSING_ENGINE, "warning", message, source.file, place.line, place.column)
