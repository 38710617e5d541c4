"""Speech synthesis by eSpeak NG through pyttsx3.

pyttsx3 has its own way with most things, so here is what it is kept from:

- It looks for eSpeak NG by its shared library's name. The wheel espeakng-loader brings the library but puts
  it nowhere; loaded first, globally, it is the one that is found. The environment names its data directory.
- It lets eSpeak NG speak in a thread of eSpeak's own, whose start and end race with whoever waits for them; once a
  process ended in it. Asked to speak in the thread that calls, eSpeak NG tells all but the end of a text; the call that
  takes the place of pyttsx3's tells that.
- Errors inside the loop are swallowed, and an unknown voice is ignored. The first are collected from the
  `error` notification, the second is looked up beforehand.
- It tells eSpeak NG that a text is ten times as long as it is, and eSpeak NG copies as much: past the text's end,
  and now and then past the end of the process's memory. That call tells the right length.
- It sleeps for 10 ms after each text, which is over by then and mostly took less; its clock is one that never waits.
- It copies all it has with every block, so that time grows with the square of the text: that is cut up.
- Where it asks for a file name it takes a file-like object, so what is spoken to one caller meets no disk.

One process has one engine, for one thread. eSpeak NG is GPL-3: only `ivr.speech.worker` imports this.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import io
import os
import wave
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import espeakng_loader  # type: ignore[import-untyped]  # it ships no type hints

from ivr.core.segments import Voice
from ivr.speech.text import pieces
from ivr.speech.voices import Speaker, choose

_LONGEST_PIECE = 1000
"""Characters; about a minute of speech."""
_EE_OK = 0
"""eSpeak NG's status of what went well (`speak_lib.h`)."""


class SynthesisError(Exception):
    """The engine could not speak a text; the message never holds any of it."""


class Espeak:
    """The engine of this process, with the voices in `speakers` and their `variants`."""

    def __init__(self) -> None:
        """Load the library; SynthesisError if it can't be."""
        data = espeakng_loader.get_data_path()
        os.environ["ESPEAK_DATA_PATH"] = data
        try:
            # The SONAME is what pyttsx3 asks the dynamic linker for, and what makes both the same library.
            ctypes.CDLL(f"{espeakng_loader.get_library_path()}.1", mode=ctypes.RTLD_GLOBAL)
            import pyttsx3  # type: ignore[import-untyped]  # it ships no type hints
            from pyttsx3.drivers import _espeak, espeak  # type: ignore[import-untyped]  # as above

            # The first name is what pyttsx3 passes to `espeak_Initialize`.
            _espeak.AUDIO_OUTPUT_RETRIEVAL = _espeak.AUDIO_OUTPUT_SYNCHRONOUS
            _espeak.Synth = functools.partial(_synthesise, _espeak)
            espeak.time = SimpleNamespace(sleep=lambda _: None)
            self._engine: Any = pyttsx3.init("espeak")
        except (ImportError, OSError, RuntimeError) as error:
            raise SynthesisError(f"eSpeak NG can't be loaded: {error}") from error
        self._engine.connect("error", self._failed)
        self._failures: list[str] = []
        self.speakers = tuple(Speaker(voice.id, voice.languages[0]) for voice in self._engine.getProperty("voices"))
        self.variants = tuple(sorted(path.name for path in Path(data, "voices", "!v").iterdir()))

    def speak(self, text: str, language: str, voice: Voice) -> bytes:
        """Speak text that is not empty, as `plain` gives it, and return a WAV file at full volume.

        UnknownVoiceError if no such voice is there; SynthesisError if no sound came.
        """
        speaker = choose(self.speakers, self.variants, language, voice.name)
        sounds = [self._piece(piece, speaker, voice.rate) for piece in pieces(text, _LONGEST_PIECE)]
        joined = io.BytesIO()
        with wave.open(joined, "wb") as writer:
            writer.setparams(sounds[0].getparams())
            for sound in sounds:
                writer.writeframes(sound.readframes(sound.getnframes()))
        return joined.getvalue()

    def _piece(self, text: str, speaker: str, rate: int) -> wave.Wave_read:
        """Speak one piece and open the WAV file that comes out."""
        self._failures.clear()
        sound = io.BytesIO()
        self._engine.setProperty("voice", speaker)
        self._engine.setProperty("rate", rate)
        self._engine.setProperty("volume", 1.0)
        self._engine.save_to_file(text, sound)
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                self._engine.startLoop()
            finally:
                self._engine.endLoop()
        if self._failures:
            raise SynthesisError(f"eSpeak NG reported {self._failures[0]}")
        if not sound.tell():
            raise SynthesisError("eSpeak NG gave no sound")
        sound.seek(0)
        return wave.open(sound, "rb")

    def _failed(self, exception: Exception, **_: object) -> None:
        self._failures.append(type(exception).__name__)


def _synthesise(espeak: Any, text: bytes, flags: int) -> None:
    """Speak a text whose size includes the NUL that ends it (`espeak_Synth` in eSpeak NG's `speak_lib.h`).

    Blocks of sound go to pyttsx3's callback meanwhile, and the end of the text in a call of its own after them.
    SynthesisError if eSpeak NG refuses the text.
    """
    status = espeak.cSynth(text, len(text) + 1, 0, espeak.POS_CHARACTER, 0, flags, None, None)
    if status != _EE_OK:
        raise SynthesisError(f"eSpeak NG refused a text, with status {status}")
    espeak.SynthCallback(None, 0, ctypes.byref(espeak.EVENT(type=espeak.EVENT_MSG_TERMINATED)))
