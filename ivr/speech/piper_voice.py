"""Natural speech by Piper, a neural synthesiser.

- It carries an eSpeak NG of its own, for the sounds of words. In a process that has loaded another one, as
  `ivr.speech.voice` does, the two take each other's functions, and the process dies. So each has its own processes.
- `[[…]]` in a text is taken for phonemes: the brackets are parted.
- Sentences come out one by one, with no more silence between them than their own; a pause is put there.
- A model takes one to two seconds of CPU and a quarter of a gigabyte, and is loaded for the first text it speaks.

Piper is GPL-3: only `ivr.speech.worker` imports this.
"""

from __future__ import annotations

import importlib
import io
import wave
from pathlib import Path
from typing import Any

from ivr.core.segments import RATE
from ivr.speech.piper_voices import INSTALL
from ivr.speech.text import pieces
from ivr.speech.voice import SynthesisError

_LONGEST_PIECE = 400
"""Characters: what Piper makes of one piece is in memory at once, several times over."""
_SENTENCE_PAUSE_S = 0.2
"""After a sentence, at the usual rate; eSpeak NG's pauses are about that much longer than Piper's."""

_SEED = 1
"""Of the noise that makes a voice lively: so the same texts, one after the other, always sound the same."""

_FIXED, _BY_SCALE = 0.24, 0.665
"""How long speech is, in parts of eSpeak NG's at 165 words a minute, by Piper's length scale: fitted to 18 texts
of telephone menus at scales of 0.6 to 2, spoken by the voice joe."""
_LEAST_SCALE, _MOST_SCALE = 0.25, 3.0


class Piper:
    """Piper with the voices that it has been asked for."""

    def __init__(self) -> None:
        """Import it; SynthesisError if it can't be."""
        try:
            # By name, because types can't be checked where this extra is not installed.
            self._piper: Any = importlib.import_module("piper")
            importlib.import_module("onnxruntime").set_seed(_SEED)
        except ImportError as error:
            raise SynthesisError(f"Piper can't be loaded ({error}): {INSTALL}") from error
        self._voices: dict[Path, Any] = {}

    def speak(self, text: str, model: Path, rate: int) -> bytes:
        """Speak text that is not empty, as `plain` gives it, at a rate in words a minute; return a WAV file.

        SynthesisError if the model can't be used, or no sound came.
        """
        voice = self._voice(model)
        settings = self._piper.SynthesisConfig(length_scale=length_scale(rate) * voice.config.length_scale)
        pause = bytes(2 * round(voice.config.sample_rate * _SENTENCE_PAUSE_S * RATE / rate))
        sentences = [
            chunk.audio_int16_bytes
            for piece in pieces(text.replace("[[", "[ ["), _LONGEST_PIECE)
            for chunk in voice.synthesize(piece, settings)
        ]
        if not any(sentences):
            raise SynthesisError("Piper gave no sound")
        sound = io.BytesIO()
        with wave.open(sound, "wb") as writer:
            writer.setparams((1, 2, voice.config.sample_rate, 0, "NONE", ""))
            writer.writeframes(pause.join(sentences))
        return sound.getvalue()

    def _voice(self, model: Path) -> Any:
        if model not in self._voices:
            try:
                self._voices[model] = self._piper.PiperVoice.load(model)
            except Exception as error:  # ONNX Runtime has exceptions of its own
                raise SynthesisError(f"the Piper voice {model} can't be loaded: {error}") from error
        return self._voices[model]


def length_scale(rate: int) -> float:
    """Give the scale at which speech lasts as long as eSpeak NG's at so many words a minute."""
    return min(max((RATE / rate - _FIXED) / _BY_SCALE, _LEAST_SCALE), _MOST_SCALE)
