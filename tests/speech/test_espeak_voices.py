"""The voices that are read from eSpeak NG's data are those that the engine names."""

from __future__ import annotations

import subprocess
import sys

from ivr.speech import espeak_voices

ASK = """
from ivr.speech.voice import Espeak
engine = Espeak()
print(sorted((each.id, each.language) for each in engine.speakers))
print(engine.variants)
"""


def test_they_are_those_of_the_engine() -> None:
    # The engine is GPL-3 and loaded in processes of its own.
    told = subprocess.run([sys.executable, "-c", ASK], check=True, capture_output=True, text=True).stdout
    read = sorted((each.id, each.language) for each in espeak_voices.speakers())
    assert told.splitlines() == [repr(read), repr(espeak_voices.variants())]
