"""A process that makes prompts into audio, one after the other, for as long as its parent lives.

It is started as `python -m ivr.speech.worker ENGINE` by `ivr.speech.workers`. No other process holds what it does:
one engine, which is GPL-3 and, if it is eSpeak NG, can neither be forked nor used by two threads; NumPy and soxr.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, assert_never

from ivr.media import convert
from ivr.media.wav import WavError
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
    # A terminal's Ctrl-C and a service manager's SIGTERM reach all processes, but the parent still has calls
    # to end, with words that may have to be spoken. The end of the parent is the end of standard input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    jobs: SimpleQueue[Job] = SimpleQueue()
    incoming = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    outgoing = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints must not pass for a reply
    threading.Thread(target=_receive, args=(incoming, jobs), daemon=True).start()
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
            place = traceback.extract_tb(error.__traceback__)[-1]
            found = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
            _answer(outgoing, Status.BROKEN, f"the speech worker failed: {found}".encode())
            return
        else:
            _answer(outgoing, Status.DONE, audio)


def _receive(incoming: BinaryIO, jobs: SimpleQueue[Job]) -> None:
    """Read jobs; end the process when the parent is gone, even in the middle of a job that hangs."""
    try:
        while head := incoming.read(LENGTH.size):
            jobs.put(decode(incoming.read(*LENGTH.unpack(head))))
    finally:  # also if the parent died in the middle of a request
        os._exit(0)


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
    os._exit(1)  # neither eSpeak's threads nor the one that reads would let an orderly end come to its end
