"""A process that makes prompts into audio, one after the other, for as long as its parent lives.

It is started as `python -m ivr.speech.worker ENGINE` by `ivr.speech.workers`. No other process holds what it does:
one engine, which is GPL-3 and, if it is eSpeak NG, can neither be forked nor used by two threads; NumPy and soxr.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, assert_never

from ivr.media import convert
from ivr.media.wav import WavError
from ivr.speech.child import place, serving
from ivr.speech.jobs import LENGTH, REPLY, Convert, Job, Say, Status, decode
from ivr.speech.piper_voice import Piper
from ivr.speech.text import plain
from ivr.speech.voice import Espeak, SynthesisError
from ivr.speech.voices import UnknownVoiceError

Speak = Callable[[str, Say], bytes]
"""Makes a WAV file of a job whose text has been made `plain`."""

_OWN_ERRORS = (UnknownVoiceError, SynthesisError, WavError, OSError)
"""What a job may raise without harm to the next one."""


def main() -> None:
    """Serve jobs from standard input until it ends, and answer on standard output; return if broken."""
    jobs, outgoing = serving(LENGTH, decode)
    try:
        speak = _voice_of(sys.argv[1])
    except SynthesisError as error:
        _answer(outgoing, Status.BROKEN, str(error).encode())
        return
    _answer(outgoing, Status.DONE)
    while True:
        job = jobs.get()
        try:
            audio = _render(speak, job)
        except _OWN_ERRORS as error:
            _answer(outgoing, Status.FAILED, str(error).encode(errors="replace"))
        except Exception as error:
            # The message could hold what is spoken, which may be confidential; the place can't. What state the
            # engine is left in is unknown, so this process is over.
            _answer(outgoing, Status.BROKEN, f"the speech worker failed: {place(error)}".encode())
            return
        else:
            _answer(outgoing, Status.DONE, audio)


def _answer(outgoing: BinaryIO, status: Status, body: bytes = b"") -> None:
    outgoing.write(REPLY.pack(status, len(body)) + body)
    outgoing.flush()


def _voice_of(engine: str) -> Speak:
    """Load the engine of this process; SynthesisError if it can't be."""
    if engine == "piper":
        piper = Piper()
        return lambda text, job: piper.speak(text, Path(job.model), job.voice.rate)
    espeak = Espeak()
    return lambda text, job: espeak.speak(text, job.language, job.voice)


def _render(speak: Speak, job: Job) -> bytes:
    match job:
        case Say(text=text, voice=voice):
            spoken = plain(text)
            return convert.speech(speak(spoken, job), voice.volume) if spoken else b""
        case Convert(path, digest):
            wav = Path(path).read_bytes()
            if hashlib.sha256(wav).hexdigest() != digest:
                raise WavError("the file changed while it was being read")
            return convert.recording(wav)
        case _:
            assert_never(job)


if __name__ == "__main__":
    main()
    os._exit(1)  # the thread that reads would not let an orderly end come to its end
