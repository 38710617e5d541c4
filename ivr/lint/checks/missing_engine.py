"""Speech engines that a flow asks for and this machine does not have.

It is a warning, not an error, because it depends on the machine: callers hear another voice.
"""

from __future__ import annotations

from collections.abc import Iterator

from ivr.lint.check import Check, Mistake, Subject
from ivr.speech import piper_voices


def _find(subject: Subject) -> Iterator[Mistake]:
    if subject.flow.voice.engine == "piper" and not piper_voices.is_installed():
        yield Mistake(("voice", "engine"), f"{piper_voices.MISSING}, so eSpeak NG speaks instead")


MISSING_ENGINE = Check("missing-engine", "warning", _find)
